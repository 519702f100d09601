/** What is said wherever on the desk one is: who mentioned me, which norm is near. */
import { useEffect } from "react";
import { bench } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { learn, store, useDesk } from "../../../rt/store";
import { toast } from "../../../ui/Toast";
import { clockText } from "./Marks";
import { useT } from "./texts";

export const useUnseen = (): number => useDesk((state) => Object.keys(state.mentions).length);

/** A toast for a new one, wherever on the desk I am. */
export function useMentionNotices(open: string, go: (id: string) => void): void {
  const t = useT();
  useEffect(() => store.onEvent((event) => {
    if (event.type !== "antiphon.channels.v1.PersonMentioned") return;
    const { message, conversation } = event.body as T.PersonMentioned;
    if (!message || !conversation || message.author === `person:${store.state.me?.person?.id ?? ""}`) return;
    if (conversation.id === open && document.visibilityState === "visible") return see(open);
    toast(t("mentioned_by", { name: message.author_name }), { action: { text: t("look"), run: () => go(conversation.id) } });
    if (document.visibilityState !== "visible" && "Notification" in window && Notification.permission === "granted") new Notification(t("mentioned_by", { name: message.author_name }), { tag: `mention:${conversation.id}` });
  }), [open, go, t]);
  // Whoever opens the conversation has seen it.
  const waiting = useDesk((state) => Object.values(state.mentions).some((one) => one.conversation?.id === open));
  useEffect(() => {
    if (open && waiting) see(open);
  }, [open, waiting]);
}

/** A norm of a conversation of mine comes near or breaks: said once, with the way there. */
export function useNormNotices(open: string, go: (id: string) => void): void {
  const t = useT();
  useEffect(() => store.onEvent((event) => {
    const broken = event.type === "antiphon.channels.v1.SlaBreached";
    if (!broken && event.type !== "antiphon.channels.v1.SlaWarned") return;
    const { conversation, clock: norm } = event.body as T.SlaWarned;
    if (!conversation || conversation.assignee_id !== store.state.me?.person?.id || conversation.status === "CONVERSATION_STATUS_CLOSED") return;
    const name = conversation.contact_name || t("guest", { no: conversation.no });
    toast(t(broken ? "norm_broken" : "norm_near", { name, norm: t(clockText(norm)) }), conversation.id === open ? {} : { action: { text: t("look"), run: () => go(conversation.id) } });
  }), [open, go, t]);
}

/** I have looked: in one conversation, or everywhere. */
export function see(conversation: string): void {
  learn.seen(conversation);
  void bench.seeMentions(conversation).catch(() => undefined);
}
