import type { ReactNode } from "react";
import { Icon } from "../design/Icon";
import type { SeenState } from "../rt/selectors";
import { useT } from "./texts";

/** Shape and words: the state never depends on colour alone. `reason` follows: Break · lunch. */
export function AgentState({ state, reason, children }: { state: SeenState; reason?: string | undefined; children?: ReactNode }) {
  const t = useT();
  return <span className={`state ${state}`}><Icon name={`st-${state}`} /><span className="cut">{t(state)}{reason ? ` · ${reason}` : ""}</span>{children}</span>;
}

const KNOWN = { rest: "reason_rest", lunch: "reason_lunch", meeting: "reason_meeting", training: "reason_training", personal: "reason_personal", "missed an offer": "reason_missed" } as const;

/** The words for the reason the ACD keeps: a known code, "after:<code>" (a break promised for after the tasks), or itself. */
export function useReason(): (reason: string) => string {
  const t = useT();
  const plain = (reason: string) => (reason in KNOWN ? t(KNOWN[reason as keyof typeof KNOWN]) : reason);
  return (reason) => (reason.startsWith("after:") ? t("reason_after", { reason: plain(reason.slice(6)) }) : plain(reason));
}
