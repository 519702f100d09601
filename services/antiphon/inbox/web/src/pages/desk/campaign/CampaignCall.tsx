/** A campaign's call: script, questions, and what came of it. The last word holds, during the call and after it. */
import { useEffect, useState } from "react";
import { acd, dialer } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { useProblemText } from "../../../i18n/problems";
import { learn } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { NumberField } from "../../../ui/NumberField";
import { RadioGroup } from "../../../ui/RadioGroup";
import { Select } from "../../../ui/Select";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { asked, complete, faultOf, grouped, toSend } from "../model/interview";
import { CardFacts } from "./CardFacts";
import { useT } from "./texts";

type Answers = Record<string, string>;
const pad = (value: number) => String(value).padStart(2, "0");
/** Tomorrow at this hour, as the field writes it. */
function tomorrow(): string {
  const at = new Date(Date.now() + 86_400_000);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:00`;
}

function Answer({ question, value, onChange, error }: { question: T.Question; value: string; onChange: (text: string) => void; error: string | undefined }) {
  const t = useT();
  const label = question.optional ? t("optional", { question: question.text }) : question.text;
  const options = question.type === "ANSWER_TYPE_YES_NO" ? [{ id: "yes", text: t("yes") }, { id: "no", text: t("no") }] : question.choices.map((one) => ({ id: one, text: one }));
  if (options.length > 0 && options.length <= 6) return <RadioGroup label={label} value={value || undefined} onChange={onChange} options={options} {...(error ? { error } : {})} />;
  if (options.length > 0) return <Select label={label} options={options} value={value} onChange={onChange} {...(error ? { error } : {})} />;
  if (question.type === "ANSWER_TYPE_DATE") return <TextField type="date" label={label} value={value} onChange={onChange} error={error} />;
  if (question.type === "ANSWER_TYPE_NUMBER") return <TextField label={label} value={value} onChange={onChange} error={error} inputMode="decimal" {...(question.least !== undefined && question.most !== undefined ? { hint: t("from_to", { least: question.least, most: question.most }) } : {})} />;
  return <TextArea label={label} value={value} onChange={onChange} error={error} rows={2} />;
}

export default function CampaignCall({ call, card, item, onDone }: { call: string; card: T.Card; item: T.WorkItem | undefined; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [answers, setAnswers] = useState<Answers>(card.answers);
  const [top, setTop] = useState("");
  const [sub, setSub] = useState("");
  const [amount, setAmount] = useState(NaN);
  const [at, setAt] = useState(tomorrow);
  const [personal, setPersonal] = useState(true);
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const save = useAction(dialer.result);
  useEffect(() => {
    const said = card.dispositions.find((one) => one.code === card.disposition);
    setTop(said?.parent || said?.code || "");
    setSub(said?.parent ? said.code : "");
  }, [card.disposition, card.dispositions]);
  const groups = grouped(card.dispositions);
  const subs = groups.find((one) => one.top.code === top)?.subs ?? [];
  const chosen = card.dispositions.find((one) => one.code === (sub || top));
  const questions = asked(card.questions, answers);
  // An interview is stored whole or not at all; whoever refuses is not interviewed.
  const interviewed = questions.some((one) => answers[one.id]?.trim());
  const whole = !interviewed || complete(card.questions, answers);
  const sells = chosen?.with_amount ?? false;
  const wants = chosen?.result === "RESULT_CLASS_CALLBACK";
  const run = async () => {
    setTried(true);
    if (!chosen || !whole || (sells && !(amount > 0)) || (wants && !at)) return;
    const answer = await save.run(call, {
      disposition: chosen.code, note: note.trim(), ...(interviewed ? { answers: toSend(card.questions, answers) } : {}), ...(sells ? { amount: { currency: card.currency, micros: String(Math.round(amount * 1e6)) } } : {}),
      ...(wants ? { callback_at: new Date(at).toISOString(), personal } : {}),
    });
    if (!answer) return;
    toast(t("saved"));
    if (item?.state !== "ITEM_STATE_WRAP") return;
    try {
      learn.item((await acd.endWrapUp(item.id, "")).item);
      onDone();
    } catch {
      // A queue that insists on a result of its own shows its list.
    }
  };
  const words = { needed: t("f_needed"), number: t("f_number"), range: t("f_range"), date: t("f_date") };
  return (
    <section className="cc" aria-label={t("campaign")}>
      <CardFacts card={card} />
      <form className="form" noValidate onSubmit={(event) => { event.preventDefault(); void run(); }}>
        {questions.length > 0 && <><h3>{t("questions")}</h3>{questions.map((one) => {
          const fault = faultOf(one, answers[one.id] ?? "");
          return <Answer key={one.id} question={one} value={answers[one.id] ?? ""} onChange={(text) => setAnswers({ ...answers, [one.id]: text })} error={fault && (interviewed ? tried || fault !== "needed" : false) ? words[fault] : undefined} />;
        })}</>}
        {groups.length > 0 && <RadioGroup label={t("result")} value={top || undefined} onChange={(code) => { setTop(code); setSub(""); }} options={groups.map((one) => ({ id: one.top.code, text: one.top.title || one.top.code }))} {...(tried && !chosen ? { error: t("f_result") } : {})} />}
        {subs.length > 0 && <Select label={t("closer")} options={subs.map((one) => ({ id: one.code, text: one.title || one.code }))} value={sub} onChange={setSub} />}
        {sells && <NumberField label={t("amount")} unit={card.currency} minValue={0} value={amount} onChange={setAmount} {...(tried && !(amount > 0) ? { error: t("f_amount") } : {})} />}
        {wants && <div className="row"><TextField type="datetime-local" label={t("callback_at")} value={at} onChange={setAt} error={tried && !at ? t("f_date") : undefined} /><Checkbox isSelected={personal} onChange={setPersonal}>{t("personal")}</Checkbox></div>}
        {groups.length > 0 ? <><TextArea label={t("note")} value={note} onChange={setNote} rows={2} />
          {save.problem && <p className="err" role="alert"><Icon name="stop" size="s" />{save.problem.reason === "INVALID" && save.problem.detail ? save.problem.detail : say(save.problem)}</p>}
          <div><Button kind="primary" type="submit" icon="check" isPending={save.pending}>{t(card.disposition ? "save_again" : "save")}</Button></div></> : <p className="sm mid">{t("no_results")}</p>}
      </form>
    </section>
  );
}
