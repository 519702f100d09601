/** The usual remedy of a finding, as a change of the graph. Pure. */
import { connect, exits, freeId, newNode, nodeOf, putNode, remove, type Exit, type Graph, type Node } from "./graph";

export type FixKind = "lead_to" | "end_here" | "delete_step" | "number_keys";
export interface Fix {
  kind: FixKind;
  /** The step it leads to. */
  name: string;
  apply: (closing: string) => Graph;
}

/** What most authors do about it; undefined when only a person can tell. */
export function fixFor(graph: Graph, code: string, node_id: string, field?: string): Fix | undefined {
  const node = nodeOf(graph, node_id);
  if (!node) return undefined;
  if (code === "unreachable") return { kind: "delete_step", name: node.name, apply: () => remove(graph, node.id) };
  if (code === "duplicate_key" && node.kind === "menu") return { kind: "number_keys", name: "", apply: () => putNode(graph, { ...node, options: node.options.map((option, index) => ({ ...option, key: String(index + 1) })) }) };
  if (code === "missing_exit") return missing(graph, node, field);
  return undefined;
}

/** The exit that a finding names: "option 1", "no_input". */
export function wayOf(node: Node, field: string | undefined): Exit | undefined {
  return exits(node).find((one) => (one.way === "option" || one.way === "when" ? `${one.way} ${one.detail}` : one.way) === field);
}

function missing(graph: Graph, node: Node, field: string | undefined): Fix | undefined {
  const way = wayOf(node, field) ?? exits(node).find((one) => one.to === null && one.need !== "optional");
  if (!way || way.to !== null) return undefined;
  const queue = graph.nodes.find((one) => one.kind === "enqueue" && one.id !== node.id);
  // Silence and wrong answers get a person; waiting and failing get a way on, else the last words.
  if (queue && ["no_input", "error", "otherwise", "option"].includes(way.way)) return { kind: "lead_to", name: queue.name, apply: () => connect(graph, node.id, way.at, queue.id) };
  const end = graph.nodes.find((one) => one.kind === "close");
  if (end) return { kind: "lead_to", name: end.name, apply: () => connect(graph, node.id, way.at, end.id) };
  return {
    kind: "end_here", name: "",
    apply: (closing) => {
      const id = freeId(graph, "close");
      return connect({ ...graph, nodes: [...graph.nodes, newNode("close", id, closing)] }, node.id, way.at, id);
    },
  };
}
