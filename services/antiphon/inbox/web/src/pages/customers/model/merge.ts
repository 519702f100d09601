/** Several lists, each newest first and paged, as one: an entry is shown when nothing newer can still come. Pure. */

export interface Entry { key: string; at: string }

/** What is known of one list: entries not shown yet, and where it goes on; no `next` is the end. */
export interface Source<E extends Entry> { buffer: readonly E[]; next: string | undefined; failed?: boolean }

const newer = (a: Entry, b: Entry) => Date.parse(b.at) - Date.parse(a.at) || (a.key < b.key ? 1 : -1);

/** Sources that must be asked before more can be said. */
export const hungry = <E extends Entry>(sources: readonly Source<E>[]): number[] =>
  sources.flatMap((source, index) => (source.buffer.length === 0 && source.next !== undefined && !source.failed ? [index] : []));

/** At most `count` entries in order, and what is left; stops where a source would have to be asked. */
export function take<E extends Entry>(sources: readonly Source<E>[], count: number): { entries: E[]; rest: Source<E>[] } {
  const rest = sources.map((source) => ({ ...source }));
  const entries: E[] = [];
  while (entries.length < count && hungry(rest).length === 0) {
    const heads = rest.filter((source) => source.buffer.length > 0);
    const first = heads.sort((a, b) => newer(a.buffer[0] as E, b.buffer[0] as E))[0];
    if (!first) break;
    entries.push(first.buffer[0] as E);
    first.buffer = first.buffer.slice(1);
  }
  return { entries, rest };
}

export const isOver = <E extends Entry>(sources: readonly Source<E>[]): boolean =>
  sources.every((source) => source.buffer.length === 0 && (source.next === undefined || source.failed));
