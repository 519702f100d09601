import { useState, type ReactNode } from "react";
import { Input } from "react-aria-components/Input";
import { TextArea as AriaTextArea } from "react-aria-components/TextArea";
import { TextField as AriaTextField, type TextFieldProps as AriaProps } from "react-aria-components/TextField";
import { Icon } from "../design/Icon";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import { useT } from "./texts";

type Common = FieldProps & Omit<AriaProps, "children" | "className" | "style" | "isInvalid" | "validate">;

export interface TextFieldProps extends Common {
  placeholder?: string;
  /** Inside the box, after the text. */
  after?: ReactNode;
}

/** One line of text. `type="password"` brings the eye. */
export function TextField({ label, hint, error, remedy, placeholder, after, type = "text", ...rest }: TextFieldProps) {
  const t = useT();
  const [shown, setShown] = useState(false);
  const secret = type === "password";
  const boxed = secret || after !== undefined;
  const input = <Input className={boxed ? "" : "input"} placeholder={placeholder ?? ""} />;
  return (
    <AriaTextField {...rest} type={secret && shown ? "text" : type} isInvalid={Boolean(error)} className="field">
      <FieldLabel>{label}</FieldLabel>
      {!boxed ? input : (
        <div className={error ? "input bad" : "input"}>
          {input}
          {after}
          {secret && (
            // A plain button: inside a React Aria field its Button would take the field's context.
            <button type="button" className="btn plain sm sq" aria-label={t(shown ? "hide_password" : "show_password")} aria-pressed={shown} onClick={() => setShown(!shown)}>
              <Icon name="eye" size="s" />
            </button>
          )}
        </div>
      )}
      <FieldFoot hint={hint} error={error} remedy={remedy} />
    </AriaTextField>
  );
}

export function TextArea({ label, hint, error, remedy, placeholder, rows = 3, ...rest }: Common & { placeholder?: string; rows?: number }) {
  return (
    <AriaTextField {...rest} isInvalid={Boolean(error)} className="field">
      <FieldLabel>{label}</FieldLabel>
      <AriaTextArea className="input" rows={rows} placeholder={placeholder ?? ""} />
      <FieldFoot hint={hint} error={error} remedy={remedy} />
    </AriaTextField>
  );
}
