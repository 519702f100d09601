import { useState } from "react";
import { wfm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { content, daysFrom, mondayOf, parted, today, type Shape } from "./model";
import { Said } from "./parts";
import { useT } from "./texts";

const NEW = "-";
const SHAPES: readonly Shape[] = [{ name: "day", from: "08:00", to: "12:00", length: 510, lunch: 30 }];

interface Form { name: string; country: string; from: string; queue: string; level: number; within: number; patience: number; atOnce: number; shapes: Shape[]; people: Record<string, { days: string; cost: number }>; approval: T.Approval; seconds: number }

function formOf(plan: T.Plan | undefined, zone: string, name: string): Form {
  const { shapes, people, country } = parted(plan);
  const demand = plan?.demands[0];
  const next = daysFrom(mondayOf(today(zone)), 8)[7] ?? today(zone);
  return {
    name: plan?.name ?? name, country: country || NEW, from: next, queue: demand?.queue_id ?? "", level: Math.round((demand?.service_level || 0.8) * 100), within: demand?.within_seconds || 20,
    patience: demand?.patience_seconds ?? 0, atOnce: demand?.at_once || 1, shapes: shapes.length ? shapes : [...SHAPES],
    people: Object.fromEntries(people.map((one) => [one.id, { days: one.days, cost: one.cost }])), approval: plan?.approval ?? { swaps_alone: false, time_off_alone: false, notice_hours: 24 }, seconds: 30,
  };
}

/** The need of the week from the forecast, the plan with it, and off it goes. */
async function start(form: Form, plan: T.Plan | undefined, zone: string): Promise<string> {
  const demands: T.Demand[] = [{ queue_id: form.queue, forecast_id: "", service_level: form.level / 100, within_seconds: form.within, patience_seconds: form.patience, at_once: form.atOnce, deferrable: false }, ...(plan?.demands.slice(1) ?? [])];
  const table = await wfm.staffing({ demands });
  const days = new Set(daysFrom(form.from, 7));
  const need = table.intervals.filter((row) => days.has(row.start.slice(0, 10))).map(({ start: at, agents }) => ({ start: at, agents }));
  const people = Object.entries(form.people).map(([id, one]) => ({ id, ...one }));
  const kept = (plan?.content ?? {}) as Record<string, unknown>;
  const made = { ...kept, ...content({ zone, country: form.country === NEW ? "" : form.country, from: form.from, days: 7, interval: table.interval_minutes, shapes: form.shapes, people, need }) };
  const saved = await wfm.savePlan({ ...(plan ? { id: plan.id, rev: plan.rev } : {}), name: form.name, content: made, demands, approval: form.approval });
  const started = await wfm.solve({ plan_id: saved.plan?.id ?? "", name: form.name, seconds: form.seconds });
  return started.schedule?.id ?? "";
}

function Shapes({ shapes, onChange }: { shapes: readonly Shape[]; onChange: (shapes: Shape[]) => void }) {
  const t = useT();
  const put = (index: number, changes: Partial<Shape>) => onChange(shapes.map((one, place) => (place === index ? { ...one, ...changes } : one)));
  return (
    <fieldset className="form"><legend className="label">{t("shapes")}</legend>
      {shapes.map((one, index) => (
        <div key={index} className="row sf-shape">
          <TextField label={t("name")} value={one.name} onChange={(name) => put(index, { name })} maxLength={30} />
          <TextField label={t("first_start")} type="time" value={one.from} onChange={(from) => put(index, { from })} />
          <TextField label={t("last_start")} type="time" value={one.to} onChange={(to) => put(index, { to })} />
          <NumberField label={t("length")} unit={t("min")} value={one.length} onChange={(length) => put(index, { length })} minValue={30} maxValue={1440} step={15} />
          <NumberField label={t("lunch")} unit={t("min")} value={one.lunch} onChange={(lunch) => put(index, { lunch })} minValue={0} maxValue={120} step={5} />
          <IconButton icon="x" label={t("remove")} isDisabled={shapes.length < 2} onPress={() => onChange(shapes.filter((_, place) => place !== index))} />
        </div>
      ))}
      <div><Button size="sm" icon="plus" onPress={() => onChange([...shapes, { name: t("shift_number", { number: shapes.length + 1 }), from: "12:00", to: "14:00", length: 480, lunch: 30 }])}>{t("add_shape")}</Button></div>
    </fieldset>
  );
}

function Inner({ plans, planId, onClose, onStarted }: { plans: readonly T.Plan[]; planId: string; onClose: () => void; onStarted: (id: string) => void }) {
  const t = useT();
  const { queues, people, zone } = useDesk((state) => ({ queues: state.queues, people: state.people, zone: state.me?.tenant?.time_zone || "UTC" }));
  const [chosen, setChosen] = useState(plans.some((one) => one.id === planId) ? planId : plans[0]?.id ?? NEW);
  const plan = plans.find((one) => one.id === chosen);
  const [form, setForm] = useState(() => formOf(plan, zone, t("team")));
  const put = (changes: Partial<Form>) => setForm((old) => ({ ...old, ...changes }));
  const run = useAction(() => start({ ...form, queue: form.queue || (Object.keys(queues)[0] ?? "") }, plan, zone));
  const go = async () => { const id = await run.run(); if (id) onStarted(id); };
  const candidates = Object.values(people).filter((one) => !one.disabled).sort((a, b) => a.name.localeCompare(b.name));
  const toggle = (id: string, on: boolean) => { const next = { ...form.people }; if (on) next[id] = { days: "5", cost: 0 }; else delete next[id]; put({ people: next }); };
  const count = Object.keys(form.people).length;
  return (
    <Dialog title={t("new_schedule")} big isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={run.pending} whyNot={count === 0 ? t("choose_people") : undefined} onPress={() => void go()}>{t("solve")}</Button></>}>
      <div className="form">
        <div className="row">
          <Select label={t("team")} value={chosen} onChange={(id) => { setChosen(id); setForm(formOf(plans.find((one) => one.id === id), zone, t("team"))); }} options={[...plans.map((one) => ({ id: one.id, text: one.name })), { id: NEW, text: t("new_team") }]} />
          <TextField label={t("name")} value={form.name} onChange={(name) => put({ name })} maxLength={80} />
          <TextField label={t("week_of")} type="date" value={form.from} onChange={(from) => put({ from })} />
          <Select label={t("labour_rules")} value={form.country} onChange={(country) => put({ country })} options={[NEW, "UA", "RU"].map((id) => ({ id, text: id === NEW ? t("no_rules") : t(id === "UA" ? "c_UA" : "c_RU") }))} />
        </div>
        <div className="row">
          <Select label={t("queue")} value={form.queue || (Object.keys(queues)[0] ?? "")} onChange={(queue) => put({ queue })} options={Object.values(queues).map((one) => ({ id: one.id, text: one.name }))} />
          <NumberField label={t("level")} unit="%" value={form.level} onChange={(level) => put({ level })} minValue={1} maxValue={99} />
          <NumberField label={t("within")} unit={t("s")} value={form.within} onChange={(within) => put({ within })} minValue={0} />
          <NumberField label={t("patience")} unit={t("s")} value={form.patience} onChange={(patience) => put({ patience })} minValue={0} />
          <NumberField label={t("at_once")} value={form.atOnce} onChange={(atOnce) => put({ atOnce })} minValue={1} maxValue={10} />
        </div>
        <Shapes shapes={form.shapes} onChange={(shapes) => put({ shapes })} />
        <fieldset className="form"><legend className="label">{t("people_count", { count })}</legend>
          <ul className="sf-people">{candidates.map((one) => {
            const mine = form.people[one.id];
            return (
              <li key={one.id} className="flex"><span className="grow"><Checkbox isSelected={Boolean(mine)} onChange={(on) => toggle(one.id, on)}>{one.name}</Checkbox></span>
                {mine && <><TextField label="" aria-label={t("days_a_week_of", { name: one.name })} value={mine.days} onChange={(days) => put({ people: { ...form.people, [one.id]: { ...mine, days } } })} after={<span className="dim nw">{t("days_a_week")}</span>} />
                  <NumberField label="" aria-label={t("cost_of", { name: one.name })} value={mine.cost} onChange={(cost) => put({ people: { ...form.people, [one.id]: { ...mine, cost } } })} minValue={0} unit={t("per_hour")} /></>}</li>
            );
          })}</ul>
        </fieldset>
        <fieldset className="form"><legend className="label">{t("approval")}</legend>
          <Checkbox isSelected={form.approval.swaps_alone} onChange={(swaps_alone) => put({ approval: { ...form.approval, swaps_alone } })}>{t("swaps_alone")}</Checkbox>
          <Checkbox isSelected={form.approval.time_off_alone} onChange={(time_off_alone) => put({ approval: { ...form.approval, time_off_alone } })}>{t("time_off_alone")}</Checkbox>
          <NumberField label={t("notice")} unit={t("h")} value={form.approval.notice_hours} onChange={(notice_hours) => put({ approval: { ...form.approval, notice_hours } })} minValue={0} maxValue={720} />
        </fieldset>
        <Said problem={run.problem} />
      </div>
    </Dialog>
  );
}

export function SolveDialog(props: { planId: string; onClose: () => void; onStarted: (id: string) => void }) {
  const plans = useLoad(wfm.plans);
  return plans.data ? <Inner plans={plans.data.plans} {...props} /> : <Skeleton rows={2} />;
}
