/** Carriers in `npm run dev:mock`. `?demo=empty` has none, `?demo=sold` is an operator's customer. */
import type * as T from "../api/types.gen";
import * as f from "./fixtures";

const uah = (sum: number): T.Money => ({ currency: "UAH", micros: String(Math.round(sum * 1_000_000)) });
const demo = () => new URLSearchParams(location.search).get("demo");
const all: T.Carrier[] = [
  { id: "cr1", rev: 1, name: "Ukrtelecom Wholesale", currency: "UAH", terms: "CARRIER_TERMS_WHOLESALE", agent_fee_percent: "", trunk_ids: ["tr-1"], disabled: false, version: 2 },
  { id: "cr2", rev: 1, name: "Kyivstar", currency: "UAH", terms: "CARRIER_TERMS_AGENCY", agent_fee_percent: "12.5", trunk_ids: ["tr-2"], disabled: false, version: 1 },
  { id: "cr3", rev: 1, name: "Orange Polska", currency: "EUR", terms: "CARRIER_TERMS_DIRECT", agent_fee_percent: "", trunk_ids: [], disabled: true, version: 0 },
];
let policy: T.CarrierPolicy = { rev: 1, choice: "CARRIER_CHOICE_GOOD_ENOUGH", min_asr_percent: 40, max_pdd_ms: 4000, min_mos: 3.6, max_loss_percent: 2, never_at_loss: true, min_calls: 10 };
const rows = (price: number): T.CarrierRow[] => ["380", "38067", "38050", "48", "49"].map((prefix, index) => ({ prefix, per_minute: (price + index * 0.05).toFixed(2), connect_fee: index === 3 ? "0.1" : "", scheme: index > 2 ? "60/1" : "1/1" }));
const version = (no: number, more: Partial<T.CarrierPrices>): T.CarrierPrices => ({ carrier_id: "cr1", version: no, author: "person:p1", approver: "", rows_count: 5, rows: rows(0.4 + no / 20), ...more });
const versions: T.CarrierPrices[] = [version(3, {}), version(2, { approver: "person:p2", effective_from: f.ago(86_400) }), version(1, { approver: "person:p2", effective_from: f.ago(40 * 86_400) })];
const statement = (id: string, first: string, last: string, discrepancies: T.CarrierDiscrepancy[]): T.CarrierStatement => ({ id, carrier_id: "cr1", first, last, made_at: f.ago(3600), by: "person:p1", ours: 1204, theirs: 1203, equal: 1201, our_sum: uah(512.44), their_sum: uah(513.1), discrepancies_count: discrepancies.length, discrepancies });
const found: T.CarrierDiscrepancy[] = [
  { kind: "missing_there", line: 0, call: "media/cl1:L2", at: f.ago(90_000), number: "38067*******", our_seconds: "60", their_seconds: "0", our_amount: uah(0.45) },
  { kind: "seconds", line: 12, call: "media/cl2:L2", at: f.ago(88_000), number: "38050*******", our_seconds: "90", their_seconds: "95", our_amount: uah(0.68), their_amount: uah(0.71) },
  { kind: "price", line: 40, call: "media/cl3:L2", at: f.ago(80_000), number: "4930*******", our_seconds: "61", their_seconds: "61", our_amount: uah(1.2), their_amount: uah(1.35) },
];
const list = <R>(some: R[]): R[] => (demo() === "empty" ? [] : some);

export const CARRIER_ANSWERS: Array<[string, RegExp, (match: RegExpExecArray, body: Record<string, unknown>) => unknown]> = [
  ["GET", /^\/carriers$/, () => ({ carriers: demo() === "sold" ? [] : list(all), policy, operators: demo() === "sold" })],
  ["POST", /^\/carriers$/, (_, body) => body], ["PUT", /^\/carriers\/[^/]+$/, (_, body) => body],
  ["PUT", /^\/carrier-policy$/, (_, body) => { policy = body["policy"] as T.CarrierPolicy; return body; }],
  ["GET", /^\/carriers\/([^/]+)\/prices$/, ([, id]) => ({ prices: id === "cr1" ? versions : [] })],
  ["POST", /^\/carriers\/[^/]+\/prices$/, () => ({ usable: true, rates: 5, remarks: [{ line: 4, column: "valid_from", message: "leaves a gap after line 3 (2026-05-01)", fatal: false }], changes: [{ prefix: "380", kind: "cheaper", before: "0.5", after: "0.45", percent: "-10.0" }, { prefix: "4930", kind: "new", before: "", after: "1.1", percent: "" }] })],
  ["POST", /^\/carriers\/[^/]+\/prices\/approve$/, () => ({ prices: versions[0] })],
  ["GET", /^\/carrier-totals$/, () => ({ totals: list([{ carrier_id: "cr1", carrier: "Ukrtelecom Wholesale", calls: "1204", seconds: "98200", sold: uah(980.4), owed: uah(512.44), margin: uah(467.96) }]) })],
  ["GET", /^\/carrier-statements$/, () => ({ statements: list([statement("s2", "2026-04-01", "2026-04-30", found), statement("s1", "2026-03-01", "2026-03-31", [])]) })],
  ["POST", /^\/carriers\/[^/]+\/statements$/, () => ({ statement: statement("s3", "2026-05-01", "2026-05-31", []) })],
];
