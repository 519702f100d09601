/** "How work is given out": the company's rules of distribution, each said in plain words beside its setting. */
import { useState } from "react";
import { Link } from "wouter";
import { acd } from "../../../api/api";
import type { Break } from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { Icon, type IconName } from "../../../design/Icon";
import { duration } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { useTitle } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { NumberField } from "../../../ui/NumberField";
import { RadioGroup } from "../../../ui/RadioGroup";
import { Skeleton } from "../../../ui/Skeleton";
import { TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { FieldError } from "../pickers";
import { addressOf, Form, Part } from "../Section";
import { useT as useAdmin } from "../texts";
import { addBreak, CLASSES, faultsOf, formOf, policyOf, toggled, type PolicyForm, type WorkClass } from "./policy";
import { useT } from "./texts";

const ICON: Record<WorkClass, IconName> = { voice: "phone", chat: "chat", email: "mail", task: "note" };
const MISSED_USUAL = 60;
const kept = (next: number, old: number) => (Number.isNaN(next) ? old : next);

interface PartProps { value: PolicyForm; patch: (change: Partial<PolicyForm>) => void; fault: string | undefined }

function CapacityPart({ value, patch, fault }: PartProps) {
  const t = useT();
  return (
    <Part title={t("capacity")} hint={t("capacity_hint")}>
      <div className="pair">
        {CLASSES.map((name) => <NumberField key={name} label={t(`many_${name}`)} minValue={0} maxValue={50} value={value.capacity[name]} onChange={(next) => patch({ capacity: { ...value.capacity, [name]: kept(next, value.capacity[name]) } })} />)}
      </div>
      {fault && <FieldError text={fault} />}
    </Part>
  );
}

function MatrixPart({ value, patch }: PartProps) {
  const t = useT();
  const words = (row: readonly WorkClass[]) => row.map((name) => t(`has_${name}`)).join(t("or"));
  return (
    <Part title={t("matrix")} hint={t("matrix_hint")}>
      <div className="matrix-wrap scroll"><table className="tbl matrix" aria-label={t("matrix")}>
        <thead><tr><th scope="col">{t("comes")}</th>{CLASSES.map((name) => <th key={name} scope="col">{t(`while_${name}`)}</th>)}<th scope="col">{t("means")}</th></tr></thead>
        <tbody>
          {CLASSES.map((wants) => (
            <tr key={wants}>
              <th scope="row"><span className="flex"><Icon name={ICON[wants]} className="dim" />{t(`new_${wants}`)}</span></th>
              {CLASSES.map((name) => <td key={name}><Checkbox aria-label={t("cell", { wants: t(`new_${wants}`), has: t(`has_${name}`) })} isSelected={value.blocking[wants].includes(name)} onChange={(on) => patch({ blocking: { ...value.blocking, [wants]: toggled(value.blocking[wants], name, on) } })}>{""}</Checkbox></td>)}
              <td className="mid">{value.blocking[wants].length ? t("waits_while", { what: words(value.blocking[wants]) }) : t("waits_never")}</td>
            </tr>
          ))}
        </tbody>
      </table></div>
    </Part>
  );
}

function MissedPart({ value, patch }: PartProps) {
  const t = useT();
  const self = value.no_answer_delay > 0;
  return (
    <Part title={t("missed")} hint={t("missed_hint")}>
      <div className="two-cols">
        <div className="part">
          <RadioGroup label={t("missed_back")} value={self ? "self" : "person"} onChange={(how) => patch({ no_answer_delay: how === "self" ? MISSED_USUAL : 0 })}
            options={[{ id: "person", text: t("missed_person"), hint: t("missed_person_hint") }, { id: "self", text: t("missed_self"), hint: t("missed_self_hint") }]} />
          {self && <NumberField label={t("missed_after")} unit={t("s")} minValue={1} maxValue={86400} step={5} value={value.no_answer_delay} onChange={(next) => patch({ no_answer_delay: kept(next, value.no_answer_delay) })} />}
        </div>
        <div className="part">
          <NumberField label={t("reject_delay")} hint={t("reject_hint")} unit={t("s")} minValue={0} maxValue={86400} step={5} value={value.reject_delay} onChange={(next) => patch({ reject_delay: kept(next, value.reject_delay) })} />
          <NumberField label={t("busy_delay")} hint={t("busy_hint")} unit={t("s")} minValue={0} maxValue={86400} step={5} value={value.busy_delay} onChange={(next) => patch({ busy_delay: kept(next, value.busy_delay) })} />
        </div>
      </div>
    </Part>
  );
}

const MODES = ["none", "optional", "mandatory", "timed"] as const;

/** Wrap-up is chosen for each queue: what the modes mean, and which queue has which. */
function WrapUpPart() {
  const t = useT();
  const admin = useAdmin();
  const queues = useDesk((state) => state.queues);
  const sorted = Object.values(queues).sort((a, b) => a.name.localeCompare(b.name));
  const of = (mode: string) => sorted.filter((one) => (one.wrap_up === "WRAP_UP_MODE_UNSPECIFIED" ? "WRAP_UP_MODE_NONE" : one.wrap_up) === `WRAP_UP_MODE_${mode.toUpperCase()}`);
  return (
    <Part title={t("wrap_up")} hint={t("wrap_up_hint")}>
      <dl className="wrap-modes">
        {MODES.map((mode) => (
          <div key={mode}>
            <dt>{admin(`wrap_up_mode_${mode}`)}</dt>
            <dd><span>{t(`mode_${mode}`)}</span><span className="flex wrap">{of(mode).map((one) => <Link key={one.id} href={addressOf("queues", one.id)}>{one.name}{mode === "timed" && one.wrap_up_limit ? ` (${duration(Number.parseInt(one.wrap_up_limit))})` : ""}</Link>)}{of(mode).length === 0 && <span className="dim">{t("no_queue_so")}</span>}</span></dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}

const FIRST_BREAKS = ["lunch", "rest", "training", "meeting"] as const;

function BreaksPart({ value, patch, fault }: PartProps) {
  const t = useT();
  const [title, setTitle] = useState("");
  const change = (index: number, part: Partial<Break>) => patch({ breaks: value.breaks.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  const add = () => {
    if (title.trim()) patch({ breaks: addBreak(value.breaks, title) });
    setTitle("");
  };
  const usual = () => patch({ breaks: FIRST_BREAKS.map((code) => ({ code, title: t(`break_${code}`), paid: code !== "lunch" })) });
  return (
    <Part title={t("breaks")} hint={t("breaks_hint")}>
      <ul className="rows" aria-label={t("breaks")}>
        {value.breaks.map((one, index) => (
          <li key={index}>
            <div className="field stretch"><TextField aria-label={t("break_title")} label="" value={one.title} onChange={(next) => change(index, { title: next })} /></div>
            <TextField aria-label={t("break_code", { name: one.title })} label="" value={one.code} onChange={(code) => change(index, { code })} />
            <Checkbox isSelected={one.paid} onChange={(paid) => change(index, { paid })}>{t("paid")}</Checkbox>
            <IconButton icon="x" size="sm" label={t("remove", { name: one.title })} onPress={() => patch({ breaks: value.breaks.filter((_, at) => at !== index) })} />
          </li>
        ))}
      </ul>
      {value.breaks.length === 0 && <p className="hint">{t("breaks_none")} <Button kind="link" size="sm" onPress={usual}>{t("breaks_usual")}</Button></p>}
      <div className="flex adder narrow-adder">
        <TextField aria-label={t("break_new")} label="" placeholder={t("break_new_hint")} value={title} onChange={setTitle} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
        <Button icon="plus" isDisabled={!title.trim()} onPress={add}>{t("add")}</Button>
      </div>
      {fault && <FieldError text={fault} />}
    </Part>
  );
}

function ProfilesPart({ value, patch, fault }: PartProps) {
  const t = useT();
  const queues = useDesk((state) => state.queues);
  const sorted = Object.values(queues).sort((a, b) => a.name.localeCompare(b.name));
  const [name, setName] = useState("");
  const add = () => {
    if (name.trim()) patch({ profiles: [...value.profiles, { name: name.trim(), queue_ids: [] }] });
    setName("");
  };
  const change = (index: number, part: Partial<PolicyForm["profiles"][number]>) => patch({ profiles: value.profiles.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <Part title={t("profiles")} hint={t("profiles_hint")}>
      {value.profiles.map((one, index) => (
        <div key={index} className="opt-card" role="group" aria-label={one.name}>
          <div className="flex"><TextField aria-label={t("profile_name")} label="" value={one.name} onChange={(next) => change(index, { name: next })} /><IconButton icon="x" size="sm" label={t("remove", { name: one.name })} onPress={() => patch({ profiles: value.profiles.filter((_, at) => at !== index) })} /></div>
          <div className="flex wrap profile-queues">{sorted.map((queue) => <Checkbox key={queue.id} isSelected={one.queue_ids.includes(queue.id)} onChange={(on) => change(index, { queue_ids: on ? [...one.queue_ids, queue.id] : one.queue_ids.filter((id) => id !== queue.id) })}>{queue.name}</Checkbox>)}</div>
        </div>
      ))}
      {value.profiles.length === 0 && <p className="hint">{t("profiles_none")}</p>}
      <div className="flex adder narrow-adder">
        <TextField aria-label={t("profile_new")} label="" placeholder={t("profile_new_hint")} value={name} onChange={setName} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
        <Button icon="plus" isDisabled={!name.trim()} onPress={add}>{t("add")}</Button>
      </div>
      {fault && <FieldError text={fault} />}
    </Part>
  );
}

function CallbackPart({ value, patch }: PartProps) {
  const t = useT();
  return (
    <Part title={t("callbacks")} hint={t("callbacks_hint")}>
      <div className="pair few">
        <NumberField label={t("tries")} minValue={1} maxValue={20} value={value.callback_tries} onChange={(next) => patch({ callback_tries: kept(next, value.callback_tries) })} />
        <NumberField label={t("retry")} unit={t("min")} minValue={1} maxValue={1440} value={Math.round(value.callback_retry / 60)} onChange={(next) => patch({ callback_retry: Number.isNaN(next) ? value.callback_retry : next * 60 })} />
      </div>
    </Part>
  );
}

function PolicyPanel({ stored }: { stored: PolicyForm }) {
  const t = useT();
  const admin = useAdmin();
  const mayRead = useDesk(can("audit.read"));
  const editor = useEditor<PolicyForm>({
    key: "work", stored,
    validate: (value) => Object.fromEntries(Object.keys(faultsOf(value)).map((field) => [field, "bad_value" as const])),
    fresh: async () => formOf((await acd.policy()).policy ?? policyOf(stored)),
    save: async (value) => formOf((await acd.savePolicy(policyOf(value))).policy ?? policyOf(value)),
  });
  const { value, patch } = editor;
  const faults = faultsOf(value);
  const part = (field: keyof PolicyForm): PartProps => ({ value, patch, fault: faults[field] ? t(faults[field]) : editor.err(field) });
  return (
    <Form section="work" icon="flow" right="queues.write" editor={editor} isNew={false} wide fixed title={admin("work")}
      labels={{ capacity: t("capacity"), blocking: t("matrix"), busy_delay: t("busy_delay"), reject_delay: t("reject_delay"), no_answer_delay: t("missed"), breaks: t("breaks"), profiles: t("profiles"), callback_tries: t("tries"), callback_retry: t("retry"), aging_millipoints: t("aging") }}
      top={<p className="lead">{t("lead")} {mayRead && <Link href="/admin/audit">{t("lead_audit")}</Link>}</p>}>
      <CapacityPart {...part("capacity")} />
      <MatrixPart {...part("blocking")} />
      <MissedPart {...part("no_answer_delay")} />
      <WrapUpPart />
      <BreaksPart {...part("breaks")} />
      <ProfilesPart {...part("profiles")} />
      <CallbackPart {...part("callback_tries")} />
      <Part title={t("aging")} hint={t("aging_hint")}>
        <div className="pair few"><NumberField label={t("aging_points")} minValue={0} maxValue={1000} step={0.1} value={value.aging_millipoints / 1000} onChange={(next) => patch({ aging_millipoints: Number.isNaN(next) ? value.aging_millipoints : Math.round(next * 1000) })} /></div>
      </Part>
    </Form>
  );
}

export default function PolicyPage() {
  const admin = useAdmin();
  const say = useProblemText();
  const loaded = useLoad(async () => (await acd.policy()).policy);
  useTitle(admin("work"));
  if (loaded.data) return <div className="work whole"><PolicyPanel stored={formOf(loaded.data)} /></div>;
  return loaded.problem ? <Empty icon="alert" title={admin("not_loaded")} actions={<Button icon="refresh" onPress={loaded.reload}>{admin("try_again")}</Button>}>{say(loaded.problem)}</Empty> : <Skeleton rows={6} />;
}

