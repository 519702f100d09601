/** The rules of after-contact work, by the queue's mode. Pure. */
import type * as T from "../../../api/types.gen";

export interface WrapPlan {
  dispositions: readonly T.Disposition[];
  /** May be saved without a result. */
  optional: boolean;
  /** Ends by itself; the lease of an untimed wrap-up is no deadline a person needs to see. */
  until: string | undefined;
  /** Whole seconds of the whole time, for the share that is left. */
  limit: number | undefined;
  /** What is saved when the time is over. */
  byDefault: T.Disposition | undefined;
}

export function wrapPlan(queue: T.Queue | undefined, item: T.WorkItem): WrapPlan {
  const dispositions = queue?.dispositions ?? [];
  const timed = queue?.wrap_up === "WRAP_UP_MODE_TIMED";
  const span = (Date.parse(item.wrap_up_ends_at ?? "") - Date.parse(item.since ?? "")) / 1000;
  return {
    dispositions,
    optional: queue?.wrap_up !== "WRAP_UP_MODE_MANDATORY" || dispositions.length === 0,
    until: timed ? item.wrap_up_ends_at : undefined,
    limit: timed && span > 0 ? Math.round(span) : undefined,
    byDefault: dispositions.find((one) => one.default),
  };
}

export const maySave = (plan: WrapPlan, chosen: string) => plan.optional || chosen !== "";

/** 1…9 → the disposition at that place of what is shown. */
export function byDigit(shown: readonly T.Disposition[], key: string): T.Disposition | undefined {
  return /^[1-9]$/.test(key) ? shown[Number(key) - 1] : undefined;
}

export function found(dispositions: readonly T.Disposition[], words: string): T.Disposition[] {
  const wanted = words.trim().toLocaleLowerCase();
  return dispositions.filter(({ title }) => title.toLocaleLowerCase().includes(wanted));
}
