/** Amounts, kinds and days of billing. Pure. */
import type * as T from "../../api/types.gen";
import { byTime, money } from "../../i18n/format";

/** 1.20 as a number; only for showing, sums are made by the server. */
export const amountOf = (value: T.Money | undefined): number => Number(value?.micros ?? 0) / 1_000_000;
export const text = (value: T.Money | undefined): string => money(amountOf(value), value?.currency ?? "");
export const micros = (value: number): string => String(Math.round(value * 1_000_000));

export const e164 = (called: string): string => (/^\d{8,}$/.test(called) ? `+${called}` : called);

/** How many days are left until an instant; the day that has begun counts. */
export const daysLeft = (until: string, now: number): number => Math.max(0, Math.ceil((Date.parse(until) - now) / 86_400_000));

/** How many whole days old a telephone's password is. */
export function passwordDays(account: T.SipAccount, now: number): number | undefined {
  const changed = Date.parse(account.password_changed_at ?? "");
  return Number.isNaN(changed) ? undefined : Math.max(0, Math.floor((now - changed) / 86_400_000));
}

/** The version that will be in force after the one that is. */
export function nextVersion(tariffs: readonly T.Tariff[], tariff: string, now: number): T.Tariff | undefined {
  const coming = tariffs.filter((one) => one.id === tariff && one.approver && Date.parse(one.effective_from ?? "") > now);
  return coming.sort((a, b) => byTime(a.effective_from, b.effective_from))[0];
}

/** What a call that goes on costs at a second of the server's clock: a second that has begun is paid whole. */
export function costBy(call: T.RunningCall, second: number): number {
  if (!call.answered_at) return 0;
  const talked = Math.max(0, Math.ceil(second - Date.parse(call.answered_at) / 1000));
  const step = call.steps.findLast((one) => Number(one.second) <= talked) ?? call.steps[0];
  return amountOf(step?.cost);
}

export const has = <K extends string>(table: Readonly<Record<K, unknown>>, key: string): key is K => key in table;

/** What a detector of fraud counts, and what can be blocked. */
export const DETECTORS = { velocity: "f_velocity", concurrent: "f_concurrent", high_cost: "f_high_cost", off_hours: "f_off_hours", new_country: "f_new_country", callback: "f_callback", forward: "f_forward", wangiri: "f_wangiri", pumping: "f_pumping", resale: "f_resale" } as const;
export const BLOCKS = { account: "f_account", person: "f_person", sip_account: "f_sip_account", destination: "f_destination", number: "f_number" } as const;

/** How bad an outage is; the worst first. */
export const SEVERITIES = { critical: "i_critical", major: "i_major", minor: "i_minor" } as const;
export type Severity = keyof typeof SEVERITIES;
export const isSeverity = (severity: string): severity is Severity => has(SEVERITIES, severity);

/** The local day in the form of the contract. */
export function isoDay(at: Date): string {
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}

export function lastDays(count: number, today: Date): string[] {
  return Array.from({ length: count }, (_, index) => isoDay(new Date(today.getFullYear(), today.getMonth(), today.getDate() - count + 1 + index)));
}

export const SPENDING_KINDS = ["voice", "long_distance", "subscription", "content", "other"] as const;
export type SpendingKind = (typeof SPENDING_KINDS)[number];

/** Each day with its parts, days without a charge included. */
export function byDay(days: readonly string[], spent: readonly T.DaySpending[]): { day: string; parts: Record<SpendingKind, number>; total: number }[] {
  return days.map((day) => {
    const parts = Object.fromEntries(SPENDING_KINDS.map((kind) => [kind, 0])) as Record<SpendingKind, number>;
    for (const one of spent) if (one.day === day) parts[(one.kind in parts ? one.kind : "other") as SpendingKind] += amountOf(one.amount);
    return { day, parts, total: SPENDING_KINDS.reduce((sum, kind) => sum + parts[kind], 0) };
  });
}

/** What a posting is, by its id and its other side. */
export function entryKind(entry: T.Transfer): "e_topup" | "e_fee" | "e_call" | "e_order" | "e_usage" | "e_storage" | "e_credit" | "e_other" {
  if (entry.operation === "topup") return entry.debit === "asset.psp" || entry.debit === "asset.bank" ? "e_topup" : "e_credit";
  if (entry.id.startsWith("usage:storage:")) return "e_storage";
  const head = entry.id.split(":")[0] ?? "";
  return ({ fee: "e_fee", call: "e_call", order: "e_order", usage: "e_usage" } as const)[head] ?? "e_other";
}

/** Money in is positive. */
export const signed = (entry: T.Transfer): number => (entry.credit.startsWith("liab.customer") ? 1 : -1) * amountOf(entry.amount);
/** The step of a chart's scale: 1, 2 or 5 times a power of ten, so that at most four lines are drawn. */
export function scaleOf(highest: number): number[] {
  if (highest <= 0) return [0];
  const rough = highest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power * 10;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

export { base64 } from "../../api/bytes";

/** SHA-256 in hexadecimal. */
export async function sha256(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
