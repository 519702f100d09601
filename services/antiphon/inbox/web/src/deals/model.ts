/** Deals as they are shown: columns of a pipeline, where a key leads, sums that never mix currencies. Pure. */
import type * as T from "../api/types.gen";

export const CURRENCIES = ["UAH", "USD", "EUR", "PLN", "GBP", "RUB"] as const;
export const STATES = ["DEAL_STATE_OPEN", "DEAL_STATE_WON", "DEAL_STATE_LOST"] as const;

export interface Column { stage: T.DealStage; deals: readonly T.Deal[]; sums: readonly Sum[] }
export interface Sum { currency: string; amount: number }

/** The amount of a deal in whole units; undefined when it is not known. */
export function amountOf(deal: Pick<T.Deal, "amount">): number | undefined {
  return deal.amount?.currency ? Number(deal.amount.micros) / 1e6 : undefined;
}

/** What is sent for an amount; nothing when it is not known. */
export function moneyOf(amount: number, currency: string): T.Money | undefined {
  return Number.isNaN(amount) ? undefined : { currency, micros: String(Math.round(amount * 1e6)) };
}

/** One sum a currency, the largest first. */
export function sumsOf(deals: readonly T.Deal[]): Sum[] {
  const found = new Map<string, number>();
  for (const deal of deals) if (deal.amount?.currency) found.set(deal.amount.currency, (found.get(deal.amount.currency) ?? 0) + Number(deal.amount.micros) / 1e6);
  return [...found].map(([currency, amount]) => ({ currency, amount })).sort((a, b) => b.amount - a.amount);
}

/** A column a stage. A deal in a stage that was taken away stands in the first, where somebody sees it. */
export function columnsOf(pipeline: T.Pipeline, deals: readonly T.Deal[]): Column[] {
  const keys = new Set(pipeline.stages.map((one) => one.key));
  return pipeline.stages.map((stage, place) => {
    const own = deals.filter((one) => one.pipeline_id === pipeline.id && (one.stage === stage.key || (place === 0 && !keys.has(one.stage))));
    return { stage, deals: own, sums: sumsOf(own) };
  });
}

/** Which deal an arrow key leads to: up and down in its column, left and right to the nearest column that has any. */
export function neighbour(columns: readonly Column[], id: string, key: string): string | undefined {
  const at = columns.findIndex((column) => column.deals.some((one) => one.id === id));
  const row = columns[at]?.deals.findIndex((one) => one.id === id) ?? -1;
  if (row < 0) return undefined;
  if (key === "ArrowUp") return columns[at]?.deals[row - 1]?.id;
  if (key === "ArrowDown") return columns[at]?.deals[row + 1]?.id;
  const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  for (let next = at + step; step && next >= 0 && next < columns.length; next += step) {
    const there = columns[next]?.deals ?? [];
    if (there.length) return there[Math.min(row, there.length - 1)]?.id;
  }
  return undefined;
}

/** The stage beside the one a deal stands in. */
export function beside(pipeline: T.Pipeline, stage: string, step: 1 | -1): T.DealStage | undefined {
  const at = pipeline.stages.findIndex((one) => one.key === stage);
  return at < 0 ? undefined : pipeline.stages[at + step];
}

/** A key for a new stage or pipeline: Latin letters of its name, else its place; never one that is taken. */
export function keyOf(name: string, taken: readonly string[], fallback: string): string {
  const plain = name.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 30) || fallback;
  let key = plain;
  for (let turn = 2; taken.includes(key); turn += 1) key = `${plain}_${turn}`;
  return key;
}
