/** Missed calls, scorecards and evaluations of the made-up company. `?demo=empty` has none. */
import type * as T from "../api/types.gen";
import * as f from "./fixtures";

const ago = f.ago;
const ME = f.me.person?.id ?? "";
const demo = new URLSearchParams(location.search).get("demo");
const OTHERS = f.people.map((one) => one.id).filter((id) => id !== ME);
const queue = (place: number) => f.queues[place % f.queues.length]?.id ?? "";

const missed: T.MissedCaller[] = [
  { contact_id: "k-1", party: "+380671234567", since: ago(93_000), last_at: ago(7_200), calls: 3, queue_id: queue(0), line: "+380443334455", interaction_ids: ["call:m-1"], tries: 2, tried_at: ago(3_600), calling: false, promised: false },
  { contact_id: "", party: "+380501112233", since: ago(5_400), last_at: ago(5_400), calls: 1, queue_id: queue(1), line: "+380443334455", interaction_ids: ["call:m-2"], tries: 0, calling: false, promised: true, promised_at: ago(-4_000) },
  { contact_id: "", party: "+4915112345678", since: ago(1_500), last_at: ago(1_500), calls: 1, queue_id: "", line: "+380443334466", interaction_ids: ["call:m-3"], tries: 1, tried_at: ago(20), calling: true, promised: false },
  { contact_id: "k-2", party: "", since: ago(400), last_at: ago(400), calls: 1, queue_id: queue(0), line: "", interaction_ids: ["callback:m-4"], tries: 0, calling: false, promised: false },
];
const ages: T.MissedAges[] = [{ queue_id: queue(0), counts: [1, 0, 0, 0, 1] }, { queue_id: queue(1), counts: [0, 0, 1, 0, 0] }, { queue_id: "", counts: [0, 1, 0, 0, 0] }];

let cards: T.Scorecard[] = [
  { id: "sc-1", rev: 3, name: "Дзвінки підтримки", version: 2, used: true, archived: false, criteria: [
    { id: "hello", name: "Привітання і назва компанії", weight: 1, scale: 1, fatal: false },
    { id: "consent", name: "Попереджено про запис", weight: 1, scale: 1, fatal: true },
    { id: "solved", name: "Питання вирішено за один дзвінок", weight: 3, scale: 5, fatal: false },
    { id: "manner", name: "Тон і ввічливість", weight: 2, scale: 3, fatal: false },
    { id: "words", name: "Повнота нотаток", weight: 1, scale: 10, fatal: false },
  ] },
  { id: "sc-2", rev: 1, name: "Chats", version: 1, used: false, archived: false, criteria: [{ id: "reply", name: "First reply within a minute", weight: 2, scale: 1, fatal: false }, { id: "solved", name: "Solved", weight: 3, scale: 5, fatal: false }] },
];
const said = (score: number, at: number, comment: string): T.Judgement => ({ at: ago(at), points: { hello: 1, consent: 1, solved: 4, manner: 2, words: 7 }, score, comment });
let evaluations: T.Evaluation[] = demo === "empty" ? [] : [
  { id: "ev-1", interaction_id: "call:cl-1", agent_id: OTHERS[0] ?? "", queue_id: queue(0), evaluator_id: ME, scorecard: cards[0] as T.Scorecard, judgement: said(825, 4_000, "Спокійно пояснила умови повернення, але не записала домовленість у картку."), earlier: [said(700, 8_000, "")], made_at: ago(8_000), project_id: "" },
  { id: "ev-2", interaction_id: "conversation:c-1", agent_id: ME, queue_id: queue(1), evaluator_id: OTHERS[1] ?? "", scorecard: cards[0] as T.Scorecard, judgement: said(912, 90_000, "Well done."), earlier: [], made_at: ago(90_000), project_id: "" },
  { id: "ev-3", interaction_id: "call:cl-2", agent_id: ME, queue_id: queue(0), evaluator_id: OTHERS[1] ?? "", scorecard: cards[0] as T.Scorecard, judgement: said(640, 200_000, ""), earlier: [], made_at: ago(200_000), acknowledged_at: ago(150_000), project_id: "" },
];

const KEYS: Record<string, (it: T.Evaluation) => string[]> = {
  QUALITY_DIMENSION_AGENT: (it) => [it.agent_id], QUALITY_DIMENSION_QUEUE: (it) => [it.queue_id], QUALITY_DIMENSION_SCORECARD: (it) => [it.scorecard?.id ?? ""], QUALITY_DIMENSION_EVALUATOR: (it) => [it.evaluator_id],
  QUALITY_DIMENSION_CRITERION: (it) => (it.scorecard?.criteria ?? []).map((one) => `${it.scorecard?.id}/${one.id}`),
};
function row(keys: string[], some: readonly T.Evaluation[]): T.QualityRow {
  const score = some.length ? Math.round(some.reduce((sum, it) => sum + (it.judgement?.score ?? 0), 0) / some.length) : undefined;
  return { keys, evaluations: some.length, acknowledged: some.filter((it) => it.acknowledged_at).length, ...(score === undefined ? {} : { score }) };
}

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
export const QUALITY_ANSWERS: [method: string, path: RegExp, answer: Answer][] = [
  ["GET", /^\/missed$/, (_match, _body, url) => {
    const some = demo === "empty" ? [] : missed.filter((one) => one.party.includes(url.searchParams.get("party") ?? "") && [null, one.queue_id].includes(url.searchParams.get("queue_ids")));
    return { callers: some, total: some.length, ages };
  }],
  ["GET", /^\/scorecards$/, (_match, _body, url) => ({ scorecards: demo === "empty" ? [] : cards.filter((one) => !one.archived || url.searchParams.get("include_archived") === "true") })],
  ["POST", /^\/scorecards$/, (_, body) => { const made = { ...(body["scorecard"] as T.Scorecard), id: `sc-${cards.length + 1}`, rev: 1, version: 1, used: false, archived: false }; cards.push(made); return { scorecard: made }; }],
  ["PUT", /^\/scorecards\/([^/]+)$/, ([, id], body) => { cards = cards.map((one) => (one.id === id ? { ...one, ...(body["scorecard"] as T.Scorecard), rev: one.rev + 1, version: one.version + Number(one.used), used: false } : one)); return { scorecard: cards.find((one) => one.id === id) }; }],
  ["POST", /^\/scorecards\/([^/]+)\/archive$/, ([, id], body) => { cards = cards.map((one) => (one.id === id ? { ...one, archived: Boolean(body["archived"]) } : one)); return { scorecard: cards.find((one) => one.id === id) }; }],
  ["GET", /^\/evaluations$/, (_match, _body, url) => {
    const wanted = (field: string, value: string) => { const all = url.searchParams.getAll(field); return all.length === 0 || all.includes(value); };
    const found = evaluations.filter((it) => wanted("agent_ids", it.agent_id) && wanted("queue_ids", it.queue_id) && wanted("interaction_id", it.interaction_id) && (url.searchParams.get("unread") !== "true" || !it.acknowledged_at));
    return { evaluations: found, next_page: "" };
  }],
  ["POST", /^\/evaluations$/, (_, body) => {
    const asked = body as T.EvaluateRequest;
    const made: T.Evaluation = { id: `ev-${evaluations.length + 1}`, interaction_id: asked.interaction_id ?? "", agent_id: asked.agent_id ?? "", queue_id: queue(0), evaluator_id: ME, scorecard: cards.find((one) => one.id === asked.scorecard_id) as T.Scorecard, judgement: { at: ago(0), points: asked.points ?? {}, score: 800, comment: asked.comment ?? "" }, earlier: [], made_at: ago(0), project_id: "" };
    evaluations = [made, ...evaluations];
    return { evaluation: made };
  }],
  ["POST", /^\/evaluations\/([^/]+)\/acknowledge$/, ([, id]) => { evaluations = evaluations.map((it) => (it.id === id ? { ...it, acknowledged_at: ago(0) } : it)); return { evaluation: evaluations.find((it) => it.id === id) }; }],
  ["GET", /^\/quality$/, (_match, _body, url) => {
    const keysOf = KEYS[url.searchParams.get("group_by") ?? ""] ?? (() => []);
    const keys = [...new Set(evaluations.flatMap(keysOf))].sort();
    const names = Object.fromEntries(cards.flatMap((one) => [[one.id, one.name], ...one.criteria.map((each) => [`${one.id}/${each.id}`, each.name])]));
    return { rows: keys.map((key) => row([key], evaluations.filter((it) => keysOf(it).includes(key)))), total: row([], evaluations), time_zone: "Europe/Kyiv", names };
  }],
];
