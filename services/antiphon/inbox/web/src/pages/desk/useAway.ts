/** Explains, once and quietly, why a conversation of mine is not mine any more. */
import { useEffect, useRef, useState } from "react";
import type * as T from "../../api/types.gen";
import { store } from "../../rt/store";
import { toast } from "../../ui/Toast";
import { useMyId, usePersonName } from "./data";
import { endedByMe } from "./layer";
import type { Row } from "./model/rows";
import { useT } from "./texts";

export interface Away { id: string; title: string; text: string }

export function useAway(rows: readonly Row[], open: string): { away: Away | undefined; clear: () => void } {
  const t = useT();
  const me = useMyId();
  const person = usePersonName();
  const [away, setAway] = useState<Away>();
  const before = useRef(new Map<string, string>());
  useEffect(() => {
    const now = new Map(rows.map(({ conversation }) => [conversation.id, conversation.contact_name || t("guest", { no: conversation.no })]));
    const told = ((conversation: T.Conversation | undefined): string => {
      if (conversation?.status === "CONVERSATION_STATUS_OPEN") return t("away_taken", { name: person(conversation.assignee_id) || t("a_colleague") });
      if (conversation?.status === "CONVERSATION_STATUS_WAITING") return t("away_queue");
      if (conversation?.status === "CONVERSATION_STATUS_CLOSED") return t("away_closed");
      return t("away_gone");
    });
    for (const [id, name] of before.current) {
      if (now.has(id) || endedByMe.has(id) || store.state.conversations[id]?.assignee_id === me && /_(CLOSED|SNOOZED)$/.test(store.state.conversations[id]?.status ?? "")) continue;
      const text = told(store.state.conversations[id]);
      if (id === open) setAway({ id, title: name, text });
      else toast(`${name}: ${text}`);
    }
    before.current = now;
  }, [rows, open, me, person, t]);
  return { away: away?.id === open ? away : undefined, clear: () => setAway(undefined) };
}
