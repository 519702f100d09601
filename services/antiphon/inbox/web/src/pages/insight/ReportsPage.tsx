import { useMemo } from "react";
import { Link } from "wouter";
import { insight } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { clock, day, duration, moment, number, percent } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Chart } from "../../ui/Chart";
import { useChannelName } from "../../ui/ChannelIcon";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";
import { Files, Filters, useResultText } from "./Filters";
import "./insight.css";
import Rebuild from "./Rebuild";
import { asked, behind, DIRECTIONS, NONE, only, usePlace, type Place } from "./place";
import { chartStep, columnsOf, FILTER_OF, FORMULAS, GROUPS, STEPS, worth, type Column, type Group } from "./report";
import { useT } from "./texts";

type Row = T.ReportRow & { id: string; sum?: boolean };

function questionOf(place: Place) {
  const groups = [place.get("by") || "DIMENSION_QUEUE", place.get("then")].filter((one): one is Group => (GROUPS as readonly string[]).includes(one));
  const by = place.get("by") === NONE ? [] : [...new Set(groups)];
  const formula = FORMULAS.find((one) => one === place.get("formula")) ?? "FORMULA_OF_OFFERED";
  const step = STEPS.find((one) => one === place.get("step")) ?? "STEP_UNSPECIFIED";
  const short = place.get("short");
  const common = { ...asked(place), formula, within_seconds: Number(place.get("within")) || 0, ...(short ? { short_seconds: Number(short) || 0 } : {}) };
  return { table: { ...common, step, group_by: by }, chart: { ...common, step: chartStep(place.span.days) }, by, formula, step };
}

/** What a key of a row is called. */
function useKeyText(campaigns: Readonly<Record<string, string>>): (group: Group, key: string) => string {
  const t = useT();
  const channel = useChannelName();
  const result = useResultText();
  const { people, queues, projects } = useDesk((state) => ({ people: state.people, queues: state.queues, projects: state.projects }));
  return (group, key) => {
    if (group === "DIMENSION_RESULT") return result(key);
    if (!key) return t(group === "DIMENSION_AGENT" ? "nobody" : group === "DIMENSION_QUEUE" ? "no_queue" : "none");
    if (group === "DIMENSION_QUEUE") return queues[key]?.name ?? key;
    if (group === "DIMENSION_AGENT") return people[key]?.name ?? key;
    if (group === "DIMENSION_PROJECT") return projects[key]?.name ?? key;
    if (group === "DIMENSION_CAMPAIGN") return campaigns[key] ?? key;
    if (group === "DIMENSION_CHANNEL") return channel(key);
    if (group === "DIMENSION_DIRECTION") return t(DIRECTIONS[Number(key) - 1] ?? "none");
    if (group === "DIMENSION_HOUR") return `${key.padStart(2, "0")}:00`;
    if (group === "DIMENSION_WEEKDAY") return new Intl.DateTimeFormat(language(), { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, Number(key)));
    return key;
  };
}

const stepText = (step: T.Step, start: string | undefined): string =>
  !start ? "" : step === "STEP_QUARTER" || step === "STEP_HOUR" ? moment(start) : day(start);

function Sums({ total, formula, limits }: { total: T.Figures; formula: T.Formula; limits: string }) {
  const t = useT();
  const sums: readonly [label: string, value: string, note?: string][] = [
    [t("service_level"), total.service_level === undefined ? "–" : percent(total.service_level, 1), t(formula as "FORMULA_OF_OFFERED")],
    [t("offered"), number(total.offered), total.waiting ? t("waiting_now", { count: total.waiting }) : limits],
    [t("answered"), number(total.answered), t("in_time_of", { count: number(total.in_time) })],
    [t("abandoned"), number(total.abandoned), t("short_of", { count: number(total.short_abandoned) })],
    [t("asa_seconds"), total.asa_seconds === undefined ? "–" : duration(total.asa_seconds), t("longest", { time: duration(total.longest_wait_seconds) })],
    [t("aht_seconds"), total.aht_seconds === undefined ? "–" : duration(total.aht_seconds), t("handled_of", { count: number(total.handled) })],
    ...(total.occupancy !== undefined ? [[t("occupancy"), percent(total.occupancy, 1), t("occupancy_how")] as [string, string, string]] : []),
    ...(total.csat !== undefined ? [[t("csat"), number(total.csat, 2), t("rated_of", { count: number(total.rated) })] as [string, string, string]] : []),
    ...(total.sold > 0 && total.conversion !== undefined ? [[t("conversion"), percent(total.conversion, 1), t("sold_of", { sold: number(total.sold), interactions: number(total.interactions) })], [t("sold_amounts"), worth(total.sold_amounts) || "–", t("sales_of", { count: total.sales })]] as [string, string, string][] : []),
  ];
  return <dl className="in-sums">{sums.map(([label, value, note]) => <div key={label} className="card"><dt>{label}</dt><dd className="in-big">{value}</dd>{note && <dd className="sm dim">{note}</dd>}</div>)}</dl>;
}

function Picture({ report, step }: { report: T.GetReportResponse; step: T.Step }) {
  const t = useT();
  const rows = report.rows;
  const at = (row: T.ReportRow) => (step === "STEP_HOUR" ? clock(row.start ?? "") : day(row.start ?? ""));
  const series = (id: "answered" | "abandoned" | "overflowed", color: string) => ({ title: t(id), color, values: rows.map((row) => row.figures?.[id] ?? 0) });
  return (
    <section className="card body">
      <Chart label={t("chart_label", { count: rows.length })} labels={rows.map(at)} bars={[series("answered", "--chart-plan"), series("abandoned", "--crit"), series("overflowed", "--warn")]}
        line={{ title: t("service_level"), color: "--chart-actual", values: rows.map((row) => row.figures?.service_level) }} format={(value) => number(value)} share={(value) => percent(value)}
        tip={(index) => { const row = rows[index]; const f = row?.figures; return f ? t("chart_tip", { at: stepText(step, row.start), offered: number(f.offered), answered: number(f.answered), abandoned: number(f.abandoned), level: f.service_level === undefined ? "–" : percent(f.service_level, 1) }) : ""; }} />
    </section>
  );
}

function Opened({ column, row, place, groups }: { column: Column; row: Row; place: Place; groups: readonly Group[] }) {
  const figures = row.figures;
  if (!figures) return <>–</>;
  const text = column.text(figures);
  const keys = Object.fromEntries(groups.flatMap((group, index) => {
    const name = FILTER_OF[group];
    const key = row.keys[index] ?? "";
    return name ? [[name, group === "DIMENSION_DIRECTION" ? (DIRECTIONS[Number(key) - 1] ?? "") : key || NONE]] : [];
  }));
  // An hour of the day or a weekday is no span, a project no filter: their numbers have nothing exact to open.
  const exact = row.sum || groups.every((group) => FILTER_OF[group]);
  if (!column.opens || !exact || !column.value?.(figures)) return <>{text}</>;
  return <Link href={behind(place, column.opens, { ...(row.sum ? {} : keys), ...only(row) })}>{text}</Link>;
}

export default function ReportsPage() {
  const t = useT();
  const mayRebuild = useDesk(can("tenant.write"));
  const say = useProblemText();
  const place = usePlace();
  const { table, chart, by, formula, step } = questionOf(place);
  const found = useLoad(() => insight.report(table), [JSON.stringify(table)]);
  const picture = useLoad(() => insight.report(chart), [JSON.stringify(chart)]);
  const report = found.data;
  const keyText = useKeyText(report?.campaign_names ?? {});
  const columns = columnsOf(by, report?.total);
  const rows = useMemo((): Row[] | undefined => {
    if (!report) return undefined;
    const some = report.rows.map((row) => ({ ...row, id: `${row.start ?? ""}|${row.keys.join("|")}` }));
    return some.length && (by.length > 0 || step !== "STEP_UNSPECIFIED") ? [...some, { keys: [], figures: report.total, id: "total", sum: true } as Row] : some;
  }, [report, by.length, step]);
  const head: TableColumn<Row>[] = [
    ...(step !== "STEP_UNSPECIFIED" ? [{ id: "at", title: t("interval"), cell: (row: Row) => <span className="m nw">{row.sum ? t("total") : stepText(step, row.start)}</span> }] : []),
    ...by.map((group, index) => ({ id: group, title: t(group), cell: (row: Row) => <span className="m cut in-key">{row.sum ? (index === 0 && step === "STEP_UNSPECIFIED" ? t("total") : "") : keyText(group, row.keys[index] ?? "")}</span> })),
    ...(step === "STEP_UNSPECIFIED" && by.length === 0 ? [{ id: "all", title: t("interval"), cell: () => <span className="m">{t("total")}</span> }] : []),
    ...columns.map((column) => ({ id: column.id, title: t(column.id as "offered"), num: true, cell: (row: Row) => <Opened column={column} row={row} place={place} groups={by} /> })),
  ];
  const second = [{ id: NONE, text: t("not_grouped") }, ...GROUPS.filter((one) => one !== by[0]).map((id) => ({ id: id as string, text: t(id) }))];
  const limits = report ? (report.within_seconds ? t("limit_all", { seconds: report.within_seconds }) : t("limit_own")) : "";
  return (
    <>
      <PageHead title={t("reports")}>
        <span className="sm dim">{place.zone}</span>
        <span className="end flex"><IconButton icon="refresh" label={t("refresh")} onPress={() => { found.reload(); picture.reload(); }} />{mayRebuild && <Rebuild onDone={() => { found.reload(); picture.reload(); }} />}<Files url={(format) => insight.reportUrl({ ...table, format, language: language() })} /></span>
      </PageHead>
      <div className="scroll grow">
        <Filters place={place}>
          <Select label={t("step")} options={STEPS.map((id) => ({ id, text: t(id) }))} value={step} onChange={(id) => place.set({ step: id })} />
          <Select<string> label={t("by")} options={[{ id: NONE, text: t("not_grouped") }, ...GROUPS.map((id) => ({ id: id as string, text: t(id) }))]} value={place.get("by") || "DIMENSION_QUEUE"} onChange={(id) => place.set({ by: id, then: "" })} />
          {by.length > 0 && <Select<string> label={t("then")} options={second} value={by[1] ?? NONE} onChange={(id) => place.set({ then: id === NONE ? "" : id })} />}
          <Select label={t("formula")} options={FORMULAS.map((id) => ({ id, text: t(`${id}_NAME` as "FORMULA_OF_OFFERED_NAME") }))} value={formula} onChange={(id) => place.set({ formula: id })} />
          <NumberField label={t("within")} unit={t("s")} minValue={0} maxValue={86_400} placeholder={t("own")} value={Number(place.get("within")) || NaN} onChange={(value) => place.set({ within: value > 0 ? String(value) : "" })} />
          <NumberField label={t("short_limit")} unit={t("s")} minValue={0} maxValue={600} value={place.get("short") ? Number(place.get("short")) : 5} onChange={(value) => place.set({ short: Number.isNaN(value) || value === 5 ? "" : String(value) })} />
        </Filters>
        {found.problem && !report ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={found.reload}>{t("try_again")}</Button>}>{say(found.problem)}</Empty> : !report ? <Skeleton rows={6} /> : (
          <div className="in-report">
            {found.problem && <p className="err" role="alert">{say(found.problem)}</p>}
            {report.total && <Sums total={report.total} formula={report.formula} limits={limits} />}
            {picture.data && picture.data.rows.length > 1 && <Picture report={picture.data} step={chart.step} />}
            <section className="card in-table" aria-label={t("reports")}>
              <Table label={t("reports")} columns={head} rows={rows} rowId={(row) => row.id} tight
                empty={<Empty icon="chart" title={t("nothing_title")}>{t("nothing_report")}</Empty>} />
            </section>
            <p className="sm dim">{t("formula_note", { formula: t(report.formula as "FORMULA_OF_OFFERED"), limits, short: report.short_seconds })}</p>
          </div>
        )}
      </div>
    </>
  );
}
