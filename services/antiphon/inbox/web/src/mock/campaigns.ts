/** Campaigns with a day behind them. `?demo=empty` has none; `?demo=why` does not dial; `?demo=looks` has spent its skips. */
import type * as T from "../api/types.gen";
import * as f from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = typeof location === "undefined" ? "" : (new URLSearchParams(location.search).get("demo") ?? "");
const blank = demo === "empty";
const result = (code: string, title: string, of: T.ResultClass, parent = "", with_amount = false): T.DialerDisposition => ({ code, title, result: of, parent, with_amount });
const question = (id: string, text: string, type: T.AnswerType, extra: Partial<T.Question> = {}): T.Question => ({ id, text, type, choices: [], optional: false, only_if: "", only_if_answer: "", ...extra });

const spring: T.Campaign = {
  id: "cm-1", rev: 7, name: "Весеннее продление договоров", project_id: "pr-1", state: demo === "why" ? "CAMPAIGN_STATE_PAUSED" : "CAMPAIGN_STATE_RUNNING", mode: "MODE_PREDICTIVE", lines_per_agent: 0, queue_id: "q-support", caller_ids: ["+380443902020"], pack_id: "UA-debt", max_lines: 30, ring_for: "25s", region: "UA",
  dispositions: [result("sale", "Продление", "RESULT_CLASS_SUCCESS", "", true), result("no", "Отказ", "RESULT_CLASS_REFUSAL"), result("dear", "Дорого", "RESULT_CLASS_REFUSAL", "no"), result("again", "Перезвонить", "RESULT_CLASS_CALLBACK"), result("never", "Больше не звонить", "RESULT_CLASS_DNC")],
  questions: [question("happy", "Довольны ли вы сервисом?", "ANSWER_TYPE_YES_NO"), question("why", "Что не понравилось?", "ANSWER_TYPE_CHOICE", { choices: ["Цена", "Качество", "Сроки"], only_if: "happy", only_if_answer: "no" }), question("mark", "Оценка", "ANSWER_TYPE_NUMBER", { least: 1, most: 10 })],
  script: "Добрый день! Меня зовут Оксана, компания «Світанок».\nВаш договор заканчивается в июне. Продлить его на тех же условиях?", abandoned_message: "Здравствуйте, это «Світанок». Мы перезвоним: +380 44 390-20-20.", language: "ru", max_attempts: 6, abandon_limit_millipercent: 0,
  auto_answer: true, hours: [{ days: ["mon", "tue", "wed", "thu", "fri"], begins: "09:00", ends: "18:00" }], time_zone: "Europe/Kyiv", redial_missed: false, redial_numbers: [], message: "", opt_out_key: "", agent_key: "", skips: 0, currency: "UAH",
  machine_action: "MACHINE_ACTION_HANG_UP", machine_message: "", machine_check_percent: 5, longest_greeting: "1.600s", hold: "HOLD_UNSPECIFIED",
};
let campaigns: T.Campaign[] = blank ? [] : [spring, { ...spring, id: "cm-2", name: "Опрос после ремонта", mode: "MODE_MESSAGE", state: "CAMPAIGN_STATE_DRAFT", message: "Оцените ремонт.", opt_out_key: "9" }, { ...spring, id: "cm-3", name: "Пропущенные ночью", mode: "MODE_PREVIEW", state: "CAMPAIGN_STATE_SCHEDULED", starts_at: f.ago(-5000), redial_missed: true, skips: 3 }, { ...spring, id: "cm-4", name: "Зимняя акция", state: "CAMPAIGN_STATE_FINISHED" }];

const status = (): T.Status => ({
  campaign_id: "cm-1", state: spring.state, why_code: demo === "why" ? "outside_hours" : "dialling", why: "", ...(demo === "why" ? { until: f.ago(-40_000) } : {}), agents_idle: 2, agents_talking: 6, agents_wrapping: 2, ringing: 14 + Math.floor(Math.random() * 4), waiting: demo === "why" ? 1 : 0, answer_rate: 0.27,
  abandon_rate: 0.0231, abandon_rate_upper: 0.0294, abandon_limit: 0.03, answered: "1204", abandoned: "28", contacts_ready: 4120, contacts_later: 812, last_count: 3, last_why: "risk 0.021 of 0.034 permitted; answers 0.271; 14 ring, 2 free", mode_now: "predictive", agents_held: 1, connect_usual: "0.300s", connect_slow: "0.900s",
});
const slices: T.Slice[] = Array.from({ length: 26 }, (_, at) => {
  const dialled = Math.round(90 + 60 * Math.sin(at / 4) + (at % 3) * 12);
  return { from: new Date(Math.floor(Date.now() / 900_000) * 900_000 - (26 - at) * 900_000).toISOString(), dialled, answered: Math.round(dialled * 0.28), abandoned: at % 5 === 0 ? 2 : 0, talked: "900s" };
});
const report: T.Report = { day: "", dialled: 3120, answered: 874, abandoned: 21, talked: "48120s", slices, results: { RESULT_CLASS_SUCCESS: 610, RESULT_CLASS_NO_ANSWER: 1420, RESULT_CLASS_BUSY: 402, RESULT_CLASS_INVALID: 188, RESULT_CLASS_ABANDONED: 21 }, dispositions: { sale: 96, no: 312, dear: 74, again: 128 }, refusals: { outside_hours: 42, dnc_tenant: 17, cap_person: 9 }, sales: { currency: "UAH", micros: "182400000000" }, interviews: 604, machines: 412, machines_checked: 20, machines_mistaken: 1 };
const list = (id: string, name: string, extra: Partial<T.ContactList> = {}): T.ContactList => ({ id, campaign_id: "cm-1", name, weight: 1, imported_at: f.ago(90_000), rows: 5000, contacts: 4938, bad_rows: 62, by_state: { ready: 4120, dialling: 14, done: 804 }, rows_expected: 5000, importing: false, resting: false, ...extra });
let lists = [list("ls-1", "Клиенты, июнь", { weight: 3 }), list("ls-2", "missed", { bad_rows: 0, contacts: 31, by_state: { ready: 4, done: 27 } }), list("ls-3", "Партнёры", { importing: true, rows: 210_000, rows_expected: 500_000 }), list("ls-4", "Старая база", { resting: true })];
const attempt = (at: number, extra: Partial<T.Attempt> = {}): T.Attempt => ({ id: `at-${at}`, campaign_id: "cm-1", contact_id: "", number: `+38067123${1000 + at}`, at: f.ago(at * 17), reason: "allowed", pack_id: "UA", call_id: `c-${at}`, agent_id: "p-maria", result: "RESULT_CLASS_SUCCESS", disposition: "sale", bridged_at: f.ago(at * 17), ended_at: f.ago(at * 17 - 130), answered_by: "", ...extra });
const attempts = [attempt(1, { result: "RESULT_CLASS_UNSPECIFIED", disposition: "" }), attempt(2), attempt(3, { reason: "outside_hours", call_id: "", agent_id: "", disposition: "" }), attempt(4, { result: "RESULT_CLASS_BUSY", disposition: "", agent_id: "" }), attempt(5, { disposition: "dear", result: "RESULT_CLASS_REFUSAL" })];
const card: T.Card = { campaign_id: "cm-3", campaign_name: "Пропущенные ночью", contact_id: "ct-1", number: "+380671234567", name: "Дмитро Коваленко", fields: { Договор: "7714", Город: "Київ" }, attempts: 2, callback: false, script: spring.script, questions: spring.questions, dispositions: spring.dispositions, answers: {}, disposition: "", note: "Просил звонить после обеда", attempt_id: "at-1", currency: "UAH" };

export const CAMPAIGN_ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ["GET", /^\/billing\/campaigns\/[^/]+\/cost$/, () => ({ work: { calls: "3120", contacts: "874", talk_seconds: "48120", agent_seconds: "60000", sales: "96", cost: { currency: "UAH", micros: "1240500000" } } })],
  ["GET", /^\/campaigns$/, () => ({ campaigns })],
  ["POST", /^\/campaigns$/, (_, body) => {
    const made = { ...(body["campaign"] as T.Campaign), id: `cm-${campaigns.length + 1}`, rev: 1, state: "CAMPAIGN_STATE_DRAFT" as const };
    campaigns = [...campaigns, made];
    return { campaign: made };
  }],
  ["PUT", /^\/campaigns\/([^/]+)$/, ([, id], body) => {
    const made = { ...(body["campaign"] as T.Campaign), id: id ?? "", rev: 99 };
    campaigns = campaigns.map((one) => (one.id === id ? made : one));
    return { campaign: made };
  }],
  ["POST", /^\/campaigns\/([^/]+)\/state$/, ([, id], body) => {
    campaigns = campaigns.map((one) => (one.id === id ? { ...one, state: body["state"] as T.CampaignState } : one));
    return { campaign: campaigns.find((one) => one.id === id) };
  }],
  ["GET", /^\/campaigns\/([^/]+)\/status$/, ([, id]) => ({ status: { ...status(), state: campaigns.find((one) => one.id === id)?.state ?? "CAMPAIGN_STATE_DRAFT" } })],
  ["GET", /^\/campaigns\/[^/]+\/report$/, () => ({ report })],
  ["GET", /^\/campaigns\/[^/]+\/attempts$/, () => ({ attempts: demo === "calm" ? [] : attempts, next: "" })],
  ["GET", /^\/campaigns\/[^/]+\/lists$/, () => ({ lists: demo === "calm" ? [] : lists })],
  ["POST", /^\/campaigns\/[^/]+\/lists\/preview$/, () => ({ headings: ["Телефон", "ПІБ", "Договор"], columns: { phone: "Телефон", name: "ПІБ" }, rows: [{ line: 2, cells: ["0671234567", "Дмитро Коваленко", "7714"], reason: "" }, { line: 3, cells: ["12.03.2024", "Марія", "7715"], reason: "a_date" }] })],
  ["POST", /^\/campaigns\/[^/]+\/lists$/, () => ({ list: lists[0] })],
  ["PUT", /^\/contact-lists\/([^/]+)$/, ([, id], body) => {
    lists = lists.map((one) => (one.id === id ? { ...one, ...(body["list"] as Partial<T.ContactList>) } : one));
    return { list: lists.find((one) => one.id === id) };
  }],
  ["POST", /^\/contact-lists\/[^/]+\/recycle$/, () => ({ contacts: 412 })],
  ["GET", /^\/contact-lists\/[^/]+\/bad-rows$/, () => ({ rows: [{ line: 3, reason: "a_date", cell: "12.03.2024" }] })],
  ["GET", /^\/do-not-call$/, () => ({ numbers: blank ? [] : [{ number: "+380671234500", at: f.ago(8000), source: "key" }, { number: "+380671234501", at: f.ago(90_000), source: "import" }, { number: "+380671234502", at: f.ago(500_000), source: "sms" }], next: "" })],
  ["POST", /^\/do-not-call$/, () => ({ added: 1, unreadable: [] })],
  ["GET", /^\/policy-packs$/, () => ({ packs: [{ id: "strict", title: "Strict default", since: "2000-01-01", sources: ["House rule"] }, { id: "UA-debt", title: "Ukraine: debt collection", since: "2021-07-14", sources: ["Law 1349-IX, art. 25"] }] })],
  ["GET", /^\/me\/campaigns$/, () => ({ campaigns: demo === "dial" || demo === "looks" ? [{ id: "cm-3", name: "Пропущенные ночью", mode: "MODE_PREVIEW", preview_id: "" }] : [] })],
  ["POST", /^\/campaigns\/[^/]+\/preview$/, () => ({ preview: { id: "pv-1", card, skips_left: demo === "looks" ? 0 : 2, until: f.ago(-95) } })],
  ["POST", /^\/previews\/[^/]+\/dial$/, () => ({ attempt: attempts[0] })],
  ["GET", /^\/calls\/[^/]+\/card$/, () => (demo === "script" ? { card } : undefined)],
  ["POST", /^\/calls\/[^/]+\/result$/, () => ({ attempt: attempts[1] })],
];
