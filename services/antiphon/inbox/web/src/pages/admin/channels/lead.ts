/** What the lead catcher's design may be. Pure; the server checks the same. */
import type * as T from "../../../api/types.gen";

export const MESSENGERS = ["telegram", "viber", "messenger"] as const;
export const READABLE = 4.5;
export const STARTING_THEME: T.LeadTheme = { background: "#ffffff", text: "#192026", accent: "#0b6375", radius: 12, font: "system" };

export const isColour = (value: string): boolean => /^#[0-9a-f]{6}$/i.test(value);

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((place) => {
    const part = parseInt(colour.slice(place, place + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Of two colours, 1 to 21, as WCAG 2 computes it. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
