import { useRef, useState } from "react";
import { Link } from "wouter";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { acd } from "../../api/api";
import type { Disposition, Member, Overflow, Queue, Strategy, WrapUpMode } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { duration, percent } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { ComboBox } from "../../ui/ComboBox";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { RadioGroup as Choice } from "../../ui/RadioGroup";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { FieldError, Levels, ProjectSelect } from "./pickers";
import { addDisposition, addMember, dispositionFault, memberKey, moveDisposition, moveMember, ranked, removeDisposition, removeMember, setDefault, toDuration, toSeconds, withDelay } from "./queue";
import { LimitsPart, overflowText, PausesPart, Seconds, WaitingPart } from "./QueueParts";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { strategyText } from "./strategies";
import { useT } from "./texts";
import { stepFault } from "./work/steps";
import StepsPart from "./work/StepsPart";
import { useT as useWork } from "./work/texts";

const BLANK: Queue = {
  id: "", rev: 0, name: "", project_id: "", strategy: "longest_idle", members: [], weight: 0, ring_time: "30s", wrap_up: "WRAP_UP_MODE_OPTIONAL", wrap_up_limit: "60s",
  dispositions: [], max_waiting: 0, target_share: 0.8, target_time: "20s", skills: {}, announce_position: false, ask_rating: false, music: "", by_service_level: false, closed: false, steps: [], tier_delays: {},
};
const OVERFLOWS = ["when_full", "when_late", "when_unmanned", "when_closed"] as const;
const SPANS: readonly string[] = ["ring_time", "wrap_up_limit", "target_time", "announce_every", "busy_delay", "reject_delay", "no_answer_delay", "ring_more_every", "sticky_for", "max_wait"];
const MODES: readonly WrapUpMode[] = ["WRAP_UP_MODE_NONE", "WRAP_UP_MODE_OPTIONAL", "WRAP_UP_MODE_MANDATORY", "WRAP_UP_MODE_TIMED"];

/** The catalogue with what speaks for and against each (clause A05). */
function Strategies({ all, value, onChange, error }: { all: readonly Strategy[]; value: string; onChange: (name: string) => void; error: string | undefined }) {
  const t = useT();
  return (
    <RadioGroup aria-label={t("strategy")} value={value || null} onChange={onChange} className="strategies">
      <div className="heads" aria-hidden="true"><span /><span>{t("advantages")}</span><span>{t("drawbacks")}</span><span>{t("use")}</span></div>
      {all.map((one) => (
        <Radio key={one.name} value={one.name} className="pick">
          <span className="top"><span className="box" /><span>{strategyText(one, "title", t)}{one.known_as.length > 0 && <span className="hint"><span className="sr">{t("known_as")}: </span>{one.known_as.join(", ")}</span>}</span></span>
          {(["advantages", "drawbacks", "use"] as const).map((part) => <span key={part}><span className="sr">{t(part)}: </span>{strategyText(one, part, t)}</span>)}
        </Radio>
      ))}
      {error && <FieldError text={error} />}
    </RadioGroup>
  );
}

interface MembersProps {
  value: readonly Member[];
  onChange: (members: Member[]) => void;
  sequential: boolean;
  weighted: boolean;
  /** Line → seconds before it is asked. */
  delays: Readonly<Record<string, number>>;
  onDelays: (delays: Record<string, number>) => void;
  error: string | undefined;
}

function Members({ value, onChange, sequential, weighted, delays, onDelays, error }: MembersProps) {
  const t = useT();
  const { people, groups } = useDesk((state) => ({ people: state.people, groups: state.groups }));
  const list = useRef<HTMLUListElement>(null);
  const members = ranked(value);
  const has = new Set(members.map(memberKey));
  const nameOf = (member: Member) => (member.person_id ? people[member.person_id]?.name ?? member.person_id : groups[member.group_id ?? ""]?.name ?? member.group_id ?? "");
  const options = [
    ...Object.values(groups).map((one) => ({ id: `group:${one.id}`, text: one.name, before: <Icon name="users" />, hint: t("people_count", { count: one.person_ids.length }) })),
    ...Object.values(people).filter((one) => !one.disabled).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: `person:${one.id}`, text: one.name, before: <Icon name="user" /> })),
  ].filter((one) => !has.has(one.id));
  const move = (index: number, step: -1 | 1) => {
    const key = memberKey(members[index] as Member);
    const next = moveMember(members, index, step);
    onChange(next);
    const place = next.findIndex((one) => memberKey(one) === key);
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>("li[data-member]")[place]?.focus());
  };
  return (
    <>
      <div className="adder"><ComboBox key={members.length} label={t("member_add")} placeholder={t("type_name")} options={options} value=""
        onChange={(id) => { const [kind, who = ""] = id.split(":"); onChange(addMember(members, kind === "group" ? { group_id: who } : { person_id: who })); }} /></div>
      <ul className="rows" ref={list} aria-label={t("members")}>
        {members.map((member, index) => [
          member.level !== members[index - 1]?.level && <li key={`level ${member.level}`} className="lvl"><span className="grow">{t("level", { level: member.level })}</span>
            {member.level > 1 && <><span>{t("tier_after")}</span><NumberField aria-label={t("tier_delay", { level: member.level })} label="" unit={t("s")} minValue={0} maxValue={86400} step={5} value={delays[member.level] ?? 0} onChange={(next) => onDelays(withDelay(delays, member.level, next))} /></>}</li>,
          <li key={memberKey(member)} data-member="" tabIndex={0} aria-label={t("member_row", { name: nameOf(member), level: member.level, position: member.position })} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
            onKeyDown={(event) => { if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) { event.preventDefault(); move(index, event.key === "ArrowUp" ? -1 : 1); } }}>
            <Icon name={member.group_id ? "users" : "user"} />
            {sequential && <span className="dim">{member.position}</span>}
            <span className="grow cut" title={nameOf(member)}>{nameOf(member)}</span>
            {weighted && <NumberField aria-label={t("penalty_of", { name: nameOf(member) })} label="" minValue={0} maxValue={100} step={5} value={member.penalty} onChange={(next) => onChange(members.map((one, at) => (at === index ? { ...one, penalty: Number.isNaN(next) ? one.penalty : next } : one)))} />}
            <IconButton icon="up" size="sm" label={t("move_up", { name: nameOf(member) })} isDisabled={index === 0 && member.level === 1} onPress={() => move(index, -1)} />
            <IconButton icon="down" size="sm" label={t("move_down", { name: nameOf(member) })} isDisabled={member.level === 9} onPress={() => move(index, 1)} />
            <IconButton icon="x" size="sm" label={t("remove_named", { name: nameOf(member) })} onPress={() => onChange(removeMember(members, index))} />
          </li>,
        ])}
      </ul>
      {members.length === 0 ? <p className="hint">{t("members_none")}</p> : <p className="hint">{t(sequential ? "members_hint_seq" : "members_hint")}{weighted && <> {t("penalty_hint")}</>}{members.some((one) => one.level > 1) && <> {t("tier_hint")}</>}</p>}
      {error && <FieldError text={error} />}
    </>
  );
}

function Dispositions({ value, onChange, error }: { value: readonly Disposition[]; onChange: (list: Disposition[]) => void; error: string | undefined }) {
  const t = useT();
  const [title, setTitle] = useState("");
  const change = (index: number, part: Partial<Disposition>) => onChange(value.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const add = () => {
    onChange(addDisposition(value, title));
    setTitle("");
  };
  const fault = value.map((_, index) => dispositionFault(value, index)).find(Boolean);
  return (
    <>
      <ul className="rows" aria-label={t("dispositions")}>
        {value.map((one, index) => (
          <li key={index}>
            <div className="field grow stretch"><TextField aria-label={t("disposition_title")} label="" value={one.title} onChange={(next) => change(index, { title: next })} /></div>
            <TextField aria-label={t("disposition_code")} label="" value={one.code} onChange={(code) => change(index, { code })} />
            <IconButton icon="ok" size="sm" label={t(one.default ? "is_default" : "make_default", { name: one.title })} isSelected={one.default} onPress={() => onChange(setDefault(value, one.code))} />
            <IconButton icon="up" size="sm" label={t("move_up", { name: one.title })} isDisabled={index === 0} onPress={() => onChange(moveDisposition(value, index, -1))} />
            <IconButton icon="down" size="sm" label={t("move_down", { name: one.title })} isDisabled={index === value.length - 1} onPress={() => onChange(moveDisposition(value, index, 1))} />
            <IconButton icon="x" size="sm" label={t("remove_named", { name: one.title })} onPress={() => onChange(removeDisposition(value, one.code))} />
          </li>
        ))}
      </ul>
      <div className="flex adder">
        <TextField aria-label={t("disposition_new")} label="" placeholder={t("disposition_hint")} value={title} onChange={setTitle} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
        <Button icon="plus" isDisabled={!title.trim()} onPress={add}>{t("add")}</Button>
      </div>
      {fault ? <FieldError text={t(`disposition_${fault}`)} /> : error ? <FieldError text={error} /> : <p className="hint">{t("dispositions_hint")}</p>}
    </>
  );
}

function QueuePanel({ stored, loaded, strategies }: { stored: Queue | undefined; loaded: Loaded<readonly Queue[]>; strategies: readonly Strategy[] }) {
  const t = useT();
  const editor = useEditor<Queue>({
    key: `queues/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({
      name: value.name.trim() ? "" : "bad_name",
      dispositions: value.dispositions.some((_, index) => dispositionFault(value.dispositions, index)) ? "bad_dispositions" : value.wrap_up === "WRAP_UP_MODE_MANDATORY" && value.dispositions.length === 0 ? "dispositions_needed" : "",
      target_time: value.by_service_level && toSeconds(value.target_time) === 0 ? "target_needed" : "",
      steps: value.steps.some((_, index) => stepFault(value.steps, index)) ? "bad_value" : "",
      ...Object.fromEntries(OVERFLOWS.map((field) => [field, value[field]?.way === "WAY_QUEUE" && !value[field]?.queue_id ? "bad_overflow" : ""])),
    }),
    fresh: async () => (await acd.queues()).queues.find((one) => one.id === stored?.id),
    save: async (value) => (await acd.saveQueue({ ...value, members: ranked(value.members) })).queue ?? value,
    onSaved: (saved) => {
      learn.queue(saved);
      loaded.reload();
      if (!stored) navigateTo(addressOf("queues", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const work = useWork();
  const { queues, watches } = useDesk((state) => ({ queues: state.queues, watches: can("work.watch")(state) }));
  const nameOf = (queue: string) => queues[queue]?.name ?? queue;
  const timed = value.wrap_up === "WRAP_UP_MODE_TIMED";
  const number = (next: number, old: number) => (Number.isNaN(next) ? old : next);
  return (
    <Form section="queues" icon="headset" right="queues.write" editor={editor} isNew={!stored} wide title={stored ? stored.name : t("queue_new")}
      top={stored && watches && <p className="lead"><Link href={`/board/queues/${encodeURIComponent(stored.id)}`}>{work("who_waits")}</Link></p>}
      labels={{ name: t("name"), project_id: t("project"), strategy: t("strategy"), members: t("members"), ring_time: t("ring_time"), wrap_up: t("wrap_up"), wrap_up_limit: t("wrap_up_limit"), dispositions: t("dispositions"), max_waiting: t("max_waiting"), target_share: t("target_share"), target_time: t("target_time"), weight: t("weight"), skills: t("skills_needed"),
        announce_position: t("announce_position"), ask_rating: t("ask_rating"), announce_every: t("announce_every"), music: t("music"), busy_delay: t("busy_delay"), reject_delay: t("reject_delay"), no_answer_delay: t("no_answer_delay"), ring_more_every: t("ring_more_every"), by_service_level: t("by_service_level"), sticky_for: t("sticky_for"),
        closed: t("queue_closed"), when_full: t("when_full"), when_closed: t("when_closed"), when_unmanned: t("when_unmanned"), max_wait: t("max_wait"), when_late: t("when_late"), steps: t("steps"), tier_delays: t("tier_delays") }}
      show={(field, what) => (field === "wrap_up" ? t((what as WrapUpMode).toLowerCase() as never) : field === "target_share" ? percent(what as number) : SPANS.includes(field) ? (what === undefined ? "–" : duration(toSeconds(what as string))) : field.startsWith("when_") ? overflowText(what as Overflow | undefined, t, nameOf) : field === "strategy" ? strategies.filter((one) => one.name === what).map((one) => strategyText(one, "title", t))[0] : undefined)}
      remove={{ question: t("delete_title", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("queue_loss"), run: async () => { await acd.deleteQueue(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <div className="two-cols">
        <div className="part"><TextField label={t("name")} placeholder={t("queue_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} /></div>
        <div className="part"><ProjectSelect value={value.project_id} onChange={(project_id) => patch({ project_id })} error={err("project_id")} /></div>
      </div>
      <Part title={t("members")}><div className="two-cols"><div className="part"><Members value={value.members} sequential={value.strategy === "sequential"} weighted={value.strategy === "weighted_random"} delays={value.tier_delays} onDelays={(tier_delays) => patch({ tier_delays })} onChange={(members) => patch({ members })} error={err("members") ?? err("tier_delays")} /></div>
        <div className="part"><h3>{t("skills_needed")}</h3><p className="hint">{t("skills_needed_hint")}</p><Levels label={t("skills_needed")} value={value.skills} onChange={(skills) => patch({ skills })} error={err("skills")} /></div></div></Part>
      <Part title={t("strategy")} hint={t("strategy_hint")}><Strategies all={strategies} value={value.strategy} onChange={(strategy) => patch({ strategy })} error={err("strategy")} />
        <div className="pair few">
          <NumberField label={t("sticky_for")} hint={t("sticky_hint")} unit={t("s")} minValue={0} maxValue={86400} step={5} value={toSeconds(value.sticky_for)} onChange={(next) => patch({ sticky_for: next > 0 ? toDuration(next) : undefined })} error={err("sticky_for")} />
          {value.strategy.startsWith("ring_") && <Seconds label={t("ring_more_every")} hint={t("ring_more_hint")} placeholder="10" least={1} value={value.ring_more_every} onChange={(ring_more_every) => patch({ ring_more_every })} error={err("ring_more_every")} />}
        </div></Part>
      <Part title={t("service")}>
        <div className="pair">
          <NumberField label={t("ring_time")} unit={t("s")} hint={t("ring_time_hint")} minValue={5} maxValue={600} step={5} value={toSeconds(value.ring_time)} onChange={(next) => patch({ ring_time: toDuration(number(next, 30)) })} error={err("ring_time")} />
          <NumberField label={t("target_share")} hint={t("target_share_hint")} formatOptions={{ style: "percent" }} minValue={0} maxValue={1} step={0.05} value={value.target_share} onChange={(next) => patch({ target_share: number(next, 0.8) })} error={err("target_share")} />
          <NumberField label={t("target_time")} unit={t("s")} minValue={1} maxValue={86400} value={toSeconds(value.target_time)} onChange={(next) => patch({ target_time: toDuration(number(next, 20)) })} error={err("target_time")} />
          <NumberField label={t("weight")} hint={t("weight_hint")} minValue={-1000000} maxValue={1000000} value={value.weight} onChange={(next) => patch({ weight: number(next, 0) })} error={err("weight")} />
        </div>
        <Checkbox isSelected={value.by_service_level} onChange={(by_service_level) => patch({ by_service_level })}>{t("by_service_level")}<br /><span className="hint">{t("by_service_level_hint")}</span></Checkbox>
      </Part>
      <StepsPart queue={value} strategyTitle={strategies.filter((one) => one.name === value.strategy).map((one) => strategyText(one, "title", t))[0] ?? value.strategy} onChange={(steps) => patch({ steps })} />
      <WaitingPart value={value} patch={patch} err={err} />
      <LimitsPart value={value} patch={patch} err={err} />
      <PausesPart value={value} patch={patch} err={err} />
      <Part title={t("wrap_up")}>
        <div className="two-cols">
          <div className="part"><Choice label={t("wrap_up_mode")} value={value.wrap_up} onChange={(wrap_up) => patch({ wrap_up })} options={MODES.map((id) => ({ id, text: t(id.toLowerCase() as never), hint: t(`${id.toLowerCase()}_hint` as never) }))} />
            {timed && <NumberField label={t("wrap_up_limit")} unit={t("s")} minValue={5} maxValue={86400} step={5} value={toSeconds(value.wrap_up_limit)} onChange={(next) => patch({ wrap_up_limit: toDuration(number(next, 60)) })} error={err("wrap_up_limit")} />}</div>
          <div className="part"><h3>{t("dispositions")}</h3><Dispositions value={value.dispositions} onChange={(dispositions) => patch({ dispositions })} error={err("dispositions")} /></div>
        </div>
      </Part>
    </Form>
  );
}

export default function QueuesPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await acd.queues()).queues);
  const strategies = useLoad(async () => (await acd.strategies()).strategies);
  const { projects, groups } = useDesk((state) => ({ projects: state.projects, groups: state.groups }));
  const titleOf = (name: string) => strategies.data?.filter((one) => one.name === name).map((one) => strategyText(one, "title", t))[0] ?? name;
  const heads = (queue: Queue) => new Set(queue.members.flatMap((one) => (one.person_id ? [one.person_id] : groups[one.group_id ?? ""]?.person_ids ?? []))).size;
  return (
    <Section<Queue> section="queues" title={t("queues")} icon="headset" right="queues.write" loaded={loaded} rowId={(row) => row.id} add={t("queue_add")} open={open} whole
      words={(row) => `${row.name} ${projects[row.project_id]?.name ?? ""} ${titleOf(row.strategy)}`} empty={{ title: t("queues_empty"), text: t("queues_empty_text") }}
      columns={() => [
        { id: "name", title: t("name"), cell: (row) => <span className="cut" title={row.name}>{row.name}</span> },
        { id: "strategy", title: t("strategy"), cell: (row) => titleOf(row.strategy) },
        { id: "people", title: t("members"), num: true, cell: (row) => heads(row) || <span className="t warn">{t("nobody")}</span> },
        { id: "target", title: t("target"), num: true, cell: (row) => t("target_value", { share: percent(row.target_share), time: duration(toSeconds(row.target_time)) }) },
        { id: "wrap", title: t("wrap_up"), cell: (row) => t(row.wrap_up.toLowerCase() as never) },
        { id: "project", title: t("project"), wide: true, cell: (row) => projects[row.project_id]?.name ?? "–" },
      ]}
      form={(id, row) => <QueuePanel key={id} stored={row} loaded={loaded} strategies={strategies.data ?? []} />} />
  );
}
