import { useState } from "react";
import { billing } from "../../api/api";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { NumberField } from "../../ui/NumberField";
import { microsOf, opening, sum, type Sale } from "./sale";
import type { StepProps } from "./step";
import { useT } from "./texts";

/** Money first: the account is opened with the first payment, and filled when the provider has told of it. */
export function FundStep({ onDone, actions, sale, reload }: StepProps & { sale: Sale; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const me = useDesk((state) => state.me);
  const smallest = sale.plans[0];
  const currency = sale.account?.currency ?? smallest?.monthly?.currency ?? "";
  const [amount, setAmount] = useState(Math.max(1, Math.ceil(microsOf(smallest?.monthly) / 1_000_000)));
  const [request_id, setRequest] = useState(() => crypto.randomUUID());
  const [waiting, setWaiting] = useState(false);
  const funded = microsOf(sale.account?.balance) > 0;
  const pay = useAction(async () => {
    if (!sale.account) await billing.saveAccount(opening(me?.tenant, me?.person?.email ?? "", currency));
    const begun = await billing.topUp({ request_id, amount: { currency, micros: String(Math.round(amount * 1_000_000)) } });
    setRequest(crypto.randomUUID());
    setWaiting(true);
    reload();
    window.open(begun.redirect_url, "_blank", "noopener");
  });
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); if (amount > 0 && currency) void pay.run(); }}>
      <h2>{t("s_fund")}</h2><p className="mid">{t("fund_text")}</p>
      {!currency ? <p role="status">{t("nothing_sold")}</p> : <>
        <dl className="kv"><dt>{t("balance")}</dt><dd className="b">{sum(sale.account?.balance ?? { currency, micros: "0" })}</dd></dl>
        <NumberField label={t("amount")} unit={currency} value={amount} onChange={(value) => { setAmount(value); setRequest(crypto.randomUUID()); }} minValue={1} />
        <p className="hint">{t("fund_hint")}</p>
        {waiting && <p className="hint" role="status">{t(funded ? "paid" : "waiting_for_payment")}</p>}
        {pay.problem && <p className="err" role="alert">{pay.problem.reason === "NO_PROVIDER" ? t("no_provider") : say(pay.problem)}</p>}
        <div><Button type="submit" kind={funded ? "default" : "primary"} isPending={pay.pending}>{t("pay")}</Button></div>
      </>}
      {actions((funded || sale.current) && <Button kind="primary" onPress={onDone}>{t("next")}</Button>)}
    </form>
  );
}
