/** What an operator sells, in `npm run dev:mock`. `?demo=sold` makes this company his customer, `?demo=empty` sells nothing. */
import type * as T from "../api/types.gen";
import * as f from "./fixtures";

const uah = (whole: number): T.Money => ({ currency: "UAH", micros: `${whole}000000` });
const demo = () => new URLSearchParams(location.search).get("demo");
const plan = (id: string, size: T.CompanySize, monthly: number, lines: number, names: Record<string, string>, more: Partial<T.ServicePlan> = {}): T.ServicePlan => ({
  id, rev: 1, name: names["en"] ?? id, names, descriptions: { en: "Calls, chat and messengers in one desk; support on working days.", ru: "Звонки, чат и мессенджеры в одном окне; поддержка по рабочим дням.", uk: "Дзвінки, чат і месенджери в одному вікні; підтримка в робочі дні." },
  size, monthly: uah(monthly), tariff_id: "", lines, services: [], withdrawn: false, by_hand: false, ...more,
});
const plans: T.ServicePlan[] = [
  plan("pl1", "COMPANY_SIZE_SMALL", 300, 3, { en: "Start", ru: "Старт", uk: "Старт" }),
  plan("pl2", "COMPANY_SIZE_MEDIUM", 900, 15, { en: "Team", ru: "Команда", uk: "Команда" }, { services: ["lead_catcher_pro"] }),
  plan("pl3", "COMPANY_SIZE_LARGE", 2900, 0, { en: "Centre", ru: "Центр", uk: "Центр" }, { services: ["lead_catcher_pro"], by_hand: true }),
  plan("pl4", "COMPANY_SIZE_SMALL", 150, 1, { en: "Trial", ru: "Пробный", uk: "Пробний" }, { withdrawn: true }),
];
const pool: T.PoolNumber[] = ["+380445550101", "+380445550102", "+380325550103", "+48225550104"].map((e164, index) => ({
  id: `pn${index}`, rev: 1, e164, country: e164.startsWith("+48") ? "PL" : "UA", area: ["Київ", "Київ", "Львів", "Warszawa"][index] ?? "", monthly: uah(100 + index * 20), installation: uah(250),
  state: (["POOL_STATE_TAKEN", "POOL_STATE_OFFERED", "POOL_STATE_HELD", "POOL_STATE_OFFERED"] as const)[index] ?? "POOL_STATE_OFFERED",
  company_id: index === 0 ? "tn9" : "", company: index === 0 ? "Клімат Сервіс" : "", order_id: index === 0 ? "o9" : "", ...(index === 0 ? { taken_at: f.ago(900000) } : {}),
}));
const list = <R>(rows: R[]): R[] => (demo() === "empty" ? [] : rows);

export const OFFER_ANSWERS: Array<[string, RegExp, (match: RegExpExecArray, body: Record<string, unknown>) => unknown]> = [
  ["GET", /^\/service-plans$/, () => ({ plans: list(demo() === "sold" ? plans.filter((one) => !one.withdrawn) : plans), needed: demo() === "sold" })],
  ["POST", /^\/service-plans\/choose$/, (_, body) => ({ order: { id: body["request_id"], product_id: `plan:${String(body["plan_id"])}`, name: "Start", monthly: body["monthly"], state: "ORDER_STATE_ACTIVE" } })],
  ["POST", /^\/service-plans$/, (_, body) => body], ["PUT", /^\/service-plans\/.+$/, (_, body) => body],
  ["GET", /^\/number-offers$/, () => ({ numbers: list(pool.map(({ e164, country, area, monthly, installation }) => ({ e164, country, area, monthly, installation }))) })],
  ["POST", /^\/number-orders$/, (_, body) => ({ order: { id: body["request_id"], e164: body["e164"], state: "ORDER_STATE_ACTIVE" } })],
  ["GET", /^\/number-pool$/, () => ({ numbers: list(pool) })],
  ["POST", /^\/number-pool$/, (_, body) => body], ["PUT", /^\/number-pool\/.+$/, (_, body) => body], ["DELETE", /^\/number-pool\/.+$/, () => ({})],
];
