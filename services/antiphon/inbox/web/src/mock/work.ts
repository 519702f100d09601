/** Rules of distribution, waits told step by step, callbacks, tickets. `?demo=nowork|empty|alarm` show other faces. */
import type * as T from "../api/types.gen";
import { emit } from "./desk";
import * as f from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = typeof location === "undefined" ? "" : (new URLSearchParams(location.search).get("demo") ?? "");
const blank = demo === "empty";

let policy: T.Policy = blank ? { rev: 0, blocking: [], capacity: {}, breaks: [], profiles: [], callback_tries: 0 } : {
  rev: 4, capacity: { chat: 4 }, blocking: [{ wants: "chat", waits_for: ["voice", "task"] }], no_answer_delay: "60s", callback_tries: 3, callback_retry: "600s",
  breaks: [{ code: "lunch", title: "Обед", paid: false }, { code: "rest", title: "Короткий отдых", paid: true }, { code: "training", title: "Обучение", paid: true }],
  profiles: [{ name: "Дневная смена", queue_ids: ["q-support", "q-returns"] }, { name: "Вечер", queue_ids: ["q-support", "q-chats"] }],
};

const step = (what: string, back: number, part: Partial<T.WaitStep> = {}): T.WaitStep => ({ at: f.ago(back), item_id: "w-told", what, agent_id: "", queue_id: "q-support", why_not: {}, waits_because: {}, position: 0, facts: {}, ...part });
const steps: T.WaitStep[] = [
  step("WorkQueued", 620, { position: 3 }),
  step("waits", 620, { position: 3, waits_because: { busy: 4, not_ready: 1, tier_closed: 2 } }),
  step("RoutingWidened", 590, { facts: { step: "1", queues: "q-support,q-returns", skills: "uk:3" } }),
  step("WorkOffered", 575, { agent_id: "p-maria", position: 1, decision: { rule: "longest_idle", position: 1, waited: "45s", facts: { "skill.uk": "5/3" }, runners_up: [] }, why_not: { "p-ihor": "busy", "p-anna": "skill_missing", "p-taras": "busy", "p-james": "not_ready" } }),
  step("OfferEnded", 555, { agent_id: "p-maria", facts: { how: "rang_out" } }),
  step("waits", 555, { position: 1, waits_because: { busy: 4, not_responding: 1, not_ready: 1 } }),
  step("WorkOffered", 540, { agent_id: "p-ihor", decision: { rule: "longest_idle", position: 1, waited: "80s", facts: { "skill.uk": "4/3" }, runners_up: [{ agent_id: "p-anna", why_not: "key" }] }, why_not: { "p-maria": "not_responding", "p-taras": "busy" } }),
  step("OfferEnded", 534, { agent_id: "p-ihor", facts: { how: "accepted" } }),
  step("WorkAccepted", 534, { agent_id: "p-ihor", facts: { waited_ms: "86000" } }),
  step("WrapUpStarted", 240, { agent_id: "p-ihor" }),
  step("WorkCompleted", 205, { agent_id: "p-ihor", facts: { talk_ms: "294000", disposition: "solved", how: "by_agent" } }),
];

const item = (id: string, contact_id: string, due: number, part: Partial<T.WorkItem> = {}): T.WorkItem => ({ id, queue_id: "q-support", channel: "callback", state: due > 0 ? "ITEM_STATE_SCHEDULED" : "ITEM_STATE_WAITING", priority: 0, enqueued_at: f.ago(-due), agent_id: "", since: f.ago(-due), subject: `contact:${contact_id}`, contact_id, disposition: "", callback: true, tries: 0, ...(due > 0 ? { due_at: f.ago(-due) } : {}), ...part });
let callbacks: T.Callback[] = blank || demo === "nowork" ? [] : [
  { item: item("cb-1", "k-c-1", 780), agent_id: f.ME }, { item: item("cb-2", "k-c-2", 0, { tries: 1 }), agent_id: "" }, { item: item("cb-3", "k-c-3", 90_000), agent_id: "p-ihor" },
];
const tell = (type: string, told: T.WorkItem) => emit(`acd.v1.${type}`, { item: told });
const found = (id: string | undefined) => callbacks.find((one) => one.item?.id === id);

let bans: T.Ban[] = blank ? [] : [
  { address: "203.0.113.77", user: "svitanok-204", why: "password", since: f.ago(120), until: f.ago(-180), tenant_id: "t-1" },
  { address: "2001:db8:85a3::8a2e:370:7334", user: "admin'; DROP TABLE users; -- a very long name that a stranger has made up to see what happens", why: "unknown", since: f.ago(240), until: f.ago(-60), tenant_id: "" },
];
let subscriber: T.Subscriber = { person_id: "pe-9", rev: 3, company: "Клімат-центр «Дніпро»", name: "Оксана Шевченко", extension: "301", forward_ending: "4567" };
const tickets: T.SecurityTicket[] = blank ? [] : [
  { id: "st-1", opened_at: f.ago(8000), opened_by: `person:${f.ME}`, reason: "Звонки на Кубу ночью со склада", account_ids: ["sa-2", "sa-3"], due_at: f.ago(-600_000), evidence: [{ title: "Журнал телефона", text: "REGISTER from 203.0.113.77:5060\nUser-Agent: friendly-scanner", added_at: f.ago(7000) }] },
  { id: "st-2", opened_at: f.ago(4_000_000), opened_by: "person:p-nadiia", reason: "Пароль переслан по почте", account_ids: ["sa-1"], due_at: f.ago(2_000_000), evidence: [] },
];

export const WORK_ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ["GET", /^\/work-policy$/, () => ({ policy })],
  ["PUT", /^\/work-policy$/, (_, body) => ({ policy: (policy = { ...(body["policy"] as T.Policy), rev: policy.rev + 1 }) })],
  ["GET", /^\/waits\/([^/]+)$/, () => ({ steps: blank ? [] : steps, cut: false })],
  ["GET", /^\/work\/(w-in\d+)\/explain$/, () => ({ decision: { rule: "longest_idle", position: 1, waited: "17s", facts: { "skill.uk": "5/3" }, runners_up: [{ agent_id: "p-ihor", why_not: "key" }] } })],
  ["GET", /^\/queues\/q-support\/waiting$/, () => (demo === "calls" ? { items: [item("cb-2", "k-c-2", 0), { ...item("w-v1", "k-c-1", 0), channel: "voice", subject: "call:v1", callback: false, enqueued_at: f.ago(44) }] } : undefined)],
  ["GET", /^\/callbacks$/, () => ({ callbacks })],
  ["POST", /^\/callbacks$/, (_, body) => {
    const made = { ...item(`cb-${callbacks.length + 4}`, String(body["contact_id"]), 60, { queue_id: String(body["queue_id"]) }), due_at: String(body["at"]) };
    callbacks = [...callbacks, { item: made, agent_id: body["mine"] ? f.ME : "" }];
    return { callback: callbacks.at(-1) };
  }],
  ["PUT", /^\/callbacks\/([^/]+)$/, ([, id], body) => {
    const one = found(id);
    if (one?.item) one.item = { ...one.item, due_at: String(body["at"]), state: "ITEM_STATE_SCHEDULED" };
    return { callback: one };
  }],
  ["POST", /^\/callbacks\/([^/]+)\/drop$/, ([, id]) => {
    const one = found(id);
    callbacks = callbacks.filter((known) => known !== one);
    if (one?.item) tell("WorkAbandoned", { ...one.item, state: "ITEM_STATE_ABANDONED" });
    return { item: one?.item };
  }],
  ["POST", /^\/work\/(cb-\d+)\/pull$/, ([, id]) => {
    const one = found(id);
    if (one?.item) one.item = { ...one.item, state: "ITEM_STATE_CONNECTED", agent_id: f.ME, since: f.ago(0) };
    return { item: one?.item };
  }],
  ["PUT", /^\/me\/queues$/, (_, body) => {
    const names = (body["profile"] ? policy.profiles.find((one) => one.name === body["profile"])?.queue_ids : (body["queue_ids"] as string[] | undefined)) ?? ["q-support", "q-returns"];
    return { agent: { ...f.agents[0], queue_ids: names } };
  }],
  ["POST", /^\/queues\/([^/]+)\/empty$/, () => ({})],
  ["POST", /^\/work\/([^/]+)\/assign$/, () => ({})],
  ["GET", /^\/security-tickets$/, () => ({ tickets })],
  ["GET", /^\/voice\/bans$/, () => ({ bans, nodes: ["10.0.0.1:5070", "10.0.0.2:5070"], expected: 2 })],
  ["POST", /^\/voice\/bans\/lift$/, (_, body) => {
    bans = bans.filter((one) => one.user !== body["user"] || one.address !== body["address"]);
    return { nodes: ["10.0.0.1:5070", "10.0.0.2:5070"], expected: 2 };
  }],
  ["POST", /^\/support\/find$/, () => ({ subscriber })],
  ["POST", /^\/support\/forward$/, (_, body) => {
    subscriber = { ...subscriber, rev: subscriber.rev + 1, forward_ending: String(body["forward_to"] ?? "").slice(-4) };
    return { subscriber };
  }],
  ["POST", /^\/security-tickets\/([^/]+)\/evidence$/, ([, id], body) => {
    const ticket = tickets.find((one) => one.id === id);
    const evidence = body["evidence"] as T.Evidence | undefined;
    if (ticket && evidence) ticket.evidence = [...ticket.evidence, { ...evidence, added_at: f.ago(0) }];
    if (ticket && body["due_at"]) ticket.due_at = String(body["due_at"]);
    return { ticket };
  }],
];
