/** What stands in the work list, and in which order. Pure. */
import type * as T from "../../../api/types.gen";
import { myId } from "../../../rt/selectors";
import type { DeskState } from "../../../rt/state";

export type ListTab = "mine" | "queue" | "snoozed" | "mentions" | "closed";

export interface Row {
  conversation: T.Conversation;
  /** The ACD's item while somebody works on it. */
  item: T.WorkItem | undefined;
  wrapping: boolean;
  unread: number;
}

const SUBJECT = "conversation:";
export const conversationOf = (item: T.WorkItem | undefined): string => (item?.subject.startsWith(SUBJECT) ? item.subject.slice(SUBJECT.length) : "");

/** Incoming messages I have not read: exact where the thread is loaded, else by sequence numbers. */
export function unreadOf(state: DeskState, conversation: T.Conversation): number {
  const read = conversation.read[myId(state)] ?? 0;
  const loaded = state.messages[conversation.id];
  if (loaded?.length && (loaded[0]?.seq ?? 0) <= read + 1) return loaded.filter((one) => one.direction === "DIRECTION_IN" && one.seq > read).length;
  if (conversation.last_message?.direction !== "DIRECTION_IN" || conversation.last_message.seq <= read) return 0;
  return Math.max(1, conversation.last_message.seq - read);
}

export function wrapItemOf(state: DeskState, conversation: string): T.WorkItem | undefined {
  const me = myId(state);
  return Object.values(state.items).find((item) => item.agent_id === me && item.state === "ITEM_STATE_WRAP" && conversationOf(item) === conversation);
}

/** No time is the latest of all. */
const timeOf = (at: string | undefined): number => Date.parse(at ?? "") || Infinity;

/** The smallest first, then by number. Each place is found once: a list may be of thousands, and times are texts. */
function inOrder(rows: readonly Row[], place: (row: Row) => number): Row[] {
  const placed = rows.map((row) => ({ row, at: place(row) }));
  placed.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1) || a.row.conversation.no - b.row.conversation.no);
  return placed.map(({ row }) => row);
}

/**
 * Mine, in the order in which they came: a row keeps its place and its Alt number whatever the customer writes, and
 * when it goes into wrap-up. What is urgent is said by the timer, not by a jump.
 */
export function mineRows(state: DeskState): Row[] {
  const me = myId(state);
  const wraps = Object.values(state.items).filter((item) => item.agent_id === me && item.state === "ITEM_STATE_WRAP");
  const wrapped = wraps.flatMap((item) => {
    const conversation = state.conversations[conversationOf(item)];
    return conversation ? [{ conversation, item, wrapping: true, unread: 0 }] : [];
  });
  const held = new Set(wrapped.map((row) => row.conversation.id));
  const open = Object.values(state.conversations)
    .filter((one) => one.assignee_id === me && one.status !== "CONVERSATION_STATUS_CLOSED" && one.status !== "CONVERSATION_STATUS_SNOOZED" && !held.has(one.id))
    .map((conversation) => ({ conversation, item: state.items[conversation.work_id], wrapping: false, unread: unreadOf(state, conversation) }));
  return inOrder([...wrapped, ...open], (row) => timeOf(cameAt(row)));
}
/** What was put aside, mine first, the next to wake on top. */
export function snoozedRows(state: DeskState): Row[] {
  const me = myId(state);
  const asleep = Object.values(state.conversations)
    .filter((one) => one.status === "CONVERSATION_STATUS_SNOOZED")
    .map((conversation) => ({ conversation, item: undefined, wrapping: false, unread: 0 }));
  const [mine, others] = [asleep.filter((row) => row.conversation.assignee_id === me), asleep.filter((row) => row.conversation.assignee_id !== me)];
  return [mine, others].flatMap((rows) => inOrder(rows, (row) => timeOf(row.conversation.snooze_until)));
}

const cameAt = ({ item, conversation }: Row) => item?.enqueued_at ?? conversation.created_at;

/** Waiting in my queues, in the order of service: the priority counts as seconds of waiting. */
export function queueRows(state: DeskState): Row[] {
  const queues = state.agents[myId(state)]?.queue_ids ?? [];
  const place = (row: Row) => timeOf(row.item?.enqueued_at ?? row.conversation.waiting_since ?? row.conversation.created_at) - 1000 * (row.item?.priority ?? 0);
  const waiting = Object.values(state.conversations)
    .filter((one) => one.status === "CONVERSATION_STATUS_WAITING" && (queues.length === 0 || queues.includes(one.queue_id)))
    .map((conversation) => ({ conversation, item: state.items[conversation.work_id], wrapping: false, unread: 0 }));
  return inOrder(waiting, place);
}

/** The latest on top. */
export function closedRows(state: DeskState): Row[] {
  const closed = Object.values(state.conversations)
    .filter((one) => one.status === "CONVERSATION_STATUS_CLOSED")
    .map((conversation) => ({ conversation, item: undefined, wrapping: false, unread: 0 }));
  return inOrder(closed, (row) => Date.parse(row.conversation.active_at ?? "") || 0).reverse();
}
