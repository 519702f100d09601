/** Promotions: a part of a month's charges or payments that is given back. One person asks, another approves. */
import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { has, isoDay, micros, text } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const KINDS = { discount: "pr_discount", bonus: "pr_bonus" } as const;
const STATES = { waiting: ["w_waiting", "warn"], approved: ["w_approved", "ok"], refused: ["w_refused", "line"] } as const;

function PromotionForm({ currency, onDone }: { currency: string; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<keyof typeof KINDS>("discount");
  const [percent, setPercent] = useState(Number.NaN);
  const [least, setLeast] = useState(Number.NaN);
  const [first, setFirst] = useState(isoDay(new Date()));
  const [last, setLast] = useState("");
  const [reason, setReason] = useState("");
  const [document, setDocument] = useState("");
  const [tried, setTried] = useState(false);
  const ask = useAction(billing.askFor);
  const submit = async () => {
    setTried(true);
    if (!name.trim() || !(percent > 0) || !reason.trim() || !document.trim()) return;
    const promotion: T.Promotion = { name: name.trim(), kind, percent: String(percent), least: { currency, micros: micros(least || 0) }, first, last };
    const asked = { request_id: crypto.randomUUID(), kind: "promotion", reason: reason.trim(), document: document.trim(), valid_until: "", promotion };
    if (!(await ask.run(asked))) return;
    toast(t("asked"));
    setName(""); setReason(""); setDocument(""); setTried(false);
    onDone();
  };
  const needed = (missing: boolean) => (tried && missing ? t("pr_needed") : undefined);
  return (
    <form className="form body" aria-label={t("pr_new")} onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <div className="bill-pair">
        <TextField label={t("pr_name")} value={name} onChange={setName} maxLength={100} error={needed(!name.trim())} />
        <Select label={t("pr_of")} options={Object.entries(KINDS).map(([id, word]) => ({ id: id as keyof typeof KINDS, text: t(word) }))} value={kind} onChange={setKind} />
        <NumberField label={t("pr_percent")} unit="%" value={percent} onChange={setPercent} minValue={0} maxValue={100} error={needed(!(percent > 0))} />
        <NumberField label={t("pr_least")} unit={currency} value={least} onChange={setLeast} minValue={0} />
        <TextField label={t("first_day")} type="date" value={first} onChange={setFirst} />
        <TextField label={t("last_day")} type="date" value={last} onChange={setLast} />
        <TextField label={t("reason")} value={reason} onChange={setReason} maxLength={400} error={needed(!reason.trim())} />
        <TextField label={t("document")} value={document} onChange={setDocument} maxLength={200} error={needed(!document.trim())} />
      </div>
      <p className="hint">{t("pr_hint")} {t("requests_note")}</p>
      {ask.problem && <p className="err" role="alert">{say(ask.problem)}</p>}
      <div className="actions"><Button type="submit" isPending={ask.pending}>{t("ask")}</Button></div>
    </form>
  );
}

export function Promotions({ currency, list }: { currency: string; list: ReturnType<typeof useLoad<T.ListRequestsResponse>> }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const rows = list.data?.requests.filter((one) => one.kind === "promotion" && one.promotion);
  const columns: TableColumn<T.Petition>[] = [
    { id: "name", title: t("pr_name"), cell: (one) => <span className="col"><span className="m cut" title={one.promotion?.name}>{one.promotion?.name}</span><span className="sm dim cut" title={one.reason}>{one.reason}</span></span> },
    { id: "of", title: t("pr_of"), cell: (one) => { const kind = one.promotion?.kind ?? ""; return has(KINDS, kind) ? t(KINDS[kind]) : kind; } },
    { id: "days", title: t("pr_days"), cell: (one) => <span className="nw">{one.promotion?.first} – {one.promotion?.last || t("pr_for_good")}</span> },
    { id: "state", title: t("state"), cell: (one) => <Chip kind={has(STATES, one.state) ? STATES[one.state][1] : "line"}>{has(STATES, one.state) ? t(STATES[one.state][0]) : one.state}</Chip> },
    { id: "least", title: t("pr_least"), num: true, cell: (one) => (Number(one.promotion?.least?.micros ?? 0) ? text(one.promotion?.least) : "–") },
    { id: "percent", title: t("pr_percent"), num: true, cell: (one) => `${one.promotion?.percent} %` },
  ];
  return (
    <section className="card" aria-label={t("promotions")}><header><h2>{t("promotions")}</h2>{rows && <span className="n">{rows.length}</span>}<span className="mid sm">{t("pr_note")}</span></header>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("promotions")} columns={columns} rows={rows} rowId={(one) => one.id} empty={<p className="body dim">{t("pr_none")}</p>} />}
      {may && <PromotionForm currency={currency} onDone={list.reload} />}
    </section>
  );
}
