/**
 * A reception scheme as the editor holds it: nodes, their exits, the outline, and the changes a person makes to them.
 * Pure; the same rules as the routing service's exits and outline.
 */

export type Text = Record<string, string>;
export type Goto = string | null;
interface Named { id: string; name: string }
export interface Option { key: string; label: Text; next: Goto }
export interface Branch { when: string; next: Goto }
export interface SayNode extends Named { kind: "say"; text: Text; next: Goto }
export interface MenuNode extends Named { kind: "menu"; text: Text; options: Option[]; timeout_s: number; repeats: number; on_no_input: Goto; on_no_match: Goto }
export interface SetNode extends Named { kind: "set_variables"; values: Record<string, string>; next: Goto }
export interface ConditionNode extends Named { kind: "condition"; branches: Branch[]; otherwise: Goto }
export interface HoursNode extends Named { kind: "hours"; calendar_id: string; open: Goto; closed: Goto; holiday: Goto }
export interface CallersNode extends Named { kind: "caller_list"; list_id: string; listed: Goto; otherwise: Goto }
export interface HttpNode extends Named { kind: "http"; method: string; url: string; headers: Record<string, string>; body: string; timeout_s: number; save: Record<string, string>; on_ok: Goto; on_error: Goto }
export interface EnqueueNode extends Named { kind: "enqueue"; queue_id: string; priority: number; skills: Record<string, number>; max_wait_s: number; on_timeout: Goto; on_closed: Goto; greeting: Text }
export interface CloseNode extends Named { kind: "close"; text: Text; outcome: string }
/** What only a call can do; a chat passes on, or is asked in words. */
export interface PlayNode extends Named { kind: "play"; source: string; repeat: number; next: Goto }
export interface CollectNode extends Named { kind: "collect"; text: Text; save: string; min_digits: number; max_digits: number; terminator: string; timeout_s: number; digit_timeout_s: number; repeats: number; next: Goto; on_no_input: Goto }
export interface RingTarget { who: "person" | "group" | "number" | "account"; value: string }
export interface RingNode extends Named { kind: "ring"; targets: RingTarget[]; mode: "all" | "sequential"; timeout_s: number; music: string; pass_caller: boolean; on_answered: Goto; on_busy: Goto; on_no_answer: Goto; on_unreachable: Goto; on_declined: Goto }
export interface VoicemailNode extends Named { kind: "voicemail"; box: "person" | "group"; box_id: string; text: Text; max_length_s: number; next: Goto }
export interface FaxNode extends Named { kind: "fax"; box: "person" | "group"; box_id: string; email: string; next: Goto }
export interface RecordNode extends Named { kind: "record"; on: boolean; next: Goto }
export interface ConferenceNode extends Named { kind: "conference"; room: string; pin: string; on_error: Goto }
export interface CallbackNode extends Named { kind: "callback"; queue_id: string; number: string; text: Text; next: Goto }
export type CallNode = PlayNode | CollectNode | RingNode | VoicemailNode | FaxNode | RecordNode | ConferenceNode | CallbackNode;
export type Node = SayNode | MenuNode | SetNode | ConditionNode | HoursNode | CallersNode | HttpNode | EnqueueNode | CloseNode | CallNode;
export type Kind = Node["kind"];
export const KINDS: readonly Kind[] = ["say", "menu", "hours", "enqueue", "condition", "caller_list", "set_variables", "http", "close", "collect", "ring", "voicemail", "fax", "callback", "conference", "play", "record"];

export interface Graph { start: Goto; languages: string[]; nodes: Node[] }

export type Way = "next" | "option" | "no_input" | "no_match" | "when" | "otherwise" | "open" | "closed" | "holiday" | "listed" | "ok" | "error" | "timeout" | "answered" | "busy" | "no_answer" | "unreachable" | "declined";
export interface Exit {
  way: Way;
  to: Goto;
  /** A menu key, an expression, seconds. */
  detail: string;
  need: "required" | "advised" | "optional";
  /** Where it is kept in the node: "next", "options.0". */
  at: string;
}

const exit = (way: Way, to: Goto | undefined, at: string, need: Exit["need"] = "required", detail = ""): Exit => ({ way, to: to || null, detail, need, at });

/** All ways out in the order an author reads them; empty for a node that ends the conversation. */
export function exits(node: Node): Exit[] {
  switch (node.kind) {
    case "say":
    case "set_variables":
      return [exit("next", node.next, "next")];
    case "menu":
      return [
        ...node.options.map((option, index) => exit("option", option.next, `options.${index}`, "required", option.key)),
        exit("no_input", node.on_no_input, "on_no_input", "required", String(node.timeout_s)), exit("no_match", node.on_no_match, "on_no_match", "optional"),
      ];
    case "condition":
      return [...node.branches.map((branch, index) => exit("when", branch.next, `branches.${index}`, "required", branch.when)), exit("otherwise", node.otherwise, "otherwise")];
    case "hours":
      return [exit("open", node.open, "open"), exit("closed", node.closed, "closed"), exit("holiday", node.holiday, "holiday", "optional")];
    case "caller_list":
      return [exit("listed", node.listed, "listed"), exit("otherwise", node.otherwise, "otherwise")];
    case "http":
      return [exit("ok", node.on_ok, "on_ok"), exit("error", node.on_error, "on_error")];
    case "enqueue":
      return [exit("timeout", node.on_timeout, "on_timeout", "advised", String(node.max_wait_s)), exit("closed", node.on_closed, "on_closed", "optional")];
    case "close":
      return [];
    case "play":
    case "record":
    case "voicemail":
    case "fax":
    case "callback":
      return [exit("next", node.next, "next")];
    case "collect":
      return [exit("next", node.next, "next"), exit("no_input", node.on_no_input, "on_no_input", "required", String(node.timeout_s))];
    case "conference":
      return [exit("error", node.on_error, "on_error", "advised")];
    case "ring": {
      const missed = [node.on_busy, node.on_no_answer, node.on_unreachable, node.on_declined];
      const need = missed.some(Boolean) ? "optional" : "required"; // one of the four is enough: the others fall back to it
      return [
        exit("answered", node.on_answered, "on_answered", "optional"), exit("busy", node.on_busy, "on_busy", "optional"), exit("no_answer", node.on_no_answer, "on_no_answer", need),
        exit("unreachable", node.on_unreachable, "on_unreachable", "optional"), exit("declined", node.on_declined, "on_declined", "optional"),
      ];
    }
  }
}

/** The node with one exit leading elsewhere. */
export function withExit<N extends Node>(node: N, at: string, to: Goto): N {
  const [field = "", index] = at.split(".");
  if (index === undefined) return { ...node, [field]: to };
  const list = (node as unknown as Record<string, { next: Goto }[]>)[field] ?? [];
  return { ...node, [field]: list.map((one, place) => (place === Number(index) ? { ...one, next: to } : one)) };
}

export const nodeOf = (graph: Graph, id: Goto | undefined): Node | undefined => graph.nodes.find((node) => node.id === id);
export const putNode = (graph: Graph, node: Node): Graph => ({ ...graph, nodes: graph.nodes.map((one) => (one.id === node.id ? node : one)) });
const START = "start";

/** Leads an exit elsewhere; `from` undefined is the start of the scheme. */
export function connect(graph: Graph, from: string | undefined, at: string, to: Goto): Graph {
  if (from === undefined) return { ...graph, start: to };
  const node = nodeOf(graph, from);
  return node ? putNode(graph, withExit(node, at, to)) : graph;
}

/** Ids are short and speaking: menu_2. */
export function freeId(graph: Graph, kind: Kind): string {
  const taken = new Set(graph.nodes.map((node) => node.id));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? kind : `${kind}_${number}`;
    if (!taken.has(id)) return id;
  }
}

export function newNode(kind: Kind, id: string, name: string): Node {
  switch (kind) {
    case "say": return { kind, id, name, text: {}, next: null };
    case "menu": return { kind, id, name, text: {}, options: [{ key: "1", label: {}, next: null }, { key: "2", label: {}, next: null }], timeout_s: 30, repeats: 2, on_no_input: null, on_no_match: null };
    case "set_variables": return { kind, id, name, values: {}, next: null };
    case "condition": return { kind, id, name, branches: [{ when: "", next: null }], otherwise: null };
    case "hours": return { kind, id, name, calendar_id: "", open: null, closed: null, holiday: null };
    case "caller_list": return { kind, id, name, list_id: "", listed: null, otherwise: null };
    case "http": return { kind, id, name, method: "GET", url: "", headers: {}, body: "", timeout_s: 3, save: {}, on_ok: null, on_error: null };
    case "enqueue": return { kind, id, name, queue_id: "", priority: 0, skills: {}, max_wait_s: 300, on_timeout: null, on_closed: null, greeting: {} };
    case "close": return { kind, id, name, text: {}, outcome: "closed" };
    case "play": return { kind, id, name, source: "music:default", repeat: 0, next: null };
    case "collect": return { kind, id, name, text: {}, save: "digits", min_digits: 1, max_digits: 20, terminator: "#", timeout_s: 7, digit_timeout_s: 3, repeats: 1, next: null, on_no_input: null };
    case "ring": return { kind, id, name, targets: [], mode: "all", timeout_s: 25, music: "", pass_caller: true, on_answered: null, on_busy: null, on_no_answer: null, on_unreachable: null, on_declined: null };
    case "voicemail": return { kind, id, name, box: "group", box_id: "", text: {}, max_length_s: 180, next: null };
    case "fax": return { kind, id, name, box: "group", box_id: "", email: "", next: null };
    case "record": return { kind, id, name, on: true, next: null };
    case "conference": return { kind, id, name, room: "", pin: "", on_error: null };
    case "callback": return { kind, id, name, queue_id: "", number: "", text: {}, next: null };
  }
}

export interface Place {
  /** The node whose exit gets the new step; undefined is the start. */
  from: string | undefined;
  at: string;
}

/** Where a step added at a node goes: its first empty way, else between it and what follows. */
export function placeAfter(node: Node): Place | undefined {
  const ways = exits(node);
  const way = ways.find((one) => one.to === null && one.need !== "optional") ?? ways[0];
  return way && { from: node.id, at: way.at };
}

export const START_PLACE: Place = { from: undefined, at: START };

/** Puts a step into an exit; what the exit led to follows the new step by its first way. */
export function insert(graph: Graph, place: Place | undefined, node: Node): Graph {
  const host = place?.from === undefined ? undefined : nodeOf(graph, place.from);
  const before = !place ? null : place.from === undefined ? graph.start : (host && exits(host).find((one) => one.at === place.at)?.to) ?? null;
  const first = exits(node)[0];
  const added = before && first ? withExit(node, first.at, before) : node;
  const index = host ? graph.nodes.indexOf(host) + 1 : place ? 0 : graph.nodes.length;
  const grown = { ...graph, nodes: graph.nodes.toSpliced(index, 0, added) };
  return place ? connect(grown, place.from, place.at, node.id) : grown;
}

/** Without a step. A step with one way out is bridged; otherwise the ways to it stay open. */
export function remove(graph: Graph, id: string): Graph {
  const node = nodeOf(graph, id);
  if (!node) return graph;
  const ways = exits(node);
  const next = ways.length === 1 && ways[0]?.to !== id ? (ways[0]?.to ?? null) : null;
  const nodes = graph.nodes.filter((one) => one.id !== id)
    .map((one) => exits(one).reduce((changed, way) => (way.to === id ? withExit(changed, way.at, next) : changed), one));
  return { ...graph, start: graph.start === id ? next : graph.start, nodes };
}

/** What leads to a node: the names of the steps, for the question before deleting. */
export const leadingTo = (graph: Graph, id: string): Node[] => graph.nodes.filter((node) => node.id !== id && exits(node).some((way) => way.to === id));

/** Everything that follows a node and is reached by nothing else when it goes. */
export function orphans(graph: Graph, id: string): number {
  const seen = reachable(remove(graph, id));
  return [...reachable(graph)].filter((one) => one !== id && !seen.has(one)).length;
}

export function reachable(graph: Graph): Set<string> {
  const seen = new Set<string>();
  const ahead = graph.start ? [graph.start] : [];
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    const node = nodeOf(graph, id);
    if (!node || seen.has(id)) continue;
    seen.add(id);
    ahead.push(...exits(node).flatMap((way) => (way.to ? [way.to] : [])));
  }
  return seen;
}

export interface Row {
  key: string;
  depth: number;
  /** "gap" is a way that leads nowhere yet. */
  kind: "incoming" | "gap" | Kind;
  node: Node | undefined;
  way: Exit | undefined;
  /** The node whose exit leads here; undefined for the first step and strays. */
  from: string | undefined;
  /** The step has its row elsewhere; this one points there. */
  again: boolean;
  /** Nothing leads here. */
  stray: boolean;
}

/** The graph as an indented outline: every step once, under the first way that leads to it. */
export function outline(graph: Graph): Row[] {
  const placed = new Set<string>();
  const rows: Row[] = [{ key: "incoming", depth: 0, kind: "incoming", node: undefined, way: undefined, from: undefined, again: false, stray: false }];
  const below = (root: string, depth: number, stray: boolean) => {
    const ahead: { depth: number; to: Goto; way?: Exit; from?: string }[] = [{ depth, to: root }];
    for (let next = ahead.pop(); next; next = ahead.pop()) {
      const node = nodeOf(graph, next.to);
      const common = { depth: next.depth, way: next.way, from: next.from, stray: stray && next.way === undefined };
      const key = next.from === undefined ? `at ${next.to}` : `${next.from} ${next.way?.at}`;
      if (!node) {
        if (next.way && next.way.need !== "optional") rows.push({ ...common, key, kind: "gap", node: undefined, again: false });
        continue;
      }
      const again = placed.has(node.id);
      placed.add(node.id);
      rows.push({ ...common, key, kind: node.kind, node, again });
      if (!again) ahead.push(...exits(node).map((way) => ({ depth: (next?.depth ?? 0) + 1, to: way.to, way, from: node.id })).reverse());
    }
  };
  if (nodeOf(graph, graph.start)) below(graph.start as string, 1, false);
  const ledTo = new Set(graph.nodes.filter((node) => !placed.has(node.id)).flatMap((node) => exits(node).flatMap((way) => (way.to && way.to !== node.id ? [way.to] : []))));
  const roots = [...graph.nodes.filter((node) => !ledTo.has(node.id)), ...graph.nodes.filter((node) => ledTo.has(node.id))];
  for (const node of roots) if (!placed.has(node.id)) below(node.id, 0, true);
  return rows;
}

/** "uk 3, vip" → skills with the least level; 1 where none is given. */
export function readSkills(text: string): Record<string, number> {
  const pairs = text.split(",").map((one) => one.trim()).filter(Boolean).map((one): [string, number] => {
    const level = /^(.*[^\s:=])[\s:=]+(\d{1,2})$/.exec(one);
    return level ? [level[1] ?? "", Math.min(10, Math.max(1, Number(level[2])))] : [one, 1];
  });
  return Object.fromEntries(pairs);
}
export const writeSkills = (skills: Readonly<Record<string, number>>): string => Object.entries(skills).map(([skill, level]) => (level > 1 ? `${skill} ${level}` : skill)).join(", ");

const textOf = (value: unknown): Text => (value && typeof value === "object" ? (value as Text) : {});
const listOf = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);

/** From the wire: what is left out gets its default, an unknown kind is dropped by nobody but the server. */
export function fromWire(wire: Record<string, unknown> | undefined): Graph {
  const nodes = listOf(wire?.["nodes"]).map((raw) => {
    const base = newNode(raw["kind"] as Kind, String(raw["id"]), String(raw["name"] ?? ""));
    const merged = { ...base, ...raw } as Node;
    if (merged.kind === "menu") return { ...merged, options: listOf(raw["options"]).map((one) => ({ key: String(one["key"] ?? ""), label: textOf(one["label"]), next: (one["next"] as Goto | undefined) ?? null })) };
    if (merged.kind === "condition") return { ...merged, branches: listOf(raw["branches"]).map((one) => ({ when: String(one["when"] ?? ""), next: (one["next"] as Goto | undefined) ?? null })) };
    return merged;
  });
  return { start: (wire?.["start"] as Goto | undefined) ?? null, languages: ((wire?.["languages"] as string[] | undefined) ?? []).map(String), nodes };
}

/** For the wire: a way that leads nowhere is left out. */
export function toWire(graph: Graph): Record<string, unknown> {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null && one !== undefined).map(([key, one]) => [key, clean(one)]));
  };
  return clean(graph) as Record<string, unknown>;
}

export interface Starter {
  languages: string[];
  calendar: string;
  queues: readonly { id: string; name: string }[];
  names: Record<"greeting" | "hours" | "menu" | "closed" | "late", string>;
  texts: Record<"greeting" | "menu" | "closed" | "late", Text>;
}

/** Greeting → hours → menu → queue: what most companies begin with. */
export function starter({ languages, calendar, queues, names, texts }: Starter): Graph {
  const shown = queues.slice(0, 3);
  const queueNodes: EnqueueNode[] = shown.map((queue, index) => ({ kind: "enqueue", id: index === 0 ? "enqueue" : `enqueue_${index + 1}`, name: queue.name, queue_id: queue.id, priority: 0, skills: {}, max_wait_s: 300, on_timeout: "close_late", on_closed: null, greeting: {} }));
  const asks = shown.length > 1;
  const first = queueNodes[0]?.id ?? null;
  const menu: MenuNode = {
    kind: "menu", id: "menu", name: names.menu, text: texts.menu, timeout_s: 30, repeats: 2, on_no_input: first, on_no_match: null,
    options: shown.map((queue, index) => ({ key: String(index + 1), label: Object.fromEntries(languages.map((code) => [code, queue.name])), next: queueNodes[index]?.id ?? null })),
  };
  const after = asks ? "menu" : first;
  const hours: HoursNode[] = calendar ? [{ kind: "hours", id: "hours", name: names.hours, calendar_id: calendar, open: after, closed: "close_hours", holiday: null }] : [];
  return {
    start: "say", languages,
    nodes: [
      { kind: "say", id: "say", name: names.greeting, text: texts.greeting, next: calendar ? "hours" : after },
      ...hours, ...(asks ? [menu] : []), ...queueNodes,
      ...(shown.length > 0 ? [{ kind: "close", id: "close_late", name: names.late, text: texts.late, outcome: "no_answer" } satisfies CloseNode] : []),
      ...(calendar ? [{ kind: "close", id: "close_hours", name: names.closed, text: texts.closed, outcome: "after_hours" } satisfies CloseNode] : []),
    ],
  };
}
