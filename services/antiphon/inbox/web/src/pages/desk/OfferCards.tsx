/** Offer cards, the oldest first, and "Why me?". */
import { useEffect, useMemo, useRef, useState } from "react";
import type * as T from "../../api/types.gen";
import { duration } from "../../i18n/format";
import { serverNow, useSecond } from "../../rt/clock";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { voiceOffer } from "../../softphone/match";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { IconButton } from "../../ui/IconButton";
import { KeyCap } from "../../ui/KeyCap";
import { WhyMe } from "../../why/WhyMe";
import { useConversation, usePersonName } from "./data";
import { isCallback } from "./model/callbacks";
import { secondsLeft, shareLeft, type Card } from "./model/offers";
import { conversationOf } from "./model/rows";
import { useContactCard } from "./shift/contacts";
import type { Offers } from "./useOffers";
import { useT } from "./texts";

function RingTime({ offer }: { offer: T.Offer }) {
  const t = useT();
  useSecond();
  const left = secondsLeft(offer, serverNow());
  return (
    <>
      <span className="t b" title={t("offer_left_title")} aria-live="off">{duration(left)}</span>
      <span className="ring" aria-hidden="true"><i style={{ width: `${shareLeft(offer, serverNow()) * 100}%` }} /></span>
    </>
  );
}

function OfferCard({ card, first, offers, whyOpen, onWhy }: { card: Card; first: boolean; offers: Offers; whyOpen: boolean; onWhy: (open: boolean) => void }) {
  const t = useT();
  const channelName = useChannelName();
  const personName = usePersonName();
  const { offer, phase } = card;
  const { item, queue } = useDesk((state) => ({ item: state.items[offer.item_id], queue: state.queues[state.items[offer.item_id]?.queue_id ?? ""] }));
  const { conversation } = useConversation(conversationOf(item));
  const planned = useContactCard(isCallback(item) ? item?.contact_id ?? "" : "");
  const name = planned?.name || planned?.phones[0] || (conversation ? conversation.contact_name || t("guest", { no: conversation.no }) : t("no_name"));
  const channel = item?.channel ?? conversation?.channel ?? "";
  const where = [channelName(channel), queue?.name].filter(Boolean).join(" · ");
  if (phase === "gone") {
    const by = card.by ? personName(card.by) : "";
    const text = card.gone === "taken" ? (by ? t("gone_taken_by", { name: by }) : t("gone_taken")) : t(`gone_${card.gone ?? "withdrawn"}`);
    return (
      <section className="offer gone" role="status">
        <div className="in"><div className="flex">
          <ChannelIcon kind={channel} /><div className="grow"><div className="b cut">{name}</div><div className="sm mid">{text}</div></div>
          <IconButton icon="x" size="sm" label={t("hide")} onPress={() => offers.dismiss(card.key)} />
        </div></div>
      </section>
    );
  }
  return (
    <section className="offer" role="alertdialog" aria-label={t("offer_label", { name, where })}>
      <div className="in">
        <div className="flex offer-head">
          <ChannelIcon kind={channel} label={false} />
          <div className="grow"><div className="b cut" title={name} dir="auto">{name}</div><div className="sm mid cut" title={where}>{where}</div></div>
          <RingTime offer={offer} />
        </div>
        {conversation?.last_message?.direction === "DIRECTION_IN" && !conversation.last_message.deleted && conversation.last_message.text && <div className="sm mid cut offer-words" title={conversation.last_message.text} dir="auto" lang={conversation.language || undefined}>{conversation.last_message.text}</div>}
        <div className="flex offer-do">
          <Button kind="go" icon="check" className="grow" isPending={phase === "accepting"} isDisabled={phase === "declining"} onPress={() => offers.accept(offer)}>{t("accept")} {first && <KeyCap keys="Alt A" />}</Button>
          <Button isPending={phase === "declining"} isDisabled={phase === "accepting"} onPress={() => offers.decline(offer)}>{t("decline")} {first && <KeyCap keys="Alt D" onAlt />}</Button>
        </div>
        <WhyMe offer={offer} title={t("why_me")} isExpanded={whyOpen} onExpandedChange={onWhy} />
      </div>
    </section>
  );
}

/** Says each new offer once, with the seconds that are left. */
function Announcer({ cards }: { cards: readonly Card[] }) {
  const t = useT();
  const said = useRef(new Set<string>());
  const [words, setWords] = useState("");
  const { items, queues, conversations } = useDesk((state) => ({ items: state.items, queues: state.queues, conversations: state.conversations }));
  const fresh = cards.find((card) => card.phase === "ringing" && !said.current.has(card.key));
  useEffect(() => {
    if (!fresh) return;
    said.current.add(fresh.key);
    const item = items[fresh.offer.item_id];
    setWords(t("offer_says", { name: conversations[conversationOf(item)]?.contact_name || t("no_name"), queue: queues[item?.queue_id ?? ""]?.name ?? "", seconds: secondsLeft(fresh.offer, serverNow()) }));
  }, [fresh, items, queues, conversations, t]);
  return <div className="sr" role="alert">{words}</div>;
}

export default function OfferCards({ offers }: { offers: Offers }) {
  const t = useT();
  const { cards, accept, decline } = offers;
  const [why, setWhy] = useState<string>();
  // While a call rings, the keys of offers are its.
  const rings = useDesk((state) => voiceOffer(state) !== undefined);
  const first = useMemo(() => (rings ? undefined : cards.find((card) => card.phase === "ringing")), [cards, rings]);
  useKey({ id: "accept", code: "KeyA", alt: true, cap: "" }, t("key_accept"), first && (() => accept(first.offer)));
  useKey({ id: "decline", code: "KeyD", alt: true, cap: "" }, t("key_decline"), first && (() => decline(first.offer)));
  useKey({ id: "why", code: "KeyY", alt: true, cap: "" }, t("why_me"), first && (() => setWhy(why === first.key ? undefined : first.key)));
  return (
    <div className="offers">
      <Announcer cards={cards} />
      {cards.length > 0 && <h2 className="sr">{t("offers")}</h2>}
      {cards.map((card) => <OfferCard key={card.key} card={card} first={card === first} offers={offers} whyOpen={why === card.key} onWhy={(open) => setWhy(open ? card.key : undefined)} />)}
    </div>
  );
}
