import { beforeEach, describe, expect, it } from "vitest";
import { Problem } from "../api/problem";
import type * as T from "../api/types.gen";
import { byTime } from "../i18n/format";
import { Connection, type Link, type Socket } from "./connection";
import { applyEvent, putMessages, reduce, type DurableEvent } from "./reduce";
import { EMPTY, fromSnapshot, type DeskState, type Snapshot } from "./state";

const at = (second: number) => `2026-05-21T10:00:${String(second).padStart(2, "0")}Z`;
const item = (state: T.ItemState, second: number): T.WorkItem => ({
  id: "w1", queue_id: "q1", channel: "telegram", state, priority: 0, agent_id: "a1", since: at(second), subject: "conversation:c1", contact_id: "k1", disposition: "", callback: false, tries: 0,
});
const offer = (version: number, second: number): T.Offer => ({ item_id: "w1", version, agent_id: "a1", offered_at: at(second), expires_at: at(second + 20) });
const message = (seq: number, rev: number, text = "hi") => ({ conversation_id: "c1", seq, rev, text }) as T.Message;
const conversation = (rev: number) => ({ id: "c1", rev, last_seq: rev, read: {} }) as unknown as T.Conversation;
const agent = (state: T.AgentState, second: number): T.Agent => ({ agent_id: "a1", state, reason: "", since: at(second), load: {}, capacity: {}, skills: {}, wrapping: 0, queue_ids: [] });
const acd = (type: string, body: unknown): DurableEvent => ({ type: `antiphon.acd.v1.${type}`, body });
const chan = (type: string, body: unknown): DurableEvent => ({ type: `antiphon.channels.v1.${type}`, body });

const STORY: DurableEvent[] = [
  acd("WorkQueued", { occurred_at: at(1), item: item("ITEM_STATE_WAITING", 1), position: 1 }),
  acd("WorkOffered", { occurred_at: at(2), item: item("ITEM_STATE_OFFERED", 1), offer: offer(1, 2) }),
  acd("OfferEnded", { occurred_at: at(3), item_id: "w1", version: 1, agent_id: "a1", how: "OFFER_END_RANG_OUT" }),
  acd("WorkOffered", { occurred_at: at(4), item: item("ITEM_STATE_OFFERED", 1), offer: offer(2, 4) }),
  acd("WorkAccepted", { occurred_at: at(5), item: item("ITEM_STATE_CONNECTED", 5) }),
  acd("AgentChanged", { occurred_at: at(5), agent: agent("AGENT_STATE_READY", 5) }),
  // Transferred: back in the queue with its first time, and offered within the same instant.
  acd("WorkQueued", { occurred_at: at(6), item: item("ITEM_STATE_WAITING", 1), position: 1 }),
  acd("WorkOffered", { occurred_at: at(6), item: item("ITEM_STATE_OFFERED", 1), offer: offer(3, 6) }),
  acd("WorkAccepted", { occurred_at: at(7), item: item("ITEM_STATE_CONNECTED", 7) }),
  chan("MessageAdded", { occurred_at: at(6), message: message(1, 1), conversation: conversation(1) }),
  chan("MessageAdded", { occurred_at: at(7), message: message(2, 1), conversation: conversation(2) }),
  chan("MessageChanged", { occurred_at: at(8), message: message(1, 2, "edited") }),
  chan("ConversationChanged", { occurred_at: at(9), conversation: conversation(3) }),
  chan("SlaWarned", { occurred_at: at(9), conversation: conversation(4), clock: "SLA_CLOCK_KIND_FIRST_REPLY" }),
  chan("SlaBreached", { occurred_at: at(9), conversation: conversation(5), clock: "SLA_CLOCK_KIND_FIRST_REPLY" }),
  chan("PersonMentioned", { occurred_at: at(9), message: message(3, 1), conversation: conversation(6) }),
  chan("WorkbenchChanged", { occurred_at: at(9), what: "tags" }),
  chan("ChannelChanged", { occurred_at: at(9), channel: { id: "ch", rev: 1 }, deleted: false }),
  chan("ChannelChanged", { occurred_at: at(9), channel: { id: "ch", rev: 2 }, deleted: true }),
  acd("QueueChanged", { occurred_at: at(9), queue: { id: "q1", rev: 4 } }),
  acd("QueueDeleted", { occurred_at: at(9), queue_id: "q1" }),
  { type: "antiphon.directory.v1.PersonChanged", body: { occurred_at: at(9), person: { id: "a1", rev: 7 } } },
  acd("WrapUpStarted", { occurred_at: at(10), item: item("ITEM_STATE_WRAP", 10) }),
  acd("AgentChanged", { occurred_at: at(10), agent: agent("AGENT_STATE_NOT_READY", 10) }),
  acd("WorkCompleted", { occurred_at: at(11), item: item("ITEM_STATE_DONE", 11) }),
  acd("WorkScheduled", { occurred_at: at(12), item: { ...item("ITEM_STATE_SCHEDULED", 12), id: "w2", due_at: at(40) } }),
  acd("WorkQueued", { occurred_at: at(40), item: { ...item("ITEM_STATE_WAITING", 40), id: "w2" }, position: 1 }),
  acd("WorkOffered", { occurred_at: at(41), item: { ...item("ITEM_STATE_OFFERED", 40), id: "w2" }, offer: { ...offer(1, 41), item_id: "w2" } }),
  acd("WorkOverflowed", { occurred_at: at(42), item: { ...item("ITEM_STATE_OVERFLOWED", 42), id: "w2" }, way: "WAY_VOICEMAIL" }),
  ...(["CallStarted", "CallChanged", "CallBridged", "CallEnded"] as const).map((name, index) => ({ type: `antiphon.media.v1.${name}`, body: { occurred_at: at(12 + index), call: { id: "ca", state: name, legs: [] } } })),
  { type: "antiphon.team.v1.RoomChanged", body: { occurred_at: at(1), room: { id: "r1", rev: 1, person_ids: ["a1"], last_seq: 0 }, left_ids: [] } },
  { type: "antiphon.team.v1.LineSaid", body: { occurred_at: at(2), line: { room_id: "r1", seq: 1, text: "hi" }, room: { id: "r1", rev: 2, person_ids: ["a1"], last_seq: 1 } } },
  { type: "antiphon.media.v1.VoiceAlarm", body: { occurred_at: at(1), kind: "trunk", name: "tr-1", cleared: false, facts: {} } },
  { type: "antiphon.media.v1.VoiceAlarm", body: { occurred_at: at(2), kind: "trunk", name: "tr-1", cleared: true, facts: {} } },
];
const opened: DeskState = { ...EMPTY, messages: { c1: [] }, lines: { r1: [] } };
const run = (events: readonly DurableEvent[], from = opened) => events.reduce(reduce, from);

describe("moments", () => {
  it("are ordered as moments, not as texts", () => {
    const texts = ["2026-05-21T10:00:03.500Z", "2026-05-21T10:00:03Z", undefined, "2026-05-21T10:00:02.999Z"];
    expect([...texts].map((text) => text ?? "").sort(byTime)).toEqual(["", "2026-05-21T10:00:02.999Z", "2026-05-21T10:00:03Z", "2026-05-21T10:00:03.500Z"]);
  });
});

describe("reducers", () => {
  it("apply each event twice in a row without a change", () => {
    let state = opened;
    for (const event of STORY) {
      state = reduce(state, event);
      expect(reduce(state, event), event.type).toBe(state);
    }
  });

  it("ignore every event of the story after its end", () => {
    const end = run(STORY);
    for (const event of STORY) expect(reduce(end, event), event.type).toBe(end);
  });

  it("come to the same end when the tail repeats from any point", () => {
    const end = run(STORY);
    for (let from = 0; from < STORY.length; from += 1) expect(run([...STORY, ...STORY.slice(from)])).toEqual(end);
  });

  it("change nothing after a newer snapshot", () => {
    const snapshot: Snapshot = {
      epoch: "e", cursor: 3,
      state: {
        me: { permissions: [] },
        work: { agent: agent("AGENT_STATE_NOT_READY", 10), offers: [], items: [item("ITEM_STATE_WRAP", 10), { ...item("ITEM_STATE_OVERFLOWED", 42), id: "w2" }] },
        conversations: [conversation(6)], mentions: [{ message: message(3, 1), conversation: conversation(6), seen: false }], people: [{ id: "a1", rev: 7 } as T.Person], queues: [{ id: "q1", rev: 4 } as T.Queue],
      },
    };
    const fresh = fromSnapshot(putMessages(EMPTY, "c1", [message(1, 2, "edited"), message(2, 1)]), snapshot);
    const shown = STORY.filter(({ type, body }) => !/Channel|Workbench|QueueDeleted|WorkCompleted|media|team/.test(type) && !(type.endsWith("AgentChanged") && (body as T.AgentChanged).occurred_at === at(10)));
    for (const event of shown) {
      const next = reduce(fresh, event);
      expect({ ...next, gone: fresh.gone }, event.type).toEqual(fresh);
    }
  });

  it("keep messages in order with holes", () => {
    const state = putMessages(putMessages(EMPTY, "c1", [message(5, 1)]), "c1", [message(2, 1), message(9, 1)]);
    expect(state.messages["c1"]?.map((one) => one.seq)).toEqual([2, 5, 9]);
  });

  it("show an offer until it ends and never a version that ended", () => {
    expect(run(STORY.slice(0, 2)).offers["w1"]?.version).toBe(1);
    expect(run(STORY.slice(0, 3)).offers).toEqual({});
    expect(run(STORY.slice(0, 4)).offers["w1"]?.version).toBe(2);
    expect(run(STORY.slice(0, 5)).offers).toEqual({});
    expect(run(STORY.slice(0, 8)).offers["w1"]?.version).toBe(3);
    expect(run(STORY.slice(0, 9)).offers).toEqual({});
  });

  it("keep a call in the order of what happened, and never raise an ended one", () => {
    const fact = (name: string, seconds: number, state: string) => ({ type: `antiphon.media.v1.${name}`, body: { occurred_at: at(seconds), call: { id: "c", state, legs: [] } } });
    const talking = run([fact("CallStarted", 1, "CALL_STATE_RINGING"), fact("CallBridged", 3, "CALL_STATE_TALKING"), fact("CallChanged", 2, "CALL_STATE_QUEUED")]);
    expect(talking.calls["c"]?.state).toBe("CALL_STATE_TALKING");
    const over = run([fact("CallEnded", 4, "CALL_STATE_ENDED"), fact("CallChanged", 5, "CALL_STATE_TALKING")], talking);
    expect(over.calls).toEqual({});
    expect(fromSnapshot(talking, { epoch: "e", cursor: 1, state: { me: {} as never } }).calls, "telephony did not answer: what is known stays").toEqual(talking.calls);
    expect(fromSnapshot(talking, { epoch: "e", cursor: 1, state: { me: {} as never, calls: [] } }).calls).toEqual({});
  });

  it("let a callback be taken before its time", () => {
    const promised = { ...item("ITEM_STATE_SCHEDULED", 3600), id: "cb" };
    const state = run([acd("WorkScheduled", { occurred_at: at(1), item: promised })]);
    const taken = { ...item("ITEM_STATE_CONNECTED", 2), id: "cb" };
    expect(reduce(state, acd("WorkAccepted", { item: taken })).items["cb"]?.state, "an answer").toBe("ITEM_STATE_CONNECTED");
    const told = reduce(state, acd("WorkAccepted", { occurred_at: at(2), item: taken }));
    expect(told.items["cb"]?.state, "a fact").toBe("ITEM_STATE_CONNECTED");
    expect(reduce(told, acd("WorkScheduled", { occurred_at: at(3), item: promised })).items["cb"]?.state, "tried again").toBe("ITEM_STATE_SCHEDULED");
    expect(reduce(told, acd("WorkScheduled", { occurred_at: at(1), item: promised }))).toBe(told);
  });

  it("forget an item that left our sight", () => {
    const held = run(STORY.slice(0, 5));
    const gone = acd("WorkQueued", { occurred_at: at(6), item: { ...item("ITEM_STATE_UNSPECIFIED", 6), since: undefined } });
    expect(reduce(held, gone).items).toEqual({});
    expect(reduce(reduce(held, gone), gone).items).toEqual({});
  });

  it("show a room to its members only, and forget it with its lines when I am put out", () => {
    const room = (rev: number, person_ids: string[]) => ({ type: "antiphon.team.v1.RoomChanged", body: { room: { id: "r9", rev, person_ids }, left_ids: [] } });
    const me = { ...EMPTY, me: { permissions: [], person: { id: "a1" } as T.Person }, lines: { r9: [{ room_id: "r9", seq: 1 } as T.Line] } };
    const inside = run([room(1, ["a1", "a2"])], me);
    expect(Object.keys(inside.rooms)).toEqual(["r9"]);
    const outside = run([room(2, ["a2"])], inside);
    expect([outside.rooms, outside.lines]).toEqual([{}, {}]);
    expect(run([room(2, ["a2"])], outside)).toBe(outside);
  });

  it("move the cursor only forward", () => {
    const event = STORY[0] as DurableEvent;
    const state = applyEvent(EMPTY, 5, event);
    expect(state.cursor).toBe(5);
    expect(applyEvent(state, 5, STORY[1] as DurableEvent)).toBe(state);
    expect(applyEvent(state, 6, { type: "antiphon.unknown.v1.Fact", body: {} }).cursor).toBe(6);
  });
});

class FakeSocket implements Socket {
  sent: Array<Record<string, unknown>> = [];
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onopen: Socket["onopen"] = null;
  onerror: Socket["onerror"] = null;
  closedByClient = false;
  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close() {
    this.closedByClient = true;
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

describe("connection", () => {
  let sockets: FakeSocket[];
  let timers: Array<{ ms: number; action: () => void; live: boolean }>;
  let links: Link[];
  let state: DeskState;
  let snapshots: number;
  let refuse: Problem | undefined;
  let line: Connection;
  const settle = async () => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  const socket = () => sockets.at(-1) as FakeSocket;
  const link = () => links.at(-1)?.is;
  const fire = async (longest: number) => {
    const due = timers.filter((timer) => timer.live && timer.ms <= longest);
    due.forEach((timer) => {
      timer.live = false;
      timer.action();
    });
    await settle();
  };
  const goLive = async () => {
    line.start();
    await settle();
    socket().onopen?.();
    socket().say({ t: "hello", n: 10, now: at(0) });
  };

  beforeEach(() => {
    [sockets, timers, links, state, snapshots, refuse] = [[], [], [], EMPTY, 0, undefined];
    line = new Connection(
      {
        ticket: async () => (refuse ? Promise.reject(refuse) : "t"),
        snapshot: async () => {
          snapshots += 1;
          return { epoch: `e${snapshots}`, cursor: 10 * snapshots, state: { me: { permissions: [] } } };
        },
        socket: () => {
          sockets.push(new FakeSocket());
          return socket();
        },
        now: () => 0,
        random: () => 1,
        after: (ms, action) => {
          const timer = { ms, action, live: true };
          timers.push(timer);
          return () => {
            timer.live = false;
          };
        },
      },
      {
        position: () => ({ epoch: state.epoch, cursor: state.cursor }),
        snapshot: (snapshot) => (state = fromSnapshot(state, snapshot)),
        event: (n, event) => (state = applyEvent(state, n, event)),
        advance: (n) => (state = { ...state, cursor: Math.max(n, state.cursor) }),
        ephemeral: () => undefined,
        clock: () => undefined,
        link: (next) => links.push(next),
      },
    );
  });

  it("takes the snapshot, then says hello with its cursor and topics", async () => {
    line.subscribe("board");
    await goLive();
    expect(socket().sent[0]).toEqual({ t: "hello", ticket: "t", epoch: "e1", since: 10, subs: ["board"] });
    expect(link()).toBe("live");
  });

  it("resumes from the cursor without a new snapshot", async () => {
    await goLive();
    socket().say({ n: 11, e: STORY[0] });
    socket().onclose?.({ code: 4008 });
    expect(link()).toBe("waiting");
    await fire(250);
    socket().onopen?.();
    expect(socket().sent[0]).toMatchObject({ since: 11, epoch: "e1" });
    expect(snapshots).toBe(1);
    socket().say({ t: "hello", n: 11, now: at(0) });
    const before = state;
    socket().say({ n: 11, e: STORY[0] });
    expect(state).toBe(before);
  });

  it("moves its cursor with the heartbeat, never back", async () => {
    await goLive();
    socket().say({ t: "hb", n: 14, now: at(1) });
    expect(state.cursor).toBe(14);
    socket().say({ t: "hb", n: 12, now: at(2) });
    expect(state.cursor).toBe(14);
  });

  it("takes a new snapshot on resync, by frame and by code 4009", async () => {
    await goLive();
    socket().say({ t: "resync", why: "epoch" });
    await settle();
    expect([snapshots, sockets[0]?.closedByClient]).toEqual([2, true]);
    socket().onopen?.();
    expect(socket().sent[0]).toMatchObject({ since: 20, epoch: "e2" });
    socket().onclose?.({ code: 4009 });
    await fire(250);
    expect(snapshots).toBe(3);
  });

  it("hears nothing of a socket it has left", async () => {
    await goLive();
    const old = socket();
    old.say({ t: "resync", why: "gap" });
    await settle();
    old.say({ n: 99, e: STORY[0] });
    expect(state.cursor).toBe(20);
  });

  it("backs off up to 30 s and tries at once when woken", async () => {
    await goLive();
    refuse = new Problem(0, {});
    socket().onclose?.({ code: 1006 });
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const wait = timers.filter((timer) => timer.live && timer.ms <= 30_000).at(-1)?.ms ?? -1;
      waits.push(wait);
      await fire(30_000);
    }
    expect(waits.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(waits.at(-1)).toBe(30_000);
    refuse = undefined;
    line.wake();
    await settle();
    socket().onopen?.();
    socket().say({ t: "hello", n: 10, now: at(0) });
    expect(link()).toBe("live");
  });

  it("asks to sign in again on 4401 and on a refused ticket", async () => {
    await goLive();
    socket().onclose?.({ code: 4401 });
    expect(link()).toBe("signedOut");
    refuse = new Problem(401, {});
    line.start();
    await settle();
    expect(link()).toBe("signedOut");
  });

  it("leaves a silent line after a minute", async () => {
    await goLive();
    await fire(60_000);
    expect(link()).not.toBe("live");
  });

  it("counts the readers of a topic", async () => {
    await goLive();
    const first = line.subscribe("conversation:c1");
    const second = line.subscribe("conversation:c1");
    first();
    first();
    expect(socket().sent.at(-1)).toEqual({ t: "sub", subs: ["conversation:c1"] });
    second();
    expect(socket().sent.at(-1)).toEqual({ t: "sub", subs: [] });
  });
});
