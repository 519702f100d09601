/** Tags, canned answers, macros, norms and actions, with a memory. `?demo=empty` has none; `?demo=window` a closed window. */
import type * as T from "../api/types.gen";
import { changeConversation, emit, knownConversation, Refused } from "./desk";
import * as f from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = typeof location === "undefined" ? "" : (new URLSearchParams(location.search).get("demo") ?? "");
const blank = demo === "empty";

export const tags: T.Tag[] = blank ? [] : [
  { id: "tg-1", rev: 1, name: "Монтаж", colour: "blue" }, { id: "tg-2", rev: 1, name: "Гарантия", colour: "green" }, { id: "tg-3", rev: 1, name: "Возврат денег", colour: "amber" },
  { id: "tg-4", rev: 1, name: "Жалоба", colour: "rose" }, { id: "tg-5", rev: 1, name: "Ждём запчасти со склада в Харькове", colour: "violet" },
];
const canned: T.CannedAnswer[] = blank ? [] : [
  { id: "ca-1", rev: 1, name: "Приветствие", shortcut: "привет", text: "Здравствуйте, {customer.first_name|уважаемый клиент}! Меня зовут {agent.first_name}.", sharing: "SHARING_EVERYBODY", group_id: "", owner_id: "" },
  { id: "ca-2", rev: 1, name: "Сроки возврата", shortcut: "возврат", text: "Деньги возвращаются на карту за 3–5 рабочих дней. Номер обращения {conversation.no}.", sharing: "SHARING_EVERYBODY", group_id: "", owner_id: "" },
  { id: "ca-3", rev: 1, name: "Моя подпись", shortcut: "", text: "С уважением, {agent.name}", sharing: "SHARING_PERSONAL", group_id: "", owner_id: f.ME },
];
const macros: T.Macro[] = blank ? [] : [
  { id: "mc-1", rev: 1, name: "Ждём запчасть: ответить и отложить на сутки", actions: [{ send_text: "Деталь едет со склада, напишем завтра." }, { add_tag_id: "tg-5" }, { snooze: { for: "86400s" } }], sharing: "SHARING_EVERYBODY", group_id: "", owner_id: "" },
  { id: "mc-2", rev: 1, name: "Возврат оформлен", actions: [{ send_text: "Возврат оформлен, {customer.first_name}." }, { add_tag_id: "tg-3" }, { close: { disposition: "r1" } }], sharing: "SHARING_EVERYBODY", group_id: "", owner_id: "" },
];
const policies: T.SlaPolicy[] = blank ? [] : [
  { id: "sl-1", rev: 2, name: "Срочные", enabled: true, place: 0, queue_ids: [], channels: [], priorities: ["PRIORITY_URGENT"], first_reply: "120s", next_reply: "300s", resolution: "7200s", warn_percent: 50, calendar_id: "", pause_snoozed: false, pause_answered: true },
  { id: "sl-2", rev: 1, name: "Почта", enabled: true, place: 1, queue_ids: ["q-support"], channels: ["email"], priorities: [], first_reply: "14400s", resolution: "172800s", warn_percent: 75, calendar_id: "cal-office", pause_snoozed: true, pause_answered: true },
  { id: "sl-3", rev: 1, name: "Чаты", enabled: false, place: 2, queue_ids: [], channels: ["webchat", "telegram", "whatsapp", "viber"], priorities: [], first_reply: "60s", warn_percent: 75, calendar_id: "", pause_snoozed: true, pause_answered: true },
];
let blocks: T.Block[] = blank ? [] : [
  { id: "bl-1", channel: "telegram", contact_id: "k-9", contact_name: "Best Offers 24/7", by_id: f.ME, at: f.ago(86_000), refused: 41 }, { id: "bl-2", channel: "", contact_id: "k-10", contact_name: "", by_id: "p-ihor", at: f.ago(900_000), refused: 3 },
];
const templates: T.Template[] = [
  { name: "order_update", language: "ru", category: "UTILITY", header: "Заказ {{1}}", body: "Здравствуйте, {{1}}. Ваш заказ {{2}} готов к выдаче.", footer: "Світанок", buttons: ["Спасибо"], gaps: ["header.1", "body.1", "body.2"], why_not: "" },
  { name: "come_back", language: "uk", category: "MARKETING", header: "", body: "Вітаємо! Маємо відповідь на ваше питання. Напишіть нам, щоб продовжити.", footer: "", buttons: [], gaps: [], why_not: "" },
];

let count = 0;
function record<R extends { id: string; rev: number }>(list: R[], what: string, prefix: string, given: unknown): R {
  const next = given as R;
  const place = list.findIndex((one) => one.id === next.id);
  count += 1;
  const saved = { ...next, id: next.id || `${prefix}-new${count}`, rev: (next.rev || 0) + 1 };
  if (place >= 0) list[place] = saved;
  else list.push(saved);
  emit("channels.v1.WorkbenchChanged", { what });
  return saved;
}
const drop = <R extends { id: string }>(list: R[], id: string | undefined) => {
  const place = list.findIndex((one) => one.id === id);
  if (place >= 0) list.splice(place, 1);
  return {};
};

function does(id: string, action: T.Action): void {
  const it = knownConversation(id);
  if (action.add_tag_id) changeConversation(id, { tags: [...new Set([...it.tags, action.add_tag_id])] });
  else if (action.remove_tag_id) changeConversation(id, { tags: it.tags.filter((one) => one !== action.remove_tag_id) });
  else if (action.set_priority) changeConversation(id, { priority: action.set_priority });
  else if (action.snooze) {
    const { snooze_until: _old, ...rest } = it;
    changeConversation(id, { ...rest, status: "CONVERSATION_STATUS_SNOOZED", work_id: "", ...(action.snooze.until ? { snooze_until: action.snooze.until } : {}) });
  } else if (action.wake) changeConversation(id, { status: "CONVERSATION_STATUS_OPEN", assignee_id: f.ME });
  else if (action.assign_person_id) changeConversation(id, { assignee_id: action.assign_person_id === "me" ? f.ME : action.assign_person_id, status: "CONVERSATION_STATUS_OPEN" });
  else if (action.close ?? action.spam) changeConversation(id, { status: "CONVERSATION_STATUS_CLOSED", spam: Boolean(action.spam) });
}

export const BENCH_ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ["POST", /^\/conversation-actions$/, (_, body) => {
    const asked = body as unknown as T.ActRequest;
    const actions = (asked.macro_id ? macros.find((one) => one.id === asked.macro_id)?.actions : asked.actions) ?? [];
    return { results: (asked.conversation_ids ?? []).map((id) => {
      actions.forEach((action) => does(id, action));
      return { conversation_id: id, reason: "", done: actions.length, conversation: knownConversation(id) };
    }) };
  }],
  ["GET", /^\/tags$/, () => ({ tags })],
  ["POST", /^\/tags$/, (_, body) => ({ tag: record(tags, "tags", "tg", body["tag"]) })],
  ["PUT", /^\/tags\/([^/]+)$/, (_, body) => ({ tag: record(tags, "tags", "tg", body["tag"]) })],
  ["DELETE", /^\/tags\/([^/]+)$/, ([, id]) => drop(tags, id)],
  ["GET", /^\/canned-answers$/, () => ({ answers: canned })],
  ["POST", /^\/canned-answers$/, (_, body) => ({ answer: record(canned, "canned", "ca", body["answer"]) })],
  ["PUT", /^\/canned-answers\/([^/]+)$/, (_, body) => ({ answer: record(canned, "canned", "ca", body["answer"]) })],
  ["DELETE", /^\/canned-answers\/([^/]+)$/, ([, id]) => drop(canned, id)],
  ["GET", /^\/macros$/, () => ({ macros })],
  ["POST", /^\/macros$/, (_, body) => ({ macro: record(macros, "macros", "mc", body["macro"]) })],
  ["PUT", /^\/macros\/([^/]+)$/, (_, body) => ({ macro: record(macros, "macros", "mc", body["macro"]) })],
  ["DELETE", /^\/macros\/([^/]+)$/, ([, id]) => drop(macros, id)],
  ["GET", /^\/sla-policies$/, () => ({ policies })],
  ["POST", /^\/sla-policies$/, (_, body) => ({ policy: record(policies, "sla", "sl", body["policy"]) })],
  ["PUT", /^\/sla-policies\/([^/]+)$/, (_, body) => ({ policy: record(policies, "sla", "sl", body["policy"]) })],
  ["DELETE", /^\/sla-policies\/([^/]+)$/, ([, id]) => drop(policies, id)],
  ["GET", /^\/blocks$/, () => ({ blocks })],
  ["DELETE", /^\/blocks\/([^/]+)$/, ([, id]) => {
    blocks = blocks.filter((one) => one.id !== id);
    return {};
  }],
  ["GET", /^\/channels\/([^/]+)\/templates$/, ([, id]) => ({ templates: id === "ch-whatsapp" || demo === "window" ? templates : [] })],
  ["GET", /^\/me\/mentions$/, () => ({ mentions: mentions() })],
  ["POST", /^\/me\/mentions\/seen$/, () => ({})],
  ["PUT", /^\/conversations\/([^/]+)\/scheduled$/, ([, id = ""], body) => {
    const message = body["message"] as T.ScheduledMessage;
    const it = knownConversation(id);
    return { conversation: changeConversation(id, { scheduled: [...it.scheduled.filter((one) => one.id !== message.id), { ...message, author: `person:${f.ME}`, failure: "" }] }) };
  }],
  ["POST", /^\/conversations\/([^/]+)\/scheduled\/cancel$/, ([, id = ""], body) => {
    const it = knownConversation(id);
    if (!it.scheduled.some((one) => one.id === body["id"])) throw new Refused(409, "GONE");
    return { conversation: changeConversation(id, { scheduled: it.scheduled.filter((one) => one.id !== body["id"]) }) };
  }],
];

/** A colleague has named me in two conversations. */
export function mentions(): T.Mention[] {
  if (blank) return [];
  return ["c-4", "c-5"].map((id, index) => {
    const conversation = knownConversation(id);
    const message = { ...(conversation.last_message as T.Message), conversation_id: id, seq: 90 + index, kind: "MESSAGE_KIND_NOTE" as const, author: "person:p-ihor", author_name: "Игорь Бондарь", text: "@Оксана Мельник посмотри, пожалуйста, счёт", at: f.ago(600 * (index + 1)) };
    return { conversation, message, seen: index > 0 };
  });
}
