import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { FilePick } from "./FilePick";
import { base64, isoDay, micros, text } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const STATES = {
  pending: ["p_pending", "info"], paid: ["p_paid", "ok"], partial: ["p_partial", "warn"], declined: ["p_declined", "crit"], review: ["p_review", "warn"], refunded: ["p_refunded", "line"], expected: ["p_expected", "info"], found: ["p_found", "ok"], rejected: ["p_rejected", "line"],
} as const;
const METHODS = { card: "m_card", bank: "m_bank", claim: "m_claim" } as const;
const REASONS = { currency: "r_currency", country: "r_country", not_named: "r_not_named", differs_from_claim: "r_differs_from_claim", differs_from_known: "r_differs_from_known", provider: "r_provider", nothing_paid: "r_nothing_paid" } as const;
const PARTS = { penalty: "a_penalty", previous_debt: "a_previous_debt", subscription_local: "a_subscription_local", gsm_slot: "a_gsm_slot", long_distance: "a_long_distance", other: "a_other", advance: "a_advance" } as const;
const known = <K extends string>(table: Readonly<Record<K, unknown>>, key: string): key is K => key in table;

function TopUp({ currency, onDone }: { currency: string; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [amount, setAmount] = useState(500);
  const [request_id, setRequest] = useState(() => crypto.randomUUID());
  const begin = useAction(billing.topUp);
  const go = async () => {
    const begun = await begin.run({ request_id, amount: { currency, micros: micros(amount) } });
    if (!begun) return;
    setRequest(crypto.randomUUID());
    onDone();
    window.open(begun.redirect_url, "_blank", "noopener");
  };
  return (
    <section className="card" aria-label={t("topup")}><header><h2>{t("topup")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); void go(); }}>
        <NumberField label={t("amount")} unit={currency} value={amount} onChange={(value) => { setAmount(value); setRequest(crypto.randomUUID()); }} minValue={1} />
        <p className="hint">{t("topup_hint")}</p>
        {begin.problem && <p className="err" role="alert">{begin.problem.reason === "NO_PROVIDER" ? t("no_provider") : say(begin.problem)}</p>}
        <div className="actions"><Button kind="primary" type="submit" isPending={begin.pending}>{t("go_on")}</Button></div>
      </form>
    </section>
  );
}

function Claim({ currency, onDone }: { currency: string; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [place, setPlace] = useState("");
  const [paidOn, setPaidOn] = useState(isoDay(new Date()));
  const [amount, setAmount] = useState(Number.NaN);
  const [number, setNumber] = useState("");
  const send = useAction(billing.claim);
  const submit = async () => {
    if (await send.run({ place, paid_on: paidOn, amount: { currency, micros: micros(amount || 0) }, document_number: number })) { toast(t("claim_sent")); setPlace(""); setNumber(""); onDone(); }
  };
  return (
    <section className="card" aria-label={t("claim")}><header><h2>{t("claim")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="bill-pair">
          <TextField label={t("place")} value={place} onChange={setPlace} maxLength={200} />
          <TextField label={t("paid_on")} type="date" value={paidOn} onChange={setPaidOn} />
          <NumberField label={t("amount")} unit={currency} value={amount} onChange={setAmount} minValue={0} />
          <TextField label={t("document_number")} value={number} onChange={setNumber} maxLength={80} />
        </div>
        <p className="hint">{t("claim_hint")}</p>
        {send.problem && <p className="err" role="alert">{say(send.problem)}</p>}
        <div className="actions"><Button type="submit" isPending={send.pending}>{t("send_claim")}</Button></div>
      </form>
    </section>
  );
}

/** The rest of the money, asked back by the company itself. */
function Refund({ account }: { account: T.Account }) {
  const t = useT();
  const say = useProblemText();
  const [request_id, setRequest] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState("");
  const [paper, setPaper] = useState("");
  const ask = useAction(billing.askFor);
  const submit = async () => {
    if (!(await ask.run({ request_id, kind: "refund", amount: { currency: account.currency, micros: "0" }, reason, document: paper }))) return;
    toast(t("asked"));
    setRequest(crypto.randomUUID()); setReason(""); setPaper("");
  };
  return (
    <section className="card" aria-label={t("q_refund")}><header><h2>{t("q_refund")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="bill-pair">
          <TextField label={t("reason")} value={reason} onChange={setReason} maxLength={400} />
          <TextField label={t("document")} value={paper} onChange={setPaper} maxLength={200} />
        </div>
        <p className="hint">{t("refund_hint", { amount: text(account.available) })}</p>
        {ask.problem && <p className="err" role="alert">{say(ask.problem)}</p>}
        <div className="actions"><Button type="submit" isPending={ask.pending} {...(reason.trim() && paper.trim() ? {} : { whyNot: t("refund_needed") })}>{t("ask")}</Button></div>
      </form>
    </section>
  );
}

function Import({ onDone }: { onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const read = useAction(async (file: File) => billing.importStatement(await base64(file)));
  const [told, setTold] = useState("");
  const take = async (file: File) => {
    setTold("");
    const answer = await read.run(file);
    if (answer) { setTold(t("imported", { credited: answer.credited, known: answer.known, review: answer.review })); onDone(); }
  };
  return (
    <section className="card" aria-label={t("import")}><header><h2>{t("import")}</h2></header>
      <div className="form body">
        <p className="hint">{t("import_hint")}</p>
        {told && <p role="status">{told}</p>}
        {read.problem && <p className="err" role="alert">{read.problem.detail || say(read.problem)}</p>}
        <div className="actions"><FilePick label={t("choose_file")} accept=".csv,.txt,.xml" pending={read.pending} onFile={(file) => void take(file)} /></div>
      </div>
    </section>
  );
}

/** Money that came in or is on its way. */
export function Payments({ account, round }: { account: T.Account; round: number }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.payments, [round]);
  const decide = useAction(billing.resolve);
  const issue = useAction(billing.makeDocument);
  const receipt = async (payment: T.Payment) => {
    const made = (await issue.run({ kind: "DOCUMENT_KIND_RECEIPT", payment_id: payment.id }))?.document;
    if (made) Object.assign(document.createElement("a"), { href: billing.documentUrl(made.id, "pdf"), download: "" }).click();
  };
  const settle = async (payment: T.Payment, credit: boolean) => { if (await decide.run(payment.id, credit)) list.reload(); };
  const columns: TableColumn<T.Payment>[] = [
    { id: "method", title: t("method"), cell: (one) => <span className="col"><span className="m">{known(METHODS, one.method) ? t(METHODS[one.method]) : one.method} {one.masked}</span>{one.purpose && <span className="sm dim cut" title={one.purpose}>{one.purpose}</span>}</span> },
    { id: "when", title: t("when"), cell: (one) => (one.at ? moment(one.at) : "–") },
    { id: "state", title: t("state"), cell: (one) => <span className="flex"><Chip kind={known(STATES, one.state) ? STATES[one.state][1] : "line"}>{known(STATES, one.state) ? t(STATES[one.state][0]) : one.state}</Chip>{one.reason && (one.state === "review" || one.state === "declined") && <span className="sm mid">{known(REASONS, one.reason) ? t(REASONS[one.reason]) : one.reason}</span>}</span> },
    { id: "parts", title: t("went_to"), wide: true, cell: (one) => <span className="sm mid">{one.parts.map((part) => `${known(PARTS, part.name) ? t(PARTS[part.name]) : part.name} ${text(part.amount)}`).join(", ") || "–"}</span> },
    { id: "amount", title: t("amount"), num: true, cell: (one) => <span className="t">{text(one.amount)}</span> },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && (one.state === "paid" || one.state === "partial" ? <Button size="sm" isPending={issue.pending} onPress={() => void receipt(one)}>{t("d_receipt")}</Button> : one.state === "review" && one.method === "bank" && <span className="flex"><Button size="sm" onPress={() => void settle(one, true)}>{t("credit_it")}</Button><Button size="sm" onPress={() => void settle(one, false)}>{t("set_aside")}</Button></span>) },
  ];
  return (
    <div className="scroll grow"><div className="page bill-page">
      {may && <div className="bill-cards flow"><TopUp currency={account.currency} onDone={list.reload} /><Claim currency={account.currency} onDone={list.reload} /><Import onDone={list.reload} /><Refund account={account} /></div>}
      {(decide.problem ?? issue.problem) && <p className="err" role="alert">{say((decide.problem ?? issue.problem)!)}</p>}
      <section className="card" aria-label={t("payments")}>{list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} />
        : <Table label={t("payments")} columns={columns} rows={list.data?.payments} rowId={(one) => one.id} empty={<Empty icon="card" title={t("payments_empty")}>{t("payments_empty_text")}</Empty>} />}</section>
    </div></div>
  );
}
