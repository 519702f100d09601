/** Agent states as a person sets and sees them. Pure. */
import type * as T from "../../../api/types.gen";

/** Break reasons by code: words are in ui/texts (`reason_…`), so that every page names them alike. */
export const BREAKS = ["rest", "lunch", "meeting", "training", "personal"] as const;

/**
 * "Break after this task" is kept where the ACD keeps reasons, so it survives a reload and a change of device: not ready
 * at once (nothing new comes), and the break itself begins when nothing is held any more.
 */
const AFTER = "after:";
export const afterTask = (reason: string) => `${AFTER}${reason}`;
export const breakToCome = (reason: string): string => (reason.startsWith(AFTER) ? reason.slice(AFTER.length) : "");

export const held = (agent: T.Agent | undefined): number => Object.values(agent?.load ?? {}).reduce((sum, one) => sum + one, 0);

/** The break that is due now: promised for after the tasks, and there are none left. */
export function dueBreak(agent: T.Agent | undefined): string {
  return agent?.state === "AGENT_STATE_NOT_READY" && held(agent) === 0 && agent.wrapping === 0 ? breakToCome(agent.reason) : "";
}

export interface Capacity {
  taken: number;
  of: number;
  /** Class → taken and of, only classes that have room for anything. */
  classes: readonly { name: string; taken: number; of: number }[];
  /** A call excludes everything else while it lasts. */
  blocked: boolean;
}

const ORDER = ["voice", "chat", "email", "task"];

/** Squares of capacity: voice and chats; classes that interrupt nothing count only in the title. */
export function capacityOf(agent: T.Agent | undefined): Capacity {
  const classes = Object.entries(agent?.capacity ?? {}).filter(([, of]) => of > 0)
    .map(([name, of]) => ({ name, of, taken: agent?.load[name] ?? 0 }))
    .sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  const talk = classes.filter(({ name }) => name === "voice" || name === "chat");
  const counted = talk.length ? talk : classes;
  return {
    classes, blocked: (agent?.load["voice"] ?? 0) > 0,
    taken: counted.reduce((sum, one) => sum + one.taken, 0), of: counted.reduce((sum, one) => sum + one.of, 0),
  };
}
