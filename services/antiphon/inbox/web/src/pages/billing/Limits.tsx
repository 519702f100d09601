import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { NumberField } from "../../ui/NumberField";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { amountOf, micros } from "./model";
import { useT } from "./texts";

const NONE = Number.NaN;
const shown = (value: number) => (value > 0 ? value : NONE);
const kept = (value: number) => (Number.isNaN(value) ? 0 : value);

/** What a day, a minute and a moment may hold, and when to warn. */
export function LimitsCard({ account, onSaved }: { account: T.Account; onSaved: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const [cost, setCost] = useState(shown(amountOf(account.limits?.cost_a_day)));
  const [concurrent, setConcurrent] = useState(shown(account.limits?.concurrent ?? 0));
  const [attempts, setAttempts] = useState(shown(account.limits?.attempts_a_minute ?? 0));
  const [mark, setMark] = useState(account.notify_below[0] ? amountOf(account.notify_below.at(-1)) : NONE);
  const [blocked, setBlocked] = useState(account.blocked.join(" "));
  const save = useAction(billing.saveAccount);
  const currency = account.currency;
  const submit = async () => {
    const others = account.notify_below.slice(0, -1).filter((one) => amountOf(one) !== mark);
    const done = await save.run({
      ...account, blocked: blocked.split(/[\s,]+/).filter(Boolean),
      limits: { cost_a_day: { currency, micros: micros(kept(cost)) }, concurrent: kept(concurrent), attempts_a_minute: kept(attempts) },
      notify_below: Number.isNaN(mark) ? [] : [...others, { currency, micros: micros(mark) }],
    });
    if (done) { toast(t("saved")); onSaved(); }
  };
  const figure = { isDisabled: !may, placeholder: t("none"), minValue: 0 };
  return (
    <section className="card" aria-label={t("limits")}><header><h2>{t("limits")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <p className="hint">{t("limits_note")}</p>
        <div className="bill-pair">
          <NumberField label={t("cost_a_day")} unit={currency} value={cost} onChange={setCost} {...figure} />
          <NumberField label={t("notify_at")} unit={currency} value={mark} onChange={setMark} isDisabled={!may} placeholder={t("none")} />
          <NumberField label={t("concurrent")} value={concurrent} onChange={setConcurrent} {...figure} />
          <NumberField label={t("attempts")} value={attempts} onChange={setAttempts} {...figure} />
        </div>
        <TextField label={t("blocked")} hint={t("blocked_hint")} value={blocked} onChange={setBlocked} isDisabled={!may} />
        {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
        {may && <div className="actions"><Button kind="primary" type="submit" isPending={save.pending}>{t("save")}</Button></div>}
      </form>
    </section>
  );
}
