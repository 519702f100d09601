/** Days of the company's wall clock as moments. Pure: the zone and now are parameters. */

/** "2026-03-29" in the zone. */
export function dayOf(at: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);
}

/** Minutes east of Greenwich at a moment. */
function offset(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Math.round((Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.floor(at / 1000) * 1000) / 60_000);
}

/** The first moment of a day: where clocks change, by the offset that holds then. */
export function startOf(day: string, zone: string): string {
  const wall = Date.parse(`${day}T00:00:00Z`);
  const first = wall - offset(wall, zone) * 60_000;
  return new Date(wall - offset(first, zone) * 60_000).toISOString();
}

export type Period = "today" | "yesterday" | "week" | "month" | "custom";
export const PERIODS: readonly Period[] = ["today", "yesterday", "week", "month", "custom"];

/** The span of a period: from the first moment of its first day to the first after its last. */
export function spanOf(period: Period, from: string, to: string, zone: string, now: number): { since: string; until: string; days: number } {
  const today = dayOf(now, zone);
  const [first, last] = {
    today: [today, today], yesterday: [addDays(today, -1), addDays(today, -1)], week: [addDays(today, -6), today], month: [addDays(today, -29), today],
    custom: [from || today, to && to >= (from || today) ? to : from || today],
  }[period] as [string, string];
  const days = Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1;
  return { since: startOf(first, zone), until: startOf(addDays(last, 1), zone), days };
}
