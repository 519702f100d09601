import { describe, expect, it } from "vitest";
import { csv, xlsx } from "./export";
import { byCell, clockOf, content, cover, daysFrom, editOf, faultOf, local, mondayOf, parted, roundTop, span, steps, withEdit, type Doc } from "./model";

const doc: Doc = {
  zone: "Europe/Kyiv", from: "2026-03-23", days: 7, interval_min: 60, patterns: [{ name: "day", starts: [480], minutes: 510 }],
  people: [{ id: "p1", days: [5, 5], away: [], wants_free: [] }],
  shifts: [{ person: "p1", pattern: "day", start: "2026-03-29T05:00Z", end: "2026-03-29T13:30Z", paid_min: 480, breaks: [] }],
  need: [{ start: "2026-03-29T05:00Z", need: 2, there: 1 }],
  summary: { people: 1, shifts: 1, needed_h: 2, there_h: 1, missing_h: 1, spare_h: 0, cost: 0, wishes_kept: null },
};

describe("a schedule", () => {
  it("is read by local days, over a night on which clocks change", () => {
    expect(local("2026-03-29T05:00Z", "Europe/Kyiv")).toEqual(["2026-03-29", "08:00"]);
    expect(byCell(doc).get("p1/2026-03-29")?.pattern).toBe("day");
    expect(span(doc.shifts[0]!, doc.zone)).toBe("8–16:30");
    expect(editOf(doc, doc.shifts[0]!)).toEqual({ person_id: "p1", day: "2026-03-29", pattern: "day", start: "08:00", locked: false });
    expect(cover(doc, "2026-03-29").need[8]).toBe(2);
    expect(daysFrom("2026-03-28", 3)).toEqual(["2026-03-28", "2026-03-29", "2026-03-30"]);
    expect([mondayOf("2026-03-29"), mondayOf("2026-03-30")]).toEqual(["2026-03-23", "2026-03-30"]);
  });
  it("has faults that name rule, person and days", () => {
    expect(faultOf("rest: p1: 9.00 h before 2026-03-03T05:00Z, 11 h are due")).toEqual({ rule: "rest", person: "p1", text: "9.00 h before 2026-03-03T05:00Z, 11 h are due", days: ["2026-03-03"] });
  });
  it("takes one edit a cell", () => {
    const first = editOf(doc, doc.shifts[0]!);
    expect(withEdit(withEdit([], first), { ...first, pattern: "" })).toEqual([{ ...first, pattern: "" }]);
  });
  it("is planned from a form and back", () => {
    const shapes = [{ name: "day", from: "08:00", to: "10:00", length: 510, lunch: 30 }];
    const people = [{ id: "p1", days: "3-5", cost: 12.5 }];
    const made = content({ zone: "UTC", country: "UA", from: "2026-03-02", days: 7, interval: 30, shapes, people, need: [] });
    const [shift] = made["shift"] as [{ break: [{ between: [number, number] }] }];
    expect(shift.break[0].between).toEqual([195, 285]);
    expect(parted({ id: "", rev: 0, name: "", content: made, demands: [] })).toEqual({ country: "UA", shapes, people });
  });
});

describe("a chart", () => {
  it("steps, with gaps, in a box of 1000 × 100", () => {
    expect(steps([1, undefined, 2], 2)).toBe("M0.0 50.0H333.3M666.7 0.0H1000.0");
    expect([roundTop([24]), roundTop([]), roundTop([1.5]), roundTop([5])]).toEqual([30, 2, 2, 6]);
    expect(clockOf(510)).toBe("08:30");
  });
});

describe("files", () => {
  const sheet = { name: "A/B", head: ["x", "y"], rows: [["=1+1", 2], ["a,\"b\"", 0.5]] };
  it("are CSV in which nothing is a formula", () => expect(csv(sheet)).toBe("\ufeffx,y\r\n'=1+1,2\r\n\"a,\"\"b\"\"\",0.5\r\n"));
  it("are XLSX: a zip that says its own size and sums", () => {
    const bytes = xlsx(sheet);
    const text = new TextDecoder("latin1").decode(bytes);
    expect(text.startsWith("PK\x03\x04")).toBe(true);
    expect(text).toContain("<c><v>0.5</v></c>");
    expect(text).toContain("A B");
    const view = new DataView(bytes.buffer);
    const end = text.lastIndexOf("PK\x05\x06");
    expect(view.getUint16(end + 10, true)).toBe(5);
    expect(view.getUint32(end + 16, true) + view.getUint32(end + 12, true)).toBe(end);
  });
});
