/** What the lists of calls show. Pure. */
import type * as T from "../../api/types.gen";
import { seconds } from "../../i18n/format";
import { otherNumber } from "../../softphone/match";

export type Kind = "all" | "missed" | "incoming" | "outgoing" | "internal";
export const KINDS: readonly Kind[] = ["all", "missed", "incoming", "outgoing", "internal"];
const DIRECTION: Partial<Record<Kind, T.MediaDirection>> = { incoming: "DIRECTION_INBOUND", outgoing: "DIRECTION_OUTBOUND", internal: "DIRECTION_INTERNAL" };

export const isMissed = (call: Pick<T.Call, "direction" | "answered_at">): boolean => call.direction === "DIRECTION_INBOUND" && !call.answered_at;

/** Calls of a kind whose name, number or digits contain what was typed. */
export function filterCalls(calls: readonly T.Call[], kind: Kind, words: string, nameOf: (call: T.Call) => string): T.Call[] {
  const wanted = words.trim().toLocaleLowerCase();
  const digits = wanted.replace(/\D/g, "");
  return calls.filter((call) => {
    if (kind === "missed" ? !isMissed(call) : DIRECTION[kind] !== undefined && call.direction !== DIRECTION[kind]) return false;
    if (!wanted) return true;
    const numbers = `${otherNumber(call)} ${call.called}`.replace(/[^\d ]/g, "");
    return nameOf(call).toLocaleLowerCase().includes(wanted) || (digits.length > 1 && numbers.includes(digits));
  });
}

/** The worst leg says how the call sounded. */
export function worstMos(call: Pick<T.Call, "legs">): number | undefined {
  const scores = call.legs.flatMap((leg) => (leg.quality?.mos ? [leg.quality.mos] : []));
  return scores.length ? Math.min(...scores) : undefined;
}

export const severityOf = (mos: number | undefined): "" | "warn" | "crit" => (mos === undefined || mos >= 3.6 ? "" : mos >= 3.1 ? "warn" : "crit");

/** Seconds until the first answer; of one that gave up, until the end. */
export function waitedOf(call: Pick<T.Call, "started_at" | "answered_at" | "ended_at">): number | undefined {
  const end = call.answered_at ?? call.ended_at;
  return call.started_at && end ? Math.max(0, (Date.parse(end) - Date.parse(call.started_at)) / 1000) : undefined;
}

export const talkedOf = (call: Pick<T.Call, "talked">): number | undefined => seconds(call.talked);

/** A file name without a name or a number of a customer. */
export const fileName = (kind: "recording" | "voicemail", at: string | undefined): string => `${kind}-${(at ?? "").slice(0, 16).replace(/[:T]/g, "-")}.ogg`;
