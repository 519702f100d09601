/** How the board writes figures, reasons and durations. */
import { i18n } from "@lingui/core";
import { duration, percent } from "../../i18n/format";
import { language } from "../../i18n/texts";
import type { AgentRow, Tile } from "./model";
import { digitsFor } from "./model";
import { useT } from "./texts";
import type en from "./texts.en.json";

export type Words = ReturnType<typeof useT>;
type Key = keyof typeof en;
const has = (key: string): key is Key => `board.${key}` in i18n.messages;

export const shareText = (tile: Tile): string => percent(tile.share, digitsFor(tile.share, tile.queue.target_share));

/** "83%" as its figure and its sign, which stands smaller. */
export function split(text: string): [figure: string, sign: string] {
  const found = /^([\d.,]+)(.+)$/.exec(text);
  return found ? [found[1] ?? "", found[2] ?? ""] : [text, ""];
}

const UNITS = { en: ["s", "min", "h"], ru: ["с", "мин", "ч"], uk: ["с", "хв", "год"] } as const;

/** A target in the words of a setting: 20 s, 15 min, 4 h; what is not round stands as a duration. */
export function span(seconds: number | undefined): string {
  if (seconds === undefined) return "–";
  const [s, m, h] = UNITS[language()];
  if (seconds < 120) return `${seconds}\u00a0${s}`;
  if (seconds % 3600 === 0) return `${seconds / 3600}\u00a0${h}`;
  return seconds % 60 === 0 ? `${seconds / 60}\u00a0${m}` : duration(seconds);
}

export const BREAKS = ["lunch", "rest", "training", "meeting", "technical"] as const;

/** Known reasons in the reader's language; others as they were given. */
export function reasonText(t: Words, row: Pick<AgentRow, "agent" | "state">): string {
  const { reason } = row.agent;
  if (row.state !== "break" || !reason) return "";
  const key = `reason_${reason}`;
  return has(key) ? t(key) : reason;
}

/** Obstacles of Explain: "busy: 4 · on a break: 2". */
export function obstacles(t: Words, because: Readonly<Record<string, number>>): string {
  return Object.entries(because).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a).map(([code, count]) => {
    const key = `why_${code}`;
    return has(key) ? t(key, { count }) : `${code}: ${count}`;
  }).join(" · ");
}
