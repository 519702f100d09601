import { describe, expect, it } from "vitest";
import type * as T from "../../api/types.gen";
import { pagesOf, abandonedShare, alertsOf, countStates, digitsFor, levelOf, rowsOf, serviceLevel, settable, sortRows, tasksOf, tilesOf, totalsOf, type AgentRow } from "./model";

const at = (minutes: number) => new Date(Date.UTC(2026, 4, 21, 10, minutes)).toISOString();
const status = (id: string, change: Partial<T.QueueStatus> = {}): T.QueueStatus => ({
  queue_id: id, waiting: 0, offered: 0, connected: 0, ready: 2, logged_in: 3, entered: 100, answered: 90, answered_in_time: 85, abandoned: 10, overflowed: 0, ...change,
});
const queue = (id: string, name: string, change: Partial<T.Queue> = {}): T.Queue => ({
  id, rev: 1, name, project_id: "a", strategy: "", members: [], weight: 0, wrap_up: "WRAP_UP_MODE_NONE", dispositions: [], max_waiting: 0, target_share: 0.8, target_time: "20s", skills: {}, announce_position: false, ask_rating: false, music: "", by_service_level: false, closed: false, steps: [], tier_delays: {}, ...change,
});
const agent = (id: string, state: T.AgentState = "AGENT_STATE_READY", change: Partial<T.Agent> = {}): T.Agent => ({
  agent_id: id, state, reason: "", since: at(0), load: {}, capacity: { voice: 1, chat: 3 }, skills: {}, wrapping: 0, queue_ids: ["q"], ...change,
});
const person = (id: string, name: string, disabled = false) => ({ id, name, disabled }) as T.Person;
const conversation = (id: string, change: Partial<T.Conversation> = {}) =>
  ({ id, contact_name: `name of ${id}`, channel: "telegram", status: "CONVERSATION_STATUS_OPEN", assignee_id: "p1", queue_id: "q", work_id: `w-${id}`, created_at: at(1), ...change }) as T.Conversation;
const item = (id: string, change: Partial<T.WorkItem> = {}) =>
  ({ id, channel: "telegram", state: "ITEM_STATE_CONNECTED", agent_id: "p1", queue_id: "q", since: at(2), subject: "", ...change }) as T.WorkItem;
const table = <V>(list: V[], key: (one: V) => string) => Object.fromEntries(list.map((one) => [key(one), one]));

describe("service level", () => {
  it("is answered in time over answered and abandoned", () => {
    expect(serviceLevel({ answered: 290, answered_in_time: 214, abandoned: 12 })).toBeCloseTo(214 / 302);
    expect(abandonedShare({ answered: 290, abandoned: 12 })).toBeCloseTo(12 / 302);
  });
  it("is not measured before anybody was answered or left", () => {
    expect(serviceLevel({ answered: 0, answered_in_time: 0, abandoned: 0 })).toBeUndefined();
    expect(abandonedShare({ answered: 0, abandoned: 0 })).toBeUndefined();
    expect(serviceLevel({ answered: 0, answered_in_time: 0, abandoned: 4 })).toBe(0);
  });
  it.each([
    [0.83, "ok"], [0.8, "ok"], [0.799, "close"], [0.78, "close"], [0.77, "close"], [0.7699, "below"], [0.71, "below"], [0, "below"],
  ] as const)("%d against 0.8 is %s", (share, level) => expect(levelOf(share, 0.8)).toBe(level));
  it("knows no data and no target", () => {
    expect(levelOf(undefined, 0.8)).toBe("nodata");
    expect(levelOf(0.5, 0)).toBe("notarget");
  });
  it("does not round a missed target into a met one", () => {
    expect(digitsFor(0.797, 0.8)).toBe(1);
    expect(digitsFor(0.78, 0.8)).toBe(0);
    expect(digitsFor(0.83, 0.8)).toBe(0);
    expect(digitsFor(undefined, 0.8)).toBe(0);
  });
});

describe("tiles", () => {
  const queues = table([queue("1", "Sales"), queue("2", "возвраты", { project_id: "b" }), queue("3", "Line 10"), queue("4", "Line 9")], (one) => one.id);
  const board = table(["1", "2", "3", "4", "gone"].map((id) => status(id)), (one) => one.queue_id);
  it("stand by name and leave out deleted queues", () => {
    expect(tilesOf(queues, board, "").map((tile) => tile.queue.id)).toEqual(["4", "3", "1", "2"]);
  });
  it("keep to a project", () => {
    expect(tilesOf(queues, board, "b").map((tile) => tile.queue.id)).toEqual(["2"]);
  });
  it("add up without counting an agent twice", () => {
    const rows = rowsOf({ agents: { p1: agent("p1", "AGENT_STATE_READY", { queue_ids: ["1", "3"] }) }, people: {}, inQueues: undefined, items: {}, offers: {}, conversations: {} });
    const totals = totalsOf(tilesOf(queues, table([status("1", { oldest_since: at(5), waiting: 2 }), status("3", { oldest_since: at(3), waiting: 1 })], (one) => one.queue_id), ""), rows);
    expect(totals).toMatchObject({ waiting: 3, ready: 1, oldest: at(3), answered: 180, abandoned: 20, share: 0.85 });
  });
});

describe("tasks", () => {
  it("count a conversation once, with its item or without", () => {
    const tasks = tasksOf({
      items: table([item("w-c1", { subject: "conversation:c1" }), item("call", { channel: "voice", since: at(0) })], (one) => one.id), offers: {},
      conversations: table([conversation("c1"), conversation("c2", { created_at: at(9) })], (one) => one.id),
    }).get("p1");
    expect(tasks?.map((task) => [task.key, task.title, task.conversation])).toEqual([["call", "", undefined], ["w-c1", "name of c1", "c1"], ["c2", "name of c2", "c2"]]);
  });
  it("believe the item about who holds it", () => {
    const tasks = tasksOf({ items: { w: item("w", { subject: "conversation:c1", state: "ITEM_STATE_WAITING", agent_id: "" }) }, offers: {}, conversations: { c1: conversation("c1") } });
    expect(tasks.size).toBe(0);
  });
  it("show wrap-up and ringing", () => {
    const tasks = tasksOf({
      items: table([item("a", { state: "ITEM_STATE_WRAP" }), item("b", { state: "ITEM_STATE_OFFERED", agent_id: "" })], (one) => one.id),
      offers: { b: { item_id: "b", version: 1, agent_id: "p1", offered_at: at(4) } }, conversations: {},
    }).get("p1");
    expect(tasks?.map((task) => task.phase)).toEqual(["wrap", "ringing"]);
  });
});

describe("agents", () => {
  const people = table([person("p1", "Оксана"), person("p2", "Anna"), person("p3", "Борис"), person("p4", "Gone", true)], (one) => one.id);
  const agents = table([
    agent("p1", "AGENT_STATE_READY", { since: at(10), load: { chat: 2 } }), agent("p2", "AGENT_STATE_NOT_RESPONDING", { since: at(20) }),
    agent("p3", "AGENT_STATE_READY", { since: at(5), load: { chat: 1 }, queue_ids: ["other"] }), agent("p4"),
  ], (one) => one.agent_id);
  const all = rowsOf({ agents, people, inQueues: undefined, items: {}, offers: {}, conversations: {} });
  const ids = (rows: readonly AgentRow[]) => rows.map((row) => row.agent.agent_id);
  it("leave out who may no longer sign in, and other queues", () => {
    expect(ids(all).sort()).toEqual(["p1", "p2", "p3"]);
    expect(ids(rowsOf({ agents, people, inQueues: new Set(["other"]), items: {}, offers: {}, conversations: {} }))).toEqual(["p3"]);
  });
  it("sort by each column, equals by name", () => {
    expect(ids(sortRows(all, "name"))).toEqual(["p2", "p3", "p1"]);
    expect(ids(sortRows(all, "name", true))).toEqual(["p1", "p3", "p2"]);
    expect(ids(sortRows(all, "state"))).toEqual(["p2", "p3", "p1"]);
    expect(ids(sortRows(all, "since"))).toEqual(["p3", "p1", "p2"]);
    expect(ids(sortRows(all, "load", true))).toEqual(["p1", "p3", "p2"]);
  });
  it("does not touch the rows it sorts", () => {
    const before = ids(all);
    sortRows(all, "load");
    expect(ids(all)).toEqual(before);
  });
  it("are counted by the state one sees", () => {
    expect(countStates(all)).toEqual({ available: 0, ontask: 2, wrapup: 0, break: 0, noresponse: 1, offline: 0 });
  });
  it("go only where the ACD lets them", () => {
    expect(settable("AGENT_STATE_OFFLINE")).toEqual(["AGENT_STATE_READY", "AGENT_STATE_NOT_READY"]);
    expect(settable("AGENT_STATE_READY")).toEqual(["AGENT_STATE_NOT_READY", "AGENT_STATE_OFFLINE"]);
    expect(settable("AGENT_STATE_NOT_RESPONDING")).toEqual(["AGENT_STATE_READY", "AGENT_STATE_NOT_READY", "AGENT_STATE_OFFLINE"]);
  });
});

describe("alerts", () => {
  const tile = (id: string, change: Partial<T.QueueStatus>) => tilesOf({ [id]: queue(id, id) }, { [id]: status(id, change) }, "");
  const rows = rowsOf({ agents: { p1: agent("p1", "AGENT_STATE_NOT_RESPONDING"), p2: agent("p2", "AGENT_STATE_DISABLED"), p3: agent("p3") }, people: {}, inQueues: undefined, items: {}, offers: {}, conversations: {} });
  const kinds = (tiles: ReturnType<typeof tile>, of: readonly AgentRow[] = []) => alertsOf(tiles, of).map((one) => one.kind);
  it("are none on a good day", () => {
    expect(kinds(tile("q", { waiting: 4 }))).toEqual([]);
    expect(kinds(tile("q", { answered_in_time: 78 }))).toEqual([]);
    expect(kinds(tile("q", { ready: 0 }))).toEqual([]);
  });
  it("name a queue once, by what is worst", () => {
    const low = { answered_in_time: 50 };
    expect(kinds(tile("q", low))).toEqual(["below"]);
    expect(kinds(tile("q", { ...low, waiting: 1, ready: 0 }))).toEqual(["nobody_ready"]);
    expect(kinds(tile("q", { ...low, waiting: 1, ready: 0, logged_in: 0 }))).toEqual(["nobody_signed_in"]);
  });
  it("put the gravest first, then the oldest", () => {
    const tiles = [...tile("a", { answered_in_time: 5 }), ...tile("b", { waiting: 1, ready: 0, oldest_since: at(9) }), ...tile("c", { waiting: 1, ready: 0, oldest_since: at(2) })];
    expect(alertsOf(tiles, rows).map((one) => one.key)).toEqual(["queue:c", "queue:b", "queue:a", "agent:p1", "agent:p2"]);
    expect(alertsOf(tiles, rows).map((one) => one.severity)).toEqual(["crit", "crit", "crit", "warn", "warn"]);
  });
});

it("a wall shows pages of nearly the same length", () => {
  expect(pagesOf([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  expect(pagesOf(Array.from({ length: 14 }, (_, index) => index), 12).map((page) => page.length)).toEqual([7, 7]);
  expect(pagesOf([], 3)).toEqual([]);
});
