/** One customer, through the same messages as his own cabinet, on his behalf. */
import { useState } from "react";
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { has, micros, text } from "../billing/model";
import { Failed } from "../billing/paged";
import { Cases } from "./Cases";
import { Papers } from "./Papers";
import { useT } from "./texts";

const KINDS = ["credit", "charge", "refund", "compensation"] as const;
const NAMES = { credit: 1, charge: 1, refund: 1, compensation: 1, certificate: 1, promotion: 1 } as const;
const STATES = { waiting: "warn", approved: "ok", refused: "line", paid: "ok" } as const;

function AskForm({ id, currency, onDone }: { id: string; currency: string; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("credit");
  const [amount, setAmount] = useState(Number.NaN);
  const [reason, setReason] = useState("");
  const [document, setDocument] = useState("");
  const ask = useAction(customersOf.act);
  const ready = reason.trim() && document.trim() && (kind === "refund" || amount > 0);
  const submit = async () => {
    if (!ready) return;
    const asked = { request_id: crypto.randomUUID(), kind, amount: { currency, micros: kind === "refund" ? "0" : micros(amount) }, reason, document } as T.AskForRequest;
    if (await ask.run(id, { ask_for: asked })) { toast(t("asked")); setReason(""); setDocument(""); setAmount(Number.NaN); onDone(); }
  };
  return (
    <section aria-label={t("ask")}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="bill-pair">
          <Select label={t("kind")} options={KINDS.map((one) => ({ id: one, text: t(one) }))} value={kind} onChange={setKind} />
          {kind !== "refund" && <NumberField label={t("amount")} unit={currency} minValue={0} value={amount} onChange={setAmount} />}
          <TextField label={t("reason")} value={reason} onChange={setReason} maxLength={400} />
          <TextField label={t("document")} value={document} onChange={setDocument} maxLength={200} />
        </div>
        <p className="hint">{t("ask_note")}</p>
        {ask.problem && <p className="err" role="alert">{say(ask.problem)}</p>}
        <div className="actions"><Button type="submit" isPending={ask.pending} {...(ready ? {} : { whyNot: t("needed") })}>{t("ask")}</Button></div>
      </form>
    </section>
  );
}

export function Customer({ row, onClose, onDone }: { row: T.CustomerRow; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [mayAsk, mayDecide] = [useDesk(can("customers.ask")), useDesk(can("customers.approve"))];
  const loaded = useLoad(async () => {
    const [account, requests, entries, calls, cases, papers] = await Promise.all([
      customersOf.read(row.id, { account: {} }), customersOf.read(row.id, { requests: { limit: 20 } }),
      customersOf.read(row.id, { entries: { limit: 20 } as T.ListEntriesRequest }), customersOf.read(row.id, { charges: { limit: 20, suspense: true } as T.ListChargesRequest }),
      customersOf.read(row.id, { cases: { limit: 20 } }), customersOf.read(row.id, { documents: { limit: 20 } }),
    ]);
    return { account: account.account?.account, requests: requests.requests?.requests ?? [], entries: entries.entries?.entries ?? [], calls: calls.charges?.calls ?? [], cases: cases.cases?.cases ?? [], papers: papers.documents?.documents ?? [] };
  }, [row.id]);
  const decide = useAction(customersOf.decide);
  const rerate = useAction(customersOf.act);
  const renew = () => { loaded.reload(); onDone(); };
  const settle = async (one: T.Petition, approve: boolean) => { if (await decide.run(row.id, one.id, approve)) renew(); };
  const again = async () => { const done = (await rerate.run(row.id, { rerate: {} }))?.rerate; if (done) { toast(t("rerated", { billed: done.billed, left: done.left })); renew(); } };
  const requests: TableColumn<T.Petition>[] = [
    { id: "kind", title: t("kind"), cell: (one) => <span className="col"><span className="m">{has(NAMES, one.kind) ? t(one.kind) : one.kind} № {number(Number(one.number))}, {text(one.amount)}</span><span className="sm dim cut" title={one.reason}>{one.reason}</span></span> },
    { id: "state", title: t("state"), cell: (one) => (has(STATES, one.state) ? <Chip kind={STATES[one.state]}>{t(one.state)}</Chip> : one.state) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => mayDecide && one.state === "waiting" && <span className="col"><Button size="sm" onPress={() => void settle(one, true)}>{t("approve")}</Button><Button size="sm" onPress={() => void settle(one, false)}>{t("refuse")}</Button></span> },
  ];
  const entries: TableColumn<T.Transfer>[] = [
    { id: "what", title: t("document"), cell: (one) => <span className="cut" title={one.reference}>{one.reference || one.id}</span> },
    { id: "when", title: t("when"), cell: (one) => (one.at ? moment(one.at) : "–") },
    { id: "amount", title: t("amount"), num: true, cell: (one) => text(one.amount) },
  ];
  const account = loaded.data?.account;
  return (
    <aside className="bill-side" aria-label={row.company}>
      <header><h2 className="grow cut">{row.company || row.id}</h2><IconButton icon="x" label={t("close")} onPress={onClose} /></header>
      {loaded.problem && !loaded.data ? <Failed problem={loaded.problem} onRetry={loaded.reload} /> : !account ? <Skeleton rows={6} /> : (
        <div className="scroll" tabIndex={0} role="group" aria-label={row.company}>
          <section><dl className="bill-figures">
            <div className="bill-figure"><dt>{t("balance")}</dt><dd>{text(account.balance)}</dd></div>
            <div className="bill-figure"><dt>{t("available")}</dt><dd>{text(account.available)}</dd></div>
            <div className="bill-figure"><dt>{t("threshold")}</dt><dd>{text(account.threshold)}</dd></div>
          </dl></section>
          <section aria-label={t("requests")}><h3>{t("requests")}</h3>
            {decide.problem && <p className="err" role="alert">{say(decide.problem)}</p>}
            <Table label={t("requests")} columns={requests} rows={loaded.data?.requests} rowId={(one) => one.id} empty={<p className="dim">{t("requests_none")}</p>} tight />
          </section>
          {mayAsk && <AskForm id={row.id} currency={account.currency} onDone={renew} />}
          <section aria-label={t("suspense")}><h3>{t("suspense")}</h3>
            {rerate.problem && <p className="err" role="alert">{say(rerate.problem)}</p>}
            {loaded.data && loaded.data.calls.length > 0 ? <><ul>{loaded.data.calls.map((one) => <li key={one.record?.key} className="cut">{one.record?.called} · {one.reason}</li>)}</ul>{mayAsk && <div className="actions"><Button icon="refresh" isPending={rerate.pending} onPress={() => void again()}>{t("rerate")}</Button></div>}</> : <p className="dim">{t("suspense_none")}</p>}
          </section>
          <Cases customer={row.id} cases={loaded.data?.cases} may={mayAsk} onDone={renew} />
          <Papers customer={row.id} papers={loaded.data?.papers} />
          <section aria-label={t("entries")}><h3>{t("entries")}</h3><Table label={t("entries")} columns={entries} rows={loaded.data?.entries} rowId={(one) => one.id} empty={<p className="dim">{t("entries_none")}</p>} tight /></section>
        </div>
      )}
    </aside>
  );
}
