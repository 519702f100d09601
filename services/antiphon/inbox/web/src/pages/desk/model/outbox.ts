/**
 * What was written and is not yet stored, in order per conversation. Pure; send.ts gives it hands.
 *
 *   queued → sending → (stored: leaves the box)
 *   sending → moved (409: somebody wrote meanwhile) → queued (send anyway) · back to the draft
 *   sending → failed (refused) → queued (retry) · back to the draft
 *
 * A moved or failed entry holds back what was written after it, so that the order stays.
 */
import type * as T from "../../../api/types.gen";

export interface Sending {
  client_id: string;
  conversation: string;
  kind: "MESSAGE_KIND_TEXT" | "MESSAGE_KIND_NOTE";
  text: string;
  attachments: readonly T.Attachment[];
  /** Colleagues whom a note names. */
  mentions?: readonly string[];
  /** The last seq the writer had seen; undefined: send anyway. */
  expect: number | undefined;
  at: string;
  phase: "queued" | "sending" | "moved" | "failed";
  /** Reason of the refusal. */
  reason: string;
}

export type Outbox = readonly Sending[];
export type Outcome = { is: "stored"; seq: number } | { is: "moved" } | { is: "failed"; reason: string };

const change = (box: Outbox, id: string, with_: Partial<Sending>): Outbox => box.map((one) => (one.client_id === id ? { ...one, ...with_ } : one));

export const add = (box: Outbox, one: Omit<Sending, "phase" | "reason">): Outbox =>
  box.some(({ client_id }) => client_id === one.client_id) ? box : [...box, { ...one, phase: "queued", reason: "" }];

/** What may go now: the first of each conversation, unless it is under way or waits for a person. */
export function next(box: Outbox): Sending[] {
  const seen = new Set<string>();
  return box.filter((one) => {
    if (seen.has(one.conversation)) return false;
    seen.add(one.conversation);
    return one.phase === "queued";
  });
}

export const start = (box: Outbox, id: string): Outbox => change(box, id, { phase: "sending" });

export function settle(box: Outbox, id: string, outcome: Outcome): Outbox {
  if (outcome.is === "moved") return change(box, id, { phase: "moved" });
  if (outcome.is === "failed") return change(box, id, { phase: "failed", reason: outcome.reason });
  const done = box.find((one) => one.client_id === id);
  if (!done) return box;
  // What follows was written after this one: its own seq is known to the writer.
  return box.filter((one) => one !== done)
    .map((one) => (one.conversation === done.conversation && one.expect !== undefined ? { ...one, expect: Math.max(one.expect, outcome.seq) } : one));
}

export const retry = (box: Outbox, id: string): Outbox => change(box, id, { phase: "queued", reason: "" });
export const sendAnyway = (box: Outbox, id: string): Outbox => change(box, id, { phase: "queued", expect: undefined });
export const drop = (box: Outbox, id: string): Outbox => box.filter((one) => one.client_id !== id);

/** After a reload: what was under way is asked again, with its own client_id the server knows it. */
export function restore(text: string | null): Outbox {
  try {
    const list = JSON.parse(text ?? "[]") as Sending[];
    if (!Array.isArray(list)) return [];
    return list.filter((one) => one.client_id && one.conversation).map((one) => (one.phase === "sending" ? { ...one, phase: "queued" as const } : one));
  } catch {
    return [];
  }
}
