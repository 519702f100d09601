/** Who is named in a line, and how rooms are listed. Pure. */
import type * as T from "../../api/types.gen";
import { byTime } from "../../i18n/format";

interface Named { id: string; name: string }

/** Whoever's name stands after an @: the longest name first, so that "@Anna Lee" is not Anna. */
export function mentionsIn(text: string, people: readonly Named[]): string[] {
  const low = text.toLocaleLowerCase();
  const found = new Set<string>();
  const taken = new Set<number>();
  for (const { id, name } of [...people].sort((a, b) => b.name.length - a.name.length)) {
    for (let at = low.indexOf(`@${name.toLocaleLowerCase()}`); name && at >= 0; at = low.indexOf(`@${name.toLocaleLowerCase()}`, at + 1)) {
      if (taken.has(at) || /[\p{L}\p{N}]/u.test(low[at + name.length + 1] ?? "")) continue;
      taken.add(at);
      found.add(id);
    }
  }
  return [...found];
}

/** The begun name at the end of what is written: "hi @an" → "an"; undefined when none is begun. */
export const begun = (text: string): string | undefined => /(?:^|\s)@([\p{L}\p{N}.'’-]*(?: [\p{L}\p{N}.'’-]*)?)$/u.exec(text)?.[1];

export function suggest(text: string, people: readonly Named[]): Named[] {
  const start = begun(text)?.toLocaleLowerCase();
  return start === undefined ? [] : people.filter((one) => one.name.toLocaleLowerCase().split(/\s+/).some((word) => word.startsWith(start)) || one.name.toLocaleLowerCase().startsWith(start)).slice(0, 6);
}

export const complete = (text: string, name: string): string => text.replace(/@[^@]*$/, `@${name} `);

/** The liveliest first. */
export const sorted = (rooms: readonly T.Room[]): T.Room[] => [...rooms].sort((a, b) => byTime(b.active_at, a.active_at) || a.id.localeCompare(b.id));

/** The other one of a room of two. */
export const otherOf = (room: T.Room, me: string): string => room.person_ids.find((one) => one !== me) ?? "";
