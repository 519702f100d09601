import { bench, routing } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { duration, seconds } from "../../../i18n/format";
import { useDesk } from "../../../rt/store";
import { Checkbox } from "../../../ui/Checkbox";
import { useChannelName } from "../../../ui/ChannelIcon";
import { Chip } from "../../../ui/Chip";
import { NumberField } from "../../../ui/NumberField";
import { TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { FieldError, Maybe } from "../pickers";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { useT, type ShelfText } from "./texts";

const KINDS = ["webchat", "email", "telegram", "whatsapp", "messenger", "viber", "vk", "sms"] as const;
const PRIORITIES = ["PRIORITY_URGENT", "PRIORITY_HIGH", "PRIORITY_NORMAL", "PRIORITY_LOW"] as const;
const NORMS = ["first_reply", "next_reply", "resolution"] as const;
const BLANK: T.SlaPolicy = { id: "", rev: 0, name: "", enabled: true, place: 0, queue_ids: [], channels: [], priorities: [], warn_percent: 75, calendar_id: "", pause_snoozed: true, pause_answered: true };
const minutes = (length: string | undefined) => Math.round((seconds(length) ?? 0) / 60);

function Several<K extends string>({ label, all, options, value, onChange }: { label: string; all: string; options: readonly { id: K; text: string }[]; value: readonly K[]; onChange: (next: K[]) => void }) {
  return (
    <div className="checks" role="group" aria-label={label}><span className="label">{label}</span>
      {options.map((one) => <Checkbox key={one.id} isSelected={value.includes(one.id)} onChange={(on) => onChange(on ? [...value, one.id] : value.filter((id) => id !== one.id))}>{one.text}</Checkbox>)}
      {value.length === 0 && <span className="hint">{all}</span>}
    </div>
  );
}

function PolicyPanel({ stored, loaded }: { stored: T.SlaPolicy | undefined; loaded: Loaded<readonly T.SlaPolicy[]> }) {
  const t = useT();
  const queues = useDesk((state) => state.queues);
  const channelName = useChannelName();
  const calendars = useLoad(async () => (await routing.calendars()).calendars);
  const editor = useEditor<T.SlaPolicy>({
    key: `sla/${stored?.id ?? NEW}`, stored: stored ?? { ...BLANK, place: loaded.data?.length ?? 0 },
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", first_reply: NORMS.some((norm) => minutes(value[norm]) > 0) ? "" : "bad_norms" }),
    fresh: async () => (await bench.policies()).policies.find((one) => one.id === stored?.id),
    save: async (value) => (await bench.savePolicy({ ...value, name: value.name.trim() })).policy ?? value,
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("sla", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const setNorm = (norm: (typeof NORMS)[number], next: number) => {
    const { [norm]: _old, ...rest } = value;
    patch(next > 0 ? { [norm]: `${next * 60}s` } : { ...rest, [norm]: undefined } as Partial<T.SlaPolicy>);
  };
  return (
    <Form section="sla" icon="clock" right="queues.write" editor={editor} isNew={!stored} title={stored?.name ?? t("sla_new")} labels={{ name: t("name"), place: t("place"), enabled: t("enabled") }}
      remove={{ question: t("sla_delete", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("sla_loss"), run: async () => { await bench.deletePolicy(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <Checkbox isSelected={value.enabled} onChange={(enabled) => patch({ enabled })}>{t("enabled")}</Checkbox>
      <Part title={t("norms")} hint={t("norms_hint")}>
        {NORMS.map((norm) => <NumberField key={norm} label={t(norm)} hint={t(`${norm}_hint`)} unit={t("minutes")} minValue={0} maxValue={500_000} value={minutes(value[norm])} onChange={(next) => setNorm(norm, Number.isNaN(next) ? 0 : next)} />)}
        {err("first_reply") && <FieldError text={err("first_reply") ?? ""} />}
        <NumberField label={t("warn")} hint={t("warn_hint")} unit="%" minValue={1} maxValue={99} value={value.warn_percent || 75} onChange={(warn_percent) => patch({ warn_percent: Number.isNaN(warn_percent) ? 75 : warn_percent })} />
      </Part>
      <Part title={t("when_counts")}>
        <Maybe label={t("calendar")} none={t("always")} options={(calendars.data ?? []).map((one) => ({ id: one.id, text: one.name, hint: one.time_zone }))} value={value.calendar_id} onChange={(calendar_id) => patch({ calendar_id })} />
        <Checkbox isSelected={value.pause_snoozed} onChange={(pause_snoozed) => patch({ pause_snoozed })}>{t("pause_snoozed")}</Checkbox>
        <Checkbox isSelected={value.pause_answered} onChange={(pause_answered) => patch({ pause_answered })}>{t("pause_answered")}</Checkbox>
      </Part>
      <Part title={t("for_which")} hint={t("for_which_hint")}>
        <Several label={t("queues")} all={t("all_queues")} options={Object.values(queues).map((one) => ({ id: one.id, text: one.name }))} value={value.queue_ids} onChange={(queue_ids) => patch({ queue_ids })} />
        <Several label={t("channels")} all={t("all_channels")} options={KINDS.map((id) => ({ id, text: channelName(id) }))} value={value.channels as (typeof KINDS)[number][]} onChange={(channels) => patch({ channels })} />
        <Several label={t("priority")} all={t("all_priorities")} options={PRIORITIES.map((id) => ({ id, text: t(id.toLowerCase() as ShelfText) }))} value={value.priorities as (typeof PRIORITIES)[number][]} onChange={(priorities) => patch({ priorities })} />
        <NumberField label={t("place")} hint={t("place_hint")} minValue={0} maxValue={1000} value={value.place} onChange={(place) => patch({ place: Number.isNaN(place) ? 0 : place })} />
      </Part>
    </Form>
  );
}

export default function SlaPage({ open }: SectionPageProps) {
  const t = useT();
  const queues = useDesk((state) => state.queues);
  const channelName = useChannelName();
  const loaded = useLoad(async () => (await bench.policies()).policies);
  const norm = (length: string | undefined) => (seconds(length) ? duration(seconds(length) ?? 0) : "–");
  return (
    <Section<T.SlaPolicy> section="sla" title={t("sla")} icon="clock" right="queues.write" loaded={loaded} rowId={(row) => row.id} add={t("sla_add")} open={open} words={(row) => row.name}
      empty={{ title: t("sla_empty"), text: t("sla_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("name"), cell: (row) => <span className="flex"><span className="cut" title={row.name}>{row.name}</span>{!row.enabled && <Chip>{t("off")}</Chip>}</span> },
        { id: "first", title: t("first_reply"), num: true, cell: (row) => norm(row.first_reply) },
        { id: "next", title: t("next_reply"), num: true, cell: (row) => norm(row.next_reply) },
        { id: "resolution", title: t("resolution"), num: true, cell: (row) => norm(row.resolution) },
        ...(narrow ? [] : [{ id: "for", title: t("for_which"), cell: (row: T.SlaPolicy) => [...row.queue_ids.map((id) => queues[id]?.name ?? id), ...row.channels.map(channelName), ...row.priorities.map((one) => t(one.toLowerCase() as ShelfText))].join(", ") || t("for_all") }]),
      ]}
      form={(id, row) => <PolicyPanel key={id} stored={row} loaded={loaded} />} />
  );
}
