/** The lines of "Why me?", and the words for rules and obstacles as the ACD names them. Pure. */
import type * as T from "../api/types.gen";
import { seconds } from "../i18n/format";
import type { WhyText } from "./texts";

export type WhyLine =
  | { is: "place"; position: number; waited: number }
  | { is: "rule"; rule: string }
  | { is: "skills"; skills: readonly { skill: string; has: string; needed: string }[] }
  | { is: "others"; others: readonly { agent: string; why: string }[] }
  | { is: "nobody" };

/** The skills that counted: "skill.uk" = "5/3" is has and needed. */
export const skillsOf = (decision: T.Decision) => Object.entries(decision.facts).flatMap(([name, value]) => {
  const [has = "", needed = ""] = value.split("/");
  return name.startsWith("skill.") ? [{ skill: name.slice(6), has, needed }] : [];
});

/** Place and waiting, rule, skills that counted, who else could have been asked. */
export function whyLines(decision: T.Decision): WhyLine[] {
  const skills = skillsOf(decision);
  const others = decision.runners_up.map(({ agent_id, why_not }) => ({ agent: agent_id, why: why_not }));
  return [
    ...(decision.position > 0 ? [{ is: "place" as const, position: decision.position, waited: seconds(decision.waited) ?? 0 }] : []),
    { is: "rule", rule: decision.rule },
    ...(skills.length ? [{ is: "skills" as const, skills }] : []),
    others.length ? { is: "others", others } : { is: "nobody" },
  ];
}

const RULES = ["longest_idle", "round_robin", "sequential", "least_loaded", "fewest_contacts", "least_occupied", "least_talk", "random", "weighted_random", "ring_all", "ring_progressively", "preferred", "transferred", "pulled"];
const OBSTACLES = ["logged_out", "not_ready", "not_responding", "disabled", "reserved_for_another", "tier_closed", "skill_missing", "excluded", "just_declined", "resting", "busy", "ranked_lower", "level", "key", "order", "spared"];
const plainRule = (rule: string) => (rule === "preferred_agent" ? "preferred" : rule);

/** To the one who is asked. */
export const ruleKey = (rule: string): WhyText | undefined => (RULES.includes(plainRule(rule)) ? (`rule_${plainRule(rule)}` as WhyText) : undefined);
/** About somebody. */
export const thirdKey = (rule: string): WhyText | undefined => (RULES.includes(plainRule(rule)) ? (`by_${plainRule(rule)}` as WhyText) : undefined);
/** Why one agent was not asked. */
export const obstacleKey = (obstacle: string): WhyText | undefined => (OBSTACLES.includes(obstacle) ? (`not_${obstacle}` as WhyText) : undefined);
