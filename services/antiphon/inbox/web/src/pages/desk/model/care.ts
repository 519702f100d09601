/** Times to put a conversation aside, and the norm that is nearest. Pure. */
import type * as T from "../../../api/types.gen";

export type SnoozePreset = "hour" | "evening" | "tomorrow" | "monday";

/** Moments in the person's own zone; those that have passed today are left out. */
export function snoozeTimes(now: number): { id: SnoozePreset; at: number }[] {
  const day = (ahead: number, hour: number) => {
    const date = new Date(now);
    date.setDate(date.getDate() + ahead);
    return date.setHours(hour, 0, 0, 0);
  };
  const monday = ((8 - new Date(now).getDay()) % 7) || 7;
  const all: { id: SnoozePreset; at: number }[] = [
    { id: "hour", at: now + 3_600_000 }, { id: "evening", at: day(0, 18) }, { id: "tomorrow", at: day(1, 9) }, { id: "monday", at: day(monday, 9) },
  ];
  return all.filter(({ id, at }) => at > now && (id !== "evening" || at - now > 3_600_000) && (id !== "monday" || monday > 1));
}

/** The norm that breaks first among those that run; a broken one counts by how late it is. */
export function nearest(sla: T.Sla | undefined): T.SlaClock | undefined {
  return (sla?.clocks ?? []).filter((clock) => clock.due_at).sort((a, b) => Date.parse(a.due_at ?? "") - Date.parse(b.due_at ?? ""))[0];
}

/** Colour of the time that is left. */
export function slaTone({ due_at, warn_at }: Pick<T.SlaClock, "due_at" | "warn_at">, now: number): "" | "warn" | "crit" {
  if (due_at && Date.parse(due_at) <= now) return "crit";
  return warn_at && Date.parse(warn_at) <= now ? "warn" : "";
}

/** Why nothing may be written freely now: the channel's window is over. */
export const isWindowClosed = (conversation: Pick<T.Conversation, "window_until">, now: number): boolean =>
  conversation.window_until !== undefined && Date.parse(conversation.window_until) < now;

/** The body of a template in pieces: text, and gaps by name ("body.1"). */
export function templatePieces(text: string, part: "header" | "body"): { text: string; gap: string }[] {
  return text.split(/(\{\{\s*\w+\s*\}\})/).filter(Boolean).map((piece) => {
    const gap = /^\{\{\s*(\w+)\s*\}\}$/.exec(piece)?.[1];
    return gap ? { text: "", gap: `${part}.${gap}` } : { text: piece, gap: "" };
  });
}
