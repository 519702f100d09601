import { describe, expect, it } from "vitest";
import { addressOf, scoreOf, wrongIn } from "./model";

const criterion = (id: string, weight: number, scale: number, fatal = false) => ({ id, name: id, weight, scale, fatal });
const CARD = [criterion("hello", 1, 1), criterion("solved", 3, 5), criterion("manner", 2, 3)];

describe("a score in the form", () => {
  it("is the one that the service keeps", () => {
    expect(scoreOf(CARD, { hello: 1, solved: 4, manner: 2 })).toBe(789);
    expect(scoreOf(CARD, { hello: 0, solved: 4, manner: 2 })).toBe(622);
    expect(scoreOf(CARD, { hello: 1, solved: 5, manner: 3 })).toBe(1000);
    expect(scoreOf([criterion("one", 1, 1), criterion("rest", 15, 1)], { one: 1, rest: 0 })).toBe(63); // 62.5
  });
  it("waits for every answer, and is zero without a fatal one", () => {
    expect(scoreOf(CARD, { hello: 1 })).toBeUndefined();
    expect(scoreOf([criterion("law", 1, 1, true), criterion("rest", 9, 10)], { law: 0, rest: 10 })).toBe(0);
  });
  it("stays exact with fifty long scales", () => {
    const many = Array.from({ length: 50 }, (_, place) => criterion(`c${place}`, 100, 51 + place));
    expect(scoreOf(many, Object.fromEntries(many.map((one) => [one.id, one.scale])))).toBe(1000);
  });
});

it("says what is wrong with a scorecard", () => {
  expect(wrongIn("Calls", CARD)).toBeUndefined();
  expect(wrongIn(" ", CARD)).toBe(-1);
  expect(wrongIn("Calls", [...CARD, criterion("bad", NaN, 1)])).toBe(3);
});

it("leads to the call or the conversation", () => {
  expect([addressOf("call:cl/1"), addressOf("conversation:cv"), addressOf("callback:x")]).toEqual(["/calls/history/cl%2F1", "/inbox/cv", ""]);
});
