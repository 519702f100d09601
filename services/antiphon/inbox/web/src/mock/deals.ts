/** Deals of a small shop, for looking at the pages without a backend. `?demo=nodeals` has none. */
import type * as T from "../api/types.gen";
import { ago, ME } from "./fixtures";

const stage = (key: string, name: string, state: T.DealState): T.DealStage => ({ key, name, state });
const pipelines: T.Pipeline[] = [{ id: "sales", name: "Продажі", stages: [stage("new", "Нова", "DEAL_STATE_OPEN"), stage("talks", "Перемовини", "DEAL_STATE_OPEN"), stage("offer", "Пропозиція", "DEAL_STATE_OPEN"), stage("won", "Виграна", "DEAL_STATE_WON"), stage("lost", "Програна", "DEAL_STATE_LOST")] }];
const deal = (id: string, title: string, at: string, micros: number, extra: Partial<T.Deal> = {}): T.Deal => ({
  id, rev: 1, title, contact_id: "k-1", pipeline_id: "sales", stage: at, state: at === "won" ? "DEAL_STATE_WON" : at === "lost" ? "DEAL_STATE_LOST" : "DEAL_STATE_OPEN", ...(micros ? { amount: { currency: "UAH", micros: String(micros * 1e6) } } : {}), owner_id: ME,
  conversation_ids: [], call_ids: [], expected_on: "2026-12-01", lost_why: "", note: "", source: "person", origin: "", source_interaction: "", created_by: `person:${ME}`, created_at: ago(900_000), changed_at: ago(9000), steps: [{ stage: "new", at: ago(900_000), by: `person:${ME}` }, ...(at === "new" ? [] : [{ stage: at, at: ago(9000), by: `person:${ME}` }])], ...extra,
});
let deals: T.Deal[] = new URLSearchParams(location.search).get("demo") === "nodeals" ? [] : [
  deal("dl-1", "Маркіза 4×3 м для тераси кав’ярні на Подолі, з електроприводом", "new", 48_500), deal("dl-2", "Ремонт двигуна", "new", 0, { contact_id: "k-4", source: "conversation", conversation_ids: ["c-1"] }),
  deal("dl-3", "Навіс над входом", "talks", 12_000), deal("dl-4", "Awnings for the hotel", "offer", 1_250_000, { amount: { currency: "EUR", micros: "32400500000" } }), deal("dl-5", "Тканина, 40 м", "offer", 9_800), deal("dl-6", "Сервіс на рік", "won", 7_200, { closed_at: ago(9000), source: "campaign" }), deal("dl-7", "Парасолі", "lost", 64_000, { lost_why: "Дорого", closed_at: ago(9000) }),
];
type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const put = (body: Record<string, unknown>, id: string) => {
  const before = deals.find((one) => one.id === id);
  const made = { ...deal(id, "", "new", 0), ...before, ...(body["deal"] as object), id, rev: (before?.rev ?? 0) + 1 };
  deals = [made, ...deals.filter((one) => one.id !== id)];
  return { deal: made };
};
const line = (key: string, own: readonly T.Deal[]): T.DealLine => ({ key, opened: own.length, open: own.filter((one) => one.state === "DEAL_STATE_OPEN").length, won: own.filter((one) => one.state === "DEAL_STATE_WON").length, lost: own.filter((one) => one.state === "DEAL_STATE_LOST").length, win_rate: 0.5, days_to_win: 10.3, sums: [{ currency: "UAH", open_micros: "70300000000", won_micros: "7200000000", lost_micros: "64000000000" }] });
export const DEAL_ANSWERS: Array<[string, RegExp, Answer]> = [
  ["GET", /^\/deals$/, (_, _body, url) => {
    const asked = (name: string) => url.searchParams.get(name) ?? "";
    return { deals: deals.filter((one) => one.title.toLowerCase().includes(asked("query").toLowerCase()) && (!asked("contact_id") || one.contact_id === asked("contact_id")) && (!asked("state") || one.state === asked("state"))), next: "", contact_names: { "k-1": "Дмитрий Коваленко", "k-4": "Ольга Шевченко" } };
  }],
  ["POST", /^\/deals$/, (_, body) => put(body, `dl-${deals.length + 1}`)],
  ["PUT", /^\/deals\/([^/]+)$/, ([, id], body) => put(body, id ?? "")],
  ["GET", /^\/deals\/([^/]+)$/, ([, id]) => (deals.some((one) => one.id === id) ? { deal: deals.find((one) => one.id === id) } : undefined)],
  ["GET", /^\/deal-pipelines$/, () => ({ pipelines, rev: 0 })],
  ["GET", /^\/deal-report$/, () => ({ lines: deals.length ? [line(ME, deals), line("", deals.slice(0, 1))] : [], total: line("", deals) })],
];
