import { useState } from "react";
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { has } from "../billing/model";
import { Failed } from "../billing/paged";
import { useT } from "./texts";

const WHY = { suspense: "b_suspense", alarm: "b_alarm", unmailed: "b_unmailed", waiting: "b_waiting" } as const;

export function Month() {
  const t = useT();
  const [month, setMonth] = useState("");
  const loaded = useLoad(() => customersOf.month(month), [month]);
  const found = loaded.data;
  const columns: TableColumn<T.BlockedAccount>[] = [
    { id: "company", title: t("company"), cell: (one) => <span className="m cut" title={one.company}>{one.company || one.customer_id}</span> },
    { id: "reason", title: t("reason"), cell: (one) => (has(WHY, one.reason) ? t(WHY[one.reason]) : one.reason) },
    { id: "group", title: t("group"), cell: (one) => one.group || "–" },
    { id: "count", title: t("count"), num: true, cell: (one) => one.count || "–" },
  ];
  return (
    <section className="bill-list" aria-label={t("month")}>
      <div className="bill-find">
        <TextField label={t("month_pick")} type="month" value={month || (found?.month ?? "")} onChange={setMonth} />
        {found && <p className="mid">{t("closed_of", { closed: found.closed, customers: found.customers })} · {t("mailed_of", { mailed: found.mailed, unmailed: found.unmailed })}</p>}
      </div>
      {loaded.problem && !found ? <Failed problem={loaded.problem} onRetry={loaded.reload} /> : <Table label={t("blocked")} columns={columns} rows={found?.blocked} rowId={(one) => `${one.customer_id}/${one.reason}/${one.group}`} empty={<p className="body dim">{t("blocked_none")}</p>} />}
    </section>
  );
}
