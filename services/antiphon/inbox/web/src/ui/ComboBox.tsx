import { Button } from "react-aria-components/Button";
import { ComboBox as AriaComboBox } from "react-aria-components/ComboBox";
import { Group } from "react-aria-components/Group";
import { Input } from "react-aria-components/Input";
import { ListBox } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Icon } from "../design/Icon";
import { FieldFoot, FieldLabel } from "./Field";
import { OptionItem, type SelectProps } from "./Select";
import { useT } from "./texts";

/** One of a long list, found by typing. */
export function ComboBox<K extends string>({ label, hint, error, remedy, options, value, onChange, placeholder, isDisabled }: SelectProps<K>) {
  const t = useT();
  return (
    <AriaComboBox className="field" isInvalid={Boolean(error)} isDisabled={isDisabled ?? false} defaultItems={options} menuTrigger="focus" allowsEmptyCollection
      value={value || null} onChange={(key) => key !== null && onChange(key as K)}>
      <FieldLabel>{label}</FieldLabel>
      <Group className={error ? "input bad" : "input"}>
        <Input className="" placeholder={placeholder ?? t("choose")} />
        <Button className="btn plain sm sq"><Icon name="down" size="s" /></Button>
      </Group>
      <FieldFoot hint={hint} error={error} remedy={remedy} />
      <Popover className="pop" offset={4} style={{ width: "var(--trigger-width)" }}>
        <ListBox<SelectProps<K>["options"][number]> className="menu" renderEmptyState={() => <div className="menu-item dim">{t("nothing_found")}</div>}>
          {(option) => <OptionItem option={option} />}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}
