import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { duration, number } from "../../i18n/format";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { isoDay, isSeverity, SEVERITIES } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const time = (seconds: string): string => (Number(seconds) ? duration(Number(seconds)) : "–");

/** How quickly a month's outages were repaired, by severity. Loaded anew when the incidents are. */
export function SlaReport({ incidents }: { incidents: readonly T.Incident[] | undefined }) {
  const t = useT();
  const [month, setMonth] = useState(isoDay(new Date()).slice(0, 7));
  const report = useLoad(() => billing.slaReport(month), [month, incidents]);
  const columns: TableColumn<T.RepairTimes>[] = [
    { id: "severity", title: t("i_severity"), cell: (row) => <span className="m">{isSeverity(row.severity) ? t(SEVERITIES[row.severity]) : row.severity}</span> },
    { id: "target", title: t("sla_target"), num: true, cell: (row) => time(row.target_seconds) },
    { id: "outages", title: t("sla_outages"), num: true, cell: (row) => number(row.outages) },
    { id: "in_time", title: t("sla_in_time"), num: true, cell: (row) => number(row.in_time) },
    { id: "overrun", title: t("sla_overrun"), num: true, cell: (row) => (row.overrun ? <b>{number(row.overrun)}</b> : number(0)) },
    { id: "open", title: t("sla_open"), num: true, cell: (row) => number(row.open) },
    { id: "mean", title: t("sla_mean"), num: true, cell: (row) => time(row.mean_seconds) },
    { id: "longest", title: t("sla_longest"), num: true, cell: (row) => time(row.longest_seconds) },
  ];
  return (
    <section aria-label={t("sla")}>
      <div className="form body"><h3>{t("sla")}</h3><div className="bill-pair"><TextField label={t("i_month")} type="month" value={month} onChange={setMonth} /></div></div>
      {report.problem ? <Failed problem={report.problem} onRetry={report.reload} /> : <Table label={t("sla")} columns={columns} rows={report.data?.severities} rowId={(row) => row.severity} empty={<p className="body dim">{t("none")}</p>} tight />}
      {report.data && !report.problem && <p className="body hint">{t("sla_available", { percent: report.data.available_percent, lost: duration(Number(report.data.lost_seconds)) })}</p>}
    </section>
  );
}
