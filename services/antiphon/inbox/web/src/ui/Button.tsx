import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaProps } from "react-aria-components/Button";
import { Icon, type IconName } from "../design/Icon";

export type ButtonKind = "default" | "primary" | "go" | "stop" | "plain" | "link";

export interface ButtonProps extends Omit<AriaProps, "className" | "children" | "style"> {
  kind?: ButtonKind;
  size?: "sm" | "lg" | undefined;
  icon?: IconName | undefined;
  /** After the words: "down", "external". */
  iconEnd?: IconName | undefined;
  /** Stands beside the disabled button, so that nobody has to guess. Disables by itself. */
  whyNot?: string | undefined;
  block?: boolean;
  className?: string;
  children?: ReactNode;
}

/** A button with words. `isPending` keeps its width; `whyNot` disables it and says why. */
export function Button({ kind = "default", size, icon, iconEnd, whyNot, block, className = "", children, isPending, onPress, type, ...rest }: ButtonProps) {
  const classes = ["btn", kind === "default" ? "" : kind, size ?? "", block ? "block" : "", isPending ? "is-pending" : "", className].filter(Boolean).join(" ");
  const button = (
    // Pending is ours and not React Aria's: its spoken "pending" names the button, which is often gone a moment later.
    <AriaButton {...rest} {...(isPending ? { "aria-disabled": true, type: "button" as const } : { ...(onPress ? { onPress } : {}), ...(type ? { type } : {}) })} isDisabled={Boolean(whyNot) || (rest.isDisabled ?? false)} className={classes}>
      <span className="label">
        {icon && <Icon name={icon} {...(size === "sm" ? { size: "s" as const } : {})} />}
        {children}
        {iconEnd && <Icon name={iconEnd} size="s" />}
      </span>
      {isPending && <span className="wait"><span className="spin" /></span>}
    </AriaButton>
  );
  if (!whyNot) return button;
  return <span className="with-reason">{button}<span className="why-not">{whyNot}</span></span>;
}
