/** What deals came to, by stage, employee, department or source; and all of them as a file. */
import { useState } from "react";
import { deals as api, directory } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { useDealFacts } from "../../deals/data";
import { useT, type DealsText } from "../../deals/texts";
import { money, number, percent } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { useDesk } from "../../rt/store";
import { serverNow } from "../../rt/clock";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Segmented } from "../../ui/Segmented";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";

const BY = ["stage", "owner", "group", "source"] as const;
const DAYS = ["7", "30", "90", "365"] as const;
type Row = T.DealLine & { id: string; total?: boolean };

export default function Report({ pipelines }: { pipelines: readonly T.Pipeline[] }) {
  const t = useT();
  const say = useProblemText();
  const [by, setBy] = useState<(typeof BY)[number]>("owner");
  const [days, setDays] = useState<(typeof DAYS)[number]>("30");
  const people = useDesk((state) => state.people);
  const groups = useLoad(directory.groups, []).data?.groups ?? [];
  const found = useLoad(() => {
    const until = serverNow();
    return api.report({ by: `DEAL_GROUPING_${by.toUpperCase()}` as T.DealGrouping, since: new Date(until - Number(days) * 86_400_000).toISOString(), until: new Date(until).toISOString() });
  }, [by, days]);
  useDealFacts(found.reload);
  const nameOf = (key: string): string => {
    if (!key) return t("nobody");
    if (by === "owner") return people[key]?.name ?? key;
    if (by === "group") return groups.find((one) => one.id === key)?.name ?? key;
    if (by === "source") return t(`from_${key}` as DealsText);
    const [pipeline, stage] = key.split("/");
    const known = pipelines.find((one) => one.id === pipeline);
    const title = known?.stages.find((one) => one.key === stage)?.name ?? key;
    return pipelines.length > 1 && known ? `${known.name}: ${title}` : title;
  };
  const sums = (row: Row, which: "won_micros" | "open_micros") => row.sums.filter((one) => Number(one[which])).map((one) => money(Number(one[which]) / 1e6, one.currency)).join(" · ") || "–";
  const data = found.data;
  const rows: Row[] | undefined = data && (data.lines.length ? [...data.lines.map((line) => ({ ...line, id: line.key || "-" })), ...(data.total ? [{ ...data.total, id: "total", total: true }] : [])] : []);
  const figure = (id: "opened" | "open" | "won" | "lost", title: DealsText): TableColumn<Row> => ({ id, title: t(title), num: true, cell: (row) => number(row[id]) });
  const columns: TableColumn<Row>[] = [
    { id: "key", title: t(`by_${by}`), cell: (row) => <span className={row.total ? "b cut" : "cut"}>{row.total ? t("total") : nameOf(row.key)}</span> },
    figure("opened", "opened"), figure("open", "open_now"), figure("won", "won"), figure("lost", "lost"),
    { id: "rate", title: t("win_rate"), num: true, cell: (row) => (row.won + row.lost ? percent(row.win_rate) : "–") },
    { id: "days", title: t("days_to_win"), num: true, cell: (row) => (row.won ? number(row.days_to_win, 1) : "–") },
    { id: "won_sum", title: t("won_sum"), num: true, cell: (row) => <span className="nw">{sums(row, "won_micros")}</span> },
    { id: "open_sum", title: t("open_sum"), num: true, cell: (row) => <span className="nw">{sums(row, "open_micros")}</span> },
  ];
  const file = (format: string) => api.exportUrl({ format, language: language() });
  return (
    <section className="deals-main" aria-label={t("report")}>
      <div className="deals-find">
        <Segmented label={t("by")} value={by} onChange={setBy} options={BY.map((id) => ({ id, text: t(`by_${id}`) }))} />
        <Segmented label={t("period")} value={days} onChange={setDays} options={DAYS.map((id) => ({ id, text: t(`days_${id}`) }))} />
        <span className="end flex"><a className="btn sm" download href={file("csv")}>{t("csv")}</a><a className="btn sm" download href={file("xlsx")}>{t("xlsx")}</a></span>
      </div>
      {found.problem && !data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={found.reload}>{t("again")}</Button>}>{say(found.problem)}</Empty>
        : !rows ? <Skeleton rows={5} /> : <Table label={t("report")} columns={columns} rows={rows} rowId={(row) => row.id} tight empty={<Empty icon="chart" title={t("nothing_report")} />} />}
      <p className="sm dim deal-foot">{t("formula")}</p>
    </section>
  );
}
