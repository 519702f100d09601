import { useState } from "react";
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { text } from "../billing/model";
import { Failed, More, usePages } from "../billing/paged";
import { useT } from "./texts";

const KINDS = ["WORK_KIND_REQUEST", "WORK_KIND_SUSPENSE", "WORK_KIND_CASE", "WORK_KIND_ALARM"] as const;

export function Work({ round }: { round: number }) {
  const t = useT();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("WORK_KIND_REQUEST");
  const [reason, setReason] = useState("all");
  const wanted = { kind, reason: reason === "all" ? "" : reason };
  const counts = useLoad(() => customersOf.work({ kind, limit: 1 }), [kind, round]);
  const pages = usePages(async (after) => { const page = await customersOf.work({ ...wanted, after, limit: 100 }); return { rows: page.items, next: page.next }; }, JSON.stringify([wanted, round]));
  const columns: TableColumn<T.WaitingItem>[] = [
    { id: "company", title: t("company"), cell: (one) => <span className="m cut" title={one.company}>{one.company || one.customer_id}</span> },
    { id: "reason", title: t("reason"), cell: (one) => one.reason },
    { id: "id", title: t("document"), cell: (one) => <span className="cut" title={one.id}>{one.id}</span> },
    { id: "by", title: t("by"), wide: true, cell: (one) => one.by || "–" },
    { id: "since", title: t("when"), cell: (one) => (one.since ? moment(one.since) : "–") },
    { id: "age", title: t("age"), num: true, cell: (one) => one.age_hours },
    { id: "amount", title: t("amount"), num: true, cell: (one) => (one.amount ? text(one.amount) : "–") },
  ];
  return (
    <section className="bill-list" aria-label={t("work")}>
      <div className="bill-find">
        <Select label={t("kind")} options={KINDS.map((id) => ({ id, text: t(id) }))} value={kind} onChange={(next) => { setKind(next); setReason("all"); }} />
        <Select label={t("reason")} options={[{ id: "all", text: t("any_reason") }, ...(counts.data?.counts ?? []).map((one) => ({ id: one.reason, text: `${one.reason} (${one.count})` }))]} value={reason} onChange={setReason} />
      </div>
      {pages.problem ? <Failed problem={pages.problem} onRetry={pages.reload} /> : <Table label={t("work")} columns={columns} rows={pages.rows} rowId={(one) => `${one.customer_id}/${one.id}`} empty={<p className="body dim">{t("work_none")}</p>} />}
      <More more={pages.more} />
    </section>
  );
}
