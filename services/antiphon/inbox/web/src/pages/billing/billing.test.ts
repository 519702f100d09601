import { describe, expect, it } from "vitest";
import type { RunningCall, SipAccount, Tariff, Transfer } from "../../api/types.gen";
import { amountOf, byDay, costBy, daysLeft, entryKind, isoDay, lastDays, micros, nextVersion, passwordDays, scaleOf, signed } from "./model";

const uah = (micros: string) => ({ currency: "UAH", micros });
const entry = (change: Partial<Transfer>): Transfer => ({ id: "call:1", operation: "charge", result: "ok", debit: "liab.customer:a", credit: "rev.voice", amount: uah("1200000"), reference: "", tariff_version: "", seq: "1", ...change });

describe("amounts", () => {
  it("come as text and go as text", () => {
    expect(amountOf(uah("1200000"))).toBe(1.2);
    expect(amountOf(undefined)).toBe(0);
    expect(micros(0.29)).toBe("290000");
  });
  it("stand on a scale of at most five lines", () => {
    for (const highest of [0.3, 1, 7, 44.12, 99, 100, 1234]) {
      const scale = scaleOf(highest);
      expect(scale.at(-1)).toBeGreaterThanOrEqual(highest);
      expect(scale.length).toBeLessThanOrEqual(5);
    }
    expect(scaleOf(0)).toEqual([0]);
  });
});

describe("days", () => {
  it("are local and without holes over a month's end", () => {
    expect(lastDays(3, new Date(2026, 2, 1))).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(isoDay(new Date(2026, 0, 5))).toBe("2026-01-05");
  });
  it("have their parts by kind", () => {
    const [first, second] = byDay(["2026-05-01", "2026-05-02"], [{ day: "2026-05-02", kind: "voice", amount: uah("2000000") }, { day: "2026-05-02", kind: "new_one", amount: uah("1000000") }]);
    expect(first?.total).toBe(0);
    expect(second).toMatchObject({ total: 3, parts: { voice: 2, other: 1 } });
  });
});

describe("entries", () => {
  it("are named by what they rest on", () => {
    expect(entryKind(entry({}))).toBe("e_call");
    expect(entryKind(entry({ id: "fee:2026-05-01" }))).toBe("e_fee");
    expect(entryKind(entry({ id: "usage:m1" }))).toBe("e_usage");
    expect(entryKind(entry({ id: "usage:storage:media:2026-05-20" }))).toBe("e_storage");
    expect(entryKind(entry({ id: "x" }))).toBe("e_other");
    expect(entryKind(entry({ id: "payment:1", operation: "topup", debit: "asset.bank" }))).toBe("e_topup");
    expect(entryKind(entry({ id: "sla:1", operation: "topup", debit: "exp.sla" }))).toBe("e_credit");
  });
  it("have the sign of the balance", () => {
    expect(signed(entry({}))).toBe(-1.2);
    expect(signed(entry({ debit: "asset.psp", credit: "liab.customer:a" }))).toBe(1.2);
  });
});

describe("a call that goes on", () => {
  const call = (answered_at?: string): RunningCall => ({
    session_id: "s", called: "380671112233", reserved: uah("600000"), granted_seconds: "60", final: false, prefix: "380", tariff_version: "t:1", ...(answered_at ? { answered_at } : {}),
    steps: [{ second: "31", cost: uah("600000") }, { second: "61", cost: uah("1200000") }],
  });
  const began = "2026-05-21T10:00:00.500Z", at = Date.parse("2026-05-21T10:00:00Z") / 1000;
  it("costs what the second that has begun costs", () => {
    expect(costBy(call(began), at + 60)).toBe(0.6);
    expect(costBy(call(began), at + 61)).toBe(1.2);
    expect(costBy(call(began), at + 5)).toBe(0.6);
  });
  it("costs nothing while it rings", () => expect(costBy(call(), at + 61)).toBe(0));
});

describe("what comes, and how old things are", () => {
  const now = Date.parse("2026-05-21T10:00:00Z");
  const version = (change: Partial<Tariff>): Tariff => ({ id: "t", version: 1, name: "", currency: "UAH", document: "", author: "a", approver: "b", effective_from: "2026-06-01T00:00:00Z", ...change });
  it("names the first version that will be in force", () => {
    const listed = [version({ version: 4, effective_from: "2026-07-01T00:00:00Z" }), version({ version: 3 }), version({ version: 2, effective_from: "2026-05-01T00:00:00Z" }), version({ version: 5, approver: "" }), version({ id: "other", effective_from: "2026-05-22T00:00:00Z" })];
    expect(nextVersion(listed, "t", now)?.version).toBe(3);
    expect(nextVersion([version({ approver: "" })], "t", now)).toBeUndefined();
  });
  it("counts the day that has begun as left, and only whole days as gone", () => {
    expect(daysLeft("2026-05-22T09:00:00Z", now)).toBe(1);
    expect(daysLeft("2026-05-20T09:00:00Z", now)).toBe(0);
    const changed = { password_changed_at: "2026-05-19T11:00:00Z" } as SipAccount;
    expect(passwordDays(changed, now)).toBe(1);
    expect(passwordDays({} as SipAccount, now)).toBeUndefined();
  });
});
