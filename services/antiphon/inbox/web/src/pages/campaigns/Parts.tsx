/** Parts of the form that are lists: results, questions, hours. */
import type * as T from "../../api/types.gen";
import { Icon } from "../../design/Icon";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { codeFor, DAYS, SAID, toSeconds, TYPES } from "./model";
import { useT, type CampaignText } from "./texts";
import { resultWord } from "./words";

interface PartProps<R> { value: readonly R[]; onChange: (value: R[]) => void; error: string | undefined }
const NONE = "-";
const without = <R,>(list: readonly R[], at: number) => list.filter((_, index) => index !== at);
const changed = <R,>(list: readonly R[], at: number, part: Partial<R>) => list.map((one, index) => (index === at ? { ...one, ...part } : one));
const Wrong = ({ text }: { text: string | undefined }) => (text ? <p className="err" role="alert"><Icon name="stop" size="s" /><span>{text}</span></p> : null);

export function Dispositions({ value, onChange, error }: PartProps<T.DialerDisposition>) {
  const t = useT();
  const add = () => onChange([...value, { code: "", title: "", result: "RESULT_CLASS_SUCCESS", parent: "", with_amount: false }]);
  const rename = (at: number, title: string) => {
    const old = value[at];
    const others = without(value, at).map((one) => one.code);
    const follows = old && (!old.code || old.code === codeFor(old.title, others));
    onChange(changed(value, at, { title, ...(follows ? { code: codeFor(title, others) } : {}) }));
  };
  return (
    <>
      <ul className="cm-rows" aria-label={t("dispositions")}>
        {value.map((one, at) => (
          <li key={at}>
            <TextField label={t("d_title")} value={one.title} onChange={(title) => rename(at, title)} />
            <TextField label={t("d_code")} value={one.code} onChange={(code) => onChange(changed(value, at, { code }))} />
            <Select label={t("d_result")} options={SAID.map((id) => ({ id, text: resultWord(t, id) }))} value={one.result as (typeof SAID)[number]} onChange={(result) => onChange(changed(value, at, { result }))} />
            <Select label={t("d_parent")} options={[{ id: NONE, text: t("d_top") }, ...value.filter((other) => other !== one && other.code && !other.parent).map((other) => ({ id: other.code, text: other.title || other.code }))]} value={one.parent || NONE} onChange={(parent) => onChange(changed(value, at, { parent: parent === NONE ? "" : parent }))} />
            <NumberField label={t("d_retry")} unit={t("h")} minValue={0} maxValue={720} placeholder={t("d_final")} value={one.retry_after ? toSeconds(one.retry_after) / 3600 : NaN} onChange={(hours) => { const { retry_after: _, ...rest } = one; onChange(value.map((other, index) => (index === at ? { ...rest, ...(hours > 0 ? { retry_after: `${Math.round(hours * 3600)}s` } : {}) } : other))); }} />
            <Checkbox isSelected={one.with_amount} onChange={(with_amount) => onChange(changed(value, at, { with_amount }))}>{t("d_amount")}</Checkbox>
            <IconButton icon="x" label={t("remove", { name: one.title || one.code || String(at + 1) })} onPress={() => onChange(without(value, at))} />
          </li>
        ))}
      </ul>
      <Wrong text={error} />
      <div><Button icon="plus" onPress={add}>{t("d_add")}</Button></div>
    </>
  );
}

export function Questions({ value, onChange, error, keyed }: PartProps<T.Question> & { keyed: boolean }) {
  const t = useT();
  const types = keyed ? TYPES.slice(0, 3) : TYPES;
  const add = () => onChange([...value, { id: codeFor(`q${value.length + 1}`, value.map((one) => one.id)), text: "", type: "ANSWER_TYPE_YES_NO", choices: [], optional: false, only_if: "", only_if_answer: "" }]);
  const move = (at: number, step: -1 | 1) => {
    const next = [...value];
    const [one] = next.splice(at, 1);
    if (one) next.splice(at + step, 0, one);
    onChange(next);
  };
  return (
    <>
      <ol className="cm-questions" aria-label={t("questions")}>
        {value.map((one, at) => {
          const earlier = value.slice(0, at).filter((other) => other.type === "ANSWER_TYPE_YES_NO" || other.type === "ANSWER_TYPE_CHOICE");
          const asked = earlier.find((other) => other.id === one.only_if);
          const answers = asked?.type === "ANSWER_TYPE_YES_NO" ? [{ id: "yes", text: t("yes") }, { id: "no", text: t("no") }] : (asked?.choices ?? []).filter(Boolean).map((choice) => ({ id: choice, text: choice }));
          return (
            <li key={one.id}>
              <div className="cm-q-head"><span className="dim">{at + 1}</span><TextField label={t("q_text")} value={one.text} onChange={(text) => onChange(changed(value, at, { text }))} />
                <IconButton icon="up" label={t("up", { name: String(at + 1) })} isDisabled={at === 0} onPress={() => move(at, -1)} /><IconButton icon="down" label={t("down", { name: String(at + 1) })} isDisabled={at === value.length - 1} onPress={() => move(at, 1)} /><IconButton icon="x" label={t("remove", { name: one.text || one.id })} onPress={() => onChange(without(value, at))} /></div>
              <div className="cm-q-row">
                <Select label={t("q_type")} options={types.map((id) => ({ id, text: t(`type_${id.replace("ANSWER_TYPE_", "").toLowerCase()}` as CampaignText) }))} value={one.type as (typeof TYPES)[number]} onChange={(type) => onChange(changed(value, at, { type }))} />
                {one.type === "ANSWER_TYPE_CHOICE" && <TextField label={t("q_choices")} hint={t(keyed ? "q_choices_keys" : "q_choices_hint")} value={one.choices.join(", ")} onChange={(text) => onChange(changed(value, at, { choices: text.split(/,\s?/) }))} />}
                {one.type === "ANSWER_TYPE_NUMBER" && <><NumberField label={t("q_least")} value={one.least ?? NaN} onChange={(least) => onChange(changed(value, at, Number.isNaN(least) ? {} : { least }))} /><NumberField label={t("q_most")} value={one.most ?? NaN} onChange={(most) => onChange(changed(value, at, Number.isNaN(most) ? {} : { most }))} /></>}
                {earlier.length > 0 && <Select label={t("q_only_if")} options={[{ id: NONE, text: t("q_always") }, ...earlier.map((other) => ({ id: other.id, text: other.text || other.id }))]} value={one.only_if || NONE} onChange={(only_if) => onChange(changed(value, at, { only_if: only_if === NONE ? "" : only_if, only_if_answer: "" }))} />}
                {asked && <Select label={t("q_answer")} options={answers} value={one.only_if_answer} onChange={(only_if_answer) => onChange(changed(value, at, { only_if_answer }))} />}
                {!keyed && <Checkbox isSelected={one.optional} onChange={(optional) => onChange(changed(value, at, { optional }))}>{t("q_optional")}</Checkbox>}
              </div>
            </li>
          );
        })}
      </ol>
      <Wrong text={error} />
      <div><Button icon="plus" onPress={add}>{t("q_add")}</Button></div>
    </>
  );
}

export function Hours({ value, onChange, error }: PartProps<T.WorkHours>) {
  const t = useT();
  return (
    <>
      <ul className="cm-hours" aria-label={t("hours")}>
        {value.map((one, at) => (
          <li key={at}>
            <fieldset className="flex wrap"><legend className="sr">{t("days")}</legend>{DAYS.map((day) => <Checkbox key={day} isSelected={one.days.includes(day)} onChange={(on) => onChange(changed(value, at, { days: DAYS.filter((other) => (other === day ? on : one.days.includes(other))) }))}>{t(`day_${day}`)}</Checkbox>)}</fieldset>
            <TextField type="time" label={t("begins")} value={one.begins} onChange={(begins) => onChange(changed(value, at, { begins }))} />
            <TextField type="time" label={t("ends")} value={one.ends} onChange={(ends) => onChange(changed(value, at, { ends }))} />
            <IconButton icon="x" label={t("remove", { name: `${one.begins}–${one.ends}` })} onPress={() => onChange(without(value, at))} />
          </li>
        ))}
      </ul>
      <Wrong text={error} />
      <div><Button icon="plus" onPress={() => onChange([...value, { days: DAYS.slice(0, 5), begins: "09:00", ends: "18:00" }])}>{t("hours_add")}</Button></div>
    </>
  );
}
