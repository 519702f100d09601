import type { ReactNode } from "react";
import { FieldError as AriaFieldError } from "react-aria-components/FieldError";
import { Label } from "react-aria-components/Label";
import { Text } from "react-aria-components/Text";
import { Icon } from "../design/Icon";

export interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong, with an example or what to do. Marks the field invalid. */
  error?: string | undefined;
  /** A way out beside the error: a link or a small button. */
  remedy?: ReactNode;
}

export function FieldLabel({ children }: { children: ReactNode }) {
  // "" where an aria-label names the field: rows of a table, searches.
  return children === "" ? null : <Label className="label">{children}</Label>;
}

/** What stands under a control: the hint, or the error with its remedy. */
export function FieldFoot({ hint, error, remedy }: Omit<FieldProps, "label">) {
  return (
    <>
      {hint !== undefined && !error && <Text slot="description" className="hint">{hint}</Text>}
      <AriaFieldError className="err"><Icon name="stop" size="s" /><span>{error} {remedy}</span></AriaFieldError>
    </>
  );
}
