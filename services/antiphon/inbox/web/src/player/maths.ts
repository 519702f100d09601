/** The arithmetic of the player. Pure. */

/** So many bars out of the given peaks: each the loudest of its stretch, so that no word disappears. */
export function barsOf(peaks: readonly number[], count: number): number[] {
  if (peaks.length === 0 || count <= 0) return [];
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((index + 1) * peaks.length) / count));
    return Math.min(1, Math.max(0, ...peaks.slice(from, to)));
  });
}

export const clamp = (value: number, length: number): number => Math.min(Math.max(0, length), Math.max(0, Number.isFinite(value) ? value : 0));
/** The time under the pointer. */
export const timeAt = (x: number, width: number, length: number): number => (width > 0 ? clamp((x / width) * length, length) : 0);

const STEP = 5, LEAP = 30;
/** Where a key takes the player; undefined: not a key of it. */
export function keyTime(key: string, now: number, length: number): number | undefined {
  switch (key) {
    case "ArrowRight": case "ArrowUp": return clamp(now + STEP, length);
    case "ArrowLeft": case "ArrowDown": return clamp(now - STEP, length);
    case "PageUp": return clamp(now + LEAP, length);
    case "PageDown": return clamp(now - LEAP, length);
    case "Home": return 0;
    case "End": return length;
    default: return undefined;
  }
}

export const SPEEDS = [0.75, 1, 1.25, 1.5, 2] as const;
export type Speed = (typeof SPEEDS)[number];
export const nextSpeed = (speed: number): Speed => SPEEDS[(SPEEDS.indexOf(speed as Speed) + 1) % SPEEDS.length] ?? 1;
/** The file's own length where the browser knows it, else what the record says: a stream has none at first. */
export const lengthOf = (own: number, told: number): number => (Number.isFinite(own) && own > 0 ? own : Math.max(0, told));
