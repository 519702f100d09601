/** The whole wait of a customer, step by step: why this agent, why not the others, and what kept everybody away. */
import { useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import { acd } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { clock, day, duration, moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Disclosure } from "../../ui/Disclosure";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { obstacleKey, skillsOf, thirdKey } from "../../why/lines";
import { useT as useWhy } from "../../why/texts";
import { lookOf, wholeOf, type Whole } from "./story";
import { useT } from "./texts";
import "./wait.css";

const DAY = 86_400;
const ms = (text: string | undefined) => (text ? Number(text) / 1000 : 0);

function useNames() {
  const t = useT();
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  return { person: (id: string | undefined) => (id ? people[id]?.name ?? t("somebody") : ""), queue: (id: string) => queues[id]?.name ?? t("a_queue") };
}

function useObstacle(): (code: string) => string {
  const why = useWhy();
  return (code) => {
    const key = obstacleKey(code);
    return key ? why(key) : code;
  };
}

/** What a step says beside its sentence: reasons, figures. */
function Detail({ step }: { step: T.WaitStep }) {
  const t = useT();
  const why = useWhy();
  const words = useObstacle();
  const { person, queue } = useNames();
  if (step.what === "waits") {
    const reasons = Object.entries(step.waits_because).sort(([, a], [, b]) => b - a);
    return <span className="sm mid">{reasons.length ? reasons.map(([code, count]) => t("kept_back", { why: words(code), count })).join(" · ") : t("nobody_there")}</span>;
  }
  if (step.what === "RoutingWidened") {
    const parts = [step.facts["only"] ? t("only", { name: person(step.facts["only"]) }) : "", step.facts["skills"] ? t("needs", { skills: step.facts["skills"].replaceAll(":", " ≥ ").replaceAll(",", ", ") }) : "", step.facts["queues"] ? t("in_queues", { queues: step.facts["queues"].split(",").map(queue).join(", ") }) : ""];
    return <span className="sm mid">{parts.filter(Boolean).join(" · ")}</span>;
  }
  if (step.what === "WorkCompleted") return <span className="sm mid">{[step.facts["talk_ms"] ? t("talked", { time: duration(ms(step.facts["talk_ms"])) }) : "", step.facts["disposition"] ?? ""].filter(Boolean).join(" · ")}</span>;
  if (step.what === "WorkScheduled" && step.facts["at"]) return <span className="sm mid">{t("at_time", { time: moment(Number(step.facts["at"])) })}</span>;
  if (step.what !== "WorkOffered" || !step.decision) return null;
  const { decision } = step;
  const key = thirdKey(decision.rule);
  const others = Object.entries(step.why_not);
  const rivals = decision.runners_up.filter((one) => !(one.agent_id in step.why_not));
  return (
    <div className="wait-why">
      <p className="sm">{t("because", { name: person(step.agent_id), rule: key ? why(key) : decision.rule })}{skillsOf(decision).length > 0 && ` · ${skillsOf(decision).map((one) => why("skill_line", one)).join(", ")}`}</p>
      {others.length + rivals.length > 0 ? (
        <Disclosure title={t("why_not", { count: others.length + rivals.length })} icon="users">
          <table className="tbl tight wait-others" aria-label={t("why_not", { count: others.length + rivals.length })}><tbody>
            {[...others, ...rivals.map((one): [string, string] => [one.agent_id, one.why_not])].map(([agent, code]) => <tr key={agent}><th scope="row">{person(agent)}</th><td>{words(code)}</td></tr>)}
          </tbody></table>
        </Disclosure>
      ) : <p className="sm dim">{t("nobody_else")}</p>}
    </div>
  );
}

function Line({ step, began }: { step: T.WaitStep; began: number }) {
  const t = useT();
  const { person, queue } = useNames();
  const { icon, text, mark } = lookOf(step);
  const after = (Date.parse(step.at ?? "") - began) / 1000;
  const values = { name: person(step.agent_id || step.facts["from_agent"]), queue: queue(step.queue_id), position: step.position };
  return (
    <li className={mark ?? ""}>
      <span className="t mid" title={step.at && clock(step.at)}>{after < DAY ? duration(after) : day(step.at ?? 0)}</span>
      <span className="wait-dot"><Icon name={icon} size="s" /></span>
      <div className="grow"><p>{text ? t(text, values) : step.what}</p><Detail step={step} /></div>
    </li>
  );
}

function Figures({ whole }: { whole: Whole }) {
  const t = useT();
  const why = useWhy();
  const { person } = useNames();
  const key = thirdKey(whole.rule);
  return (
    <dl className="wait-figures card">
      <div><dt>{t("f_began")}</dt><dd>{moment(whole.began)}</dd></div>
      <div><dt>{t("f_waited")}</dt><dd>{whole.waited === undefined ? t("still") : duration(whole.waited)}</dd></div>
      <div><dt>{t("f_offers")}</dt><dd>{whole.offers}{whole.missed > 0 && <span className="sm t warn"> {t("f_missed", { count: whole.missed })}</span>}</dd></div>
      <div><dt>{t("f_ended")}</dt><dd><Chip kind={whole.ended === "answered" ? "ok" : whole.ended === "waiting" ? "info" : "crit"}>{t(`end_${whole.ended}`)}</Chip></dd></div>
      {whole.agent && <div className="wait-who"><dt>{t("f_agent")}</dt><dd>{person(whole.agent)}{key && <span className="sm mid"> {why(key)}</span>}</dd></div>}
    </dl>
  );
}

export default function WaitPage() {
  const t = useT();
  const say = useProblemText();
  const [, params] = useRoute("/wait/:name");
  const [, go] = useLocation();
  const name = params?.name ? decodeURIComponent(params.name) : "";
  const [typed, setTyped] = useState(name);
  const { data, problem, loading, reload } = useLoad(async () => (name ? acd.wait(name) : undefined), [name]);
  const steps = data?.steps ?? [];
  const whole = wholeOf(steps);
  const items = new Set(steps.map((one) => one.item_id)).size;
  const find = () => typed.trim() && go(`/wait/${encodeURIComponent(typed.trim())}`);
  const gone = problem?.reason === "UNKNOWN_ITEM";
  return (
    <>
      <PageHead title={t("title")}>
        {name && !loading && whole && items > 1 && <Chip>{t("several", { count: items })}</Chip>}
        <span className="end flex">{name.startsWith("conversation:") && <Link className="btn sm" href={`/inbox/${encodeURIComponent(name.slice(13))}`}>{t("open_conversation")}</Link>}{name.startsWith("call:") && <Link className="btn sm" href={`/calls/${encodeURIComponent(name.slice(5))}`}>{t("open_call")}</Link>}<Button size="sm" icon="refresh" isDisabled={!name} onPress={reload}>{t("again")}</Button></span>
      </PageHead>
      <div className="scroll grow"><div className="page wait-page">
        <form className="wait-find" onSubmit={(event) => { event.preventDefault(); find(); }}>
          <TextField label={t("find")} hint={t("find_hint")} value={typed} onChange={setTyped} after={<Icon name="search" size="s" />} />
        </form>
        {!name ? <Empty icon="pulse" title={t("none_title")} actions={<Link className="btn" href="/board">{t("to_board")}</Link>}>{t("none_text")}</Empty>
          : problem ? <Empty icon={gone ? "search" : "alert"} title={t(gone ? "gone_title" : "failed")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{gone ? t("gone_text") : say(problem)}</Empty>
            : !data ? <Skeleton rows={6} />
              : whole && <>
                <Figures whole={whole} />
                {data.cut && <p className="sm t warn">{t("cut")}</p>}
                <ol className="wait-steps card" aria-label={t("title")}>{steps.map((step, index) => <Line key={index} step={step} began={Date.parse(steps.find((one) => one.item_id === step.item_id)?.at ?? "")} />)}</ol>
              </>}
      </div></div>
    </>
  );
}

