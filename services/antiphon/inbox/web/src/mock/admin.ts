/** Settings with a memory: what is saved stays until the page is loaded again. `?demo=stale|readonly|empty|taken` show other faces. */
import type * as T from "../api/types.gen";
import { exits, fromWire, nodeOf, reachable, starter, toWire, type Graph, type Node } from "../pages/admin/scheme/graph";
import { Refused } from "./desk";
import * as f from "./fixtures";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
interface Rec { id: string; rev: number; name?: string }

const demo = typeof location === "undefined" ? null : new URLSearchParams(location.search).get("demo");
let made = 0;
const newId = (prefix: string) => `${prefix}-new-${(made += 1)}`;
let stale = demo === "stale";

const numbers: T.Number[] = [
  { id: "n-1", rev: 1, e164: "+380443902020", title: "Основний", project_id: "pr-1", trunk_id: "tr-1", max_channels: 0, inbound_only: false, rented: true }, { id: "n-2", rev: 1, e164: "+380443902048", title: "Сервіс і гарантія", project_id: "pr-1", trunk_id: "tr-1", max_channels: 30, inbound_only: false, rented: true },
  { id: "n-3", rev: 1, e164: "+48223071820", title: "North Wind, Warszawa", project_id: "pr-2", trunk_id: "tr-2", max_channels: 0, inbound_only: true, rented: false },
];
const groups: T.Group[] = [
  { id: "g-day", rev: 1, name: "Дневная смена", project_id: "", person_ids: ["p-ihor", "p-anna", "p-taras", "p-maria"] }, { id: "g-night", rev: 1, name: "Нічна зміна", project_id: "", person_ids: ["p-svitlana", "p-roman"] },
  { id: "g-second", rev: 1, name: "Вторая линия", project_id: "pr-1", person_ids: ["p-james"] },
];
const strategy = (name: string, title: string, advantages: string, drawbacks: string, use: string, ...known_as: string[]): T.Strategy => ({ name, title, advantages, drawbacks, use, known_as });
const strategies = [
  strategy("longest_idle", "Longest idle", "Spreads work evenly.", "Ignores experience.", "The default.", "FreeSWITCH longest-idle-agent", "Asterisk leastrecent", "Genesys longest available"),
  strategy("sequential", "Sequential: most qualified first", "The best person who is free.", "The first carry most.", "Sales and expert lines.", "Asterisk linear", "FreeSWITCH sequentially-by-agent-order", "top-down", "hunt group"),
  strategy("least_loaded", "Least loaded", "Balanced.", "Counts conversations.", "Chats.", "Rocket.Chat load balancing", "Zendesk highest spare capacity", "Intercom balanced"),
  strategy("round_robin", "Round robin", "In turn.", "Blind to length.", "Leads.", "Asterisk rrmemory", "FreeSWITCH round-robin", "circular hunting"),
  strategy("fewest_contacts", "Fewest contacts", "Evens out.", "Rewards long talks.", "Teams paid by number.", "Asterisk fewestcalls", "FreeSWITCH agent-with-fewest-calls", "least occurrences"),
  strategy("least_occupied", "Least occupied", "Evens out the load.", "Slow work looks busy.", "Mixed contacts.", "Avaya least occupied agent", "LOA"),
  strategy("least_talk", "Least talk time", "Spares voices.", "Floods late comers.", "Teams who start together.", "FreeSWITCH agent-with-least-talk-time"),
  strategy("random", "Random choice", "Fair in the long run.", "Unfair in the short run.", "Equal samples.", "Asterisk random", "FreeSWITCH random"),
  strategy("weighted_random", "Weighted random choice", "Chosen shares.", "On average only.", "Training on the job.", "Asterisk wrandom", "percentage allocation"),
  strategy("ring_all", "Ring all at once", "The quickest answer.", "Disturbs everybody.", "Small teams.", "Asterisk ringall", "FreeSWITCH ring-all", "broadcast", "hunt all"),
  strategy("ring_progressively", "Ring progressively", "One first.", "Ends in ring-all.", "Small teams.", "FreeSWITCH ring-progressively", "escalating ring"),
];
const day = (weekday: number, ...spans: [string, string][]): T.WeeklyHours => ({ weekday, spans: spans.map(([from, to]) => ({ from, to })) });
const calendars: T.Calendar[] = [
  { id: "cal-office", rev: 3, name: "Офис", time_zone: "Europe/Kyiv", week: [1, 2, 3, 4, 5].map((one) => day(one, ["09:00", "20:00"])).concat([day(6, ["10:00", "13:00"], ["14:00", "16:00"])]), special_days: [{ date: "--12-25", title: "Різдво", spans: [] }, { date: "--01-01", title: "Новый год", spans: [] }, { date: "2026-12-31", title: "Короткий день", spans: [{ from: "10:00", to: "15:00" }] }] },
  { id: "cal-all", rev: 1, name: "Аварийная линия", time_zone: "Europe/Kyiv", week: [1, 2, 3, 4, 5, 6, 7].map((one) => day(one, ["00:00", "00:00"])), special_days: [] },
  { id: "cal-pl", rev: 1, name: "North Wind", time_zone: "Europe/Warsaw", week: [1, 2, 3, 4, 5].map((one) => day(one, ["08:00", "16:30"])), special_days: [] },
];
const lists: T.CallerList[] = [
  { id: "l-spam", rev: 2, name: "Спам", kind: "CALLER_LIST_KIND_BLOCK", patterns: ["+380671112233", "+380891*", "telegram:99120441"], address: "" },
  { id: "l-vip", rev: 1, name: "VIP", kind: "CALLER_LIST_KIND_TAG", patterns: ["+380671234567", "+380504438119"], address: "" },
  { id: "l-staff", rev: 1, name: "Свои сотрудники", kind: "CALLER_LIST_KIND_ALLOW_ONLY", patterns: ["+3804439*"], address: "+380443902048" },
];
const keys: T.ApiKey[] = [
  { id: "k-crm", title: "CRM", roles: ["ROLE_INTEGRATOR"], prefix: "ant_4f7k91", created_at: f.ago(8_000_000), last_used_at: f.ago(90), revoked: false },
  { id: "k-site", title: "Сайт: форма заявки", roles: ["ROLE_INTEGRATOR"], prefix: "ant_x2lm77", created_at: f.ago(5_000_000), revoked: false },
  { id: "k-old", title: "Старая выгрузка", roles: ["ROLE_ADMIN"], prefix: "ant_9rtv0c", created_at: f.ago(30_000_000), last_used_at: f.ago(9_000_000), revoked: true },
];
const bindings: T.Binding[] = [{ address: "+380443902020", scheme_id: "s-main" }, { address: "ch-telegram", scheme_id: "s-main" }, { address: "+48223071820", scheme_id: "s-nw" }];

const text = (uk: string, ru: string) => ({ uk, ru });
function mainGraph(): Graph {
  const graph = starter({
    languages: ["uk", "ru"], calendar: "cal-office", queues: [{ id: "q-sales", name: "Продажи" }, { id: "q-support", name: "Поддержка" }, { id: "q-returns", name: "Возвраты" }],
    names: { greeting: "Приветствие", hours: "Часы работы", menu: "Меню", closed: "Мы закрыты", late: "Все заняты" },
    texts: { greeting: text("Добрий день, це «Світанок».", "Здравствуйте, это «Світанок»."), menu: text("Продажі: 1, підтримка: 2, повернення: 3.", "Продажи: 1, поддержка: 2, возвраты: 3."), closed: text("Ми відчинимося о {{var.opens_at}}.", "Мы откроемся в {{var.opens_at}}."), late: text("Усі зайняті, зателефонуємо самі.", "Все заняты, перезвоним сами.") },
  });
  const nodes = graph.nodes.map((node) => (node.kind === "menu" ? { ...node, on_no_input: null, timeout_s: 30 } : node.id === "enqueue_2" && node.kind === "enqueue" ? { ...node, on_timeout: null } : node));
  return { ...graph, nodes: [...nodes, { kind: "say", id: "fax", name: "Факс", text: { uk: "Для факсу натисніть «Старт»." }, next: null }] };
}
interface Kept { scheme: T.Scheme; live: Map<number, Record<string, unknown>>; versions: T.SchemeVersion[] }
const scheme = (id: string, name: string, live_version: number, graph: Graph, changed: number): Kept => ({
  scheme: { id, rev: 7, name, live_version, graph: toWire(graph), changed_at: f.ago(changed), version: 0 }, live: new Map(),
  versions: Array.from({ length: Math.min(4, live_version) }, (_, index) => ({ version: live_version - index, published_at: f.ago(86_400 * (index * 9 + 2)), published_by: index % 2 ? "person:p-ihor" : `person:${f.ME}`, reason: ["Меню: возвраты отдельно", "Новые часы субботы", "Короче приветствие", "Первая версия"][index] ?? "", restores: 0 })),
});
const simple = starter({ languages: ["uk"], calendar: "cal-pl", queues: [{ id: "q-sales", name: "Sales" }], names: { greeting: "Greeting", hours: "Hours", menu: "Menu", closed: "Closed", late: "Busy" }, texts: { greeting: { uk: "Добрий день." }, menu: {}, closed: { uk: "Зачинено." }, late: { uk: "Зайнято." } } });
const schemes: Kept[] = [scheme("s-main", "Основной номер", 13, mainGraph(), 900), scheme("s-nw", "North Wind", 2, simple, 400_000), scheme("s-test", "Новогодняя акция", 0, { start: null, languages: ["ru"], nodes: [] }, 90_000)];

/** A part of the server's check: enough to work on. */
function check(graph: Graph): T.Finding[] {
  const found: T.Finding[] = [];
  const say = (severity: string, node_id: string, code: string, message: string, field = "") => found.push({ severity, node_id, code, message, remedy: "", field } as T.Finding);
  if (!nodeOf(graph, graph.start)) say("error", "", "missing_start", "the scheme has no first step");
  const reached = reachable(graph);
  for (const node of graph.nodes) {
    for (const way of exits(node)) if (!nodeOf(graph, way.to) && way.need !== "optional") say(way.need === "required" ? "error" : "warning", node.id, "missing_exit", `no step is chosen for ${way.way}`, way.way === "option" || way.way === "when" ? `${way.way} ${way.detail}` : way.way);
    if (!reached.has(node.id)) say("error", node.id, "unreachable", "no way leads to this step");
    if ((node.kind === "say" || node.kind === "menu") && !Object.values(node.text).some(Boolean)) say("error", node.id, "no_text", "text says nothing");
    else if ("text" in node && Object.values(node.text).some(Boolean)) for (const code of graph.languages) if (!node.text[code]) say("warning", node.id, "missing_language", `text is not written in ${code}`);
    if (node.kind === "enqueue" && !f.queues.some((one) => one.id === node.queue_id)) say("error", node.id, "unknown_queue", "there is no queue");
    if (node.kind === "hours" && !calendars.some((one) => one.id === node.calendar_id)) say("error", node.id, "unknown_calendar", "there is no calendar");
    if (node.kind === "menu" && node.options.length === 0) say("error", node.id, "no_options", "the menu has no options");
    if (node.kind === "condition") for (const branch of node.branches) if (!branch.when) say("error", node.id, "bad_expression", "expected a value, found the end at 0");
  }
  return found;
}

/** A part of the server's walk: always open, nobody listed. */
function play(graph: Graph, inputs: readonly string[]): T.SimulatedStep[] {
  const words = (values: Record<string, string>) => values[graph.languages[0] ?? ""] ?? Object.values(values)[0] ?? "";
  let at: Node | undefined = nodeOf(graph, graph.start);
  const run = (after: string): T.SimulatedStep => {
    const verbs: T.Verb[] = [];
    const path: string[] = [];
    const done = (why: string): T.SimulatedStep => ({ after, verbs, decision: { why, facts: {}, path, scheme_id: "", version: 0 } });
    while (at && path.length < 50) {
      path.push(at.id);
      if (at.kind === "say") verbs.push({ say: { text: words(at.text), language: "" } });
      if (at.kind === "menu") {
        verbs.push({ menu: { text: words(at.text), language: "", options: at.options.map((one) => ({ key: one.key, label: words(one.label) })), timeout: `${at.timeout_s}s` } });
        return done("awaits_input");
      }
      if (at.kind === "enqueue") {
        verbs.push({ enqueue: { queue_id: at.queue_id, priority: at.priority, skills: {}, language: "", greeting: "" } });
        return done("awaits_queue");
      }
      if (at.kind === "close") {
        verbs.push({ close: { text: words(at.text), outcome: at.outcome, language: "" } });
        at = undefined;
        return done("closed");
      }
      const way: ReturnType<typeof exits>[number] | undefined = exits(at).find((one) => one.way === "otherwise") ?? exits(at)[0];
      at = nodeOf(graph, way?.to);
    }
    return done("no_way_on");
  };
  let elapsed = 0;
  const steps = [run("0s")];
  for (const input of inputs) {
    if (!at) break;
    const ways: ReturnType<typeof exits> = exits(at);
    const way = input === "" ? ways.find((one) => one.way === "no_input" || one.way === "timeout") : ways.find((one) => one.way === "option" && one.detail === input) ?? ways.find((one) => one.way === "no_match" && one.to) ?? ways.find((one) => one.way === "no_input");
    at = nodeOf(graph, way?.to);
    elapsed += input === "" ? 30 : 4;
    steps.push(run(`${elapsed}s`));
  }
  return steps;
}

/** GET list, POST new, PUT with its revision, DELETE: the same for each kind of record. */
function records<R extends Rec>(path: string, many: string, one: string, prefix: string, list: () => R[], clash?: (record: R) => void): [string, RegExp, Answer][] {
  return [
    ["GET", new RegExp(`^/${path}$`), () => ({ [many]: list() })],
    ["POST", new RegExp(`^/${path}$`), (_, body) => {
      const record = { ...(body[one] as R), id: newId(prefix), rev: 1 };
      clash?.(record);
      list().push(record);
      return { [one]: record };
    }],
    ["PUT", new RegExp(`^/${path}/([^/]+)$`), ([, id], body) => {
      const at = list().findIndex((record) => record.id === id);
      const stored = list()[at];
      if (!stored) throw new Refused(404, "NOT_FOUND");
      const record = body[one] as R;
      if (stale) {
        stale = false;
        stored.rev += 1;
        if (stored.name !== undefined) stored.name = `${stored.name} (2)`;
      }
      if (record.rev !== stored.rev) throw new Refused(409, "STALE");
      clash?.(record);
      list()[at] = { ...record, rev: stored.rev + 1 };
      return { [one]: list()[at] };
    }],
    ["DELETE", new RegExp(`^/${path}/([^/]+)$`), ([, id]) => {
      list().splice(list().findIndex((record) => record.id === id), 1);
      return {};
    }],
  ];
}

const kept = (id: string | undefined): Kept => {
  const found = schemes.find((one) => one.scheme.id === id);
  if (!found) throw new Refused(404, "UNKNOWN_SCHEME");
  return found;
};
const answerOf = ({ scheme: one, versions }: Kept) => ({ scheme: one, findings: check(fromWire(one.graph)), versions });
const publish = (one: Kept, reason: string, graph: Record<string, unknown>) => {
  one.scheme = { ...one.scheme, live_version: Math.max(0, ...one.versions.map(({ version }) => version)) + 1 };
  one.live.set(one.scheme.live_version, graph);
  one.versions = [{ version: one.scheme.live_version, published_at: f.ago(0), published_by: `person:${f.ME}`, reason, restores: 0 }, ...one.versions];
  return { scheme: one.scheme };
};

const ACTIONS: [string, string, string, Record<string, string>][] = [
  [`person:${f.ME}`, "queue.put", "queue:q-support", { weight: "0 → 30" }], ["person:p-ihor", "signin.failed", "person:p-ihor", { address: "203.0.113.7" }], [`person:${f.ME}`, "person.put", "person:p-anna", { roles: "+supervisor" }],
  ["key:k-crm", "contact.put", "contact:k-c-1", { company: "«Северный ветер»" }], [`person:${f.ME}`, "scheme.published", "scheme:s-main", { version: "13", reason: "Меню: возвраты отдельно" }], ["service:channels", "channel.health", "channel:ch-telegram", { health: "ok" }],
  ["person:p-ihor", "recording.listened", "conversation:c-1", { seconds: "48" }], [`person:${f.ME}`, "list.put", "list:l-spam", { patterns: "+1" }],
];
const audit: T.AuditEntry[] = Array.from({ length: 160 }, (_, index) => {
  const [actor, action, object, facts] = ACTIONS[index % ACTIONS.length] as (typeof ACTIONS)[number];
  return { id: `a-${index}`, at: f.ago(240 + index * 3100), actor, action, object, facts };
});

export const ADMIN_ANSWERS: [string, RegExp, Answer][] = [
  ["GET", /^\/people\/([^/]+)$/, ([, id]) => ({ person: f.people.find((one) => one.id === id) })],
  ["GET", /^\/people$/, (_, _body, url) => ({ people: f.people.filter((one) => url.searchParams.get("include_disabled") === "true" || !one.disabled) })],
  ...records<T.Person>("people", "people", "person", "p", () => f.people, (person) => {
    if (f.people.some((one) => one.id !== person.id && one.email === person.email)) throw new Refused(409, "TAKEN", { field: "email" });
    if (person.extension && f.people.some((one) => one.id !== person.id && one.extension === person.extension)) throw new Refused(409, "TAKEN", { field: "extension" });
  }),
  ...records<T.Group>("groups", "groups", "group", "g", () => groups),
  ...records<T.Project>("projects", "projects", "project", "pr", () => f.projects),
  ...records<T.Number>("numbers", "numbers", "number", "n", () => numbers, (number) => {
    if (numbers.some((one) => one.id !== number.id && one.e164 === number.e164)) throw new Refused(409, "TAKEN", { field: "e164" });
  }),
  ...records<T.Queue>("queues", "queues", "queue", "q", () => f.queues),
  ...records<T.Calendar>("calendars", "calendars", "calendar", "cal", () => calendars),
  ...records<T.CallerList>("caller-lists", "lists", "list", "l", () => lists),
  ["POST", /^\/channels\/([^/]+)\/test$/, ([, id]) => {
    const channel = f.channels.find((one) => one.id === id);
    return channel?.secrets_set.includes("token") ? { ok: true, says: "@svitanok_help_bot, can read all group messages: no" } : { ok: false, says: "401 Unauthorized: the token is not valid any more" };
  }],
  ["POST", /^\/channels$/, (_, body) => {
    const given = body["channel"] as T.Channel;
    const id = newId("ch");
    const channel = { ...given, id, rev: 1, secrets_set: Object.keys((body["secrets"] ?? {}) as object), health: given.kind === "webchat" ? "ok" : "", public_key: given.kind === "webchat" ? `wk_${id.replaceAll("-", "")}` : "", webhook_url: "https://cc.svitanok.example/widget.js" };
    f.channels.push(channel);
    return { channel };
  }],
  ...records<T.Channel>("channels", "channels", "channel", "ch", () => f.channels),
  ["PUT", /^\/tenant$/, (_, body) => {
    const tenant = { ...f.me.tenant, ...(body["tenant"] as T.Tenant), rev: (f.me.tenant?.rev ?? 0) + 1 };
    f.me.tenant = tenant;
    return { tenant };
  }],
  ["GET", /^\/strategies$/, () => ({ strategies })],
  ["PUT", /^\/agents\/([^/]+)$/, ([, id], body) => {
    const profile = body["profile"] as T.AgentProfile;
    const agent = f.agents.find((one) => one.agent_id === id);
    if (agent) Object.assign(agent, { skills: profile.skills, capacity: profile.capacity });
    return { agent: agent ?? { agent_id: id, state: "AGENT_STATE_OFFLINE", reason: "", load: {}, capacity: profile.capacity, skills: profile.skills, wrapping: 0, queue_ids: [] } };
  }],
  ["GET", /^\/bindings$/, () => ({ bindings })],
  ["PUT", /^\/bindings$/, (_, body) => {
    const binding = body["binding"] as T.Binding;
    const at = bindings.findIndex((one) => one.address === binding.address);
    if (at >= 0) bindings.splice(at, 1);
    if (binding.scheme_id) bindings.push(binding);
    return { binding };
  }],
  ["GET", /^\/schemes$/, () => ({ schemes: schemes.map(({ scheme: { graph: _graph, ...one } }) => one) })],
  ["GET", /^\/schemes\/([^/]+)$/, ([, id]) => answerOf(kept(id))],
  ["POST", /^\/schemes$/, (_, body) => {
    const given = body["scheme"] as T.Scheme;
    const one: Kept = { scheme: { ...given, id: newId("s"), rev: 1, live_version: 0, version: 0, changed_at: f.ago(0) }, live: new Map(), versions: [] };
    schemes.push(one);
    return answerOf(one);
  }],
  ["PUT", /^\/schemes\/([^/]+)$/, ([, id], body) => {
    const one = kept(id);
    const given = body["scheme"] as T.Scheme;
    if (stale) {
      stale = false;
      const graph = fromWire(one.scheme.graph);
      one.scheme = { ...one.scheme, rev: one.scheme.rev + 1, graph: toWire({ ...graph, nodes: graph.nodes.map((node) => (node.kind === "hours" ? { ...node, name: "Часы офиса" } : node)) }) };
    }
    if (given.rev !== one.scheme.rev) throw new Refused(409, "STALE");
    one.scheme = { ...one.scheme, name: given.name, ...(given.graph ? { graph: given.graph } : {}), rev: one.scheme.rev + 1, changed_at: f.ago(0) };
    return answerOf(one);
  }],
  ["POST", /^\/schemes\/([^/]+)\/publish$/, ([, id], body) => {
    const one = kept(id);
    if (check(fromWire(one.scheme.graph)).some((finding) => finding.severity === "error")) throw new Refused(422, "INVALID_SCHEME");
    return publish(one, String(body["reason"]), one.scheme.graph ?? {});
  }],
  ["POST", /^\/schemes\/([^/]+)\/rollback$/, ([, id], body) => publish(kept(id), String(body["reason"]), kept(id).live.get(Number(body["version"])) ?? {})],
  ["POST", /^\/schemes\/([^/]+)\/simulate$/, ([, id], body) => ({ steps: play(fromWire(kept(id).scheme.graph), body["inputs"] as string[]) })],
  ["GET", /^\/api-keys$/, () => ({ keys })],
  ["POST", /^\/api-keys$/, (_, body) => {
    const key: T.ApiKey = { id: newId("k"), title: String(body["title"]), roles: body["roles"] as T.Role[], prefix: "ant_k8we52", created_at: f.ago(0), revoked: false };
    keys.unshift(key);
    return { key, secret: "ant_k8we52zb_3hQ9vT1xLr7Yp2NdKc5WmA8sFgJe4uBz" };
  }],
  ["DELETE", /^\/api-keys\/([^/]+)$/, ([, id]) => {
    for (const key of keys) if (key.id === id) key.revoked = true;
    return {};
  }],
  ["GET", /^\/audit$/, (_, _body, url) => {
    const object = url.searchParams.get("object");
    const all = audit.filter((one) => !object || one.object === object);
    const from = Number(url.searchParams.get("after") ?? 0);
    return { entries: all.slice(from, from + 100), next: from + 100 < all.length ? String(from + 100) : "" };
  }],
];

/** After the others, whatever their order: adds what settings need to their people, queues and channels. */
export function furnishAdmin(): void {
  queueMicrotask(furnish);
}

function furnish(): void {
  f.people.forEach((person, index) => {
    person.extension ||= String(201 + index);
    person.totp = index % 3 !== 1;
    if (index % 5 === 3) person.project_ids = ["pr-1"];
  });
  f.people.push({ ...(f.people[1] as T.Person), id: "p-nadiia", name: "Надежда Кравченко", email: "nadiia@svitanok.example", roles: ["ROLE_OWNER"], extension: "200", totp: true, project_ids: [], caller_id: "+380443902020", reaches: [{ kind: "phone", value: "+380671234567" }] });
  f.people.push({ ...(f.people[1] as T.Person), id: "p-left", name: "Павло Сидоренко", email: "pavlo@svitanok.example", extension: "", disabled: true, totp: false });
  f.queues.forEach((queue, index) => {
    queue.members = index === 0 ? [{ person_id: f.ME, level: 1, position: 1, penalty: 0 }, { group_id: "g-day", level: 1, position: 2, penalty: 0 }, { group_id: "g-second", level: 2, position: 1, penalty: 0 }] : index === 5 ? [] : [{ group_id: index % 2 ? "g-day" : "g-night", level: 1, position: 1, penalty: 0 }, { person_id: "p-james", level: 2, position: 1, penalty: 0 }];
    if (index === 1) Object.assign(queue, { strategy: "sequential", wrap_up: "WRAP_UP_MODE_TIMED" });
    if (index === 0) Object.assign(queue, { skills: { ru: 3 }, wrap_up: "WRAP_UP_MODE_MANDATORY" });
    if (index === 2) Object.assign(queue, { strategy: "weighted_random", sticky_for: "45s" });
    if (index === 3) queue.strategy = "least_loaded";
    if (index === 4) queue.strategy = "ring_progressively";
    if (index === 0) Object.assign(queue, { announce_position: true, tier_delays: { 2: 40 }, max_wait: "600s", when_late: { way: "WAY_CALLBACK", queue_id: "" }, when_full: { way: "WAY_QUEUE", queue_id: "q-returns" }, no_answer_delay: "60s" });
  });
  const set = (id: string, change: Partial<T.Channel>) => Object.assign(f.channels.find((one) => one.id === id) ?? {}, change);
  set("ch-webchat", { name: "Чат svitanok.example", public_key: "wk_7Qd2Lm90xK", webhook_url: "https://cc.svitanok.example/widget.js", settings: { title: "Світанок", subtitle: "Відповідаємо за 2 хвилини", colour: "#0b6375", greeting: "Добрий день. Чим допомогти?", origins: ["https://svitanok.example"], language: "uk", fallback_queue_id: "q-support" } });
  set("ch-telegram", { name: "@svitanok_help_bot", secrets_set: ["token"], settings: { mode: "polling" } });
  f.channels.splice(0, f.channels.length, ...f.channels.filter((one) => one.kind === "webchat" || one.kind === "telegram"), ...f.channels.filter((one) => one.kind !== "webchat" && one.kind !== "telegram"));
  f.channels.push({ id: "ch-nw", rev: 1, kind: "telegram", name: "@northwind_bot", project_id: "pr-2", enabled: true, settings: { mode: "webhook" }, secrets_set: [], health: "Telegram: 401 Unauthorized since 14:02", public_key: "", verify_word: "", webhook_url: "https://cc.svitanok.example/in/telegram/ch-nw", writes_first_to: "" });
  f.snapshot.state.groups = groups;
  f.me.permissions.push(...["owners.write", "work.supervise"].filter((one) => !f.me.permissions.includes(one)));
  if (demo === "readonly") f.me.permissions = f.me.permissions.filter((one) => !one.endsWith(".write") || one === "keys.write").concat("channels.write");
  if (demo === "empty") for (const list of [groups, numbers, calendars, lists, keys, bindings, schemes, audit]) list.length = 0;
}
