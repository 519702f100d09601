/** A whole floor for the board: more queues, people and customers, and figures that move. `?demo=viewer|empty|calm|down` show its other faces. */
import type * as T from "../api/types.gen";
import * as f from "./fixtures";

const demo = typeof location === "undefined" ? null : new URLSearchParams(location.search).get("demo");
const CAPACITY = { voice: 1, chat: 3, email: 5, task: 5 };

const person = (id: string, name: string): T.Person => ({ ...(f.people[1] as T.Person), id, name, email: `${id.slice(2)}@svitanok.example`, roles: ["ROLE_AGENT"] });
const queue = (id: string, name: string, share: number, seconds: number, project_id = "pr-1"): T.Queue => ({ ...(f.queues[0] as T.Queue), id, name, target_share: share, target_time: `${seconds}s`, project_id });
const agent = (agent_id: string, queue_ids: string[], state: T.AgentState, since: number, load: Record<string, number> = {}, reason = "", wrapping = 0): T.Agent => ({
  agent_id, state, reason, since: f.ago(since), load, capacity: CAPACITY, skills: { uk: 5, ru: 5 }, wrapping, queue_ids,
});
const status = (queue_id: string, waiting: number, oldest: number, ready: number, logged_in: number, answered: number, answered_in_time: number, abandoned: number): T.QueueStatus => ({
  queue_id, waiting, ...(waiting ? { oldest_since: f.ago(oldest) } : {}), offered: Math.min(waiting, ready), connected: Math.max(0, logged_in - ready), ready, logged_in, entered: answered + abandoned + waiting, answered, answered_in_time, abandoned, overflowed: Math.round(abandoned / 2),
});

const people = [
  person("p-svitlana", "Світлана Гнатюк"), person("p-dmitry", "Дмитрий Орлов"), person("p-iryna", "Iryna Shevchuk"), person("p-kateryna", "Kateryna Moroz"), person("p-artem", "Артём Беляев"),
  person("p-roman", "Роман Кузьменко"), person("p-olha", "Ольга Нечай"), person("p-peter", "Peter Novak"), person("p-larysa", "Лариса Захарченко"), person("p-vlad", "Владислав Тимошенко-Корниенко"),
];
const agents = [
  agent("p-svitlana", ["q-support"], "AGENT_STATE_READY", 108), agent("p-dmitry", ["q-sales"], "AGENT_STATE_NOT_READY", 1082, {}, "lunch"), agent("p-iryna", ["q-callbacks", "q-sales"], "AGENT_STATE_READY", 391, { voice: 1 }),
  agent("p-kateryna", ["q-chats"], "AGENT_STATE_READY", 125, { chat: 1 }), agent("p-artem", ["q-sales"], "AGENT_STATE_READY", 72, {}, "", 1), agent("p-roman", ["q-mail"], "AGENT_STATE_READY", 499, { email: 2 }),
  agent("p-olha", ["q-mail", "q-chats"], "AGENT_STATE_NOT_READY", 1480, {}, "training"), agent("p-peter", ["q-chats", "q-mail"], "AGENT_STATE_READY", 14), agent("p-larysa", ["q-callbacks"], "AGENT_STATE_DISABLED", 48, {}, "microphone"),
  agent("p-vlad", ["q-sales", "q-support", "q-callbacks"], "AGENT_STATE_OFFLINE", 7900),
];
const queues = [queue("q-sales", "Sales", 0.8, 20, "pr-2"), queue("q-chats", "Чаты и мессенджеры", 0.85, 60), queue("q-callbacks", "Зворотні дзвінки", 0.8, 900, "pr-2"), queue("q-mail", "E-mail", 0.9, 14400)];

/** After the other areas have laid out their own: adds to them, changes none of theirs. */
export function furnishBoard(): void {
  f.people.push(...people);
  for (const one of f.agents) {
    if ("text" in one.capacity) one.capacity = CAPACITY;
    if (one.load["text"]) one.load = { chat: one.load["text"] };
  }
  if (f.agents[1]) f.agents[1].load = { voice: 1 };
  f.agents.push(...agents);
  f.queues.push(...queues);
  f.projects.push({ id: "pr-2", rev: 1, name: "North Wind", archived: false });
  f.board.queues.splice(0, f.board.queues.length,
    status("q-support", 3, 42, 4, 6, 412, 343, 9), status("q-returns", 1, 8, 1, 6, 118, 113, 0), status("q-sales", 9, 136, 0, 4, 290, 214, 12),
    status("q-chats", 4, 51, 3, 5, 204, 182, 3), status("q-callbacks", 6, 785, 1, 3, 98, 77, 1), status("q-mail", 17, 6720, 2, 3, 0, 0, 0));
  fillLines();
  if (!f.me.permissions.includes("work.supervise")) f.me.permissions.push("work.supervise");
  if (demo === "viewer") f.me.permissions.splice(0, f.me.permissions.length, "directory.read", "work.watch");
  if (demo === "empty") [f.board.queues, f.board.agents, f.queues, f.agents].forEach((list) => list.splice(0, list.length));
  if (demo === "calm") {
    for (const one of f.board.queues) Object.assign(one, { answered: 200, answered_in_time: 190, abandoned: 2, ready: 3 });
    for (const one of f.agents) if (one.state !== "AGENT_STATE_NOT_READY") one.state = "AGENT_STATE_READY";
  }
}

const conversation = (id: string, contact_name: string, channel: string, queue_id: string, assignee_id: string, back: number, language: string): T.Conversation => ({
  ...(f.conversations[0] as T.Conversation), id, contact_name, contact_id: `k-${id}`, channel, queue_id, assignee_id, work_id: `w-${id}`, language, last_seq: 3, created_at: f.ago(back), active_at: f.ago(20),
  status: assignee_id ? "CONVERSATION_STATUS_OPEN" : "CONVERSATION_STATUS_WAITING", waiting_since: f.ago(back), read: {},
});
const open = [
  conversation("b-1", "Dmytro Kovalenko", "voice", "q-support", "p-ihor", 760, "uk"), conversation("b-2", "Callback to Ирина П.", "callback", "q-callbacks", "p-iryna", 391, "ru"), conversation("b-3", "Гость 4480", "webchat", "q-chats", "p-kateryna", 125, "ru"),
  conversation("b-4", "Claim 1120", "email", "q-mail", "p-roman", 499, "en"), conversation("b-5", "ФОП Бойко", "email", "q-mail", "p-roman", 300, "uk"),
  conversation("b-11", "Ольга Мороз", "voice", "q-sales", "", 136, "uk"), conversation("b-12", "Peter Andersen", "voice", "q-sales", "", 118, "en"), conversation("b-13", "+7 495 •••-••-71", "voice", "q-sales", "", 100, "ru"), conversation("b-14", "Анна Петренко", "telegram", "q-sales", "", 72, "ru"),
  conversation("b-15", "ТОВ «Світанок»", "webchat", "q-sales", "", 61, "uk"), conversation("b-16", "James Whitfield", "whatsapp", "q-sales", "", 44, "en"), conversation("b-17", "Гость 4481", "webchat", "q-chats", "", 51, "ru"), conversation("b-18", "Наталія Бондаренко", "viber", "q-chats", "", 33, "uk"),
  conversation("b-19", "Claim 1124: late delivery", "email", "q-mail", "", 6720, "en"), conversation("b-20", "Сергей Волков", "callback", "q-callbacks", "", 785, "ru"),
];
const NAMES = ["Марія Левченко", "Пётр Ильин", "Sofia Rossi", "Юлія Ткач", "Гость 4502", "Андрей Зайцев", "Claim 1131", "ТОВ «Вектор»", "Екатерина Лебедева", "Olena Hrytsenko", "ИП Сафонов", "Богдан Кравець"];
const CHANNEL: Record<string, string> = { "q-mail": "email", "q-callbacks": "callback", "q-sales": "voice", "q-support": "telegram", "q-returns": "webchat", "q-chats": "whatsapp" };
/** As many wait as the figures say. */
function fillLines(): void {
  for (const { queue_id, waiting, oldest_since } of f.board.queues) {
    const known = open.filter((one) => one.queue_id === queue_id && !one.assignee_id).length;
    const oldest = (Date.now() - Date.parse(oldest_since ?? "")) / 1000;
    for (let index = known; index < waiting; index += 1) {
      const language = (["uk", "ru", "en"] as const)[index % 3] ?? "uk";
      open.push(conversation(`b-${queue_id.length}${open.length + 40}`, NAMES[(index + queue_id.length) % NAMES.length] ?? "", CHANNEL[queue_id] ?? "webchat", queue_id, "", Math.max(4, oldest * (known ? 0.9 : 1) * (1 - (index - known) / (waiting + 1))) * (known && queue_id !== "q-mail" ? 0.3 : 1), language));
    }
  }
}

const message = (conversation_id: string, seq: number, direction: T.Direction, text: string, back: number, author_name: string): T.Message => ({
  ...(f.messages["c-1"]?.[0] as T.Message), conversation_id, seq, client_id: `${conversation_id}-${seq}`, direction, text, at: f.ago(back), author: direction === "DIRECTION_IN" ? "" : f.ME, author_name,
});
const SAID: Record<string, [string, string, string]> = {
  uk: ["Доброго дня. Замовлення досі не приїхало.", "Вітаю. Зараз перевірю, де посилка.", "Дякую, чекаю на відповідь."],
  ru: ["Здравствуйте. Когда можно забрать заказ?", "Добрый день. Заказ собирают, будет готов после 16:00.", "Хорошо, приеду вечером. Адрес прежний?"],
  en: ["Hello. The parcel came without the charger.", "Sorry to hear that. Which order number is it?", "It is 48-2213, delivered this morning."],
};

function thread(id: string): T.Message[] | undefined {
  const about = open.find((one) => one.id === id);
  if (!about) return undefined;
  const [ask, reply, thanks] = SAID[about.language] ?? ["", "", ""];
  const agentName = f.people.find((one) => one.id === about.assignee_id)?.name ?? "";
  const said = [message(id, 1, "DIRECTION_IN", ask, 240, about.contact_name), message(id, 2, "DIRECTION_OUT", reply, 180, agentName), message(id, 3, "DIRECTION_IN", thanks, 20, about.contact_name)];
  return about.assignee_id ? said : said.slice(0, 1);
}

const lines: Record<string, T.WorkItem[]> = {};
function line(queue_id: string): T.WorkItem[] {
  lines[queue_id] ??= open.filter((one) => one.queue_id === queue_id && !one.assignee_id).sort((a, b) => Date.parse(a.created_at ?? "") - Date.parse(b.created_at ?? "")).map((one, index) => ({
    id: one.work_id, queue_id, channel: one.channel, state: "ITEM_STATE_WAITING" as const, priority: index === 0 ? 5 : 0, enqueued_at: one.created_at ?? "", agent_id: "", since: one.created_at ?? "", subject: `conversation:${one.id}`, contact_id: one.contact_id, disposition: "", callback: false, tries: 0,
  }));
  return lines[queue_id] ?? [];
}
function leave(id: string): void {
  for (const [name, list] of Object.entries(lines)) lines[name] = list.filter((item) => item.subject !== `conversation:${id}`);
}

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
export const BOARD_ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ["GET", /^\/queues\/([^/]+)\/waiting$/, ([, id]) => ({ items: line(id ?? "") })],
  ["GET", /^\/work\/([^/]+)\/explain$/, ([, id]) => ({ waits_because: (id?.length ?? 0) % 2 ? { busy: 3, not_ready: 1, skill_missing: 1 } : { busy: 2, not_ready: 1, logged_out: 1 } })],
  ["PUT", /^\/agents\/([^/]+)\/state$/, ([, id], body) => {
    const one = f.agents.find((known) => known.agent_id === id);
    if (one) Object.assign(one, { state: body["state"], reason: body["reason"], since: f.ago(0) });
    return { agent: one && { ...one } };
  }],
  ["GET", /^\/conversations\/(b-\d+)$/, ([, id]) => ({ conversation: open.find((one) => one.id === id) })],
  ["GET", /^\/conversations\/(b-\d+)\/messages$/, ([, id]) => ({ messages: thread(id ?? ""), more: false })],
  ["POST", /^\/conversations\/(b-\d+)\/(take|transfer)$/, ([, id, what], body) => {
    const one = open.find((known) => known.id === id);
    if (!one) return {};
    leave(one.id);
    const person = what === "take" ? f.ME : String(body["person_id"] ?? "");
    Object.assign(one, { rev: one.rev + 1, assignee_id: person, status: person ? "CONVERSATION_STATUS_OPEN" : "CONVERSATION_STATUS_WAITING", ...(body["queue_id"] ? { queue_id: body["queue_id"] } : {}) });
    return { conversation: { ...one } };
  }],
];
export const openConversations = () => (demo === "empty" ? [] : open);

let ticking: ReturnType<typeof setInterval> | undefined;
let beat = 0;
let down = false;
/** What the server pushes to who listens to "board". */
export function boardFeed(frame: { t: string; subs?: string[] }, say: (frame: object) => void, close: (code: number) => void): void {
  if (frame.t === "hello" && demo === "down") {
    if (down) return close(1006);
    setTimeout(() => { down = true; clearInterval(ticking); close(1006); }, 3000);
  }
  if (frame.t !== "hello" && frame.t !== "sub") return;
  clearInterval(ticking);
  if (!frame.subs?.includes("board")) return;
  ticking = setInterval(() => {
    beat += 1;
    const moving = f.board.queues[beat % Math.max(1, f.board.queues.length)];
    if (moving && moving.answered > 0) Object.assign(moving, { answered: moving.answered + 1, answered_in_time: moving.answered_in_time + (beat % 5 ? 1 : 0), entered: moving.entered + 1 });
    say({ t: "eph", e: { type: "board", board: JSON.parse(JSON.stringify(f.board)) } });
  }, 2000);
}
