import { describe, expect, it } from "vitest";
import { withKept } from "./LongList";

describe("a long list", () => {
  it("keeps one row in the page, in its order, wherever one looks", () => {
    expect(withKept([20, 21, 22], 3)).toEqual([3, 20, 21, 22]);
    expect(withKept([20, 21, 22], 900)).toEqual([20, 21, 22, 900]);
    expect(withKept([20, 21, 22], 21)).toEqual([20, 21, 22]);
    expect(withKept([20, 21], -1)).toEqual([20, 21]);
    expect(withKept([], 0)).toEqual([0]);
  });
});
