/** What pages of deals read: the pipelines, lists that follow the facts, and how sums are written. */
import { useEffect, useRef } from "react";
import { deals as api } from "../api/api";
import type * as T from "../api/types.gen";
import { useLoad, type Loaded } from "../api/useCall";
import { money } from "../i18n/format";
import { store } from "../rt/store";
import { amountOf, type Sum } from "./model";

const FACTS = /directory\.v1\.Deal(Changed|Deleted)$/;
const CURRENCY = "antiphon.deals.currency";

export const usePipelines = (): Loaded<T.GetPipelinesResponse> => useLoad(api.pipelines, []);

/** A list of deals, read again when one of them may have changed. */
export function useDeals(query: T.ListDealsRequest): Loaded<T.ListDealsResponse> {
  const loaded = useLoad(() => api.list(query), [JSON.stringify(query)]);
  useDealFacts(loaded.reload);
  return loaded;
}

/** Calls back after facts about deals, once for many. */
export function useDealFacts(then: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const stop = store.onEvent((event) => {
      if (!FACTS.test(event.type)) return;
      clearTimeout(timer.current);
      timer.current = setTimeout(then, 300);
    });
    return () => {
      clearTimeout(timer.current);
      stop();
    };
  }, [then]);
}

export const sumsText = (sums: readonly Sum[]): string => sums.map((one) => money(one.amount, one.currency)).join(" · ");
export function amountText(deal: Pick<T.Deal, "amount">): string {
  const amount = amountOf(deal);
  return amount === undefined ? "–" : money(amount, deal.amount?.currency ?? "");
}

/** The currency this person wrote last. */
export const lastCurrency = (): string => localStorage.getItem(CURRENCY) ?? "UAH";
export const rememberCurrency = (currency: string): void => localStorage.setItem(CURRENCY, currency);
