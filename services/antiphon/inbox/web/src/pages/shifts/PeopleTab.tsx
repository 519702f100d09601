import { useMemo, useState } from "react";
import { wfm } from "../../api/api";
import { useLoad } from "../../api/useCall";
import { number, percent } from "../../i18n/format";
import { Empty } from "../../ui/Empty";
import { Meter } from "../../ui/Meter";
import { Segmented } from "../../ui/Segmented";
import { Table } from "../../ui/Table";
import { Export, Failed, useBreakName, useName } from "./parts";
import { useT } from "./texts";

const share = (value: number, digits = 0): string => (value < 0 ? "–" : percent(value, digits));

/** What each person did, and where planned time goes: from facts. */
export function PeopleTab() {
  const t = useT();
  const name = useName();
  const [days, setDays] = useState<"1" | "7" | "28">("7");
  const from = useMemo(() => new Date(Date.now() - Number(days) * 86_400_000).toISOString(), [days]);
  const people = useLoad(() => wfm.productivity({ from }), [from]);
  const lost = useLoad(() => wfm.shrinkage({ from }), [from]);
  const breakName = useBreakName();
  const part = (what: string): string => {
    const [kind = "", why = ""] = what.split(/: (.*)/s);
    const word = kind === "break" ? t("sh_break") : kind === "pause" ? t("sh_pause") : kind === "away" ? t("sh_away") : kind === "leave early" ? t("k_leave") : t("k_off");
    return why ? `${word}: ${breakName(why)}` : word;
  };
  return (
    <div className="scroll grow"><div className="page">
      <div className="flex sf-tools"><Segmented label={t("period")} value={days} onChange={setDays} options={[{ id: "1", text: t("last_day") }, { id: "7", text: t("last_week") }, { id: "28", text: t("last_month") }]} />
        <span className="end"><Export sheet={() => ({ name: t("productivity"), head: [t("person"), t("handled"), t("aht"), t("worked"), t("occupancy"), t("per_hour_done"), t("adherence"), t("conformance")], rows: (people.data?.people ?? []).map((one) => [name(one.person_id), one.contacts, one.aht_seconds, one.worked_minutes / 60, one.occupancy, one.contacts_per_hour, one.adherence, one.conformance]) })} /></span></div>
      <section className="card" aria-label={t("productivity")}>
        <header><h2>{t("productivity")}</h2><span className="sm mid">{t("productivity_note")}</span></header>
        {people.problem && !people.data ? <Failed problem={people.problem} onRetry={people.reload} /> : <Table label={t("productivity")} rows={people.data?.people} rowId={(one) => one.person_id} empty={<Empty icon="users" title={t("nobody_worked")} />} columns={[
          { id: "n", title: t("person"), cell: (one) => name(one.person_id) },
          { id: "c", title: t("handled"), num: true, cell: (one) => number(one.contacts) },
          { id: "a", title: t("aht"), num: true, cell: (one) => (one.contacts ? number(one.aht_seconds) : "–") },
          { id: "w", title: t("worked"), num: true, cell: (one) => `${number(one.worked_minutes / 60, 1)} ${t("h")}` },
          { id: "o", title: t("occupancy"), num: true, cell: (one) => share(one.occupancy) },
          { id: "h", title: t("per_hour_done"), num: true, cell: (one) => number(one.contacts_per_hour, 1) },
          { id: "ad", title: t("adherence"), num: true, cell: (one) => share(one.adherence) },
          { id: "co", title: t("conformance"), num: true, cell: (one) => share(one.conformance) },
        ]} />}
      </section>
      <section className="card" aria-label={t("shrinkage")}>
        <header><h2>{t("shrinkage")}</h2><span className="sf-big t">{lost.data ? share(lost.data.shrinkage, 1) : "–"}</span><span className="sm mid">{t("shrinkage_note")}</span></header>
        {lost.problem && !lost.data ? <Failed problem={lost.problem} onRetry={lost.reload} /> : <Table label={t("shrinkage")} tight rows={lost.data?.parts} rowId={(one) => one.what} empty={<Empty icon="clock" title={t("nothing_lost")} />} columns={[
          { id: "w", title: t("where"), cell: (one) => part(one.what) },
          { id: "m", title: t("time"), num: true, cell: (one) => `${number(one.minutes / 60, 1)} ${t("h")}` },
          { id: "s", title: t("share"), num: true, cell: (one) => percent(one.share, 1) },
          { id: "b", title: t("share"), quiet: true, width: "40%", cell: (one) => <Meter label={part(one.what)} share={one.share} text={percent(one.share, 1)} /> },
        ]} />}
      </section>
    </div></div>
  );
}
