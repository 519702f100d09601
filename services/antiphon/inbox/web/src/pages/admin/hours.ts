/** Working hours: reading and writing spans, copying days, and whether it is open now. Pure. */
import type { Calendar, Span, SpecialDay, WeeklyHours } from "../../api/types.gen";

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

const SPAN = /^(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?$/;
const two = (value: number) => String(value).padStart(2, "0");

function time(hour: string | undefined, minute: string | undefined): string | undefined {
  const [h, m] = [Number(hour), Number(minute ?? 0)];
  return h < 24 && m < 60 ? `${two(h)}:${two(m)}` : h === 24 && m === 0 ? "00:00" : undefined;
}

/** "9-13, 14:00–18:00" → spans; undefined when it cannot be read. An empty text is a closed day. */
export function readSpans(text: string): Span[] | undefined {
  const parts = text.split(/[,;]/).map((part) => part.trim()).filter(Boolean);
  const spans = parts.map((part) => {
    const found = SPAN.exec(part);
    const [from, to] = [time(found?.[1], found?.[2]), time(found?.[3], found?.[4])];
    return found && from && to ? { from, to } : undefined;
  });
  if (spans.includes(undefined)) return undefined;
  const sorted = (spans as Span[]).toSorted((a, b) => a.from.localeCompare(b.from));
  const overlap = sorted.some((span, index) => {
    const next = sorted[index + 1];
    return next !== undefined && minutes(next.from) < end(span);
  });
  return overlap ? undefined : sorted;
}

/** An end at 00:00 is shown as 24:00, as people write it. */
export const writeSpans = (spans: readonly Span[]): string => spans.map(({ from, to }) => `${from}–${to === "00:00" ? "24:00" : to}`).join(", ");

export const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
/** Minutes from the day's start; an end at or before the start is on the next day. */
const end = ({ from, to }: Span) => minutes(to) + (minutes(to) <= minutes(from) ? 1440 : 0);

export const spansOf = (week: readonly WeeklyHours[], weekday: number): readonly Span[] => week.find((one) => one.weekday === weekday)?.spans ?? [];

export function withDay(week: readonly WeeklyHours[], weekday: number, spans: readonly Span[]): WeeklyHours[] {
  return WEEKDAYS.map((day) => ({ weekday: day, spans: [...(day === weekday ? spans : spansOf(week, day))] })).filter((day) => day.spans.length > 0);
}

/** Copies a day to others; the rest stays. */
export function copyDay(week: readonly WeeklyHours[], from: number, to: readonly number[]): WeeklyHours[] {
  return to.reduce<WeeklyHours[]>((done, day) => withDay(done, day, spansOf(week, from)), [...week]);
}

/** Hours a week, for the sum under the grid. */
export const weekHours = (week: readonly WeeklyHours[]): number => week.flatMap((day) => day.spans).reduce((sum, span) => sum + end(span) - minutes(span.from), 0) / 60;

interface Local { date: string; weekday: number; minute: number }

/** The wall clock of a time zone. */
export function localTime(zone: string, at: number): Local {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", weekday: "short", hour12: false })
    .formatToParts(at).map((part) => [part.type, part.value]));
  const weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(parts["weekday"] ?? "") + 1;
  return { date: `${parts["year"]}-${parts["month"]}-${parts["day"]}`, weekday, minute: (Number(parts["hour"]) % 24) * 60 + Number(parts["minute"]) };
}

function addDays(date: string, days: number): string {
  const day = new Date(`${date}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** A dated entry wins over a yearly one. */
export const specialOn = (days: readonly SpecialDay[], date: string): SpecialDay | undefined => days.find((day) => day.date === date) ?? days.find((day) => day.date === `-${date.slice(4)}`);

export interface OpenState {
  open: boolean;
  /** When that changes: days from today, and the clock. Undefined: not within 60 days. */
  until?: { days: number; weekday: number; date: string; clock: string };
  special?: SpecialDay;
}

const clock = (minute: number) => `${two(Math.floor((minute % 1440) / 60))}:${two(minute % 60)}`;

/** Whether it is open at a moment, and when that changes. Spans over midnight belong to the day they begin on. */
export function openState(calendar: Pick<Calendar, "time_zone" | "week" | "special_days">, at: number): OpenState {
  const now = localTime(calendar.time_zone, at);
  const hours = (days: number) => {
    const date = addDays(now.date, days);
    return specialOn(calendar.special_days, date)?.spans ?? spansOf(calendar.week, ((now.weekday - 1 + days + 7) % 7) + 1);
  };
  const moment = (minute: number) => {
    const days = Math.floor(minute / 1440);
    return { days, weekday: ((now.weekday - 1 + days + 7) % 7) + 1, date: addDays(now.date, days), clock: clock(minute) };
  };
  const special = specialOn(calendar.special_days, now.date);
  const extra = special ? { special } : {};
  const spans = Array.from({ length: 62 }, (_, index) => index - 1).flatMap((days) => hours(days).map((span) => [minutes(span.from) + days * 1440, end(span) + days * 1440] as const));
  const inside = spans.filter(([from, to]) => from <= now.minute && now.minute < to).map(([, to]) => to);
  if (inside.length > 0) {
    let last = Math.max(...inside);
    for (let next = spans.find(([from, to]) => from <= last && to > last); next && last < 60 * 1440; next = spans.find(([from, to]) => from <= last && to > last)) last = next[1];
    return { open: true, ...(last < 60 * 1440 ? { until: moment(last) } : {}), ...extra };
  }
  const opens = Math.min(...spans.map(([from]) => from).filter((from) => from > now.minute));
  return { open: false, ...(Number.isFinite(opens) ? { until: moment(opens) } : {}), ...extra };
}

/** "2026-12-31" or "--12-31" that is a day of the calendar. */
export function isDate(text: string): boolean {
  const found = /^(\d{4}|-)-(\d{2})-(\d{2})$/.exec(text);
  if (!found) return false;
  const year = found[1] === "-" ? 2024 : Number(found[1]);
  const date = new Date(Date.UTC(year, Number(found[2]) - 1, Number(found[3])));
  return date.getUTCMonth() === Number(found[2]) - 1 && date.getUTCDate() === Number(found[3]);
}
