/** What is wrong with the plant now, from facts that came and from looking: for whoever watches everything. */
import { useEffect } from "react";
import { media } from "../api/api";
import type * as T from "../api/types.gen";
import { useLoad } from "../api/useCall";
import { byTime } from "../i18n/format";
import { can } from "../rt/selectors";
import { useDesk } from "../rt/store";

export interface Alarm {
  key: string;
  /** "engine", "trunk", "disk", "quality", "edge", "overload". */
  kind: string;
  name: string;
  since: string | undefined;
  why: string;
}

const AGAIN_MS = 60_000;
const BAD = new Set(["refused", "unreachable"]);

/** The operator's answer; the words of the server are not the reader's. */
const sip = (code: string | number | undefined) => (Number(code) ? `SIP ${code}` : "");

/** What was told, and what a look at the health shows besides; each thing once, the newest first. */
export function alarmsOf(told: readonly T.VoiceAlarm[], health: T.GetVoiceHealthResponse | undefined): Alarm[] {
  const found = new Map<string, Alarm>();
  const put = (id: string, alarm: Omit<Alarm, "key">) => {
    const key = `${alarm.kind}:${id}`;
    const known = found.get(key);
    found.set(key, known ? { ...known, since: known.since ?? alarm.since, why: known.why || alarm.why } : { ...alarm, key });
  };
  for (const one of told) put(one.facts["trunk_id"] ?? one.name, { kind: one.kind, name: one.name, since: one.occurred_at, why: one.kind === "trunk" ? sip(one.facts["code"]) : Object.values(one.facts).join(", ") });
  for (const one of health?.engines ?? []) if (!one.up) put(one.name, { kind: "engine", name: one.name, since: undefined, why: "" });
  for (const one of health?.trunks ?? []) if (BAD.has(one.state)) put(one.trunk_id, { kind: "trunk", name: one.trunk_id, since: one.since, why: sip(one.code) });
  return [...found.values()].sort((a, b) => byTime(b.since, a.since) || a.key.localeCompare(b.key));
}

export function useAlarms(): { alarms: readonly Alarm[]; health: T.GetVoiceHealthResponse | undefined } {
  const { told, may } = useDesk((state) => ({ told: state.alarms, may: can("work.watch")(state) }));
  const { data, reload } = useLoad(async () => (may ? media.health().catch(() => undefined) : undefined), [may]);
  useEffect(() => {
    if (!may) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [may, reload]);
  return { alarms: alarmsOf(Object.values(told), data), health: data };
}
