/** What an operator sells to this company, and what it has of it. */
import { billing, directory, offers } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { money } from "../../i18n/format";
import { language } from "../../i18n/texts";
import { useFacts } from "../../rt/useFacts";

export interface Sale {
  /** An operator sells here. Without one there is nothing else in it. */
  sold: boolean;
  plans: readonly T.ServicePlan[];
  current: T.Order | undefined;
  account: T.Account | undefined;
  numbers: readonly T.Number[];
}

const FACTS = /^antiphon\.(billing|directory)\.v1\.(BalanceChanged|OrderChanged|NumberChanged|NumberDeleted)$/;

async function load(): Promise<Sale> {
  const { needed, plans, current } = await offers.plans();
  if (!needed) return { sold: false, plans: [], current: undefined, account: undefined, numbers: [] };
  const [account, numbers] = await Promise.all([
    billing.account().then((answer) => answer.account, (error: unknown) => {
      if (error instanceof Problem && error.reason === "NO_ACCOUNT") return undefined;
      throw error;
    }),
    directory.numbers().then((answer) => answer.numbers),
  ]);
  return { sold: true, plans, current, account, numbers };
}

export function useSale(): Loaded<Sale> {
  const round = useFacts(FACTS);
  return useLoad(load, [round]);
}

export const microsOf = (value: T.Money | undefined): number => Number(value?.micros ?? 0);
export const sum = (value: T.Money | undefined): string => money(microsOf(value) / 1_000_000, value?.currency ?? "");
/** In the reader's language, where it was said in it. */
export const planName = (plan: T.ServicePlan): string => plan.names[language()] || plan.name;
export const planText = (plan: T.ServicePlan): string => plan.descriptions[language()] || plan.descriptions["en"] || "";
/** The account that pays for these plans, before it is opened. */
export const opening = (tenant: T.Tenant | undefined, email: string, currency: string): Partial<T.Account> => ({
  currency, time_zone: tenant?.time_zone || "UTC",
  customer: { kind: "CUSTOMER_KIND_COMPANY", name: tenant?.name ?? "", tax_id: "", address: "", email, language: tenant?.language === "ru" ? "ru" : "uk", country: currency === "RUB" ? "RU" : "UA" },
});
