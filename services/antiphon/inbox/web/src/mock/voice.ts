/**
 * Telephony with a memory. `?demo=ring|talk|script|held|consult|conf|inside|callwrap|novoice|nophone|nomic|micmuted|weak|broken|novoicedata`
 * show its faces; without one, a number typed into the phone is dialled and answered.
 */
import type * as T from "../api/types.gen";
import { emit, Refused } from "./desk";
import * as f from "./fixtures";
import { mockPhone, onAnswer } from "./phone";

type Answer = (match: RegExpExecArray, body: Record<string, unknown>, url: URL) => unknown;
const demo = typeof location === "undefined" ? "" : (new URLSearchParams(location.search).get("demo") ?? "");
const blank = demo === "novoicedata";
const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

let made = 0;
const leg = (id: string, role: string, person_id: string, number: string, started: number, extra: Partial<T.Leg> = {}): T.Leg => ({ id, role, person_id, number, trunk_id: "", started_at: f.ago(started), answered_at: f.ago(Math.max(0, started - 12)), code: 200, ended_by: "", account_id: "", carrier: "", why: [], ...extra });
const good: T.Quality = { loss: 0.001, jitter_ms: 4, round_trip_ms: 38, mos: 4.3, packets: "11020", exceeded: [] };
const poor: T.Quality = { loss: 0.034, jitter_ms: 31, round_trip_ms: 260, mos: 3.2, packets: "8904", exceeded: ["loss", "jitter"] };

function call(id: string, extra: Partial<T.Call>): T.Call {
  const agent = extra.agent_id ?? f.ME;
  return {
    id, direction: "DIRECTION_INBOUND", state: "CALL_STATE_TALKING", caller: "+380671234567", called: "+380443902020", contact_id: "k-c-1", agent_id: agent, queue_id: "q-support", item_id: "", scheme_id: "", project_id: "pr-1",
    started_at: f.ago(290), answered_at: f.ago(252), legs: [leg("l1", "caller", "", "+380671234567", 290), leg("l2", "agent", agent, "101", 262)], outcome: "", recorded: true, recording_paused: false, recording_id: "", consulting: "", sip_call_id: "", keys: {}, answered_by: "", campaign: false, rating: 0, ...extra,
  };
}

const live = new Map<string, T.Call>();
const ended: T.Call[] = [];
const over = (...what: Parameters<typeof overAnswered>): T.Call => {
  const one = overAnswered(...what);
  if (what[2]) return one;
  const { answered_at: _none, ...missed } = one;
  return { ...missed, legs: one.legs.map(({ answered_at: _at, quality: _quality, ...rest }) => rest) };
};
function overAnswered(no: number, back: number, length: number, extra: Partial<T.Call> = {}, quality = good): T.Call {
  return call(`h${no}`, {
  state: "CALL_STATE_ENDED", started_at: f.ago(back), ...(length ? { answered_at: f.ago(back - 18), talked: `${length}s` } : {}), ended_at: f.ago(back - 18 - length), outcome: length ? "answered" : "abandoned", recording_id: length ? `r${no}` : "", recorded: length > 0,
  legs: [leg("l1", "caller", "", extra.caller ?? "+380671234567", back, { quality, ended_by: "caller" }), ...(length ? [leg("l2", "agent", extra.agent_id ?? f.ME, "101", back - 10, { quality: good })] : [])], ...extra,
  });
}
if (!blank) ended.push(
  over(1, 3100, 222), over(2, 5200, 0, { caller: "+380504438119", contact_id: "", queue_id: "q-returns", agent_id: "" }), over(3, 7400, 95, { direction: "DIRECTION_OUTBOUND", called: "+380635550120", caller: "+380635550120", contact_id: "k-c-2" }),
  over(4, 9100, 611, { agent_id: "p-ihor", caller: "+48223071820", contact_id: "", queue_id: "q-returns" }, poor), over(5, 12_000, 41, { direction: "DIRECTION_INTERNAL", caller: "104", called: "101", contact_id: "", queue_id: "", agent_id: "p-taras", recorded: false, recording_id: "" }),
  over(6, 15_500, 0, { outcome: "voicemail", caller: "+380931112233", contact_id: "" }), over(7, 90_000, 340, { agent_id: "p-anna", contact_id: "k-c-2", caller: "+380635550120" }), over(8, 96_000, 0, { outcome: "busy", direction: "DIRECTION_OUTBOUND", caller: "+380443330011", called: "+380443330011", contact_id: "" }),
  over(9, 180_000, 128, { agent_id: "p-james", contact_id: "k-c-4", caller: "+442071234567" }), over(10, 260_000, 1905, { agent_id: "p-maria" }),
);

/** The picture of speech: words, pauses, two who take turns. */
function peaks(seed: number, turn: number): number[] {
  let state = seed * 7919 + 13;
  const random = () => ((state = (state * 1103515245 + 12345) % 2147483648), state / 2147483648);
  return Array.from({ length: 300 }, (_, index) => {
    const speaks = Math.sin(index / (11 + (seed % 5)) + turn * Math.PI) > -0.15;
    const word = Math.abs(Math.sin(index * 0.9 + seed)) * 0.6 + random() * 0.4;
    return Math.max(0.02, Math.min(1, speaks ? word * (0.55 + 0.45 * random()) : 0.03 + random() * 0.04));
  });
}
const recordings: T.Recording[] = ended.filter((one) => one.recording_id).map((one, index) => ({
  id: one.recording_id, call_id: one.id, ...(one.answered_at ? { started_at: one.answered_at } : {}), ...(one.talked ? { length: one.talked } : {}), agent_id: one.agent_id, caller: one.caller, bytes: String(4000 * Number((one.talked ?? "0s").slice(0, -1))),
  media_type: "audio/ogg; codecs=opus", peaks_left: peaks(index + 1, 0), peaks_right: peaks(index + 4, 1), kept_until: f.ago(-86400 * 90), queue_id: one.queue_id,
}));
const voicemails: T.Voicemail[] = blank ? [] : [
  { id: "v1", call_id: "h6", left_at: f.ago(15_400), length: "34s", caller: "+380931112233", contact_id: "", person_id: f.ME, group_id: "", heard: false, peaks: peaks(21, 0) },
  { id: "v2", call_id: "", left_at: f.ago(70_000), length: "72s", caller: "+380671234567", contact_id: "k-c-1", person_id: "", group_id: "g-day", heard: false, peaks: peaks(22, 0) },
  { id: "v3", call_id: "", left_at: f.ago(160_000), length: "11s", caller: "104", contact_id: "", person_id: f.ME, group_id: "", heard: true, peaks: peaks(23, 0) },
];

const faxes: T.Fax[] = blank ? [] : [
  fax("fx1", { direction: "DIRECTION_INBOUND", number: "+380443330011", ident: "+380443330011", pages: 2, pages_done: 2, person_id: f.ME }),
  fax("fx2", { direction: "DIRECTION_INBOUND", status: "FAX_STATUS_PARTIAL", why: "The call dropped prematurely", number: "+380671234567", pages: 1, pages_done: 1, group_id: "g-day", email: "office@shop.example", mailed: true, at: f.ago(80_000) }),
  fax("fx3", { direction: "DIRECTION_OUTBOUND", status: "FAX_STATUS_DELIVERED", number: "+380445550199", pages: 5, pages_done: 5, person_id: f.ME, read: true, at: f.ago(150_000) }),
  fax("fx4", { direction: "DIRECTION_OUTBOUND", status: "FAX_STATUS_FAILED", why: "busy", number: "+380445550100", pages: 1, pages_done: 0, person_id: f.ME, read: true, at: f.ago(170_000) }),
];
function fax(id: string, change: Partial<T.Fax>): T.Fax {
  return { id, call_id: "", direction: "DIRECTION_INBOUND", at: f.ago(9_000), number: "", ident: "", status: "FAX_STATUS_RECEIVED", why: "", pages: 1, pages_done: 1, bytes: "60000", contact_id: "", person_id: "", group_id: "", read: false, kept_until: f.ago(-86400 * 90), email: "", mailed: false, ...change };
}

const changed = (one: T.Call, type = "CallChanged") => {
  live.set(one.id, one);
  f.snapshot.state.calls = [...live.values()];
  emit(`media.v1.${type}`, { call: { ...one } });
};
function edit(id: string, change: Partial<T.Call>): { call: T.Call } {
  const one = live.get(id);
  if (!one) throw new Refused(404, "UNKNOWN_CALL");
  const next = { ...one, ...change };
  changed(next);
  return { call: next };
}
const sip = (id: string) => `sip-${id}`;
function hangUp(id: string): void {
  const one = live.get(id);
  if (!one) return;
  live.delete(id);
  const gone = { ...one, state: "CALL_STATE_ENDED" as const, ended_at: f.ago(0), outcome: "answered", talked: `${Math.round((Date.now() - Date.parse(one.answered_at ?? f.ago(0))) / 1000)}s`, legs: one.legs.map((each) => ({ ...each, ended_at: f.ago(0) })) };
  ended.unshift(gone);
  f.snapshot.state.calls = [...live.values()];
  emit("media.v1.CallEnded", { call: gone });
  mockPhone.ended(sip(id));
  const item = f.items.find((work) => work.subject === `call:${id}`);
  if (item) emit("acd.v1.WrapUpStarted", { item: Object.assign(item, { state: "ITEM_STATE_WRAP", since: f.ago(0), wrap_up_ends_at: f.ago(-60) }) });
}

function ring(): void {
  const one = call("in1", { state: "CALL_STATE_RINGING", started_at: f.ago(14), item_id: "w-in1", sip_call_id: sip("in1"), recorded: false, legs: [leg("l1", "caller", "", "+380671234567", 14), { ...leg("l2", "agent", f.ME, "101", 0), code: 0 }] });
  delete one.answered_at;
  one.legs.forEach((each) => each.role === "agent" && delete each.answered_at);
  const item: T.WorkItem = { id: "w-in1", queue_id: "q-support", channel: "voice", state: "ITEM_STATE_OFFERED", priority: 0, enqueued_at: f.ago(14), agent_id: "", since: f.ago(0), subject: "call:in1", contact_id: "k-c-1", disposition: "", callback: false, tries: 0 };
  f.items.push(item);
  changed(one, "CallStarted");
  emit("acd.v1.WorkOffered", { item, offer: { item_id: item.id, version: 1, agent_id: f.ME, offered_at: f.ago(0), expires_at: f.ago(-25) } });
  mockPhone.invite({ id: sip("in1"), call: "in1", from: "+380671234567", name: "", auto: false });
  onAnswer.run = (id) => id === sip("in1") && accept(item);
  onAnswer.end = (id) => id === sip("in1") && live.has("in1") && (emit("acd.v1.OfferEnded", { item_id: item.id, version: 1, agent_id: f.ME, how: "OFFER_END_DECLINED" }), live.delete("in1"), emit("media.v1.CallEnded", { call: { ...one, state: "CALL_STATE_ENDED" } }));
}
function accept(item: T.WorkItem): void {
  Object.assign(item, { state: "ITEM_STATE_CONNECTED", agent_id: f.ME, since: f.ago(0) });
  emit("acd.v1.OfferEnded", { item_id: item.id, version: 1, agent_id: f.ME, how: "OFFER_END_ACCEPTED" });
  emit("acd.v1.WorkAccepted", { item });
  edit("in1", { state: "CALL_STATE_TALKING", answered_at: f.ago(0), recorded: true, legs: (live.get("in1")?.legs ?? []).map((each) => ({ ...each, answered_at: f.ago(0) })) });
}

/** A call that goes on, as after a reload: the phone takes it back by itself. */
function inTalk(extra: Partial<T.Call> = {}): void {
  const one = call("in2", { item_id: "w-in2", sip_call_id: sip("in2"), ...extra });
  f.items.push({ id: "w-in2", queue_id: "q-support", channel: "voice", state: "ITEM_STATE_CONNECTED", priority: 0, enqueued_at: f.ago(300), agent_id: f.ME, since: f.ago(252), subject: "call:in2", contact_id: one.contact_id, disposition: "", callback: false, tries: 0 });
  live.set(one.id, one);
  f.snapshot.state.calls = [...live.values()];
  setTimeout(() => mockPhone.invite({ id: sip("in2"), call: "in2", from: one.caller, name: "", auto: true }), 600);
}

export function furnishVoice(): void {
  f.people.forEach((one, index) => Object.assign(one, { extension: String(101 + index) }));
  if (demo !== "viewer") f.me.permissions.push("calls.read", "recordings.read", "recordings.delete", "quality.write");
  f.snapshot.state.calls = [];
  if (demo === "novoice") return;
  live.set("o1", call("o1", { agent_id: "p-ihor", caller: "+380504438119", contact_id: "k-c-2", started_at: f.ago(600), answered_at: f.ago(560), legs: [leg("l1", "caller", "", "+380504438119", 600), leg("l2", "agent", "p-ihor", "102", 570)] }));
  f.snapshot.state.calls = [...live.values()];
  if (demo === "ring") setTimeout(ring, 1500);
  if (["talk", "weak", "broken", "micmuted"].includes(demo)) inTalk();
  if (demo === "script") inTalk({ direction: "DIRECTION_OUTBOUND" });
  if (demo === "held") inTalk({ state: "CALL_STATE_HELD" });
  if (demo === "consult") inTalk({ state: "CALL_STATE_CONSULTING", consulting: "Игорь Бондарь" });
  if (demo === "conf") inTalk({ state: "CALL_STATE_CONFERENCE", legs: [leg("l1", "caller", "", "+380671234567", 290), leg("l2", "agent", f.ME, "101", 262), leg("l3", "colleague", "p-ihor", "102", 60)] });
  if (demo === "callwrap") {
    f.items.push({ id: "w-h1", queue_id: "q-support", channel: "voice", state: "ITEM_STATE_WRAP", priority: 0, enqueued_at: f.ago(300), agent_id: f.ME, since: f.ago(5), wrap_up_ends_at: f.ago(-60), subject: "call:h1", contact_id: "k-c-1", disposition: "", callback: false, tries: 0 });
  }
}

/** A second of quiet speech-like sound, as a WAV of so many seconds: something to play. */
export function tone(length: number): Blob {
  const rate = 4000, count = Math.max(1, Math.round(length * rate));
  const data = new DataView(new ArrayBuffer(44 + count));
  const word = (at: number, text: string) => [...text].forEach((char, index) => data.setUint8(at + index, char.charCodeAt(0)));
  word(0, "RIFF"); data.setUint32(4, 36 + count, true); word(8, "WAVEfmt "); data.setUint32(16, 16, true); data.setUint16(20, 1, true); data.setUint16(22, 1, true); data.setUint32(24, rate, true); data.setUint32(28, rate, true); data.setUint16(32, 1, true); data.setUint16(34, 8, true); word(36, "data"); data.setUint32(40, count, true);
  for (let index = 0; index < count; index += 1) data.setUint8(44 + index, 128 + Math.round(24 * Math.sin(index / 3) * Math.abs(Math.sin(index / 900))));
  return new Blob([data.buffer], { type: "audio/wav" });
}

const accounts: (T.SipAccount & { id: string })[] = [
  { id: "sa-1", rev: 2, username: "svitanok-101", title: "Yealink T46", person_id: f.ME, allowed_networks: ["203.0.113.0/24"], encrypted_only: true, blocked: false, password_changed_at: f.ago(86400 * 4), password_expires_at: f.ago(-86400 * 26), password_expired: false, warnings: [], line: "LINE_STATE_ACTIVE" },
  { id: "sa-2", rev: 1, username: "svitanok-102", title: "Zoiper", person_id: "p-ihor", allowed_networks: [], encrypted_only: false, blocked: false, password_changed_at: f.ago(86400 * 45), password_expires_at: f.ago(86400 * 15), password_expired: true, warnings: ["port_5060"], line: "LINE_STATE_INACTIVE" },
  { id: "sa-3", rev: 1, username: "svitanok-door", title: "Домофон, вхід", person_id: "", allowed_networks: ["192.0.2.14/32"], encrypted_only: false, blocked: true, password_changed_at: f.ago(86400 * 12), password_expires_at: f.ago(-86400 * 18), password_expired: false, warnings: [], line: "LINE_STATE_UNSPECIFIED" },
];
const trunks: (T.Trunk & { id: string })[] = [
  { id: "tr-1", rev: 3, name: "Київстар", host: "sip.operator.example", port: 5061, source_port: 0, transport: "TRANSPORT_TLS", username: "443902020", register: true, networks: [], max_channels: 30, codecs: ["PCMA"], prefixes: ["+38"], priority: 10, disabled: false, has_password: true, direction: "TRUNK_DIRECTION_UNSPECIFIED" },
  { id: "tr-2", rev: 1, name: "Warszawa", host: "198.51.100.7", port: 5060, source_port: 0, transport: "TRANSPORT_UDP", username: "", register: false, networks: ["198.51.100.0/28"], max_channels: 0, codecs: [], prefixes: ["+48", "+"], priority: 20, disabled: false, has_password: false, direction: "TRUNK_DIRECTION_OUTBOUND" },
  { id: "tr-3", rev: 1, name: "GSM, серверна 2", host: "192.0.2.40", port: 5060, source_port: 0, transport: "TRANSPORT_UDP", username: "gsm", register: false, networks: [], max_channels: 8, codecs: [], prefixes: [], priority: 0, disabled: false, has_password: true, direction: "TRUNK_DIRECTION_UNSPECIFIED" },
];
const sims: T.Sim[] = [
  { id: "sm-1", rev: 1, gateway_id: "tr-3", slot: 1, iccid: "893800100000000771", e164: "+380671112233", number_id: "n-9", tenant_id: "tn-2", company: "Ромашка", usage: "SLOT_USAGE_PBX", since: f.ago(86400 * 9), number_made: true },
  { id: "sm-2", rev: 1, gateway_id: "tr-3", slot: 3, iccid: "893800100000000772", e164: "+380503334455", number_id: "n-10", tenant_id: "tn-3", company: "Сонячний берег, готель", usage: "SLOT_USAGE_LINE", since: f.ago(86400 * 2), number_made: true },
];
let gateway = { id: "tr-3", rev: 1, capacity: 8, prefix: "9" };
const gatewayNow = (): T.Gateway => {
  const slots = Array.from({ length: gateway.capacity }, (_, at): T.Slot => {
    const sim = sims.find((one) => one.slot === at + 1);
    return { gateway_id: "tr-3", slot: at + 1, prefix: `${gateway.prefix}${String(at + 1).padStart(3, "0")}`, ...(sim ? { sim } : {}) };
  });
  return { ...gateway, name: "GSM, серверна 2", slots, used: sims.length, free: gateway.capacity - sims.length };
};
const COMPANIES = [{ id: "tn-2", name: "Ромашка" }, { id: "tn-3", name: "Сонячний берег, готель" }];
let plan: T.DialPlan = { rev: 1, country: "UA", blocked_prefixes: ["+7809", "+882"], caller_id: "+380443902020", outside_prefix: "", emergency_codes: [], record_calls: true, recording_days: 90, password_days: 30, strict_passwords: false };
function put<R extends { id: string; rev: number }>(list: R[], given: Partial<R>, id: string | undefined, blankRecord: Omit<R, "id" | "rev">): { record: R; fresh: boolean } {
  const old = list.find((one) => one.id === id);
  if (old) {
    if (given.rev !== old.rev) throw new Refused(409, "STALE");
    return { record: Object.assign(old, given, { id: old.id, rev: old.rev + 1 }), fresh: false };
  }
  const record = { ...blankRecord, ...given, id: `new-${(made += 1)}`, rev: 1 } as R;
  list.push(record);
  return { record, fresh: true };
}
const page = <R>(rows: R[], url: URL) => rows.slice(0, Number(url.searchParams.get("limit") || 50));

export const VOICE_ANSWERS: Array<[method: string, path: RegExp, answer: Answer]> = [
  ["GET", /^\/softphone$/, () => {
    if (demo === "novoice") throw new Refused(503, "UNAVAILABLE");
    return { uri: "sip:svitanok-101@pbx.example", websocket_url: `ws://${location.hostname}:1/`, username: "u", password: "p", expires_at: f.ago(-3600), ice_servers: [], available: true, why: "" };
  }],
  ["GET", /^\/calls\/([^/]+)\/ladder$/, ([, id]) => {
    const one = ended.find((each) => each.id === id) ?? [...live.values()].find((each) => each.id === id) ?? ended[0];
    if (!one || id === "none") throw new Refused(404, "UNKNOWN_CALL");
    const [first = "A", second = "L1"] = one.legs.map((leg) => leg.id);
    const began = Date.parse(one.started_at ?? "");
    const say = (after: number, leg_id: string, sent: boolean, line: string, sequence: string, has_sdp = false, reason = ""): T.SipMessage => ({ at: new Date(began + after).toISOString(), leg_id, sent, line, sequence, has_sdp, reason, peer: "127.0.0.1:5070 udp", sip_call_id: `sip-${leg_id}` });
    const step = (after: number, state: T.CallState): T.CallStep => ({ at: new Date(began + after).toISOString(), state });
    const messages = id === "old" ? [] : [
      say(0, first, false, "INVITE sip:+380443902020@pbx.example SIP/2.0", "1 INVITE", true), say(4, first, true, "SIP/2.0 100 Trying", "1 INVITE"), say(61, first, true, "SIP/2.0 200 OK", "1 INVITE", true), say(72, first, false, "ACK sip:192.0.2.7:5072 SIP/2.0", "1 ACK"),
      say(9200, second, true, "INVITE sip:james-7k2@10.0.0.12:5066;transport=udp;a-long-parameter=to-be-cut SIP/2.0", "1 INVITE", true), say(9700, second, true, "INVITE sip:james-7k2@10.0.0.12:5066;transport=udp;a-long-parameter=to-be-cut SIP/2.0", "1 INVITE", true), say(9710, second, false, "SIP/2.0 180 Ringing", "1 INVITE"), say(12900, second, false, "SIP/2.0 200 OK", "1 INVITE", true), say(12908, second, true, "ACK sip:james-7k2@10.0.0.12 SIP/2.0", "1 ACK"),
      say(95100, first, false, "BYE sip:192.0.2.7:5072 SIP/2.0", "2 BYE", false, "Q.850;cause=16"), say(95102, first, true, "SIP/2.0 200 OK", "2 BYE"), say(95110, second, true, "BYE sip:james-7k2@10.0.0.12 SIP/2.0", "2 BYE"), say(95140, second, false, "SIP/2.0 481 Call/Transaction Does Not Exist", "2 BYE"),
    ];
    return { call: one, messages, steps: [step(1, "CALL_STATE_RECEPTION"), step(8300, "CALL_STATE_QUEUED"), step(9205, "CALL_STATE_RINGING"), step(12905, "CALL_STATE_TALKING"), step(95130, "CALL_STATE_ENDED")], trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", cut: false };
  }],
  ["GET", /^\/calls\/live$/, () => ({ calls: [...live.values()] })],
  ["GET", /^\/calls$/, (_, _body, url) => ({ calls: page(ended.filter((one) => (!url.searchParams.get("contact_id") || one.contact_id === url.searchParams.get("contact_id")) && (!url.searchParams.get("agent_id") || one.agent_id === url.searchParams.get("agent_id"))), url), next: "" })],
  ["POST", /^\/calls$/, async (_, body) => {
    await later(400);
    if (demo === "nophone") throw new Refused(409, "NO_PHONE");
    if (String(body["to"]).startsWith("+7809")) throw new Refused(403, "BLOCKED_DESTINATION");
    const id = `out${(made += 1)}`;
    const to = String(body["to"]);
    const inside = f.people.find((one) => one.extension === to);
    const one = call(id, { direction: inside ? "DIRECTION_INTERNAL" : "DIRECTION_OUTBOUND", state: "CALL_STATE_RINGING", caller: inside ? "101" : to, called: to, contact_id: "", queue_id: "", started_at: f.ago(0), recorded: false, sip_call_id: sip(id), legs: [leg("l1", "agent", f.ME, "101", 0), { ...leg("l2", inside ? "colleague" : "outside", inside?.id ?? "", to, 0), code: 0 }] });
    delete one.answered_at;
    changed(one, "CallStarted");
    mockPhone.invite({ id: sip(id), call: id, from: to, name: "", auto: true });
    setTimeout(() => live.has(id) && edit(id, { state: "CALL_STATE_TALKING", answered_at: f.ago(0), recorded: true }), 3500);
    return { call: one };
  }],
  ["POST", /^\/calls\/([^/]+)\/hold$/, ([, id = ""], body) => edit(id, { state: body["on"] ? "CALL_STATE_HELD" : "CALL_STATE_TALKING" })],
  ["POST", /^\/calls\/([^/]+)\/hang-up$/, ([, id = ""]) => { hangUp(id); return {}; }],
  ["POST", /^\/calls\/([^/]+)\/digits$/, () => ({})],
  ["POST", /^\/calls\/([^/]+)\/transfer$/, async ([, id = ""], body) => {
    await later(300);
    const name = f.people.find((one) => one.id === body["person_id"])?.name ?? String(body["number"] ?? "");
    if (body["attended"]) return edit(id, { state: "CALL_STATE_CONSULTING", consulting: name });
    const answer = { call: live.get(id) };
    setTimeout(() => hangUp(id), 200);
    return answer;
  }],
  ["POST", /^\/calls\/([^/]+)\/transfer\/complete$/, ([, id = ""]) => { const answer = { call: live.get(id) }; setTimeout(() => hangUp(id), 100); return answer; }],
  ["POST", /^\/calls\/([^/]+)\/transfer\/cancel$/, ([, id = ""]) => edit(id, { state: "CALL_STATE_TALKING", consulting: "" })],
  ["POST", /^\/calls\/([^/]+)\/parties$/, async ([, id = ""], body) => { await later(400); return edit(id, { state: "CALL_STATE_CONFERENCE", legs: [...(live.get(id)?.legs ?? []), leg(`l${(made += 1)}`, "colleague", f.people.find((one) => one.extension === body["to"])?.id ?? "", String(body["to"]), 0)] }); }],
  ["POST", /^\/calls\/([^/]+)\/recording$/, ([, id = ""], body) => edit(id, { recording_paused: Boolean(body["on"]) })],
  ["POST", /^\/calls\/([^/]+)\/monitor$/, async ([, id = ""]) => {
    await later(300);
    const answer = edit(id, { legs: [...(live.get(id)?.legs ?? []).filter((one) => one.role !== "supervisor"), leg("ls", "supervisor", f.ME, "101", 0)] });
    mockPhone.invite({ id: `sip-mon-${(made += 1)}`, call: id, from: "monitor", name: "", auto: true });
    return answer;
  }],
  ["GET", /^\/calls\/([^/]+)$/, ([, id = ""]) => {
    const found = live.get(id) ?? ended.find((one) => one.id === id);
    if (!found) throw new Refused(404, "UNKNOWN_CALL");
    return { call: found };
  }],
  ["POST", /^\/work\/(w-(?:in|h)\d+)\/wrap-up$/, ([, id], body) => {
    const item = f.items.find((one) => one.id === id);
    if (!item) throw new Refused(404, "UNKNOWN_ITEM");
    Object.assign(item, { state: "ITEM_STATE_DONE", since: f.ago(0), disposition: String(body["disposition"] ?? "") });
    emit("acd.v1.WorkCompleted", { item });
    return { item: { ...item } };
  }],
  ["GET", /^\/recordings$/, (_, _body, url) => ({ recordings: page(recordings.filter((one) => !url.searchParams.get("call_id") || one.call_id === url.searchParams.get("call_id")), url), next: "" })],
  ["DELETE", /^\/recordings\/([^/]+)$/, ([, id]) => { const at = recordings.findIndex((one) => one.id === id); if (at >= 0) recordings.splice(at, 1); return {}; }],
  ["GET", /^\/voicemails$/, () => ({ voicemails: [...voicemails], next: "" })],
  ["DELETE", /^\/voicemails\/([^/]+)$/, ([, id]) => { const at = voicemails.findIndex((one) => one.id === id); if (at >= 0) voicemails.splice(at, 1); return {}; }],
  ["GET", /^\/faxes$/, () => ({ faxes: [...faxes], next: "" })],
  ["POST", /^\/faxes$/, (_, body) => { faxes.unshift(fax(`fx${faxes.length + 1}`, { direction: "DIRECTION_OUTBOUND", status: "FAX_STATUS_SENDING", number: String(body["to"]), person_id: f.ME, read: true, at: f.ago(0) })); return { fax: faxes[0] }; }],
  ["DELETE", /^\/faxes\/([^/]+)$/, ([, id]) => { const at = faxes.findIndex((one) => one.id === id); if (at >= 0) faxes.splice(at, 1); return {}; }],
  ["GET", /^\/voice\/links$/, () => ({ tests: [] })],
  ["GET", /^\/voice\/health$/, () => ({
    engines: blank ? [] : [{ name: "rtpengine-1", up: true, draining: false, calls: 14 }, { name: "rtpengine-2", up: true, draining: true, calls: 3 }, { name: "rtpengine-3", up: false, draining: false, calls: 0 }],
    trunks: blank ? [] : [{ trunk_id: "tr-1", state: "registered", code: 200, calls: 11, why: "", quality: { attempts: 50, answered: 31, pdd_ms: 1240, rang: 47, mos: 4.2, loss: 0.003, heard: 31 } }, { trunk_id: "tr-2", state: "unreachable", code: 408, calls: 0, why: "the operator does not answer any more", since: f.ago(3100), quality: { attempts: 0, answered: 0, rang: 0, heard: 0 } }], replicas: blank ? [] : [{ name: "media-1", draining: false, calls: 9 }, { name: "media-2", draining: false, calls: 8 }],
  })],
  ["GET", /^\/sip-accounts$/, () => ({ accounts: blank ? [] : accounts })],
  ["POST", /^\/sip-accounts$/, (_, body) => {
    const given = body["account"] as Partial<T.SipAccount>;
    if (accounts.some((one) => one.username === given.username)) throw new Refused(409, "TAKEN", { field: "username" });
    const { record } = put(accounts, { ...given, username: given.username || "svitanok-107" }, undefined, { username: "", title: "", person_id: "", allowed_networks: [], encrypted_only: false, blocked: false, password_changed_at: f.ago(0), password_expires_at: f.ago(-86400 * 30), password_expired: false, warnings: [], line: given.person_id ? "LINE_STATE_ACTIVE" : "LINE_STATE_UNSPECIFIED" });
    return { account: record, password: "vK7-Lampa-93-Dzvin-qT" };
  }],
  ["PUT", /^\/sip-accounts\/([^/]+)$/, ([, id], body) => ({ account: put(accounts, body["account"] as Partial<T.SipAccount>, id, {} as never).record, password: "" })],
  ["DELETE", /^\/sip-accounts\/([^/]+)$/, ([, id]) => { const at = accounts.findIndex((one) => one.id === id); if (at >= 0) accounts.splice(at, 1); return {}; }],
  ["POST", /^\/sip-accounts\/block$/, (_, body) => {
    const ids = (body["account_ids"] as string[] | undefined) ?? [];
    accounts.forEach((one) => (ids.length === 0 || ids.includes(one.id)) && Object.assign(one, { blocked: true, rev: one.rev + 1 }));
    return { ticket: { id: "t1", opened_at: f.ago(0), opened_by: f.ME, reason: body["reason"], account_ids: ids, due_at: f.ago(-86400), evidence: [] } };
  }],
  ["POST", /^\/sip-accounts\/([^/]+)\/password$/, ([, id]) => ({ account: accounts.find((one) => one.id === id), password: "mR2-Sonce-58-Richka-wP" })],
  ["GET", /^\/sip-accounts\/([^/]+)\/provisioning$/, ([, id]) => ({
    username: accounts.find((one) => one.id === id)?.username ?? "", domain: "pbx.antiphon.example", proxy: "sip.antiphon.example:5061", transports: ["TLS", "TCP", "UDP", "WSS"],
    profile: { "local port": "6061", "outbound proxy": "sip.antiphon.example:5061", "accept only from proxy": "yes", "web access": "off", "SRTP": "mandatory" },
    guides: [{ system: "windows", title: "Windows: MicroSIP", steps: ["Встановіть MicroSIP.", "Додайте обліковий запис: ім’я, домен, проксі.", "Увімкніть TLS і SRTP."] }, { system: "macos", title: "macOS: Telephone", steps: ["Install Telephone.", "Add the account."] }, { system: "android", title: "Android: Linphone", steps: ["Install Linphone.", "Use a SIP account.", "Choose TLS."] }, { system: "deskphone", title: "Yealink, Grandstream", steps: ["Open the page of the phone.", "Account 1: enter the values above.", "Switch the web access off."] }],
  })],
  ["POST", /^\/sip-accounts\/([^/]+)\/line$/, ([, id]) => {
    if (id === "sa-2") throw new Refused(409, "NO_EXTENSION");
    return { account: Object.assign(accounts.find((one) => one.id === id) ?? {}, { line: "LINE_STATE_ACTIVE" }) };
  }],
  ["DELETE", /^\/sip-accounts\/([^/]+)\/line$/, ([, id]) => ({ account: Object.assign(accounts.find((one) => one.id === id) ?? {}, { line: "LINE_STATE_INACTIVE" }) })],
  ["GET", /^\/gateways$/, () => ({ gateways: blank ? [] : [gatewayNow()] })],
  ["PUT", /^\/gateways\/([^/]+)$/, (_, body) => { gateway = { ...gateway, ...(body["gateway"] as Partial<T.Gateway>), rev: gateway.rev + 1 }; return { gateway: gatewayNow() }; }],
  ["DELETE", /^\/gateways\/([^/]+)$/, () => { throw new Refused(409, "IN_USE"); }],
  ["POST", /^\/gateways\/([^/]+)\/sims$/, (_, body) => {
    const placed = sims.find((one) => one.iccid === body["iccid"]);
    if (placed) throw new Refused(409, "SIM_PLACED", { slot: String(placed.slot) });
    const company = COMPANIES.find((one) => one.id === body["company_id"])?.name ?? "";
    const sim = { id: `sm-${(made += 1)}`, rev: 1, gateway_id: "tr-3", slot: Number(body["slot"]), iccid: String(body["iccid"]), e164: String(body["e164"]), number_id: "n-x", tenant_id: String(body["company_id"]), company, usage: body["usage"] as T.SlotUsage, since: f.ago(0), number_made: true };
    sims.push(sim);
    return { sim };
  }],
  ["DELETE", /^\/sims\/([^/]+)$/, ([, id]) => { const at = sims.findIndex((one) => one.id === id); if (at >= 0) sims.splice(at, 1); return {}; }],
  ["GET", /^\/companies$/, () => ({ companies: COMPANIES })],
  ["GET", /^\/trunks$/, () => ({ trunks: blank ? [] : trunks })],
  ["POST", /^\/trunks$/, (_, body) => ({ trunk: put(trunks, body["trunk"] as Partial<T.Trunk>, undefined, { name: "", host: "", port: 0, source_port: 0, transport: "TRANSPORT_UDP", username: "", register: false, networks: [], max_channels: 0, codecs: [], prefixes: [], priority: 0, disabled: false, has_password: Boolean(body["password"]), direction: "TRUNK_DIRECTION_UNSPECIFIED" }).record })],
  ["PUT", /^\/trunks\/([^/]+)$/, ([, id], body) => ({ trunk: put(trunks, body["trunk"] as Partial<T.Trunk>, id, {} as never).record })],
  ["DELETE", /^\/trunks\/([^/]+)$/, ([, id]) => { if (id === "tr-1") throw new Refused(409, "IN_USE"); const at = trunks.findIndex((one) => one.id === id); if (at >= 0) trunks.splice(at, 1); return {}; }],
  ["GET", /^\/dial-plan$/, () => ({ plan })],
  ["PUT", /^\/dial-plan$/, (_, body) => ({ plan: (plan = { ...(body["plan"] as T.DialPlan), rev: plan.rev + 1 }) })],
];
