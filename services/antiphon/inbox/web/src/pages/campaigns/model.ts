/** What a campaign's form and screens compute. Pure. */
import type * as T from "../../api/types.gen";

export const NEW = "new";
export const MODES = ["MODE_MANUAL", "MODE_PREVIEW", "MODE_PROGRESSIVE", "MODE_POWER", "MODE_PREDICTIVE", "MODE_MESSAGE"] as const;
/** What an agent may say of a call. */
export const SAID = ["RESULT_CLASS_SUCCESS", "RESULT_CLASS_REFUSAL", "RESULT_CLASS_CALLBACK", "RESULT_CLASS_DNC"] as const;
/** Results whose contacts may come again. */
export const AGAIN = ["RESULT_CLASS_NO_ANSWER", "RESULT_CLASS_BUSY", "RESULT_CLASS_MACHINE", "RESULT_CLASS_ABANDONED", "RESULT_CLASS_REFUSAL", "RESULT_CLASS_SUCCESS"] as const;
export const TYPES = ["ANSWER_TYPE_YES_NO", "ANSWER_TYPE_CHOICE", "ANSWER_TYPE_NUMBER", "ANSWER_TYPE_TEXT", "ANSWER_TYPE_DATE"] as const;
/** Who answers: nobody listens, machines are hung up, or left a message. */
export const MACHINES = ["MACHINE_ACTION_UNSPECIFIED", "MACHINE_ACTION_HANG_UP", "MACHINE_ACTION_LEAVE_MESSAGE"] as const;
export const HOLDS = ["HOLD_UNSPECIFIED", "HOLD_ALWAYS", "HOLD_NEVER"] as const;
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const MEANINGS = ["phone", "name", "zone", "priority", "person", "consent"] as const;

export const BLANK: T.Campaign = {
  id: "", rev: 0, name: "", project_id: "", state: "CAMPAIGN_STATE_UNSPECIFIED", mode: "MODE_PROGRESSIVE", lines_per_agent: 0, queue_id: "", caller_ids: [], pack_id: "strict", max_lines: 0, ring_for: "25s",
  region: "UA", dispositions: [], questions: [], script: "", abandoned_message: "", language: "uk", max_attempts: 6, abandon_limit_millipercent: 0, auto_answer: true, hours: [], time_zone: "", redial_missed: false,
  redial_numbers: [], message: "", opt_out_key: "", agent_key: "", skips: 0, currency: "",
  machine_action: "MACHINE_ACTION_UNSPECIFIED", machine_message: "", machine_check_percent: 0, hold: "HOLD_UNSPECIFIED",
};

export const dialsAhead = (mode: T.Mode): boolean => ["MODE_PROGRESSIVE", "MODE_POWER", "MODE_PREDICTIVE"].includes(mode);

export type Fault = "bad_name" | "bad_queue" | "bad_numbers" | "bad_code" | "bad_choices" | "bad_question" | "bad_hours" | "bad_zone" | "bad_currency" | "bad_message" | "bad_key" | "bad_region" | "";

/** What is wrong, by field: the same as the service says, but at once. */
export function faults(value: T.Campaign): Partial<Record<keyof T.Campaign, Fault>> {
  const codes = value.dispositions.map((one) => one.code.trim());
  const keys = /^[0-9*#]$/;
  const says = value.mode === "MODE_MESSAGE";
  return {
    name: value.name.trim() ? "" : "bad_name",
    region: /^[A-Z]{2}$/.test(value.region) ? "" : "bad_region",
    dispositions: codes.some((code, at) => !code || codes.indexOf(code) !== at) ? "bad_code" : "",
    questions: value.questions.some((one) => !one.text.trim()) ? "bad_question" : value.questions.some((one) => one.type === "ANSWER_TYPE_CHOICE" && !one.choices.some((choice) => choice.trim())) ? "bad_choices" : "",
    hours: value.hours.some((one) => !one.days.length || !one.begins || !one.ends || (one.ends !== "00:00" && one.ends <= one.begins)) ? "bad_hours" : "",
    time_zone: value.hours.length > 0 && !value.time_zone ? "bad_zone" : "",
    currency: value.dispositions.some((one) => one.with_amount) && !/^[A-Z]{3}$/.test(value.currency) ? "bad_currency" : "",
    message: says && !value.message.trim() && !value.questions.length ? "bad_message" : "",
    machine_message: value.machine_action === "MACHINE_ACTION_LEAVE_MESSAGE" && !value.machine_message.trim() ? "bad_message" : "",
    opt_out_key: says && !keys.test(value.opt_out_key) ? "bad_key" : "",
    agent_key: says && value.agent_key !== "" && (!keys.test(value.agent_key) || value.agent_key === value.opt_out_key) ? "bad_key" : "",
  };
}

/** As it is stored: without what belongs to another mode, and without empty choices. */
export function tidy(value: T.Campaign): T.Campaign {
  const { preview_for: look, starts_at: starts, ...rest } = value;
  const questions = value.questions.map((one) => ({ ...one, choices: one.type === "ANSWER_TYPE_CHOICE" ? one.choices.map((choice) => choice.trim()).filter(Boolean) : [] }));
  return {
    ...rest, questions, name: value.name.trim(), lines_per_agent: value.mode === "MODE_POWER" ? value.lines_per_agent || 2 : 0, time_zone: value.hours.length ? value.time_zone : "",
    ...(look && look !== "0s" ? { preview_for: look } : {}), ...(starts ? { starts_at: starts } : {}),
  };
}

export const toSeconds = (text: string | undefined): number => Number((text ?? "0").replace(/s$/, "")) || 0;

/** A free code for a title: "Sale" → sale, sale2. */
export function codeFor(title: string, taken: readonly string[]): string {
  const base = title.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_|_$/g, "").slice(0, 24) || "result";
  for (let at = 1; ; at += 1) {
    const code = at === 1 ? base : `${base}${at}`;
    if (!taken.includes(code)) return code;
  }
}

export interface Bar { at: number; x: number; width: number; dialled: number; answered: number; abandoned: number; slice: T.Slice }

/** Bars of the day's quarters of an hour within 0…1 × 0…1, from the first that has something to the last. */
export function bars(slices: readonly T.Slice[]): { bars: Bar[]; top: number; from: number; to: number } {
  const quarter = 900_000;
  const times = slices.map((one) => Date.parse(one.from ?? "")).filter((at) => !Number.isNaN(at));
  if (!times.length) return { bars: [], top: 0, from: 0, to: 0 };
  const from = Math.min(...times);
  const to = Math.max(Math.max(...times) + quarter, from + 8 * quarter);
  const top = Math.max(...slices.map((one) => one.dialled), 1);
  return {
    top, from, to,
    bars: slices.map((slice) => {
      const at = Date.parse(slice.from ?? "");
      return { at, x: (at - from) / (to - from), width: quarter / (to - from), dialled: slice.dialled / top, answered: slice.answered / top, abandoned: slice.abandoned / top, slice };
    }),
  };
}

/** Rows that became no contact, as a file. Cells that a spreadsheet would take for a formula are made harmless. */
export function badRowsFile(rows: readonly T.BadRow[], reason: (code: string) => string): string {
  const cell = (text: string) => `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
  return `\ufeff${rows.map((row) => [String(row.line), reason(row.reason), row.cell].map(cell).join(",")).join("\r\n")}\r\n`;
}

/** The next step of a campaign, as its buttons offer it. */
export const NEXT: Record<T.CampaignState, readonly T.CampaignState[]> = {
  CAMPAIGN_STATE_UNSPECIFIED: [],
  CAMPAIGN_STATE_DRAFT: ["CAMPAIGN_STATE_RUNNING", "CAMPAIGN_STATE_SCHEDULED"],
  CAMPAIGN_STATE_SCHEDULED: ["CAMPAIGN_STATE_RUNNING", "CAMPAIGN_STATE_DRAFT"],
  CAMPAIGN_STATE_RUNNING: ["CAMPAIGN_STATE_PAUSED", "CAMPAIGN_STATE_FINISHED"],
  CAMPAIGN_STATE_PAUSED: ["CAMPAIGN_STATE_RUNNING", "CAMPAIGN_STATE_FINISHED"],
  CAMPAIGN_STATE_FINISHED: [],
};
