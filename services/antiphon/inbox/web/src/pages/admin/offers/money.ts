import type * as T from "../../../api/types.gen";

export const CURRENCIES = ["UAH", "RUB", "EUR", "USD"] as const;
export const amount = (value: T.Money | undefined): number => Number(value?.micros ?? 0) / 1_000_000;
export const micros = (value: number): string => String(Number.isNaN(value) ? 0 : Math.round(value * 1_000_000));
