import { TextField } from "../../ui/TextField";
import { useT } from "./texts";

/** The day what is ordered begins; empty: at once, or when the operator has it ready. */
export function StartOn({ value, onChange, byHand = false }: { value: string; onChange: (day: string) => void; byHand?: boolean }) {
  const t = useT();
  return <TextField label={t("start_on")} hint={t(byHand ? "start_by_hand" : "start_hint")} type="date" value={value} onChange={onChange} />;
}
