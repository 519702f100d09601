/** Offer cards, the oldest first, and "Why me?". */
import { useEffect, useMemo, useRef, useState } from "react";
import { acd } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { duration } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { serverNow, useSecond } from "../../rt/clock";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { voiceOffer } from "../../softphone/match";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Disclosure } from "../../ui/Disclosure";
import { IconButton } from "../../ui/IconButton";
import { KeyCap } from "../../ui/KeyCap";
import { useConversation, usePersonName } from "./data";
import { secondsLeft, shareLeft, whyLines, type Card, type WhyLine } from "./model/offers";
import { conversationOf } from "./model/rows";
import type { Offers } from "./useOffers";
import { useT } from "./texts";

const RULES = { longest_idle: "rule_longest_idle", round_robin: "rule_round_robin", sequential: "rule_sequential", least_loaded: "rule_least_loaded", fewest_contacts: "rule_fewest_contacts", least_occupied: "rule_least_occupied", least_talk: "rule_least_talk", random: "rule_random", weighted_random: "rule_random", ring_all: "rule_ring_all", ring_progressively: "rule_longest_idle", preferred: "rule_preferred", preferred_agent: "rule_preferred", transferred: "rule_transferred", pulled: "rule_pulled" } as const;
const REASONS = { level: "why_level", key: "why_key", order: "why_order", spared: "why_spared", capacity: "why_capacity", busy: "why_capacity", skill_missing: "why_skill" } as const;

function Why({ offer }: { offer: T.Offer }) {
  const say = useProblemText();
  const t = useT();
  // A snapshot carries the offer without its reasons; the ACD still knows them.
  const { data, problem } = useLoad(async () => offer.decision ?? (await acd.explain(offer.item_id)).decision, [offer.item_id, offer.version]);
  if (problem) return <p className="why sm">{say(problem)}</p>;
  if (!data) return <p className="why sm late">{t("why_loading")}</p>;
  return <ul className="why">{whyLines(data).map((line) => <WhyRow key={line.is} line={line} />)}</ul>;
}

function WhyRow({ line }: { line: WhyLine }) {
  const t = useT();
  const name = usePersonName();
  const [label, text] = ((): [string, string] => {
    switch (line.is) {
      case "place": return [t("why_queue"), t("why_place", { position: line.position, waited: duration(line.waited) })];
      case "rule": return [t("why_choice"), line.rule in RULES ? t(RULES[line.rule as keyof typeof RULES]) : line.rule];
      case "skills": return [t("why_skills"), line.skills.map(({ skill, has, needed }) => t("why_skill_line", { skill, has, needed })).join(", ")];
      case "others": return [t("why_others"), line.others.map(({ agent, why }) => `${name(agent) || t("a_colleague")}: ${why in REASONS ? t(REASONS[why as keyof typeof REASONS]) : why}`).join("; ")];
      case "nobody": return [t("why_others"), t("why_nobody")];
    }
  })();
  return <li><span className="dim">{label}</span><span>{text}</span></li>;
}

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
  const name = conversation ? conversation.contact_name || t("guest", { no: conversation.no }) : t("no_name");
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
        {conversation?.last_message?.direction === "DIRECTION_IN" && !conversation.last_message.deleted && conversation.last_message.text && <div className="sm mid cut offer-words" dir="auto" lang={conversation.language || undefined}>{conversation.last_message.text}</div>}
        <div className="flex offer-do">
          <Button kind="go" icon="check" className="grow" isPending={phase === "accepting"} isDisabled={phase === "declining"} onPress={() => offers.accept(offer)}>{t("accept")} {first && <KeyCap keys="Alt A" />}</Button>
          <Button isPending={phase === "declining"} isDisabled={phase === "accepting"} onPress={() => offers.decline(offer)}>{t("decline")} {first && <KeyCap keys="Alt D" onAlt />}</Button>
        </div>
        <Disclosure title={t("why_me")} icon="info" isExpanded={whyOpen} onExpandedChange={onWhy}>{whyOpen && <Why offer={offer} />}</Disclosure>
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

export function OfferCards({ offers }: { offers: Offers }) {
  const t = useT();
  const { cards, accept, decline } = offers;
  const [why, setWhy] = useState<string>();
  // While a call rings, the keys of offers are its.
  const rings = useDesk((state) => voiceOffer(state) !== undefined);
  const first = useMemo(() => (rings ? undefined : cards.find((card) => card.phase === "ringing")), [cards, rings]);
  useKey({ code: "KeyA", alt: true, cap: "" }, t("key_accept"), first && (() => accept(first.offer)));
  useKey({ code: "KeyD", alt: true, cap: "" }, t("key_decline"), first && (() => decline(first.offer)));
  useKey({ code: "KeyY", alt: true, cap: "" }, t("why_me"), first && (() => setWhy(why === first.key ? undefined : first.key)));
  return (
    <div className="offers">
      <Announcer cards={cards} />
      {cards.length > 0 && <h2 className="sr">{t("offers")}</h2>}
      {cards.map((card) => <OfferCard key={card.key} card={card} first={card === first} offers={offers} whyOpen={why === card.key} onWhy={(open) => setWhy(open ? card.key : undefined)} />)}
    </div>
  );
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

