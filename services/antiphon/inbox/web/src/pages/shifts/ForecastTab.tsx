import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { wfm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment, number, percent } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Disclosure } from "../../ui/Disclosure";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table } from "../../ui/Table";
import { TextArea, TextField } from "../../ui/TextField";
import { local } from "./model";
import { Chart, Export, Failed, Figure, Said, useName, weekday } from "./parts";
import { useT } from "./texts";

const signed = (value: number, write: (value: number) => string): string => `${value >= 0 ? "+" : ""}${write(value)}`;

function MakeDialog({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const t = useT();
  const { queues, zone } = useDesk((state) => ({ queues: state.queues, zone: state.me?.tenant?.time_zone ?? "UTC" }));
  const [queue, setQueue] = useState(Object.keys(queues)[0] ?? "");
  const [name, setName] = useState("");
  const [days, setDays] = useState(28);
  const [country, setCountry] = useState("-");
  const [csv, setCsv] = useState("");
  const make = useAction(wfm.makeForecast);
  const run = async () => {
    const made = await make.run({ name, queue_id: queue, days, time_zone: zone, country: country === "-" ? "" : country, csv });
    if (made?.forecast) onMade(made.forecast.id);
  };
  return (
    <Dialog title={t("new_forecast")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={make.pending} onPress={() => void run()}>{t("make_forecast")}</Button></>}>
      <div className="form">
        <TextField label={t("name")} value={name} onChange={setName} maxLength={80} autoFocus />
        <Select label={t("queue")} value={queue} onChange={setQueue} options={Object.values(queues).map((one) => ({ id: one.id, text: one.name }))} />
        <div className="row">
          <NumberField label={t("days_ahead")} value={days} onChange={setDays} minValue={1} maxValue={400} />
          <Select label={t("holidays")} value={country} onChange={setCountry} options={["-", "UA", "RU"].map((id) => ({ id, text: id === "-" ? t("no_holidays") : t(id === "UA" ? "c_UA" : "c_RU") }))} />
        </div>
        <TextArea label={t("csv_instead")} hint={t("csv_hint")} value={csv} onChange={setCsv} rows={3} placeholder="start,contacts,aht_s" />
        <Said problem={make.problem} />
      </div>
    </Dialog>
  );
}

function AdjustDialog({ forecast, onClose, onDone }: { forecast: T.Forecast; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const first = forecast.intervals[0]?.start.slice(0, 10) ?? "";
  const [from, setFrom] = useState(first);
  const [to, setTo] = useState(first);
  const [change, setChange] = useState(10);
  const [reason, setReason] = useState("");
  const adjust = useAction(wfm.adjust);
  const run = async () => {
    if (await adjust.run(forecast.id, forecast.rev, { from: `${from}T00:00`, to: `${to}T24:00`, factor: 1 + change / 100, reason })) { onDone(); onClose(); }
  };
  return (
    <Dialog title={t("adjust")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={adjust.pending} whyNot={reason.trim() ? undefined : t("say_why")} onPress={() => void run()}>{t("adjust_do")}</Button></>}>
      <div className="form">
        <div className="row"><TextField label={t("from_day")} type="date" value={from} onChange={setFrom} /><TextField label={t("to_day")} type="date" value={to} onChange={setTo} /></div>
        <NumberField label={t("change_by")} unit="%" value={change} onChange={setChange} minValue={-100} maxValue={900} />
        <TextField label={t("why")} hint={t("why_hint")} value={reason} onChange={setReason} maxLength={200} />
        <Said problem={adjust.problem} />
      </div>
    </Dialog>
  );
}

/** Hours of history before the forecast, so that a reader sees where it comes from. */
function useHistory(forecast: T.Forecast): T.Interval[] | undefined {
  const { data } = useLoad(async () => (forecast.queue_id ? (await wfm.history({ queue_id: forecast.queue_id, from: new Date(Date.now() - 14 * 86_400_000).toISOString(), interval_minutes: forecast.interval_minutes || 30 })).intervals : []), [forecast.id]);
  return data;
}

function One({ forecast, reload }: { forecast: T.Forecast; reload: () => void }) {
  const t = useT();
  const name = useName();
  const may = useDesk(can("work.supervise"));
  const queue = useDesk((state) => state.queues[forecast.queue_id]?.name ?? "");
  const [adjusting, setAdjusting] = useState(false);
  const [shown, setShown] = useState("");
  const undo = useAction(wfm.undo);
  const history = useHistory(forecast);
  const days = useMemo(() => [...new Set(forecast.intervals.map((row) => row.start.slice(0, 10)))], [forecast]);
  const daily = useMemo(() => {
    const past = new Map<string, number>();
    for (const row of history ?? []) { const [on] = local(row.start ?? "", forecast.time_zone || "UTC"); past.set(on, (past.get(on) ?? 0) + row.offered); }
    const sum = (pick: (row: T.ForecastInterval) => number) => days.map((day) => forecast.intervals.filter((row) => row.start.startsWith(day)).reduce((total, row) => total + pick(row), 0));
    const [first = ""] = days; // today is not over: its part would look like a fall
    return { past: [...past].filter(([day]) => !first || day < first).sort(([a], [b]) => a.localeCompare(b)), contacts: sum((row) => row.contacts), base: sum((row) => row.base) };
  }, [forecast, history, days]);
  const before = daily.past.length;
  const gap = (count: number): undefined[] => Array<undefined>(count).fill(undefined);
  const changed = forecast.adjustments.some((one) => !one.undone_by);
  const all = [...daily.past.map(([day]) => day), ...days];
  const ticks = all.filter((_, number) => number % Math.max(1, Math.ceil(all.length / 10)) === 0).map((day) => weekday(day));
  const chosen = days.includes(shown) ? shown : days[0] ?? "";
  const rows = forecast.intervals.filter((row) => row.start.startsWith(chosen));
  const better = forecast.naive_wape ? 1 - forecast.wape / forecast.naive_wape : 0;
  return (
    <>
      <div className="sf-figures card">
        <Figure label={t("error")} value={forecast.origins ? percent(forecast.wape / 100, 1) : "n/a"} note={t("error_note", { origins: forecast.origins })} />
        <Figure label={t("baseline_error")} value={forecast.origins ? percent(forecast.naive_wape / 100, 1) : "n/a"} note={t("baseline_note")} />
        <Figure label={t("better")} value={forecast.origins ? percent(better) : "n/a"} kind={forecast.origins && better >= 0.2 ? "ok" : undefined} />
        <Figure label={t("contacts")} value={number(daily.contacts.reduce((a, b) => a + b, 0))} note={t("in_days", { count: days.length })} />
      </div>
      <section className="card" aria-label={t("by_day")}>
        <header><h2 className="cut">{forecast.name}</h2><span className="sm mid cut">{[queue, forecast.made_at && t("made_at", { at: moment(forecast.made_at) })].filter(Boolean).join(" · ")}</span>
          <span className="end flex">{may && <Button size="sm" icon="edit" onPress={() => setAdjusting(true)}>{t("adjust")}</Button>}
            <Export sheet={() => ({ name: `${t("forecast")} ${forecast.name}`, head: [t("time"), t("contacts"), t("base"), t("low"), t("high"), t("aht"), t("special")], rows: forecast.intervals.map((row) => [row.start.replace("T", " "), row.contacts, row.base, row.low, row.high, row.aht_seconds, row.special]) })} /></span></header>
        <Chart label={t("by_day")} now={before ? before / all.length : undefined} ticks={ticks} lines={[
          ...(before ? [{ name: t("history"), kind: "actual" as const, values: [...daily.past.map(([, count]) => count), ...gap(days.length)] }] : []),
          ...(changed ? [{ name: t("base"), kind: "fc" as const, values: [...gap(before), ...daily.base] }] : []),
          { name: t("forecast"), kind: "plan", fill: !before, values: [...gap(before), ...daily.contacts] },
        ]} />
      </section>
      <section className="card" aria-label={t("by_interval")}>
        <header><h2>{t("by_interval")}</h2><span className="end"><Select label="" aria-label={t("day")} value={chosen} onChange={setShown} options={days.map((id) => ({ id, text: weekday(id, true) }))} /></span></header>
        <Chart label={t("by_interval")} ticks={rows.filter((_, number) => number % 4 === 0).map((row) => row.start.slice(11))} lines={[
          { name: t("high"), kind: "fc", values: rows.map((row) => row.high) },
          { name: t("low"), kind: "fc", values: rows.map((row) => row.low) },
          { name: t("forecast"), kind: "plan", values: rows.map((row) => row.contacts) },
        ]} table={<div className="body"><Disclosure title={t("as_table")}><Table label={t("by_interval")} tight rows={rows} rowId={(row) => row.start} empty={null} columns={[
          { id: "at", title: t("time"), cell: (row) => row.start.slice(11) },
          { id: "c", title: t("contacts"), num: true, cell: (row) => number(row.contacts, 1) },
          { id: "b", title: t("base"), num: true, cell: (row) => number(row.base, 1) },
          { id: "r", title: t("range"), num: true, cell: (row) => `${number(row.low, 1)}–${number(row.high, 1)}` },
          { id: "a", title: t("aht"), num: true, cell: (row) => number(row.aht_seconds) },
          { id: "s", title: t("special"), cell: (row) => row.special || "–" },
        ]} /></Disclosure></div>} />
      </section>
      <section className="card" aria-label={t("adjustments")}>
        <header><h2>{t("adjustments")}</h2><span className="sm mid">{t("adjustments_note")}</span></header>
        <div className="body"><Said problem={undo.problem} /></div>
        <Table label={t("adjustments")} tight rows={forecast.adjustments.map((one, index) => ({ ...one, index }))} rowId={(one) => String(one.index)} empty={<Empty icon="edit" title={t("no_adjustments")} />} columns={[
          { id: "when", title: t("days"), cell: (one) => [...new Set([one.from, one.to].map((at) => weekday(at.slice(0, 10))))].join(" – ") },
          { id: "how", title: t("change"), num: true, cell: (one) => [one.factor !== 1 || !one.extra ? signed(one.factor - 1, percent) : "", one.extra ? signed(one.extra, number) : ""].filter(Boolean).join(", ") },
          { id: "why", title: t("why"), cell: (one) => one.reason },
          { id: "who", title: t("who"), cell: (one) => `${name(one.by)}, ${one.at ? moment(one.at) : ""}` },
          { id: "now", title: t("state"), cell: (one) => (one.undone_by ? <Chip>{t("undone_by", { name: name(one.undone_by) })}</Chip> : <Chip kind="ok">{t("in_force")}</Chip>) },
          { id: "undo", title: t("undo"), quiet: true, cell: (one) => !one.undone_by && may && <Button size="sm" icon="undo" onPress={() => void undo.run(forecast.id, forecast.rev, one.index).then(reload)}>{t("undo")}</Button> },
        ]} />
      </section>
      {adjusting && <AdjustDialog forecast={forecast} onClose={() => setAdjusting(false)} onDone={reload} />}
    </>
  );
}

export function ForecastTab({ open }: { open: string }) {
  const t = useT();
  const [, go] = useLocation();
  const may = useDesk(can("work.supervise"));
  const [making, setMaking] = useState(false);
  const list = useLoad(wfm.forecasts);
  const sorted = useMemo(() => [...(list.data?.forecasts ?? [])].sort((a, b) => (b.made_at ?? "").localeCompare(a.made_at ?? "")), [list.data]);
  const id = open || sorted[0]?.id || "";
  const one = useLoad(async () => (id ? (await wfm.forecast(id)).forecast : undefined), [id]);
  const show = (next: string) => go(`/shifts/forecast/${encodeURIComponent(next)}`);
  const make = may && <Button kind="primary" size="sm" icon="plus" onPress={() => setMaking(true)}>{t("new_forecast")}</Button>;
  return (
    <div className="scroll grow"><div className="page">
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : list.loading ? <Skeleton rows={6} /> : sorted.length === 0
        ? <div className="card"><Empty icon="chart" title={t("no_forecast_title")} actions={make}>{t("no_forecast_text")}</Empty></div>
        : <><div className="flex sf-tools"><Select label="" aria-label={t("forecast")} value={id} onChange={show} options={sorted.map((item) => ({ id: item.id, text: item.name }))} /><span className="end">{make}</span></div>
          {one.problem && !one.data ? <Failed problem={one.problem} onRetry={one.reload} /> : one.data?.id === id && <One key={id} forecast={one.data} reload={one.reload} />}</>}
      {making && <MakeDialog onClose={() => setMaking(false)} onMade={(made) => { setMaking(false); list.reload(); show(made); }} />}
    </div></div>
  );
}
