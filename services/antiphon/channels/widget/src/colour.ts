/** The channel's accent colour, made readable: whatever the owner picks, text and edges keep their contrast. */

type Rgb = [number, number, number];

export interface Accent {
  accent: string;
  accentHover: string;
  onAccent: string;
  accentText: string;
  accentSoft: string;
  bubbleOut: string;
}

const INK: Rgb = [6, 23, 27];
const WHITE: Rgb = [255, 255, 255];

export function parseColour(value: string): Rgb | null {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value.trim())?.[1];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((c) => c + c).join("") : hex;
  return [0, 2, 4].map((i) => Number.parseInt(full.slice(i, i + 2), 16)) as Rgb;
}

const toHex = (c: Rgb): string => `#${c.map((v) => v.toString(16).padStart(2, "0")).join("")}`;

function luminance(c: Rgb): number {
  const [r, g, b] = c.map((v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const mix = (a: Rgb, b: Rgb, part: number): Rgb => a.map((v, i) => Math.round(v + ((b[i] as number) - v) * part)) as Rgb;

/** Moves a colour towards another until it reads on every ground given. */
function until(colour: Rgb, towards: Rgb, grounds: Rgb[], ratio: number): Rgb {
  for (let part = 0; part <= 1; part += 0.04) {
    const c = mix(colour, towards, part);
    if (grounds.every((g) => contrast(c, g) >= ratio)) return c;
  }
  return towards;
}

/** null when the owner gave no colour or not a hex one: the built-in petrol stays. */
export function accentOf(value: string, dark: boolean): Accent | null {
  const colour = parseColour(value);
  if (!colour) return null;
  const surface: Rgb = dark ? [26, 30, 34] : WHITE;
  const incoming: Rgb = dark ? [38, 44, 49] : [238, 241, 243];
  const far: Rgb = dark ? WHITE : [0, 0, 0];
  // Fills and edges have to stand out from the panel (3:1); words on the fill need 4.5:1.
  const accent = until(colour, far, [surface], 3);
  const onAccent = contrast(WHITE, accent) >= 4.5 || contrast(WHITE, accent) > contrast(INK, accent) ? WHITE : INK;
  const soft = mix(surface, accent, dark ? 0.16 : 0.12);
  const bubble = mix(surface, accent, dark ? 0.2 : 0.16);
  const hover = mix(accent, onAccent === WHITE ? [0, 0, 0] : WHITE, 0.14);
  return {
    accent: toHex(accent),
    accentHover: toHex(hover),
    onAccent: toHex(onAccent),
    accentText: toHex(until(accent, far, [surface, incoming, soft, bubble], 4.5)),
    accentSoft: toHex(soft),
    bubbleOut: toHex(bubble),
  };
}
