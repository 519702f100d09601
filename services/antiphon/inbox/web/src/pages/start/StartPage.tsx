import { useEffect, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { conversations, routing } from "../../api/api";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import { CompanyStep } from "./CompanyStep";
import { ChatStep } from "./ChatStep";
import { FirstStep } from "./FirstStep";
import { FundStep } from "./FundStep";
import { leave, passed, remember } from "./memory";
import { NumberStep } from "./NumberStep";
import { PeopleStep } from "./PeopleStep";
import { PlanStep } from "./PlanStep";
import { QueueStep } from "./QueueStep";
import { microsOf, useSale } from "./sale";
import { done, nextStep, stepsOf, type StepName } from "./steps";
import "./start.css";
import { useT } from "./texts";

/** Whether a customer was answered: somebody has, or had, a conversation. */
function useAnswered(): { answered: boolean; known: boolean } {
  const live = useDesk((state) => Object.values(state.conversations).some((one) => one.assignee_id !== ""));
  const closed = useLoad(async () => (await conversations.list({ view: "CONVERSATION_VIEW_CLOSED", limit: 20 })).conversations.some((one) => one.last_message?.author.startsWith("person:") || one.assignee_id !== ""), []);
  const own = useDesk((state) => Object.values(state.messages).some((list) => list.some((one) => one.kind === "MESSAGE_KIND_TEXT" && one.author.startsWith("person:"))));
  const wrote = useDesk((state) => Object.values(state.conversations).some((one) => one.last_message?.author.startsWith("person:")));
  return { answered: (live && (own || wrote)) || closed.data === true, known: closed.data !== undefined || closed.problem !== undefined };
}

export default function StartPage() {
  const t = useT();
  const [, go] = useLocation();
  const { tenant, queues, people, channels } = useDesk((state) => ({ tenant: state.me?.tenant?.id ?? "", queues: state.queues, people: state.people, channels: state.channels }));
  const [marks, setMarks] = useState(() => passed(tenant));
  const bindings = useLoad(async () => (await routing.bindings()).bindings, [channels]);
  const { answered, known } = useAnswered();
  const sale = useSale();
  const sold = sale.data?.sold ?? false;
  const steps = stepsOf(sold);
  const [chosen, setChosen] = useState<StepName>();
  const chats = Object.values(channels).filter((one) => one.kind === "webchat" && bindings.data?.some((binding) => binding.address === one.id));
  const of = done({ sold, funded: microsOf(sale.data?.account?.balance) > 0, plan: sale.data?.current !== undefined && sale.data.current !== null, numbers: sale.data?.numbers.length ?? 0, passed: marks, queues: Object.keys(queues).length, people: Object.values(people).filter((one) => !one.disabled).length, chats: chats.length, answered });
  const loaded = (bindings.data !== undefined || bindings.problem !== undefined) && (sale.data !== undefined || sale.problem !== undefined);
  const next = nextStep(of, sold);
  // Where somebody is does not move under his hands when a record appears.
  useEffect(() => { if (loaded && known) setChosen((old) => old ?? next); }, [loaded, known, next]);
  const at = chosen ?? next;
  const index = Math.max(0, steps.indexOf(at));
  const pass = (step: StepName) => { setMarks(remember(tenant, step)); setChosen(steps[steps.indexOf(step) + 1] ?? "first"); };
  const later = () => { leave(tenant); go("/inbox"); };
  const actions = (button: ReactNode) => (
    <footer className="start-foot">
      {index > 0 && <Button onPress={() => setChosen(steps[index - 1])}>{t("back")}</Button>}
      <Button kind="plain" onPress={later}>{t("later")}</Button>
      <span className="end flex">{button}</span>
    </footer>
  );
  const props = { onDone: () => pass(at), actions };
  return (
    <>
      <PageHead title={t("title")}><span className="mid">{t("step_of", { at: index + 1, count: steps.length })}</span></PageHead>
      <div className="start">
        <nav className="start-rail" aria-label={t("steps")}>
          <ol>{steps.map((step, number) => (
            <li key={step} className={of[step] ? "done" : ""} {...(step === at ? { "aria-current": "step" as const } : {})}>
              <span className="no" aria-hidden="true">{of[step] ? <Icon name="check" size="s" /> : number + 1}</span>
              {of[step] || step === next ? <button type="button" className="btn link" onClick={() => setChosen(step)}>{t(`s_${step}`)}</button> : <span className="dim">{t(`s_${step}`)}</span>}
              {of[step] && <span className="sr">{t("is_done")}</span>}
            </li>))}</ol>
          <p className="sm dim">{t("kept")}</p>
        </nav>
        <div className="start-work scroll">
          {!loaded || !known ? <Skeleton rows={5} /> : (
            <div key={at} className="start-step">
              {at === "company" && <CompanyStep {...props} />}
              {at === "fund" && sale.data && <FundStep {...props} sale={sale.data} reload={sale.reload} />}
              {at === "plan" && sale.data && <PlanStep {...props} sale={sale.data} reload={sale.reload} toFund={() => setChosen("fund")} />}
              {at === "number" && sale.data && <NumberStep {...props} sale={sale.data} reload={sale.reload} toFund={() => setChosen("fund")} />}
              {at === "queue" && <QueueStep {...props} />}
              {at === "people" && <PeopleStep {...props} />}
              {at === "chat" && <ChatStep {...props} onDone={() => { bindings.reload(); pass("chat"); }} channel={chats[0]} />}
              {at === "first" && <FirstStep {...props} onDone={later} channel={chats[0]} answered={answered} />}
            </div>
          )}
        </div>
      </div>
    </>
  );
}
