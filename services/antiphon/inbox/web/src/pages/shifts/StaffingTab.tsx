import { useMemo, useState } from "react";
import { wfm } from "../../api/api";
import { useLoad } from "../../api/useCall";
import { number, percent } from "../../i18n/format";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table } from "../../ui/Table";
import { Chart, Export, Failed, Said, weekday } from "./parts";
import { useT } from "./texts";
import { formulaKey } from "./TodayTab";

/** How many people each interval needs, by which formula, and what so many reach. */
export function StaffingTab() {
  const t = useT();
  const [chosen, setChosen] = useState("");
  const [level, setLevel] = useState(80);
  const [within, setWithin] = useState(20);
  const [patience, setPatience] = useState(0);
  const [atOnce, setAtOnce] = useState(1);
  const [shrinkage, setShrinkage] = useState(20);
  const [day, setDay] = useState("");
  const list = useLoad(wfm.forecasts);
  const measured = useLoad(() => wfm.shrinkage({}));
  const sorted = useMemo(() => [...(list.data?.forecasts ?? [])].sort((a, b) => (b.made_at ?? "").localeCompare(a.made_at ?? "")), [list.data]);
  const id = chosen || sorted[0]?.id || "";
  const table = useLoad(async () => (id ? wfm.staffing({ demands: [{ queue_id: "", forecast_id: id, service_level: level / 100, within_seconds: within, patience_seconds: patience, at_once: atOnce, deferrable: false }], shrinkage: shrinkage / 100 }) : undefined), [id, level, within, patience, atOnce, shrinkage]);
  const days = useMemo(() => [...new Set((table.data?.intervals ?? []).map((row) => row.start.slice(0, 10)))], [table.data]);
  const shownDay = days.includes(day) ? day : days[0] ?? "";
  const rows = (table.data?.intervals ?? []).filter((row) => row.start.startsWith(shownDay));
  const seen = measured.data?.shrinkage ?? -1;
  if (list.problem && !list.data) return <div className="scroll grow"><div className="page"><Failed problem={list.problem} onRetry={list.reload} /></div></div>;
  if (list.loading) return <Skeleton rows={6} />;
  if (!id) return <div className="scroll grow"><div className="page"><div className="card"><Empty icon="chart" title={t("no_forecast_title")}>{t("no_forecast_first")}</Empty></div></div></div>;
  return (
    <div className="scroll grow"><div className="page">
      <section className="card" aria-label={t("targets")}>
        <header><h2>{t("targets")}</h2>{table.data && <Chip kind="info">{t(formulaKey(table.data.formula))}</Chip>}
          <span className="end"><Export sheet={() => ({ name: t("staffing"), head: [t("time"), t("contacts"), t("aht"), t("erlangs"), t("agents"), t("scheduled"), t("level"), t("asa"), t("occupancy")], rows: (table.data?.intervals ?? []).map((row) => [row.start.replace("T", " "), row.contacts, row.aht_seconds, row.erlangs, row.agents, row.scheduled, row.service_level, row.asa_seconds, row.occupancy]) })} /></span></header>
        <div className="body form"><div className="row sf-targets">
          <Select label={t("forecast")} value={id} onChange={setChosen} options={sorted.map((one) => ({ id: one.id, text: one.name }))} />
          <NumberField label={t("level")} unit="%" value={level} onChange={setLevel} minValue={1} maxValue={99} />
          <NumberField label={t("within")} unit={t("s")} value={within} onChange={setWithin} minValue={0} maxValue={86400} />
          <NumberField label={t("patience")} unit={t("s")} value={patience} onChange={setPatience} minValue={0} maxValue={86400} hint={t("patience_hint")} />
          <NumberField label={t("at_once")} value={atOnce} onChange={setAtOnce} minValue={1} maxValue={10} />
          <NumberField label={t("shrinkage")} unit="%" value={shrinkage} onChange={setShrinkage} minValue={0} maxValue={90} hint={seen >= 0 ? t("shrinkage_measured", { share: percent(seen) }) : t("shrinkage_none")} />
        </div><Said problem={table.problem} /></div>
      </section>
      <section className="card" aria-label={t("requirement")}>
        <header><h2>{t("requirement")}</h2><span className="end"><Select label="" aria-label={t("day")} value={shownDay} onChange={setDay} options={days.map((one) => ({ id: one, text: weekday(one, true) }))} /></span></header>
        <Chart label={t("requirement")} height="8rem" ticks={rows.filter((_, index) => index % 4 === 0).map((row) => row.start.slice(11))} lines={[
          { name: t("scheduled"), kind: "plan", fill: true, values: rows.map((row) => row.scheduled) },
          { name: t("agents"), kind: "actual", values: rows.map((row) => row.agents) },
        ]} />
        <Table label={t("requirement")} tight rows={table.loading ? undefined : rows} rowId={(row) => row.start} empty={<Empty icon="clock" title={t("closed_day")} />} columns={[
          { id: "at", title: t("time"), cell: (row) => row.start.slice(11) },
          { id: "c", title: t("contacts"), num: true, cell: (row) => number(row.contacts, 1) },
          { id: "h", title: t("aht"), num: true, cell: (row) => number(row.aht_seconds) },
          { id: "e", title: t("erlangs"), num: true, cell: (row) => number(row.erlangs, 2) },
          { id: "n", title: t("agents"), num: true, cell: (row) => number(row.agents) },
          { id: "s", title: t("scheduled"), num: true, cell: (row) => number(row.scheduled) },
          { id: "sl", title: t("level"), num: true, cell: (row) => percent(row.service_level, 1) },
          { id: "asa", title: t("asa"), num: true, cell: (row) => (row.asa_seconds < 0 ? "–" : number(row.asa_seconds, 1)) },
          { id: "o", title: t("occupancy"), num: true, cell: (row) => percent(row.occupancy) },
        ]} />
      </section>
    </div></div>
  );
}
