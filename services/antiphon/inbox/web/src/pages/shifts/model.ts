/** Schedules as documents: pure questions about them. Times of a document are UTC, days are local to its zone. */
import type * as T from "../../api/types.gen";

export interface Pause { name: string; start: string; end: string; paid: boolean }
export interface Row { person: string; pattern: string; start: string; end: string; paid_min: number; breaks: Pause[]; locked?: boolean; agreed?: { start: string; end: string } }
export interface Pattern { name: string; starts: number[]; minutes: number }
export interface Doc {
  zone: string; from: string; days: number; interval_min: number;
  patterns: Pattern[]; people: { id: string; days: [number, number]; away: string[]; wants_free: string[] }[];
  shifts: Row[]; need: { start: string; need: number; there: number }[];
  summary: { people: number; shifts: number; needed_h: number; there_h: number; missing_h: number; spare_h: number; cost: number; wishes_kept: number | null };
}

export const docOf = (schedule: T.Schedule | undefined): Doc | undefined => schedule?.document as unknown as Doc | undefined;

export const two = (value: number): string => String(value).padStart(2, "0");
/** 510 → 08:30. */
export const clockOf = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** Local days from the first: 2026-03-02, 2026-03-03, … */
export function daysFrom(first: string, count: number): string[] {
  const at = Date.parse(`${first}T00:00:00Z`);
  return Array.from({ length: count }, (_, number) => new Date(at + number * 86_400_000).toISOString().slice(0, 10));
}

/** The Monday of the week in which a day is. */
export function mondayOf(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  return new Date(at.getTime() - ((at.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** A moment as local clocks of a zone show it: ["2026-03-02", "08:30"]. */
export function local(at: string | number, zone: string): [day: string, time: string] {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  formats.set(zone, format);
  const [day = "", time = ""] = format.format(new Date(at)).split(" ");
  return [day, time];
}

export const today = (zone: string, now = Date.now()): string => local(now, zone)[0];

export const dayOf = (doc: Pick<Doc, "zone">, row: Row): string => local(row.agreed?.start ?? row.start, doc.zone)[0];

/** "person/day" → shift. */
export function byCell(doc: Doc): Map<string, Row> {
  return new Map(doc.shifts.map((row) => [`${row.person}/${dayOf(doc, row)}`, row]));
}

/** 8–17, 8:30–17. */
export function span(row: { start: string; end: string }, zone: string): string {
  const short = (at: string) => local(at, zone)[1].replace(/^0/, "").replace(/:00$/, "");
  return `${short(row.start)}–${short(row.end)}`;
}

export const isLate = (row: Row, zone: string): boolean => local(row.start, zone)[1] >= "11:00";
export const hoursOf = (rows: Iterable<Row>): number => [...rows].reduce((sum, row) => sum + row.paid_min, 0) / 60;

export interface Fault { rule: string; person: string; text: string; days: string[] }
/** "rest: p_1: 9 h before 2026-03-03T05:00Z" → its parts. */
export function faultOf(line: string): Fault {
  const [rule = "", ...rest] = line.split(": ");
  const person = rest.length > 1 ? (rest[0] ?? "") : "";
  const text = rest.slice(person ? 1 : 0).join(": ");
  return { rule, person, text, days: [...new Set(text.match(/\d{4}-\d{2}-\d{2}/g) ?? [])] };
}

/** The cell's edit replaces an earlier one of the same cell. */
export function withEdit(edits: readonly T.ShiftEdit[], edit: T.ShiftEdit): T.ShiftEdit[] {
  return [...edits.filter((one) => one.person_id !== edit.person_id || one.day !== edit.day), edit];
}

export const editOf = (doc: Doc, row: Row, changes: Partial<T.ShiftEdit> = {}): T.ShiftEdit => ({
  person_id: row.person, day: dayOf(doc, row), pattern: row.pattern, start: local(row.start, doc.zone)[1], locked: row.locked ?? false, ...changes,
});
export const noShift = (person_id: string, day: string): T.ShiftEdit => ({ person_id, day, pattern: "", start: "", locked: false });

/** Needed and there through a local day, interval by interval. */
export function cover(doc: Doc, day: string): { need: number[]; there: number[] } {
  const count = 1440 / doc.interval_min;
  const need = Array<number>(count).fill(0);
  const there = Array<number>(count).fill(0);
  for (const row of doc.need) {
    const [on, time] = local(row.start, doc.zone);
    if (on !== day) continue;
    const slot = Math.floor((Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) / doc.interval_min);
    need[slot] = row.need;
    there[slot] = row.there;
  }
  return { need, there };
}

/** A stepped line in a box of 1000 × 100; undefined is a gap. */
export function steps(values: readonly (number | undefined)[], top: number): string {
  const wide = 1000 / Math.max(1, values.length);
  let path = "";
  let down = false;
  values.forEach((value, number) => {
    if (value === undefined) { down = false; return; }
    const y = (100 - (value / (top || 1)) * 100).toFixed(1);
    path += `${down ? "L" : "M"}${(number * wide).toFixed(1)} ${y}H${((number + 1) * wide).toFixed(1)}`;
    down = true;
  });
  return path;
}

/** The surface under a line without gaps; nothing where there is no line. */
export function surface(values: readonly number[], top: number): string {
  const line = steps(values, top);
  return line && `${line.replace(/^M([\d.]+) /, "M$1 100V")}V100Z`;
}

/** A round number not below the greatest value, with a whole half: 24 → 30, 37 → 40, 5 → 6. */
export function roundTop(values: readonly number[]): number {
  const most = Math.max(1, ...values);
  const unit = 10 ** Math.floor(Math.log10(most));
  return ((unit === 1 ? [2, 4, 6, 8, 10] : [1, 2, 3, 4, 5, 6, 8, 10]).find((one) => one * unit >= most) ?? 10) * unit;
}

export interface Shape { name: string; from: string; to: string; length: number; lunch: number }
/** The plan's content as `antiphon wfm schedule-format` tells it. */
export function content(input: { zone: string; country: string; from: string; days: number; interval: number; shapes: readonly Shape[]; people: readonly { id: string; days: string; cost: number }[]; need: readonly { start: string; agents: number }[] }): Record<string, unknown> {
  const middle = (length: number, lunch: number) => [Math.round((length - lunch) / 2 / 15) * 15 - 45, Math.round((length - lunch) / 2 / 15) * 15 + 45];
  return {
    zone: input.zone, country: input.country, from: input.from, days: input.days, interval: input.interval,
    shift: input.shapes.map(({ name, from, to, length, lunch }) => ({ name, from, to, every: 30, length, break: lunch ? [{ name: "lunch", minutes: lunch, between: middle(length, lunch) }] : [] })),
    person: input.people.map(({ id, days, cost }) => ({ id, days, cost_per_hour: Math.round(cost * 100) })),
    need: input.need.map(({ start, agents }) => ({ start, agents })),
  };
}

/** The plan's parts as the form holds them. */
export function parted(plan: T.Plan | undefined): { shapes: Shape[]; people: { id: string; days: string; cost: number }[]; country: string } {
  const raw = (plan?.content ?? {}) as { country?: string; shift?: { name: string; from: string; to?: string; length: number; break?: { minutes: number }[] }[]; person?: { id: string; days?: string | number; cost_per_hour?: number }[] };
  return {
    country: raw.country ?? "",
    shapes: (raw.shift ?? []).map((one) => ({ name: one.name, from: one.from, to: one.to ?? one.from, length: one.length, lunch: one.break?.[0]?.minutes ?? 0 })),
    people: (raw.person ?? []).map((one) => ({ id: one.id, days: String(one.days ?? 5), cost: (one.cost_per_hour ?? 0) / 100 })),
  };
}
