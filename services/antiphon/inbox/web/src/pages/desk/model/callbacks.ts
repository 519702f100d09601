/** Callbacks that people planned: which items they are, and in which order they stand. Pure. */
import type * as T from "../../../api/types.gen";
import { byTime } from "../../../i18n/format";
import { myId } from "../../../rt/selectors";
import type { DeskState } from "../../../rt/state";

const SUBJECT = "contact:";
const ADDRESS = "callback:";

/** One that a person dials himself; a call that waits for its callback is dialled by telephony. */
export const isCallback = (item: Pick<T.WorkItem, "callback" | "subject"> | undefined): boolean => Boolean(item?.callback && item.subject.startsWith(SUBJECT));
export const callbackAddress = (item: T.WorkItem | undefined): string => (isCallback(item) ? `${ADDRESS}${item?.id ?? ""}` : "");
export const callbackOf = (address: string): string => (address.startsWith(ADDRESS) ? address.slice(ADDRESS.length) : "");

/** Those I have now: to dial, or to write down what came of them. */
export function myCallbacks(state: DeskState): T.WorkItem[] {
  const me = myId(state);
  return Object.values(state.items).filter((item) => isCallback(item) && item.agent_id === me && (item.state === "ITEM_STATE_CONNECTED" || item.state === "ITEM_STATE_WRAP")).sort((a, b) => byTime(a.since, b.since));
}

export interface Planned { callback: T.Callback; item: T.WorkItem; at: number; due: boolean; mine: boolean }

/** Mine first, then the nearest; what somebody has already is not planned any more. */
export function planned(callbacks: readonly T.Callback[], me: string, now: number): Planned[] {
  return callbacks.flatMap((callback) => {
    const { item } = callback;
    if (!item || (item.state !== "ITEM_STATE_SCHEDULED" && item.state !== "ITEM_STATE_WAITING")) return [];
    const at = Date.parse(item.due_at ?? item.enqueued_at ?? "");
    return [{ callback, item, at, due: item.state === "ITEM_STATE_WAITING" || at <= now, mine: callback.agent_id === me }];
  }).sort((a, b) => Number(b.mine) - Number(a.mine) || a.at - b.at || a.item.id.localeCompare(b.item.id));
}

const two = (value: number) => String(value).padStart(2, "0");
/** Local time as a date-and-time field holds it. */
export const fieldOf = (at: number): string => {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
};
/** In an hour, to the next five minutes; tomorrow at ten. */
export const inAnHour = (now: number): number => Math.ceil((now + 3_600_000) / 300_000) * 300_000;
export const tomorrowAtTen = (now: number): number => {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1, 10).getTime();
};
