/** A lifelike shift for looking at pages without a backend. Never in a production build. */
import type * as T from "../api/types.gen";
import type { Snapshot } from "../rt/state";

export const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
export const ME = "p-oksana";

const person = (id: string, name: string, roles: T.Role[]): T.Person => ({
  id, rev: 1, name, email: `${id.slice(2)}@svitanok.example`, roles, extension: "", caller_id: "", reaches: [], project_ids: [], language: "", disabled: false, totp: false, forward_to: "",
});
export const people: T.Person[] = [
  person(ME, "Оксана Мельник", ["ROLE_AGENT", "ROLE_SUPERVISOR", "ROLE_ADMIN"]), person("p-ihor", "Игорь Бондарь", ["ROLE_AGENT"]),
  person("p-anna", "Anna Wójcik", ["ROLE_AGENT"]), person("p-taras", "Тарас Лисенко", ["ROLE_AGENT"]), person("p-maria", "Мария Соколова", ["ROLE_AGENT"]), person("p-james", "James Okafor", ["ROLE_AGENT"]),
];
const agent = (agent_id: string, state: T.AgentState, since: number, load: Record<string, number> = {}, reason = "", wrapping = 0): T.Agent => ({
  agent_id, state, reason, since: ago(since), load, capacity: { voice: 1, text: 3 }, skills: { uk: 5, ru: 5 }, wrapping, queue_ids: ["q-support", "q-returns"],
});
export const agents: T.Agent[] = [
  agent(ME, "AGENT_STATE_READY", 252, { text: 2 }), agent("p-ihor", "AGENT_STATE_READY", 760, { text: 1 }), agent("p-anna", "AGENT_STATE_READY", 67),
  agent("p-taras", "AGENT_STATE_READY", 38, {}, "", 1), agent("p-maria", "AGENT_STATE_NOT_RESPONDING", 205), agent("p-james", "AGENT_STATE_NOT_READY", 1082, {}, "lunch"),
];
const queue = (id: string, name: string): T.Queue => ({
  id, rev: 1, name, project_id: "pr-1", strategy: "longest_idle", members: [], weight: 1, ring_time: "30s", wrap_up: "WRAP_UP_MODE_OPTIONAL", wrap_up_limit: "60s",
  dispositions: [{ code: "solved", title: "Решено", default: true }, { code: "later", title: "Перезвонить", default: false }], max_waiting: 50, target_share: 0.8, target_time: "20s", skills: {}, announce_position: false, ask_rating: false, music: "", by_service_level: false, closed: false, steps: [], tier_delays: {},
});
export const queues = [queue("q-support", "Поддержка"), queue("q-returns", "Возвраты")];
const message = (conversation_id: string, seq: number, direction: T.Direction, text: string, back: number, extra: Partial<T.Message> = {}): T.Message => ({
  conversation_id, seq, client_id: `${conversation_id}-${seq}`, kind: "MESSAGE_KIND_TEXT", direction, author: direction === "DIRECTION_OUT" ? ME : "", author_name: direction === "DIRECTION_OUT" ? "Оксана Мельник" : "",
  text, attachments: [], at: ago(back), deleted: false, delivery: "DELIVERY_READ", failure: "", group_id: "", options: [], event: "", facts: {}, rev: 1, reply_to_client_id: "", mention_ids: [], ...extra,
});
export const messages: Record<string, T.Message[]> = {
  "c-1": [
    message("c-1", 1, "DIRECTION_IN", "Добрый день. Мастер вчера не приехал. Гарантия ещё действует?", 900),
    message("c-1", 2, "DIRECTION_OUT", "Здравствуйте, Дмитрий! Да, гарантия до 14 марта 2027 года. Сейчас узнаю, когда будет мастер.", 720),
    message("c-1", 3, "DIRECTION_INTERNAL", "@Игорь Бондарь кто из бригады был в четверг?", 600, { kind: "MESSAGE_KIND_NOTE", author: ME, author_name: "Оксана Мельник" }),
  ],
  "c-2": [message("c-2", 1, "DIRECTION_IN", "Здравствуйте, оформила возврат", 300), message("c-2", 2, "DIRECTION_IN", "А когда вернутся деньги на карту?", 108)],
  "c-3": [message("c-3", 1, "DIRECTION_IN", "Доброго дня, потрібна заміна", 41)],
};
const conversation = (id: string, no: number, contact_name: string, channel: string, queue_id: string, assignee_id: string, read: number): T.Conversation => {
  const last = messages[id]?.at(-1);
  return {
    id, rev: 1, no, contact_id: `k-${id}`, contact_name, channel_id: `ch-${channel}`, channel, status: assignee_id ? "CONVERSATION_STATUS_OPEN" : "CONVERSATION_STATUS_WAITING", queue_id, assignee_id, work_id: `w-${id}`,
    last_seq: last?.seq ?? 0, ...(last ? { last_message: last } : {}), created_at: ago(4000), active_at: last?.at ?? ago(60), ...(last?.direction === "DIRECTION_IN" ? { waiting_since: last.at ?? "" } : {}),
    read: { [ME]: read }, tags: [], disposition: "", project_id: "pr-1", language: "ru", subject: "", priority: "PRIORITY_NORMAL", follower_ids: [], scheduled: [], spam: false, unreachable: false,
  };
};
export const conversations = [
  conversation("c-1", 48213, "Дмитрий Коваленко", "telegram", "q-support", ME, 3), conversation("c-2", 48214, "Анна Петренко", "webchat", "q-returns", ME, 0), conversation("c-3", 48215, "Ольга Шевченко", "whatsapp", "q-returns", "", 0),
];
const item = (id: string, state: T.ItemState, since: number, agent_id: string, channel: string): T.WorkItem => ({
  id: `w-${id}`, queue_id: "q-returns", channel, state, priority: 0, enqueued_at: ago(since + 40), agent_id, since: ago(since), subject: `conversation:${id}`, contact_id: `k-${id}`, disposition: "", callback: false, tries: 0,
});
export const items = [item("c-1", "ITEM_STATE_CONNECTED", 252, ME, "telegram"), item("c-2", "ITEM_STATE_CONNECTED", 108, ME, "webchat"), item("c-3", "ITEM_STATE_OFFERED", 2, "", "whatsapp")];
export const offers: T.Offer[] = [{
  item_id: "w-c-3", version: 1, agent_id: ME, offered_at: ago(2), expires_at: ago(-28),
  decision: { rule: "longest_idle", position: 1, waited: "41s", facts: { skill_uk: "5 (3)" }, runners_up: [{ agent_id: "p-ihor", why_not: "capacity" }] },
}];
const status = (queue_id: string, waiting: number, inTime: number): T.QueueStatus => ({ queue_id, waiting, ...(waiting ? { oldest_since: ago(42) } : {}), offered: 1, connected: 3, ready: 1, logged_in: 6, entered: 318, answered: 290, answered_in_time: inTime, abandoned: 12, overflowed: 4 });
export const board: T.GetBoardResponse = { queues: [status("q-support", 3, 264), status("q-returns", 9, 214)], agents };
export const channels: T.Channel[] = ["webchat", "telegram", "email", "sms"].map((kind) => ({ id: `ch-${kind}`, rev: 1, kind, name: kind, project_id: "pr-1", enabled: true, settings: {}, secrets_set: [], health: "ok", public_key: "", verify_word: "", webhook_url: "", writes_first_to: kind === "email" ? "email" : kind === "sms" ? "phone" : "" }));
export const projects: T.Project[] = [{ id: "pr-1", rev: 1, name: "Світанок", archived: false }];
export const me: T.WhoAmIResponse = {
  person: people[0] as T.Person, tenant: { id: "t-1", rev: 1, name: "Світанок", language: "uk", time_zone: "Europe/Kyiv" },
  permissions: ["directory.read", "directory.write", "people.write", "queues.write", "channels.write", "schemes.read", "schemes.write", "tenant.write", "keys.write", "owners.write", "audit.read", "work.take", "work.watch", "conversations.read", "conversations.write", "contacts.read", "contacts.write", "contacts.erase", "billing.read", "billing.write", "campaigns.read", "campaigns.write", "bans.read", "bans.lift", "support.forward", "offers.write", "slots.write", "customers.read", "customers.ask", "customers.approve"],
};
const agentOfMine = agents[0];
export const snapshot: Snapshot = {
  epoch: "mock", cursor: 0,
  state: { me, work: { ...(agentOfMine ? { agent: agentOfMine } : {}), offers, items }, conversations, people, groups: [], queues, channels, projects, board },
};
