import { parseColour, contrast } from "../colour";

/** What the server says of a site's form, and what is sent back. Pure; everything untrusted is read here. */

export interface LeadTheme { background: string; text: string; accent: string; radius: number; font: string }
export interface LeadText { title: string; intro: string; consent: string }
export interface LeadConfig { texts: Record<string, LeadText>; privacy_url: string; theme: LeadTheme | null }

const UTM = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
const FONTS: Record<string, string> = {
  serif: 'Georgia,"Times New Roman",serif',
  mono: "ui-monospace,Consolas,monospace",
};

const record = (value: unknown): Record<string, unknown> | null => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** null while the site has no form. */
export function readLead(value: unknown): LeadConfig | null {
  const lead = record(record(value)?.["lead"]);
  if (!lead) return null;
  const texts = Object.fromEntries(Object.entries(record(lead["texts"]) ?? {}).map(([language, one]) => {
    const said = record(one) ?? {};
    return [language, { title: text(said["title"]), intro: text(said["intro"]), consent: text(said["consent"]) }];
  }));
  const url = text(lead["privacy_url"]);
  return { texts, privacy_url: /^https?:\/\//.test(url) ? url : "", theme: readTheme(lead["theme"]) };
}

function readTheme(value: unknown): LeadTheme | null {
  const theme = record(value);
  if (!theme) return null;
  const colours = [text(theme["background"]), text(theme["text"]), text(theme["accent"])] as const;
  if (!colours.every(parseColour)) return null;
  const [background, ink, accent] = colours;
  return { background, text: ink, accent, radius: Math.min(32, Math.max(0, Number(theme["radius"]) || 0)), font: text(theme["font"]) };
}

/** The variables of a design of one's own; words on the accent are black or white, whichever is read better. */
export function themeVars(theme: LeadTheme): string {
  const accent = parseColour(theme.accent) ?? [0, 0, 0];
  const on = contrast([255, 255, 255], accent) >= contrast([0, 0, 0], accent) ? "#fff" : "#000";
  const font = FONTS[theme.font];
  return `--surface:${theme.background};--text:${theme.text};--text-2:${theme.text};--control:${theme.text};--accent:${theme.accent};--accent-hover:${theme.accent};--on-accent:${on};--accent-text:${theme.text};--crit-text:${theme.text};--radius:${theme.radius}px;${font ? `--font:${font};` : ""}`;
}

export const utmOf = (search: string): Record<string, string> => {
  const query = new URLSearchParams(search);
  return Object.fromEntries(UTM.flatMap((name) => (query.get(name) ? [[name, (query.get(name) ?? "").slice(0, 200)]] : [])));
};

/** The server knows the numbering plans; here only what cannot be one. */
export const maybePhone = (value: string): boolean => {
  const digits = value.replace(/\D/g, "").length;
  return digits >= 5 && digits <= 15 && /^[\d\s()+.\-]+$/.test(value.trim());
};

export type Refusal = "phone" | "consent" | "tooFast" | "failed";

/** Why the server did not take it, from its answer. */
export function refusalOf(status: number, body: unknown): Refusal {
  const said = record(body);
  const field = text(said?.["field"]) || text(record(said?.["facts"])?.["field"]);
  if (status === 429) return "tooFast";
  if (field === "phone" || field === "consent") return field;
  return "failed";
}
