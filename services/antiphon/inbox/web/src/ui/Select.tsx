import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Select as AriaSelect, SelectValue } from "react-aria-components/Select";
import { Icon } from "../design/Icon";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import { useT } from "./texts";

export interface Option<K extends string = string> {
  id: K;
  text: string;
  /** An icon or a state before the words. */
  before?: ReactNode;
  hint?: ReactNode;
}

export interface SelectProps<K extends string> extends FieldProps {
  options: readonly Option<K>[];
  value: K | "" | undefined;
  onChange: (value: K) => void;
  placeholder?: string;
  isDisabled?: boolean;
  /** With label="". */
  "aria-label"?: string;
}

export function OptionItem({ option }: { option: Option }) {
  return (
    <ListBoxItem id={option.id} textValue={option.text} className="menu-item">
      {({ isSelected }) => <>
        {option.before}
        <span className="grow">{option.text}</span>
        {option.hint !== undefined && <span className="end sm">{option.hint}</span>}
        {isSelected && <Icon name="check" size="s" />}
      </>}
    </ListBoxItem>
  );
}

/** One of a closed list. Over a dozen options take a ComboBox. */
export function Select<K extends string>({ label, hint, error, remedy, options, value, onChange, placeholder, isDisabled, ...rest }: SelectProps<K>) {
  const t = useT();
  const chosen = options.find((option) => option.id === value);
  return (
    <AriaSelect {...rest} className="field" isInvalid={Boolean(error)} isDisabled={isDisabled ?? false} placeholder={placeholder ?? t("choose")}
      value={value || null} onChange={(key) => key !== null && onChange(key as K)}>
      <FieldLabel>{label}</FieldLabel>
      <Button className={error ? "input bad" : "input"}><SelectValue className="flex cut">{({ defaultChildren }) => (chosen ? <>{chosen.before}<span className="cut">{chosen.text}</span></> : defaultChildren)}</SelectValue><Icon name="down" size="s" /></Button>
      <FieldFoot hint={hint} error={error} remedy={remedy} />
      <Popover className="pop" offset={4} style={{ minWidth: "var(--trigger-width)" }}>
        <ListBox className="menu" items={options}>{(option) => <OptionItem option={option} />}</ListBox>
      </Popover>
    </AriaSelect>
  );
}
