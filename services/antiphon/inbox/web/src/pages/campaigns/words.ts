/** Words for what the service says in codes. An unknown code is shown as it is: nothing is hidden. */
import type { CampaignText } from "./texts";
import en from "./texts.en.json";

type Say = (key: CampaignText) => string;
const has = (key: string): key is CampaignText => key in en;

export function word(t: Say, prefix: string, code: string): string {
  const key = `${prefix}_${code.toLowerCase()}`;
  return has(key) ? t(key) : code;
}
export const resultWord = (t: Say, code: string): string => word(t, "r", code.replace("RESULT_CLASS_", ""));
export const stateWord = (t: Say, code: string): string => word(t, "st", code.replace("CAMPAIGN_STATE_", ""));
export const modeWord = (t: Say, code: string): string => word(t, "mode", code.replace("MODE_", ""));
export const whyWord = (t: Say, code: string): string => word(t, "why", code);
export const badWord = (t: Say, code: string): string => word(t, "row", code);
