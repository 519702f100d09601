/** Two weeks of shifts, their forecast and the day as it goes. `?demo=noshifts` has none; `?demo=solving` makes one. */
import type * as T from "../api/types.gen";
import { dayOf, daysFrom, mondayOf, today, type Doc, type Row } from "../pages/shifts/model";
import { ago, ME, people } from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = typeof location === "undefined" ? "" : (new URLSearchParams(location.search).get("demo") ?? "");
const [none, solving] = [demo === "noshifts", demo === "solving"];
const ZONE = "Europe/Kyiv";
const MINUTE = 60_000;
const first = mondayOf(today(ZONE));
const days = daysFrom(first, 14);
/** A moment of a local day: the zone's distance from UTC is asked of the zone itself. */
const distance = (() => {
  const now = new Date(Math.floor(Date.now() / MINUTE) * MINUTE);
  return Date.parse(`${now.toLocaleString("sv-SE", { timeZone: ZONE }).replace(" ", "T")}Z`) - now.getTime();
})();
const at = (day: string, minutes: number): string => new Date(Date.parse(`${day}T00:00:00Z`) - distance + minutes * MINUTE).toISOString();

/** As forecasts and needs say it: the clock of the zone, without the zone. */
const told = (day: string, minutes: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE).toISOString().slice(0, 16);

const patterns = [{ name: "Ранок", starts: [480, 510], minutes: 510 }, { name: "День", starts: [600], minutes: 510 }, { name: "Вечір", starts: [720, 780], minutes: 510 }];
function shift(person: string, number: number, day: string, on: number): Row[] {
  if ((number + on) % 7 > 4) return [];
  const pattern = patterns[(number + Math.floor(on / 7)) % 3] as (typeof patterns)[number];
  const start = pattern.starts[number % pattern.starts.length] ?? 480;
  return [{
    person, pattern: pattern.name, start: at(day, start), end: at(day, start + pattern.minutes), paid_min: pattern.minutes - 30, locked: number === 1 && on === 2,
    breaks: [{ name: "lunch", start: at(day, start + 240), end: at(day, start + 270), paid: false }, { name: "rest", start: at(day, start + 400), end: at(day, start + 415), paid: true }],
  }];
}
const shifts = people.flatMap(({ id }, number) => days.flatMap((day, on) => shift(id, number, day, on)));
/** Contacts in each half hour: two humps, less at the weekend. */
const load = (day: string, slot: number): number => {
  const hour = slot / 2;
  const hump = (middle: number, wide: number) => Math.exp(-(((hour - middle) / wide) ** 2));
  return Math.round((18 * hump(11, 2.2) + 14 * hump(16, 2.6)) * (days.indexOf(day) % 7 > 4 ? 0.6 : 1));
};
const thereAt = (moment: string): number => shifts.filter((row) => row.start <= moment && moment < row.end).length;
const slots = Array.from({ length: 48 }, (_, slot) => slot);
const need = days.flatMap((day) => slots.map((slot) => ({ start: at(day, slot * 30), need: Math.ceil(load(day, slot) / 5), there: thereAt(at(day, slot * 30)) })));
const hours = (pick: (one: (typeof need)[number]) => number) => need.reduce((sum, one) => sum + pick(one), 0) / 2;
const document = {
  zone: ZONE, from: first, days: 14, interval_min: 30, patterns, shifts, need,
  people: people.map(({ id }, number) => ({ id, days: [4, 5] as [number, number], away: number === 4 ? days.slice(9, 12) : [], wants_free: number === 2 ? [days[6] ?? ""] : [] })),
  summary: { people: people.length, shifts: shifts.length, needed_h: hours((one) => one.need), there_h: hours((one) => one.there), missing_h: hours((one) => Math.max(0, one.need - one.there)), spare_h: hours((one) => Math.max(0, one.there - one.need)), cost: 4_218_000, wishes_kept: 0.92 },
} satisfies Doc;
const schedule = (id: string, state: T.ScheduleState, name: string, extra: Partial<T.Schedule> = {}): T.Schedule => ({
  id, rev: 3, name, plan_id: "pl-1", state, phase: "", seconds: 41, gap: 0.012, why: "", first_day: first, last_day: days[13] ?? "", changed_at: ago(4000), faults: [], ...extra,
});
const schedules: T.Schedule[] = none ? [] : [
  ...(solving ? [schedule("sh-3", "SCHEDULE_STATE_SOLVING", "Грудень, варіант із двома вечорами", { phase: "rostering", seconds: 12, gap: 0.31 })] : []),
  schedule("sh-1", "SCHEDULE_STATE_PUBLISHED", "Підтримка, два тижні", { document, published_at: ago(90_000) }),
  schedule("sh-2", "SCHEDULE_STATE_READY", "Чернетка без суботніх вечорів", { document, faults: [`rest: ${ME}: 9 h before ${days[3]}T05:00Z`] }),
  schedule("sh-4", "SCHEDULE_STATE_FAILED", "Лише ранкові зміни", { why: "INFEASIBLE: weekend" }),
];
const demand: T.Demand = { queue_id: "q-support", forecast_id: "fo-1", service_level: 0.8, within_seconds: 20, patience_seconds: 90, at_once: 1, deferrable: false };
const plans: T.Plan[] = none ? [] : [{ id: "pl-1", rev: 2, name: "Підтримка", demands: [demand], approval: { swaps_alone: true, time_off_alone: false, notice_hours: 24 }, content: { country: "UA", shift: patterns.map(({ name, starts, minutes }) => ({ name, from: `${String((starts[0] ?? 0) / 60).padStart(2, "0")}:00`, to: `${String((starts[0] ?? 0) / 60 + 1).padStart(2, "0")}:00`, length: minutes, break: [{ name: "lunch", minutes: 30 }] })), person: people.map(({ id }) => ({ id, days: 5, cost_per_hour: 18_000 })) } }];

const points = days.flatMap((day) => slots.map((slot): T.ForecastInterval => {
  const contacts = load(day, slot);
  const special = day === days[9] ? "День Гідності та Свободи" : "";
  return { start: told(day, slot * 30), contacts, base: special ? Math.round(contacts * 1.3) : contacts, low: Math.floor(contacts * 0.8), high: Math.ceil(contacts * 1.22), aht_seconds: 258, special };
}));
const forecasts: T.Forecast[] = none ? [] : [{
  id: "fo-1", rev: 2, name: "Підтримка, два тижні", queue_id: "q-support", time_zone: ZONE, made_at: ago(200_000), wape: 11.4, naive_wape: 19, origins: 6, day_variance: 0.03, interval_minutes: 30, intervals: points,
  adjustments: [{ from: told(days[2] ?? "", 600), to: told(days[2] ?? "", 900), factor: 1.25, extra: 0, reason: "Розсилка про знижки", by: ME, at: ago(9000), undone_by: "" }, { from: told(days[4] ?? "", 0), to: told(days[4] ?? "", 1440), factor: 1, extra: 3, reason: "Рекламний ролик", by: "p-ihor", at: ago(19_000), undone_by: ME, undone_at: ago(8000) }],
}];

const shiftOf = (row: Row): T.Shift => ({ person_id: row.person, pattern: row.pattern, start: row.start, end: row.end, breaks: row.breaks, day: dayOf(document, row) });
const change = (id: string, kind: T.ChangeKind, state: T.ChangeState, person_id: string, extra: Partial<T.Change> = {}): T.Change => ({
  id, kind, state, person_id, day: days[8] ?? "", other_person_id: "", other_day: "", note: "", asked_at: ago(5000), decided_by: "", reason: "", proposal_id: "", wanted: 0, ...extra,
});
let changes: T.Change[] = none ? [] : [
  change("ch-1", "CHANGE_KIND_SWAP", "CHANGE_STATE_ASKED", "p-ihor", { other_person_id: ME, other_day: days[9] ?? "", note: "Весілля сестри, дуже треба" }),
  change("ch-2", "CHANGE_KIND_TIME_OFF", "CHANGE_STATE_PENDING", "p-maria", { day: days[10] ?? "", note: "Візит до лікаря" }),
  change("ch-3", "CHANGE_KIND_OVERTIME", "CHANGE_STATE_ASKED", ME, { from: at(days[1] ?? "", 1080), to: at(days[1] ?? "", 1200), proposal_id: "pp-1", wanted: 2 }),
  change("ch-4", "CHANGE_KIND_TIME_OFF", "CHANGE_STATE_REFUSED", ME, { decided_by: "p-ihor", reason: "Того дня бракує чотирьох людей" }),
  change("ch-5", "CHANGE_KIND_SWAP", "CHANGE_STATE_APPROVED", ME, { other_person_id: "p-anna", other_day: days[5] ?? "", decided_by: "p-ihor" }),
];

const adherence = people.map(({ id }, number): T.Adherence => ({
  person_id: id, planned_now: number === 3 ? "lunch" : number === 5 ? "" : "work", actual_now: ["work", "work", "pause", "pause", "away", "work"][number] ?? "work", reason: number === 2 ? "after:lunch" : number === 3 ? "lunch" : "", adheres: number !== 2 && number !== 4,
  planned_minutes: number === 5 ? 0 : 312, in_plan_minutes: [304, 311, 268, 298, 190, 0][number] ?? 0, worked_minutes: [318, 312, 270, 300, 190, 24][number] ?? 0, adherence: [0.974, 0.997, 0.859, 0.955, 0.609, -1][number] ?? 0, conformance: [1.019, 1, 0.865, 0.962, 0.609, -1][number] ?? 0,
  deviations: number === 2 || number === 4 ? [{ from: ago(2400), to: ago(900), planned: "work", actual: number === 2 ? "pause" : "away", reason: number === 2 ? "after:lunch" : "" }] : [],
}));
const here = today(ZONE);
function intraday(): Partial<T.GetIntradayResponse> {
  if (none) return { plan_ids: [], intervals: [], advice: [] };
  const now = new Date().toISOString();
  const intervals = slots.map((slot): T.IntradayInterval => {
    const [start, forecast] = [at(here, slot * 30), load(here, slot)];
    const past = start < now;
    const there = thereAt(start);
    return { start, forecast, actual: past ? Math.round(forecast * (1 + Math.sin(slot) * 0.18)) : -1, reforecast: past ? -1 : forecast * 1.12, aht_seconds: 262, needed: Math.ceil(forecast / 5), staffed: there, present: past ? Math.max(0, there - (slot % 3 ? 0 : 1)) : -1, service_level: past && forecast ? 0.86 - (slot % 5) * 0.05 : -1 };
  });
  return {
    plan_id: "pl-1", plan_ids: ["pl-1"], schedule_id: "sh-1", day: here, time_zone: ZONE, interval_minutes: 30, at: now, intervals, scale: 1.12, expected: 268, seen: 300, service_level: 0.78, predicted: 0.71, target: 0.8, within_seconds: 20, formula: "erlang_a",
    advice: [{ kind: "CHANGE_KIND_OVERTIME", from: at(here, 960), to: at(here, 1080), people: 2, person_ids: [ME, "p-ihor", "p-anna"], before: 0.61, after: 0.79 }, { kind: "CHANGE_KIND_LEAVE_EARLY", from: at(here, 1140), to: at(here, 1260), people: 1, person_ids: ["p-taras"], before: 0.97, after: 0.92 }],
  };
}
const staffing = (): T.GetStaffingResponse => ({
  formula: "erlang_a", interval_minutes: 30, time_zone: ZONE,
  intervals: none ? [] : points.filter((one) => one.contacts > 0).map((one) => { const agents = Math.ceil(one.contacts / 5) + 1; return { start: one.start, contacts: one.contacts, aht_seconds: 258, erlangs: (one.contacts * 258) / 1800, agents, scheduled: Math.ceil(agents / 0.7), service_level: 0.84, asa_seconds: 11, occupancy: 0.76 }; }),
});
const productivity = people.slice(0, none ? 0 : 5).map(({ id }, number): T.Productivity => ({ person_id: id, contacts: 212 - number * 31, handled_minutes: 900 - number * 120, aht_seconds: 254 + number * 12, worked_minutes: 1890 - number * 60, occupancy: 0.79 - number * 0.06, contacts_per_hour: 6.7 - number * 0.8, planned_minutes: 1920, adherence: 0.97 - number * 0.05, conformance: 1.01 - number * 0.04 }));
const parts: T.ShrinkagePart[] = none ? [] : [["time off", 2880, 0.12], ["break: lunch", 1440, 0.06], ["break: rest", 620, 0.026], ["pause: training", 480, 0.02], ["away", 140, 0.006]].map(([what, minutes, share]) => ({ what, minutes, share }) as T.ShrinkagePart);

export const SHIFT_ANSWERS: Array<[string, RegExp, Answer]> = [
  ["GET", /^\/schedules$/, () => ({ schedules: schedules.map(({ document: _, ...one }) => one) })],
  ["GET", /^\/schedules\/([^/]+)$/, ([, id]) => ({ schedule: schedules.find((one) => one.id === id) })],
  ["POST", /^\/schedules\/([^/]+)\/(edit|publish|stop)$/, ([, id]) => ({ schedule: schedules.find((one) => one.id === id) })],
  ["GET", /^\/plans$/, () => ({ plans })],
  ["GET", /^\/forecasts$/, () => ({ forecasts: forecasts.map((one) => ({ ...one, intervals: [] })) })],
  ["GET", /^\/forecasts\/([^/]+)$/, () => ({ forecast: forecasts[0] })],
  ["GET", /^\/history$/, (_, _body, url) => (url.searchParams.has("queue_id") && url.searchParams.has("interval_minutes") ? { intervals: points.slice(0, 336).map((one) => ({ start: new Date(Date.parse(one.start) - 14 * 86_400_000).toISOString(), offered: Math.round(one.contacts * 0.95), answered: Math.round(one.contacts * 0.9), abandoned: Math.round(one.contacts * 0.05), aht_seconds: 251 })) } : undefined)],
  ["POST", /^\/staffing$/, staffing],
  ["GET", /^\/me\/schedule$/, () => (none ? { shifts: [], team: [], time_zone: ZONE, icalendar: "" } : { shifts: shifts.filter((row) => row.person === ME && row.end > ago(0)).map(shiftOf), team: shifts.filter((row) => row.end > ago(0)).map(shiftOf), time_zone: ZONE, icalendar: "" })],
  ["GET", /^\/me\/preferences$/, () => ({ preferences: { prefers_start: "08:30", free_days: none ? [] : [days[12]], free_weekdays: none ? [] : [7] } })],
  ["GET", /^\/me\/calendar$/, () => (none ? {} : { made_at: ago(900_000), read_at: ago(1800) })],
  ["POST", /^\/me\/calendar$/, () => ({ token: "wc_7f20b4c1" })],
  ["GET", /^\/schedule-changes$/, () => ({ changes })],
  ["POST", /^\/schedule-changes\/([^/]+)\/(answer|decide)$/, ([, id], body) => {
    const yes = body["agreed"] ?? body["approved"];
    changes = changes.map((one) => (one.id === id ? { ...one, state: yes ? "CHANGE_STATE_APPROVED" : "CHANGE_STATE_REFUSED", decided_by: ME, reason: String(body["reason"] ?? "") } : one));
    return { change: changes.find((one) => one.id === id) };
  }],
  ["POST", /^\/schedule-changes\/propose$/, () => ({ changes: [] })],
  ["GET", /^\/adherence$/, () => ({ people: none ? [] : adherence })],
  ["GET", /^\/intraday$/, intraday],
  ["GET", /^\/productivity$/, () => ({ people: productivity })],
  ["GET", /^\/shrinkage$/, () => ({ shrinkage: none ? 0 : 0.232, planned_minutes: 24_000, parts })],
];
