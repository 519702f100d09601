/** What holds for all customers: own fields of the card, when they are asked how it went, how long what is kept. */
import { useState, type ReactNode } from "react";
import { crm, privacy, surveys } from "../../../api/api";
import type { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { day, number, percent } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { useTitle } from "../../../shell/Panes";
import { Banner } from "../../../ui/Banner";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { Skeleton } from "../../../ui/Skeleton";
import { Tabs } from "../../../ui/Tabs";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useT, type CrmText } from "./texts";

const KINDS = ["FIELD_KIND_TEXT", "FIELD_KIND_NUMBER", "FIELD_KIND_DATE", "FIELD_KIND_CHOICE", "FIELD_KIND_YES_NO", "FIELD_KIND_LINK"] as const;
const KEPT = ["messages", "attachments", "recordings", "voicemails"] as const;
const LANGUAGES = ["en", "ru", "uk"] as const;
const ALL = "-";

function Part({ loaded, children }: { loaded: { data: unknown; problem: Problem | undefined; reload: () => void }; children: ReactNode }) {
  const t = useT();
  const say = useProblemText();
  if (loaded.data) return <div className="scroll grow page narrow-page">{children}</div>;
  return loaded.problem ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={loaded.reload}>{t("again")}</Button>}>{say(loaded.problem)}</Empty> : <Skeleton rows={5} />;
}

function Save({ right, action, onSave, extra }: { right: string; action: { pending: boolean; problem: Problem | undefined }; onSave: () => void; extra?: ReactNode }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can(right));
  return <>{action.problem && <Banner kind="crit">{say(action.problem)}</Banner>}<div className="form"><div className="actions">{extra}{may && <Button kind="primary" isPending={action.pending} onPress={onSave}>{t("save")}</Button>}</div></div></>;
}

/** A key from a label: Latin letters as they are, anything else by its place. */
const keyOf = (label: string, fields: readonly T.ContactField[]) => {
  const plain = label.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").replace(/^[^a-z]/, "f").slice(0, 40) || "field";
  let key = plain;
  for (let turn = 2; fields.some((one) => one.key === key); turn += 1) key = `${plain.slice(0, 36)}_${turn}`;
  return key;
};

function FieldsForm({ stored, onSaved }: { stored: T.GetContactFieldsResponse; onSaved: () => void }) {
  const t = useT();
  const [fields, setFields] = useState<readonly T.ContactField[]>(stored.fields);
  const known = new Set(stored.fields.map((one) => one.key));
  const save = useAction(crm.saveFields);
  const put = (index: number, change: Partial<T.ContactField>) => setFields((old) => old.map((one, place) => (place === index ? { ...one, ...change } : one)));
  const run = async () => {
    const made: T.ContactField[] = [];
    for (const one of fields) made.push(known.has(one.key) ? one : { ...one, key: keyOf(one.label, made) });
    if (!(await save.run(made.map((one) => ({ ...one, choices: one.kind === "FIELD_KIND_CHOICE" ? one.choices.map((choice) => choice.trim()).filter(Boolean) : [] })), stored.rev))) return;
    toast(t("saved"));
    onSaved();
  };
  return (
    <>
      <p className="mid">{t("fields_text")}</p>
      {fields.length === 0 && <p className="dim">{t("no_fields")}</p>}
      <div className="form">{fields.map((one, index) => (
        <div key={`${one.key} ${index}`} className="row">
          <TextField label={t("label")} value={one.label} onChange={(label) => put(index, { label })} maxLength={80} />
          <Select label={t("kind")} options={KINDS.map((id) => ({ id, text: t(`k_${id.slice(11).toLowerCase()}` as CrmText) }))} value={one.kind as (typeof KINDS)[number]} onChange={(kind) => put(index, { kind })} />
          {one.kind === "FIELD_KIND_CHOICE" && <TextField label={t("choices")} hint={t("choices_hint")} value={one.choices.join(", ")} onChange={(text) => put(index, { choices: text.split(",").map((choice) => choice.trimStart()) })} />}
          <IconButton icon="x" label={t("remove_field", { label: one.label })} onPress={() => setFields((old) => old.filter((_, place) => place !== index))} />
        </div>
      ))}</div>
      <Save right="directory.write" action={save} onSave={() => void run()} extra={<Button icon="plus" onPress={() => setFields((old) => [...old, { key: `new ${old.length}`, label: "", kind: "FIELD_KIND_TEXT", choices: [] }])}>{t("add_field")}</Button>} />
    </>
  );
}

const FRESH: T.SurveyRule = { channel_id: "", queue_id: "", ask: true, every_days: 30, question: {}, thanks: {} };

function SurveyForm({ stored, onSaved }: { stored: T.SurveyPolicy; onSaved: () => void }) {
  const t = useT();
  const [rules, setRules] = useState<readonly T.SurveyRule[]>(stored.rules);
  const { queues, channels } = useDesk((state) => ({ queues: state.queues, channels: state.channels }));
  const save = useAction(surveys.savePolicy);
  const put = (index: number, change: Partial<T.SurveyRule>) => setRules((old) => old.map((one, place) => (place === index ? { ...one, ...change } : one)));
  const list = (rows: readonly { id: string; name: string }[]) => [{ id: ALL, text: t("all") }, ...rows.map((one) => ({ id: one.id, text: one.name }))];
  const run = async () => {
    if (!(await save.run({ ...stored, rules: [...rules] }))) return;
    toast(t("saved"));
    onSaved();
  };
  return (
    <>
      <p className="mid">{t("survey_text")}</p>
      {rules.length === 0 && <p className="dim">{t("nobody_asked")}</p>}
      {rules.map((one, index) => (
        <fieldset key={index} className="card form crm-rule"><legend className="sr">{t("rule", { no: index + 1 })}</legend>
          <div className="row">
            <Select label={t("channel")} options={list(Object.values(channels))} value={one.channel_id || ALL} onChange={(id) => put(index, { channel_id: id === ALL ? "" : id })} />
            <Select label={t("queue")} options={list(Object.values(queues))} value={one.queue_id || ALL} onChange={(id) => put(index, { queue_id: id === ALL ? "" : id })} />
            <IconButton icon="x" label={t("remove_rule", { no: index + 1 })} onPress={() => setRules((old) => old.filter((_, place) => place !== index))} />
          </div>
          <Checkbox isSelected={one.ask} onChange={(ask) => put(index, { ask })}>{t("ask")}</Checkbox>
          {one.ask && <><div className="row"><NumberField label={t("every_days")} value={one.every_days} minValue={1} maxValue={365} onChange={(every_days) => put(index, { every_days })} /></div>
            {LANGUAGES.map((code) => <div key={code} className="row"><TextField label={t(`question_${code}`)} placeholder={t(`built_in_${code}`)} value={one.question[code] ?? ""} maxLength={500} onChange={(text) => put(index, { question: { ...one.question, [code]: text } })} /></div>)}</>}
        </fieldset>
      ))}
      <Save right="channels.write" action={save} onSave={() => void run()} extra={<Button icon="plus" onPress={() => setRules((old) => [...old, FRESH])}>{t("add_rule")}</Button>} />
      <Ratings />
    </>
  );
}

function Ratings() {
  const t = useT();
  const { data } = useLoad(() => surveys.ratings({ limit: 50 }), []);
  if (!data) return null;
  return (
    <section aria-label={t("ratings")}>
      <h2>{t("ratings")}</h2>
      <p className="mid">{data.answered ? t("rated", { asked: data.asked, answered: data.answered, average: number(data.average, 2), satisfied: percent(data.satisfied) }) : t("not_rated", { asked: data.asked })}</p>
      <ul>{data.ratings.map((one) => <li key={one.conversation_id} className="flex crm-rating"><Chip kind={(one.rating?.score ?? 0) >= 4 ? "ok" : "warn"}>{one.rating?.score ?? 0}</Chip><a href={`/inbox/${encodeURIComponent(one.conversation_id)}`} className="cut">{one.contact_name || t("no", { no: one.no })}</a><span className="mid grow" dir="auto">{one.rating?.comment}</span><span className="sm dim nw">{one.rating?.answered_at && day(one.rating.answered_at)}</span></li>)}</ul>
    </section>
  );
}

function RetentionForm({ stored, onSaved }: { stored: T.Retention; onSaved: () => void }) {
  const t = useT();
  const [kept, setKept] = useState(stored);
  const save = useAction(privacy.saveRetention);
  const shorter = KEPT.some((name) => kept[name] > 0 && (stored[name] === 0 || kept[name] < stored[name]));
  const run = async () => {
    const { tenant_id: _tenant, ...record } = kept;
    if (!(await save.run(record))) return;
    toast(t("saved"));
    onSaved();
  };
  return (
    <>
      <p className="mid">{t("retention_text")}</p>
      <div className="form">{KEPT.map((name) => <div key={name} className="row"><NumberField label={t(`keep_${name}`)} hint={kept[name] === 0 ? t("for_ever") : undefined} value={kept[name]} minValue={0} maxValue={36500} onChange={(days) => setKept((old) => ({ ...old, [name]: days }))} /></div>)}</div>
      {shorter && <Banner>{t("retention_loss")}</Banner>}
      <Save right="tenant.write" action={save} onSave={() => void run()} />
    </>
  );
}

export default function CrmPage() {
  const t = useT();
  useTitle(t("title"));
  const [tab, setTab] = useState<"fields" | "survey" | "retention">("fields");
  const fields = useLoad(crm.fields, []), policy = useLoad(async () => (await surveys.policy()).policy, []), kept = useLoad(async () => (await privacy.retention()).retention, []);
  return (
    <div className="work whole"><h1 className="sr">{t("title")}</h1>
      <Tabs label={t("title")} value={tab} onChange={setTab} tabs={[{ id: "fields", text: t("fields") }, { id: "survey", text: t("survey") }, { id: "retention", text: t("retention") }]}>{(id) =>
        id === "fields" ? <Part loaded={fields}>{fields.data && <FieldsForm key={fields.data.rev} stored={fields.data} onSaved={fields.reload} />}</Part>
          : id === "survey" ? <Part loaded={policy}>{policy.data && <SurveyForm key={policy.data.rev} stored={policy.data} onSaved={policy.reload} />}</Part>
            : <Part loaded={kept}>{kept.data && <RetentionForm key={kept.data.rev} stored={kept.data} onSaved={kept.reload} />}</Part>}
      </Tabs>
    </div>
  );
}
