/** Offer cards. Pure; words come later. */
import type * as T from "../../../api/types.gen";
import { byTime } from "../../../i18n/format";

export type Gone = "taken" | "left" | "missed" | "withdrawn";
export interface Ended {
  offer: T.Offer;
  how: T.OfferEnd;
  at: number;
}
export interface Card {
  key: string;
  offer: T.Offer;
  phase: "ringing" | "accepting" | "declining" | "gone";
  gone?: Gone;
  /** Who took it, when a colleague did. */
  by?: string;
}

/** How long a card that is over tells what became of it. */
export const GONE_MS = 8000;
export const cardKey = (offer: { item_id: string; version: number }) => `${offer.item_id}:${offer.version}`;

/** What became of an offer that I neither accepted nor declined; undefined: nothing to tell. */
export function goneOf({ offer, how }: Ended, item: T.WorkItem | undefined): { gone: Gone; by: string } | undefined {
  if (how === "OFFER_END_DECLINED" || (how === "OFFER_END_ACCEPTED" && (!item || item.agent_id === offer.agent_id))) return undefined;
  if (how === "OFFER_END_RANG_OUT") return { gone: "missed", by: "" };
  if (item?.state === "ITEM_STATE_ABANDONED") return { gone: "left", by: "" };
  if (item?.state === "ITEM_STATE_CONNECTED") return item.agent_id === offer.agent_id ? undefined : { gone: "taken", by: item.agent_id };
  return { gone: how === "OFFER_END_ACCEPTED" ? "taken" : "withdrawn", by: "" };
}

/** Cards, the oldest first: what rings, then in its place what has just ended. */
export function cardsOf(offers: readonly T.Offer[], doing: Readonly<Record<string, "accepting" | "declining">>, ended: readonly Ended[], items: Readonly<Record<string, T.WorkItem>>, now: number): Card[] {
  const live: Card[] = offers.map((offer) => ({ key: cardKey(offer), offer, phase: doing[cardKey(offer)] ?? "ringing" }));
  const known = new Set(live.map((card) => card.key));
  const over = ended.filter((one) => now - one.at < GONE_MS && !known.has(cardKey(one.offer))).flatMap((one): Card[] => {
    const what = goneOf(one, items[one.offer.item_id]);
    return what ? [{ key: cardKey(one.offer), offer: one.offer, phase: "gone", ...what }] : [];
  });
  return [...live, ...over].sort((a, b) => byTime(a.offer.offered_at, b.offer.offered_at));
}

/** Whole seconds left to accept, never negative. */
export const secondsLeft = (offer: T.Offer, now: number) => Math.max(0, Math.ceil((Date.parse(offer.expires_at ?? "") - now) / 1000) || 0);

/** Share of the ring time that is left, 1 → 0. */
export function shareLeft(offer: T.Offer, now: number): number {
  const [from, to] = [Date.parse(offer.offered_at ?? ""), Date.parse(offer.expires_at ?? "")];
  return to > from ? Math.min(1, Math.max(0, (to - now) / (to - from))) : 0;
}
