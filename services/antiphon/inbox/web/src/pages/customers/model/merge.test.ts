import { describe, expect, it } from "vitest";
import { hungry, isOver, take, type Entry, type Source } from "./merge";

const at = (minute: number): Entry => ({ key: `k${minute}`, at: new Date(minute * 60_000).toISOString() });
const keys = (entries: readonly Entry[]) => entries.map((one) => one.key);

/** Reads everything, `page` entries of a list at a time. */
function whole(lists: readonly (readonly Entry[])[], page: number, count: number): Entry[] {
  let sources: Source<Entry>[] = lists.map(() => ({ buffer: [], next: "0" }));
  const found: Entry[] = [];
  for (let round = 0; round < 10_000 && !isOver(sources); round += 1) {
    sources = sources.map((source, index) => {
      if (!hungry(sources).includes(index)) return source;
      const from = Number(source.next);
      const list = lists[index] ?? [];
      return { buffer: list.slice(from, from + page), next: from + page < list.length ? String(from + page) : undefined };
    });
    const { entries, rest } = take(sources, count);
    found.push(...entries);
    sources = rest;
  }
  return found;
}

describe("several lists as one", () => {
  it("shows everything once and in order, however it is paged", () => {
    const lists = [[9, 6, 3, 0], [8, 7, 2, 1], [], [5, 4]].map((list) => list.map(at));
    const expected = keys([9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(at));
    for (const page of [1, 2, 3, 50]) for (const count of [1, 4, 50]) expect(keys(whole(lists, page, count))).toEqual(expected);
  });
  it("waits for a list that may still have something newer", () => {
    const sources: Source<Entry>[] = [{ buffer: [at(9)], next: undefined }, { buffer: [], next: "x" }];
    expect(take(sources, 5).entries).toEqual([]);
    expect(hungry(sources)).toEqual([1]);
  });
  it("goes on without a list that failed", () => {
    const sources: Source<Entry>[] = [{ buffer: [at(9)], next: undefined }, { buffer: [], next: "x", failed: true }];
    expect(keys(take(sources, 5).entries)).toEqual(["k9"]);
    expect(isOver(take(sources, 5).rest)).toBe(true);
  });
});
