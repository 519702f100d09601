/** Customers with a history on several channels, for looking at the pages without a backend. */
import type * as T from "../api/types.gen";
import { ago, conversations, ME, messages } from "./fixtures";

const card = (id: string, name: string, channel: string, value: string, extra: Partial<T.Contact> = {}): T.Contact => ({
  id, rev: 2, name, language: "uk", time_zone: "Europe/Kyiv", phones: [], emails: [], company: "", notes: "", attributes: {}, created_at: ago(9_000_000),
  identities: [{ channel, namespace: "", value, verified: channel === "whatsapp" }], merged_into: "", root_id: "", merged_by: "", merged_why: "", blocked: false, blocked_why: "", ...extra,
});
const main = card("k-1", "Дмитрий Коваленко", "telegram", "@d_kovalenko", { phones: ["+380671234567"], emails: ["d.kovalenko@windnorth.example"], company: "«Северный ветер»", notes: "Звонить после 10:00.", attributes: { plan: "gold", since: "2024-05-31" } });
const site = card("k-2", "Дмитро", "webchat", "visitor-4481", { merged_into: "k-1", root_id: "k-1", merged_at: ago(90_000), merged_by: `person:${ME}`, merged_why: "Той самий телефон" });
const call = card("k-3", "", "phone", "+380671234567", { phones: ["+380671234567"] });
const blocked = card("k-4", "Ольга Шевченко", "viber", "vibr==", { blocked: true, blocked_why: "спам" });
const fields: T.ContactField[] = [{ key: "plan", label: "Тариф", kind: "FIELD_KIND_CHOICE", choices: ["gold", "silver"] }, { key: "since", label: "Клиент с", kind: "FIELD_KIND_DATE", choices: [] }];
let members = [site];
let suggestions: T.MergeSuggestion[] = [{ contact: main, other: call, reasons: [{ likeness: "LIKENESS_PHONE", value: "…671234567" }], sureness: 80 }];
const whole = (): T.Contact => ({ ...main, identities: [...main.identities, ...members.flatMap((one) => one.identities)] });
const notes: T.ContactNote[] = [{ id: "cn-1", rev: 1, contact_id: "k-1", call_id: "", text: "Просит счёт до 12:00, бухгалтер уходит рано.", author: `person:${ME}`, at: ago(5000) }];
const said = () => [...conversations].flatMap((one) => (messages[one.id] ?? []).map((message) => ({ ...message, conversation_id: one.id }))).sort((a, b) => Date.parse(b.at ?? "") - Date.parse(a.at ?? ""));

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const own = (id: string | undefined) => /^k-[1-4]$/.test(id ?? "");
export const CUSTOMER_ANSWERS: Array<[string, RegExp, Answer]> = [
  ["GET", /^\/contacts$/, (_, _body, url) => ({ contacts: [main, call, blocked].filter((one) => one.name.toLowerCase().includes((url.searchParams.get("query") ?? "").toLowerCase())), next: "" })],
  ["GET", /^\/contacts\/([^/]+)$/, ([, id]) => (own(id) ? { contact: id === "k-4" ? blocked : main, members: id === "k-4" ? [] : members, whole: id === "k-4" ? blocked : whole() } : undefined)],
  ["GET", /^\/contacts\/([^/]+)\/messages$/, ([, id]) => ({ messages: id === "k-1" ? said() : [], conversations, next: "" })],
  ["GET", /^\/contacts\/([^/]+)\/notes$/, ([, id]) => ({ notes: id === "k-1" ? notes : [], next: "" })],
  ["POST", /^\/contact-notes$/, (_, body) => {
    const note = { id: `cn-${notes.length + 1}`, rev: 1, author: `person:${ME}`, at: ago(0), ...(body["note"] as object) } as T.ContactNote;
    notes.unshift(note);
    return { note };
  }],
  ["POST", /^\/contacts\/([^/]+)\/unmerge$/, ([, id]) => {
    members = members.filter((one) => one.id !== id);
    return { contact: site, members: [], whole: site };
  }],
  ["POST", /^\/contacts\/([^/]+)\/merge$/, () => {
    members = [...members, { ...call, merged_into: "k-1", root_id: "k-1", merged_at: ago(0), merged_by: `person:${ME}` }];
    suggestions = [];
    return { contact: main, members, whole: whole() };
  }],
  ["POST", /^\/contacts\/([^/]+)\/unlike$/, () => {
    suggestions = [];
    return {};
  }],
  ["GET", /^\/merge-suggestions$/, () => ({ suggestions })],
  ["GET", /^\/contact-fields$/, () => ({ fields, rev: 1 })],
  ["GET", /^\/contact-matches$/, () => ({ contacts: [] })],
];
CUSTOMER_ANSWERS.push(["GET", /^\/search\/messages$/, (_, _body, url) => {
  const word = (url.searchParams.get("query") ?? "").toLowerCase();
  const hits = said().filter((one) => one.text.toLowerCase().includes(word)).map((message) => {
    const at = message.text.toLowerCase().indexOf(word);
    const pieces = [[message.text.slice(0, at), false], [message.text.slice(at, at + word.length), true], [message.text.slice(at + word.length), false]] as const;
    return { message, conversation: conversations.find((one) => one.id === message.conversation_id), excerpt: pieces.map(([text, hit]) => ({ text, hit })) };
  });
  return { hits, next: "", cut: false };
}]);
CUSTOMER_ANSWERS.push(
  ["GET", /^\/contacts\/([^/]+)\/consents$/, () => ({ consents: [{ id: "co-1", contact_id: "k-1", purpose: "PURPOSE_MARKETING", given_at: ago(900_000), source: "web form", author: "" }] })],
  ["GET", /^\/survey-policy$/, () => ({ policy: { rev: 1, rules: [{ channel_id: "", queue_id: "q-support", ask: true, every_days: 30, question: {}, thanks: {} }] } })],
  ["GET", /^\/ratings$/, () => ({ ratings: [{ conversation_id: "c-1", no: 48213, contact_id: "k-1", contact_name: "Дмитрий Коваленко", channel: "telegram", queue_id: "q-support", agent_id: ME, rating: { asked_at: ago(900), answered_at: ago(800), score: 5, comment: "Быстро и по делу" } }], asked: 12, answered: 5, average: 4.4, satisfied: 0.8, counts: [0, 0, 1, 1, 3] })],
  ["GET", /^\/retention$/, () => ({ retention: { rev: 1, messages: 0, attachments: 365, recordings: 180, voicemails: 90, tenant_id: "t-1" } })],
);
