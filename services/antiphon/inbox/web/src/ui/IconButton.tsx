import { Button as AriaButton, type ButtonProps as AriaProps } from "react-aria-components/Button";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { Icon, type IconName } from "../design/Icon";
import type { ButtonKind } from "./Button";
import { Tooltip } from "./Tooltip";

export interface IconButtonProps extends Omit<AriaProps, "className" | "children" | "style"> {
  icon: IconName;
  /** The name for everybody: accessible name and tooltip. */
  label: string;
  kind?: ButtonKind;
  size?: "sm";
  /** With it the button is a toggle. */
  isSelected?: boolean;
  className?: string;
}

/** A square button: only for frequent actions whose icon everyone knows. */
export function IconButton({ icon, label, kind = "plain", size, isSelected, className = "", ...rest }: IconButtonProps) {
  const classes = ["btn sq", kind === "default" ? "" : kind, size ?? "", className].filter(Boolean).join(" ");
  const glyph = <Icon name={icon} {...(size ? { size: "s" as const } : {})} />;
  return (
    <Tooltip text={label}>
      {isSelected === undefined
        ? <AriaButton {...rest} aria-label={label} className={classes}>{glyph}</AriaButton>
        : <ToggleButton {...(rest as object)} isSelected={isSelected} aria-label={label} className={classes}>{glyph}</ToggleButton>}
    </Tooltip>
  );
}
