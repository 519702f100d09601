/** The SIP of a call that rang, was answered, held and ended: `/sip/<any>`. `?demo=refused` was refused by the operator. */
import type * as T from "../api/types.gen";
import { ago, ME } from "./fixtures";

const refused = typeof location !== "undefined" && new URLSearchParams(location.search).get("demo") === "refused";
const BEGAN = Date.now() - 300_000;
const when = (ms: number) => new Date(BEGAN + ms).toISOString();
const message = (ms: number, leg_id: string, sent: boolean, line: string, sequence: string, extra: Partial<T.SipMessage> = {}): T.SipMessage => ({ at: when(ms), leg_id, sent, line, sequence, peer: leg_id === "l1" ? "udp:198.51.100.20:5060" : "wss:203.0.113.9:50812", has_sdp: false, reason: "", sip_call_id: `${leg_id}-8f21c0@sip.svitanok.example`, ...extra });
const TO = "sip:+380443902020@sip.svitanok.example";
const AGENT = "sip:101@203.0.113.9:50812;transport=ws;ob";

const messages: T.SipMessage[] = [
  message(0, "l1", false, `INVITE ${TO} SIP/2.0`, "1 INVITE", { has_sdp: true }), message(3, "l1", true, "SIP/2.0 100 Trying", "1 INVITE"), message(120, "l1", true, "SIP/2.0 183 Session Progress", "1 INVITE", { has_sdp: true }),
  message(8_210, "l2", true, `INVITE ${AGENT} SIP/2.0`, "1 INVITE", { has_sdp: true }), message(8_712, "l2", true, `INVITE ${AGENT} SIP/2.0`, "1 INVITE", { has_sdp: true }), message(8_803, "l2", false, "SIP/2.0 180 Ringing", "1 INVITE"),
  ...(refused ? [message(38_210, "l2", true, `CANCEL ${AGENT} SIP/2.0`, "1 CANCEL", { reason: 'Q.850;cause=19;text="No answer"' }), message(38_240, "l2", false, "SIP/2.0 487 Request Terminated", "1 INVITE"), message(38_300, "l1", true, "SIP/2.0 480 Temporarily Unavailable", "1 INVITE", { reason: 'Q.850;cause=19;text="No answer from user"' })] : [
    message(12_400, "l2", false, "SIP/2.0 200 OK", "1 INVITE", { has_sdp: true }), message(12_404, "l2", true, `ACK ${AGENT} SIP/2.0`, "1 ACK"), message(12_410, "l1", true, "SIP/2.0 200 OK", "1 INVITE", { has_sdp: true }), message(12_460, "l1", false, `ACK ${TO} SIP/2.0`, "1 ACK"),
    message(98_000, "l1", true, "INVITE sip:+380671234567@198.51.100.20 SIP/2.0", "2 INVITE", { has_sdp: true }), message(98_060, "l1", false, "SIP/2.0 200 OK", "2 INVITE", { has_sdp: true }),
    message(252_310, "l1", false, `BYE ${TO} SIP/2.0`, "2 BYE", { reason: 'Q.850;cause=16;text="Normal call clearing"' }), message(252_312, "l1", true, "SIP/2.0 200 OK", "2 BYE"), message(252_330, "l2", true, `BYE ${AGENT} SIP/2.0`, "2 BYE"), message(252_390, "l2", false, "SIP/2.0 200 OK", "2 BYE"),
  ]),
];
const step = (ms: number, state: T.CallState): T.CallStep => ({ at: when(ms), state });
const steps = refused
  ? [step(5, "CALL_STATE_RECEPTION"), step(6000, "CALL_STATE_QUEUED"), step(8_205, "CALL_STATE_RINGING"), step(38_310, "CALL_STATE_ENDED")]
  : [step(5, "CALL_STATE_RECEPTION"), step(6000, "CALL_STATE_QUEUED"), step(8_205, "CALL_STATE_RINGING"), step(12_405, "CALL_STATE_TALKING"), step(98_001, "CALL_STATE_HELD"), step(252_400, "CALL_STATE_ENDED")];
const leg = (id: string, role: string, person_id: string, number: string): T.Leg => ({ id, role, person_id, number, trunk_id: "", started_at: when(0), answered_at: when(12_400), code: 200, ended_by: "", account_id: "", carrier: "", why: [] });

export const LADDER_ANSWERS: Array<[string, RegExp, (match: RegExpExecArray) => unknown]> = [
  ["GET", /^\/calls\/([^/]+)\/ladder$/, ([, id = ""]) => ({ messages, steps, trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", cut: false, call: { id, started_at: ago(300), legs: [leg("l1", "caller", "", "+380671234567"), leg("l2", "agent", ME, "101")] } })],
];
