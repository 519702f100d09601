import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { wfm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { duration, number, percent } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Confirm, Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Menu, MenuItem } from "../../ui/Menu";
import { Progress } from "../../ui/Meter";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { Grid, type Place } from "./Grid";
import { byCell, clockOf, dayOf, docOf, faultOf, local, noShift, withEdit, type Doc } from "./model";
import { Export, Failed, Said, useExplain, useFacts, useName, useRule, weekday } from "./parts";
import { SolveDialog } from "./SolveDialog";
import { useT } from "./texts";

const STATES = { SCHEDULE_STATE_READY: "st_ready", SCHEDULE_STATE_PUBLISHED: "st_published", SCHEDULE_STATE_SOLVING: "st_solving", SCHEDULE_STATE_FAILED: "st_failed", SCHEDULE_STATE_REPLACED: "st_replaced", SCHEDULE_STATE_UNSPECIFIED: "st_ready" } as const;
const KINDS = { SCHEDULE_STATE_READY: "info", SCHEDULE_STATE_PUBLISHED: "ok", SCHEDULE_STATE_SOLVING: "warn", SCHEDULE_STATE_FAILED: "crit", SCHEDULE_STATE_REPLACED: "line", SCHEDULE_STATE_UNSPECIFIED: "line" } as const;

/** One cell: which shift, from when, whether it stays when the rest is solved again. */
function CellDialog({ doc, place, onClose, onEdit }: { doc: Doc; place: Place; onClose: () => void; onEdit: (edit: T.ShiftEdit) => void }) {
  const t = useT();
  const name = useName();
  const row = byCell(doc).get(`${place.person}/${place.day}`);
  const [pattern, setPattern] = useState(row?.pattern ?? "-");
  const starts = doc.patterns.find((one) => one.name === pattern)?.starts ?? [];
  const before = row ? local(row.agreed?.start ?? row.start, doc.zone)[1] : "";
  const [start, setStart] = useState(before);
  const [locked, setLocked] = useState(row?.locked ?? false);
  const at = starts.some((one) => clockOf(one) === start) ? start : clockOf(starts[0] ?? 480);
  const save = () => {
    onEdit(pattern === "-" ? noShift(place.person, place.day) : { person_id: place.person, day: place.day, pattern, start: at, locked });
    onClose();
  };
  return (
    <Dialog title={`${name(place.person)}, ${weekday(place.day, true)}`} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" onPress={save}>{t("put")}</Button></>}>
      <div className="form">
        <Select label={t("shift")} value={pattern} onChange={setPattern} options={[{ id: "-", text: t("no_shift") }, ...doc.patterns.map((one) => ({ id: one.name, text: `${one.name}, ${duration(one.minutes * 60)}` }))]} />
        {pattern !== "-" && <Select label={t("starts_at")} value={at} onChange={setStart} options={starts.map((one) => ({ id: clockOf(one), text: clockOf(one) }))} />}
        {pattern !== "-" && <Checkbox isSelected={locked} onChange={setLocked}>{t("lock_it")}</Checkbox>}
        {row && <p className="sm mid">{row.breaks.map((one) => `${one.name} ${local(one.start, doc.zone)[1]}–${local(one.end, doc.zone)[1]}`).join(", ")}</p>}
      </div>
    </Dialog>
  );
}

function Solving({ schedule, reload }: { schedule: T.Schedule; reload: () => void }) {
  const t = useT();
  const stop = useAction(wfm.stop);
  useEffect(() => {
    const timer = setInterval(reload, 1000);
    return () => clearInterval(timer);
  }, [reload]);
  const found = schedule.gap >= 0;
  return (
    <section className="card sf-solving" aria-label={t("st_solving")}>
      <h2>{t(schedule.phase === "rostering" ? "phase_roster" : "phase_cover")}</h2>
      <Progress label={t("st_solving")} share={found ? Math.max(0.05, 1 - Math.min(1, schedule.gap)) : 0.05} />
      <p className="mid">{t(found ? "gap_is" : "gap_none", { gap: percent(schedule.gap, 1), seconds: number(schedule.seconds, 1) })}</p>
      <Said problem={stop.problem} />
      <Button icon="stop" isPending={stop.pending} onPress={() => void stop.run(schedule.id)}>{t("stop_solving")}</Button>
    </section>
  );
}

function Faults({ faults }: { faults: readonly string[] }) {
  const t = useT();
  const name = useName();
  const rule = useRule();
  if (faults.length === 0) return <p className="flex sf-okline"><Chip kind="ok">{t("every_rule")}</Chip></p>;
  return (
    <ul className="sf-faults" aria-label={t("broken_rules")}>
      {faults.slice(0, 30).map((line) => {
        const fault = faultOf(line);
        return <li key={line} title={line}><span className="m">{rule(fault.rule)}</span>{fault.person && <> · {name(fault.person)}</>}{fault.days.length > 0 && <span className="mid"> · {fault.days.map((day) => weekday(day)).join(", ")}</span>}</li>;
      })}
    </ul>
  );
}

function One({ loaded, reload, onOther, onSolve }: { loaded: T.Schedule; reload: () => void; onOther: (id: string) => void; onSolve: () => void }) {
  const t = useT();
  const name = useName();
  const may = useDesk(can("work.supervise"));
  const [edits, setEdits] = useState<T.ShiftEdit[]>([]);
  const [shown, setShown] = useState<T.Schedule>();
  const [cursor, setCursor] = useState<Place>();
  const [open, setOpen] = useState<Place>();
  const [asking, setAsking] = useState<"publish" | "delete">();
  const changes = useLoad(wfm.changes);
  useFacts(["ChangeUpdated"], changes.reload);
  const preview = useAction(wfm.edit);
  const save = useAction(wfm.edit);
  const act = useAction(async (what: () => Promise<unknown>) => what());
  const schedule = shown ?? loaded;
  const doc = docOf(schedule);
  if (!doc) return null;
  const change = async (more: readonly T.ShiftEdit[]) => {
    const next = more.reduce<T.ShiftEdit[]>((all, one) => withEdit(all, one), edits);
    const answer = await preview.run(loaded.id, loaded.rev, next, true);
    if (!answer?.schedule) return;
    setEdits(next);
    setShown(answer.schedule);
  };
  const undo = async () => {
    const next = edits.slice(0, -1);
    setEdits(next);
    setShown(next.length ? (await preview.run(loaded.id, loaded.rev, next, true))?.schedule : undefined);
  };
  const store = async () => {
    if (await save.run(loaded.id, loaded.rev, edits, false)) { setEdits([]); setShown(undefined); reload(); toast(t("saved")); }
  };
  const copy = () => void act.run(async () => { const made = await wfm.copy(loaded.id, t("copy_of", { name: loaded.name })); if (made.schedule) onOther(made.schedule.id); });
  const again = (only: boolean) => void act.run(async () => { const made = await wfm.solve({ plan_id: loaded.plan_id, name: loaded.name, keep_schedule_id: loaded.id, only_locked: only }); if (made.schedule) onOther(made.schedule.id); });
  const first = { person: doc.people[0]?.id ?? "", day: doc.from };
  const waiting = (changes.data?.changes ?? []).filter((one) => one.state === "CHANGE_STATE_PENDING" || one.state === "CHANGE_STATE_ASKED");
  const { summary } = doc;
  const sheet = () => ({ name: schedule.name, head: [t("person"), t("day"), t("shift"), t("starts_at"), t("ends_at"), t("breaks"), t("hours")], rows: doc.shifts.map((row) => [name(row.person), dayOf(doc, row), row.pattern, local(row.start, doc.zone)[1], local(row.end, doc.zone)[1], row.breaks.map((one) => `${one.name} ${local(one.start, doc.zone)[1]}`).join("; "), row.paid_min / 60]) });
  return (
    <>
      <div className="flex sf-tools sf-summary">
        <span>{t("sum_hours", { there: number(summary.there_h, 1), needed: number(summary.needed_h, 1) })}</span>
        <span className={summary.missing_h > 0.05 ? "short" : "mid"}>{t("sum_missing", { missing: number(summary.missing_h, 1), spare: number(summary.spare_h, 1) })}</span>
        {summary.cost > 0 && <span className="mid">{t("sum_cost", { cost: number(summary.cost / 100, 2) })}</span>}
        {summary.wishes_kept !== null && summary.wishes_kept !== undefined && <span className="mid">{t("sum_wishes", { share: percent(summary.wishes_kept) })}</span>}
        <span className="end flex">
          {edits.length > 0 && <><Button size="sm" icon="undo" onPress={() => void undo()}>{t("undo")}</Button><Button size="sm" kind="primary" isPending={save.pending} onPress={() => void store()}>{t("save_edits", { count: edits.length })}</Button></>}
          {may && <Menu label={t("more")} trigger={<Button size="sm" icon="refresh" iconEnd="down">{t("solve_again")}</Button>}>
            <MenuItem text={t("again_locked")} onAction={() => again(true)} /><MenuItem text={t("again_all")} onAction={() => again(false)} /><MenuItem text={t("again_new")} onAction={onSolve} />
          </Menu>}
          {may && <Button size="sm" icon="copy" onPress={copy}>{t("what_if")}</Button>}
          <Export sheet={sheet} />
          {may && schedule.state !== "SCHEDULE_STATE_PUBLISHED" && <Button size="sm" onPress={() => setAsking("delete")}>{t("delete")}</Button>}
          {may && schedule.state !== "SCHEDULE_STATE_PUBLISHED" && edits.length === 0 && <Button size="sm" kind="primary" isDisabled={schedule.faults.length > 0} onPress={() => setAsking("publish")}>{t("publish")}</Button>}
        </span>
      </div>
      <Said problem={preview.problem ?? save.problem ?? act.problem} />
      <section className="card" aria-label={schedule.name}>
        <header><h2 className="cut">{schedule.name}</h2><span className="sm mid nw">{weekday(doc.from)} – {weekday(schedule.last_day)}</span><Chip kind={KINDS[schedule.state]}>{t(STATES[schedule.state])}</Chip>{schedule.gap > 0 && <span className="sm mid nw">{t("gap_done", { gap: percent(schedule.gap, 1) })}</span>}
          <span className="end flex sf-legend"><span className="key early"><i className="box" />{t("early")}</span><span className="key late"><i className="box" />{t("late")}</span><span className="sm dim keys">{t("grid_keys")}</span></span></header>
        <Grid doc={doc} faults={schedule.faults} waiting={waiting} cursor={cursor ?? first} onCursor={setCursor} onEdits={may ? (more) => void change(more) : undefined} onOpen={(place) => may && setOpen(place)} />
      </section>
      <section className="card sf-rules" aria-label={t("rules")} aria-live="polite"><header><h2>{t("rules")}</h2></header><div className="body"><Faults faults={schedule.faults} /></div></section>
      {open && <CellDialog doc={doc} place={open} onClose={() => setOpen(undefined)} onEdit={(edit) => void change([edit])} />}
      <Confirm title={t("publish_title", { name: schedule.name })} loss={t("publish_text")} verb={t("publish")} keep={t("cancel")} isOpen={asking === "publish"} onClose={() => setAsking(undefined)}
        onConfirm={async () => { if (await act.run(() => wfm.publish(loaded.id, loaded.rev))) { toast(t("published")); reload(); } }} />
      <Confirm title={t("delete_title", { name: schedule.name })} loss={t("delete_text")} verb={t("delete")} isOpen={asking === "delete"} onClose={() => setAsking(undefined)}
        onConfirm={async () => { if (await act.run(() => wfm.deleteSchedule(loaded.id))) onOther(""); }} />
    </>
  );
}

export function WeekTab({ open }: { open: string }) {
  const t = useT();
  const explain = useExplain();
  const [, go] = useLocation();
  const may = useDesk(can("work.supervise"));
  const [solving, setSolving] = useState(false);
  const list = useLoad(wfm.schedules);
  const sorted = useMemo(() => [...(list.data?.schedules ?? [])].sort((a, b) => b.first_day.localeCompare(a.first_day) || (b.changed_at ?? "").localeCompare(a.changed_at ?? "")), [list.data]);
  const id = open || (sorted.find((one) => one.state === "SCHEDULE_STATE_PUBLISHED") ?? sorted[0])?.id || "";
  const one = useLoad(async () => (id ? (await wfm.schedule(id)).schedule : undefined), [id]);
  useFacts(["SchedulePublished"], one.reload);
  const show = (next: string) => { list.reload(); go(next ? `/shifts/week/${encodeURIComponent(next)}` : "/shifts/week"); };
  const make = may && <Button kind="primary" size="sm" icon="plus" onPress={() => setSolving(true)}>{t("new_schedule")}</Button>;
  const schedule = one.data?.id === id ? one.data : undefined;
  const reload = one.reload;
  return (
    <div className="scroll grow"><div className="page">
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : list.loading ? <Skeleton rows={8} /> : sorted.length === 0
        ? <div className="card"><Empty icon="calendar" title={t("no_schedule_title")} actions={make}>{t("no_schedule_text")}</Empty></div>
        : <div className="flex sf-tools"><Select label="" aria-label={t("schedule")} value={id} onChange={show} options={sorted.map((item) => ({ id: item.id, text: `${weekday(item.first_day)} – ${weekday(item.last_day)} · ${item.name} · ${t(STATES[item.state])}` }))} /><span className="end">{make}</span></div>}
      {one.problem && !schedule && <Failed problem={one.problem} onRetry={one.reload} />}
      {schedule?.state === "SCHEDULE_STATE_SOLVING" && <Solving schedule={schedule} reload={reload} />}
      {schedule?.state === "SCHEDULE_STATE_FAILED" && <div className="card"><Empty icon="alert" title={t(schedule.why.startsWith("INFEASIBLE") ? "infeasible" : "st_failed")} actions={<><Button onPress={() => void wfm.deleteSchedule(schedule.id).then(() => show(""))}>{t("delete")}</Button>{make}</>}>{explain(schedule.why)}</Empty></div>}
      {schedule && docOf(schedule) && <One key={`${schedule.id}/${schedule.rev}`} loaded={schedule} reload={() => { reload(); list.reload(); }} onOther={show} onSolve={() => setSolving(true)} />}
      {solving && <SolveDialog planId={schedule?.plan_id ?? ""} onClose={() => setSolving(false)} onStarted={(started) => { setSolving(false); show(started); }} />}
    </div></div>
  );
}
