/** Questions about the state, each with one answer everywhere. */
import type * as T from "../api/types.gen";
import { byTime } from "../i18n/format";
import type { DeskState, Presence } from "./state";

export const myId = (state: DeskState): string => state.me?.person?.id ?? "";
export const mine = (state: DeskState): T.Agent | undefined => state.agents[myId(state)];
export const can = (permission: string) => (state: DeskState): boolean => state.me?.permissions.includes(permission) ?? false;

/** Offers that ring me, the oldest first. */
export function myOffers(state: DeskState): T.Offer[] {
  const me = myId(state);
  return Object.values(state.offers).filter((offer) => offer.agent_id === me).sort((a, b) => byTime(a.offered_at, b.offered_at));
}

/** What I hold: connected or in wrap-up, the oldest first. */
export function myItems(state: DeskState): T.WorkItem[] {
  const me = myId(state);
  return Object.values(state.items)
    .filter((item) => item.agent_id === me && (item.state === "ITEM_STATE_CONNECTED" || item.state === "ITEM_STATE_WRAP"))
    .sort((a, b) => byTime(a.since, b.since));
}

/** Calls in which I am now, as agent or as a leg that is not over; the oldest first. */
export function myCalls(state: DeskState): T.Call[] {
  const me = myId(state);
  return Object.values(state.calls)
    .filter((call) => call.state !== "CALL_STATE_ENDED" && call.legs.some((leg) => leg.person_id === me && leg.role !== "supervisor" && !leg.ended_at))
    .sort((a, b) => byTime(a.started_at, b.started_at));
}

/** The call that I listen to, if any. */
export function monitored(state: DeskState): T.Call | undefined {
  const me = myId(state);
  return Object.values(state.calls).find((call) => call.legs.some((leg) => leg.person_id === me && leg.role === "supervisor" && !leg.ended_at));
}

/** Incoming messages after what I have read. */
export function unread(conversation: T.Conversation, person: string): number {
  return Math.max(0, conversation.last_seq - (conversation.read[person] ?? 0));
}

const OVER: ReadonlySet<T.ItemState> = new Set<T.ItemState>(["ITEM_STATE_DONE", "ITEM_STATE_ABANDONED", "ITEM_STATE_OVERFLOWED"]);
export const itemOfConversation = (id: string) => (state: DeskState): T.WorkItem | undefined =>
  Object.values(state.items).find((item) => item.subject === `conversation:${id}` && !OVER.has(item.state));

const NOBODY: readonly Presence[] = [];
/** Who looks or types there but me; drop those past `until`. */
export const presence = (id: string) => (state: DeskState): readonly Presence[] => state.presence[id] ?? NOBODY;

/** Lines of a room that I have not read. */
export const unreadLines = (room: T.Room, me: string): number => Math.max(0, room.last_seq - (room.read[me] ?? 0));
/** Whether a line that I have not read names me, or is said to me alone. */
export const isForMe = (room: T.Room, me: string): boolean => unreadLines(room, me) > 0 && (room.kind === "ROOM_KIND_DIRECT" || (room.mentioned[me] ?? 0) > (room.read[me] ?? 0));

export const personName = (id: string) => (state: DeskState): string => state.people[id]?.name ?? "";
export const queueName = (id: string) => (state: DeskState): string => state.queues[id]?.name ?? "";

/** The six states a person sees, from the agent and what he holds. */
export type SeenState = "available" | "ontask" | "wrapup" | "break" | "noresponse" | "offline";
export function seenState(agent: T.Agent | undefined): SeenState {
  switch (agent?.state) {
    case "AGENT_STATE_NOT_RESPONDING":
    case "AGENT_STATE_DISABLED":
      return "noresponse";
    case "AGENT_STATE_NOT_READY":
      return "break";
    case "AGENT_STATE_READY": {
      // What is in wrap-up keeps its load.
      const held = Object.values(agent.load).reduce((sum, one) => sum + one, 0);
      return held > agent.wrapping ? "ontask" : agent.wrapping > 0 ? "wrapup" : "available";
    }
    default:
      return "offline";
  }
}
