/** States and days of a contract. Pure. */
import type * as T from "../../../api/types.gen";

export const STATES = { CONTRACT_STATE_UNSPECIFIED: "line", CONTRACT_STATE_IN_FORCE: "ok", CONTRACT_STATE_ENDING: "warn", CONTRACT_STATE_SUSPENDED: "crit", CONTRACT_STATE_TERMINATED: "line" } as const;
export const ACTS = { requested: "a_requested", sent: "a_sent", stored: "a_stored" } as const;
export const KINDS = { terms: "k_terms", prices: "k_prices" } as const;
export type Kind = keyof typeof KINDS;
export const LANGUAGES = { en: "English", ru: "Русский", uk: "Українська" } as const;
export type Tongue = keyof typeof LANGUAGES;

/** Whole days until an instant; 0 on its last day. */
export const daysLeft = (until: string | undefined, now = Date.now()): number => Math.max(0, Math.floor((Date.parse(until ?? "") - now) / 86_400_000) || 0);

/** A text in the reader's language, else in English. */
export const inTongue = (texts: Record<string, string> | undefined, language: string): string => texts?.[language] ?? texts?.["en"] ?? "";

export const byId = (order: T.Order): string => order.id;
