import { useEffect, useState } from "react";
import { wfm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { clock, number, percent } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Disclosure } from "../../ui/Disclosure";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { local } from "./model";
import { Chart, Export, Failed, Figure, Said, useBreakName, useFacts, useName, weekday } from "./parts";
import { useT } from "./texts";

const EVERY = 15_000;
const share = (value: number): string => (value < 0 ? "–" : percent(value));
const FORMULAS = { erlang_c: "f_erlang_c", erlang_a: "f_erlang_a", chat: "f_chat", blended: "f_blended" } as const;
export const formulaKey = (formula: string) => FORMULAS[formula as keyof typeof FORMULAS] ?? "f_erlang_c";

function AdviceCard({ advice, zone }: { advice: T.Advice; zone: string }) {
  const t = useT();
  const name = useName();
  const may = useDesk(can("work.supervise"));
  const [sent, setSent] = useState(false);
  const send = useAction(wfm.propose);
  const over = advice.kind === "CHANGE_KIND_LEAVE_EARLY";
  const when = `${local(advice.from ?? "", zone)[1]}–${local(advice.to ?? "", zone)[1]}`;
  const propose = async () => {
    const done = await send.run({ kind: advice.kind, from: advice.from ?? "", to: advice.to ?? "", person_ids: advice.person_ids, wanted: advice.people });
    if (!done) return;
    setSent(true);
    toast(t("proposed", { count: done.changes.length }));
  };
  return (
    <li className="sf-advice">
      <div className="flex"><Chip kind={over ? "warn" : "crit"}>{when}</Chip><span className="m">{t(over ? "people_over" : "people_short", { count: advice.people })}</span></div>
      <p className="mid">{t(over ? "advice_leave" : "advice_overtime", { who: advice.person_ids.map(name).join(", "), before: share(advice.before), after: share(advice.after) })}</p>
      <Said problem={send.problem} />
      {may && <Button size="sm" kind="primary" isPending={send.pending} isDisabled={sent} onPress={() => void propose()}>{t(sent ? "sent" : over ? "propose_leave" : "propose_overtime")}</Button>}
    </li>
  );
}

function useTick(reload: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), EVERY);
    return () => clearInterval(timer);
  }, [reload]);
}

function Adherence() {
  const t = useT();
  const name = useName();
  const [grace, setGrace] = useState("60");
  const { data, problem, reload } = useLoad(() => wfm.adherence({ grace_seconds: Number(grace) }), [grace]);
  useTick(reload);
  useFacts(["AgentChanged", "SchedulePublished"], reload);
  const breakName = useBreakName();
  const why = (reason: string) => (reason === "connection_lost" ? t("connection_lost") : breakName(reason));
  const doing = (one: T.Adherence) => `${t(one.actual_now === "work" ? "a_work" : one.actual_now === "pause" ? "a_pause" : "a_away")}${one.reason ? `: ${why(one.reason)}` : ""}`;
  const planned = (what: string) => (what === "work" ? t("a_work") : what ? breakName(what) : t("a_none"));
  if (problem && !data) return <Failed problem={problem} onRetry={reload} />;
  return (
    <section className="card" aria-label={t("adherence")}>
      <header><h2>{t("adherence")}</h2><span className="sm mid">{t("adherence_note")}</span>
        <span className="end"><Select label="" aria-label={t("grace")} value={grace} onChange={setGrace} options={["60", "300", "600"].map((id) => ({ id, text: t("grace_of", { count: Number(id) / 60 }) }))} /></span></header>
      <Table label={t("adherence")} tight rows={data?.people} rowId={(one) => one.person_id} empty={<Empty icon="users" title={t("nobody_planned")} />} columns={[
        { id: "name", title: t("person"), cell: (one) => name(one.person_id) },
        { id: "planned", title: t("planned_now"), cell: (one) => planned(one.planned_now) },
        { id: "actual", title: t("does_now"), cell: (one) => <span data-actual={one.actual_now}>{doing(one)}</span> },
        { id: "is", title: t("as_planned"), cell: (one) => (one.planned_now ? <Chip kind={one.adheres ? "ok" : "crit"}>{t(one.adheres ? "yes" : "no")}</Chip> : "–") },
        { id: "off", title: t("deviations"), cell: (one) => one.deviations.slice(-2).map((off) => `${clock(off.from ?? "")}–${clock(off.to ?? "")} ${off.reason ? why(off.reason) : t(off.actual === "away" ? "a_away" : off.actual === "pause" ? "a_pause" : "a_work")}`).join("; ") || "–" },
        { id: "adh", title: t("adherence"), num: true, cell: (one) => share(one.adherence) },
        { id: "conf", title: t("conformance"), num: true, cell: (one) => share(one.conformance) },
      ]} />
    </section>
  );
}

function Board({ day }: { day: T.GetIntradayResponse }) {
  const t = useT();
  const { intervals: rows, target, time_zone: zone } = day;
  const used = rows.map((row, number) => (row.forecast > 0 || row.staffed > 0 || row.actual > 0 ? number : -1)).filter((number) => number >= 0);
  const [first, last] = [used[0] ?? 0, (used.at(-1) ?? rows.length - 1) + 1];
  const shown = rows.slice(first, last);
  const at = Date.parse(day.at ?? "");
  const begins = Date.parse(shown[0]?.start ?? "");
  const now = (at - begins) / (shown.length * day.interval_minutes * 60_000);
  const ticks = shown.filter((_, number) => number % Math.max(1, Math.round(shown.length / 8)) === 0).map((row) => local(row.start ?? "", zone)[1]);
  const isNow = now >= 0 && now <= 1 ? now : undefined;
  const past = (value: number) => (value < 0 ? undefined : value);
  const kind = (level: number) => (level < 0 ? undefined : level >= target ? "ok" as const : level >= target - 0.03 ? "warn" as const : "crit" as const);
  const difference = Math.round((day.scale - 1) * 100) / 100 || 0;
  return (
    <>
      <div className="sf-figures card">
        <Figure label={t("sl_now")} value={share(day.service_level)} kind={kind(day.service_level)} note={t("sl_formula", { seconds: number(day.within_seconds) })} />
        <Figure label={t("sl_end")} value={share(day.predicted)} kind={kind(day.predicted)} note={t("target_is", { target: percent(target), seconds: number(day.within_seconds) })} />
        <Figure label={t("came")} value={number(day.seen)} note={t("of_expected", { expected: number(day.expected) })} />
        <Figure label={t("day_scale")} value={`${difference >= 0 ? "+" : ""}${percent(difference)}`} note={t("day_scale_note")} />
      </div>
      <div className="sf-two">
        <div className="sf-stack">
          <section className="card" aria-label={t("contacts_today")}>
            <header><h2>{t("contacts_today")}</h2><span className="sm mid">{weekday(day.day, true)}</span></header>
            <Chart label={t("contacts_today")} height="9rem" now={isNow} ticks={ticks} lines={[
              { name: t("forecast"), kind: "fc", values: shown.map((row) => row.forecast) },
              { name: t("reforecast"), kind: "plan", values: shown.map((row) => (row.actual < 0 ? row.reforecast : undefined)) },
              { name: t("actual"), kind: "actual", values: shown.map((row) => past(row.actual)) },
            ]} />
          </section>
          <section className="card" aria-label={t("people_today")}>
            <header><h2>{t("people_today")}</h2><span className="sm mid">{t(formulaKey(day.formula))}</span></header>
            <Chart label={t("people_today")} height="9rem" now={isNow} ticks={ticks} lines={[
              { name: t("staffed"), kind: "plan", fill: true, values: shown.map((row) => row.staffed) },
              { name: t("needed"), kind: "fc", values: shown.map((row) => row.needed) },
              { name: t("present"), kind: "actual", values: shown.map((row) => past(row.present)) },
            ]} table={<div className="body"><Disclosure title={t("as_table")}><Table label={t("people_today")} tight rows={shown} rowId={(row) => row.start ?? ""} empty={null} columns={[
              { id: "at", title: t("time"), cell: (row) => local(row.start ?? "", zone)[1] },
              { id: "f", title: t("forecast"), num: true, cell: (row) => number(row.forecast, 1) },
              { id: "a", title: t("actual"), num: true, cell: (row) => number(past(row.actual)) },
              { id: "r", title: t("reforecast"), num: true, cell: (row) => number(row.reforecast, 1) },
              { id: "n", title: t("needed"), num: true, cell: (row) => number(row.needed) },
              { id: "s", title: t("staffed"), num: true, cell: (row) => number(row.staffed, 1) },
              { id: "p", title: t("present"), num: true, cell: (row) => number(past(row.present), 1) },
              { id: "sl", title: t("level"), num: true, cell: (row) => share(row.service_level) },
            ]} /></Disclosure></div>} />
          </section>
        </div>
        <section className="card" aria-label={t("to_do")}>
          <header><h2>{t("to_do")}</h2></header>
          {day.advice.length === 0 ? <Empty icon="check" title={t("nothing_to_do")}>{t("nothing_to_do_text")}</Empty>
            : <ul>{day.advice.map((one) => <AdviceCard key={`${one.kind}${one.from}${one.to}`} advice={one} zone={zone} />)}</ul>}
        </section>
      </div>
    </>
  );
}

export function TodayTab() {
  const t = useT();
  const [plan, setPlan] = useState("");
  const plans = useLoad(wfm.plans);
  const { data, problem, loading, reload } = useLoad(() => wfm.intraday({ plan_id: plan }), [plan]);
  useTick(reload);
  useFacts(["SchedulePublished", "WorkCompleted"], reload);
  const names = new Map((plans.data?.plans ?? []).map((one) => [one.id, one.name]));
  const none = problem?.status === 404 || problem?.reason === "INVALID";
  return (
    <div className="scroll grow"><div className="page">
      {data && (
        <div className="flex sf-tools">
          {data.plan_ids.length > 1 && <Select label="" aria-label={t("team")} value={data.plan_id} onChange={setPlan} options={data.plan_ids.map((id) => ({ id, text: names.get(id) ?? id }))} />}
          <span className="end"><Export sheet={() => ({ name: `${t("today")} ${data.day}`, head: [t("time"), t("forecast"), t("actual"), t("reforecast"), t("needed"), t("staffed"), t("present"), t("level")], rows: data.intervals.map((row) => [local(row.start ?? "", data.time_zone)[1], row.forecast, row.actual, row.reforecast, row.needed, row.staffed, row.present, row.service_level]) })} /></span>
        </div>
      )}
      {loading && <Skeleton rows={6} />}
      {data ? <Board day={data} /> : problem && (none
        ? <div className="card"><Empty icon="calendar" title={t("no_day_title")}>{t(problem.reason === "INVALID" ? "no_demands" : "no_day_text")}</Empty></div>
        : <Failed problem={problem} onRetry={reload} />)}
      <Adherence />
    </div></div>
  );
}
