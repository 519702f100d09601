import { useState } from "react";
import { carriers } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { useProblemText } from "../../../i18n/problems";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Dialog } from "../../../ui/Dialog";
import { NumberField } from "../../../ui/NumberField";
import { RadioGroup } from "../../../ui/RadioGroup";
import { toast } from "../../../ui/Toast";
import { CHOICES } from "./model";
import { useT } from "./texts";

const whole = (value: number) => (Number.isNaN(value) ? 0 : value);

/** By what the carrier of a call is chosen. */
export function Policy({ stored, onClose, onSaved }: { stored: T.CarrierPolicy; onClose: () => void; onSaved: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [value, setValue] = useState(stored);
  const save = useAction(carriers.savePolicy);
  const patch = (change: Partial<T.CarrierPolicy>) => setValue({ ...value, ...change });
  const keep = async () => { if (await save.run(value)) { toast(t("policy_saved")); onSaved(); } };
  const byCost = value.choice === "CARRIER_CHOICE_COST";
  return (
    <Dialog title={t("policy")} isOpen onClose={onClose} big actions={<><Button onPress={onClose}>{t("close")}</Button><Button kind="primary" isPending={save.pending} onPress={() => void keep()}>{t("policy_save")}</Button></>}>
      <div className="form">
        {save.problem && <p className="err" role="alert">{save.problem.reason === "INVALID" ? save.problem.detail : say(save.problem)}</p>}
        <RadioGroup label={t("choice")} options={CHOICES.map((id) => ({ id, text: t(id), hint: t(`${id}_hint`) }))} value={value.choice === "CARRIER_CHOICE_UNSPECIFIED" ? "CARRIER_CHOICE_COST" : value.choice} onChange={(choice) => patch({ choice })} />
        <Checkbox isSelected={value.never_at_loss} onChange={(never_at_loss) => patch({ never_at_loss })}>{t("never_at_loss")}<br /><span className="hint">{t("never_at_loss_hint")}</span></Checkbox>
        <h3>{t("floor")}</h3>
        <p className="hint">{t(byCost ? "floor_unused" : "floor_hint")}</p>
        <div className="carrier-floor">
          <NumberField label={t("min_asr")} unit="%" minValue={0} maxValue={100} value={value.min_asr_percent} onChange={(given) => patch({ min_asr_percent: whole(given) })} isDisabled={byCost} />
          <NumberField label={t("max_pdd")} unit={t("s")} minValue={0} maxValue={60} step={0.1} value={value.max_pdd_ms / 1000} onChange={(given) => patch({ max_pdd_ms: Math.round(whole(given) * 1000) })} isDisabled={byCost} />
          <NumberField label={t("min_mos")} minValue={0} maxValue={4.5} step={0.1} value={value.min_mos} onChange={(given) => patch({ min_mos: whole(given) })} isDisabled={byCost} />
          <NumberField label={t("max_loss")} unit="%" minValue={0} maxValue={100} step={0.1} value={value.max_loss_percent} onChange={(given) => patch({ max_loss_percent: whole(given) })} isDisabled={byCost} />
          <NumberField label={t("min_calls")} hint={t("min_calls_hint")} minValue={1} maxValue={50} value={value.min_calls} onChange={(given) => patch({ min_calls: whole(given) || 1 })} isDisabled={byCost} />
        </div>
      </div>
    </Dialog>
  );
}
