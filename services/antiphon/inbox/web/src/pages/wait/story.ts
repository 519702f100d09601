/** A wait as the ACD tells it: figures of the whole, and what each step is. Pure. */
import type * as T from "../../api/types.gen";
import type { IconName } from "../../design/Icon";
import type { WaitText } from "./texts";

const LOOK: Readonly<Record<string, readonly [IconName, WaitText, mark?: "ok" | "crit" | "info"]>> = {
  WorkQueued: ["inbox", "s_queued"], waits: ["clock", "s_waits"], RoutingWidened: ["flow", "s_widened"], WorkOffered: ["bell", "s_offered", "info"],
  WorkAccepted: ["check", "s_accepted", "ok"], WorkAbandoned: ["phone-missed", "s_abandoned", "crit"], WorkRequeued: ["undo", "s_requeued"], WorkScheduled: ["callback", "s_scheduled"],
  WorkOverflowed: ["external", "s_overflowed", "crit"], WrapUpStarted: ["edit", "s_wrap"], WorkCompleted: ["ok", "s_completed", "ok"],
};
const ENDS: Readonly<Record<string, readonly [IconName, WaitText, mark?: "ok" | "crit" | "info"]>> = {
  accepted: ["check", "e_accepted", "ok"], declined: ["x", "e_declined", "crit"], rang_out: ["st-noresponse", "e_rang_out", "crit"], withdrawn: ["undo", "e_withdrawn"], busy: ["stop", "e_busy", "crit"], unreachable: ["offline", "e_unreachable", "crit"],
};

export interface Look { icon: IconName; text: WaitText | undefined; mark: "ok" | "crit" | "info" | undefined }

export function lookOf(step: T.WaitStep): Look {
  const found = step.what === "OfferEnded" ? ENDS[step.facts["how"] ?? ""] : LOOK[step.what];
  return { icon: found?.[0] ?? "info", text: step.what === "WorkAccepted" && step.facts["pulled"] === "True" ? "s_pulled" : found?.[1], mark: found?.[2] };
}

export interface Whole {
  began: number;
  /** Seconds until somebody had it, or it was over; undefined while it waits. */
  waited: number | undefined;
  offers: number;
  missed: number;
  agent: string;
  rule: string;
  ended: "answered" | "abandoned" | "overflowed" | "waiting";
}

/** The whole in figures: of the last item, when the name has several. */
export function wholeOf(all: readonly T.WaitStep[]): Whole | undefined {
  const item = all.at(-1)?.item_id;
  const steps = all.filter((one) => one.item_id === item);
  const first = steps[0];
  if (!first) return undefined;
  const time = (step: T.WaitStep | undefined) => Date.parse(step?.at ?? "");
  const accepted = steps.find((one) => one.what === "WorkAccepted");
  const over = accepted ?? steps.find((one) => one.what === "WorkAbandoned" || one.what === "WorkOverflowed");
  const offers = steps.filter((one) => one.what === "WorkOffered");
  const took = offers.findLast((one) => one.agent_id === accepted?.agent_id);
  return {
    began: time(first), waited: over ? (time(over) - time(first)) / 1000 : undefined, offers: offers.length,
    missed: steps.filter((one) => one.what === "OfferEnded" && ["rang_out", "declined", "busy", "unreachable"].includes(one.facts["how"] ?? "")).length,
    agent: accepted?.agent_id ?? "", rule: accepted?.facts["pulled"] === "True" ? "pulled" : took?.decision?.rule ?? "",
    ended: accepted ? "answered" : over?.what === "WorkAbandoned" ? "abandoned" : over ? "overflowed" : "waiting",
  };
}
