import { describe, expect, it } from "vitest";
import { barsOf, keyTime, lengthOf, nextSpeed, timeAt } from "./maths";

describe("the player", () => {
  it("makes bars that lose no peak", () => {
    expect(barsOf([0, 1, 0, 0.5], 2)).toEqual([1, 0.5]);
    expect(barsOf([0.2, 0.4], 4)).toEqual([0.2, 0.2, 0.4, 0.4]);
    expect(barsOf([], 5)).toEqual([]);
    expect(barsOf([7, -1], 2)).toEqual([1, 0]);
    expect(Math.max(...barsOf(Array.from({ length: 400 }, (_, index) => (index === 211 ? 1 : 0)), 160))).toBe(1);
  });
  it("finds the time under the pointer, within the recording", () => {
    expect([timeAt(50, 100, 60), timeAt(-5, 100, 60), timeAt(500, 100, 60), timeAt(5, 0, 60)]).toEqual([30, 0, 60, 0]);
  });
  it("moves by keys and stays inside", () => {
    expect(["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End", "a"].map((key) => keyTime(key, 10, 60))).toEqual([15, 5, 40, 0, 0, 60, undefined]);
    expect(keyTime("ArrowRight", 58, 60)).toBe(60);
  });
  it("goes round the speeds and believes a stream's length only when it has one", () => {
    expect([0.75, 1, 1.25, 1.5, 2].map(nextSpeed)).toEqual([1, 1.25, 1.5, 2, 0.75]);
    expect([lengthOf(Infinity, 30), lengthOf(NaN, 30), lengthOf(31, 30), lengthOf(0, -1)]).toEqual([30, 30, 31, 0]);
  });
});
