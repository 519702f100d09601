/**
 * A desk in mid-shift that answers back: offers ring, customers write, deliveries advance.
 * `?demo=wrap|timed|missed|break|nowork|away|moved|long|many|quiet` show its other faces.
 */
import { conversations as api } from "../api/api";
import type * as T from "../api/types.gen";
import { currentLook } from "../shell/look";
import * as f from "./fixtures";

const demo = typeof location === "undefined" ? "" : (new URLSearchParams(location.search).get("demo") ?? "");
const at = { ru: 0, uk: 1, en: 2 }[currentLook().language];
/** The same thing said in the language of the desk. */
const say = (ru: string, uk: string, en: string): string => [ru, uk, en][at] ?? en;
const person = (index: number) => f.people[index] as T.Person;

const results = (...titles: [ru: string, uk: string, en: string][]): T.Disposition[] => titles.map((title, index) => ({ code: `r${index + 1}`, title: say(...title), default: index === titles.length - 1 }));
const RESULTS = results(["Решено в чате", "Вирішено в чаті", "Solved in the chat"], ["Назначен выезд мастера", "Призначено виїзд майстра", "Visit scheduled"], ["Договорились перезвонить", "Домовилися передзвонити", "Call back agreed"], ["Передано второй линии", "Передано другій лінії", "Passed to the second line"], ["Итог не указан", "Підсумок не вказано", "No result given"]);

const kept: Record<string, T.Message[]> = {};
let stamp = 0;
function words(conversation: string, direction: T.Direction, text: string, back: number, extra: Partial<T.Message> = {}): T.Message {
  const list = (kept[conversation] ??= []);
  stamp += 1;
  const out = direction === "DIRECTION_OUT";
  const message: T.Message = {
    conversation_id: conversation, seq: (list.at(-1)?.seq ?? 0) + 1, client_id: `mock-${stamp}`, kind: "MESSAGE_KIND_TEXT", direction, author: direction === "DIRECTION_IN" ? "customer" : `person:${f.ME}`, author_name: direction === "DIRECTION_IN" ? "" : person(0).name,
    text, attachments: [], at: f.ago(back), deleted: false, delivery: out ? "DELIVERY_READ" : "DELIVERY_UNSPECIFIED", failure: "", group_id: "", options: [], event: "", facts: {}, rev: 1, reply_to_client_id: "", mention_ids: [], ...extra,
  };
  list.push(message);
  return message;
}
const IN = "DIRECTION_IN", OUT = "DIRECTION_OUT", INTERNAL = "DIRECTION_INTERNAL";
const event = (conversation: string, name: string, back: number, extra: Partial<T.Message> = {}) => words(conversation, INTERNAL, "", back, { kind: "MESSAGE_KIND_EVENT", event: name, author: "system", author_name: "", ...extra });
const by = (index: number): Partial<T.Message> => ({ author: `person:${person(index).id}`, author_name: person(index).name });
const DAY = 86_400;

function history(): void {
  const d = "c-1";
  if (demo === "long") for (let index = 0; index < 400; index += 1) words(d, index % 3 ? OUT : IN, `${index}. ${say("Раньше писали и об этом", "Раніше писали і про це", "Earlier we wrote about this too")} ${"… ".repeat(index % 17)}`, 40 * DAY - index * 3600);
  words(d, IN, say("Сколько стоит поставить два блока на второй этаж?", "Скільки коштує поставити два блоки на другий поверх?", "How much is it to fit two units on the second floor?"), 9 * DAY);
  words(d, OUT, say("Монтаж двух блоков: 48 600 ₴ с материалами. Записать вас на замер?", "Монтаж двох блоків: 48 600 ₴ з матеріалами. Записати вас на замір?", "Two units: ₴48,600 with materials. Shall we come and measure?"), 9 * DAY - 200, by(2));
  event(d, "closed", 9 * DAY - 900, by(2));
  words(d, IN, say("Акт по монтажу: расхождение в сумме. Фото и акт приложил.", "Акт монтажу: розбіжність у сумі. Фото й акт додав.", "The installation certificate: the sum differs. Photos and the certificate are here."), DAY + 2600, {
    attachments: [{ id: "a1", name: "blok-1.png", media_type: "image/png", size: 184_320, width: 480, height: 320 }, { id: "a2", name: "blok-2.png", media_type: "image/png", size: 201_000, width: 480, height: 320 }, { id: "a3", name: "akt-2214.pdf", media_type: "application/pdf", size: 412_672, width: 0, height: 0 }],
  });
  words(d, OUT, say("Сверили: ошибка в строке 3, исправленный акт здесь https://windnorth.example/akt/2214", "Звірили: помилка в рядку 3, виправлений акт тут https://windnorth.example/akt/2214", "Checked: line 3 was wrong, the corrected one is here https://windnorth.example/akt/2214"), DAY + 1200, { ...by(1), edited_at: f.ago(DAY + 1000) });
  words(d, OUT, say("Чем помочь?", "Чим допомогти?", "How can we help?"), 1020, { kind: "MESSAGE_KIND_MENU", author: "scheme", author_name: "", options: [{ key: "1", label: say("Монтаж", "Монтаж", "Installation") }, { key: "2", label: say("Гарантия", "Гарантія", "Warranty") }, { key: "3", label: say("Счета", "Рахунки", "Invoices") }] });
  words(d, IN, say("Гарантия", "Гарантія", "Warranty"), 1000);
  event(d, "queued", 998, { facts: { queue_id: "q-support" } });
  event(d, "accepted", 940, by(0));
  words(d, IN, say("Добрый день. Мастер вчера не приехал. Гарантия ещё действует?", "Доброго дня. Майстер учора не приїхав. Гарантія ще діє?", "Good afternoon. The engineer did not come yesterday. Is the warranty still valid?"), 900);
  words(d, OUT, say("Здравствуйте, Дмитрий! Да, гарантия до 14 марта 2027 года. Сейчас узнаю, когда будет мастер, и напишу.", "Вітаю, Дмитре! Так, гарантія до 14 березня 2027 року. Зараз дізнаюся, коли буде майстер, і напишу.", "Hello Dmytro, yes, the warranty runs until 14 March 2027. I will find out when the engineer comes and write to you."), 720);
  words(d, INTERNAL, say(`@${person(1).name} кто из бригады был в четверг? Клиент ждёт точное время.`, `@${person(1).name} хто з бригади був у четвер? Клієнт чекає на точний час.`, `@${person(1).name} who of the crew was there on Thursday? The customer waits for the exact time.`), 600, { kind: "MESSAGE_KIND_NOTE" });
  words(d, IN, say("Хорошо, жду. Второй блок шумит ночью.", "Добре, чекаю. Другий блок шумить уночі.", "All right, I wait. The second unit is noisy at night."), 75);
  const a = "c-2";
  words(a, IN, say("Здравствуйте, оформила возврат", "Вітаю, оформила повернення", "Hello, I have filed a return"), 300);
  words(a, OUT, say("Здравствуйте, Анна! Вижу заявку № 7716.", "Вітаю, Анно! Бачу заявку № 7716.", "Hello Anna, I see request no. 7716."), 240);
  words(a, IN, say("Сервис отличный", "Сервіс чудовий", "Great service so far"), 130);
  words(a, IN, say("А когда вернутся деньги на карту?", "А коли повернуться гроші на картку?", "And when will the money be back on the card?"), 108);
  words("c-3", IN, say("Доброго дня, нужна замена: пришёл не тот цвет", "Доброго дня, потрібна заміна: прийшов не той колір", "Good afternoon, I need an exchange: the wrong colour came"), 41);
  words("c-4", IN, "Could you send the invoice for the filters?", 5400);
  words("c-4", OUT, "The invoice is attached, please check the VAT number.", 5100, { delivery: "DELIVERY_DELIVERED", attachments: [{ id: "a4", name: "invoice-1482.pdf", media_type: "application/pdf", size: 96_000, width: 0, height: 0 }] });
  words("c-5", IN, say("Счёт № 1482, нет печати", "Рахунок № 1482, немає печатки", "Invoice 1482 has no stamp"), 2400);
  words("c-5", OUT, say("Отправили с печатью", "Надіслали з печаткою", "Sent again with the stamp"), 2300, { delivery: "DELIVERY_FAILED", failure: say("Ящик получателя переполнен.", "Скринька отримувача переповнена.", "The mailbox is full.") });
  words("c-6", IN, say("Спасибо, всё понятно", "Дякую, усе зрозуміло", "Thank you, all clear"), 300);
  event("c-6", "closed", 49, by(0));
  for (const [id, ru, uk, en, back] of [["c-11", "Не приходит код подтверждения", "Не надходить код підтвердження", "The confirmation code does not come", 151], ["c-12", "Можно изменить адрес доставки?", "Чи можна змінити адресу доставки?", "Can I change the delivery address?", 96], ["c-13", "Курьер не дозвонился", "Кур’єр не додзвонився", "The courier could not reach me", 33]] as const) words(id, IN, say(ru, uk, en), back);
  for (const [id, ru, uk, en, back] of [["c-21", "Перенесли на 18 мая, с 9:00", "Перенесли на 18 травня, з 9:00", "Moved to 18 May, from 9:00", 9 * DAY], ["c-22", "Спасибо, работает", "Дякую, працює", "Thank you, it works", 3 * DAY], ["c-23", "Заказ получен", "Замовлення отримано", "The order has come", 7200]] as const) {
    words(id, IN, say(ru, uk, en), back);
    event(id, "closed", back - 60, by(0));
  }
}
history();

const known = new Map<string, T.Conversation>();
function open(id: string, no: number, contact_name: string, channel: string, queue_id: string, assignee_id: string, language: string, extra: Partial<T.Conversation> = {}): void {
  const list = kept[id] ?? [];
  const last = list.filter((one) => one.kind !== "MESSAGE_KIND_EVENT").at(-1);
  const firstUnanswered = list.slice(list.findLastIndex((one) => one.direction === OUT) + 1).find((one) => one.direction === IN);
  known.set(id, {
    id, rev: 1, no, contact_id: `k-${id}`, contact_name, channel_id: `ch-${channel}`, channel, status: assignee_id ? "CONVERSATION_STATUS_OPEN" : "CONVERSATION_STATUS_WAITING", queue_id, assignee_id, work_id: `w-${id}`,
    last_seq: list.at(-1)?.seq ?? 0, ...(last ? { last_message: last } : {}), created_at: list[0]?.at ?? f.ago(60), active_at: last?.at ?? f.ago(60), ...(firstUnanswered?.at ? { waiting_since: firstUnanswered.at } : {}),
    read: { [f.ME]: list.findLast((one) => one.direction !== IN)?.seq ?? 0 }, tags: [], disposition: "", project_id: "pr-1", language, subject: "", priority: "PRIORITY_NORMAL", follower_ids: [], scheduled: [], spam: false, unreachable: false, ...extra,
  });
}
const closed: Partial<T.Conversation> = { status: "CONVERSATION_STATUS_CLOSED", disposition: "r1", work_id: "" };
function desk(): void {
  const language = currentLook().language;
  open("c-1", 48213, say("Дмитрий Коваленко", "Дмитро Коваленко", "Dmytro Kovalenko"), "telegram", "q-support", f.ME, language, {
    tags: ["tg-1", "tg-2", "tg-5"], priority: "PRIORITY_URGENT",
    scheduled: [{ id: "s-1", author: `person:${f.ME}`, text: say("Напоминаю о визите мастера завтра с 9:00", "Нагадую про візит майстра завтра з 9:00", "A reminder: the engineer comes tomorrow from 9:00"), at: f.ago(-60_000), unless_reply: true, failure: "", attachment_ids: ["at-9"], attachment_names: ["Гарантія.pdf"] }],
    sla: { policy_id: "sl-1", clocks: [{ kind: "SLA_CLOCK_KIND_RESOLUTION", due_at: f.ago(-4200), warn_at: f.ago(-900), breached: false, left_s: 0 }] },
  });
  open("c-2", 48214, say("Анна Петренко", "Ганна Петренко", "Anna Petrenko"), "webchat", "q-returns", f.ME, language);
  open("c-3", 48215, say("Ольга Шевченко", "Ольга Шевченко", "Olha Shevchenko"), "whatsapp", "q-returns", "", "uk");
  open("c-4", 48190, "James Okafor", "telegram", "q-support", f.ME, "en", { priority: "PRIORITY_HIGH", tags: ["tg-3"], sla: { policy_id: "sl-1", clocks: [{ kind: "SLA_CLOCK_KIND_NEXT_REPLY", due_at: f.ago(-70), warn_at: f.ago(40), breached: false, left_s: 0 }] }, ...(new URLSearchParams(location.search).get("demo") === "window" ? { window_until: f.ago(4000) } : { window_until: f.ago(-5000) }) });
  open("c-5", 48177, say("Бухгалтерия «Лоза»", "Бухгалтерія «Лоза»", "“Loza” accounts"), "email", "q-support", f.ME, language, { sla: { policy_id: "sl-2", clocks: [{ kind: "SLA_CLOCK_KIND_FIRST_REPLY", due_at: f.ago(740), warn_at: f.ago(4000), breached: true, left_s: 0 }] } });
  open("c-6", 48181, say("Тарас Гнатюк", "Тарас Гнатюк", "Taras Hnatiuk"), "viber", "q-support", f.ME, language, { status: "CONVERSATION_STATUS_CLOSED" });
  open("c-7", 48120, say("Мебельная студия «Дуб»", "Меблева студія «Дуб»", "Oak Furniture Studio"), "email", "q-support", f.ME, language, { status: "CONVERSATION_STATUS_SNOOZED", work_id: "", snooze_until: f.ago(-56_000), tags: ["tg-5"] });
  open("c-11", 48216, say("Ирина Лысенко", "Ірина Лисенко", "Iryna Lysenko"), "telegram", "q-support", "", language);
  open("c-12", 48217, "Peter Novak", "webchat", "q-returns", "", "en");
  open("c-13", 48218, say("Гость 4481", "Гість 4481", "Guest 4481"), "webchat", "q-returns", "", language);
  open("c-21", 47001, say("Дмитрий Коваленко", "Дмитро Коваленко", "Dmytro Kovalenko"), "webchat", "q-support", f.ME, language, { ...closed, contact_id: "k-c-1", disposition: "r2" });
  open("c-22", 47950, say("Дмитрий Коваленко", "Дмитро Коваленко", "Dmytro Kovalenko"), "telegram", "q-support", "p-ihor", language, { ...closed, contact_id: "k-c-1" });
  open("c-23", 48101, "Anna Wójcik", "webchat", "q-returns", f.ME, "en", closed);
  if (demo === "many") for (let index = 0; index < 10_000; index += 1) {
    words(`c-${1000 + index}`, IN, say("Когда вернутся деньги?", "Коли повернуться гроші?", "When will the money be back?"), 60 + index);
    open(`c-${1000 + index}`, 50_000 + index, say(`Гость ${index}`, `Гість ${index}`, `Guest ${index}`), index % 3 ? "webchat" : "telegram", "q-support", f.ME, language);
  }
}
desk();

const work = new Map<string, T.WorkItem>();
function item(id: string, state: T.ItemState, since: number, agent_id: string, extra: Partial<T.WorkItem> = {}): void {
  const one = known.get(id) as T.Conversation;
  work.set(`w-${id}`, { id: `w-${id}`, queue_id: one.queue_id, channel: one.channel, state, priority: 0, enqueued_at: one.waiting_since ?? f.ago(since), agent_id, since: f.ago(since), subject: `conversation:${id}`, contact_id: one.contact_id, disposition: "", callback: false, tries: 0, ...extra });
}
const HELD = ["c-1", "c-2", "c-4", "c-5"];
const mode: T.WrapUpMode = demo === "timed" ? "WRAP_UP_MODE_TIMED" : "WRAP_UP_MODE_MANDATORY";
function furnish(): void {
  for (const one of f.queues) Object.assign(one, { dispositions: RESULTS, wrap_up: "WRAP_UP_MODE_OPTIONAL", target_time: "180s" });
  const [support, returns] = f.queues;
  if (support) Object.assign(support, { name: say("Поддержка", "Підтримка", "Support"), wrap_up: mode, wrap_up_limit: "90s" });
  if (returns) Object.assign(returns, { name: say("Возвраты", "Повернення", "Returns"), target_time: "120s" });
  HELD.forEach((id, index) => item(id, "ITEM_STATE_CONNECTED", 940, f.ME, { enqueued_at: f.ago(1000 - index * 60) }));
  for (const id of ["c-11", "c-12", "c-13"]) item(id, "ITEM_STATE_WAITING", 30, "");
  item("c-3", "ITEM_STATE_OFFERED", 2, "");
  if (demo === "wrap" || demo === "timed") item("c-6", "ITEM_STATE_WRAP", 49, f.ME, { wrap_up_ends_at: f.ago(-41), enqueued_at: f.ago(2000) });
  else known.set("c-6", { ...(known.get("c-6") as T.Conversation), ...closed });
  const me = f.agents[0] as T.Agent;
  Object.assign(me, { since: f.ago(252), capacity: { voice: 1, chat: 4, email: 5, task: 0 }, load: { voice: 0, chat: 3, email: 1, task: 0 }, wrapping: demo === "wrap" || demo === "timed" ? 1 : 0, queue_ids: ["q-support", "q-returns"] });
  if (demo === "missed") Object.assign(me, { state: "AGENT_STATE_NOT_RESPONDING", reason: "missed an offer" });
  if (demo === "break") Object.assign(me, { state: "AGENT_STATE_NOT_READY", reason: "after:lunch" });
  if (demo === "nowork") {
    Object.assign(me, { load: {} });
    for (const id of HELD) {
      known.delete(id);
      work.delete(`w-${id}`);
    }
  }
  if (demo === "lead") Object.assign(known.get("c-2") ?? {}, { unreachable: true, channel: "webchat" });
  f.conversations.splice(0, f.conversations.length, ...known.values());
  f.items.splice(0, f.items.length, ...work.values());
  f.offers.splice(0, f.offers.length);
  if (!["missed", "break", "nowork", "quiet", "wrap", "timed"].includes(demo)) f.offers.push(offerOf("c-3", 1, 2));
  if (!f.me.permissions.includes("contacts.write")) f.me.permissions.push("contacts.read", "contacts.write");
}
const RING = 30;
function offerOf(id: string, version: number, back = 0): T.Offer {
  return {
    item_id: `w-${id}`, version, agent_id: f.ME, offered_at: f.ago(back), expires_at: f.ago(back - RING),
    decision: { rule: "least_loaded", position: 1, waited: "41s", facts: { level: "1", key: "3", [`skill.${say("украинский", "українська", "Ukrainian")}`]: "5/3", [`skill.${say("возвраты", "повернення", "returns")}`]: "3/2" }, runners_up: [{ agent_id: "p-ihor", why_not: "key" }, { agent_id: "p-anna", why_not: "level" }] },
  };
}
furnish();

/* ---- what the server would tell ---- */
type Say = (frame: object) => void;
let tell: Say = () => undefined;
let n = 0;
const copy = <V>(value: V): V => JSON.parse(JSON.stringify(value)) as V;
export function emit(type: string, body: object): void {
  n += 1;
  tell({ n, e: { type: `antiphon.${type}`, body: { occurred_at: f.ago(0), ...copy(body) } } });
}
export const knownConversation = (id: string): T.Conversation => known.get(id) ?? (f.conversations.find((one) => one.id === id) as T.Conversation);
export const changeConversation = (id: string, with_: Partial<T.Conversation>): T.Conversation => change(id, with_);

function change(id: string, with_: Partial<T.Conversation>, quiet = false): T.Conversation {
  const one = known.get(id) as T.Conversation;
  Object.assign(one, with_, { rev: one.rev + 1 });
  if (!quiet) emit("channels.v1.ConversationChanged", { conversation: one });
  return one;
}
function changeItem(id: string, type: string, with_: Partial<T.WorkItem>): T.WorkItem | undefined {
  const one = work.get(`w-${id}`);
  if (!one) return undefined;
  Object.assign(one, with_, { since: f.ago(0) });
  emit(`acd.v1.${type}`, { item: one });
  return one;
}
function changeMe(with_: Partial<T.Agent>): T.Agent {
  const me = f.agents[0] as T.Agent;
  Object.assign(me, with_, with_.state || with_.reason !== undefined ? { since: f.ago(0) } : {});
  emit("acd.v1.AgentChanged", { agent: me });
  return me;
}
function hold(by_: number): void {
  const me = f.agents[0] as T.Agent;
  changeMe({ load: { ...me.load, chat: Math.max(0, (me.load["chat"] ?? 0) + by_) } });
}
function added(message: T.Message): void {
  const waiting = message.direction === IN ? { waiting_since: known.get(message.conversation_id)?.waiting_since ?? message.at ?? "" } : {};
  const one = change(message.conversation_id, { last_seq: message.seq, active_at: message.at ?? "", ...(message.kind === "MESSAGE_KIND_EVENT" ? {} : { last_message: message }), ...waiting }, true);
  if (message.direction === OUT) delete one.waiting_since;
  emit("channels.v1.MessageAdded", { message, conversation: one });
}
function deliver(message: T.Message): void {
  (["DELIVERY_SENT", "DELIVERY_DELIVERED", "DELIVERY_READ"] as const).forEach((delivery, index) => setTimeout(() => {
    Object.assign(message, { delivery, rev: message.rev + 1 });
    emit("channels.v1.MessageChanged", { message });
  }, 400 + index * 900));
}
function answerBack(id: string): void {
  setTimeout(() => tell({ t: "eph", e: { type: "typing", conversation_id: id, person_id: "customer", doing: "typing" } }), 2500);
  setTimeout(() => added(words(id, IN, say("Понятно, спасибо. А во сколько точно?", "Зрозуміло, дякую. А о котрій точно?", "I see, thank you. At what time exactly?"), 0)), 6000);
}
let version = 1;
function ring(id: string): void {
  if (work.get(`w-${id}`)?.state !== "ITEM_STATE_WAITING" || (f.agents[0] as T.Agent).state !== "AGENT_STATE_READY") return;
  version += 1;
  const one = work.get(`w-${id}`) as T.WorkItem;
  Object.assign(one, { state: "ITEM_STATE_OFFERED", since: f.ago(0) });
  const offer = offerOf(id, version);
  f.offers.push(offer);
  emit("acd.v1.WorkOffered", { item: one, offer });
  ringOut(offer, RING * 1000);
}
function endOffer(offer: T.Offer, how: T.OfferEnd): boolean {
  const index = f.offers.indexOf(offer);
  if (index < 0) return false;
  f.offers.splice(index, 1);
  emit("acd.v1.OfferEnded", { item_id: offer.item_id, version: offer.version, agent_id: f.ME, how });
  return true;
}
function ringOut(offer: T.Offer, ms: number): void {
  setTimeout(() => {
    if (!endOffer(offer, "OFFER_END_RANG_OUT")) return;
    changeItem(offer.item_id.slice(2), "WorkQueued", { state: "ITEM_STATE_WAITING" });
    changeMe({ state: "AGENT_STATE_NOT_RESPONDING", reason: "missed an offer" });
  }, ms);
}
let started = false;
export function deskFeed(frame: { t: string; conversation_id?: string }, to: Say): void {
  if (frame.t !== "hello") return;
  tell = to;
  if (started) return;
  started = true;
  for (const offer of f.offers) ringOut(offer, (RING - 2) * 1000);
  if (demo === "away") setTimeout(() => change("c-1", { assignee_id: "p-ihor" }), 4000);
  if (demo !== "quiet" && known.has("c-2")) {
    const look = () => tell({ t: "eph", e: { type: "presence", conversation_id: "c-1", person_id: "p-ihor", doing: "viewing" } });
    setTimeout(look, 300);
    setInterval(look, 5000);
    setTimeout(() => added(words("c-4", IN, "Thank you, the VAT number is right.", 0)), 20_000);
  }
}

/* ---- what the server would answer ---- */
export class Refused {
  constructor(readonly status: number, readonly reason: string, readonly facts: Record<string, unknown> = {}) {}
}
type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const contacts = new Map<string, T.Contact>();
function contactOf(id: string): T.Contact {
  const found = contacts.get(id);
  if (found) return found;
  const about = [...known.values()].find((one) => one.contact_id === id);
  const first = id === "k-c-1";
  const made: T.Contact = {
    id, rev: 3, name: about?.contact_name ?? "", language: about?.language ?? "", time_zone: "Europe/Kyiv", phones: ["+380671234567"], emails: [first ? "d.kovalenko@windnorth.example" : "client@mail.example"], company: first ? say("«Северный ветер», закупки", "«Північний вітер», закупівлі", "North Wind, purchasing") : "",
    notes: first ? say("Звонить после 10:00. Второй этаж, домофон 48.", "Дзвонити після 10:00. Другий поверх, домофон 48.", "Call after 10:00. Second floor, intercom 48.") : "", attributes: {},
    merged_into: "", root_id: "", merged_by: "", merged_why: "", blocked: false, blocked_why: "",
    identities: [{ channel: "voice", namespace: "", value: "+380671234567", verified: true }, { channel: about?.channel ?? "webchat", namespace: "bot", value: first ? "@d_kovalenko" : "visitor-4481", verified: false }],
  };
  contacts.set(id, made);
  return made;
}
let movedOnce = demo !== "moved";
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const asked = (id: string | undefined): T.Conversation => {
  const one = known.get(id ?? "");
  if (!one) throw new Refused(404, "UNKNOWN_CONVERSATION");
  return one;
};
const C = "(c-\\d+)";
const path = (text: string) => new RegExp(`^${text.replace("{c}", C).replace("{w}", "w-(c-\\d+)")}$`);

export const DESK_ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ["GET", path("/me/work"), () => ({ agent: f.agents[0], offers: f.offers, items: f.items })],
  ["PUT", path("/me/state"), (_, body) => {
    const state = body["state"] as T.AgentState;
    const agent = changeMe({ state, reason: String(body["reason"] ?? "") });
    if (state !== "AGENT_STATE_READY") for (const offer of [...f.offers]) {
      endOffer(offer, "OFFER_END_WITHDRAWN");
      changeItem(offer.item_id.slice(2), "WorkQueued", { state: "ITEM_STATE_WAITING" });
    }
    if (state === "AGENT_STATE_READY" && demo !== "quiet") setTimeout(() => ring("c-13"), 4000);
    return { agent: { ...agent } };
  }],
  ["POST", path("/work/{w}/accept"), async ([, id = ""]) => {
    await wait(350);
    const offer = f.offers.find((one) => one.item_id === `w-${id}`);
    if (!offer || !endOffer(offer, "OFFER_END_ACCEPTED")) throw new Refused(409, "OFFER_GONE");
    const one = changeItem(id, "WorkAccepted", { state: "ITEM_STATE_CONNECTED", agent_id: f.ME });
    change(id, { status: "CONVERSATION_STATUS_OPEN", assignee_id: f.ME });
    added(event(id, "accepted", 0, by(0)));
    hold(1);
    if (demo !== "quiet") setTimeout(() => ring("c-13"), 45_000);
    return { item: { ...one } };
  }],
  ["POST", path("/work/{w}/decline"), ([, id = ""]) => {
    const offer = f.offers.find((one) => one.item_id === `w-${id}`);
    if (!offer || !endOffer(offer, "OFFER_END_DECLINED")) throw new Refused(409, "OFFER_GONE");
    changeItem(id, "WorkQueued", { state: "ITEM_STATE_WAITING" });
    return {};
  }],
  ["POST", path("/work/{w}/wrap-up"), ([, id = ""], body) => {
    if (!body["disposition"] && known.get(id)?.queue_id === "q-support" && mode === "WRAP_UP_MODE_MANDATORY") throw new Refused(400, "DISPOSITION_NEEDED");
    const one = changeItem(id, "WorkCompleted", { state: "ITEM_STATE_DONE", disposition: String(body["disposition"] ?? "") });
    changeMe({ wrapping: 0 });
    hold(-1);
    return { item: { ...one } };
  }],
  ["GET", path("/work/{w}/explain"), ([, id = ""]) => ({ decision: offerOf(id, 1).decision, waits_because: {} })],
  ["GET", path("/conversations"), (_, _body, url) => {
    const [view, contact] = [url.searchParams.get("view"), url.searchParams.get("contact_id")];
    const all = [...known.values()];
    if (contact) return { conversations: all.filter((one) => one.contact_id === contact), next: "" };
    if (view === "CONVERSATION_VIEW_CLOSED") return { conversations: all.filter((one) => one.status === "CONVERSATION_STATUS_CLOSED"), next: "" };
    if (view === "CONVERSATION_VIEW_QUEUE") return { conversations: all.filter((one) => one.status === "CONVERSATION_STATUS_WAITING"), next: "" };
    if (view === "CONVERSATION_VIEW_MINE") return { conversations: all.filter((one) => one.assignee_id === f.ME && one.status === "CONVERSATION_STATUS_OPEN"), next: "" };
    return undefined;
  }],
  ["POST", path("/conversations"), (_, body) => {
    const one = [...known.values()].find(({ contact_id }) => contact_id === body["contact_id"]);
    if (!one) throw new Refused(409, "NO_QUEUE");
    return { conversation: one };
  }],
  ["GET", path("/conversations/{c}"), ([, id]) => ({ conversation: asked(id) })],
  ["GET", path("/conversations/{c}/messages"), async ([, id = ""], _body, url) => {
    const [before, after, limit] = ["before", "after", "limit"].map((name) => Number(url.searchParams.get(name) ?? 0)) as [number, number, number];
    const all = kept[id] ?? [];
    if (demo === "long") await wait(300);
    const some = after ? all.filter((one) => one.seq > after).slice(0, limit || 50) : all.filter((one) => !before || one.seq < before).slice(-(limit || 50));
    return { messages: some, more: after ? some.at(-1)?.seq !== all.at(-1)?.seq && some.length > 0 : (some[0]?.seq ?? 0) > (all[0]?.seq ?? 0) };
  }],
  ["POST", path("/conversations/{c}/messages"), async ([, id = ""], body) => {
    await wait(450);
    const one = asked(id);
    if (one.status === "CONVERSATION_STATUS_CLOSED") throw new Refused(409, "CLOSED");
    if (!movedOnce) {
      movedOnce = true;
      added(words(id, OUT, say("Мастер приедет завтра к 10.", "Майстер приїде завтра на 10.", "The engineer will come tomorrow at 10."), 0, by(1)));
    }
    if (typeof body["expect_seq"] === "number" && body["expect_seq"] < one.last_seq) throw new Refused(409, "MOVED_ON", { last_seq: one.last_seq });
    const again = kept[id]?.find((message) => message.client_id === body["client_id"]);
    if (again) return { message: again };
    const note = body["kind"] === "MESSAGE_KIND_NOTE";
    const ids = (body["attachment_ids"] as string[] | undefined) ?? [];
    const message = words(id, note ? INTERNAL : OUT, String(body["text"] ?? ""), 0, { kind: note ? "MESSAGE_KIND_NOTE" : "MESSAGE_KIND_TEXT", client_id: String(body["client_id"]), delivery: note ? "DELIVERY_UNSPECIFIED" : "DELIVERY_STORED", attachments: ids.flatMap((one_) => uploaded.get(one_) ?? []) });
    added(message);
    if (!note) {
      deliver(message);
      answerBack(id);
    }
    return { message: { ...message } };
  }],
  ["POST", path("/conversations/{c}/read"), ([, id = ""], body) => {
    const one = asked(id);
    change(id, { read: { ...one.read, [f.ME]: Math.max(one.read[f.ME] ?? 0, Number(body["seq"])) } });
    return {};
  }],
  ["POST", path("/conversations/{c}/close"), ([, id = ""]) => {
    asked(id);
    added(event(id, "closed", 0, by(0)));
    const one = change(id, { status: "CONVERSATION_STATUS_CLOSED" });
    changeItem(id, "WrapUpStarted", { state: "ITEM_STATE_WRAP", wrap_up_ends_at: f.ago(-90) });
    changeMe({ wrapping: 1 });
    return { conversation: { ...one } };
  }],
  ["POST", path("/conversations/{c}/transfer"), async ([, id = ""], body) => {
    await wait(300);
    added(event(id, "transferred", 0, { ...by(0), facts: { person_id: String(body["person_id"] ?? ""), queue_id: String(body["queue_id"] ?? ""), note: String(body["note"] ?? "") } }));
    const to = String(body["person_id"] ?? "");
    changeItem(id, "WorkQueued", { state: to ? "ITEM_STATE_CONNECTED" : "ITEM_STATE_WAITING", agent_id: to });
    hold(-1);
    return { conversation: { ...change(id, to ? { assignee_id: to } : { assignee_id: "", queue_id: String(body["queue_id"]), status: "CONVERSATION_STATUS_WAITING" }) } };
  }],
  ["POST", path("/conversations/{c}/take"), async ([, id = ""]) => {
    await wait(300);
    asked(id);
    if (work.has(`w-${id}`)) changeItem(id, "WorkAccepted", { state: "ITEM_STATE_CONNECTED", agent_id: f.ME });
    added(event(id, known.get(id)?.status === "CONVERSATION_STATUS_CLOSED" ? "reopened" : "accepted", 0, by(0)));
    hold(1);
    return { conversation: { ...change(id, { status: "CONVERSATION_STATUS_OPEN", assignee_id: f.ME }) } };
  }],
  ["POST", path("/conversations/{c}/typing"), () => ({})],
  ["GET", /^\/contacts\/(k-c-\d+)$/, ([, id = ""]) => ({ contact: contactOf(id) })],
  ["PUT", /^\/contacts\/(k-c-\d+)$/, ([, id = ""], body) => {
    const given = body["contact"] as T.Contact;
    const one = contactOf(id);
    if (given.rev !== one.rev) throw new Refused(409, "STALE");
    contacts.set(id, { ...one, ...given, rev: one.rev + 1 });
    return { contact: contacts.get(id) };
  }],
];

/* ---- files: uploads with progress, and pictures drawn on the spot ---- */
const uploaded = new Map<string, T.Attachment>();
class MockUpload {
  upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  status = 200;
  responseText = "";
  responseType = "";
  private timer: ReturnType<typeof setInterval> | undefined;
  open() {}
  setRequestHeader() {}
  abort() {
    clearInterval(this.timer);
    this.onabort?.();
  }
  send(form: FormData) {
    const file = form.get("file") as File;
    let loaded = 0;
    this.timer = setInterval(() => {
      loaded = Math.min(file.size, loaded + Math.max(20_000, file.size / 8));
      this.upload.onprogress?.({ loaded, total: file.size });
      if (loaded < file.size) return;
      clearInterval(this.timer);
      const attachment: T.Attachment = { id: `u${uploaded.size + 1}`, name: file.name, media_type: file.type || "application/octet-stream", size: file.size, width: 0, height: 0 };
      uploaded.set(attachment.id, attachment);
      if (/\.(exe|html|svg)$/.test(file.name)) this.status = 400;
      this.responseText = JSON.stringify(this.status === 200 ? { attachment } : { status: 400, reason: "TYPE_REFUSED" });
      this.onload?.();
    }, 150);
  }
}
export function installFiles(): void {
  window.XMLHttpRequest = MockUpload as unknown as typeof XMLHttpRequest;
  const draw = (id: string) => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320"><rect width="480" height="320" fill="hsl(${id.charCodeAt(1) * 40} 12% 62%)"/><rect x="70" y="70" width="340" height="150" rx="14" fill="#eee"/><rect x="90" y="180" width="300" height="14" rx="6" fill="#999"/></svg>`)}`;
  Object.assign(api, { attachmentUrl: draw });
}
