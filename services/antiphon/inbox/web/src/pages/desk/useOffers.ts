/** Offers that ring me, with their sounds, notices and endings. One user of it: the page. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { acd } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { problemText } from "../../i18n/problems";
import { serverNow } from "../../rt/clock";
import { myId, myOffers } from "../../rt/selectors";
import { learn, store, useDesk } from "../../rt/store";
import { isVoice } from "../../softphone/match";
import { useChannelName } from "../../ui/ChannelIcon";
import { toast } from "../../ui/Toast";
import { composer, isBusy, usePop } from "./layer";
import { callbackAddress } from "./model/callbacks";
import { cardKey, cardsOf, GONE_MS, type Card, type Ended } from "./model/offers";
import { conversationOf } from "./model/rows";
import { notify, play, unlockSound } from "../../shell/sound";
import { useT } from "./texts";

const AGAIN_MS = 10_000;

export interface Offers {
  cards: readonly Card[];
  accept: (offer: T.Offer) => void;
  decline: (offer: T.Offer) => void;
  dismiss: (key: string) => void;
}

export function useOffers(noticeOf: (offer: T.Offer) => string): Offers {
  const pop = usePop();
  const { offers: table, items } = useDesk((state) => ({ offers: state.offers, items: state.items }));
  // A call rings in the softphone's bar: accepting it is answering.
  const offers = useMemo(() => myOffers({ ...store.state, offers: table }).filter((one) => !isVoice(items[one.item_id])), [table, items]);
  const [doing, setDoing] = useState<Record<string, "accepting" | "declining">>({});
  const [ended, setEnded] = useState<readonly Ended[]>([]);
  const seen = useRef(new Map<string, T.Offer>());
  const popped = useRef(new Set<string>());

  const end = useCallback((offer: T.Offer, how: T.OfferEnd) => {
    const key = cardKey(offer);
    setEnded((list) => (list.some((one) => cardKey(one.offer) === key) ? list : [...list, { offer, how, at: serverNow() }]));
    setDoing(({ [key]: _done, ...rest }) => rest);
    setTimeout(() => setEnded((list) => list.filter((one) => cardKey(one.offer) !== key)), GONE_MS + 100);
  }, []);

  useEffect(() => {
    for (const offer of offers) seen.current.set(cardKey(offer), offer);
  }, [offers]);

  useEffect(() => store.onEvent((event) => {
    const me = myId(store.state);
    if (event.type === "antiphon.acd.v1.OfferEnded") {
      const body = event.body as T.OfferEnded;
      const offer = seen.current.get(cardKey(body));
      if (body.agent_id === me && offer) end(offer, body.how);
    }
    if (event.type === "antiphon.acd.v1.WorkAccepted") {
      const { item } = event.body as T.WorkAccepted;
      if (item?.agent_id !== me || popped.current.has(`${item.id}:${item.since}`)) return;
      popped.current.add(`${item.id}:${item.since}`);
      pop(conversationOf(item) || callbackAddress(item));
    }
  }), [end, pop]);

  const act = useCallback(async (offer: T.Offer, what: "accepting" | "declining") => {
    const key = cardKey(offer);
    setDoing((now) => ({ ...now, [key]: what }));
    try {
      if (what === "declining") await acd.decline(offer.item_id, offer.version);
      else {
        // Whoever accepts answers next: the opening composer takes the focus, unless another one is being written in.
        if (!isBusy()) composer.wanted = conversationOf(store.state.items[offer.item_id]);
        const { item } = await acd.accept(offer.item_id, offer.version);
        learn.item(item);
        if (item && !popped.current.has(`${item.id}:${item.since}`)) {
          popped.current.add(`${item.id}:${item.since}`);
          pop(conversationOf(item) || callbackAddress(item));
        }
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.reason === "OFFER_GONE") end(offer, "OFFER_END_WITHDRAWN");
      else toast(problemText(error), { bad: true });
    } finally {
      setDoing(({ [key]: _done, ...rest }) => rest);
    }
  }, [end, pop]);

  const cards = useMemo(() => {
    const over = new Set(ended.map((one) => cardKey(one.offer)));
    return cardsOf(offers.filter((one) => !over.has(cardKey(one))), doing, ended, items, serverNow());
  }, [offers, doing, ended, items]);
  const ringing = cards.filter((card) => card.phase === "ringing").map((card) => card.key).join(" ");

  useEffect(unlockSound, []);
  useEffect(() => {
    if (!ringing) return undefined;
    play("offer");
    const timer = setInterval(() => play("offer"), AGAIN_MS);
    return () => clearInterval(timer);
  }, [ringing]);

  // A notice for each offer that begins while nobody looks; it goes with the offer.
  const notices = useRef(new Map<string, () => void>());
  useEffect(() => {
    const keys = new Set(ringing ? ringing.split(" ") : []);
    for (const [key, close] of notices.current) if (!keys.has(key) && notices.current.delete(key)) close();
    for (const card of cards) {
      if (keys.has(card.key) && !notices.current.has(card.key)) notices.current.set(card.key, notify(noticeOf(card.offer), card.key, () => undefined));
    }
  }, [ringing, cards, noticeOf]);

  return {
    cards,
    accept: useCallback((offer) => void act(offer, "accepting"), [act]),
    decline: useCallback((offer) => void act(offer, "declining"), [act]),
    dismiss: useCallback((key) => setEnded((list) => list.filter((one) => cardKey(one.offer) !== key)), []),
  };
}

/** "WhatsApp, Returns": what a notice may say, without personal data. */
export function useNoticeText(): (offer: T.Offer) => string {
  const t = useT();
  const channelName = useChannelName();
  const { items, queues } = useDesk((state) => ({ items: state.items, queues: state.queues }));
  return (offer) => {
    const item = items[offer.item_id];
    return t("notice", { queue: queues[item?.queue_id ?? ""]?.name ?? "", channel: channelName(item?.channel ?? "") });
  };
}

