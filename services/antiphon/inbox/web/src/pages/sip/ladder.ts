/** A call's SIP as a ladder: lanes for its legs around ourselves, a rung a message, its states between. Pure. */
import type * as T from "../../api/types.gen";

/** Where the ladder has ourselves: between who called and whom we called. */
export const US = "us";

export interface Rung {
  kind: "message";
  at: number;
  /** Lanes from and to, 0 is the leftmost. */
  from: number;
  to: number;
  /** "INVITE", "200 OK". */
  text: string;
  /** The whole request or status line. */
  line: string;
  sequence: string;
  peer: string;
  reason: string;
  hasSdp: boolean;
  /** Refusals and failures, what begins, what ends. */
  mark: "crit" | "ok" | "info" | "";
  /** Sent once more: the same message of the same dialog. */
  again: boolean;
}
export interface Step { kind: "step"; at: number; state: T.CallState }
export interface Ladder { lanes: string[]; rows: Array<Rung | Step> }

const RESPONSE = /^SIP\/2\.0 (\d{3}) ?(.*)$/;

function textOf(line: string): { text: string; code: number } {
  const answer = RESPONSE.exec(line);
  return answer ? { text: `${answer[1]} ${answer[2]}`.trim(), code: Number(answer[1]) } : { text: line.split(" ")[0] ?? "", code: 0 };
}

function markOf(text: string, code: number): Rung["mark"] {
  if (code >= 400) return "crit";
  if (code >= 200) return "ok";
  return text === "BYE" || text === "CANCEL" ? "info" : "";
}

export function ladderOf(answer: Pick<T.GetCallLadderResponse, "messages" | "steps">): Ladder {
  const legs = [...new Set(answer.messages.map((one) => one.leg_id))];
  const [first, ...rest] = legs;
  const lanes = first === undefined ? [] : [first, US, ...rest];
  const us = lanes.indexOf(US);
  const seen = new Set<string>();
  const rungs = answer.messages.map((one): Rung => {
    const { text, code } = textOf(one.line);
    const lane = lanes.indexOf(one.leg_id);
    const name = [one.leg_id, one.sent, one.line, one.sequence].join(" ");
    const again = seen.has(name);
    seen.add(name);
    return { kind: "message", at: Date.parse(one.at ?? ""), from: one.sent ? us : lane, to: one.sent ? lane : us, text, line: one.line, sequence: one.sequence, peer: one.peer, reason: one.reason, hasSdp: one.has_sdp, mark: markOf(text, code), again };
  });
  const steps = answer.steps.map((one): Step => ({ kind: "step", at: Date.parse(one.at ?? ""), state: one.state }));
  return { lanes, rows: [...rungs, ...steps].sort((a, b) => a.at - b.at) };
}
