/** Promises a customer a call, or gives a promised one another time. */
import { useDeferredValue, useState } from "react";
import { acd, directory } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { phone } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { serverNow } from "../../../rt/clock";
import { mine } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Dialog } from "../../../ui/Dialog";
import { RadioGroup } from "../../../ui/RadioGroup";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { fieldOf, inAnHour, tomorrowAtTen } from "../model/callbacks";
import { useContactCard } from "./contacts";
import { useT } from "./texts";

const FOUND = 6;

function FindContact({ value, onChange, error }: { value: string; onChange: (id: string) => void; error: string | undefined }) {
  const t = useT();
  const [words, setWords] = useState("");
  const wanted = useDeferredValue(words.trim());
  const { data } = useLoad(async () => (wanted.length > 1 ? (await directory.contacts({ query: wanted, limit: FOUND })).contacts : []), [wanted]);
  const found = data ?? [];
  return (
    <>
      <TextField label={t("whom")} hint={t("whom_hint")} value={words} onChange={(next) => { setWords(next); onChange(""); }} autoFocus error={error} />
      {found.length > 0 && <RadioGroup label={t("found")} value={value} onChange={onChange} options={found.map((one) => ({ id: one.id, text: one.name || t("customer"), hint: [one.company, one.phones.map(phone).join(", ") || t("no_phone")].filter(Boolean).join(" · ") }))} />}
      {wanted.length > 1 && data && found.length === 0 && <p className="hint">{t("nobody_found")}</p>}
    </>
  );
}

export function PlanDialog({ contact = "", move, onClose, onDone }: { contact?: string; move?: T.WorkItem; onClose: () => void; onDone?: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { queues, agent } = useDesk((state) => ({ queues: state.queues, agent: mine(state) }));
  const own = Object.values(queues).filter((one) => agent?.queue_ids.includes(one.id)).sort((a, b) => a.name.localeCompare(b.name));
  const card = useContactCard(move?.contact_id ?? contact);
  const [chosen, setChosen] = useState(contact);
  const [queue, setQueue] = useState(own[0]?.id ?? "");
  const [at, setAt] = useState(() => fieldOf(move?.due_at ? Date.parse(move.due_at) : inAnHour(serverNow())));
  const [me, setMe] = useState(true);
  const [tried, setTried] = useState(false);
  const [request] = useState(() => crypto.randomUUID());
  const plan = useAction(acd.planCallback);
  const other = useAction(acd.moveCallback);
  const time = Date.parse(at);
  const early = Number.isNaN(time) || time < serverNow();
  const pending = plan.pending || other.pending;
  const problem = plan.problem ?? other.problem;
  const run = async () => {
    setTried(true);
    if (early || (!move && (!chosen || !queue))) return;
    const when = new Date(time).toISOString();
    const answer = move ? await other.run(move.id, when) : await plan.run({ queue_id: queue, contact_id: chosen, at: when, mine: me }, request);
    if (!answer) return;
    toast(t(move ? "moved" : "planned"));
    onDone?.();
    onClose();
  };
  const name = card?.name || card?.phones[0] || t("customer");
  return (
    <Dialog title={move ? t("move_title", { name }) : contact ? t("plan_title", { name }) : t("plan_whom")} isOpen onClose={onClose}
      actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={pending} onPress={() => void run()}>{t(move ? "move_verb" : "plan_verb")}</Button></>}>
      {!move && !contact && <FindContact value={chosen} onChange={setChosen} error={tried && !chosen ? t("whom_needed") : undefined} />}
      {(contact || move) && card && card.phones.length === 0 && <p className="t warn sm">{t("no_phone")}</p>}
      <TextField label={t("when")} type="datetime-local" value={at} onChange={setAt} error={tried && early ? t("too_early") : undefined} />
      <div className="flex wrap"><Button size="sm" onPress={() => setAt(fieldOf(inAnHour(serverNow())))}>{t("in_an_hour")}</Button><Button size="sm" onPress={() => setAt(fieldOf(tomorrowAtTen(serverNow())))}>{t("tomorrow")}</Button></div>
      {!move && (own.length === 0 ? <p className="hint">{t("no_queues")}</p> : <Select label={t("queue")} options={own.map((one) => ({ id: one.id, text: one.name }))} value={queue} onChange={setQueue} />)}
      {!move && <Checkbox isSelected={me} onChange={setMe}>{t("me_first")}<br /><span className="hint">{t("me_first_hint")}</span></Checkbox>}
      {problem && <p className="err" role="alert">{say(problem)}</p>}
    </Dialog>
  );
}
