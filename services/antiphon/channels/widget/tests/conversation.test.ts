import { describe, expect, test } from "vitest";
import { apply, deliveryOf, empty, resumeFrom, unread, waiting, type Conversation } from "../src/conversation";
import { readMessage, type Message, type ServerFrame } from "../src/protocol";
import { rows } from "../src/rows";
import { texts } from "../src/texts";

const m = (seq: number, more: Partial<Message> = {}): Message => ({
  ...(readMessage({ seq, text: `m${seq}`, at: "2025-05-21T10:00:00Z", rev: 1 }) as Message),
  ...more,
});
const play = (frames: ServerFrame[], from: Conversation = empty) => frames.reduce((s, f) => apply(s, f, 0), from);
const msg = (x: Message): ServerFrame => ({ t: "msg", m: x });
const upd = (x: Message): ServerFrame => ({ t: "upd", m: x });

describe("conversation", () => {
  test("any repeat and any order of messages gives the same log", () => {
    const a = play([1, 2, 3, 5].map((n) => msg(m(n))));
    const b = play([5, 3, 3, 1, 2, 5, 1].map((n) => msg(m(n))));
    expect(b.messages).toEqual(a.messages);
    expect(a.messages.map((x) => x.seq)).toEqual([1, 2, 3, 5]);
  });

  test("one's own message stands once, whether found by seq or by client_id", () => {
    const mine = m(4, { mine: true, client_id: "c" });
    expect(play([msg(mine), msg(mine), msg({ ...mine, seq: 5 })]).messages).toHaveLength(1);
  });

  test("a newer rev wins, an older one that comes late does not", () => {
    const edited = m(1, { text: "new", edited: true, rev: 3 });
    const s = play([msg(m(1)), upd(edited), upd(m(1, { text: "old", rev: 2 })), msg(m(1))]);
    expect(s.messages[0]?.text).toBe("new");
  });

  test("delivery does not go back within a rev, and a reader's mark makes it read", () => {
    const mine = m(2, { mine: true, client_id: "c" });
    const s = play([msg({ ...mine, delivery: "delivered" }), msg({ ...mine, delivery: "sent" })]);
    expect(s.messages[0]?.delivery).toBe("delivered");
    const read = play([{ t: "read", by: "them", seq: 2 }, { t: "read", by: "them", seq: 1 }], s);
    expect(deliveryOf(read, read.messages[0] as Message)).toBe("read");
  });

  test("an update of a message that was not seen is placed, not lost", () => {
    expect(play([upd(m(7))]).messages).toHaveLength(1);
  });

  test("resumes a little before the end, to see changes made meanwhile", () => {
    expect(resumeFrom(empty)).toBe(0);
    expect(resumeFrom(play([msg(m(100))]))).toBe(80);
    expect(resumeFrom(play([msg(m(5))]))).toBe(0);
  });

  test("unread counts others' messages after the last seen, not events and not deleted ones", () => {
    const s = play([m(1), m(2, { mine: true }), m(3), m(4, { kind: "event" }), m(5, { deleted: true })].map(msg));
    expect(unread(s, 1)).toBe(1);
    expect(unread(s, 0)).toBe(2);
  });

  test("typing ends with the message", () => {
    const s = play([{ t: "typing", who: "O", for_ms: 5000 }]);
    expect(s.typing).toEqual({ who: "O", until: 5000 });
    expect(apply(s, msg(m(1)), 0).typing).toBeNull();
  });

  test("what the server has is no longer waiting", () => {
    const s = play([msg(m(1, { mine: true, client_id: "a" }))]);
    const p = ["a", "b"].map((client_id) => ({ client_id, text: "", at: 0 }));
    expect(waiting(s, p).map((x) => x.client_id)).toEqual(["b"]);
  });
});

describe("rows", () => {
  const now = new Date("2025-05-21T12:00:00Z").getTime();
  const c = { language: "en" as const, texts: texts("en"), greeting: "Hello", title: "Shop", online: true, now };

  test("a menu is live until the visitor answers, then shows the choice", () => {
    const menu = m(1, { kind: "menu", options: [{ key: "1", label: "Price" }, { key: "2", label: "Repair" }] });
    const before = rows(play([msg(menu)]), [], c).at(-1);
    expect(before).toMatchObject({ live: true, chosen: null });
    const after = rows(play([msg(menu)]), [{ client_id: "x", text: "Repair", choice: "2", at: now }], c);
    expect(after.find((r) => r.key === "s:1")).toMatchObject({ live: false, chosen: "Repair" });
  });

  test("the same element carries a message from the queue to the server's copy", () => {
    const pending = rows(empty, [{ client_id: "x", text: "a", at: now }], c).at(-1);
    const stored = rows(play([msg(m(1, { mine: true, client_id: "x" }))]), [], c).at(-1);
    expect(pending?.key).toBe("c:x");
    expect(stored?.key).toBe("c:x");
  });

  test("offline, a waiting message says that it is kept", () => {
    const row = rows(empty, [{ client_id: "x", text: "a", at: now }], { ...c, online: false }).at(-1);
    expect(row).toMatchObject({ meta: expect.stringContaining("kept, will be sent by itself") });
  });

  test("the greeting comes first and once", () => {
    expect(rows(empty, [], c).filter((r) => r.key === "greeting")).toHaveLength(1);
    expect(rows(play([msg(m(1, { text: "Hello" }))]), [], c).filter((r) => r.key === "greeting")).toHaveLength(0);
  });

  test("events are told in the visitor's language, unknown ones in the server's words", () => {
    const s = play([
      msg(m(1, { kind: "event", event: "joined", author_name: "Oksana", text: "" })),
      msg(m(2, { kind: "event", event: "moon_phase", text: "Full moon" })),
      msg(m(3, { kind: "event", event: "unknown", text: "" })),
    ]);
    const events = rows(s, [], c).filter((r) => r.kind === "event");
    expect(events.map((r) => (r as { text: string }).text.split(" · ")[0])).toEqual(["Oksana joined the conversation", "Full moon"]);
  });
});
