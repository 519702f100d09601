/** What two people changed in one record, for "somebody changed it meanwhile". Pure. */

export interface Difference {
  field: string;
  /** Both changed it, to different values. */
  clash: boolean;
}

export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

const fieldsOf = (...records: object[]) => [...new Set(records.flatMap(Object.keys))].filter((field) => field !== "rev");
const at = (record: object, field: string) => (record as Record<string, unknown>)[field];

/** The fields `theirs` changed against `base` and that are not the same in `mine` already. */
export function differences(base: object, theirs: object, mine: object): Difference[] {
  return fieldsOf(base, theirs)
    .filter((field) => !equal(at(base, field), at(theirs, field)) && !equal(at(mine, field), at(theirs, field)))
    .map((field) => ({ field, clash: !equal(at(base, field), at(mine, field)) }));
}

/** Theirs with my changes over it: what "keep mine" saves. */
export function rebase<R extends object>(base: R, theirs: R, mine: R): R {
  const changed = fieldsOf(base, mine).filter((field) => !equal(at(base, field), at(mine, field)));
  return { ...theirs, ...Object.fromEntries(changed.map((field) => [field, at(mine, field)])) };
}
