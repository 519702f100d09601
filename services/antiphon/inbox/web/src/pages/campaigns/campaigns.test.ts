import { describe, expect, it } from "vitest";
import { badRowsFile, bars, BLANK, codeFor, faults, tidy } from "./model";

const good = { ...BLANK, name: "Spring", queue_id: "q" };
const wrong = (part: Partial<typeof good>) => Object.entries(faults({ ...good, ...part })).filter(([, fault]) => fault).map(([field]) => field);

describe("a campaign's form", () => {
  it("finds nothing wrong with a plain campaign", () => expect(wrong({})).toEqual([]));
  it("names the field", () => {
    expect(wrong({ name: " " })).toEqual(["name"]);
    expect(wrong({ region: "Ukraine" })).toEqual(["region"]);
    expect(wrong({ mode: "MODE_MESSAGE" })).toEqual(["message", "opt_out_key"]);
    expect(wrong({ mode: "MODE_MESSAGE", message: "Hello", opt_out_key: "9", agent_key: "9" })).toEqual(["agent_key"]);
    expect(wrong({ hours: [{ days: ["mon"], begins: "18:00", ends: "09:00" }] })).toEqual(["hours", "time_zone"]);
    expect(wrong({ dispositions: [{ code: "a", title: "A", result: "RESULT_CLASS_SUCCESS", parent: "", with_amount: true }, { code: "a", title: "B", result: "RESULT_CLASS_SUCCESS", parent: "", with_amount: false }] })).toEqual(["dispositions", "currency"]);
  });
  it("stores what belongs to the mode", () => {
    const stored = tidy({ ...good, lines_per_agent: 3, preview_for: "0s", time_zone: "Europe/Kyiv", questions: [{ id: "q", text: "?", type: "ANSWER_TYPE_CHOICE", choices: [" a ", ""], optional: false, only_if: "", only_if_answer: "" }] });
    expect([stored.lines_per_agent, stored.preview_for, stored.time_zone, stored.questions[0]?.choices]).toEqual([0, undefined, "", ["a"]]);
  });
  it("makes codes of titles", () => expect([codeFor("Not now", []), codeFor("Продажа", ["продажа"]), codeFor("…", [])]).toEqual(["not_now", "продажа2", "result"]));
});

describe("the day", () => {
  const slice = (from: string, dialled: number, answered: number) => ({ from, dialled, answered, abandoned: 1 });
  it("is drawn from its first quarter, at least two hours wide", () => {
    const found = bars([slice("2026-06-10T09:00:00Z", 40, 10), slice("2026-06-10T09:15:00Z", 20, 5)]);
    expect(found.top).toBe(40);
    expect(found.to - found.from).toBe(8 * 900_000);
    expect(found.bars.map((one) => [one.x, one.width, one.dialled, one.answered])).toEqual([[0, 0.125, 1, 0.25], [0.125, 0.125, 0.5, 0.125]]);
  });
  it("may be empty", () => expect(bars([]).bars).toEqual([]));
});

it("writes bad rows as a file that runs no formula", () => {
  expect(badRowsFile([{ line: 3, reason: "duplicate", cell: '=1+"a"' }], (code) => code)).toBe('\ufeff"3","duplicate","\'=1+""a"""\r\n');
});
