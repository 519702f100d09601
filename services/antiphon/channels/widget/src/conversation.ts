import type { Pending } from "./outbox";
import type { ConversationStatus, Delivery, Message, ServerFrame } from "./protocol";

/**
 * What the visitor sees, as a value. `apply` may be given any frame any number of times in any order of repeats:
 * a message stands once (by seq, and by client_id for one's own), a change wins only with a newer rev.
 */
export interface Conversation {
  /** By seq, ascending. */
  messages: readonly Message[];
  status: ConversationStatus | null;
  agentName: string | null;
  position: number | null;
  estimate: [number, number] | null;
  /** The other side has read up to here. */
  readByThem: number;
  typing: { who: string; until: number } | null;
}

export const empty: Conversation = {
  messages: [],
  status: null,
  agentName: null,
  position: null,
  estimate: null,
  readByThem: 0,
  typing: null,
};

const RANK: Record<Delivery, number> = { sending: 0, failed: 1, sent: 2, delivered: 3, read: 4 };

export function apply(state: Conversation, frame: ServerFrame, now: number): Conversation {
  switch (frame.t) {
    case "hello":
      return {
        ...state,
        status: frame.conversation?.status ?? null,
        agentName: frame.conversation?.agent_name ?? null,
        position: null,
        estimate: null,
        readByThem: Math.max(state.readByThem, frame.read.them),
        typing: null,
      };
    case "msg":
    case "upd": {
      const messages = place(state.messages, frame.m);
      const answered = frame.t === "msg" && !frame.m.mine;
      return messages === state.messages
        ? state
        : { ...state, messages, typing: answered ? null : state.typing };
    }
    case "typing":
      return { ...state, typing: { who: frame.who, until: now + frame.for_ms } };
    case "status":
      return {
        ...state,
        status: frame.status,
        agentName: frame.agent_name,
        position: frame.position,
        estimate: frame.estimate,
        typing: frame.status === "open" ? state.typing : null,
      };
    case "read":
      return frame.by === "them" && frame.seq > state.readByThem ? { ...state, readByThem: frame.seq } : state;
    default:
      return state;
  }
}

function place(messages: readonly Message[], m: Message): readonly Message[] {
  const at = messages.findIndex(
    (x) => x.seq === m.seq || (m.mine && x.mine && m.client_id !== null && x.client_id === m.client_id),
  );
  if (at >= 0) {
    const old = messages[at] as Message;
    if (m.rev < old.rev) return messages;
    const delivery = m.rev === old.rev && RANK[m.delivery] < RANK[old.delivery] ? old.delivery : m.delivery;
    const next = messages.slice();
    next[at] = { ...m, seq: old.seq, client_id: m.client_id ?? old.client_id, delivery };
    return next;
  }
  let i = messages.length;
  while (i > 0 && (messages[i - 1] as Message).seq > m.seq) i--;
  return [...messages.slice(0, i), m, ...messages.slice(i)];
}

export const lastSeq = (state: Conversation): number => state.messages.at(-1)?.seq ?? 0;

/**
 * Where to resume. A little is asked again, because changes (edits, deletions, delivery marks) of the newest
 * messages may have happened while the line was down; repeats are harmless.
 */
export const resumeFrom = (state: Conversation, overlap = 20): number => Math.max(0, lastSeq(state) - overlap);

export const lastIncoming = (state: Conversation): number => {
  for (let i = state.messages.length - 1; i >= 0; i--) {
    const m = state.messages[i] as Message;
    if (counts(m)) return m.seq;
  }
  return 0;
};

const counts = (m: Message): boolean => !m.mine && m.kind !== "event" && !m.deleted;

export const unread = (state: Conversation, seen: number): number =>
  state.messages.reduce((n, m) => (counts(m) && m.seq > seen ? n + 1 : n), 0);

/** The delivery to show for one's own message, with the reader's mark taken into account. */
export const deliveryOf = (state: Conversation, m: Message): Delivery =>
  m.delivery !== "failed" && m.seq <= state.readByThem ? "read" : m.delivery;

/** What waits in the outbox and is not among the server's messages yet. */
export function waiting(state: Conversation, pending: readonly Pending[]): Pending[] {
  const known = new Set(state.messages.map((m) => m.client_id));
  return pending.filter((p) => !known.has(p.client_id));
}
