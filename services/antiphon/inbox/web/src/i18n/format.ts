/**
 * Numbers, times and phones as "Time and numbers" of the design law writes them. Pure: the language is a parameter
 * with the current one as default, so that any component can call them while it renders.
 */
import type { Language } from "./languages";
import { language } from "./texts";

const NBSP = "\u00a0";
const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numberFormat(lang: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${lang}${JSON.stringify(options)}`;
  const found = (cache.get(key) as Intl.NumberFormat | undefined) ?? new Intl.NumberFormat(lang, options);
  cache.set(key, found);
  return found;
}

function dateFormat(lang: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${lang}${JSON.stringify(options)}`;
  const tag = lang === "en" ? "en-GB" : lang;
  const found = (cache.get(key) as Intl.DateTimeFormat | undefined) ?? new Intl.DateTimeFormat(tag, options);
  cache.set(key, found);
  return found;
}

const trueMinus = (text: string) => text.replace(/^-/, "−");

/** 12,293.95 · 12 293,95; undefined is –. */
export function number(value: number | undefined, digits = 0, lang = language()): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return trueMinus(numberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always" as never }).format(value));
}

/** 0.83 → 83% (ru 83 %); undefined is n/a, "not measured". */
export function percent(share: number | undefined, digits = 0, lang = language()): string {
  if (share === undefined || Number.isNaN(share)) return "n/a";
  return trueMinus(numberFormat(lang, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share));
}

const SIGNS: Record<string, string> = { UAH: "₴", RUB: "₽", USD: "$", EUR: "€" };

/** Always two decimals; the sign stands after the amount in ru and uk. */
export function money(amount: number, currency: string, lang = language()): string {
  const sign = SIGNS[currency] ?? currency;
  const text = number(Math.abs(amount), 2, lang);
  const minus = amount < 0 ? "−" : "";
  return lang === "en" ? `${minus}${sign}${text}` : `${minus}${text}${NBSP}${sign}`;
}

const UNITS: Record<Language, readonly [day: string, hour: string, minute: string]> = {
  en: ["d", "h", "m"],
  ru: ["дн.", "ч", "мин"],
  uk: ["дн.", "год", "хв"],
};
const two = (value: number) => String(value).padStart(2, "0");

/** Under an hour 04:12; longer 1 h 52 m; over a day 2 d 3 h. Whole seconds, never negative. */
export function duration(seconds: number, lang = language()): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [d, h, m] = UNITS[lang];
  if (whole < 3600) return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}${NBSP}${h} ${Math.floor((whole % 3600) / 60)}${NBSP}${m}`;
  return `${Math.floor(whole / 86400)}${NBSP}${d} ${Math.floor((whole % 86400) / 3600)}${NBSP}${h}`;
}

/** Seconds of a protobuf JSON duration: "45s" → 45, "1.500s" → 1.5; absent → undefined. */
export function seconds(text: string | undefined): number | undefined {
  return text ? Number(text.replace(/s$/, "")) : undefined;
}

/** Orders two moments. They are never compared as texts: JSON writes ":03Z" beside ":03.500Z". Unknown is first. */
export const byTime = (a: string | undefined, b: string | undefined): number => (Date.parse(a ?? "") || 0) - (Date.parse(b ?? "") || 0);

/** 14:32, the 24-hour clock. */
export function clock(at: string | number | Date, lang = language()): string {
  return dateFormat(lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
}

/** 21 May · 21 мая · 21 травня; another year is named. */
export function day(at: string | number | Date, lang = language(), now = Date.now()): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return dateFormat(lang, { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(date);
}

/** Date and clock in one line: 21 May, 14:32. */
export function moment(at: string | number | Date, lang = language()): string {
  return `${day(at, lang)}, ${clock(at, lang)}`;
}

/** In threads only: Today; Yesterday, 20 May; 12 May. */
export function relativeDay(at: string | number | Date, lang = language(), now = Date.now()): string {
  const start = (value: number) => new Date(value).setHours(0, 0, 0, 0);
  const back = Math.round((start(now) - start(new Date(at).getTime())) / 86_400_000);
  if (back !== 0 && back !== 1) return day(at, lang, now);
  const word = new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(-back, "day");
  const capital = word.charAt(0).toLocaleUpperCase(lang) + word.slice(1);
  return back === 0 ? capital : `${capital}, ${day(at, lang, now)}`;
}

/** The code of the country, by E.164: 1 and 7, those of two digits, else three. */
const COUNTRY = /^\+([17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** +380671234567 → +380 67 123-45-67; what is not such a number comes back unchanged. */
export function phone(e164: string): string {
  const code = COUNTRY.exec(e164)?.[1] ?? "";
  const found = code && /^(\d{2,3})(\d{3})(\d{2})(\d{2})$/.exec(e164.slice(code.length + 1));
  return found ? `+${code} ${found[1]} ${found[2]}-${found[3]}-${found[4]}` : e164;
}

/** +380 67 •••-45-67 where the right to see is missing. */
export function phoneMasked(e164: string): string {
  return phone(e164).replace(/ \d{3}(?=-)/, " •••");
}

/** "Оксана Мельник" → ОМ. */
export function initials(name: string): string {
  const words = name.replace(/[«»"'“”]/g, "").split(/\s+/).filter(Boolean);
  return `${words[0]?.[0] ?? ""}${words.length > 1 ? (words.at(-1)?.[0] ?? "") : ""}`.toLocaleUpperCase() || "–";
}
