/** A campaign's form. What is changed while it runs holds from the next second on. */
import { useState, type ReactNode } from "react";
import { dialer, directory } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { ComboBox } from "../../ui/ComboBox";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { BLANK, dialsAhead, faults, HOLDS, MACHINES, MODES, tidy, toSeconds } from "./model";
import { Dispositions, Hours, Questions } from "./Parts";
import { useT, type CampaignText } from "./texts";
import { modeWord } from "./words";

const LANGUAGES = ["uk", "ru", "en"] as const;
const NONE = "-";
const zones = (): string[] => (Intl as unknown as { supportedValuesOf: (key: string) => string[] }).supportedValuesOf("timeZone");
const local = (at: string | undefined): string => {
  if (!at) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

function Part({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return <section className="card cm-part" aria-label={title}><header><h2>{title}</h2></header><div className="cm-pad form">{hint && <p className="hint">{hint}</p>}{children}</div></section>;
}

export function Settings({ stored, onSaved }: { stored: T.Campaign | undefined; onSaved: (saved: T.Campaign) => void }) {
  const t = useT();
  const say = useProblemText();
  const { may, zone, queues, projects } = useDesk((state) => ({ may: can("campaigns.write")(state), zone: state.me?.tenant?.time_zone ?? "UTC", queues: state.queues, projects: state.projects }));
  const [base, setBase] = useState(stored ?? BLANK);
  const [value, setValue] = useState(stored ?? BLANK);
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const packs = useLoad(async () => (await dialer.packs()).packs, []);
  const numbers = useLoad(async () => (await directory.numbers()).numbers, []);
  const patch = (part: Partial<T.Campaign>) => { setProblem(undefined); setValue((old) => ({ ...old, ...part })); };
  const wrong = faults(value);
  const dirty = JSON.stringify(base) !== JSON.stringify(value);
  const err = (field: keyof T.Campaign): string | undefined => {
    const own = wrong[field];
    if (tried && own) return t(own);
    if (problem?.facts["field"] !== field) return undefined;
    return problem.reason === "TAKEN" ? t("taken") : problem.detail || say(problem);
  };
  const take = (campaign: T.Campaign) => { setBase(campaign); setValue(campaign); setProblem(undefined); setTried(false); };
  const save = async () => {
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return requestAnimationFrame(() => document.querySelector<HTMLElement>(".cm-form [aria-invalid=true], .cm-form .bad input")?.focus());
    setPending(true);
    try {
      const saved = (await dialer.saveCampaign(tidy(value))).campaign;
      if (saved) { take(saved); toast(t("saved")); onSaved(saved); }
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(500, { title: String(error) }));
    } finally {
      setPending(false);
    }
    return undefined;
  };
  const theirs = async () => {
    const fresh = (await dialer.campaigns()).campaigns.find((one) => one.id === base.id);
    if (fresh) take(fresh);
  };
  useKey({ code: "KeyS", ctrl: true }, t("save"), may && dirty ? () => void save() : undefined);
  const pack = packs.data?.find((one) => one.id === (value.pack_id || "strict"));
  const says = value.mode === "MODE_MESSAGE";
  const rings = !says && value.mode !== "MODE_MANUAL" && value.mode !== "MODE_PREVIEW";
  const count = (next: number) => (Number.isNaN(next) ? 0 : next);
  const numberRow = (field: "caller_ids" | "redial_numbers") => (numbers.data ?? []).map((one) => (
    <Checkbox key={one.id} isSelected={value[field].includes(one.e164)} onChange={(on) => patch({ [field]: on ? [...value[field], one.e164] : value[field].filter((other) => other !== one.e164) })}>{phone(one.e164)}</Checkbox>
  ));
  return (
    <>
      <div className="scroll grow">
        <form className="page cm-form" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }} aria-label={stored?.name ?? t("new")}>
          {!may && <Banner kind="info" icon="lock">{t("view_only")}</Banner>}
          {problem?.reason === "STALE" && <Banner action={<Button onPress={() => void theirs()}>{t("take_theirs")}</Button>}>{t("somebody_faster")}</Banner>}
          {problem && problem.reason !== "STALE" && !(problem.facts["field"] && err(problem.facts["field"] as keyof T.Campaign)) && <Banner kind="crit">{say(problem)}</Banner>}
          <fieldset disabled={!may || value.state === "CAMPAIGN_STATE_FINISHED"} className="cm-fields"><legend className="sr">{t("settings")}</legend>
            <Part title={t("p_what")}>
              <div className="row"><TextField label={t("name")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} autoFocus={!stored} />
                <Select label={t("client")} options={[{ id: NONE, text: t("no_client") }, ...Object.values(projects).filter((one) => !one.archived || one.id === value.project_id).map((one) => ({ id: one.id, text: one.name }))]} value={value.project_id || NONE} onChange={(id) => patch({ project_id: id === NONE ? "" : id })} error={err("project_id")} /></div>
              <div className="row"><Select label={t("mode")} hint={t(`hint_${value.mode.replace("MODE_", "").toLowerCase()}` as CampaignText)} options={MODES.map((id) => ({ id, text: modeWord(t, id) }))} value={value.mode as (typeof MODES)[number]} onChange={(mode) => patch({ mode })} error={err("mode")} />
                <Select label={t("queue")} hint={t(says ? "queue_hint_message" : "queue_hint")} options={[{ id: NONE, text: t("no_queue") }, ...Object.values(queues).map((one) => ({ id: one.id, text: one.name }))]} value={value.queue_id || NONE} onChange={(id) => patch({ queue_id: id === NONE ? "" : id })} error={err("queue_id")} /></div>
              <div className="row">
                {value.mode === "MODE_POWER" && <NumberField label={t("lines_per_agent")} minValue={1} maxValue={10} step={0.5} value={value.lines_per_agent || 2} onChange={(next) => patch({ lines_per_agent: count(next) })} error={err("lines_per_agent")} />}
                {value.mode === "MODE_PREVIEW" && <><NumberField label={t("skips")} hint={t("skips_hint")} minValue={0} maxValue={1000} value={value.skips} onChange={(next) => patch({ skips: count(next) })} error={err("skips")} /><NumberField label={t("preview_for")} hint={t("preview_hint")} unit={t("s")} minValue={0} maxValue={3600} step={10} value={toSeconds(value.preview_for)} onChange={(next) => patch({ preview_for: `${count(next)}s` })} /></>}
                <NumberField label={t("max_lines")} hint={t("max_lines_hint")} minValue={0} maxValue={100000} value={value.max_lines} onChange={(next) => patch({ max_lines: count(next) })} error={err("max_lines")} />
                <TextField type="datetime-local" label={t("starts_at")} hint={t("starts_hint")} value={local(value.starts_at)} onChange={(at) => { const { starts_at: _, ...rest } = value; setValue(at ? { ...rest, starts_at: new Date(at).toISOString() } : rest); }} error={err("starts_at")} />
              </div>
              {dialsAhead(value.mode) && <div className="row"><Select label={t("hold")} hint={t("hold_hint")} options={HOLDS.map((id) => ({ id, text: t(`${id.toLowerCase()}` as CampaignText) }))} value={value.hold as (typeof HOLDS)[number]} onChange={(hold) => patch({ hold })} error={err("hold")} /></div>}
              {rings && <Checkbox isSelected={value.auto_answer} onChange={(auto_answer) => patch({ auto_answer })}>{t("auto_answer")}</Checkbox>}
            </Part>
            <Part title={t("p_law")} hint={t("law_hint")}>
              <div className="row"><Select label={t("pack")} options={(packs.data ?? []).map((one) => ({ id: one.id, text: one.title }))} value={value.pack_id || "strict"} onChange={(pack_id) => patch({ pack_id })} error={err("pack_id")} />
                <TextField label={t("region")} hint={t("region_hint")} value={value.region} maxLength={2} onChange={(region) => patch({ region: region.toUpperCase() })} error={err("region")} />
                <NumberField label={t("max_attempts")} minValue={1} maxValue={20} value={value.max_attempts || 6} onChange={(next) => patch({ max_attempts: count(next) })} error={err("max_attempts")} />
                <NumberField label={t("ring_for")} unit={t("s")} minValue={15} maxValue={60} value={toSeconds(value.ring_for) || 25} onChange={(next) => patch({ ring_for: `${count(next) || 25}s` })} error={err("ring_for")} />
                {dialsAhead(value.mode) && <NumberField label={t("abandon_limit")} unit="%" minValue={0} maxValue={3} step={0.1} placeholder={t("of_the_pack")} value={value.abandon_limit_millipercent ? value.abandon_limit_millipercent / 1000 : NaN} onChange={(next) => patch({ abandon_limit_millipercent: Math.round(count(next) * 1000) })} error={err("abandon_limit_millipercent")} />}</div>
              {pack && <p className="sm mid">{t("sources", { sources: pack.sources.join("; ") })}</p>}
              <Hours value={value.hours} onChange={(hours) => patch({ hours, ...(hours.length && !value.time_zone ? { time_zone: zone } : {}) })} error={err("hours")} />
              {value.hours.length > 0 && <div className="row"><ComboBox label={t("time_zone")} options={[...new Set([...(value.time_zone ? [value.time_zone] : []), ...zones()])].map((id) => ({ id, text: id }))} value={value.time_zone} onChange={(time_zone) => patch({ time_zone })} error={err("time_zone")} /></div>}
            </Part>
            <Part title={t("p_numbers")} hint={t("numbers_hint")}>
              {numbers.data?.length === 0 && <p className="sm mid">{t("no_numbers")}</p>}
              <fieldset className="flex wrap"><legend className="sr">{t("f_caller_ids")}</legend>{numberRow("caller_ids")}</fieldset>
              {err("caller_ids") && <p className="err" role="alert"><Icon name="stop" size="s" />{err("caller_ids")}</p>}
              <Checkbox isSelected={value.redial_missed} onChange={(redial_missed) => patch({ redial_missed })}>{t("redial")}</Checkbox>
              {value.redial_missed && <fieldset className="flex wrap"><legend className="hint">{t("redial_numbers")}</legend>{numberRow("redial_numbers")}</fieldset>}
            </Part>
            <Part title={t("p_say")}>
              {says && <><TextArea label={t("message")} rows={3} value={value.message} onChange={(message) => patch({ message })} error={err("message")} />
                <div className="row"><TextField label={t("opt_out_key")} hint={t("opt_out_hint")} maxLength={1} value={value.opt_out_key} onChange={(opt_out_key) => patch({ opt_out_key })} error={err("opt_out_key")} /><TextField label={t("agent_key")} hint={t("agent_key_hint")} maxLength={1} value={value.agent_key} onChange={(agent_key) => patch({ agent_key })} error={err("agent_key")} /></div></>}
              {!says && <TextArea label={t("script")} hint={t("script_hint")} rows={6} value={value.script} onChange={(script) => patch({ script })} error={err("script")} />}
              {dialsAhead(value.mode) && <TextArea label={t("apology")} hint={t("apology_hint")} rows={2} value={value.abandoned_message} onChange={(abandoned_message) => patch({ abandoned_message })} error={err("abandoned_message")} />}
              <div className="row"><Select label={t("language")} options={LANGUAGES.map((id) => ({ id, text: t(`lang_${id}`) }))} value={(value.language || "uk") as (typeof LANGUAGES)[number]} onChange={(language) => patch({ language })} /><TextField label={t("currency")} hint={t("currency_hint")} maxLength={3} value={value.currency} onChange={(currency) => patch({ currency: currency.toUpperCase() })} error={err("currency")} /></div>
            </Part>
            {(rings || says) && <Part title={t("machines")} hint={t("machines_hint")}>
              <div className="row"><Select label={t("machine_action")} options={MACHINES.map((id) => ({ id, text: t(`${id.toLowerCase()}` as CampaignText) }))} value={value.machine_action as (typeof MACHINES)[number]} onChange={(machine_action) => patch({ machine_action })} error={err("machine_action")} />
                {value.machine_action !== MACHINES[0] && <NumberField label={t("longest_greeting")} hint={t("greeting_hint")} unit={t("s")} minValue={0.5} maxValue={5} step={0.1} value={toSeconds(value.longest_greeting) || 1.5} onChange={(next) => patch({ longest_greeting: `${count(next) || 1.5}s` })} error={err("longest_greeting")} />}
                {value.machine_action !== MACHINES[0] && !says && <NumberField label={t("machine_check")} hint={t("check_hint")} unit="%" minValue={0} maxValue={100} value={value.machine_check_percent} onChange={(next) => patch({ machine_check_percent: Math.round(count(next)) })} error={err("machine_check_percent")} />}</div>
              {value.machine_action === "MACHINE_ACTION_LEAVE_MESSAGE" && <TextArea label={t("machine_message")} rows={2} value={value.machine_message} onChange={(machine_message) => patch({ machine_message })} error={err("machine_message")} />}
            </Part>}
            {!says && <Part title={t("dispositions")} hint={t("dispositions_hint")}><Dispositions value={value.dispositions} onChange={(dispositions) => patch({ dispositions })} error={err("dispositions")} /></Part>}
            <Part title={t("questions")} hint={t(says ? "questions_hint_keys" : "questions_hint")}><Questions value={value.questions} onChange={(questions) => patch({ questions })} error={err("questions")} keyed={says} /></Part>
          </fieldset>
        </form>
      </div>
      {may && (
        <footer className="cm-foot">
          <Button kind="primary" isPending={pending} isDisabled={!dirty && stored !== undefined} onPress={() => void save()}>{t(stored ? "save" : "create")}</Button>
          <Button isDisabled={!dirty} onPress={() => take(base)}>{t("discard")}</Button>
          <span className="sm dim end">{t(dirty ? "unsaved" : "no_changes")}</span>
        </footer>
      )}
    </>
  );
}
