/** An operator's customers, in `npm run dev:mock`. `?demo=empty` has none. */
import type * as T from "../api/types.gen";
import * as f from "./fixtures";

const uah = (whole: number): T.Money => ({ currency: "UAH", micros: `${whole}000000` });
const demo = () => new URLSearchParams(location.search).get("demo");
const list = <R>(rows: R[]): R[] => (demo() === "empty" ? [] : rows);
const row = (id: string, company: string, balance: number, more: Partial<T.CustomerRow> = {}): T.CustomerRow => ({
  id, company, legal_name: `ТОВ «${company}»`, plan_id: "pl1", plan: "Старт", state: "ACCOUNT_STATE_ACTIVE", state_reason: "", balance: uah(balance), available: uah(balance), threshold: uah(0), arrears: uah(Math.max(0, -balance)),
  suspends_on: "2026-06-17", terminates_on: "", late_payments: 0, open_requests: 0, open_cases: 0, open_alarms: 0, suspense: 0, monthly_fee: uah(300), ...more,
});
const rows = [
  row("ac1", "Аптека «Подорожник»", 1240, { open_requests: 2 }), row("ac2", "Дім і сад", -85, { state: "ACCOUNT_STATE_SUSPENDED", state_reason: "threshold", suspends_on: "", terminates_on: "2026-07-02", late_payments: 4, suspense: 3 }),
  row("ac3", "Клімат Сервіс", 96, { open_cases: 1 }), row("ac4", "Стара крамниця з доволі довгою назвою, яка не вміщається", 0, { state: "ACCOUNT_STATE_TERMINATED", state_reason: "unpaid", suspends_on: "" }),
];
const request = (id: string, state: string): T.Petition => ({ id, number: "7", kind: "credit", amount: uah(50), reason: "Помилка в тарифі за травень", document: "Акт 7", state, asked_by: "operator:p2", decided_by: "", at: f.ago(7200), due: "", overdue: false, corrects: "", correction_id: "" });
const errand = (id: string, more: Partial<T.Errand>): T.Errand => ({ id, rerate: false, customer_ids: [], state: "running", reached: 412, customers: 9800, failures: [], rated: 0, left: 0, at: f.ago(300), by: "person:p2", step: "telling", ...more });

export const ACCOUNT_ANSWERS: Array<[string, RegExp, (match: RegExpExecArray, body: Record<string, unknown>) => unknown]> = [
  ["GET", /^\/operator\/customers$/, () => ({ customers: list(rows), next: "", totals: list([{ state: "ACCOUNT_STATE_ACTIVE", customers: 2, balance: uah(1336), arrears: uah(0), monthly_fee: uah(600) }, { state: "ACCOUNT_STATE_SUSPENDED", customers: 1, balance: uah(-85), arrears: uah(85), monthly_fee: uah(300) }]) })],
  ["POST", /^\/operator\/customers\/.+\/read$/, (_, body) => ("account" in body ? { account: { account: { id: "ac1", rev: 1, currency: "UAH", balance: uah(1240), available: uah(1240), threshold: uah(0) } } } : "requests" in body ? { requests: { requests: [request("r1", "waiting"), request("r2", "approved")] } } : "entries" in body ? { entries: { entries: [{ id: "payment:1", at: f.ago(90000), reference: "bank:2026-05-04:2", amount: uah(500) }], next: "" } } : "cases" in body ? { cases: { cases: list([{ id: "c1", number: "4", state: "open", complaint: "", detector: "high_cost", subject: "", notes: [{ at: f.ago(3600), by: "service:billing", text: "high_cost" }], blocks: [] }]) } } : "documents" in body ? { documents: { documents: list([{ id: "d1", kind: "DOCUMENT_KIND_ACT", number: "2026-17", dated: "2026-05-31", total: uah(640), state: "issued", hash: "ab12" }]) } } : "file" in body ? { file: { content: btoa("%PDF-1.7"), name: "act-2026-17.pdf", content_type: "application/pdf" } } : { charges: { calls: [{ record: { key: "c1", called: "+999123" }, reason: "no_rate" }], entries: [], next: "" } })],
  ["POST", /^\/operator\/customers\/.+\/(act|decide)$/, () => ({ rerate: { billed: 1, left: 0 } })],
  ["GET", /^\/operator\/work$/, () => ({ items: list([{ kind: "WORK_KIND_REQUEST", customer_id: "ac1", company: "Аптека «Подорожник»", id: "r1", reason: "credit", since: f.ago(7200), age_hours: "2", by: "operator:p2", amount: uah(50) }]), next: "", counts: list([{ reason: "credit", count: 1 }]) })],
  ["GET", /^\/operator\/month-end$/, () => ({ month: "2026-05", customers: 4, closed: 2, mailed: 11, unmailed: 1, blocked: list([{ customer_id: "ac2", company: "Дім і сад", reason: "suspense", group: "", count: 3 }, { customer_id: "ac3", company: "Клімат Сервіс", reason: "alarm", group: "dropped", count: 1 }]) })],
  ["GET", /^\/operator\/errands$/, () => ({ errands: list([errand("e1", { incident: { id: "op-e1", fault: "operator", planned: false, started_at: f.ago(900), what: "Немає вихідних викликів у Києві", policy: "started_hours", severity: "critical" } }), errand("e2", { rerate: true, state: "done", reached: 120, customers: 120, rated: 1840, left: 12, step: "rating" }), errand("e3", { state: "standing", reached: 2, customers: 2, failures: [{ customer_id: "ac1", reason: "TOO_MUCH_PLANNED" }], incident: { id: "op-e3", fault: "operator", planned: true, started_at: f.ago(-900000), ended_at: f.ago(-907200), what: "Заміна обладнання у Києві", policy: "started_hours", severity: "" } })]) })],
  ["PUT", /^\/operator\/errands\/.+$/, (_, body) => body],
];
