import type { ReactNode } from "react";
import { Checkbox, Switch } from "../../../ui/Checkbox";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { IconButton } from "../../../ui/IconButton";
import { NumberField } from "../../../ui/NumberField";
import { Segmented } from "../../../ui/Segmented";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import type { CallNode, RingTarget, Text } from "./graph";
import { useT } from "./texts";

interface CallFormProps {
  node: CallNode;
  queues: readonly { id: string; name: string }[];
  /** The name field, a text in all languages, and the ways out: as for every step. */
  name: ReactNode;
  texts: (label: string, value: Text, hint?: string) => ReactNode;
  ways: ReactNode;
  onChange: (change: object) => void;
}

/** Steps that only a call can take. */
export function CallForm({ node, queues, name, texts, ways, onChange }: CallFormProps) {
  const t = useT();
  const seconds = (label: string, field: string, value: number, most: number) => <NumberField label={label} unit={t("s")} minValue={1} maxValue={most} value={value} onChange={(next) => onChange({ [field]: Number.isNaN(next) ? value : Math.round(next) })} />;
  const whole = (label: string, field: string, value: number, least: number, most: number) => <NumberField label={label} minValue={least} maxValue={most} value={value} onChange={(next) => onChange({ [field]: Number.isNaN(next) ? value : Math.round(next) })} />;
  switch (node.kind) {
    case "collect":
      return <>{name}{texts(t("what_to_ask"), node.text, t("collect_hint"))}
        <TextField label={t("collect_save")} hint={t("collect_save_hint", { name: node.save || "digits" })} value={node.save} onChange={(save) => onChange({ save })} />
        <div className="pair">{whole(t("digits_least"), "min_digits", node.min_digits, 1, 64)}{whole(t("digits_most"), "max_digits", node.max_digits, 1, 64)}</div>
        <div className="pair"><TextField label={t("terminator")} value={node.terminator} maxLength={1} onChange={(terminator) => onChange({ terminator })} />{whole(t("repeats"), "repeats", node.repeats, 0, 10)}</div>
        <div className="pair">{seconds(t("wait_input"), "timeout_s", node.timeout_s, 600)}{seconds(t("wait_digit"), "digit_timeout_s", node.digit_timeout_s, 60)}</div>{ways}</>;
    case "ring":
      return <>{name}<Targets targets={node.targets} onChange={(targets) => onChange({ targets })} />
        <Segmented label={t("ring_mode")} value={node.mode} onChange={(mode) => onChange({ mode })} options={[{ id: "all", text: t("ring_all") }, { id: "sequential", text: t("ring_in_turn") }]} />
        {seconds(t("ring_for"), "timeout_s", node.timeout_s, 600)}
        <Checkbox isSelected={node.pass_caller} onChange={(pass_caller) => onChange({ pass_caller })}>{t("pass_caller")}</Checkbox>{ways}</>;
    case "voicemail":
      return <>{name}{texts(t("voicemail_words"), node.text)}<Whose box={node.box} id={node.box_id} onChange={onChange} />{seconds(t("voicemail_longest"), "max_length_s", node.max_length_s, 3600)}{ways}</>;
    case "fax":
      return <>{name}<Whose box={node.box} id={node.box_id} onChange={onChange} /><TextField label={t("fax_email")} hint={t("fax_email_hint")} type="email" value={node.email} onChange={(email) => onChange({ email })} />{ways}</>;
    case "callback":
      return <>{name}{texts(t("callback_words"), node.text)}
        <Select label={t("queue")} hint={queues.length === 0 ? t("no_queues") : t("callback_hint")} value={node.queue_id} onChange={(queue_id) => onChange({ queue_id })} options={queues.map((one) => ({ id: one.id, text: one.name }))} />
        <TextField label={t("callback_number")} hint={t("callback_number_hint")} placeholder="{{var.digits}}" value={node.number} onChange={(number) => onChange({ number })} />{ways}</>;
    case "conference":
      return <>{name}<TextField label={t("room")} hint={t("room_hint")} value={node.room} onChange={(room) => onChange({ room })} error={node.room.trim() ? undefined : t("room_needed")} />
        <TextField label={t("pin")} hint={t("pin_hint")} value={node.pin} onChange={(pin) => onChange({ pin })} />{ways}</>;
    case "play":
      return <>{name}<TextField label={t("source")} hint={t("source_hint")} placeholder="music:default" value={node.source} onChange={(source) => onChange({ source })} />{whole(t("play_more"), "repeat", node.repeat, 0, 100)}{ways}</>;
    case "record":
      return <>{name}<Switch isSelected={node.on} onChange={(on) => onChange({ on })}>{t(node.on ? "record_on" : "record_off")}</Switch>{ways}</>;
  }
}

/** Persons and groups by name, as the desk knows them. */
function usePeople(): Record<"person" | "group", { id: string; text: string }[]> {
  const { people, groups } = useDesk((state) => ({ people: state.people, groups: state.groups }));
  const named = (table: Readonly<Record<string, { id: string; name: string }>>) => Object.values(table).map(({ id, name }) => ({ id, text: name })).sort((one, other) => one.text.localeCompare(other.text));
  return { person: named(people), group: named(groups) };
}

function Whose({ box, id, onChange }: { box: "person" | "group"; id: string; onChange: (change: object) => void }) {
  const t = useT();
  const people = usePeople();
  return (
    <div className="pair">
      <Segmented label={t("voicemail_whose")} value={box} onChange={(next) => onChange({ box: next, box_id: "" })} options={[{ id: "group", text: t("who_group") }, { id: "person", text: t("who_person") }]} />
      <Select label={t(box === "group" ? "who_group" : "who_person")} value={id} onChange={(box_id) => onChange({ box_id })} options={people[box]} />
    </div>
  );
}

const WHO = ["person", "group", "account", "number"] as const;

function Targets({ targets, onChange }: { targets: readonly RingTarget[]; onChange: (targets: RingTarget[]) => void }) {
  const t = useT();
  const people = usePeople();
  return (
    <div className="part bare" role="group" aria-label={t("whom_to_ring")}><h3>{t("whom_to_ring")}</h3>
      {targets.map((target, index) => {
        const put = (next: RingTarget) => onChange(targets.with(index, next));
        return (
          <div key={index} className="opt-card" role="group" aria-label={t("target_no", { number: index + 1 })}>
            <div className="flex top"><Select label={t("who")} value={target.who} onChange={(who) => put({ who, value: "" })} options={WHO.map((id) => ({ id, text: t(`who_${id}`) }))} />
              <IconButton icon="x" size="sm" label={t("remove_named", { name: String(index + 1) })} onPress={() => onChange(targets.toSpliced(index, 1))} /></div>
            {target.who === "person" || target.who === "group"
              ? <Select label={t(`who_${target.who}`)} value={target.value} onChange={(value) => put({ ...target, value })} options={people[target.who]} />
              : <TextField label={t(`who_${target.who}`)} placeholder={target.who === "number" ? "+380 44 390-20-20" : ""} value={target.value} onChange={(value) => put({ ...target, value })} />}
          </div>
        );
      })}
      <div><Button size="sm" icon="plus" onPress={() => onChange([...targets, { who: "person", value: "" }])}>{t("target_add")}</Button></div>
    </div>
  );
}
