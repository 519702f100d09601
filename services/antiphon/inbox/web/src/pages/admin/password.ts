/** The password policy as far as the page can tell; the server has the last word. Pure. */
export const SHORTEST = 12;
export type Rule = "length" | "case" | "digit" | "symbol" | "own";
export const RULES: readonly Rule[] = ["length", "case", "digit", "symbol", "own"];

/** The rules that a password meets. `own` are name, e-mail and extension of its owner. */
export function met(password: string, own: readonly string[]): Record<Rule, boolean> {
  const low = password.toLocaleLowerCase();
  const words = own.flatMap((text) => text.toLocaleLowerCase().split(/@.*$|[\s._-]+/)).filter((word) => word.length >= 4);
  return {
    length: password.length >= SHORTEST,
    case: password !== low && password !== password.toLocaleUpperCase(),
    digit: /\d/.test(password),
    symbol: /[^\p{L}\p{N}]/u.test(password),
    own: password !== "" && !words.some((word) => low.includes(word)),
  };
}

export const good = (password: string, own: readonly string[]): boolean => Object.values(met(password, own)).every(Boolean);

const SETS = ["abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-+=%#?@"] as const;

/** 16 signs that nobody confuses when they are read aloud: no l, 1, O, 0. */
export function generate(random: (below: number) => number = secure): string {
  const pick = (set: string) => set[random(set.length)] ?? "x";
  const signs = [...SETS.map(pick), ...Array.from({ length: 12 }, () => pick(SETS.slice(0, 3).join("")))];
  for (let place = signs.length - 1; place > 0; place -= 1) {
    const other = random(place + 1);
    [signs[place], signs[other]] = [signs[other] ?? "", signs[place] ?? ""];
  }
  return signs.join("");
}

function secure(below: number): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value % below;
}
