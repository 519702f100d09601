/** A site's lead catcher, and what contacts led to: for looking at the pages without a backend. `?demo=basic` has no PRO. */
import type * as T from "../api/types.gen";
import { ago, ME } from "./fixtures";

const demo = new URLSearchParams(location.search).get("demo");
const basic = demo === "basic";
let catcher: T.LeadCatcher = {
  channel_id: "ch-webchat", rev: 2, enabled: true, title: { uk: "Передзвонимо за хвилину" }, intro: {}, consent: {}, privacy_url: "https://shop.example/privacy", queue_id: "q-support", region: "UA",
  messenger_ids: basic ? [] : ["ch-telegram"], ...(basic ? {} : { theme: { background: "#101820", text: "#ffffff", accent: "#ffcc00", radius: 16, font: "serif" } }),
};
let chats: T.LeadChat[] = [{ id: "lc-1", channel_id: "ch-telegram", channel: "telegram", name: "Відділ продажів: Київ, Львів та Одеса", since: ago(90_000) }, { id: "lc-2", channel_id: "ch-telegram", channel: "telegram", name: "", since: ago(900) }];
const way = (chat: string, state: T.LeadDeliveryState, failure = ""): T.LeadDelivery => ({ chat_id: chat, channel: "telegram", chat_name: chats[0]?.name ?? "", state, failure, attempts: 1 });
const leads: T.Lead[] = [
  { id: "ld-1", conversation_id: "c-2", contact_id: "k-1", at: ago(600), page: "https://shop.example/awnings?model=4x3&colour=sand", utm: { utm_source: "google" }, deliveries: [way("lc-1", "LEAD_DELIVERY_STATE_SENT"), way("lc-2", "LEAD_DELIVERY_STATE_FAILED", "Forbidden: bot was blocked by the user")] },
  { id: "ld-2", conversation_id: "c-1", contact_id: "k-2", at: ago(5000), page: "", utm: {}, deliveries: [] },
];

const figures = (interactions: number, sold: number, micros: number): T.Figures => ({
  interactions, offered: interactions, answered: interactions - 3, in_time: interactions - 9, abandoned: 3, short_abandoned: 1, abandoned_in_time: 1, overflowed: 0, waiting: 0, redirected: 0, service_level: 0.82, asa_seconds: 14,
  longest_wait_seconds: 96, handled: interactions - 3, aht_seconds: 214, talk_seconds: 9000, wrap_seconds: 900, transferred: 4, rung: 60, missed: 2, rated: 0, sold, sales: sold, conversion: sold / interactions,
  sold_amounts: sold ? [{ currency: "EUR", micros: String(micros / 40) }, { currency: "UAH", micros: String(micros) }] : [],
});
const report: T.GetReportResponse = {
  rows: [["", 48, 5, 48_500e6], ["cp-1", 31, 9, 125_000e6], ["cp-2", 22, 0, 0]].map(([key, count, sold, micros]) => ({ keys: [String(key)], figures: figures(Number(count), Number(sold), Number(micros)) })),
  total: figures(101, 14, 173_500e6), formula: "FORMULA_OF_OFFERED", time_zone: "Europe/Kyiv", short_seconds: 5, within_seconds: 0, promises: {}, campaign_names: { "cp-1": "Весняний розпродаж маркіз", "cp-2": "Опитування" },
};
const interaction: T.InsightInteraction = {
  id: "call:cl-1", sort: "SORT_CALL", channel: "voice", direction: "DIRECTION_INBOUND", started_at: ago(4000), ended_at: ago(3700), result: "answered", contact_id: "k-1", party: "+380671234567", project_id: "", queue_id: "q-support",
  agent_id: ME, tags: [], disposition: "sold", transfers: 0, messages_in: 0, messages_out: 0, duration_seconds: 300, wait_seconds: 12, talk_seconds: 280, wrap_seconds: 10, recording_id: "", line: "+380443334455", outcome: "sale", campaign_id: "cp-1",
  sales: [{ deal_id: "dl-1", sold_at: ago(100), amount: { currency: "UAH", micros: "48500000000" } }, { deal_id: "dl-2", sold_at: ago(90) }],
  visits: [{ queue_id: "q-support", entered_at: ago(4000), left_at: ago(3988), how: "answered", agent_id: ME, wait_seconds: 12 }], spells: [{ agent_id: ME, queue_id: "q-support", accepted_at: ago(3988), released_at: ago(3708), done_at: ago(3700), transferred: false, talk_seconds: 280, wrap_seconds: 10 }],
};

/** A colleague's: what may be evaluated. */
const another = (id: string): T.InsightInteraction => (id === interaction.id ? interaction : {
  ...interaction, id, agent_id: "p-ihor", outcome: "", sales: [], ...(id.startsWith("conversation:") ? { sort: "SORT_CHAT", channel: "webchat", party: "Дмитро Коваленко" } as const : {}), spells: interaction.spells.map((one) => ({ ...one, agent_id: "p-ihor" })),
});

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
export const LEAD_ANSWERS: [method: string, path: RegExp, answer: Answer][] = [
  ["GET", /^\/channels\/[^/]+\/lead-catcher$/, () => ({ catcher, pro: !basic })],
  ["PUT", /^\/channels\/[^/]+\/lead-catcher$/, (_, body) => ({ catcher: (catcher = { ...(body["catcher"] as T.LeadCatcher), rev: catcher.rev + 1 }) })],
  ["GET", /^\/channels\/[^/]+\/leads$/, () => ({ leads: demo === "empty" ? [] : leads })],
  ["GET", /^\/lead-chats$/, () => ({ chats })],
  ["DELETE", /^\/lead-chats\/([^/]+)$/, ([, id]) => { chats = chats.filter((one) => one.id !== id); return {}; }],
  ["POST", /^\/lead-codes$/, () => ({ code: "LEAD-7KQ2MZX9WP", until: ago(-86_400) })],
  ["GET", /^\/reports$/, (_match, _body, url) => (url.searchParams.get("step") === "STEP_UNSPECIFIED" ? report : { ...report, rows: report.rows.map((row, index) => ({ ...row, keys: [], start: ago(7200 - index * 3600), end: ago(3600 - index * 3600) })) })],
  ["GET", /^\/interactions$/, () => ({ interactions: [interaction], next_page: "" })],
  ["GET", /^\/interactions\/([^/]+)$/, ([, id]) => ({ interaction: another(decodeURIComponent(id ?? "")) })],
];
