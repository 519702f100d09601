import { describe, expect, it } from "vitest";
import type { WaitStep } from "../../api/types.gen";
import { alarmsOf } from "../../shell/alarms";
import { planned } from "../desk/model/callbacks";
import { lookOf, wholeOf } from "./story";

const step = (what: string, at: number, part: Partial<WaitStep> = {}): WaitStep => ({ at: new Date(at * 1000).toISOString(), item_id: "i", what, agent_id: "", queue_id: "", why_not: {}, waits_because: {}, position: 0, facts: {}, ...part });

describe("a wait in figures", () => {
  it("counts what was offered, missed and who had it", () => {
    const steps = [
      step("WorkQueued", 0), step("WorkOffered", 5, { agent_id: "a" }), step("OfferEnded", 25, { agent_id: "a", facts: { how: "rang_out" } }),
      step("WorkOffered", 25, { agent_id: "b", decision: { rule: "longest_idle", position: 1, facts: {}, runners_up: [] } }), step("OfferEnded", 30, { agent_id: "b", facts: { how: "accepted" } }), step("WorkAccepted", 30, { agent_id: "b" }),
    ];
    expect(wholeOf(steps)).toEqual({ began: 0, waited: 30, offers: 2, missed: 1, agent: "b", rule: "longest_idle", ended: "answered" });
    expect(wholeOf(steps.slice(0, 3))).toMatchObject({ waited: undefined, ended: "waiting" });
    expect(wholeOf([])).toBeUndefined();
  });
  it("looks at the last of several tasks", () => {
    expect(wholeOf([step("WorkQueued", 0), step("WorkAbandoned", 9), step("WorkQueued", 100, { item_id: "j" })])).toMatchObject({ began: 100_000, ended: "waiting" });
  });
  it("has words for every end of an offer, and keeps what it does not know", () => {
    expect(["accepted", "declined", "rang_out", "withdrawn", "busy", "unreachable"].every((how) => lookOf(step("OfferEnded", 0, { facts: { how } })).text)).toBe(true);
    expect(lookOf(step("SomethingNew", 0))).toEqual({ icon: "info", text: undefined, mark: undefined });
  });
});

describe("alarms", () => {
  it("are each there once, with what the facts say of them", () => {
    const told = [{ kind: "trunk", name: "t", cleared: false, occurred_at: "2026-01-01T00:00:00Z", facts: {} }];
    const health = { engines: [{ name: "e", up: false, draining: false, calls: 0 }], trunks: [{ trunk_id: "t", state: "unreachable", code: 408, calls: 0, why: "" }, { trunk_id: "u", state: "registered", code: 200, calls: 1, why: "" }], replicas: [] };
    expect(alarmsOf(told, health).map((one) => [one.key, one.why])).toEqual([["trunk:t", "SIP 408"], ["engine:e", ""]]);
  });
});

describe("planned callbacks", () => {
  it("are mine first, then the nearest, without those that somebody has", () => {
    const one = (id: string, state: string, agent_id: string, due_at: string) => ({ agent_id, item: { id, state, due_at } }) as never;
    const rows = planned([one("a", "ITEM_STATE_SCHEDULED", "", "2026-01-01T10:00:00Z"), one("b", "ITEM_STATE_CONNECTED", "me", ""), one("c", "ITEM_STATE_SCHEDULED", "me", "2026-01-01T12:00:00Z"), one("d", "ITEM_STATE_WAITING", "", "2026-01-01T09:00:00Z")], "me", Date.parse("2026-01-01T09:30:00Z"));
    expect(rows.map((row) => [row.item.id, row.due])).toEqual([["c", false], ["d", true], ["a", false]]);
  });
});
