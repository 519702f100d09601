/** The one store of the page, its connection, and the hooks that read it. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { proof } from "../api/bearer";
import { post } from "../api/client";
import { problemOf, Problem } from "../api/problem";
import type * as T from "../api/types.gen";
import { setClock } from "./clock";
import { Connection, type Link, type Socket } from "./connection";
import { applyEphemeral, applyEvent, putConversations, putLines, putMessages, reduce, seeMentions, type DurableEvent } from "./reduce";
import { EMPTY, fromSnapshot, type DeskState, type Snapshot } from "./state";
import { serverNow } from "./clock";

type Listener = () => void;
type EventListener = (event: DurableEvent) => void;

class Store {
  state: DeskState = EMPTY;
  link: Link = { is: "idle" };
  private readonly listeners = new Set<Listener>();
  private readonly eventListeners = new Set<EventListener>();

  readonly watch = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(next: DeskState): void {
    if (next === this.state) return;
    this.state = next;
    this.listeners.forEach((listener) => listener());
  }

  setLink(link: Link): void {
    this.link = link;
    this.listeners.forEach((listener) => listener());
  }

  /** Fresh events only (for sounds and notices), after they are applied. */
  onEvent(listener: EventListener): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  tell(event: DurableEvent): void {
    this.eventListeners.forEach((listener) => listener(event));
  }
}

export const store = new Store();

/** The real-time addresses. */
const TICKET = "/api/v1/rt/ticket";
const SNAPSHOT = "/api/v1/rt/snapshot";
const SOCKET = "/rt";

async function json<R>(url: string, method: string): Promise<R> {
  let response: Response;
  try {
    const headers = { ...proof(), ...(method === "GET" ? {} : { "Idempotency-Key": crypto.randomUUID() }) };
    response = await fetch(url, { method, credentials: "same-origin", headers });
  } catch {
    throw new Problem(0, { reason: "OFFLINE" });
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as R;
}

export const connection = new Connection(
  {
    ticket: async () => (await json<{ ticket: string }>(TICKET, "POST")).ticket,
    snapshot: () => json<Snapshot>(SNAPSHOT, "GET"),
    socket: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}${SOCKET}`) as unknown as Socket,
    now: () => Date.now(),
    random: Math.random,
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
  },
  {
    position: () => ({ epoch: store.state.epoch, cursor: store.state.cursor }),
    snapshot: (snapshot) => store.set(fromSnapshot(store.state, snapshot)),
    event: (n, event) => {
      if (n <= store.state.cursor) return;
      store.set(applyEvent(store.state, n, event));
      store.tell(event);
    },
    advance: (n) => n > store.state.cursor && store.set({ ...store.state, cursor: n }),
    ephemeral: (event) => {
      if (event.type === "draft") store.tell({ type: "draft", id: "", body: event });
      else store.set(applyEphemeral(store.state, event, serverNow()));
    },
    clock: setClock,
    link: (link) => store.setLink(link),
  },
);

if (typeof window !== "undefined") {
  addEventListener("online", () => connection.wake());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && connection.wake());
}

function shallowEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length && left.every(([key, value]) => Object.is(value, (b as Record<string, unknown>)[key]));
}

/** Reads the store; renders again only when the selection changes (compared shallowly). */
export function useDesk<R>(select: (state: DeskState) => R): R {
  const last = useRef<{ value: R } | undefined>(undefined);
  return useSyncExternalStore(store.watch, () => {
    const value = select(store.state);
    if (!last.current || !shallowEqual(last.current.value, value)) last.current = { value };
    return last.current.value;
  });
}

export function useLink(): Link {
  return useSyncExternalStore(store.watch, () => store.link);
}

/** While mounted the topic is subscribed: "board", "conversation:<id>". */
export function useTopic(topic: string | undefined): void {
  useEffect(() => (topic ? connection.subscribe(topic) : undefined), [topic]);
}

/** Answers of REST calls enter the store through the same reducers as events do. */
export const learn = {
  messages: (conversation: string, list: readonly T.Message[]) => {
    const known = conversation in store.state.messages ? store.state : { ...store.state, messages: { ...store.state.messages, [conversation]: [] } };
    store.set(putMessages(known, conversation, list));
  },
  conversations: (list: readonly T.Conversation[]) => store.set(putConversations(store.state, list)),
  item: (item: T.WorkItem | undefined) => store.set(reduce(store.state, { type: "antiphon.acd.v1.WorkAccepted", body: { item } })),
  agent: (agent: T.Agent | undefined) => agent && store.set({ ...store.state, agents: { ...store.state.agents, [agent.agent_id]: agent } }),
  tags: (tags: readonly T.Tag[]) => store.set({ ...store.state, tags: Object.fromEntries(tags.map((one) => [one.id, one])) }),
  seen: (conversation: string) => store.set(seeMentions(store.state, conversation, new Date(serverNow()).toISOString())),
  me: (me: T.WhoAmIResponse) => store.set({ ...store.state, me }),
  queue: (queue: T.Queue | undefined) => store.set(reduce(store.state, { type: "antiphon.acd.v1.QueueChanged", body: { queue } })),
  person: (person: T.Person | undefined) => store.set(reduce(store.state, { type: "antiphon.directory.v1.PersonChanged", body: { person } })),
  /** What a command about a call answered: it is true until a fact says otherwise. */
  call: (call: T.Call | undefined) => call && !store.state.gone[`call:${call.id}`] && store.set({ ...store.state, calls: { ...store.state.calls, [call.id]: call } }),
  board: (board: T.GetBoardResponse) => store.set(applyEphemeral(store.state, { type: "board", board }, serverNow())),
  room: (room: T.Room | undefined) => store.set(reduce(store.state, { type: "antiphon.team.v1.RoomChanged", body: { room, left_ids: [] } })),
  lines: (room: string, lines: readonly T.Line[]) => store.set(putLines(store.state, room, lines)),
  channel: (channel: T.Channel | undefined) => store.set(reduce(store.state, { type: "antiphon.channels.v1.ChannelChanged", body: { channel } })),
};

/** After sign-out nothing of the last person stays in memory. */
export function forget(): void {
  connection.stop();
  store.set(EMPTY);
}

export const signOut = () => post("/sign-out");
