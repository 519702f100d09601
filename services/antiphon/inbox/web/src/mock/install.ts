/** Stands in for fetch and WebSocket in `npm run dev:mock`. Add answers to ANSWERS (or in answers of your own page). */
import { ACCOUNT_ANSWERS } from "./accounts";
import { BENCH_ANSWERS, mentions, tags } from "./bench";
import { ADMIN_ANSWERS, furnishAdmin } from "./admin";
import { billingAnswers } from "./billing";
import { BOARD_ANSWERS, boardFeed, furnishBoard, openConversations } from "./board";
import { DESK_ANSWERS, deskFeed, installFiles, Refused } from "./desk";
import { CUSTOMER_ANSWERS } from "./customers";
import { DEAL_ANSWERS } from "./deals";
import { LEAD_ANSWERS } from "./leads";
import { CAMPAIGN_ANSWERS } from "./campaigns";
import * as f from "./fixtures";
import { LADDER_ANSWERS } from "./ladder";
import { QUALITY_ANSWERS } from "./quality";
import { CARRIER_ANSWERS } from "./carriers";
import { OFFER_ANSWERS } from "./offers";
import { SHIFT_ANSWERS } from "./shifts";
import { WORK_ANSWERS } from "./work";
import { furnishVoice, tone, VOICE_ANSWERS } from "./voice";
import { media } from "../api/api";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
export class MockProblem {
  constructor(readonly status: number, readonly reason: string, readonly facts: Record<string, unknown> = {}) {}
}

/** [method, path under /api/v1, answer]; the first that matches wins. `?demo=locked` and `?demo=code` steer sign-in. */
export const ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ...ACCOUNT_ANSWERS,
  ...BENCH_ANSWERS,
  ...OFFER_ANSWERS,
  ...CARRIER_ANSWERS,
  ...CUSTOMER_ANSWERS,
  ...DEAL_ANSWERS,
  ...LEAD_ANSWERS,
  ...billingAnswers((status, reason) => new MockProblem(status, reason) as unknown as Error),
  ...CAMPAIGN_ANSWERS,
  ...WORK_ANSWERS,
  ...LADDER_ANSWERS,
  ...QUALITY_ANSWERS,
  ...SHIFT_ANSWERS,
  ...VOICE_ANSWERS,
  ...DESK_ANSWERS,
  ...ADMIN_ANSWERS,
  ["POST", /^\/sign-in$/, (_, body) => {
    const demo = new URLSearchParams(location.search).get("demo");
    if (demo === "locked") throw new MockProblem(429, "LOCKED");
    if (demo === "code" && !body["code"]) throw new MockProblem(401, "TOTP_NEEDED");
    if (body["password"] === "wrong") throw new MockProblem(401, "BAD_CREDENTIALS");
    return { person: f.me.person, session: "" };
  }],
  ["POST", /^\/sign-up$/, () => ({ tenant: f.me.tenant, person: f.me.person, session: "" })],
  ["GET", /^\/me$/, () => f.me],
  ["GET", /^\/me\/passkeys$/, () => ({ passkeys: [{ id: "pk1", title: "ThinkPad", created_at: f.ago(900000), last_used_at: f.ago(400), synced: false }, { id: "pk2", title: "iPhone", created_at: f.ago(90000), synced: true }] })],
  ["GET", /^\/me\/sessions$/, () => ({ sessions: [
    { id: "s1", created_at: f.ago(9000), seen_at: f.ago(5), expires_at: f.ago(-9000), agent: "Chromium 138, Linux", current: true },
    { id: "s2", created_at: f.ago(200000), seen_at: f.ago(90000), expires_at: f.ago(-9000), agent: "Safari, iPhone", current: false },
  ] })],
  ["POST", /^\/me\/totp$/, () => ({ secret: "JBSWY3DPEHPK3PXP", uri: "otpauth://totp/Antiphon:oksana@svitanok.example?secret=JBSWY3DPEHPK3PXP&issuer=Antiphon" })],
  ["POST", /^\/me\/totp\/confirm$/, () => ({ recovery_codes: ["4F7K-91QD", "X2LM-77PA", "9RTV-0C3N", "K8WE-52ZB"] })],
  ["GET", /^\/me\/work$/, () => f.snapshot.state.work],
  ["PUT", /^\/me\/state$/, (_, body) => ({ agent: { ...f.agents[0], ...body, since: f.ago(0) } })],
  ["GET", /^\/tenant$/, () => ({ tenant: f.me.tenant })],
  ["GET", /^\/sign-on$/, () => ({ sign_on: { rev: 3, word: "svitanok", issuer: "https://login.svitanok.example", client_id: "antiphon-desk", enabled: true, enforced: false, joining: "JOINING_VERIFIED", domains: ["svitanok.example"], roles: ["ROLE_AGENT"], role_claim: "groups", role_rules: [{ value: "cc-leads", role: "ROLE_SUPERVISOR" }], has_secret: true, return_url: `${location.origin}/sign-in/return`, logout_url: `${location.origin}/sign-in/logout` } })],
  ["PUT", /^\/sign-on$/, (_, body) => body],
  ["GET", /^\/people$/, () => ({ people: f.people })],
  ["GET", /^\/projects$/, () => ({ projects: f.projects })],
  ["GET", /^\/groups$/, () => ({ groups: [] })],
  ["GET", /^\/numbers$/, () => ({ numbers: [] })],
  ["GET", /^\/queues$/, () => ({ queues: f.queues })],
  ["GET", /^\/channels$/, () => ({ channels: f.channels })],
  ["GET", /^\/board$/, () => f.board],
  ...BOARD_ANSWERS,
  ["GET", /^\/conversations$/, (_, _body, url) => ({ conversations: url.searchParams.get("view") === "CONVERSATION_VIEW_OPEN" ? [...f.conversations, ...openConversations()] : f.conversations, next: "" })],
  ["GET", /^\/conversations\/([^/]+)\/messages$/, ([, id]) => ({ messages: f.messages[id ?? ""] ?? [], more: false })],
  ["GET", /^\/contacts\/([^/]+)$/, ([, id]) => ({ contact: { id, rev: 1, name: f.conversations.find((one) => one.contact_id === id)?.contact_name ?? "", language: "ru", time_zone: "Europe/Kyiv", phones: ["+380671234567"], emails: ["d.kovalenko@windnorth.example"], company: "«Северный ветер»", notes: "", attributes: {}, identities: [] } })],
];

async function answer(url: URL, method: string, text: string): Promise<Response> {
  if (url.pathname === "/api/v1/rt/ticket") return Response.json({ ticket: "mock" });
  if (url.pathname === "/api/v1/rt/snapshot") return Response.json({ ...f.snapshot, state: { ...f.snapshot.state, tags, mentions: mentions().filter((one) => !one.seen) } });
  const path = url.pathname.replace("/api/v1", "");
  const body = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
  try {
    for (const [verb, pattern, make] of ANSWERS) {
      const match = verb === method ? pattern.exec(path) : null;
      // An undefined answer leaves the question to the next row.
      const made = match ? await make(match, body, url) : undefined;
      if (match && made !== undefined) return Response.json(made);
    }
  } catch (error) {
    if (!(error instanceof MockProblem || error instanceof Refused)) throw error;
    return Response.json({ status: error.status, reason: error.reason, facts: error.facts }, { status: error.status, headers: { "Content-Type": "application/problem+json" } });
  }
  return Response.json(method === "GET" ? {} : body);
}

class MockSocket {
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor() {
    setTimeout(() => this.onopen?.());
  }
  send(text: string) {
    const frame = JSON.parse(text) as { t: string; subs?: string[] };
    if (frame.t === "hello") setTimeout(() => this.say({ t: "hello", n: 0, now: new Date().toISOString() }));
    deskFeed(frame, (reply) => this.say(reply));
    boardFeed(frame, (reply) => this.say(reply), (code) => this.onclose?.({ code }));
  }
  close() {}
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

export function install(): void {
  furnishAdmin();
  furnishBoard();
  furnishVoice();
  installFiles();
  const sound = URL.createObjectURL(tone(220));
  Object.assign(media, { recordingUrl: () => sound, voicemailUrl: () => sound });
  const real = window.fetch;
  window.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    if (!/^\/(api|rt)\//.test(url.pathname)) return real(input, init);
    return answer(url, init?.method ?? "GET", typeof init?.body === "string" ? init.body : "");
  };
  const RealSocket = window.WebSocket;
  const Replaced = function (address: string, protocols?: string | string[]) {
    return new URL(address).pathname === "/rt" ? new MockSocket() : new RealSocket(address, protocols);
  };
  window.WebSocket = Replaced as unknown as typeof WebSocket;
}
