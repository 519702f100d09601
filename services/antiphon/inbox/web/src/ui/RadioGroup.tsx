import type { ReactNode } from "react";
import { Radio, RadioGroup as AriaRadioGroup } from "react-aria-components/RadioGroup";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";

export function RadioGroup<K extends string>({ label, hint, error, remedy, options, value, onChange, inline, isDisabled }: FieldProps & {
  options: readonly { id: K; text: ReactNode; hint?: ReactNode }[];
  value: K | "" | undefined;
  onChange: (value: K) => void;
  inline?: boolean;
  isDisabled?: boolean;
}) {
  return (
    <AriaRadioGroup className="field" value={value || null} onChange={(key) => onChange(key as K)} isInvalid={Boolean(error)} isDisabled={isDisabled ?? false}>
      <FieldLabel>{label}</FieldLabel>
      <div className={inline ? "radios line" : "radios"}>
        {options.map((option) => (
          <Radio key={option.id} value={option.id} className="check">
            <span className="box round" /><span>{option.text}{option.hint !== undefined && <><br /><span className="hint">{option.hint}</span></>}</span>
          </Radio>
        ))}
      </div>
      <FieldFoot hint={hint} error={error} remedy={remedy} />
    </AriaRadioGroup>
  );
}
