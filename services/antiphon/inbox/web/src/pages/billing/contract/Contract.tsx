/** The company's own contract: its state and end, changes with their countdown, what waits, signed acts. */
import { useState } from "react";
import { billing } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { day, moment } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { language } from "../../../i18n/texts";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { Select } from "../../../ui/Select";
import { Skeleton } from "../../../ui/Skeleton";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { has } from "../model";
import { Failed } from "../paged";
import { useWho } from "../who";
import { daysLeft, inTongue, KINDS, STATES } from "./model";
import { SignedActs } from "./SignedActs";
import { useT } from "./texts";
import { WaitingOrders } from "./WaitingOrders";

function EndDialog({ earliest, onClose }: { earliest: string; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [request_id] = useState(() => crypto.randomUUID());
  const [ends_on, setEnd] = useState(earliest);
  const [reason, setReason] = useState("");
  const end = useAction(billing.endContract);
  const submit = async () => { if (await end.run({ request_id, ends_on, reason })) { toast(t("ended")); onClose(true); } };
  return (
    <Dialog title={t("end_title")} role="alertdialog" isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="stop" isPending={end.pending} onPress={() => void submit()}>{t("end")}</Button></>}>
      <p className="mid">{t("end_text")}</p>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <TextField label={t("ends_on")} type="date" value={ends_on} onChange={setEnd} autoFocus />
        <TextField label={t("why")} value={reason} onChange={setReason} maxLength={400} />
        {end.problem && <p className="err" role="alert">{say(end.problem)}</p>}
      </form>
    </Dialog>
  );
}

function State({ contract, reload }: { contract: T.GetContractResponse; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const [ending, setEnding] = useState(false);
  const withdraw = useAction(billing.withdrawEnding);
  const stay = async (id: string) => { if (await withdraw.run(id)) { toast(t("withdrawn")); reload(); } };
  const runs = contract.ending?.state === "running" ? contract.ending : undefined;
  const over = contract.state === "CONTRACT_STATE_TERMINATED";
  return (
    <section className="card" aria-label={t("contract")}><header><h2>{t("contract")}</h2><Chip kind={STATES[contract.state]}>{t(`s_${contract.state}`)}</Chip></header>
      <div className="form body">
        {runs && <p>{t("ends_text", { last: day(runs.last_day), due: day(runs.refund_due) })}{runs.change_id && ` ${t("ends_change")}`}</p>}
        {!runs && <p className="mid">{over ? t("terminated_text") : t("in_force_text", { day: day(contract.earliest_end) })}</p>}
        {contract.reserved_until && !over && <p>{t("reserved", { day: day(contract.reserved_until) })}</p>}
        {withdraw.problem && <p className="err" role="alert">{say(withdraw.problem)}</p>}
        {may && !over && <div className="actions">{runs ? <Button kind="primary" isPending={withdraw.pending} onPress={() => void stay(runs.id)}>{t("withdraw")}</Button> : <Button onPress={() => setEnding(true)}>{t("end")}</Button>}</div>}
      </div>
      {ending && <EndDialog earliest={contract.earliest_end} onClose={(done) => { setEnding(false); if (done) reload(); }} />}
    </section>
  );
}

function Change({ consent, reload }: { consent: T.TermsConsent; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const who = useWho();
  const may = useDesk(can("billing.write"));
  const [refusing, setRefusing] = useState(false);
  const [problem, setProblem] = useState("");
  const change = consent.change;
  if (!change) return null;
  const title = inTongue(change.titles, language());
  const answer = async (accept: boolean) => {
    try {
      await billing.answerTermsChange(change.id, accept);
      toast(t("answered"));
      reload();
    } catch (error) {
      setProblem(say(error as never));
      if (!accept) throw error;
    }
  };
  const at = consent.answered_at ? moment(consent.answered_at) : "";
  const open = consent.state === "CONSENT_STATE_OPEN";
  const refused = consent.state === "CONSENT_STATE_REFUSED";
  return (
    <li className="bill-change">
      <p className="flex"><Chip kind="line">{has(KINDS, change.kind) ? t(KINDS[change.kind]) : change.kind}</Chip><strong className="m">{title}</strong></p>
      <p className="pre">{inTongue(change.texts, language())}</p>
      <p className="sm dim">{t("in_force_on", { day: day(change.effective_on) })} · {t("published", { day: day(change.published_on) })} · <span className="mono" title={change.hash}>{t("hash")} {change.hash.slice(0, 12)}</span></p>
      {open ? <p className="sm">{t("answer_in", { days: daysLeft(consent.closes_at), day: day(consent.answer_by) })} · {t("silence_note")}</p>
        : <p><Chip kind={refused ? "warn" : "ok"}>{refused ? t("refused", { who: who(consent.answered_by), at }) : consent.answered_by ? t("accepted", { who: who(consent.answered_by), at }) : t("accepted_silence", { at })}</Chip></p>}
      {open && may && <div className="flex"><Button kind="primary" onPress={() => void answer(true)}>{t("accept")}</Button><Button onPress={() => setRefusing(true)}>{t("refuse")}</Button></div>}
      {problem && <p className="err" role="alert">{problem}</p>}
      {refusing && <Confirm title={t("refuse_title", { title })} loss={t("refuse_text", { day: day(change.effective_on) })} verb={t("refuse")} keep={t("keep")} isOpen onClose={() => setRefusing(false)} onConfirm={() => answer(false)} />}
    </li>
  );
}

function AskForAct({ known, reload }: { known: readonly T.SignedAct[]; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const documents = useLoad(billing.documents, []);
  const [chosen, setChosen] = useState("");
  const ask = useAction(billing.requestSignedAct);
  const asked = new Set(known.map((one) => one.document_id));
  const acts = (documents.data?.documents ?? []).filter((one) => one.kind === "DOCUMENT_KIND_ACT" && !asked.has(one.id)).map((one) => ({ id: one.id, text: one.number }));
  const first = acts[0];
  if (!first) return null;
  const picked = acts.some((one) => one.id === chosen) ? chosen : first.id;
  const submit = async () => { if (await ask.run(picked)) reload(); };
  return (
    <form className="form body" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <div className="bill-pair"><Select label={t("act")} options={acts} value={picked} onChange={setChosen} /><div className="actions"><Button type="submit" isPending={ask.pending}>{t("signed_ask")}</Button></div></div>
      <p className="hint">{t("scan_hint")}</p>
      {ask.problem && <p className="err" role="alert">{say(ask.problem)}</p>}
    </form>
  );
}

export function Contract({ round }: { round: number }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const loaded = useLoad(billing.contract, [round]);
  const contract = loaded.data;
  return (
    <div className="scroll grow"><div className="page bill-page">
      {!contract ? (loaded.problem ? <Failed problem={loaded.problem} onRetry={loaded.reload} /> : <Skeleton rows={6} />) : <>
        <State contract={contract} reload={loaded.reload} />
        <section className="card" aria-label={t("changes")}><header><h2>{t("changes")}</h2></header>
          {contract.changes.length === 0 ? <p className="body dim">{t("changes_none")}</p> : <ul>{contract.changes.map((one) => <Change key={one.change?.id} consent={one} reload={loaded.reload} />)}</ul>}</section>
        <section className="card" aria-label={t("waiting")}><header><h2>{t("waiting")}</h2></header><WaitingOrders orders={contract.waiting} starts={false} reload={loaded.reload} /></section>
        <section className="card" aria-label={t("signed")}><header><h2>{t("signed")}</h2></header>
          <SignedActs acts={contract.signed_acts} sends={false} reload={loaded.reload} />
          {may && <AskForAct known={contract.signed_acts} reload={loaded.reload} />}</section>
      </>}
    </div></div>
  );
}
