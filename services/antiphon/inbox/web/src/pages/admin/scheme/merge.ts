/** Two people's drafts of one scheme, merged step by step: the graph as one flat record. Pure. */
import { rebase } from "../diff";
import type { Graph, Node } from "./graph";

export interface Draft { name: string; graph: Graph }
type Flat = Record<string, unknown>;

const STEP = "step ";

export function flat({ name, graph }: Draft): Flat {
  return { name, start: graph.start, languages: graph.languages, ...Object.fromEntries(graph.nodes.map((node) => [`${STEP}${node.id}`, node])) };
}

/** Back to a graph; the order is theirs, then what I added. */
function unflat(record: Flat, order: readonly string[]): Draft {
  const nodes = Object.entries(record).flatMap(([key, node]) => (key.startsWith(STEP) && node ? [node as Node] : []));
  const place = (node: Node) => (order.includes(node.id) ? order.indexOf(node.id) : order.length);
  return { name: String(record["name"]), graph: { start: record["start"] as string | null, languages: record["languages"] as string[], nodes: nodes.toSorted((a, b) => place(a) - place(b)) } };
}

/** Theirs with my changes over it. */
export const merge = (base: Draft, theirs: Draft, mine: Draft): Draft => unflat(rebase(flat(base), flat(theirs), flat(mine)), theirs.graph.nodes.map((node) => node.id));

/** The name of a field of the flat record: the step's own name. */
export const stepOf = (field: string, ...drafts: Draft[]): string => {
  const id = field.slice(STEP.length);
  return drafts.flatMap((draft) => draft.graph.nodes).find((node) => node.id === id)?.name ?? id;
};
export const isStep = (field: string): boolean => field.startsWith(STEP);
