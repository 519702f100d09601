import { describe, expect, it } from "vitest";
import { lastMonth, thisMonth, together } from "./model";

describe("how a carrier does", () => {
  const trunk = (attempts: number, answered: number, more = {}) => ({ attempts, answered, heard: 0, rang: 0, ...more });
  it("joins its trunks by how many calls each had", () => {
    expect(together([undefined, trunk(0, 0)])).toBeUndefined();
    expect(together([trunk(30, 12, { rang: 30, pdd_ms: 1000 }), trunk(10, 8, { rang: 10, pdd_ms: 3000, heard: 8, mos: 4.1, loss: 0.01 })])).toEqual({ calls: 40, asr: 50, pdd: 1.5, mos: 4.1, loss: 1 });
  });
  it("knows the month before", () => {
    expect(thisMonth(new Date("2026-05-20T23:30:00Z"))).toEqual({ first: "2026-05-01", last: "2026-05-20" });
    expect(lastMonth(new Date(2026, 2, 1))).toEqual({ first: "2026-02-01", last: "2026-02-28" });
    expect(lastMonth(new Date(2026, 0, 31))).toEqual({ first: "2025-12-01", last: "2025-12-31" });
  });
});
