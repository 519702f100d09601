/** The company's money in `npm run dev:mock`. `?demo=suspended|noaccount|nomoves` steers it. */
import * as f from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = () => new URLSearchParams(location.search).get("demo");
const uah = (amount: number) => ({ currency: "UAH", micros: String(Math.round(amount * 1e6)) });
const isoDay = (back: number) => new Date(Date.now() - back * 864e5).toISOString().slice(0, 10);

const account = () => ({
  id: "ac_1", rev: "3", currency: "UAH", tariff_id: "tf_home", state: demo() === "suspended" ? "ACCOUNT_STATE_SUSPENDED" : "ACCOUNT_STATE_ACTIVE", floor: uah(0), threshold: uah(0), monthly_fee: uah(900), time_zone: "Europe/Kyiv", blocked: ["7", "870"],
  balance: uah(demo() === "suspended" ? -12.4 : 1843.2), held: uah(demo() === "suspended" ? 0 : 3.6), available: uah(demo() === "suspended" ? -12.4 : 1839.6), suspended_on: demo() === "suspended" ? isoDay(2) : "", trust_until: "", notify_below: [uah(200)],
  limits: { cost_a_day: uah(500), concurrent: 20, attempts_a_minute: 0 }, suspends_on: isoDay(-61), tariff_version: "tf_home:2", spent_today: uah(44.12), postpaid: false, carrier_consent: true,
  customer: { kind: "CUSTOMER_KIND_COMPANY", name: "ТОВ «Клімат-центр»", tax_id: "12345678", address: "Київ, вул. Хрещатик, 1", email: "buh@klimat.example", language: "uk", country: "UA" },
});
const calls = Array.from({ length: 14 }, (_, index) => ({
  record: { switch: "media", key: `ca${index}`, session_id: "", called: ["380671234567", "380442223344", "4930123456", "380501112233", "79001112233"][index % 5] ?? "", answered_at: f.ago(60 * (index * 7 + 2)), ended_at: f.ago(60 * (index * 7)), free: false },
  partition: 4, number: String(900 - index), charge: index === 4 ? "CALL_CHARGE_SUSPENSE" : index === 3 ? "CALL_CHARGE_ZERO" : "CALL_CHARGE_BILLED", reason: index === 4 ? "no_rate" : "", seconds: "121", billed_seconds: index === 3 ? "0" : "180", prefix: ["38067", "38044", "49", "38050", ""][index % 5], cost: uah(index === 3 || index === 4 ? 0 : 1.8), tariff_version: index === 4 ? "" : "tf_home:2",
  why: index === 3 || index === 4 ? [] : ["rate 38067", "3 steps of 60 s from 0:00 at 0.60: 1.80", "1.80 in all"],
}));
const entries = Array.from({ length: 18 }, (_, index) => ({
  id: (["call:media/ca1", "fee:2026-05-20", "payment:p1", "order:o1", "usage:m1"][index % 5] ?? "") + index, at: f.ago(3600 * index), operation: index % 5 === 2 ? "topup" : "charge", result: "ok", debit: index % 5 === 2 ? "asset.psp" : "liab.customer:ac_1", credit: index % 5 === 2 ? "liab.customer:ac_1" : "rev.voice",
  amount: uah([1.8, 29.03, 2000, 150, 0.45][index % 5] ?? 0), reference: ["media/ca1:lg2", "2026-05-20", "p1", "recording", "sms × 1"][index % 5], tariff_version: index % 5 === 0 ? "tf_home:2" : "", seq: String(800 - index),
}));
const spent = Array.from({ length: 90 }, (_, index) => [
  { day: isoDay(index), kind: "subscription", amount: uah(29.03) }, ...(index % 7 > 1 ? [{ day: isoDay(index), kind: "voice", amount: uah(18 + ((index * 37) % 60)) }] : []), ...(index % 5 === 0 ? [{ day: isoDay(index), kind: "content", amount: uah(9) }] : []),
]).flat();
const products = [
  { id: "recording", name: "Запис розмов", description: "Усі розмови зберігаються 90 днів, пошук за номером.", one_time: uah(0), monthly: uah(120), retired: false },
  { id: "line", name: "Ще одна зовнішня лінія", description: "На одну розмову більше водночас.", one_time: uah(50), monthly: uah(80), retired: false },
  { id: "paper", name: "Паперовий рахунок", description: "Надсилаємо поштою.", one_time: uah(40), monthly: uah(0), retired: false },
];
const orders = [
  { id: "o2", number: "2", product_id: "line", name: "Ще одна зовнішня лінія", quantity: 3, one_time: uah(150), monthly: uah(240), state: "ORDER_STATE_ACTIVE", ordered_at: f.ago(90000), ordered_by: "person:p1" },
  { id: "o1", number: "1", product_id: "paper", name: "Паперовий рахунок", quantity: 1, one_time: uah(40), monthly: uah(0), state: "ORDER_STATE_DONE", ordered_at: f.ago(990000), ordered_by: "person:p1" },
];
const notices = [
  { id: "3", at: f.ago(4000), kind: "low_balance", about: "200.000000", available: uah(198) },
  { id: "2", at: f.ago(90000), kind: "limit", about: "cost_a_day", available: uah(300) },
  { id: "1", at: f.ago(400000), kind: "restored", about: "", available: uah(2000) },
];
const none = <R>(rows: R[]): R[] => (demo() === "nomoves" ? [] : rows);

export function billingAnswers(refuse: (status: number, reason: string) => Error): Array<[string, RegExp, Answer]> {
  return [
    ["GET", /^\/billing\/account$/, () => { if (demo() === "noaccount") throw refuse(404, "NO_ACCOUNT"); return { account: account() }; }],
    ["PUT", /^\/billing\/account$/, (_, body) => body],
    ["GET", /^\/billing\/entries$/, () => ({ entries: none(entries), next: "" })],
    ["GET", /^\/billing\/calls$/, (_, _body, url) => ({ calls: none(url.searchParams.get("suspense") === "true" ? calls.filter((one) => one.charge === "CALL_CHARGE_SUSPENSE") : calls), next: "" })],
    ["GET", /^\/billing\/spending$/, (_, _body, url) => {
      const days = none(spent).filter((one) => one.day >= (url.searchParams.get("first") ?? ""));
      return { days, total: uah(days.reduce((sum, one) => sum + Number(one.amount.micros) / 1e6, 0)) };
    }],
    ["GET", /^\/billing\/tariffs$/, () => ({ tariffs: [{ id: "tf_home", version: 2, name: "Домашній офіс", currency: "UAH", document: "{}", author: "person:p1", approver: "person:p2", effective_from: f.ago(9e5) }] })],
    ["GET", /^\/billing\/notices$/, () => ({ notices: none(notices) })],
    ["GET", /^\/billing\/products$/, () => ({ products: none(products) })],
    ["GET", /^\/billing\/orders$/, () => ({ orders: none(orders) })],
    ["POST", /^\/billing\/orders$/, () => ({ order: orders[0], account: account() })],
  ];
}
