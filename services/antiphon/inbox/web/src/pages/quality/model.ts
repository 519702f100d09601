/** Scores as the service computes them, so that a form shows what will be kept. Pure. */
import type * as T from "../../api/types.gen";

export type Points = Readonly<Record<string, number>>;

/** Tenths of a percent: Σ(weight × points ÷ scale) ÷ Σ weight, halves up; undefined while a criterion has no answer. */
export function scoreOf(criteria: readonly T.Criterion[], points: Points): number | undefined {
  if (criteria.some((one) => points[one.id] === undefined)) return undefined;
  if (criteria.some((one) => one.fatal && points[one.id] === 0)) return 0;
  // Exact: over the product of the scales there are no fractions left to be rounded on the way.
  const common = criteria.reduce((product, one) => product * BigInt(one.scale), 1n);
  const reached = criteria.reduce((sum, one) => sum + BigInt(one.weight * (points[one.id] ?? 0)) * (common / BigInt(one.scale)), 0n);
  const full = common * BigInt(criteria.reduce((sum, one) => sum + one.weight, 0));
  return full === 0n ? 0 : Number((reached * 2000n + full) / (full * 2n));
}

/** What is wrong with a scorecard that is being written, by the place of the criterion; -1 is its name. */
export function wrongIn(name: string, criteria: readonly T.Criterion[]): number | undefined {
  if (!name.trim()) return -1;
  const place = criteria.findIndex((one) => !one.name.trim() || !within(one.weight) || !within(one.scale));
  return place < 0 ? undefined : place;
}

const within = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 100;

/** "call:<id>" and "conversation:<id>" as pages of the desk. */
export function addressOf(interaction: string): string {
  const [kind, id] = [interaction.slice(0, interaction.indexOf(":")), encodeURIComponent(interaction.slice(interaction.indexOf(":") + 1))];
  return kind === "call" ? `/calls/history/${id}` : kind === "conversation" ? `/inbox/${id}` : "";
}
