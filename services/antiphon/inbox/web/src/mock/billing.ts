/** The company's money in `npm run dev:mock`. `?demo=suspended|noaccount|nomoves` steers it. */
import * as f from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = () => new URLSearchParams(location.search).get("demo");
const uah = (amount: number) => ({ currency: "UAH", micros: String(Math.round(amount * 1e6)) });
const isoDay = (back: number) => new Date(Date.now() - back * 864e5).toISOString().slice(0, 10);

const account = () => ({
  id: "ac_1", rev: "3", currency: "UAH", tariff_id: "tf_home", state: demo() === "suspended" ? "ACCOUNT_STATE_SUSPENDED" : "ACCOUNT_STATE_ACTIVE", floor: uah(0), threshold: uah(0), monthly_fee: uah(900), time_zone: "Europe/Kyiv", blocked: ["7", "870"],
  balance: uah(demo() === "suspended" ? -12.4 : 1843.2), held: uah(demo() === "suspended" ? 0 : 3.6), available: uah(demo() === "suspended" ? -12.4 : 1839.6), suspended_on: demo() === "suspended" ? isoDay(2) : "", reserved_until: demo() === "suspended" ? isoDay(-28) : "", trust_until: "", notify_below: [uah(200)],
  limits: { cost_a_day: uah(500), concurrent: 20, attempts_a_minute: 0 }, suspends_on: isoDay(-61), tariff_version: "tf_home:2", spent_today: uah(44.12), postpaid: false, carrier_consent: true,
  customer: { kind: "CUSTOMER_KIND_COMPANY", name: "ТОВ «Клімат-центр»", tax_id: "12345678", address: "Київ, вул. Хрещатик, 1", email: "buh@klimat.example", language: "uk", country: "UA" },
});
const calls = Array.from({ length: 14 }, (_, index) => ({
  record: { switch: "media", key: `ca${index}`, session_id: "", called: ["380671234567", "380442223344", "4930123456", "380501112233", "79001112233"][index % 5] ?? "", answered_at: f.ago(60 * (index * 7 + 2)), ended_at: f.ago(60 * (index * 7)), free: false },
  partition: 4, number: String(900 - index), charge: index === 4 ? "CALL_CHARGE_SUSPENSE" : index === 3 ? "CALL_CHARGE_ZERO" : "CALL_CHARGE_BILLED", reason: index === 4 ? "no_rate" : "", seconds: "121", billed_seconds: index === 3 ? "0" : "180", prefix: ["38067", "38044", "49", "38050", ""][index % 5], cost: uah(index === 3 || index === 4 ? 0 : 1.8), tariff_version: index === 4 ? "" : "tf_home:2",
  why: index === 3 || index === 4 ? [] : ["prefix 38067, 121 chargeable seconds", "from second 0: 3 × 60 s at 0.6"],
  reasons: index === 3 || index === 4 ? [] : [{ kind: "seconds", what: "38067", count: "121", second: "0", length: "0", amount: "" }, { kind: "steps", what: "38067", count: "3", second: "0", length: "60", amount: "0.6" }],
}));
const running = () => [["380671234567", 84, 1.8], ["4930123456", 7, 3.9], ["380501112233", -1, 0.6]].map(([called, talked, reserved], index) => ({
  session_id: `cl_${index}:L1`, called: String(called), authorized_at: f.ago(Number(talked) + 8), ...(Number(talked) >= 0 ? { answered_at: f.ago(Number(talked)) } : {}), reserved: uah(Number(reserved)), granted_seconds: "120", final: index === 1, prefix: String(called).slice(0, 2), tariff_version: "tf_home:2",
  steps: Array.from({ length: 5 }, (_, minute) => ({ second: String(minute * 60 + 1), cost: uah(0.6 * (minute + 1)) })),
}));
const messages = [["sms", 3, 2.55], ["whatsapp_template", 1, 1.6]].map(([service, quantity, price], index) => ({
  record: { switch: "channels", key: `cv1:${index}`, session_id: "", called: "", ended_at: f.ago(60 * index), free: false, service, quantity: String(quantity) },
  partition: 4, number: String(902 + index), charge: "CALL_CHARGE_BILLED", reason: "", seconds: "0", billed_seconds: "0", prefix: "", cost: uah(Number(price)), tariff_version: "tf_home:2",
  why: [`${service}: ${quantity} × ${Number(price) / Number(quantity)}`],
  reasons: [{ kind: "used", what: String(service), count: String(quantity), second: "0", length: "0", amount: String(Number(price) / Number(quantity)) }],
}));
const entries = Array.from({ length: 18 }, (_, index) => ({
  id: (["call:media/ca1", "fee:2026-05-20", "payment:p1", "order:o1", index === 9 ? "usage:storage:media:2026-05-20" : "usage:m1"][index % 5] ?? "") + index, at: f.ago(3600 * index), operation: index % 5 === 2 ? "topup" : "charge", result: "ok", debit: index % 5 === 2 ? "asset.psp" : "liab.customer:ac_1", credit: index % 5 === 2 ? "liab.customer:ac_1" : "rev.voice",
  amount: uah([1.8, 29.03, 2000, 150, 0.45][index % 5] ?? 0), reference: ["media/ca1:lg2", "2026-05-20", "p1", "recording", index === 9 ? "gigabyte_day × 12.5" : "sms × 1"][index % 5], tariff_version: index % 5 === 0 ? "tf_home:2" : "", seq: String(800 - index),
}));
const spent = Array.from({ length: 90 }, (_, index) => [
  { day: isoDay(index), kind: "subscription", amount: uah(29.03) }, ...(index % 7 > 1 ? [{ day: isoDay(index), kind: "voice", amount: uah(18 + ((index * 37) % 60)) }] : []), ...(index % 5 === 0 ? [{ day: isoDay(index), kind: "content", amount: uah(9) }] : []),
]).flat();
const products = [
  { id: "recording", name: "Запис розмов", description: "Усі розмови зберігаються 90 днів, пошук за номером.", one_time: uah(0), monthly: uah(120), retired: false },
  { id: "line", name: "Ще одна зовнішня лінія", description: "На одну розмову більше водночас.", one_time: uah(50), monthly: uah(80), retired: false },
  { id: "eu", name: "Європа 100", description: "Хвилини вперед.", one_time: uah(0), monthly: uah(90), retired: false, package: { seconds: "6000", prefixes: ["49", "33", "48"], draw_seconds: 1, weight: 5, days: 0 } },
  { id: "paper", name: "Паперовий рахунок", description: "Надсилаємо поштою.", one_time: uah(40), monthly: uah(0), retired: false },
];
const packages = [
  { id: "tariff:tf_home:city:2026-11", name: "Міські хвилини тарифу", source: "tariff:tf_home", seconds: "36000", left: "25320", reserved: "120", prefixes: ["38044"], begins: f.ago(900000), expires: f.ago(-700000) },
  { id: "order:o3:eu", name: "Європа 100", source: "order:o3", seconds: "6000", left: "420", reserved: "0", prefixes: ["49", "33", "48"], begins: f.ago(90000), expires: f.ago(-900000) },
  { id: "order:o4:any", name: "Запас", source: "order:o4", seconds: "1800", left: "0", reserved: "0", prefixes: [], begins: f.ago(90000), expires: f.ago(-500000) },
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
const payments = [
  { id: "p1", number: "1", at: f.ago(9000), method: "card", state: "paid", reason: "", amount: uah(2000), credited: uah(2000), masked: "•••• 4242", parts: [{ name: "subscription_local", amount: uah(29.03) }, { name: "advance", amount: uah(1970.97) }], purpose: "" },
  { id: "p2", number: "2", at: f.ago(19000), method: "bank", state: "review", reason: "not_named", amount: uah(512), credited: uah(0), masked: "", parts: [], purpose: "Оплата за послуги зв’язку згідно з рахунком, без ПДВ" },
  { id: "p3", number: "3", at: f.ago(29000), method: "claim", state: "expected", reason: "", amount: uah(70), credited: uah(0), masked: "", parts: [], purpose: "ПриватБанк, 2026-11-04, D-9" },
  { id: "p4", number: "4", at: f.ago(39000), method: "card", state: "declined", reason: "provider", amount: uah(300), credited: uah(0), masked: "•••• 0002", parts: [], purpose: "" },
];
const documents = [
  { id: "d9", kind: "DOCUMENT_KIND_CORRECTION", number: "2026-1", dated: "2026-11-05", first: "2026-10-01", last: "2026-10-31", total: uah(-120), vat: uah(-20), state: "issued", hash: "ab", code: "x", issued_at: f.ago(5000), sent_to: "", objection: "", corrects: "d1" },
  { id: "d1", kind: "DOCUMENT_KIND_ACT", number: "2026-10", dated: "2026-10-31", first: "2026-10-01", last: "2026-10-31", total: uah(1814.9), vat: uah(302.48), state: "issued", accepted_at: f.ago(-200000), hash: "ab", code: "AB12-CD34-EF56-7890", issued_at: f.ago(90000), sent_to: "buh@klimat.example", objection: "" },
  { id: "d2", kind: "DOCUMENT_KIND_TAX_INVOICE", number: "2026-10", dated: "2026-10-31", first: "2026-10-01", last: "2026-10-31", total: uah(1814.9), vat: uah(302.48), state: "issued", hash: "ab", code: "x", issued_at: f.ago(90000), sent_to: "buh@klimat.example", objection: "" },
  { id: "d3", kind: "DOCUMENT_KIND_DETAIL", number: "2026-12", dated: "2026-10-31", first: "2026-10-01", last: "2026-10-31", total: uah(1814.9), vat: uah(0), state: "issued", hash: "ab", code: "x", issued_at: f.ago(90000), sent_to: "", objection: "" },
  { id: "d4", kind: "DOCUMENT_KIND_INVOICE", number: "2026-3", dated: "2026-11-02", first: "2026-11-02", last: "2026-11-02", total: uah(500), vat: uah(83.33), state: "issued", hash: "ab", code: "x", issued_at: f.ago(90000), sent_to: "", objection: "" },
];
const requests = [
  { id: "r5", number: "6", kind: "refund", amount: uah(1843.2), reason: "Розірвання договору", document: "заява 41", state: "approved", asked_by: "person:p2", decided_by: "person:p1", at: f.ago(31 * 86400), due: isoDay(1), overdue: true, corrects: "", correction_id: "" },
  { id: "r3", number: "4", kind: "promotion", amount: uah(0), reason: "Весняна пропозиція для нових номерів", document: "наказ 8", state: "waiting", asked_by: "person:p2", decided_by: "", at: f.ago(2000), due: "", promotion: { name: "Весняна знижка на розмови", kind: "discount", percent: "10", least: uah(500), first: "2026-12-01", last: "2027-02-28" } },
  { id: "r2", number: "3", kind: "promotion", amount: uah(0), reason: "Бонус за поповнення", document: "наказ 7", state: "approved", asked_by: "person:p2", decided_by: "person:p1", at: f.ago(9000), due: "", promotion: { name: "Бонус за поповнення", kind: "bonus", percent: "5", least: uah(0), first: "2026-10-01", last: "" } },
  { id: "r1", number: "2", kind: "credit", amount: uah(15), reason: "Подвійне списання 4 листопада", document: "лист 17", state: "waiting", asked_by: "person:p2", decided_by: "", at: f.ago(4000), due: "" },
  { id: "r0", number: "1", kind: "refund", amount: uah(400), reason: "Закриття філії", document: "заява 3", state: "approved", asked_by: "person:p1", decided_by: "person:p2", at: f.ago(94000), due: "2026-12-01" },
];
const trail = Array.from({ length: 5 }, (_, index) => ({ number: String(9 - index), at: f.ago(4000 * index), by: "person:p1", what: ["order", "terms", "approved", "statement", "document"][index] ?? "", about: "or_1: 1 × recording", hash: "9f2c4e1a77d0b3c5".repeat(4) }));
const work = (calls: number) => ({ calls: String(calls), contacts: String(calls - 12), talk_seconds: String(calls * 170), agent_seconds: String(calls * 220), sales: "31", sold: uah(41000), cost: uah(calls * 1.4) });
const clients = [
  { project_id: "pr_1", name: "Клімат Сервіс", unpriced: false, work: work(300), amount: uah(8120.4) },
  { project_id: "pr_2", name: "", unpriced: true, work: work(90), amount: uah(0) },
  { project_id: "", name: "", unpriced: true, work: work(22), amount: uah(0) },
];
const alarms = [
  { id: "al-1", kind: "altered", state: "open", switch: "media", what: "cl_7f2a91c0:1", why: "recorded 61 s, billed 601 s", at: f.ago(90), closed_by: "" },
  { id: "orders/o7", kind: "not_started", state: "open", switch: "orders", what: "SIP-транк із резервуванням", why: "it should have been started until 2026-11-20", at: f.ago(600), closed_by: "" },
  { id: "al-2", kind: "dropped", state: "closed", switch: "trunk-kyiv", what: "20260311-000418", why: "tallied, never billed", at: f.ago(4000), closed_at: f.ago(3900), closed_by: "service:billing" },
];
const cases = [
  { id: "fc_8c2f", number: "2", state: "open", complaint: "", subscriber: false, owner: "service:billing", decision: "", at: f.ago(300), detector: "high_cost", subject: "sip_account:sa_101", count: 6, window_seconds: 3600, notes: [{ at: f.ago(100), by: "person:p1", text: "Дзвоню власнику телефону" }], blocks: [{ kind: "sip_account", value: "sa_101", case_id: "fc_8c2f", since: f.ago(300), by: "service:billing" }, { kind: "destination", value: "4477009", case_id: "fc_8c2f", since: f.ago(200), by: "person:p1" }] },
  { id: "c1", number: "1", state: "measures", complaint: "Дзвонять від нашого імені", subscriber: true, owner: "person:p1", decision: "", at: f.ago(90000), detector: "", subject: "", count: 0, window_seconds: 0, notes: [], blocks: [] },
];
const ahead = (days: number) => isoDay(-days);
const change = (id: string, kind: string, effective: number) => ({ id, kind, titles: { en: "Recordings are kept for 60 days", ru: "Записи хранятся 60 дней", uk: "Записи зберігаються 60 днів" }, texts: { en: "Recordings of calls are deleted after 60 days instead of 90.\nBackups are not affected.", ru: "Записи разговоров удаляются через 60 дней вместо 90.\nРезервные копии не затронуты.", uk: "Записи розмов видаляються через 60 днів замість 90.\nРезервні копії не зачеплено." }, effective_on: ahead(effective), published_on: isoDay(2), published_at: f.ago(172800), published_by: "person:p1", hash: "9f2c4e1a77d0b3c5".repeat(4) });
const waiting = [
  { ...orders[0], id: "o7", number: "7", name: "SIP-транк із резервуванням", quantity: 1, state: "ORDER_STATE_WAITING", by_hand: true, start_on: "", start_by: isoDay(1), late: true },
  { ...orders[0], id: "o8", number: "8", name: "Запис розмов", quantity: 1, state: "ORDER_STATE_WAITING", by_hand: false, start_on: ahead(9), start_by: ahead(9), late: false },
];
const acts = [
  { document_id: "d1", number: "2026-10", state: "sent", requested_at: f.ago(2e6), requested_by: "person:p1", tracking: "0500 1234 5678", due: isoDay(2), late: true, hash: "", size: "0", content_type: "" },
  { document_id: "d0", number: "2026-9", state: "stored", requested_at: f.ago(4e6), requested_by: "person:p1", tracking: "", due: isoDay(20), late: false, hash: "ab", size: "180000", content_type: "application/pdf" },
];
const contract = () => ({
  state: demo() === "ending" ? "CONTRACT_STATE_ENDING" : demo() === "suspended" ? "CONTRACT_STATE_SUSPENDED" : "CONTRACT_STATE_IN_FORCE", reserved_until: demo() === "suspended" ? ahead(28) : "", earliest_end: ahead(30),
  ending: demo() === "ending" ? { id: "e1", state: "running", asked_by: "person:p1", reason: "", ends_on: ahead(30), last_day: ahead(29), change_id: "c1", refund_due: ahead(30) } : undefined,
  changes: none([{ change: change("c1", "terms", 12), state: "CONSENT_STATE_OPEN", answer_by: ahead(11), closes_at: f.ago(-11.4 * 86400), answered_by: "", sent_to: "" }, { change: change("c0", "prices", -20), state: "CONSENT_STATE_ACCEPTED", answer_by: isoDay(20), answered_at: f.ago(1e6), answered_by: "", sent_to: "" }]),
  waiting: none(waiting), signed_acts: none(acts),
});
const none = <R>(rows: R[]): R[] => (demo() === "nomoves" ? [] : rows);

export function billingAnswers(refuse: (status: number, reason: string) => Error): Array<[string, RegExp, Answer]> {
  return [
    ["GET", /^\/billing\/account$/, () => { if (demo() === "noaccount") throw refuse(404, "NO_ACCOUNT"); return { account: account() }; }],
    ["PUT", /^\/billing\/account$/, (_, body) => body],
    ["GET", /^\/billing\/entries$/, () => ({ entries: none(entries), next: "" })],
    ["GET", /^\/billing\/calls$/, (_, _body, url) => ({ calls: none(url.searchParams.get("suspense") === "true" ? calls.filter((one) => one.charge === "CALL_CHARGE_SUSPENSE") : [...messages, ...calls]), next: "" })],
    ["GET", /^\/billing\/calls\/running$/, () => ({ calls: none(running()), count: none(running()).length, now: f.ago(0) })],
    ["GET", /^\/billing\/spending$/, (_, _body, url) => {
      const days = none(spent).filter((one) => one.day >= (url.searchParams.get("first") ?? ""));
      return { days, total: uah(days.reduce((sum, one) => sum + Number(one.amount.micros) / 1e6, 0)) };
    }],
    ["GET", /^\/billing\/tariffs$/, () => ({ tariffs: [{ id: "tf_home", version: 2, name: "Домашній офіс", currency: "UAH", document: "{}", author: "person:p1", approver: "person:p2", effective_from: f.ago(9e5) }] })],
    ["GET", /^\/billing\/notices$/, () => ({ notices: none(notices) })],
    ["GET", /^\/billing\/products$/, () => ({ products: none(products) })],
    ["GET", /^\/billing\/payments$/, () => ({ payments: none(payments) })],
    ["POST", /^\/billing\/payments$/, () => { throw refuse(409, "NO_PROVIDER"); }],
    ["GET", /^\/billing\/documents$/, () => ({ documents: none(documents) })],
    ["POST", /^\/documents\/verify$/, (_, body) => ({ genuine: body["code"] !== "0", kind: "DOCUMENT_KIND_ACT", number: "2026-10", dated: "2026-10-31" })],
    ["GET", /^\/billing\/requests$/, () => ({ requests: none(requests) })],
    ["GET", /^\/billing\/incidents$/, () => ({ incidents: none([
      { id: "i1", fault: "operator", planned: true, started_at: f.ago(-800000), ended_at: f.ago(-802000), what: "Заміна обладнання вузла", policy: "started_hours", severity: "" },
      { id: "i2", fault: "operator", planned: false, started_at: f.ago(20000), what: "Немає вихідних викликів у Києві", policy: "started_hours", severity: "critical", due_at: f.ago(5600), escalated_at: f.ago(5599) },
      { id: "i3", fault: "power", planned: false, started_at: f.ago(90000), ended_at: f.ago(80000), what: "Живлення майданчика", policy: "started_hours", severity: "minor", due_at: f.ago(3600) },
    ]) })],
    ["GET", /^\/billing\/incidents\/report$/, () => ({ month: "2026-11", severities: [
      { severity: "critical", target_seconds: "14400", outages: 1, in_time: 0, overrun: 1, open: 1, mean_seconds: "0", longest_seconds: "0" },
      { severity: "major", target_seconds: "28800", outages: 0, in_time: 0, overrun: 0, open: 0, mean_seconds: "0", longest_seconds: "0" },
      { severity: "minor", target_seconds: "86400", outages: 1, in_time: 1, overrun: 0, open: 0, mean_seconds: "10000", longest_seconds: "10000" },
    ], overruns: [], lost_seconds: "20000", available_percent: "98.951" })],
    ["GET", /^\/billing\/contract$/, () => contract()],
    ["GET", /^\/billing\/changes$/, () => ({ changes: none([{ change: change("c1", "terms", 12), told: 214, open: 190, accepted: 22, refused: 2 }]) })],
    ["POST", /^\/billing\/changes$/, (_, body) => ({ change: body["change"], customers: 214, earliest: ahead(10) })],
    ["GET", /^\/billing\/contract-work$/, () => ({ work: none([
      { company_id: "tn_2", customer: "ТОВ «Обрій»", state: "CONTRACT_STATE_SUSPENDED", reserved_until: ahead(9), waiting: [], signed_acts: [] },
      { company_id: "tn_3", customer: "ФОП Мельник І. П.", state: "CONTRACT_STATE_ENDING", reserved_until: "", ending: { id: "e1", state: "running", asked_by: "", reason: "", ends_on: ahead(12), last_day: ahead(11), change_id: "", refund_due: ahead(12) }, waiting, signed_acts: acts.slice(0, 1) },
    ]) })],
    ["POST", /^\/billing\/(contract|signed-acts|contract-work|orders)\/.+$/, () => ({ consent: {}, ending: {}, act: acts[0], order: orders[0], reserved_until: ahead(16) })],
    ["GET", /^\/billing\/alarms$/, () => ({ alarms: none(alarms) })],
    ["POST", /^\/billing\/alarms\/close$/, () => ({ alarm: alarms[0] })],
    ["GET", /^\/billing\/cases$/, () => ({ cases: none(cases) })],
    ["POST", /^\/billing\/cases\/([^/]+)\/(edit|block)$/, () => ({ case: cases[0] })],
    ["GET", /^\/billing\/clients$/, () => ({ clients: none(clients), work: work(412), amount: uah(8120.4) })],
    ["GET", /^\/billing\/clients\/cards$/, () => ({ cards: [{ project_id: "pr_1", name: "Клімат Сервіс", valid_from: isoDay(60), contact: uah(3), minute: uah(1.2), agent_hour: uah(180), sale: uah(40), flat: uah(2000), email: "", language: "uk" }] })],
    ["GET", /^\/billing\/clients\/([^/]+)\/statement$/, (_, _body, url) => ({ statement: { project_id: "pr_1", name: "Клімат Сервіс", first: url.searchParams.get("first"), last: url.searchParams.get("last"), work: work(300), amount: uah(8120.4), days: [], campaigns: [{ campaign_id: "cp_renewals", work: work(120) }], lines: [{ unit: "contact", quantity: "300", price: uah(3), amount: uah(900) }, { unit: "minute", quantity: "850.5", price: uah(1.2), amount: uah(1020.6) }, { unit: "flat", quantity: "30", price: uah(2000), amount: uah(2000) }] } })],
    ["GET", /^\/billing\/trail$/, () => ({ lines: none(trail) })],
    ["POST", /^\/billing\/tariffs\/[^/]+\/shadow$/, () => ({ calls: 214, charged: uah(310), would_cost: uah(322.4), refused: 2, refused_prefixes: ["870"] })],
    ["GET", /^\/billing\/packages$/, () => ({ packages: none(packages) })],
    ["GET", /^\/billing\/orders$/, () => ({ orders: none(orders) })],
    ["POST", /^\/billing\/orders$/, () => ({ order: orders[0], account: account() })],
  ];
}
