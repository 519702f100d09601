import { Button } from "react-aria-components/Button";
import { Group } from "react-aria-components/Group";
import { Input } from "react-aria-components/Input";
import { NumberField as AriaNumberField, type NumberFieldProps as AriaProps } from "react-aria-components/NumberField";
import { Icon } from "../design/Icon";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import { useT } from "./texts";

/** A number with steps; `unit` stands inside, after the figures; `placeholder` says what an empty field means. */
export function NumberField({ label, hint, error, remedy, unit, placeholder, ...rest }: FieldProps & { unit?: string; placeholder?: string | undefined } & Omit<AriaProps, "children" | "className" | "style" | "isInvalid">) {
  const t = useT();
  return (
    <AriaNumberField {...rest} isInvalid={Boolean(error)} className="field" decrementAriaLabel={t("less")} incrementAriaLabel={t("greater")}>
      <FieldLabel>{label}</FieldLabel>
      <Group className={error ? "input bad" : "input"}>
        <Input className="" placeholder={placeholder} />
        {unit && <span className="dim nw">{unit}</span>}
        <Button slot="decrement" className="btn plain sm sq"><Icon name="minus" size="s" /></Button>
        <Button slot="increment" className="btn plain sm sq"><Icon name="plus" size="s" /></Button>
      </Group>
      <FieldFoot hint={hint} error={error} remedy={remedy} />
    </AriaNumberField>
  );
}
