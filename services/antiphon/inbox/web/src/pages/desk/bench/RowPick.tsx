/** The box before a row while several are chosen. */
import { Checkbox } from "../../../ui/Checkbox";

export default function RowPick({ label, chosen, onChange }: { label: string; chosen: boolean; onChange: () => void }) {
  return <Checkbox aria-label={label} isSelected={chosen} onChange={onChange}>{null}</Checkbox>;
}
