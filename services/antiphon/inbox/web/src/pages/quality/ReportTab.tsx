/** Average scores by agent, queue, criterion; each number opens the evaluations behind it. */
import { useState } from "react";
import { Link } from "wouter";
import { quality } from "../../api/quality";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { day, number } from "../../i18n/format";
import { serverNow } from "../../rt/clock";
import { useDesk } from "../../rt/store";
import { Empty } from "../../ui/Empty";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";
import { NONE } from "./EvaluationsTab";
import { Failed, scoreText, useName } from "./parts";
import { useT } from "./texts";

const BY = ["agent", "queue", "criterion", "scorecard", "evaluator"] as const;
const DAYS = ["7", "30", "90", "365"] as const;
const STEPS = ["STEP_UNSPECIFIED", "STEP_DAY", "STEP_WEEK", "STEP_MONTH"] as const;
type By = (typeof BY)[number];
type Row = T.QualityRow & { id: string; sum?: boolean };

function usePeriod(days: string) {
  // The hour's grain keeps the question, and so every link, the same while nothing is asked anew.
  const until = (Math.floor(serverNow() / 3_600_000) + 1) * 3_600_000;
  return { since: new Date(until - Number(days) * 86_400_000).toISOString(), until: new Date(until).toISOString() };
}

export function ReportTab() {
  const t = useT();
  const name = useName();
  const queues = useDesk((state) => state.queues);
  const [by, setBy] = useState<By>("agent");
  const [days, setDays] = useState<(typeof DAYS)[number]>("30");
  const [step, setStep] = useState<(typeof STEPS)[number]>("STEP_UNSPECIFIED");
  const span = usePeriod(days);
  const found = useLoad(async () => ({ by, answer: await quality.report({ ...span, step, group_by: [`QUALITY_DIMENSION_${by.toUpperCase()}` as T.QualityDimension] }) }), [by, step, span.since, span.until]);
  const report = found.data?.answer;
  const shownBy = found.data?.by ?? by;
  const nameOf = (key: string): string => {
    if (shownBy === "queue") return key ? (queues[key]?.name ?? key) : t("no_queue");
    if (shownBy === "criterion" || shownBy === "scorecard") return report?.names[key] ?? key;
    return name(key);
  };
  const card = (key: string) => (shownBy === "criterion" ? report?.names[key.split("/")[0] ?? ""] : undefined);
  const link = (row: Row): string => {
    const key = row.keys[0] ?? "";
    const filter: Record<string, string> = row.sum ? {} : shownBy === "criterion" ? { scorecard: key.split("/")[0] ?? "" } : { [shownBy]: key || NONE };
    return `/quality/evaluations?${new URLSearchParams({ ...filter, since: row.start ?? span.since, until: row.end ?? span.until })}`;
  };
  const rows: Row[] | undefined = report && (report.rows.length ? [...report.rows.map((row) => ({ ...row, id: `${row.start ?? ""}|${row.keys.join("|")}` })), ...(report.total ? [{ ...report.total, id: "total", sum: true }] : [])] : []);
  const columns: TableColumn<Row>[] = [
    { id: "key", title: t(shownBy), cell: (row) => <span className="col"><span className={row.sum ? "b cut" : "m cut"}>{row.sum ? t("total") : nameOf(row.keys[0] ?? "")}</span>{!row.sum && card(row.keys[0] ?? "") && <span className="sm dim cut">{card(row.keys[0] ?? "")}</span>}</span> },
    ...(rows?.some((row) => row.start) ? [{ id: "at", title: t("interval"), cell: (row: Row) => <span className="nw">{row.start ? day(row.start) : ""}</span> }] : []),
    { id: "score", title: t("average"), num: true, cell: (row) => <Link className="m" href={link(row)}>{scoreText(row.score)}</Link> },
    { id: "count", title: t("evaluations"), num: true, cell: (row) => <Link href={link(row)}>{number(row.evaluations)}</Link> },
    { id: "read", title: t("were_read"), num: true, cell: (row) => number(row.acknowledged) },
  ];
  return (
    <section className="qu-list" aria-label={t("report")}>
      <div className="qu-find">
        <Select<By> label={t("by")} options={BY.map((id) => ({ id, text: t(id) }))} value={by} onChange={setBy} />
        <Select label={t("step")} options={STEPS.map((id) => ({ id, text: t(id) }))} value={step} onChange={setStep} />
        <Segmented label={t("period")} value={days} onChange={setDays} options={DAYS.map((id) => ({ id, text: t("days", { count: Number(id) }) }))} />
      </div>
      {found.problem && !report ? <Failed problem={found.problem} onRetry={found.reload} /> : !report ? <Skeleton rows={5} />
        : <Table label={t("report")} columns={columns} rows={rows} rowId={(row) => row.id} empty={<Empty icon="chart" title={t("no_evaluations")}>{t("no_evaluations_text")}</Empty>} />}
      <p className="sm dim body">{t("report_note")}</p>
    </section>
  );
}
