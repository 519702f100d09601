import { useState } from "react";
import { Link } from "wouter";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { day, moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { Alarms } from "./Alarms";
import { Cases } from "./Cases";
import { ContractOffice } from "./contract/ContractOffice";
import { Incidents } from "./Incidents";
import { amountOf, has, isoDay, micros, text } from "./model";
import { Failed } from "./paged";
import { Promotions } from "./Promotions";
import { useReasons } from "./reasons";
import { Tariffs } from "./Tariffs";
import { useT } from "./texts";
import { useWho } from "./who";

const KINDS = { credit: "q_credit", charge: "q_charge", refund: "q_refund", compensation: "q_compensation", certificate: "q_certificate" } as const;
const NAMES = { ...KINDS, promotion: "q_promotion" } as const;
type Kind = keyof typeof KINDS;
const STATES = { waiting: ["w_waiting", "warn"], approved: ["w_approved", "ok"], refused: ["w_refused", "line"], paid: ["w_paid", "ok"] } as const;
const CORRECTED = { DOCUMENT_KIND_ACT: "d_act", DOCUMENT_KIND_TAX_INVOICE: "d_tax_invoice" } as const;
const NOTHING = "none";
/** What the log calls what was done. */
const SAID = {
  order: "v_order", cancel: "v_cancel", trust: "v_trust", terms: "v_terms", ask: "v_ask", approved: "v_approved", refused: "v_refused", paid: "v_paid", own_request: "v_own_request", own_approval: "v_own_approval", certificate_over: "n_certificate_over", product: "v_product", topup: "v_topup", claim: "v_claim", statement: "v_statement", credited: "v_credited",
  rejected: "v_rejected", document: "v_document", objection: "v_objection", case: "v_case", case_note: "v_case_note", block: "v_block", unblock: "v_unblock", close_alarm: "v_close_alarm", incident: "v_incident", outage_credit: "v_outage_credit", overrun: "v_overrun", rate_card: "v_rate_card", plan: "v_plan",
} as const;

function AskForm({ currency, onDone }: { currency: string; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [kind, setKind] = useState<Kind>("credit");
  const [amount, setAmount] = useState(Number.NaN);
  const [reason, setReason] = useState("");
  const [document, setDocument] = useState("");
  const [until, setUntil] = useState(isoDay(new Date()));
  const [corrects, setCorrects] = useState(NOTHING);
  const documents = useLoad(billing.documents, []);
  const ask = useAction(billing.askFor);
  const correctable = (documents.data?.documents ?? []).flatMap((one) => (has(CORRECTED, one.kind) ? [{ id: one.id, text: `${t(CORRECTED[one.kind])} ${one.number}` }] : []));
  const puts = kind === "credit" || kind === "charge";
  const plain = kind === "refund" || kind === "certificate";
  const submit = async () => {
    const asked = { request_id: crypto.randomUUID(), kind, amount: { currency, micros: plain ? "0" : micros(amount || 0) }, reason, document, valid_until: kind === "certificate" ? until : "", corrects: puts && corrects !== NOTHING ? corrects : "" };
    if (await ask.run(asked)) { toast(t("asked")); setReason(""); setDocument(""); setCorrects(NOTHING); onDone(); }
  };
  return (
    <section className="card" aria-label={t("new_request")}><header><h2>{t("new_request")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="bill-pair">
          <Select label={t("kind")} options={Object.entries(KINDS).map(([id, word]) => ({ id: id as Kind, text: t(word) }))} value={kind} onChange={setKind} />
          {!plain && <NumberField label={t("amount")} unit={currency} value={amount} onChange={setAmount} minValue={0} />}
          {kind === "certificate" && <TextField label={t("valid_until")} type="date" value={until} onChange={setUntil} />}
          {puts && correctable.length > 0 && <Select label={t("corrects")} options={[{ id: NOTHING, text: t("corrects_none") }, ...correctable]} value={corrects} onChange={setCorrects} />}
          <TextField label={t("reason")} value={reason} onChange={setReason} maxLength={400} />
          <TextField label={t("document")} value={document} onChange={setDocument} maxLength={200} />
        </div>
        <p className="hint">{t("requests_note")}</p>
        {ask.problem && <p className="err" role="alert">{say(ask.problem)}</p>}
        <div className="actions"><Button type="submit" isPending={ask.pending}>{t("ask")}</Button></div>
      </form>
    </section>
  );
}

function Suspense({ round }: { round: number }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const list = useLoad(() => billing.calls({ limit: 100, suspense: true }), [round]);
  const rerate = useAction(billing.rerate);
  const again = async () => {
    const done = await rerate.run();
    if (done) { toast(t("rerated", { billed: done.billed, left: done.left })); list.reload(); }
  };
  const causeOf = useReasons().waits;
  const waiting = list.data?.calls ?? [];
  const count = waiting.length;
  const causes = [...new Set(waiting.map((call) => call.reason))].map((code) => ({ code, count: waiting.filter((call) => call.reason === code).length }));
  return (
    <section className="card" aria-label={t("suspense")}><header><h2>{t("suspense")}</h2>{list.data && <span className="n">{count}</span>}</header>
      <div className="form body"><p className="hint">{t("suspense_note")}</p>
        {(rerate.problem ?? list.problem) && <p className="err" role="alert">{say((rerate.problem ?? list.problem)!)}</p>}
        {causes.length > 0 && <ul className="bill-causes">{causes.map((one) => <li key={one.code}><span className="grow">{causeOf(one.code)}</span><span className="t">{number(one.count)}</span></li>)}</ul>}
        {count > 0 && <p><Link href="/billing/calls?suspense">{t("suspense_show")}</Link></p>}
        {may && <div className="actions"><Button icon="refresh" isPending={rerate.pending} onPress={() => void again()} {...(list.data && count === 0 ? { whyNot: t("suspense_none") } : {})}>{t("rerate")}</Button></div>}</div>
    </section>
  );
}

/** The bank's payment order of a refund that was approved. */
function Paid({ request, onClose }: { request: T.Petition; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [on, setOn] = useState(isoDay(new Date()));
  const [order, setOrder] = useState("");
  const send = useAction(billing.refundPaid);
  const submit = async () => { if (await send.run(request.id, on, order)) { toast(t("w_paid")); onClose(true); } };
  return (
    <Dialog title={t("refund_paid_title", { number: number(Number(request.number)), amount: text(request.amount) })} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={send.pending} onPress={() => void submit()} {...(order.trim() ? {} : { whyNot: t("paid_order_needed") })}>{t("mark_paid")}</Button></>}>
      <div className="form">
        <TextField label={t("paid_on")} type="date" value={on} onChange={setOn} />
        <TextField label={t("paid_order")} value={order} onChange={setOrder} maxLength={200} />
        {send.problem && <p className="err" role="alert">{say(send.problem)}</p>}
      </div>
    </Dialog>
  );
}

function Requests({ list }: { list: ReturnType<typeof useLoad<T.ListRequestsResponse>> }) {
  const t = useT();
  const say = useProblemText();
  const who = useWho();
  const may = useDesk(can("billing.write"));
  const decide = useAction(billing.decide);
  const [paying, setPaying] = useState<T.Petition>();
  const settle = async (request: T.Petition, approve: boolean) => { if (await decide.run(request.id, approve)) list.reload(); };
  const columns: TableColumn<T.Petition>[] = [
    { id: "kind", title: t("what"), cell: (one) => <span className="col"><span className="m">{has(NAMES, one.kind) ? t(NAMES[one.kind]) : one.kind} № {number(Number(one.number))}</span><span className="sm dim cut" title={one.reason}>{one.reason}</span></span> },
    { id: "document", title: t("document"), cell: (one) => <span className="cut">{one.document}</span> },
    { id: "by", title: t("asked_by"), cell: (one) => <span className="cut">{who(one.asked_by)}{one.at ? `, ${moment(one.at)}` : ""}</span> },
    { id: "state", title: t("state"), cell: (one) => <Chip kind={has(STATES, one.state) ? STATES[one.state][1] : "line"}>{has(STATES, one.state) ? t(STATES[one.state][0]) : one.state}</Chip> },
    { id: "due", title: t("due"), cell: (one) => (one.due ? <span className="col"><span>{day(one.due)}</span>{one.overdue && <Chip kind="crit">{t("overdue")}</Chip>}</span> : "–") },
    { id: "amount", title: t("amount"), num: true, cell: (one) => (one.kind === "refund" && amountOf(one.amount) === 0 ? t("all_free") : text(one.amount)) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && one.state === "waiting" && <span className="flex"><Button size="sm" onPress={() => void settle(one, true)}>{t("approve")}</Button><Button size="sm" onPress={() => void settle(one, false)}>{t("refuse")}</Button></span> || may && one.kind === "refund" && one.state === "approved" && <Button size="sm" onPress={() => setPaying(one)}>{t("mark_paid")}</Button> },
  ];
  return (
    <section className="card" aria-label={t("requests")}><header><h2>{t("requests")}</h2></header>
      {decide.problem && <p className="err body" role="alert">{say(decide.problem)}</p>}
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("requests")} columns={columns} rows={list.data?.requests} rowId={(one) => one.id} empty={<p className="body dim">{t("requests_none")}</p>} />}
      {paying && <Paid request={paying} onClose={(done) => { setPaying(undefined); if (done) list.reload(); }} />}
    </section>
  );
}

function Trail({ round }: { round: number }) {
  const t = useT();
  const who = useWho();
  const list = useLoad(billing.trail, [round]);
  const columns: TableColumn<T.TrailLine>[] = [
    { id: "what", title: t("what"), cell: (line) => <span className="m">{has(SAID, line.what) ? t(SAID[line.what]) : line.what}</span> },
    { id: "about", title: t("about"), cell: (line) => <span className="cut mid" title={line.about}>{line.about}</span> },
    { id: "by", title: t("by"), cell: (line) => <span className="cut">{who(line.by)}</span> },
    { id: "when", title: t("when"), cell: (line) => (line.at ? moment(line.at) : "–") },
    { id: "hash", title: t("hash"), cell: (line) => <span className="mono dim" title={line.hash}>{line.hash.slice(0, 12)}</span> },
  ];
  return (
    <section className="card" aria-label={t("trail")}><header><h2>{t("trail")}</h2><span className="mid sm">{t("trail_note")}</span></header>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("trail")} columns={columns} rows={list.data?.lines} rowId={(line) => line.number} empty={<p className="body dim">{t("none")}</p>} tight />}
    </section>
  );
}

/** The operator's side: prices, what waits for a second person, what has no price, outages and cases. */
export function Office({ account, round }: { account: T.Account; round: number }) {
  const may = useDesk(can("billing.write"));
  const requests = useLoad(billing.requests, [round]);
  return (
    <div className="scroll grow"><div className="page bill-page">
      <Requests list={requests} />
      <div className="bill-cards">{may && <AskForm currency={account.currency} onDone={requests.reload} />}<Suspense round={round} /></div>
      <Promotions currency={account.currency} list={requests} />
      <ContractOffice round={round} />
      <Alarms round={round} />
      <Cases round={round} />
      <Incidents round={round} />
      <Tariffs currency={account.currency} round={round} />
      <Trail round={round} />
    </div></div>
  );
}
