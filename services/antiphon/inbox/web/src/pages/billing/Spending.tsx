import { useMemo, useState } from "react";
import { billing } from "../../api/api";
import { useLoad } from "../../api/useCall";
import { day as dayText, money, number } from "../../i18n/format";
import { Disclosure } from "../../ui/Disclosure";
import { Segmented } from "../../ui/Segmented";
import { Skeleton } from "../../ui/Skeleton";
import { amountOf, byDay, lastDays, scaleOf, SPENDING_KINDS, text, type SpendingKind } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const PERIODS = ["7", "30", "90"] as const;
type Period = (typeof PERIODS)[number];
const WORDS = { voice: "k_voice", long_distance: "k_long_distance", subscription: "k_subscription", content: "k_content", other: "k_other" } as const;

/** What each day cost, by kind: bars, and the same as a table. */
export function Spending({ currency, round }: { currency: string; round: number }) {
  const t = useT();
  const [period, setPeriod] = useState<Period>("30");
  const days = useMemo(() => lastDays(Number(period), new Date()), [period]);
  const loaded = useLoad(() => billing.spending(days[0] ?? "", days.at(-1) ?? ""), [period, round]);
  const rows = byDay(days, loaded.data?.days ?? []);
  const scale = scaleOf(Math.max(...rows.map((one) => one.total)));
  const top = scale.at(-1) || 1;
  const kinds = SPENDING_KINDS.filter((kind) => rows.some((one) => one.parts[kind] > 0));
  const every = Math.ceil(rows.length / 10);
  const total = text(loaded.data?.total ?? { currency, micros: "0" });
  const summary = t("spending_total", { total, count: days.length });
  return (
    <section className="card bill-spending" aria-label={t("spending")}>
      <header><h2>{t("spending")}</h2><span className="mid">{loaded.data && summary}</span>
        <span className="end"><Segmented label={t("period")} value={period} onChange={setPeriod} options={PERIODS.map((id) => ({ id, text: t(`days_${id}`) }))} /></span></header>
      {loaded.problem && !loaded.data ? <Failed problem={loaded.problem} onRetry={loaded.reload} /> : !loaded.data ? <Skeleton rows={4} />
        : amountOf(loaded.data.total) === 0 ? <p className="body dim">{t("spending_none")}</p> : (
          <div className="body bill-chart">
            <div className="bill-legend">{kinds.map((kind) => <span key={kind} className="key"><i className={`bill-dot k-${kind}`} />{t(WORDS[kind])}</span>)}</div>
            <div className="bill-plot" role="img" aria-label={`${t("spending")}: ${summary}`}>
              <div className="bill-y" aria-hidden="true">{[...scale].reverse().map((value) => <span key={value}>{number(value, top < 3 ? 2 : 0)}</span>)}</div>
              <div className="bill-bars" aria-hidden="true">{scale.map((value) => <i key={value} className="g" style={{ bottom: `${(value / top) * 100}%` }} />)}
                {rows.map((one) => <div key={one.day} className="one-day" title={`${dayText(one.day)}: ${money(one.total, currency)}`}>{kinds.map((kind: SpendingKind) => one.parts[kind] > 0 && <b key={kind} className={`k-${kind}`} style={{ height: `${(one.parts[kind] / top) * 100}%` }} />)}</div>)}</div>
              <div className="bill-x" aria-hidden="true">{rows.map((one, index) => <span key={one.day} className={index % (every * 4) === 0 ? "" : "thin"}>{index % every === 0 ? dayText(one.day).replace(/ \d{4}.*/, "") : ""}</span>)}</div>
            </div>
            <Disclosure title={t("as_table")}>
              <table className="tbl tight"><thead><tr><th>{t("day")}</th>{kinds.map((kind) => <th key={kind} className="num">{t(WORDS[kind])}</th>)}<th className="num">{t("amount")}</th></tr></thead>
                <tbody>{rows.filter((one) => one.total > 0).map((one) => <tr key={one.day}><th scope="row">{dayText(one.day)}</th>{kinds.map((kind) => <td key={kind} className="num">{money(one.parts[kind], currency)}</td>)}<td className="num b">{money(one.total, currency)}</td></tr>)}</tbody></table>
            </Disclosure>
          </div>
        )}
    </section>
  );
}
