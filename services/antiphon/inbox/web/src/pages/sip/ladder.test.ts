import { describe, expect, it } from "vitest";
import type { SipMessage } from "../../api/types.gen";
import { ladderOf, US, type Rung } from "./ladder";

const message = (leg_id: string, sent: boolean, line: string, at: number, sequence = "1 INVITE"): SipMessage => ({ at: new Date(at).toISOString(), leg_id, sent, line, sequence, peer: "127.0.0.1:5070 udp", has_sdp: false, reason: "", sip_call_id: leg_id });

describe("a ladder", () => {
  it("has ourselves between who called and whom we called", () => {
    const { lanes, rows } = ladderOf({
      messages: [message("A", false, "INVITE sip:1@x SIP/2.0", 1), message("L1", true, "INVITE sip:2@x SIP/2.0", 3), message("L1", false, "SIP/2.0 486 Busy Here", 4), message("L1", true, "ACK sip:2@x SIP/2.0", 5, "1 ACK"), message("A", true, "SIP/2.0 200 OK", 6), message("A", true, "SIP/2.0 200 OK", 7)],
      steps: [{ at: new Date(2).toISOString(), state: "CALL_STATE_QUEUED" }],
    });
    expect(lanes).toEqual(["A", US, "L1"]);
    expect(rows.map((row) => (row.kind === "step" ? row.state : [row.from, row.to, row.text, row.mark, row.again]))).toEqual([
      [0, 1, "INVITE", "", false], "CALL_STATE_QUEUED", [1, 2, "INVITE", "", false], [2, 1, "486 Busy Here", "crit", false], [1, 2, "ACK", "", false], [1, 0, "200 OK", "ok", false], [1, 0, "200 OK", "ok", true],
    ]);
  });
  it("is empty where nothing was kept", () => {
    expect(ladderOf({ messages: [], steps: [] })).toEqual({ lanes: [], rows: [] });
  });
  it("shows what it does not understand as it is", () => {
    const { rows } = ladderOf({ messages: [message("A", false, "\ufffd\ufffd", 1)], steps: [] });
    expect((rows[0] as Rung).text).toBe("\ufffd\ufffd");
  });
});
