/** Actions on conversations, with hands: asks, learns the answers, says what was refused. */
import { bench } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { problemText } from "../../../i18n/problems";
import { learn, store } from "../../../rt/store";
import { toast } from "../../../ui/Toast";
import { endedByMe } from "../layer";
import { useT } from "./texts";

/** Kinds after which a conversation is no longer in my hands. */
const LEAVES: readonly (keyof T.Action)[] = ["snooze", "close", "spam", "transfer_queue_id", "assign_person_id"];

export interface Done {
  /** Conversations with which all was done. */
  done: string[];
  refused: T.ActResult[];
}

/** Does the actions (or a macro) with each; a refusal of all is told in words, a partial one by numbers. */
export async function act(ids: readonly string[], body: { actions?: T.Action[]; macro_id?: string; expect_seq?: number }): Promise<Done> {
  if (body.macro_id || body.actions?.some((action) => LEAVES.some((kind) => kind in action))) ids.forEach(endedByMe.add);
  try {
    const { results } = await bench.act({ conversation_ids: [...ids], actions: body.actions ?? [], macro_id: body.macro_id ?? "", ...(body.expect_seq === undefined ? {} : { expect_seq: body.expect_seq }) });
    learn.conversations(results.flatMap((one) => one.conversation ?? []));
    const refused = results.filter((one) => one.reason);
    const first = refused[0];
    if (first?.reason === "MOVED_ON" && body.expect_seq !== undefined) {
      // Somebody wrote meanwhile: the person decides, with the thread before their eyes.
      const { expect_seq: _seen, ...rest } = body;
      const who = first.conversation?.last_message?.author_name || first.conversation?.contact_name || useT.now("customer");
      toast(useT.now("moved_on", { name: who }), { bad: true, action: { text: useT.now("do_anyway"), run: () => void act(ids, rest) } });
    } else if (first && refused.length === results.length) toast(problemText(new Problem(409, { reason: first.reason })), { bad: true });
    else if (first) toast(useT.now("some_refused", { count: refused.length, why: problemText(new Problem(409, { reason: first.reason })) }), { bad: true });
    return { done: results.filter((one) => !one.reason).map((one) => one.conversation_id), refused };
  } catch (error) {
    toast(problemText(error instanceof Problem ? error : new Problem(500, { title: String(error) })), { bad: true });
    return { done: [], refused: [] };
  }
}

/** Puts aside, with the way back. */
export async function snooze(ids: readonly string[], until: number | undefined): Promise<Done> {
  const done = await act(ids, { actions: [{ snooze: until === undefined ? {} : { until: new Date(until).toISOString() } }] });
  if (done.done.length) toast(useT.now("snoozed_now", { count: done.done.length }), { action: { text: useT.now("undo"), run: () => void act(done.done, { actions: [{ wake: true }] }) } });
  return done;
}

export const conversationOf = (id: string): T.Conversation | undefined => store.state.conversations[id];

/** Does all of a macro; for one conversation it asks first when the customer has written meanwhile. */
export async function runMacro(macro: T.Macro, ids: readonly string[], onDone: () => void, seen?: number): Promise<void> {
  const one = ids.length === 1 ? conversationOf(ids[0] ?? "") : undefined;
  const expect = seen ?? one?.last_seq;
  const { done, refused } = await act(ids, { macro_id: macro.id, ...(one && expect !== undefined ? { expect_seq: expect } : {}) });
  if (done.length && !refused.length) toast(useT.now("macro_done", { name: macro.name, count: done.length }));
  if (done.length && macro.actions.some((action) => "close" in action || "snooze" in action || "spam" in action || "transfer_queue_id" in action)) onDone();
}
