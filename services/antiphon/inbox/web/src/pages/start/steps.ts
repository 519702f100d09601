/** The way from an empty company to its first answered chat. Pure: what is done is read from what exists, so whoever
 * leaves comes back to where he was, on any machine. */
import type * as T from "../../api/types.gen";

export const STEPS = ["company", "fund", "plan", "queue", "number", "people", "chat", "first"] as const;
export type StepName = (typeof STEPS)[number];
/** Steps that there are only where an operator sells. */
const BOUGHT: readonly StepName[] = ["fund", "plan", "number"];
export const stepsOf = (sold: boolean): readonly StepName[] => STEPS.filter((step) => sold || !BOUGHT.includes(step));

export interface Known {
  /** An operator sells plans here, and this company needs one. */
  sold: boolean;
  /** Money came in. */
  funded: boolean;
  plan: boolean;
  /** Telephone numbers. */
  numbers: number;
  /** Seen and confirmed on this device: nothing else tells that a company's card was looked at, or that nobody is invited. */
  passed: ReadonlySet<StepName>;
  queues: number;
  people: number;
  /** Web chats that a scheme receives. */
  chats: number;
  answered: boolean;
}

export function done(known: Known): Record<StepName, boolean> {
  return {
    company: known.passed.has("company") || known.queues > 0,
    fund: known.funded || known.plan,
    plan: known.plan,
    number: known.numbers > 0 || known.passed.has("number"),
    queue: known.queues > 0,
    people: known.people > 1 || known.passed.has("people"),
    chat: known.chats > 0,
    first: known.answered,
  };
}

/** The first that is not done; the last when all are. */
export const nextStep = (of: Record<StepName, boolean>, sold = false): StepName => stepsOf(sold).find((step) => !of[step]) ?? "first";

export interface Hours { first: number; last: number; from: string; to: string }

/** Days first…last, as calendars have them; 24 hours are from 00:00 to 24:00. */
export function week({ first, last, from, to }: Hours): T.WeeklyHours[] {
  const days = first <= last ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [];
  return days.map((weekday) => ({ weekday, spans: [{ from, to: to === "00:00" ? "24:00" : to }] }));
}

export const hoursAreGood = ({ first, last, from, to }: Hours): boolean => first <= last && /^\d\d:\d\d$/.test(from) && /^\d\d:\d\d$/.test(to) && (to === "00:00" || from < to);

type Said = Readonly<Record<string, string>>;

/** Open: the queue; closed: when we open. The words in all languages of the desk, the company's first. */
export function reception(queue: string, calendar: string, language: string, wait: Said, closed: Said): Record<string, unknown> {
  const languages = [language, ...Object.keys(wait).filter((one) => one !== language)];
  return {
    start: "hours", languages,
    nodes: [
      { id: "hours", kind: "hours", calendar_id: calendar, open: "queue", closed: "later" },
      { id: "queue", kind: "enqueue", queue_id: queue, priority: 0, max_wait_s: 0, greeting: wait, on_timeout: "later" },
      { id: "later", kind: "close", text: closed, outcome: "closed" },
    ],
  };
}

/** What customers read, whatever language the desk speaks. */
export const WAIT: Said = { en: "Hello! Somebody will answer in a moment.", ru: "Здравствуйте! Сейчас вам ответят.", uk: "Вітаємо! Зараз вам відповідять." };
export const CLOSED: Said = { en: "We are closed now. We will answer at {{var.opens_at}}.", ru: "Мы сейчас закрыты. Ответим в {{var.opens_at}}.", uk: "Ми зараз зачинені. Відповімо о {{var.opens_at}}." };

const SIGNS = ["abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-+=%#?@"] as const;
/** A first password that meets the rules: some of each kind, without signs that look alike. */
export function firstPassword(random: (below: number) => number): string {
  const of = (set: string, count: number) => Array.from({ length: count }, () => set[random(set.length)] ?? "x").join("");
  return `${of(SIGNS[1], 4)}${of(SIGNS[3], 1)}${of(SIGNS[0], 6)}${of(SIGNS[3], 1)}${of(SIGNS[2], 4)}`;
}

/** "https://shop.example/page" → its origin; "" where it is none. */
export function originOf(site: string): string {
  try {
    const url = new URL(/^https?:\/\//.test(site.trim()) ? site.trim() : `https://${site.trim()}`);
    return url.hostname.includes(".") || url.hostname === "localhost" ? url.origin : "";
  } catch {
    return "";
  }
}
