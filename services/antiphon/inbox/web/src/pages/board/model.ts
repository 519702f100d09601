/** What the board says, worked out of the live figures. Pure. */
import type * as T from "../../api/types.gen";
import { byTime } from "../../i18n/format";
import { seenState, type SeenState } from "../../rt/selectors";
import type { ById, DeskState } from "../../rt/state";

/** Within so many points below the target a queue is "close". */
const CLOSE = 0.03;
const ROUNDING = 1e-9;

export type Level = "ok" | "close" | "below" | "nodata" | "notarget";

/** Answered in time ÷ (answered + abandoned); undefined while nobody was answered or gave up. */
export function serviceLevel(status: Pick<T.QueueStatus, "answered" | "answered_in_time" | "abandoned">): number | undefined {
  const ended = status.answered + status.abandoned;
  return ended > 0 ? status.answered_in_time / ended : undefined;
}

export function levelOf(share: number | undefined, target: number): Level {
  if (share === undefined) return "nodata";
  if (target <= 0) return "notarget";
  if (share >= target - ROUNDING) return "ok";
  return target - share <= CLOSE + ROUNDING ? "close" : "below";
}

/** Digits after the point: one more where whole percents would show a missed target as met. */
export function digitsFor(share: number | undefined, target: number): 0 | 1 {
  return share !== undefined && share < target - ROUNDING && Math.round(share * 100) >= Math.round(target * 100) ? 1 : 0;
}

/** Abandoned ÷ (answered + abandoned). */
export function abandonedShare(status: Pick<T.QueueStatus, "answered" | "abandoned">): number | undefined {
  const ended = status.answered + status.abandoned;
  return ended > 0 ? status.abandoned / ended : undefined;
}

export const SEVERITY = { ok: "ok", close: "warn", below: "crit", nodata: undefined, notarget: undefined } as const;

/** A queue with its figures: one tile. */
export interface Tile {
  readonly queue: T.Queue;
  readonly status: T.QueueStatus;
  readonly share: number | undefined;
  readonly level: Level;
  /** Seconds within which an answer is in time. */
  readonly within: number | undefined;
}

const secondsOf = (text: string | undefined) => (text ? Number(text.replace(/s$/, "")) : undefined);
/** After everything that has a moment. */
const NEVER = "9999-12-31T00:00:00Z";
const byName = (a: string, b: string) => a.localeCompare(b, undefined, { numeric: true, sensitivity: "base" });

/** Every queue the viewer sees, of one project or of all, by name: a tile never moves because a figure did. */
export function tilesOf(queues: ById<T.Queue>, board: ById<T.QueueStatus>, project: string): Tile[] {
  return Object.values(board).flatMap((status) => {
    const queue = queues[status.queue_id];
    if (!queue || (project && queue.project_id !== project)) return [];
    const share = serviceLevel(status);
    return [{ queue, status, share, level: levelOf(share, queue.target_share), within: secondsOf(queue.target_time) }];
  }).sort((a, b) => byName(a.queue.name, b.queue.name) || a.queue.id.localeCompare(b.queue.id));
}

/** Something an agent holds or is rung for. */
export interface Task {
  readonly key: string;
  readonly channel: string;
  /** The customer, where known. */
  readonly title: string;
  readonly phase: "ringing" | "talking" | "wrap";
  readonly since: string | undefined;
  readonly queue: string;
  /** Set when there is a thread to read. */
  readonly conversation: string | undefined;
  /** Set when the ACD knows it: it can be moved. */
  readonly item: string | undefined;
}

const PHASE: Partial<Record<T.ItemState, Task["phase"]>> = { ITEM_STATE_CONNECTED: "talking", ITEM_STATE_WRAP: "wrap" };
export const conversationOf = (item: Pick<T.WorkItem, "subject">): string | undefined => /^conversation:(.+)$/.exec(item.subject)?.[1];

type Held = Pick<DeskState, "items" | "offers" | "conversations">;

/** What every agent holds, the oldest first. A conversation counts once, with its work item or without. */
export function tasksOf({ items, offers, conversations }: Held): ReadonlyMap<string, Task[]> {
  const found = new Map<string, Task[]>();
  const add = (agent: string, task: Task) => {
    const list = found.get(agent);
    if (list) list.push(task);
    else found.set(agent, [task]);
  };
  const told = new Set<string>();
  for (const item of Object.values(items)) {
    const thread = conversationOf(item);
    if (thread && item.state !== "ITEM_STATE_UNSPECIFIED") told.add(thread);
    const phase = PHASE[item.state];
    if (!phase || !item.agent_id) continue;
    add(item.agent_id, { key: item.id, channel: item.channel, title: (thread && conversations[thread]?.contact_name) || "", phase, since: item.since, queue: item.queue_id, conversation: thread, item: item.id });
  }
  for (const offer of Object.values(offers)) {
    const item = items[offer.item_id];
    const thread = item && conversationOf(item);
    add(offer.agent_id, { key: `offer:${offer.item_id}`, channel: item?.channel ?? "", title: (thread && conversations[thread]?.contact_name) || "", phase: "ringing", since: offer.offered_at, queue: item?.queue_id ?? "", conversation: thread, item: undefined });
  }
  for (const one of Object.values(conversations)) {
    if (one.status !== "CONVERSATION_STATUS_OPEN" || !one.assignee_id || told.has(one.id)) continue;
    add(one.assignee_id, { key: one.id, channel: one.channel, title: one.contact_name, phase: "talking", since: one.created_at, queue: one.queue_id, conversation: one.id, item: one.work_id || undefined });
  }
  for (const list of found.values()) list.sort((a, b) => byTime(a.since, b.since));
  return found;
}

/** One row of the agent grid. */
export interface AgentRow {
  readonly agent: T.Agent;
  readonly name: string;
  readonly state: SeenState;
  readonly tasks: readonly Task[];
  readonly held: number;
  readonly room: number;
}

const sum = (table: Record<string, number>) => Object.values(table).reduce((total, value) => total + value, 0);
export const STATES: readonly SeenState[] = ["available", "ontask", "wrapup", "break", "noresponse", "offline"];
const NO_TASKS: readonly Task[] = [];

export interface Floor extends Held {
  readonly agents: ById<T.Agent>;
  readonly people: ById<T.Person>;
  /** Queues in sight; undefined shows agents of every queue, and of none. */
  readonly inQueues: ReadonlySet<string> | undefined;
}

export function rowsOf({ agents, people, inQueues, ...held }: Floor): AgentRow[] {
  const tasks = tasksOf(held);
  return Object.values(agents)
    .filter((agent) => !inQueues || agent.queue_ids.some((id) => inQueues.has(id)))
    .filter((agent) => !people[agent.agent_id]?.disabled)
    .map((agent) => ({
      agent, name: people[agent.agent_id]?.name ?? "", state: seenState(agent), tasks: tasks.get(agent.agent_id) ?? NO_TASKS,
      held: sum(agent.load), room: sum(agent.capacity),
    }));
}

export type SortBy = "name" | "state" | "since" | "load";
/** Who needs a look comes first. */
const URGENCY: Record<SeenState, number> = { noresponse: 0, available: 1, ontask: 2, wrapup: 3, break: 4, offline: 5 };
const share = (row: AgentRow) => (row.room > 0 ? row.held / row.room : 0);

/** Sorted anew; equals stand by name. "since" ascending: the longest in the state first. */
export function sortRows(rows: readonly AgentRow[], by: SortBy, descending = false): AgentRow[] {
  const compare: Record<SortBy, (a: AgentRow, b: AgentRow) => number> = {
    name: (a, b) => byName(a.name, b.name),
    state: (a, b) => URGENCY[a.state] - URGENCY[b.state],
    since: (a, b) => (Date.parse(a.agent.since ?? "") || Infinity) - (Date.parse(b.agent.since ?? "") || Infinity) || 0,
    load: (a, b) => share(a) - share(b) || a.held - b.held,
  };
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare[by](a, b) || byName(a.name, b.name) || a.agent.agent_id.localeCompare(b.agent.agent_id));
}

export function countStates(rows: readonly AgentRow[]): Record<SeenState, number> {
  const counts = { available: 0, ontask: 0, wrapup: 0, break: 0, noresponse: 0, offline: 0 };
  for (const row of rows) counts[row.state] += 1;
  return counts;
}

export type Alert = { readonly key: string; readonly severity: "crit" | "warn"; readonly since: string | undefined } & (
  | { readonly kind: "nobody_signed_in" | "nobody_ready" | "below"; readonly tile: Tile }
  | { readonly kind: "not_responding" | "disabled"; readonly row: AgentRow }
);

/** What needs a supervisor now, the gravest first. A queue is named once, by what is worst about it. */
export function alertsOf(tiles: readonly Tile[], rows: readonly AgentRow[]): Alert[] {
  const alerts: Alert[] = [];
  for (const tile of tiles) {
    const { queue, status } = tile;
    if (status.waiting > 0 && status.ready === 0) {
      const kind = status.logged_in === 0 ? "nobody_signed_in" : "nobody_ready";
      alerts.push({ key: `queue:${queue.id}`, kind, severity: "crit", since: status.oldest_since, tile });
    } else if (tile.level === "below") {
      alerts.push({ key: `queue:${queue.id}`, kind: "below", severity: "crit", since: status.oldest_since, tile });
    }
  }
  for (const row of rows) {
    if (row.state !== "noresponse") continue;
    const kind = row.agent.state === "AGENT_STATE_DISABLED" ? "disabled" : "not_responding";
    alerts.push({ key: `agent:${row.agent.agent_id}`, kind, severity: "warn", since: row.agent.since, row });
  }
  const grave: Record<Alert["kind"], number> = { nobody_signed_in: 0, nobody_ready: 1, below: 2, not_responding: 3, disabled: 4 };
  return alerts.sort((a, b) => grave[a.kind] - grave[b.kind] || byTime(a.since ?? NEVER, b.since ?? NEVER) || a.key.localeCompare(b.key));
}

type Settable = "AGENT_STATE_READY" | "AGENT_STATE_NOT_READY" | "AGENT_STATE_OFFLINE";
/** The states a supervisor may set from the present one, as the ACD allows them. */
export function settable(state: T.AgentState): Settable[] {
  const all: Settable[] = ["AGENT_STATE_READY", "AGENT_STATE_NOT_READY", "AGENT_STATE_OFFLINE"];
  // From a break another break is a change of the reason only, which the ACD takes too.
  return all.filter((next) => next === "AGENT_STATE_NOT_READY" || (next !== state && !(next === "AGENT_STATE_OFFLINE" && state === "AGENT_STATE_UNSPECIFIED")));
}

export interface Totals {
  readonly waiting: number;
  readonly ready: number;
  readonly share: number | undefined;
  readonly answered: number;
  readonly abandoned: number;
  readonly inTime: number;
  readonly oldest: string | undefined;
}

/** All tiles together. An agent of two queues is one ready agent: count rows, not queues. */
export function totalsOf(tiles: readonly Tile[], rows: readonly AgentRow[]): Totals {
  const add = (pick: (status: T.QueueStatus) => number) => tiles.reduce((total, tile) => total + pick(tile.status), 0);
  const figures = { answered: add((one) => one.answered), answered_in_time: add((one) => one.answered_in_time), abandoned: add((one) => one.abandoned) };
  return {
    waiting: add((one) => one.waiting), ready: countStates(rows).available, share: serviceLevel(figures),
    answered: figures.answered, abandoned: figures.abandoned, inTime: figures.answered_in_time,
    oldest: tiles.map((tile) => tile.status.oldest_since).filter((at): at is string => Boolean(at)).sort((a, b) => Date.parse(a) - Date.parse(b))[0],
  };
}

/** Customers that wait, the longest first; needs the right to read conversations. */
export function longestWaiting(conversations: ById<T.Conversation>, inQueues: ReadonlySet<string>): T.Conversation[] {
  const from = (one: T.Conversation) => Date.parse(one.waiting_since ?? one.created_at ?? "") || Infinity;
  return Object.values(conversations)
    .filter((one) => one.status === "CONVERSATION_STATUS_WAITING" && inQueues.has(one.queue_id))
    .sort((a, b) => from(a) - from(b));
}

/** Cut into pages of nearly the same length, none longer than `most`. */
export function pagesOf<V>(list: readonly V[], most: number): V[][] {
  const count = Math.ceil(list.length / most);
  const size = Math.ceil(list.length / Math.max(1, count));
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}
