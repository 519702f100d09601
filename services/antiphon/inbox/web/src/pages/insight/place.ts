/** The address is the question: a filter is a link, and a number opens as one. */
import { useMemo } from "react";
import { useSearchParams } from "wouter";
import type * as T from "../../api/types.gen";
import { useDesk } from "../../rt/store";
import { PERIODS, spanOf, type Period } from "./zoned";

export const FILTERS = ["queue", "agent", "channel", "direction", "result", "tag", "campaign"] as const;
export type FilterName = (typeof FILTERS)[number];
/** In the address, a value that is "" itself: nobody, none. */
export const NONE = "-";
export const RESULTS = ["answered", "abandoned", "overflowed", "voicemail", "callback", "received", "busy", "no_answer", "failed", "blocked", "cancelled"] as const;
export const DIRECTIONS = ["DIRECTION_INBOUND", "DIRECTION_OUTBOUND", "DIRECTION_INTERNAL"] as const satisfies readonly T.InsightDirection[];

export function usePlace() {
  const [search, setSearch] = useSearchParams();
  const zone = useDesk((state) => state.me?.tenant?.time_zone || "UTC");
  const text = search.toString();
  const set = (changes: Record<string, string>) => setSearch((old) => {
    const next = new URLSearchParams(old);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    return next;
  }, { replace: true });
  const get = (name: string) => search.get(name) ?? "";
  const period = PERIODS.find((one) => one === get("period")) ?? "today";
  // The day changes at midnight at the latest: an hour's grain keeps the question the same while nothing is asked anew.
  const hour = Math.floor(Date.now() / 3_600_000);
  const span = useMemo(() => spanOf(period, get("from"), get("to"), zone, hour * 3_600_000), [period, text, zone, hour]); // eslint-disable-line react-hooks/exhaustive-deps
  return { get, set, text, zone, period, span };
}

export type Place = ReturnType<typeof usePlace>;

const given = (value: string): string[] | undefined => (value === "" ? undefined : [value === NONE ? "" : value]);

export interface Asked { since: string; until: string; queue_ids?: string[]; agent_ids?: string[]; channels?: string[]; directions?: T.InsightDirection[]; results?: string[]; tags?: string[]; campaign_ids?: string[] }

/** What both pages ask by. */
export function asked(place: Place): Asked {
  const lists = { queue_ids: given(place.get("queue")), agent_ids: given(place.get("agent")), channels: given(place.get("channel")), directions: given(place.get("direction")), results: given(place.get("result")), tags: given(place.get("tag")), campaign_ids: given(place.get("campaign")) };
  return { since: place.span.since, until: place.span.until, ...Object.fromEntries(Object.entries(lists).filter(([, value]) => value !== undefined)) };
}

/** A link to what a figure counts, with the question that made it. */
export function behind(place: Place, figure: T.Figure, more: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const name of ["period", "from", "to", ...FILTERS, "within", "short"]) if (place.get(name)) query.set(name, place.get(name));
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  query.set("behind", figure);
  return `/history?${query}`;
}

/** A row's own interval as a period of the history, when it has one. */
export const only = (row: T.ReportRow): Record<string, string> => (row.start && row.end ? { since: row.start, until: row.end } : {});

export type { Period };
