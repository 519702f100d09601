/** Carriers in words and figures. Pure. */
import type * as T from "../../../api/types.gen";
import { money, number } from "../../../i18n/format";

export const TERMS = ["CARRIER_TERMS_WHOLESALE", "CARRIER_TERMS_AGENCY", "CARRIER_TERMS_DIRECT"] as const;
export const CHOICES = ["CARRIER_CHOICE_COST", "CARRIER_CHOICE_GOOD_ENOUGH", "CARRIER_CHOICE_QUALITY"] as const;
export const DISCREPANCIES = { missing_here: "d_missing_here", missing_there: "d_missing_there", seconds: "d_seconds", price: "d_price" } as const;
export const isDiscrepancy = (kind: string): kind is keyof typeof DISCREPANCIES => kind in DISCREPANCIES;

export interface Measured { asr?: number; pdd?: number; mos?: number; loss?: number; calls: number }

const mean = (values: readonly (readonly [number | undefined, number])[]): number | undefined => {
  const known = values.filter((one): one is readonly [number, number] => one[0] !== undefined && one[1] > 0);
  const weight = known.reduce((sum, [, count]) => sum + count, 0);
  return weight ? known.reduce((sum, [value, count]) => sum + value * count, 0) / weight : undefined;
};

/** All trunks of a carrier together; undefined while none was measured. */
export function together(trunks: readonly (T.TrunkQuality | undefined)[]): Measured | undefined {
  const known = trunks.filter((one): one is T.TrunkQuality => one !== undefined && one.attempts > 0);
  const calls = known.reduce((sum, one) => sum + one.attempts, 0);
  if (!calls) return undefined;
  const pdd = mean(known.map((one) => [one.pdd_ms, one.rang]));
  const mos = mean(known.map((one) => [one.mos, one.heard]));
  const loss = mean(known.map((one) => [one.loss, one.heard]));
  return {
    calls, asr: Math.floor((known.reduce((sum, one) => sum + one.answered, 0) * 100) / calls),
    ...(pdd === undefined ? {} : { pdd: pdd / 1000 }), ...(mos === undefined ? {} : { mos }), ...(loss === undefined ? {} : { loss: loss * 100 }),
  };
}

/** "ASR 62 %, PDD 1.2 s, MOS 4.2": the field's own words. */
export function words(it: Measured): string {
  return [
    it.asr === undefined ? "" : `ASR ${number(it.asr)} %`, it.pdd === undefined ? "" : `PDD ${number(it.pdd, 1)} s`,
    it.mos === undefined ? "" : `MOS ${number(it.mos, 1)}`,
  ].filter(Boolean).join(", ");
}

/** As many decimals as prices of calls have. */
export const sum = (value: T.Money | undefined): string => money(Number(value?.micros ?? 0) / 1_000_000, value?.currency ?? "");

const pad = (value: number): string => String(value).padStart(2, "0");
const iso = (at: Date): string => `${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`;
/** From the first of this month on, in UTC as totals are made. */
export const thisMonth = (now: Date): { first: string; last: string } => ({ first: `${iso(now).slice(0, 8)}01`, last: iso(now) });

/** The days of the month before, as statements are made. */
export function lastMonth(today: Date): { first: string; last: string } {
  const end = new Date(today.getFullYear(), today.getMonth(), 0);
  const month = `${end.getFullYear()}-${pad(end.getMonth() + 1)}`;
  return { first: `${month}-01`, last: `${month}-${pad(end.getDate())}` };
}
