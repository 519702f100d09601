import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";

/** One of a few, side by side: period, view, theme. */
export function Segmented<K extends string>(props: {
  label: string;
  value: K;
  onChange: (value: K) => void;
  options: readonly { id: K; text: string }[];
}) {
  return (
    <ToggleButtonGroup className="group" aria-label={props.label} selectionMode="single" disallowEmptySelection selectedKeys={[props.value]}
      onSelectionChange={(keys) => { const [key] = keys; if (key !== undefined) props.onChange(key as K); }}>
      {props.options.map(({ id, text }) => <ToggleButton key={id} id={id} className="btn">{text}</ToggleButton>)}
    </ToggleButtonGroup>
  );
}
