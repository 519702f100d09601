/** The known strategies in the language of the page; the server's English for all others. */
import type { Strategy } from "../../api/types.gen";
import type { AdminText } from "./texts";

const KNOWN = ["longest_idle", "sequential", "least_loaded", "round_robin", "fewest_contacts", "least_occupied", "least_talk", "random", "weighted_random", "ring_all", "ring_progressively"];
export type StrategyPart = "title" | "advantages" | "drawbacks" | "use";

export function strategyText(strategy: Strategy, part: StrategyPart, t: (key: AdminText) => string): string {
  return KNOWN.includes(strategy.name) ? t(`s_${strategy.name}_${part}` as AdminText) : strategy[part];
}
