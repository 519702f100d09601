import { describe, expect, it } from "vitest";
import { fixFor } from "./fixes";
import { connect, exits, freeId, fromWire, insert, KINDS, leadingTo, newNode, nodeOf, orphans, outline, placeAfter, putNode, reachable, readSkills, remove, START_PLACE, starter, toWire, withExit, writeSkills, type Graph, type MenuNode, type Node } from "./graph";
import { merge, type Draft } from "./merge";
import en from "./texts.en.json";

const text = { uk: "…" };
const base = (queues = 2): Graph => starter({
  languages: ["uk", "ru"], calendar: "c-office", queues: [{ id: "q-1", name: "Sales" }, { id: "q-2", name: "Support" }, { id: "q-3", name: "Third" }].slice(0, queues),
  names: { greeting: "Greeting", hours: "Hours", menu: "Menu", closed: "Closed", late: "Late" }, texts: { greeting: text, menu: text, closed: text, late: text },
});
const shape = (graph: Graph) => outline(graph).map((row) => `${" ".repeat(row.depth)}${row.way && row.way.way !== "next" ? `${row.way.way}${row.way.detail ? ` ${row.way.detail}` : ""}: ` : ""}${row.kind === "gap" ? "?" : (row.node?.name ?? "in")}${row.again ? " ^" : ""}${row.stray ? " !" : ""}`);

describe("the outline", () => {
  it("shows every step once, under the first way to it", () => {
    expect(shape(base())).toEqual([
      "in", " Greeting", "  Hours", "   open: Menu", "    option 1: Sales", "     timeout 300: Late", "    option 2: Support", "     timeout 300: Late ^", "    no_input 30: Sales ^", "   closed: Closed",
    ]);
  });
  it("shows what is not chosen and what nothing leads to", () => {
    const graph = insert(connect(base(1), "hours", "closed", null), undefined, newNode("say", "fax", "Fax"));
    expect(shape(graph)).toEqual(["in", " Greeting", "  Hours", "   open: Sales", "    timeout 300: Late", "   closed: ?", "Closed !", "Fax !", " ?"]);
  });
  it("ends in a circle", () => {
    const graph = connect(base(1), "enqueue", "on_timeout", "say");
    expect(shape(graph).at(-1)).toBe("Late !");
    expect(outline(graph).filter((row) => row.again)).toHaveLength(1);
  });
  it("has keys of its own for every row", () => {
    const keys = outline(base(3)).map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
  it("of an empty scheme is the incoming row", () => {
    expect(shape({ start: null, languages: ["en"], nodes: [] })).toEqual(["in"]);
  });
});

describe("changes of the graph", () => {
  it("a first step takes over the start", () => {
    const graph = insert(base(), START_PLACE, newNode("say", "hello", "Hello"));
    expect(graph.start).toBe("hello");
    expect(shape(graph).slice(1, 3)).toEqual([" Hello", "  Greeting"]);
  });
  it("a step between two keeps what follows", () => {
    const graph = base();
    const next = insert(graph, placeAfter(nodeOf(graph, "say") as never), newNode("set_variables", "set", "Set"));
    expect(shape(next).slice(1, 4)).toEqual([" Greeting", "  Set", "   Hours"]);
  });
  it("a step goes into the first empty way, else before the first", () => {
    const graph = connect(base(), "menu", "on_no_input", null);
    expect(placeAfter(nodeOf(graph, "menu") as never)).toEqual({ from: "menu", at: "on_no_input" });
    expect(placeAfter(nodeOf(base(), "menu") as never)).toEqual({ from: "menu", at: "options.0" });
    expect(placeAfter(nodeOf(graph, "close_hours") as never)).toBeUndefined();
  });
  it("an ending step loses what followed, visibly", () => {
    const next = insert(base(1), { from: "say", at: "next" }, newNode("close", "end", "End"));
    expect(shape(next)).toContain("Hours !");
  });
  it("deleting a step with one way bridges it; another leaves the ways open", () => {
    const graph = remove(base(), "say");
    expect(graph.start).toBe("hours");
    const without = remove(base(), "menu");
    expect(exits(nodeOf(without, "hours") as never)[0]?.to).toBeNull();
    expect(shape(without)).toContain("   open: ?");
    expect(leadingTo(base(), "close_late").map((node) => node.name)).toEqual(["Sales", "Support"]);
    expect(orphans(base(), "menu")).toBe(3);
    expect(orphans(base(), "say")).toBe(0);
  });
  it("sets an exit by its place", () => {
    const menu = nodeOf(base(), "menu") as MenuNode;
    expect((withExit(menu, "options.1", "say") as MenuNode).options.map((one) => one.next)).toEqual(["enqueue", "say"]);
    expect(menu.options[1]?.next).toBe("enqueue_2");
    expect((withExit(menu, "on_no_match", "say") as MenuNode).on_no_match).toBe("say");
  });
  it("ids stay free and short", () => {
    expect(freeId(base(), "enqueue")).toBe("enqueue_3");
    expect(freeId(base(), "http")).toBe("http");
  });
  it("reaches what it leads to", () => {
    expect(reachable(base()).size).toBe(7);
    expect(reachable(connect(base(), "hours", "open", null)).has("menu")).toBe(false);
  });
});

describe("on the wire", () => {
  it("comes back as it went, without empty ways", () => {
    const graph = base();
    const wire = toWire(graph);
    expect(JSON.stringify(wire)).not.toContain("null");
    expect(fromWire(JSON.parse(JSON.stringify(wire)) as Record<string, unknown>)).toEqual(graph);
  });
  it("takes what is left out as the default", () => {
    const graph = fromWire({ start: "m", nodes: [{ id: "m", kind: "menu", text: {}, options: [{ key: "1" }] }] });
    expect(graph).toMatchObject({ start: "m", languages: [], nodes: [{ name: "", on_no_input: null, options: [{ key: "1", label: {}, next: null }] }] });
    expect(fromWire(undefined)).toEqual({ start: null, languages: [], nodes: [] });
  });
});

describe("the ready scheme", () => {
  it("is complete for any number of queues, with and without hours", () => {
    for (const count of [1, 2, 3]) {
      const graph = base(count);
      expect(reachable(graph).size, String(count)).toBe(graph.nodes.length);
      expect(outline(graph).filter((row) => row.kind === "gap")).toEqual([]);
    }
    const always = starter({ languages: ["en"], calendar: "", queues: [{ id: "q", name: "Q" }], names: { greeting: "G", hours: "H", menu: "M", closed: "C", late: "L" }, texts: { greeting: text, menu: text, closed: text, late: text } });
    expect(always.nodes.map((node) => node.id)).toEqual(["say", "enqueue", "close_late"]);
  });
});

describe("the usual remedies", () => {
  it("lead silence to people", () => {
    const graph = connect(base(), "menu", "on_no_input", null);
    const fix = fixFor(graph, "missing_exit", "menu");
    expect(fix).toMatchObject({ kind: "lead_to", name: "Sales" });
    expect((nodeOf(fix?.apply("End") as Graph, "menu") as MenuNode).on_no_input).toBe("enqueue");
  });
  it("end a long wait, with a new step where there is none", () => {
    const graph = remove(remove(base(1), "close_late"), "close_hours");
    const fixed = fixFor(graph, "missing_exit", "enqueue")?.apply("End") as Graph;
    expect(nodeOf(fixed, "close")?.name).toBe("End");
    expect(exits(nodeOf(fixed, "enqueue") as never)[0]?.to).toBe("close");
  });
  it("delete the unreachable, number the keys, leave the rest to people", () => {
    const graph = insert(base(), undefined, newNode("say", "fax", "Fax"));
    expect(nodeOf(fixFor(graph, "unreachable", "fax")?.apply("") as Graph, "fax")).toBeUndefined();
    const menu = nodeOf(base(), "menu") as MenuNode;
    const twice = putNode(base(), { ...menu, options: menu.options.map((one) => ({ ...one, key: "1" })) });
    expect((nodeOf(fixFor(twice, "duplicate_key", "menu")?.apply("") as Graph, "menu") as MenuNode).options.map((one) => one.key)).toEqual(["1", "2"]);
    expect(fixFor(base(), "no_text", "say")).toBeUndefined();
    expect(fixFor(base(), "missing_exit", "gone")).toBeUndefined();
  });
});

it("two people's drafts merge step by step", () => {
  const first: Draft = { name: "Main", graph: base() };
  const theirs: Draft = { name: "Main number", graph: remove(putNode(base(), { ...(nodeOf(base(), "say") as object), name: "Hi" } as never), "close_hours") };
  const mine: Draft = { name: "Main", graph: insert(putNode(base(), { ...(nodeOf(base(), "menu") as object), name: "Ask" } as never), undefined, newNode("say", "fax", "Fax")) };
  const merged = merge(first, theirs, mine);
  expect(merged.name).toBe("Main number");
  expect(merged.graph.nodes.map((node) => node.name)).toEqual(["Hi", "Hours", "Ask", "Sales", "Support", "Late", "Fax"]);
});

describe("skills of a queue step", () => {
  it("are written and read as one line", () => {
    expect(readSkills(" uk 3, vip ,, billing: 12")).toEqual({ uk: 3, vip: 1, billing: 10 });
    expect(writeSkills({ uk: 3, vip: 1 })).toBe("uk 3, vip");
    expect(readSkills(writeSkills({ "two words": 4 }))).toEqual({ "two words": 4 });
  });
  it("are an object on the wire, as the service wants it", () => {
    expect(toWire({ start: null, languages: ["en"], nodes: [newNode("enqueue", "q", "")] })["nodes"]).toMatchObject([{ skills: {} }]);
  });
});

describe("steps of a call", () => {
  it("have a form, an icon and words for every kind", () => {
    for (const kind of KINDS) {
      expect(newNode(kind, "x", "").kind).toBe(kind);
      expect(en).toHaveProperty(`k_${kind}`);
      expect(en).toHaveProperty(`k_${kind}_what`);
      for (const way of exits(newNode(kind, "x", ""))) if (way.need === "optional") expect(en).toHaveProperty(`default_${way.way}`);
    }
  });
  it("come from the wire with their ways and go back as they were", () => {
    const wire = { start: "mail", languages: ["en"], nodes: [{ kind: "voicemail", id: "mail", name: "", box: "group", box_id: "gr_1", text: { en: "Speak" }, max_length_s: 60, next: "out" }, { kind: "ring", id: "out", name: "", targets: [{ who: "number", value: "+380441234567" }], mode: "all", timeout_s: 20, music: "", pass_caller: true }] };
    const graph = fromWire(wire);
    expect(exits(graph.nodes[0] as Node).map((way) => way.to)).toEqual(["out"]);
    expect(toWire(graph)).toEqual(wire);
  });
  it("ask of a ring one way for nobody there: the others fall back to it", () => {
    const ring = newNode("ring", "r", "") as Extract<Node, { kind: "ring" }>;
    expect(exits(ring).filter((way) => way.need === "required").map((way) => way.way)).toEqual(["no_answer"]);
    expect(exits({ ...ring, on_busy: "x" }).every((way) => way.need === "optional")).toBe(true);
  });
});
