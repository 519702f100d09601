/** The routing plan of a queue, step by step, and beside it what it means for a customer who waits. */
import type { Overflow, Queue, RoutingStep, Way } from "../../../api/types.gen";
import { Icon } from "../../../design/Icon";
import { duration } from "../../../i18n/format";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { IconButton } from "../../../ui/IconButton";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { FieldError, Levels, Maybe } from "../pickers";
import { toDuration, toSeconds } from "../queue";
import { Part } from "../Section";
import { useT as useAdmin, type AdminText } from "../texts";
import { addStep, changeStep, lasting, moveStep, overflowing, removeStep, stepFault, timeline, type PlanLine } from "./steps";
import { useT } from "./texts";

const NOTHING = "nothing";
const WAYS: readonly Way[] = ["WAY_QUEUE", "WAY_VOICEMAIL", "WAY_CALLBACK", "WAY_REFUSE"];
const skillsText = (skills: Readonly<Record<string, number>>) => Object.entries(skills).map(([name, level]) => `${name} ≥ ${level}`).join(", ");

interface StepProps { queue: Queue; index: number; onChange: (steps: RoutingStep[]) => void }

function Step({ queue, index, onChange }: StepProps) {
  const t = useT();
  const admin = useAdmin();
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  const steps = queue.steps;
  const step = steps[index] as RoutingStep;
  const last = index === steps.length - 1;
  const fault = stepFault(steps, index);
  const title = t("step_title", { number: index + 1 });
  const put = (next: RoutingStep) => onChange(steps.map((one, at) => (at === index ? next : one)));
  const patch = (change: Partial<RoutingStep>) => onChange(changeStep(steps, index, change));
  const agents = Object.values(people).filter((one) => !one.disabled).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  const others = Object.values(queues).filter((one) => one.id !== queue.id).sort((a, b) => a.name.localeCompare(b.name));
  const way: Way | typeof NOTHING = step.overflow && step.overflow.way !== "WAY_UNSPECIFIED" ? step.overflow.way : NOTHING;
  const asks = step.replace_skills || Object.keys(step.skills).length > 0;
  const send = (to: Overflow | undefined) => put(overflowing(step, to));
  return (
    <li className="opt-card step" aria-label={title}>
      <div className="flex"><b className="m grow">{title}</b>
        <IconButton icon="up" size="sm" label={admin("move_up", { name: title })} isDisabled={index === 0} onPress={() => onChange(moveStep(steps, index, -1))} />
        <IconButton icon="down" size="sm" label={admin("move_down", { name: title })} isDisabled={last} onPress={() => onChange(moveStep(steps, index, 1))} />
        <IconButton icon="x" size="sm" label={t("remove", { name: title })} onPress={() => onChange(removeStep(steps, index))} />
      </div>
      <div className="pair">
        {last ? <div className="field"><span className="label">{t("step_lasts")}</span><span className="mid step-ever">{t("step_ever")}</span></div>
          : <NumberField label={t("step_lasts")} unit={t("s")} minValue={0} maxValue={86400} step={5} value={toSeconds(step.lasts)} onChange={(next) => put(lasting(step, toDuration(Number.isNaN(next) ? toSeconds(step.lasts) : next)))} />}
        <Maybe label={t("step_who")} none={t("step_everybody")} options={agents} value={step.only_agent_id} onChange={(only_agent_id) => patch({ only_agent_id })} />
        <Select label={t("step_then")} value={way} options={[{ id: NOTHING, text: t("step_nothing") }, ...WAYS.map((id) => ({ id: id as string, text: admin(id.toLowerCase() as AdminText) }))]}
          onChange={(next) => send(next === NOTHING ? undefined : { way: next as Way, queue_id: next === "WAY_QUEUE" ? step.overflow?.queue_id ?? "" : "" })} />
        {way === "WAY_QUEUE" && <Select label={admin("limit_queue")} options={others.map((one) => ({ id: one.id, text: one.name }))} value={step.overflow?.queue_id ?? ""} onChange={(queue_id) => send({ way: "WAY_QUEUE", queue_id })} />}
      </div>
      <Checkbox isSelected={asks} onChange={(on) => patch(on ? { replace_skills: true } : { replace_skills: false, skills: {}, any_of: [] })}>{t("step_skills")}</Checkbox>
      {asks && <Levels label={t("step_skills")} value={step.skills} onChange={(skills) => patch({ skills, replace_skills: true })} />}
      {asks && Object.keys(step.skills).length === 0 && <p className="hint">{t("step_no_skills")}</p>}
      {others.length > 0 && <div className="field" role="group" aria-label={t("step_queues")}><span className="label">{t("step_queues")}</span><div className="flex wrap profile-queues">{others.map((one) => <Checkbox key={one.id} isSelected={step.add_queues.includes(one.id)} onChange={(on) => patch({ add_queues: on ? [...step.add_queues, one.id] : step.add_queues.filter((id) => id !== one.id) })}>{one.name}</Checkbox>)}</div></div>}
      {fault && <FieldError text={t(fault)} />}
    </li>
  );
}

function usePlanWords(strategyTitle: string): (line: PlanLine) => string {
  const t = useT();
  const admin = useAdmin();
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  const queueName = (id: string) => queues[id]?.name ?? admin("queue_gone");
  return (line) => {
    switch (line.is) {
      case "last_agent": return t("p_last_agent", { time: duration(line.seconds) });
      case "anybody": return t(line.tier ? "p_first_tier" : "p_anybody", { strategy: strategyTitle });
      case "only": return line.seconds > 0 ? t("p_only", { name: people[line.agent]?.name ?? line.agent, time: duration(line.seconds) }) : t("p_only_try", { name: people[line.agent]?.name ?? line.agent });
      case "everybody_again": return t("p_everybody");
      case "skills": return t("p_skills", { skills: [skillsText(line.skills), ...(line.anyOf.length ? [line.anyOf.map(skillsText).join(t("or"))] : [])].filter(Boolean).join("; ") });
      case "no_skills": return t("p_no_skills");
      case "queues": return t("p_queues", { queues: line.queues.map(queueName).join(", ") });
      case "tier": return t("p_tier", { level: line.level });
      case "overflow": return line.to.way === "WAY_QUEUE" ? t("p_queues", { queues: queueName(line.to.queue_id) }) : t(line.to.way === "WAY_VOICEMAIL" ? "p_voicemail" : line.to.way === "WAY_CALLBACK" ? "p_callback" : "p_goodbye");
    }
  };
}

function Preview({ queue, strategyTitle }: { queue: Queue; strategyTitle: string }) {
  const t = useT();
  const words = usePlanWords(strategyTitle);
  const lines = timeline(queue);
  const over = lines.some((line) => line.is === "overflow" && line.to.way !== "WAY_QUEUE");
  return (
    <div className="plan" role="group" aria-label={t("preview")}>
      <h3>{t("preview")}</h3>
      <ol>
        {lines.map((line, index) => <li key={index}><span className="t">{line.at === 0 ? t("at_once") : duration(line.at)}</span><span>{words(line)}</span></li>)}
        {!over && <li><Icon name="clock" size="s" /><span className="mid">{t("p_waits_on")}</span></li>}
      </ol>
    </div>
  );
}

export default function StepsPart({ queue, strategyTitle, onChange }: { queue: Queue; strategyTitle: string; onChange: (steps: RoutingStep[]) => void }) {
  const t = useT();
  return (
    <Part title={t("steps")} hint={t("steps_hint")}>
      <div className="plan-cols">
        <div className="col gap">
          {queue.steps.length === 0 && <p className="hint">{t("steps_none")}</p>}
          <ol className="col gap" aria-label={t("steps")}>{queue.steps.map((_, index) => <Step key={index} queue={queue} index={index} onChange={onChange} />)}</ol>
          <div><Button icon="plus" onPress={() => onChange(addStep(queue.steps))}>{t("step_add")}</Button></div>
        </div>
        <Preview queue={queue} strategyTitle={strategyTitle} />
      </div>
    </Part>
  );
}
