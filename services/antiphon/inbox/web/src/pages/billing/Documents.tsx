import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { day } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { serverNow } from "../../rt/clock";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { FilePick } from "./FilePick";
import { daysLeft, isoDay, micros, sha256, text } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const KINDS = {
  DOCUMENT_KIND_INVOICE: "d_invoice", DOCUMENT_KIND_ACT: "d_act", DOCUMENT_KIND_TAX_INVOICE: "d_tax_invoice", DOCUMENT_KIND_RECONCILIATION: "d_reconciliation", DOCUMENT_KIND_DETAIL: "d_detail", DOCUMENT_KIND_REGISTER: "d_register",
} as const;
const SHOWN = { ...KINDS, DOCUMENT_KIND_RECEIPT: "d_receipt", DOCUMENT_KIND_CLIENT_STATEMENT: "d_client_statement", DOCUMENT_KIND_CORRECTION: "d_correction" } as const;
const TABLES: readonly string[] = ["DOCUMENT_KIND_DETAIL", "DOCUMENT_KIND_RECONCILIATION", "DOCUMENT_KIND_CLIENT_STATEMENT", "DOCUMENT_KIND_REGISTER"];
type Kind = keyof typeof KINDS;
const isKind = (kind: string): kind is keyof typeof SHOWN => kind in SHOWN;
const before = (days: number) => isoDay(new Date(Date.now() - days * 86_400_000));

function Make({ currency, onDone }: { currency: string; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [kind, setKind] = useState<Kind>("DOCUMENT_KIND_INVOICE");
  const [first, setFirst] = useState(before(30));
  const [last, setLast] = useState(before(1));
  const [amount, setAmount] = useState(500);
  const make = useAction(billing.makeDocument);
  const monthly = kind === "DOCUMENT_KIND_ACT" || kind === "DOCUMENT_KIND_TAX_INVOICE";
  const submit = async () => {
    const asked = kind === "DOCUMENT_KIND_INVOICE" ? { kind, amount: { currency, micros: micros(amount) } } : { kind, first, last: monthly ? first : last };
    if (await make.run(asked)) { toast(t("made")); onDone(); }
  };
  return (
    <section className="card" aria-label={t("make")}><header><h2>{t("make")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="bill-pair">
          <Select label={t("kind")} options={Object.entries(KINDS).map(([id, word]) => ({ id: id as Kind, text: t(word) }))} value={kind} onChange={setKind} />
          {kind === "DOCUMENT_KIND_INVOICE" ? <NumberField label={t("amount")} unit={currency} value={amount} onChange={setAmount} minValue={1} />
            : <TextField label={t(monthly ? "month_day" : "first_day")} type="date" value={first} onChange={setFirst} />}
          {!monthly && kind !== "DOCUMENT_KIND_INVOICE" && <TextField label={t("last_day")} type="date" value={last} onChange={setLast} />}
        </div>
        {make.problem && <p className="err" role="alert">{say(make.problem)}</p>}
        <div className="actions"><Button kind="primary" type="submit" isPending={make.pending}>{t("make_it")}</Button></div>
      </form>
    </section>
  );
}

function Verify() {
  const t = useT();
  const say = useProblemText();
  const [code, setCode] = useState("");
  const check = useAction(async (by: File | string) => billing.verify(typeof by === "string" ? { code: by } : { hash: await sha256(by) }));
  const [told, setTold] = useState<T.VerifyDocumentResponse>();
  const run = async (by: File | string) => { setTold(undefined); setTold(await check.run(by)); };
  return (
    <section className="card" aria-label={t("verify")}><header><h2>{t("verify")}</h2></header>
      <form className="form body" onSubmit={(event) => { event.preventDefault(); if (code.trim()) void run(code.trim()); }}>
        <p className="hint">{t("verify_hint")}</p>
        <TextField label={t("code")} value={code} onChange={setCode} maxLength={40} />
        {told && (told.genuine ? <p role="status"><Chip kind="ok">{t("genuine", { kind: isKind(told.kind) ? t(SHOWN[told.kind]) : "", number: told.number, day: day(told.dated) })}</Chip></p> : <p role="status"><Chip kind="crit">{t("not_genuine")}</Chip></p>)}
        {check.problem && <p className="err" role="alert">{say(check.problem)}</p>}
        <div className="actions"><Button type="submit" isPending={check.pending}>{t("check")}</Button><FilePick label={t("choose_file")} accept=".pdf" pending={check.pending} onFile={(file) => void run(file)} /></div>
      </form>
    </section>
  );
}

function Objection({ document, onClose }: { document: T.Document; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [what, setWhat] = useState("");
  const [fault, setFault] = useState("");
  const send = useAction(billing.object);
  const submit = async () => { if (await send.run(document.id, what, fault)) { toast(t("objected")); onClose(true); } };
  return (
    <Dialog title={t("object_title", { number: document.number })} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={send.pending} onPress={() => void submit()}>{t("object")}</Button></>}>
      <TextArea label={t("not_received")} value={what} onChange={setWhat} maxLength={900} />
      <TextArea label={t("at_fault")} value={fault} onChange={setFault} maxLength={900} />
      {send.problem && <p className="err" role="alert">{say(send.problem)}</p>}
    </Dialog>
  );
}

/** What accountants need, to be had, checked and objected to. */
export function Documents({ account, round }: { account: T.Account; round: number }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.documents, [round]);
  const [objecting, setObjecting] = useState<T.Document>();
  const columns: TableColumn<T.Document>[] = [
    { id: "kind", title: t("what"), cell: (one) => <span className="col"><span className="m">{isKind(one.kind) ? t(SHOWN[one.kind]) : one.kind} {one.number}</span>{one.sent_to && <span className="sm dim cut">{t("sent_to", { to: one.sent_to })}</span>}{one.objection && <span className="sm mid cut" title={one.objection}>{one.objection}</span>}</span> },
    { id: "dated", title: t("day"), cell: (one) => day(one.dated) },
    { id: "period", title: t("of_period"), wide: true, cell: (one) => (one.kind === "DOCUMENT_KIND_INVOICE" ? "–" : `${day(one.first)} – ${day(one.last)}`) },
    { id: "state", title: t("state"), cell: (one) => (one.state === "issued" && one.accepted_at ? <span className="col"><span><Chip kind={daysLeft(one.accepted_at, serverNow()) <= 1 ? "warn" : "info"}>{t("x_left", { days: daysLeft(one.accepted_at, serverNow()) })}</Chip></span><span className="sm mid">{t("x_issued_until", { day: day(one.accepted_at) })}</span></span> : <Chip kind={one.state === "disputed" ? "warn" : one.state === "accepted" ? "ok" : "line"}>{t(one.state === "disputed" ? "x_disputed" : one.state === "accepted" ? "x_accepted" : "x_issued")}</Chip>) },
    { id: "total", title: t("total"), num: true, cell: (one) => <span className="t">{text(one.total)}</span> },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => <span className="flex bill-acts">
      {one.hash && <a className="btn sm" href={billing.documentUrl(one.id, "pdf")} download>PDF</a>}
      {TABLES.includes(one.kind) && <a className="btn sm" href={billing.documentUrl(one.id, "csv")} download>CSV</a>}
      {may && one.kind === "DOCUMENT_KIND_ACT" && one.state === "issued" && <Button size="sm" onPress={() => setObjecting(one)}>{t("object")}</Button>}</span> },
  ];
  return (
    <div className="scroll grow"><div className="page bill-page">
      <div className="bill-cards">{may && <Make currency={account.currency} onDone={list.reload} />}<Verify /></div>
      <section className="card" aria-label={t("documents")}>{list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} />
        : <Table label={t("documents")} columns={columns} rows={list.data?.documents} rowId={(one) => one.id} empty={<Empty icon="file" title={t("docs_empty")}>{t("docs_empty_text")}</Empty>} />}</section>
      {objecting && <Objection document={objecting} onClose={(done) => { setObjecting(undefined); if (done) list.reload(); }} />}
    </div></div>
  );
}
