import { describe, expect, it } from "vitest";
import type * as T from "../../api/types.gen";
import { isHost, isNetwork, isPrefix } from "../admin/voice/rules";
import { fileName, filterCalls, isMissed, severityOf, waitedOf, worstMos } from "./model";

const call = (id: string, extra: Partial<T.Call> = {}): T.Call => ({ id, direction: "DIRECTION_INBOUND", state: "CALL_STATE_ENDED", caller: "+380671234567", called: "+380443902020", contact_id: "", agent_id: "", queue_id: "", item_id: "", scheme_id: "", project_id: "", legs: [], outcome: "", recorded: false, recording_paused: false, recording_id: "", consulting: "", sip_call_id: "", keys: {}, answered_by: "", campaign: false, rating: 0, ...extra });
const calls = [call("in", { answered_at: "2026-01-01T00:00:10Z" }), call("missed", { caller: "+48223071820" }), call("out", { direction: "DIRECTION_OUTBOUND", caller: "+380635550120" }), call("inside", { direction: "DIRECTION_INTERNAL", caller: "101", called: "104" })];
const ids = (...args: Parameters<typeof filterCalls> extends [unknown, ...infer Rest] ? Rest : never) => filterCalls(calls, ...args).map((one) => one.id);
const nameOf = (one: T.Call) => (one.id === "in" ? "Дмитрий Коваленко" : "");

describe("calls", () => {
  it("are filtered by kind", () => {
    expect(ids("all", "", nameOf)).toHaveLength(4);
    expect(ids("missed", "", nameOf)).toEqual(["missed"]);
    expect(ids("incoming", "", nameOf)).toEqual(["in", "missed"]);
    expect(ids("outgoing", "", nameOf)).toEqual(["out"]);
    expect(ids("internal", "", nameOf)).toEqual(["inside"]);
  });
  it("are found by name, and by digits however they are grouped", () => {
    expect(ids("all", "ковал", nameOf)).toEqual(["in"]);
    expect(ids("all", "307-18", nameOf)).toEqual(["missed"]);
    expect(ids("all", "zzz", nameOf)).toEqual([]);
  });
  it("tell how they sounded by the worst leg", () => {
    const leg = (mos: number): T.Leg => ({ id: "l", role: "", person_id: "", number: "", trunk_id: "", code: 0, ended_by: "", account_id: "", carrier: "", why: [], quality: { loss: 0, jitter_ms: 0, round_trip_ms: 0, mos, packets: "1", exceeded: [] } });
    expect(worstMos({ legs: [leg(4.3), leg(3.2), leg(0)] })).toBe(3.2);
    expect(worstMos({ legs: [] })).toBeUndefined();
    expect([undefined, 4.2, 3.2, 2].map(severityOf)).toEqual(["", "", "warn", "crit"]);
  });
  it("tell how long somebody waited", () => {
    expect(waitedOf({ started_at: "2026-01-01T00:00:00Z", answered_at: "2026-01-01T00:00:18Z" })).toBe(18);
    expect(waitedOf({ started_at: "2026-01-01T00:00:00Z", ended_at: "2026-01-01T00:00:40Z" })).toBe(40);
    expect(waitedOf({})).toBeUndefined();
    expect(isMissed(call("m"))).toBe(true);
  });
  it("name a file without the customer", () => expect(fileName("recording", "2026-05-21T14:32:10Z")).toBe("recording-2026-05-21-14-32.ogg"));
});

describe("forms of telephony", () => {
  it("know networks, hosts and prefixes", () => {
    expect(["203.0.113.0/24", "203.0.113.7", "2001:db8::/32"].every(isNetwork)).toBe(true);
    expect(["203.0.113.0/33", "300.1.1.1", "a.b", "1.2.3.4/24/8", ""].some(isNetwork)).toBe(false);
    expect([isHost("sip.operator.example"), isHost("198.51.100.7"), isHost("-bad-"), isHost("a b")]).toEqual([true, true, false, false]);
    expect([isPrefix("+38"), isPrefix("+"), isPrefix("38"), isPrefix("+3a")]).toEqual([true, true, false, false]);
  });
});
