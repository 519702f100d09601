/** What a report page asks and how a figure is written. Pure. */
import type * as T from "../../api/types.gen";
import { duration, money, number, percent } from "../../i18n/format";

export const FORMULAS = ["FORMULA_OF_OFFERED", "FORMULA_WITHOUT_SHORT", "FORMULA_WITHOUT_ABANDONED_IN_TIME", "FORMULA_ABANDONED_IN_TIME_KEPT", "FORMULA_OF_ANSWERED"] as const satisfies readonly T.Formula[];
export const STEPS = ["STEP_UNSPECIFIED", "STEP_QUARTER", "STEP_HOUR", "STEP_DAY", "STEP_WEEK", "STEP_MONTH"] as const satisfies readonly T.Step[];
export const GROUPS = ["DIMENSION_QUEUE", "DIMENSION_AGENT", "DIMENSION_CHANNEL", "DIMENSION_DIRECTION", "DIMENSION_RESULT", "DIMENSION_TAG", "DIMENSION_PROJECT", "DIMENSION_CAMPAIGN", "DIMENSION_HOUR", "DIMENSION_WEEKDAY"] as const satisfies readonly T.Dimension[];
export type Group = (typeof GROUPS)[number];

/** So that a picture has between a dozen and some hundred points. */
export function chartStep(days: number): T.Step {
  return days <= 1 ? "STEP_HOUR" : days <= 2 ? "STEP_HOUR" : days <= 92 ? "STEP_DAY" : "STEP_MONTH";
}

export interface Column {
  id: keyof T.Figures;
  text: (figures: T.Figures) => string;
  /** What opens behind the number. */
  opens?: T.Figure;
  /** A number that opens nothing when it is zero. */
  value?: (figures: T.Figures) => number;
}

const count = (id: keyof T.Figures, opens?: T.Figure): Column => ({ id, text: (figures) => number(Number(figures[id] ?? 0)), ...(opens ? { opens, value: (figures) => Number(figures[id] ?? 0) } : {}) });
const time = (id: keyof T.Figures): Column => ({ id, text: (figures) => (figures[id] === undefined ? "–" : duration(Number(figures[id]))) });
const share = (id: keyof T.Figures): Column => ({ id, text: (figures) => (figures[id] === undefined ? "–" : percent(Number(figures[id]), 1)) });

export const COLUMNS: readonly Column[] = [
  count("offered", "FIGURE_OFFERED"), count("answered", "FIGURE_ANSWERED"), count("in_time", "FIGURE_IN_TIME"), count("abandoned", "FIGURE_ABANDONED"),
  count("short_abandoned", "FIGURE_SHORT_ABANDONED"), count("overflowed", "FIGURE_OVERFLOWED"), share("service_level"), time("asa_seconds"), time("longest_wait_seconds"),
  count("handled", "FIGURE_HANDLED"), time("aht_seconds"), count("transferred", "FIGURE_TRANSFERRED"), count("interactions", "FIGURE_INTERACTIONS"), time("first_reply_seconds"),
];
export const AGENT_COLUMNS: readonly Column[] = [
  count("rung"), count("missed"), count("handled", "FIGURE_HANDLED"), time("aht_seconds"), time("talk_seconds"), time("wrap_seconds"), count("transferred", "FIGURE_TRANSFERRED"),
  time("ready_seconds"), time("busy_seconds"), time("break_seconds"), share("occupancy"), count("answered", "FIGURE_ANSWERED"), time("asa_seconds"), time("first_reply_seconds"),
];
export const CSAT: Column = { id: "csat", text: (figures) => (figures.csat === undefined ? "–" : `${number(figures.csat, 2)} (${number(figures.rated)})`), opens: "FIGURE_RATED", value: (figures) => figures.rated };

export const worth = (amounts: readonly T.Money[]): string => amounts.map((one) => money(Number(one.micros) / 1e6, one.currency)).join(" · ");
/** From contact to sale; shown where anything was sold. */
export const SALES: readonly Column[] = [count("sold", "FIGURE_SOLD"), share("conversion"), count("sales"), { id: "sold_amounts", text: (figures) => worth(figures.sold_amounts) || "–" }];

/** Agents' columns for rows that are agents and nothing else. */
export function columnsOf(groups: readonly Group[], total: T.Figures | undefined): readonly Column[] {
  const columns = groups.length === 1 && groups[0] === "DIMENSION_AGENT" ? AGENT_COLUMNS : COLUMNS;
  return [...columns, ...(total && total.rated > 0 ? [CSAT] : []), ...(total && total.sold > 0 ? SALES : [])];
}

/** The filter of the history that a row's key is; hours and weekdays have none. */
export const FILTER_OF: Partial<Record<Group, string>> = { DIMENSION_QUEUE: "queue", DIMENSION_AGENT: "agent", DIMENSION_CHANNEL: "channel", DIMENSION_DIRECTION: "direction", DIMENSION_RESULT: "result", DIMENSION_TAG: "tag", DIMENSION_CAMPAIGN: "campaign" };
