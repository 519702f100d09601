/** What only this device knows of the set-up: steps that leave no record, and that somebody chose to go on later. */
import { STEPS, type StepName } from "./steps";

const key = (tenant: string) => `antiphon.start.${tenant}`;
const LATER = "later";

function read(tenant: string): string[] {
  try {
    return (localStorage.getItem(key(tenant)) ?? "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

function add(tenant: string, word: string): void {
  try {
    localStorage.setItem(key(tenant), [...new Set([...read(tenant), word])].join(" "));
  } catch {
    // A browser without storage asks again: nothing is lost.
  }
}

export const passed = (tenant: string): ReadonlySet<StepName> => new Set(STEPS.filter((step) => read(tenant).includes(step)));

export function remember(tenant: string, step: StepName): ReadonlySet<StepName> {
  add(tenant, step);
  return passed(tenant);
}

export const leave = (tenant: string): void => add(tenant, LATER);
