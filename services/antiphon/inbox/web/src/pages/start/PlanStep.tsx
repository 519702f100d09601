import { useState } from "react";
import { offers } from "../../api/api";
import { useAction } from "../../api/useCall";
import { money } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { RadioGroup } from "../../ui/RadioGroup";
import { StartOn } from "../billing/StartOn";
import { planName, planText, sum, type Sale } from "./sale";
import type { StepProps } from "./step";
import { useT } from "./texts";

const SIZES = { COMPANY_SIZE_SMALL: "size_small", COMPANY_SIZE_MEDIUM: "size_medium", COMPANY_SIZE_LARGE: "size_large", COMPANY_SIZE_UNSPECIFIED: "size_small" } as const;

/** One of the operator's plans, at the price that stands here. */
export function PlanStep({ onDone, actions, sale, reload, toFund }: StepProps & { sale: Sale; reload: () => void; toFund: () => void }) {
  const t = useT();
  const say = useProblemText();
  const has = sale.current?.product_id.replace("plan:", "") ?? "";
  const [chosen, setChosen] = useState(has || (sale.plans[0]?.id ?? ""));
  const [request_id, setRequest] = useState(() => crypto.randomUUID());
  const [start_on, setStart] = useState("");
  const plan = sale.plans.find((one) => one.id === chosen);
  const own = sale.plans.find((one) => one.id === has);
  const choose = useAction(async () => {
    if (!plan?.monthly) return;
    await offers.choose({ request_id, plan_id: plan.id, monthly: plan.monthly, start_on });
    setRequest(crypto.randomUUID());
    reload();
    onDone();
  });
  const problem = choose.problem;
  const short = problem?.reason === "INSUFFICIENT" ? problem.facts : undefined;
  const done = chosen === has;
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); if (done) onDone(); else void choose.run(); }}>
      <h2>{t("s_plan")}</h2><p className="mid">{t("plan_text")}</p>
      {has && <p role="status">{t("plan_there", { name: own ? planName(own) : (sale.current?.name ?? ""), monthly: sum(sale.current?.monthly) })}</p>}
      {sale.plans.length === 0 ? <p role="status">{t("nothing_sold")}</p>
        : <RadioGroup label={t("plan")} value={chosen} onChange={(value) => { setChosen(value); setRequest(crypto.randomUUID()); choose.clear(); }}
            options={sale.plans.map((one) => ({
              id: one.id, text: <><b className="m">{planName(one)}</b> · {t("a_month", { amount: sum(one.monthly) })}</>,
              hint: <>{t(SIZES[one.size])}. {one.lines > 0 ? t("lines", { count: one.lines }) : t("lines_any")}{one.services.includes("lead_catcher_pro") && <>, {t("with_leads")}</>}.{planText(one) && <><br />{planText(one)}</>}</>,
            }))} />}
      {plan && !done && <StartOn value={start_on} byHand={plan.by_hand} onChange={(day) => { setStart(day); setRequest(crypto.randomUUID()); choose.clear(); }} />}
      {short ? <p className="err" role="alert">{t("short", { amount: money(Number(short["needed"] ?? 0), String(short["currency"] ?? "")) })} <Button size="sm" onPress={toFund}>{t("to_fund")}</Button></p>
        : problem && <p className="err" role="alert">{say(problem)}</p>}
      {actions(<Button kind="primary" type="submit" isDisabled={!plan && !done} isPending={choose.pending}>{t(done ? "next" : has ? "change_plan" : "activate")}</Button>)}
    </form>
  );
}
