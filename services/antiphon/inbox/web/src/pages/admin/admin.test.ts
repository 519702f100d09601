import { describe, expect, it } from "vitest";
import { FORMS, KINDS, wrongFields } from "./channels/kinds";
import { differences, equal, rebase } from "./diff";
import { copyDay, isDate, openState, readSpans, spansOf, weekHours, withDay, writeSpans } from "./hours";
import { generate, good, met } from "./password";
import { normalPhone } from "./phones";
import { addDisposition, addMember, codeOf, dispositionFault, moveDisposition, moveMember, ranked, removeDisposition, removeMember, setDefault, toDuration, toSeconds, withDelay } from "./queue";

describe("somebody was faster", () => {
  const base = { id: "q", rev: 1, name: "Support", weight: 1, skills: { uk: 3 } };
  it("compares by value, whatever the order of keys", () => {
    expect(equal({ a: [1, { b: 2 }], c: undefined }, { a: [1, { b: 2 }] })).toBe(true);
    expect(equal({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(equal([], {})).toBe(false);
  });
  it("shows what they changed, and where both did", () => {
    const theirs = { ...base, rev: 2, name: "Help", skills: { uk: 5 } };
    expect(differences(base, theirs, { ...base, name: "Care" })).toEqual([{ field: "name", clash: true }, { field: "skills", clash: false }]);
    expect(differences(base, theirs, { ...theirs, rev: 1 })).toEqual([]);
  });
  it("keeps mine over theirs, on their revision", () => {
    const theirs = { ...base, rev: 2, name: "Help", weight: 9 };
    expect(rebase(base, theirs, { ...base, name: "Care" })).toEqual({ ...base, rev: 2, name: "Care", weight: 9 });
  });
});

describe("working hours", () => {
  it("reads what people write", () => {
    expect(readSpans("9-13, 14:00 – 18.30")).toEqual([{ from: "09:00", to: "13:00" }, { from: "14:00", to: "18:30" }]);
    expect(readSpans("  ")).toEqual([]);
    expect(readSpans("14-18; 9-13")).toEqual([{ from: "09:00", to: "13:00" }, { from: "14:00", to: "18:00" }]);
    for (const wrong of ["9", "9-25", "morning", "9-13, 12-18", "9:60-10"]) expect(readSpans(wrong), wrong).toBeUndefined();
    expect(writeSpans(readSpans("0-24") ?? [])).toBe("00:00–24:00");
  });
  it("copies days and counts the week", () => {
    const week = withDay([], 1, [{ from: "09:00", to: "18:00" }]);
    const copied = copyDay(week, 1, [2, 3, 4, 5]);
    expect(spansOf(copied, 5)).toEqual([{ from: "09:00", to: "18:00" }]);
    expect(weekHours(copied)).toBe(45);
    expect(weekHours(withDay(copied, 5, []))).toBe(36);
    expect(weekHours([{ weekday: 1, spans: [{ from: "22:00", to: "06:00" }] }])).toBe(8);
  });
  const office = { time_zone: "Europe/Kyiv", week: copyDay(withDay([], 1, [{ from: "09:00", to: "18:00" }]), 1, [2, 3, 4, 5]), special_days: [{ date: "--12-25", title: "Christmas", spans: [] }, { date: "2025-12-25", title: "Short", spans: [{ from: "10:00", to: "12:00" }] }] };
  it("tells open from closed in the zone of the calendar", () => {
    // Wednesday 14:32 in Kyiv.
    expect(openState(office, Date.parse("2025-05-21T11:32:00Z"))).toMatchObject({ open: true, until: { days: 0, clock: "18:00" } });
    expect(openState(office, Date.parse("2025-05-21T15:00:00Z"))).toMatchObject({ open: false, until: { days: 1, clock: "09:00" } });
    // Friday evening: Monday.
    expect(openState(office, Date.parse("2025-05-23T16:00:00Z"))).toMatchObject({ open: false, until: { days: 3, weekday: 1, clock: "09:00" } });
  });
  it("knows special days: the dated one wins, the yearly one closes", () => {
    expect(openState(office, Date.parse("2025-12-25T09:00:00Z"))).toMatchObject({ open: true, until: { clock: "12:00" }, special: { title: "Short" } });
    expect(openState(office, Date.parse("2026-12-25T09:00:00Z"))).toMatchObject({ open: false, special: { title: "Christmas" } });
  });
  it("follows a night over midnight and round the clock", () => {
    const night = { time_zone: "UTC", week: [{ weekday: 5, spans: [{ from: "22:00", to: "06:00" }] }], special_days: [] };
    expect(openState(night, Date.parse("2025-05-24T03:00:00Z"))).toMatchObject({ open: true, until: { clock: "06:00" } });
    const always = { time_zone: "UTC", week: copyDay(withDay([], 1, [{ from: "00:00", to: "00:00" }]), 1, [2, 3, 4, 5, 6, 7]), special_days: [] };
    expect(openState(always, Date.now())).toEqual({ open: true });
    expect(openState({ time_zone: "UTC", week: [], special_days: [] }, Date.now())).toEqual({ open: false });
  });
  it("takes days of the calendar only", () => {
    expect(["2026-12-31", "--02-29"].map(isDate)).toEqual([true, true]);
    expect(["2026-02-30", "--13-01", "12-25", ""].map(isDate)).toEqual([false, false, false, false]);
  });
});

describe("members of a queue", () => {
  const people = ["a", "b", "c"].map((person_id) => ({ person_id, level: 1, position: 0, penalty: 0 }));
  const names = (list: readonly { person_id?: string; group_id?: string; level: number; position: number }[]) => list.map((one) => `${one.person_id ?? one.group_id}${one.level}.${one.position}`).join(" ");
  it("stand in order of level and position", () => {
    expect(names(ranked(people))).toBe("a1.1 b1.2 c1.3");
    expect(names(ranked([{ person_id: "x", level: 2, position: 1, penalty: 0 }, ...people]))).toBe("a1.1 b1.2 c1.3 x2.1");
  });
  it("move inside a level and over its edge", () => {
    expect(names(moveMember(people, 2, -1))).toBe("a1.1 c1.2 b1.3");
    const down = moveMember(people, 2, 1);
    expect(names(down)).toBe("a1.1 b1.2 c2.1");
    expect(names(moveMember(down, 2, -1))).toBe("a1.1 b1.2 c1.3");
    expect(names(moveMember(down, 1, 1))).toBe("a1.1 b2.1 c2.2");
    expect(names(moveMember(people, 0, -1))).toBe("a1.1 b1.2 c1.3");
    expect(names(moveMember(down, 2, 1))).toBe("a1.1 b1.2 c2.1");
  });
  it("keep their penalty wherever they go, and lines their delays", () => {
    const weighted = [{ person_id: "a", level: 1, position: 1, penalty: 30 }, { group_id: "g", level: 1, position: 2, penalty: 0 }];
    expect(moveMember(weighted, 0, 1).map((one) => one.penalty)).toEqual([0, 30]);
    expect(addMember(weighted, { person_id: "b" }).map((one) => one.penalty)).toEqual([30, 0, 0]);
    expect(withDelay({ "2": 30 }, 3, 45)).toEqual({ "2": 30, "3": 45 });
    expect([withDelay({ "2": 30, "3": 45 }, 2, 0), withDelay({ "3": 45 }, 3, Number.NaN)]).toEqual([{ "3": 45 }, {}]);
  });
  it("come and go", () => {
    expect(names(addMember(moveMember(people, 2, 1), { group_id: "g" }))).toBe("a1.1 b1.2 c2.1 g2.2");
    expect(names(removeMember(people, 0))).toBe("b1.1 c1.2");
    expect(names(addMember([], { person_id: "n" }))).toBe("n1.1");
  });
});

describe("results of a queue", () => {
  const list = addDisposition(addDisposition([], "Вирішено"), "Передзвонити завтра");
  it("get a code of their own from the words", () => {
    expect(list.map((one) => one.title)).toEqual(["Вирішено", "Передзвонити завтра"]);
    expect(list.map((one) => one.code).every((code) => /^[a-z0-9_]+$/.test(code))).toBe(true);
    expect(codeOf("Solved", ["solved"])).toBe("solved_2");
    expect(codeOf("…", [])).toBe("result");
  });
  it("always have one default, in any order", () => {
    const second = setDefault(list, list[1]?.code ?? "");
    expect(second.map((one) => one.default)).toEqual([false, true]);
    expect(removeDisposition(second, second[1]?.code ?? "").map((one) => one.default)).toEqual([true]);
    expect(moveDisposition(list, 1, -1).map((one) => one.title)).toEqual(["Передзвонити завтра", "Вирішено"]);
    expect(moveDisposition(list, 0, -1)).toEqual(list);
  });
  it("say what is wrong with them", () => {
    expect(dispositionFault([{ code: "a", title: "", default: false }], 0)).toBe("no_title");
    expect(dispositionFault([{ code: "", title: "A", default: false }], 0)).toBe("no_code");
    expect(dispositionFault([{ code: "a", title: "A", default: false }, { code: "a", title: "B", default: false }], 1)).toBe("twice");
  });
  it("durations go there and back", () => {
    expect([toSeconds("30s"), toSeconds("1.500s"), toSeconds(undefined)]).toEqual([30, 1.5, 0]);
    expect(toDuration(45)).toBe("45s");
  });
});

describe("passwords", () => {
  it("are generated good, and differ", () => {
    const made = Array.from({ length: 50 }, () => generate());
    expect(new Set(made).size).toBe(50);
    expect(made.every((one) => good(one, ["Оксана Мельник", "oksana@svitanok.example"]))).toBe(true);
  });
  it("are measured by the policy", () => {
    expect(met("Oksana-2026-Long", ["Oksana Melnyk"]).own).toBe(false);
    expect(met("short-A1", [])).toMatchObject({ length: false, case: true, digit: true, symbol: true });
    expect(good("Пароль-з-цифрою-7", [])).toBe(true);
  });
});

it("phones are read as people write them", () => {
  expect(["+380 (44) 390-20-20", "00380443902020", "204", "telegram:8123"].map(normalPhone)).toEqual(["+380443902020", "+380443902020", "204", "telegram:8123"]);
});

describe("channels", () => {
  it("have a form for every kind that has none of its own", () => {
    expect(KINDS.filter((kind) => kind !== "webchat" && kind !== "telegram").sort()).toEqual(Object.keys(FORMS).sort());
  });
  it("say what is missing and what looks otherwise, and keep secrets that are set", () => {
    expect(wrongFields("whatsapp", { phone_number_id: "+380 44" }, { app_secret: "x" }, [])).toEqual({ phone_number_id: "bad_field", token: "bad_missing", app_secret: "bad_field" });
    expect(wrongFields("whatsapp", { phone_number_id: "106540352242922" }, {}, ["token", "app_secret"])).toEqual({});
    expect(wrongFields("webchat", {}, {}, [])).toEqual({});
  });
});
