/**
 * Pure reducers. Each is idempotent per entity: a record with a rev changes only to a higher rev, a message by
 * (conversation, seq) and rev, a work item by when it happened, an offer by its version. So an event that comes twice, or that a
 * newer snapshot already shows, changes nothing (the same state object comes back).
 */
import type * as T from "../api/types.gen";
import type { EventBodies } from "../api/types.gen";
import { mentionKey, type ById, type DeskState, type Presence } from "./state";

export type EventType = keyof EventBodies;
export interface DurableEvent {
  type: string;
  id?: string;
  body: unknown;
}

/** Order of RFC 3339 times down to the nanosecond. */
export function later(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return Boolean(a) && !b;
  const [left, right] = [Date.parse(a), Date.parse(b)];
  if (left !== right) return left > right;
  const fraction = (text: string) => (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(9, "0");
  return fraction(a) > fraction(b);
}

type Rev = { id: string; rev: number };
type RevTable = "people" | "groups" | "queues" | "channels" | "projects" | "conversations" | "rooms";

const without = <V>(table: ById<V>, key: string): ById<V> => {
  const { [key]: _gone, ...rest } = table;
  return rest;
};

function putRev<V extends Rev>(state: DeskState, name: RevTable, record: V | undefined): DeskState {
  if (!record) return state;
  const table = state[name] as unknown as ById<V>;
  const old = table[record.id];
  if (state.gone[`${name}:${record.id}`] !== undefined || (old && old.rev >= record.rev)) return state;
  return { ...state, [name]: { ...table, [record.id]: record } };
}

function dropRev(state: DeskState, name: RevTable, id: string, at: string): DeskState {
  const mark = `${name}:${id}`;
  if (state.gone[mark] !== undefined) return state;
  return { ...state, [name]: without(state[name] as ById<unknown>, id), gone: { ...state.gone, [mark]: at } };
}

/** Puts messages in their places; also used for pages of history. */
export function putMessages(state: DeskState, conversation: string, incoming: readonly T.Message[]): DeskState {
  const old = state.messages[conversation] ?? [];
  const bySeq = new Map(old.map((message) => [message.seq, message]));
  let changed = !(conversation in state.messages) && incoming.length > 0;
  for (const message of incoming) {
    const known = bySeq.get(message.seq);
    if (known && known.rev >= message.rev) continue;
    bySeq.set(message.seq, message);
    changed = true;
  }
  if (!changed) return state;
  const sorted = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  return { ...state, messages: { ...state.messages, [conversation]: sorted } };
}

export function putConversations(state: DeskState, list: readonly T.Conversation[]): DeskState {
  return list.reduce((now, one) => putRev(now, "conversations", one), state);
}

const RANK: Record<T.ItemState, number> = {
  ITEM_STATE_UNSPECIFIED: 0, ITEM_STATE_NEW: 1, ITEM_STATE_SCHEDULED: 2, ITEM_STATE_WAITING: 3, ITEM_STATE_OFFERED: 4,
  ITEM_STATE_CONNECTED: 5, ITEM_STATE_WRAP: 6, ITEM_STATE_DONE: 7, ITEM_STATE_ABANDONED: 8, ITEM_STATE_OVERFLOWED: 9,
};

/** What is scheduled counts its `since` from its time, which is still to come: it says nothing about what was before. */
const past = (item: T.WorkItem): string | undefined => (item.state === "ITEM_STATE_SCHEDULED" ? undefined : item.since);

/** A REST answer has no time of its own: the item's since, then its rank. */
function isNewer(item: T.WorkItem, old: T.WorkItem): boolean {
  if (later(past(item), past(old))) return true;
  return !later(past(old), past(item)) && RANK[item.state] > RANK[old.state];
}

/** A fact: when it happened decides, for an item that goes back to the queue has its first `since` again. */
function follows(at: string, item: T.WorkItem, old: T.WorkItem, stamp: string | undefined): boolean {
  const known = later(past(old), stamp) ? old.since : stamp;
  return later(at, known) || (!later(known, at) && RANK[item.state] > RANK[old.state]);
}

function putItem(state: DeskState, item: T.WorkItem | undefined, at: string | undefined): DeskState {
  if (!item) return state;
  const old = state.items[item.id];
  // A blank item left our sight: another queue has it, or a colleague.
  if (item.state === "ITEM_STATE_UNSPECIFIED") return old ? { ...state, items: without(state.items, item.id) } : state;
  const mark = `item:${item.id}`;
  if (old && !(at ? follows(at, item, old, state.stamps[mark]) : isNewer(item, old))) return state;
  return { ...state, items: { ...state.items, [item.id]: item }, ...(at ? { stamps: { ...state.stamps, [mark]: at } } : {}) };
}

const endedVersion = (state: DeskState, item: string) => Number(state.gone[`offer:${item}`] ?? -1);

function endOffer(state: DeskState, item: string, version: number): DeskState {
  const known = state.offers[item];
  const drops = known !== undefined && known.version <= version;
  if (!drops && endedVersion(state, item) >= version) return state;
  const offers = drops ? without(state.offers, item) : state.offers;
  return { ...state, offers, gone: { ...state.gone, [`offer:${item}`]: String(Math.max(version, endedVersion(state, item))) } };
}

function putOffer(state: DeskState, { item, offer, occurred_at }: T.WorkOffered): DeskState {
  const withItem = putItem(state, item, occurred_at);
  if (!offer) return withItem;
  const held = withItem.items[offer.item_id];
  const movedOn = held !== undefined && held.state !== "ITEM_STATE_OFFERED";
  const known = withItem.offers[offer.item_id];
  if (movedOn || (known && known.version >= offer.version) || endedVersion(withItem, offer.item_id) >= offer.version) return withItem;
  return { ...withItem, offers: { ...withItem.offers, [offer.item_id]: offer } };
}

/** An item that an agent holds, that waits again or that is over, rings nobody. */
function settle(state: DeskState, { item, occurred_at }: { item?: T.WorkItem; occurred_at?: string }): DeskState {
  const next = putItem(state, item, occurred_at);
  const offer = item && next.offers[item.id];
  return offer && next.items[item.id]?.state !== "ITEM_STATE_OFFERED" ? endOffer(next, offer.item_id, offer.version) : next;
}

function putAgent(state: DeskState, { agent, occurred_at }: T.AgentChanged): DeskState {
  if (!agent) return state;
  const mark = `agent:${agent.agent_id}`;
  const old = state.agents[agent.agent_id];
  const stamp = state.stamps[mark];
  if ((stamp && !later(occurred_at, stamp)) || (old && later(old.since, agent.since))) return state;
  return {
    ...state,
    agents: { ...state.agents, [agent.agent_id]: agent },
    stamps: { ...state.stamps, [mark]: occurred_at ?? "" },
  };
}

function putMyself(state: DeskState, person: T.Person | undefined): DeskState {
  const mine = state.me?.person;
  if (!state.me || !person || mine?.id !== person.id || mine.rev >= person.rev) return state;
  return { ...state, me: { ...state.me, person } };
}

function putTenant(state: DeskState, tenant: T.Tenant | undefined): DeskState {
  if (!state.me || !tenant || (state.me.tenant?.rev ?? -1) >= tenant.rev) return state;
  return { ...state, me: { ...state.me, tenant } };
}

/** A call has no rev: when it happened decides. One that ended is gone for ever. */
function putCall(state: DeskState, { call, occurred_at: at = "" }: { call?: T.Call; occurred_at?: string }): DeskState {
  if (!call) return state;
  const mark = `call:${call.id}`;
  const stamp = state.stamps[mark];
  if (state.gone[mark] !== undefined || (stamp !== undefined && !later(at, stamp))) return state;
  return { ...state, calls: { ...state.calls, [call.id]: call }, stamps: { ...state.stamps, [mark]: at } };
}

function endCall(state: DeskState, { call, occurred_at: at = "" }: T.CallEnded): DeskState {
  const mark = `call:${call?.id ?? ""}`;
  if (!call || state.gone[mark] !== undefined) return state;
  return { ...state, calls: without(state.calls, call.id), gone: { ...state.gone, [mark]: at } };
}

/** An alarm has no rev: when it happened decides; one that is cleared is forgotten, its time is not. */
function putAlarm(state: DeskState, alarm: T.VoiceAlarm): DeskState {
  const key = `${alarm.kind}:${alarm.name}`;
  const stamp = state.stamps[`alarm:${key}`];
  if (stamp !== undefined && !later(alarm.occurred_at, stamp)) return state;
  const alarms = alarm.cleared ? without(state.alarms, key) : { ...state.alarms, [key]: alarm };
  return { ...state, alarms, stamps: { ...state.stamps, [`alarm:${key}`]: alarm.occurred_at ?? "" } };
}

/** Puts lines in their places; also used for pages of history. A line never changes. */
export function putLines(state: DeskState, room: string, incoming: readonly T.Line[]): DeskState {
  const old = state.lines[room];
  const fresh = incoming.filter((line) => !old?.some((one) => one.seq === line.seq));
  if (old && fresh.length === 0) return state;
  return { ...state, lines: { ...state.lines, [room]: [...(old ?? []), ...fresh].sort((a, b) => a.seq - b.seq) } };
}

/** A room without me is no room of mine: what I had of it goes. */
function putRoom(state: DeskState, room: T.Room | undefined): DeskState {
  const me = state.me?.person?.id;
  if (!room || !me || room.person_ids.includes(me)) return putRev(state, "rooms", room);
  const known = state.rooms[room.id];
  return known && known.rev < room.rev ? { ...state, rooms: without(state.rooms, room.id), lines: without(state.lines, room.id) } : state;
}

function putLine(state: DeskState, { line, room }: T.LineSaid): DeskState {
  const next = putRoom(state, room);
  // A room nobody has opened is not started in the middle: opening it loads the newest page.
  return line && line.room_id in next.lines ? putLines(next, line.room_id, [line]) : next;
}

/** A note named me. What I have seen meanwhile does not come back. */
function putMention(state: DeskState, { message, conversation }: T.PersonMentioned): DeskState {
  const next = putRev(state, "conversations", conversation);
  if (!message || !conversation || message.author === `person:${next.me?.person?.id ?? ""}`) return next;
  const key = mentionKey({ message });
  if (key in next.mentions || next.gone[`mention:${key}`] !== undefined) return next;
  return { ...next, mentions: { ...next.mentions, [key]: { conversation, message, seen: false } } };
}

/** I have looked: in one conversation, or everywhere. */
export function seeMentions(state: DeskState, conversation: string, at: string): DeskState {
  const seen = Object.keys(state.mentions).filter((key) => !conversation || key.startsWith(`${conversation}:`));
  if (seen.length === 0) return state;
  const mentions = Object.fromEntries(Object.entries(state.mentions).filter(([key]) => !seen.includes(key)));
  return { ...state, mentions, gone: { ...state.gone, ...Object.fromEntries(seen.map((key) => [`mention:${key}`, at])) } };
}

function putShelf(state: DeskState, { what, occurred_at: at = "" }: T.WorkbenchChanged): DeskState {
  const known = state.shelf[what];
  return known !== undefined && !later(at, known) ? state : { ...state, shelf: { ...state.shelf, [what]: at } };
}

type Reducers = { [E in EventType]?: (state: DeskState, body: EventBodies[E]) => DeskState };

/** Every event the desk knows; a type that is not here only moves the cursor. */
export const REDUCERS: Reducers = {
  "antiphon.directory.v1.TenantChanged": (state, body) => putTenant(state, body.tenant),
  "antiphon.directory.v1.ProjectChanged": (state, body) => putRev(state, "projects", body.project),
  "antiphon.directory.v1.PersonChanged": (state, body) => putMyself(putRev(state, "people", body.person), body.person),
  "antiphon.directory.v1.GroupChanged": (state, body) => putRev(state, "groups", body.group),
  "antiphon.directory.v1.GroupDeleted": (state, body) => dropRev(state, "groups", body.group_id, body.occurred_at ?? ""),
  "antiphon.acd.v1.QueueChanged": (state, body) => putRev(state, "queues", body.queue),
  "antiphon.acd.v1.QueueDeleted": (state, body) => dropRev(state, "queues", body.queue_id, body.occurred_at ?? ""),
  "antiphon.acd.v1.AgentChanged": putAgent,
  "antiphon.acd.v1.WorkQueued": settle,
  "antiphon.acd.v1.WorkOffered": putOffer,
  "antiphon.acd.v1.OfferEnded": (state, body) => endOffer(state, body.item_id, body.version),
  "antiphon.acd.v1.WorkAccepted": settle,
  "antiphon.acd.v1.WorkAbandoned": settle,
  "antiphon.acd.v1.WorkScheduled": settle,
  "antiphon.acd.v1.WorkOverflowed": settle,
  "antiphon.acd.v1.WrapUpStarted": settle,
  "antiphon.acd.v1.WorkCompleted": settle,
  "antiphon.channels.v1.MessageAdded": (state, body) => {
    const next = putRev(state, "conversations", body.conversation);
    const id = body.message?.conversation_id ?? "";
    // A thread nobody has opened is not started in the middle: opening it loads the page of history.
    return body.message && id in next.messages ? putMessages(next, id, [body.message]) : next;
  },
  "antiphon.channels.v1.MessageChanged": (state, body) => {
    const id = body.message?.conversation_id ?? "";
    return body.message && id in state.messages ? putMessages(state, id, [body.message]) : state;
  },
  "antiphon.channels.v1.ConversationChanged": (state, body) => putRev(state, "conversations", body.conversation),
  "antiphon.channels.v1.PersonMentioned": putMention,
  "antiphon.channels.v1.SlaWarned": (state, body) => putRev(state, "conversations", body.conversation),
  "antiphon.channels.v1.SlaBreached": (state, body) => putRev(state, "conversations", body.conversation),
  "antiphon.channels.v1.WorkbenchChanged": putShelf,
  "antiphon.media.v1.CallStarted": putCall,
  "antiphon.media.v1.CallChanged": putCall,
  "antiphon.media.v1.CallBridged": putCall,
  "antiphon.media.v1.CallEnded": endCall,
  "antiphon.media.v1.VoiceAlarm": putAlarm,
  "antiphon.team.v1.LineSaid": putLine,
  "antiphon.team.v1.RoomChanged": (state, body) => putRoom(state, body.room),
  "antiphon.channels.v1.ChannelChanged": (state, body) =>
    body.deleted && body.channel
      ? dropRev(state, "channels", body.channel.id, body.occurred_at ?? "")
      : putRev(state, "channels", body.channel),
};

/** The entities of one event, without the cursor. */
export function reduce(state: DeskState, event: DurableEvent): DeskState {
  const reducer = REDUCERS[event.type as EventType] as ((state: DeskState, body: unknown) => DeskState) | undefined;
  return reducer ? reducer(state, event.body) : state;
}

/** A numbered event: applied only past the cursor. */
export function applyEvent(state: DeskState, n: number, event: DurableEvent): DeskState {
  if (n <= state.cursor) return state;
  return { ...reduce(state, event), cursor: n };
}

export interface EphemeralEvent {
  type: string;
  conversation_id?: string;
  person_id?: string;
  doing?: string;
  board?: T.GetBoardResponse;
  body?: unknown;
}

const PRESENCE_MS = 10_000;

/** Presence, typing and board figures: the latest wins, nothing is numbered. */
export function applyEphemeral(state: DeskState, event: EphemeralEvent, now: number): DeskState {
  if (event.type === "board") {
    const board = event.board ?? (event.body as T.GetBoardResponse | undefined);
    if (!board) return state;
    return {
      ...state,
      board: { ...state.board, ...Object.fromEntries((board.queues ?? []).map((one) => [one.queue_id, one])) },
      agents: { ...state.agents, ...Object.fromEntries((board.agents ?? []).map((one) => [one.agent_id, one])) },
    };
  }
  const id = event.conversation_id;
  if (!id || (event.type !== "presence" && event.type !== "typing")) return state;
  const who = event.person_id || "customer";
  const doing = event.doing ?? (event.type === "typing" ? "typing" : "viewing");
  const others = (state.presence[id] ?? []).filter((one) => one.person_id !== who && one.until > now);
  const mine: Presence[] = doing === "" || doing === "gone" ? [] : [{ person_id: who, doing, until: now + PRESENCE_MS }];
  return { ...state, presence: { ...state.presence, [id]: [...others, ...mine] } };
}
