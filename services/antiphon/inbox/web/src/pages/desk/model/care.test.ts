import { describe, expect, it } from "vitest";
import type * as T from "../../../api/types.gen";
import { atSignAt, fill, mentionsIn, putIn, search, slashAt, unknownVariable, valuesOf } from "./canned";
import { isWindowClosed, nearest, slaTone, snoozeTimes, templatePieces } from "./care";
import { Drafts, type Shelf } from "./drafts";

const answer = (name: string, shortcut: string, text: string) => ({ id: name, name, shortcut, text }) as T.CannedAnswer;

describe("canned answers", () => {
  it("fill variables like the service does", () => {
    const values = valuesOf({ contact_name: "Olha Kovalenko", no: 7, subject: "" }, "Anna Wójcik");
    expect(fill("Hi {customer.first_name}, {agent.first_name} here, no. {conversation.no}", values)).toBe("Hi Olha, Anna here, no. 7");
    expect(fill("{conversation.subject|your question} {x} {{customer.name}}", values)).toBe("your question {x} {Olha Kovalenko}");
    expect(fill("{customer.name}", { "customer.name": "{agent.name}" })).toBe("{agent.name}");
    expect(unknownVariable("{customer.name} {customer.shoe}")).toBe("customer.shoe");
  });

  it("open after a slash at the beginning of a word, not inside one", () => {
    expect(slashAt("/pri", 4)).toEqual({ query: "pri", from: 0, to: 4 });
    expect(slashAt("Hello /при rest", 10)).toEqual({ query: "при", from: 6, to: 10 });
    for (const text of ["https://x", "1/2", "a /b c"]) expect(slashAt(text, text.length), text).toBeUndefined();
    expect(putIn("Hello /pr!", { query: "pr", from: 6, to: 9 }, "prices")).toEqual({ text: "Hello prices!", caret: 12 });
  });

  it("are found by shortcut first, then by name, then by text", () => {
    const all = [answer("Zebra", "", "prices are"), answer("Price list", "pl", "x"), answer("Hello", "price", "y"), answer("Other", "", "z")];
    expect(search(all, "price").map(({ name }) => name)).toEqual(["Hello", "Price list", "Zebra"]);
    expect(search(all, "")).toHaveLength(4);
  });

  it("name colleagues only while they stand in the note", () => {
    const people = [{ id: "a", name: "Anna Wójcik" }, { id: "b", name: "Игорь Бондарь" }];
    expect(atSignAt("see @Иго", 8)).toEqual({ query: "Иго", from: 4, to: 8 });
    expect(atSignAt("me@home", 7)).toBeUndefined();
    expect(mentionsIn("@Игорь Бондарь look", people)).toEqual(["b"]);
  });
});

describe("care", () => {
  it("offers times that are still to come", () => {
    const at = (text: string) => new Date(text).getTime();
    const ids = (text: string) => snoozeTimes(at(text)).map(({ id }) => id);
    expect(ids("2026-05-20T10:00")).toEqual(["hour", "evening", "tomorrow", "monday"]);
    expect(ids("2026-05-20T17:30")).toEqual(["hour", "tomorrow", "monday"]);
    expect(ids("2026-05-24T20:00"), "on Sunday tomorrow is Monday").toEqual(["hour", "tomorrow"]);
    expect(new Date(snoozeTimes(at("2026-05-25T10:00")).at(-1)?.at ?? 0).toDateString(), "on Monday the next one").toBe(new Date("2026-06-01T09:00").toDateString());
  });

  it("counts the norm that breaks first", () => {
    const clock = (kind: T.SlaClockKind, due_at?: string) => ({ kind, breached: false, left_s: 0, ...(due_at ? { due_at, warn_at: "2026-05-20T10:30:00Z" } : {}) });
    const sla = { policy_id: "s", clocks: [clock("SLA_CLOCK_KIND_RESOLUTION", "2026-05-20T12:00:00Z"), clock("SLA_CLOCK_KIND_NEXT_REPLY"), clock("SLA_CLOCK_KIND_FIRST_REPLY", "2026-05-20T11:00:00Z")] };
    const near = nearest(sla);
    expect(near?.kind).toBe("SLA_CLOCK_KIND_FIRST_REPLY");
    expect(["10:00", "10:40", "11:00"].map((time) => slaTone(near ?? {}, Date.parse(`2026-05-20T${time}:00Z`)))).toEqual(["", "warn", "crit"]);
    expect(nearest(undefined)).toBeUndefined();
  });

  it("knows a closed window and the gaps of a template", () => {
    const now = Date.parse("2026-05-20T12:00:00Z");
    expect(isWindowClosed({}, now)).toBe(false);
    expect(isWindowClosed({ window_until: "2026-05-20T11:59:59Z" }, now)).toBe(true);
    expect(templatePieces("Hi {{1}}, {{ name }}!", "body")).toEqual([{ text: "Hi ", gap: "" }, { text: "", gap: "body.1" }, { text: ", ", gap: "" }, { text: "", gap: "body.name" }, { text: "!", gap: "" }]);
  });
});

describe("drafts", () => {
  it("of another tab come over where this tab has typed nothing since", () => {
    const map = new Map<string, string>();
    const shelf: Shelf = { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value), removeItem: (key) => void map.delete(key), key: (index) => [...map.keys()][index] ?? null, get length() { return map.size; } };
    const drafts = new Drafts(shelf, () => 1);
    drafts.save("anna", "c1", { reply: "hello", note: "", tab: "reply" });
    expect(drafts.told("anna", "c1", [...map.keys()][0] ?? "")?.reply).toBe("hello");
    expect(drafts.told("anna", "c2", [...map.keys()][0] ?? "")).toBeUndefined();
    expect(drafts.told("anna", "c1", null), "storage was cleared").toEqual({ reply: "hello", note: "", tab: "reply", at: 1 });
  });
});
