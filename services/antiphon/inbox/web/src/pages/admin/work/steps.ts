/** A queue's routing plan: what a person changes in it, what is wrong with it, and what it means in time. Pure. */
import type { Overflow, Queue, RoutingStep } from "../../../api/types.gen";
import { toSeconds } from "../queue";

export const EMPTY_STEP: RoutingStep = { skills: {}, replace_skills: false, any_of: [], add_queues: [], only_agent_id: "" };
const LASTS = "60s";

/** Another step at the end; what was last gets an end, or the new one would never begin. */
export function addStep(steps: readonly RoutingStep[]): RoutingStep[] {
  const closed = steps.map((step, index) => (index === steps.length - 1 && step.lasts === undefined ? { ...step, lasts: LASTS } : step));
  return [...closed, EMPTY_STEP];
}

/** The last step has no end: nothing comes after it. */
export function removeStep(steps: readonly RoutingStep[], index: number): RoutingStep[] {
  const rest = steps.toSpliced(index, 1);
  const last = rest.at(-1);
  return last ? [...rest.slice(0, -1), lasting(last, undefined)] : [];
}

export function moveStep(steps: readonly RoutingStep[], index: number, by: -1 | 1): RoutingStep[] {
  const [one, other] = [steps[index], steps[index + by]];
  if (!one || !other) return [...steps];
  return steps.with(index, lasting(other, one.lasts)).with(index + by, lasting(one, other.lasts));
}

export const changeStep = (steps: readonly RoutingStep[], index: number, change: Partial<RoutingStep>): RoutingStep[] => steps.map((step, at) => (at === index ? { ...step, ...change } : step));

export function lasting(step: RoutingStep, lasts: string | undefined): RoutingStep {
  const { lasts: _old, ...rest } = step;
  return lasts === undefined ? rest : { ...rest, lasts };
}

export function overflowing(step: RoutingStep, to: Overflow | undefined): RoutingStep {
  const { overflow: _old, ...rest } = step;
  return to === undefined ? rest : { ...rest, overflow: to };
}

export type StepFault = "s_endless" | "s_queue" | "s_empty" | "s_agent_last";

/** What is wrong with a step, if anything. */
export function stepFault(steps: readonly RoutingStep[], index: number): StepFault | undefined {
  const step = steps[index];
  const last = index === steps.length - 1;
  if (!step) return undefined;
  if (step.overflow?.way === "WAY_QUEUE" && !step.overflow.queue_id) return "s_queue";
  if (!last && toSeconds(step.lasts) === 0 && !step.only_agent_id) return "s_endless";
  if (last && step.only_agent_id) return "s_agent_last";
  if (index > 0 && !changes(step) && !steps[index - 1]?.only_agent_id) return "s_empty";
  return undefined;
}

const changes = (step: RoutingStep) => Object.keys(step.skills).length > 0 || step.replace_skills || step.any_of.length > 0 || step.add_queues.length > 0 || Boolean(step.only_agent_id) || step.overflow !== undefined;

export type PlanLine =
  | { at: number; is: "anybody"; strategy: string; tier: boolean }
  | { at: number; is: "last_agent"; seconds: number }
  | { at: number; is: "only"; agent: string; seconds: number }
  | { at: number; is: "skills"; skills: Readonly<Record<string, number>>; anyOf: readonly Readonly<Record<string, number>>[] }
  | { at: number; is: "no_skills" }
  | { at: number; is: "everybody_again" }
  | { at: number; is: "queues"; queues: readonly string[] }
  | { at: number; is: "tier"; level: number }
  | { at: number; is: "overflow"; to: Overflow };

/** What happens to a customer who waits and waits, in the order in which it happens: the whole plan in plain words. */
export function timeline(queue: Queue): PlanLine[] {
  const lines: PlanLine[] = [];
  const sticky = toSeconds(queue.sticky_for);
  if (sticky > 0) lines.push({ at: 0, is: "last_agent", seconds: sticky });
  const tiers = queue.members.some((one) => one.level > 1);
  let at = sticky;
  let alone = false;
  if (!queue.steps[0]?.only_agent_id) lines.push({ at, is: "anybody", strategy: queue.strategy, tier: tiers });
  const needed = Object.keys(queue.skills).length > 0;
  if (needed && !queue.steps[0]?.replace_skills) lines.push({ at, is: "skills", skills: queue.skills, anyOf: [] });
  for (const step of queue.steps) {
    if (step.only_agent_id) lines.push({ at, is: "only", agent: step.only_agent_id, seconds: toSeconds(step.lasts) });
    else if (alone) lines.push({ at, is: "everybody_again" });
    alone = Boolean(step.only_agent_id);
    if (Object.keys(step.skills).length || step.any_of.length) lines.push({ at, is: "skills", skills: step.skills, anyOf: step.any_of.map((one) => one.skills) });
    else if (step.replace_skills) lines.push({ at, is: "no_skills" });
    if (step.add_queues.length) lines.push({ at, is: "queues", queues: step.add_queues });
    if (step.overflow) lines.push({ at, is: "overflow", to: step.overflow });
    if (step.lasts === undefined) break;
    at += toSeconds(step.lasts);
  }
  for (const [level, seconds] of Object.entries(queue.tier_delays)) lines.push({ at: seconds, is: "tier", level: Number(level) });
  const longest = toSeconds(queue.max_wait);
  if (longest > 0) lines.push({ at: longest, is: "overflow", to: queue.when_late ?? { way: "WAY_REFUSE", queue_id: "" } });
  return lines.sort((a, b) => a.at - b.at);
}
