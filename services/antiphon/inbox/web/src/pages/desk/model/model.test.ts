import { describe, expect, it } from "vitest";
import type * as T from "../../../api/types.gen";
import { EMPTY, type DeskState } from "../../../rt/state";
import { Drafts, type Shelf } from "./drafts";
import { cardsOf, goneOf, secondsLeft, shareLeft, GONE_MS } from "./offers";
import { whyLines } from "../../../why/lines";
import { add, drop, next, restore, retry, sendAnyway, settle, start, type Outbox } from "./outbox";
import { closedRows, mineRows, queueRows, unreadOf } from "./rows";
import { afterTask, breakToCome, capacityOf, dueBreak } from "./states";
import { chosenOption, entriesOf, fileSize, piecesOf } from "./thread";
import { byDigit, found, maySave, wrapPlan } from "./wrap";

const at = (minute: number, second = 0, day = 21) => new Date(2026, 4, day, 10, minute, second).toISOString();
const message = (seq: number, extra: Partial<T.Message> = {}): T.Message => ({
  conversation_id: "c1", seq, client_id: `id${seq}`, kind: "MESSAGE_KIND_TEXT", direction: "DIRECTION_IN", author: "customer", author_name: "", text: `text ${seq}`, attachments: [], at: at(seq),
  deleted: false, delivery: "DELIVERY_UNSPECIFIED", failure: "", group_id: "", options: [], event: "", facts: {}, rev: 1, reply_to_client_id: "", mention_ids: [], ...extra,
});
const conversation = (id: string, extra: Partial<T.Conversation> = {}): T.Conversation => ({
  id, rev: 1, no: Number(id.slice(1)), contact_id: "", contact_name: id, channel_id: "", channel: "telegram", status: "CONVERSATION_STATUS_OPEN", queue_id: "q1", assignee_id: "me", work_id: `w${id}`,
  last_seq: 0, read: {}, tags: [], disposition: "", project_id: "", language: "", subject: "", priority: "PRIORITY_NORMAL", follower_ids: [], scheduled: [], spam: false, unreachable: false, active_at: at(0), ...extra,
});
const item = (id: string, state: T.ItemState, extra: Partial<T.WorkItem> = {}): T.WorkItem => ({ id: `w${id}`, queue_id: "q1", channel: "telegram", state, priority: 0, agent_id: "me", subject: `conversation:${id}`, contact_id: "", disposition: "", callback: false, tries: 0, ...extra });
const agent = (extra: Partial<T.Agent> = {}): T.Agent => ({ agent_id: "me", state: "AGENT_STATE_READY", reason: "", load: {}, capacity: {}, skills: {}, wrapping: 0, queue_ids: ["q1"], ...extra });
const desk = (conversations: T.Conversation[], items: T.WorkItem[] = []): DeskState => ({
  ...EMPTY, me: { person: { id: "me" } as T.Person, permissions: [] }, agents: { me: agent() },
  conversations: Object.fromEntries(conversations.map((one) => [one.id, one])), items: Object.fromEntries(items.map((one) => [one.id, one])),
});

describe("the work list", () => {
  it("keeps every row of mine where it came, also in wrap-up", () => {
    const came = (id: string, minute: number, state: T.ItemState = "ITEM_STATE_CONNECTED") => item(id, state, { enqueued_at: at(minute), since: at(minute + 5) });
    const before = desk(
      [conversation("c1"), conversation("c2"), conversation("c3"), conversation("c6", { assignee_id: "other" }), conversation("c7", { status: "CONVERSATION_STATUS_CLOSED" })],
      [came("c1", 3), came("c2", 1), came("c3", 2)],
    );
    const ids = (state: DeskState) => mineRows(state).map((row) => row.conversation.id);
    expect(ids(before)).toEqual(["c2", "c3", "c1"]);
    const after = { ...before, conversations: { ...before.conversations, c2: conversation("c2", { status: "CONVERSATION_STATUS_CLOSED" }), c1: conversation("c1", { waiting_since: at(0), active_at: at(50) }) }, items: { ...before.items, wc2: came("c2", 1, "ITEM_STATE_WRAP") } };
    expect(ids(after)).toEqual(["c2", "c3", "c1"]);
    expect(mineRows(after)[0]?.wrapping).toBe(true);
  });

  it("shows what waits in my queues in the order of service", () => {
    const waiting = (id: string, queue_id: string, since: number) => conversation(id, { status: "CONVERSATION_STATUS_WAITING", assignee_id: "", queue_id, waiting_since: at(since) });
    const state = desk([waiting("c1", "q1", 5), waiting("c2", "q1", 3), waiting("c3", "q2", 1), waiting("c4", "q1", 6)], [item("c4", "ITEM_STATE_WAITING", { enqueued_at: at(6), priority: 300, agent_id: "" })]);
    expect(queueRows(state).map((row) => row.conversation.id)).toEqual(["c4", "c2", "c1"]);
  });

  it("lists closed ones by latest activity, and never a blank one", () => {
    const state = desk([conversation("c1", { status: "CONVERSATION_STATUS_CLOSED", active_at: at(1) }), conversation("c2", { status: "CONVERSATION_STATUS_CLOSED", active_at: at(2) }), conversation("c3", { status: "CONVERSATION_STATUS_UNSPECIFIED", assignee_id: "" })]);
    expect(closedRows(state).map((row) => row.conversation.id)).toEqual(["c2", "c1"]);
    expect([...mineRows(state), ...queueRows(state)]).toEqual([]);
  });

  it("counts unread exactly where the thread is loaded", () => {
    const one = conversation("c1", { last_seq: 5, last_message: message(5), read: { me: 2 } });
    const state = desk([one]);
    expect(unreadOf(state, one)).toBe(3);
    const loaded = { ...state, messages: { c1: [message(2), message(3, { direction: "DIRECTION_INTERNAL" }), message(5)] } };
    expect(unreadOf(loaded, one)).toBe(1);
    expect(unreadOf(state, { ...one, last_message: message(5, { direction: "DIRECTION_OUT" }) })).toBe(0);
  });
});

describe("the thread", () => {
  const parts = (messages: T.Message[]) => ({ messages, sending: [], freshAfter: undefined });
  it("separates days and groups an album", () => {
    const entries = entriesOf(parts([message(1, { at: at(1, 0, 20) }), message(2, { group_id: "g" }), message(3, { group_id: "g" }), message(4)]));
    expect(entries.map((one) => Boolean(one.day))).toEqual([true, true, false]);
    expect(entries[1]).toMatchObject({ messages: [{ seq: 2 }, { seq: 3 }], follows: false });
    expect(entries[2]).toMatchObject({ follows: true });
  });

  it("keeps every key when older pages come", () => {
    const newer = [message(5), message(6), message(7, { kind: "MESSAGE_KIND_EVENT" })];
    const keys = (list: T.Message[]) => entriesOf(parts(list)).map((one) => one.key);
    expect(keys([message(1, { at: at(1, 0, 20) }), message(4), ...newer]).slice(-3)).toEqual(keys(newer));
  });

  it("does not join messages across a note, a pause or an author", () => {
    const entries = entriesOf(parts([message(1), message(2, { kind: "MESSAGE_KIND_NOTE" }), message(3), message(20), message(21, { author: "person:me", direction: "DIRECTION_OUT" })]));
    expect(entries.filter((one) => one.is === "bubble").map((one) => one.follows)).toEqual([false, false, false, false]);
  });

  it("marks where the unread begin, once", () => {
    const entries = entriesOf({ ...parts([message(1), message(2), message(3)]), freshAfter: 1 });
    expect(entries.map((one) => Boolean(one.fresh))).toEqual([false, true, false]);
  });

  it("shows what is under way until it is stored, under one key", () => {
    const sending = { client_id: "id9", conversation: "c1", kind: "MESSAGE_KIND_TEXT" as const, text: "x", attachments: [], expect: 1, at: at(9), phase: "sending" as const, reason: "" };
    const before = entriesOf({ ...parts([message(1)]), sending: [sending] }).at(-1);
    const after = entriesOf({ ...parts([message(1), message(9)]), sending: [sending] });
    expect([before?.is, before?.key]).toEqual(["sending", "mid9"]);
    expect([after.length, after.at(-1)?.key]).toEqual([2, "mid9"]);
  });

  it("finds the chosen option of a menu", () => {
    const menu = message(1, { kind: "MESSAGE_KIND_MENU", direction: "DIRECTION_OUT", options: [{ key: "1", label: "Montage" }, { key: "2", label: "Warranty" }] });
    expect(chosenOption(menu, [message(2, { text: " warranty " })])).toBe("2");
    expect(chosenOption(menu, [message(2, { text: "1" })])).toBe("1");
    expect(chosenOption(menu, [message(2, { text: "a person" })])).toBe("");
  });

  it("makes links of addresses only", () => {
    expect(piecesOf("see https://a.example/x_(y), or mail a.b@c.example.")).toEqual([
      { text: "see " }, { text: "https://a.example/x_(y)", href: "https://a.example/x_(y)" }, { text: ", or mail " }, { text: "a.b@c.example", href: "mailto:a.b@c.example" }, { text: "." },
    ]);
    expect(piecesOf("javascript:alert(1) <b>x</b>")).toEqual([{ text: "javascript:alert(1) <b>x</b>" }]);
  });

  it("writes sizes", () => {
    expect([fileSize(512), fileSize(20_480), fileSize(1_572_864)].map(({ value, unit }) => [value, unit])).toEqual([[512, "b"], [20, "kb"], [1.5, "mb"]]);
  });
});

describe("the outbox", () => {
  const one = (client_id: string, conversation = "c1", expect: number | undefined = 4) => ({ client_id, conversation, kind: "MESSAGE_KIND_TEXT" as const, text: client_id, attachments: [], expect, at: at(1) });
  const filled = ["a", "b"].reduce<Outbox>((box, id) => add(box, one(id)), add([], one("z", "c2")));
  it("sends one at a time in each conversation, in order", () => {
    expect(next(filled).map((entry) => entry.client_id)).toEqual(["z", "a"]);
    expect(next(start(filled, "a")).map((entry) => entry.client_id)).toEqual(["z"]);
    expect(add(filled, one("a"))).toBe(filled);
  });
  it("lets what follows expect what went before", () => {
    const after = settle(start(filled, "a"), "a", { is: "stored", seq: 5 });
    expect(next(after).find((entry) => entry.conversation === "c1")).toMatchObject({ client_id: "b", expect: 5 });
    expect(after.find((entry) => entry.client_id === "z")?.expect).toBe(4);
  });
  it("holds back what follows a moved or failed one until a person decides", () => {
    const moved = settle(start(filled, "a"), "a", { is: "moved" });
    expect(next(moved).map((entry) => entry.client_id)).toEqual(["z"]);
    expect(next(sendAnyway(moved, "a"))[1]).toMatchObject({ client_id: "a", expect: undefined });
    const failed = settle(start(filled, "a"), "a", { is: "failed", reason: "TOO_LONG" });
    expect(next(failed).map((entry) => entry.client_id)).toEqual(["z"]);
    expect(next(retry(failed, "a")).map((entry) => entry.client_id)).toEqual(["z", "a"]);
    expect(next(drop(failed, "a")).map((entry) => entry.client_id)).toEqual(["z", "b"]);
  });
  it("comes back after a reload with the same ids", () => {
    const back = restore(JSON.stringify(start(filled, "a")));
    expect(back.map((entry) => [entry.client_id, entry.phase])).toEqual([["z", "queued"], ["a", "queued"], ["b", "queued"]]);
    expect([restore("{"), restore(null), restore("{}")]).toEqual([[], [], []]);
  });
});

describe("drafts", () => {
  const shelf = (): Shelf & { map: Map<string, string> } => {
    const map = new Map<string, string>();
    return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value), removeItem: (key) => void map.delete(key), key: (index) => [...map.keys()][index] ?? null, get length() { return map.size; } };
  };
  it("are kept per person and conversation, and leave only their moment when empty", () => {
    const store = shelf();
    const drafts = new Drafts(store, () => 7);
    drafts.save("p", "c1", { reply: "half", note: "", tab: "reply" });
    expect(drafts.load("p", "c1")).toEqual({ reply: "half", note: "", tab: "reply", at: 7 });
    expect([drafts.has("p", "c1"), drafts.has("p", "c2"), drafts.has("q", "c1")]).toEqual([true, false, false]);
    drafts.save("p", "c1", { reply: "", note: "", tab: "note" });
    expect([drafts.has("p", "c1"), drafts.load("p", "c1").at]).toEqual([false, 7]);
    drafts.save("p", "c3", { reply: "", note: "", tab: "note" });
    expect(store.map.size).toBe(1);
  });
  it("survive rubbish and a full shelf, and go after a month", () => {
    const store = shelf();
    store.setItem("antiphon.draft.p.c1", "{broken");
    let now = 1;
    const drafts = new Drafts(store, () => now);
    expect(drafts.load("p", "c1").reply).toBe("");
    drafts.save("p", "c2", { reply: "x", note: "", tab: "reply" });
    now = 31 * 86_400_000;
    drafts.sweep();
    expect([...store.map.keys()]).toEqual([]);
    const full = new Drafts({ ...store, setItem: () => { throw new Error("full"); } });
    expect(() => full.save("p", "c1", { reply: "x", note: "", tab: "reply" })).not.toThrow();
  });
});

describe("offers", () => {
  const offer = (version = 1, extra: Partial<T.Offer> = {}): T.Offer => ({ item_id: "wc1", version, agent_id: "me", offered_at: at(0), expires_at: at(0, 30), ...extra });
  it("ring, are being accepted, and tell what became of them for a while", () => {
    const ended = { offer: offer(), how: "OFFER_END_RANG_OUT" as const, at: 1000 };
    expect(cardsOf([offer()], {}, [], {}, 0)).toMatchObject([{ phase: "ringing" }]);
    expect(cardsOf([offer()], { "wc1:1": "accepting" }, [], {}, 0)).toMatchObject([{ phase: "accepting" }]);
    expect(cardsOf([], {}, [ended], {}, 2000)).toMatchObject([{ phase: "gone", gone: "missed" }]);
    expect(cardsOf([], {}, [ended], {}, 1000 + GONE_MS)).toEqual([]);
  });
  it("say who took it, or that the customer left", () => {
    const withdrawn = { offer: offer(), how: "OFFER_END_WITHDRAWN" as const, at: 0 };
    expect(goneOf(withdrawn, item("c1", "ITEM_STATE_CONNECTED", { agent_id: "p2" }))).toEqual({ gone: "taken", by: "p2" });
    expect(goneOf(withdrawn, item("c1", "ITEM_STATE_ABANDONED"))).toEqual({ gone: "left", by: "" });
    expect(goneOf(withdrawn, item("c1", "ITEM_STATE_WAITING"))).toEqual({ gone: "withdrawn", by: "" });
    expect(goneOf({ ...withdrawn, how: "OFFER_END_ACCEPTED" }, item("c1", "ITEM_STATE_CONNECTED"))).toBeUndefined();
    expect(goneOf({ ...withdrawn, how: "OFFER_END_DECLINED" }, undefined)).toBeUndefined();
  });
  it("stack with the oldest first and count down", () => {
    const cards = cardsOf([offer(2, { item_id: "w2", offered_at: at(3) }), offer(1, { offered_at: at(1) })], {}, [], {}, 0);
    expect(cards.map((card) => card.offer.item_id)).toEqual(["wc1", "w2"]);
    const half = Date.parse(at(0, 15));
    expect([secondsLeft(offer(), half), shareLeft(offer(), half), secondsLeft(offer(), half + 60_000)]).toEqual([15, 0.5, 0]);
  });
  it("explain themselves", () => {
    const decision: T.Decision = { rule: "longest_idle", position: 2, waited: "41s", facts: { level: "1", key: "9", "skill.uk": "5/3" }, runners_up: [{ agent_id: "p2", why_not: "key" }] };
    expect(whyLines(decision)).toEqual([
      { is: "place", position: 2, waited: 41 }, { is: "rule", rule: "longest_idle" }, { is: "skills", skills: [{ skill: "uk", has: "5", needed: "3" }] }, { is: "others", others: [{ agent: "p2", why: "key" }] },
    ]);
    expect(whyLines({ ...decision, facts: {}, runners_up: [] }).map((line) => line.is)).toEqual(["place", "rule", "nobody"]);
  });
});

describe("wrap-up", () => {
  const queue = (wrap_up: T.WrapUpMode): T.Queue => ({ wrap_up, dispositions: [{ code: "a", title: "Solved", default: false }, { code: "b", title: "Not said", default: true }] }) as unknown as T.Queue;
  const wrapping = item("c1", "ITEM_STATE_WRAP", { since: at(0), wrap_up_ends_at: at(1, 30) });
  it("follows the mode of the queue", () => {
    expect(wrapPlan(queue("WRAP_UP_MODE_OPTIONAL"), wrapping)).toMatchObject({ optional: true, until: undefined });
    expect(wrapPlan(queue("WRAP_UP_MODE_TIMED"), wrapping)).toMatchObject({ optional: true, until: at(1, 30), limit: 90, byDefault: { code: "b" } });
    const must = wrapPlan(queue("WRAP_UP_MODE_MANDATORY"), wrapping);
    expect([maySave(must, ""), maySave(must, "a")]).toEqual([false, true]);
    expect(maySave(wrapPlan({ ...queue("WRAP_UP_MODE_MANDATORY"), dispositions: [] }, wrapping), "")).toBe(true);
  });
  it("chooses by digit among what is shown", () => {
    const { dispositions } = queue("WRAP_UP_MODE_OPTIONAL");
    expect([byDigit(dispositions, "2")?.code, byDigit(dispositions, "3"), byDigit(dispositions, "0")]).toEqual(["b", undefined, undefined]);
    expect(found(dispositions, " SOL ").map((one) => one.code)).toEqual(["a"]);
  });
});

describe("my state", () => {
  it("keeps a promised break until the last task is over", () => {
    const waiting = agent({ state: "AGENT_STATE_NOT_READY", reason: afterTask("lunch"), load: { chat: 1 } });
    expect([breakToCome(waiting.reason), dueBreak(waiting)]).toEqual(["lunch", ""]);
    expect(dueBreak({ ...waiting, load: { chat: 0 }, wrapping: 1 })).toBe("");
    expect(dueBreak({ ...waiting, load: { chat: 0 } })).toBe("lunch");
    expect(dueBreak({ ...waiting, load: {}, state: "AGENT_STATE_READY" })).toBe("");
  });
  it("shows talking capacity in squares", () => {
    expect(capacityOf(agent({ capacity: { email: 5, chat: 3, voice: 1, task: 0 }, load: { chat: 2, email: 1 } }))).toMatchObject({ taken: 2, of: 4, blocked: false, classes: [{ name: "voice" }, { name: "chat" }, { name: "email" }] });
    expect(capacityOf(agent({ capacity: { voice: 1 }, load: { voice: 1 } })).blocked).toBe(true);
  });
});
