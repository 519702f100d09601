/** The tab: the offer that rings with its time, else how many conversations have news. And one tick for news elsewhere. */
import { useEffect } from "react";
import { serverNow, useSecond } from "../../rt/clock";
import { store } from "../../rt/store";
import type * as T from "../../api/types.gen";
import { duration } from "../../i18n/format";
import { myId } from "../../rt/selectors";
import { secondsLeft, type Card } from "./model/offers";
import { play } from "../../shell/sound";
import { useT } from "./texts";

export function TabTitle({ card, news }: { card: Card | undefined; news: number }) {
  return card ? <Ringing card={card} /> : <Quiet news={news} />;
}

function Ringing({ card }: { card: Card }) {
  const t = useT();
  useSecond();
  const left = duration(secondsLeft(card.offer, serverNow()));
  useEffect(() => {
    document.title = `${left} ${t("tab_offer")} · Antiphon`;
  }, [left, t]);
  return null;
}

function Quiet({ news }: { news: number }) {
  useEffect(() => {
    document.title = news > 0 ? `(${news}) Antiphon` : "Antiphon";
  }, [news]);
  return null;
}

/** A new message of mine while another thread is open, or the tab is hidden: one tick. */
export function useTicks(open: string): void {
  useEffect(() => store.onEvent((event) => {
    if (event.type !== "antiphon.channels.v1.MessageAdded") return;
    const { message, conversation } = event.body as T.MessageAdded;
    if (message?.direction !== "DIRECTION_IN" || conversation?.assignee_id !== myId(store.state)) return;
    if (document.visibilityState === "hidden" || conversation.id !== open) play("tick");
  }), [open]);
}
