/** The first reception of a company: made once, then whatever comes in is bound to it. */
import { routing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { CLOSED, reception, WAIT } from "./steps";

/** Whoever calls or writes at this address is received. Each part is looked for first: whoever was interrupted in the
 * middle presses again. */
export async function receive(address: string, queue: string, language: string, words: { name: string; reason: string }): Promise<void> {
  const calendar = (await routing.calendars()).calendars[0];
  let scheme: T.Scheme | undefined = (await routing.schemes()).schemes[0];
  if (!scheme && calendar) scheme = (await routing.saveScheme({ name: words.name, graph: reception(queue, calendar.id, language, WAIT, CLOSED) })).scheme;
  if (scheme && !scheme.live_version) await routing.publish(scheme.id, scheme.rev, words.reason);
  if (scheme) await routing.putBinding({ address, scheme_id: scheme.id } as T.Binding);
}
