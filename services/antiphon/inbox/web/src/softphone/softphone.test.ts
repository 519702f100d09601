import { describe, expect, it } from "vitest";
import type * as T from "../api/types.gen";
import { EMPTY, type DeskState } from "../rt/state";
import { levelOf, readDevices } from "./devices";
import { EXPECT_MS, IDLE, stateForMic, step, type Effect, type Invite, type PhoneEvent, type PhoneState } from "./machine";
import { callOf, callOfSession, dialable, hasOrphan, isVoice, otherNumber, viewOf } from "./match";
import { barsOf, figuresOf, mosOf, sampleOf, warningOf, type Sample } from "./quality";
import { openTabs, type Ground } from "./tabs";

const invite = (id: string, extra: Partial<Invite> = {}): Invite => ({ id, call: "", from: "+380671234567", name: "", auto: false, ...extra });
const comes = (id: string, extra: Partial<Invite> = {}, now = 0, orphan = false): PhoneEvent => ({ is: "invite", invite: invite(id, extra), now, orphan });
function run(events: readonly PhoneEvent[], from: PhoneState = { ...IDLE, line: "ready" }): [PhoneState, Effect[]] {
  return events.reduce<[PhoneState, Effect[]]>(([state, done], event) => {
    const [next, effects] = step(state, event);
    return [next, [...done, ...effects]];
  }, [from, []]);
}

describe("the phone", () => {
  it("rings, is answered once, talks, ends", () => {
    const [state, effects] = run([comes("a"), { is: "answer" }, { is: "answer" }, { is: "confirmed", id: "a", now: 5 }]);
    expect(effects).toEqual([{ do: "answer", id: "a" }]);
    expect(state.session).toMatchObject({ id: "a", phase: "live", since: 5 });
    expect(run([{ is: "ended", id: "a" }], state)[0].session).toBeUndefined();
  });
  it("declines what rings, and nothing else", () => {
    expect(run([comes("a"), { is: "decline" }])[1]).toEqual([{ do: "reject", id: "a", code: 603 }]);
    expect(run([comes("a"), { is: "answer" }, { is: "decline" }])[1]).toEqual([{ do: "answer", id: "a" }]);
  });
  it("answers by itself when the header says so", () => {
    const [state, effects] = run([comes("a", { auto: true })]);
    expect(effects).toEqual([{ do: "answer", id: "a" }]);
    expect(state.session?.phase).toBe("answering");
  });
  it("answers by itself what was accepted before it rang, but only for a while", () => {
    expect(run([{ is: "expect", now: 0 }, comes("a", {}, 10)])[1]).toEqual([{ do: "answer", id: "a" }]);
    expect(run([{ is: "expect", now: 0 }, comes("a", {}, EXPECT_MS + 1)])[0].session?.phase).toBe("ringing");
    expect(run([{ is: "expect", now: 0 }, { is: "unexpect" }, comes("a", {}, 10)])[0].session?.phase).toBe("ringing");
    expect(run([comes("a"), { is: "expect", now: 0 }])[1], "it rings already").toEqual([{ do: "answer", id: "a" }]);
  });
  it("takes the sound of a live call back after a reload", () => {
    expect(run([comes("b", {}, 0, true)])[1]).toEqual([{ do: "answer", id: "b" }]);
  });
  it("is busy for a second call", () => {
    const [state, effects] = run([comes("a"), comes("b")]);
    expect(effects).toEqual([{ do: "reject", id: "b", code: 486 }]);
    expect(state.session?.id).toBe("a");
    expect(run([comes("a"), { is: "answer" }, comes("b", { auto: true })])[1]).toContainEqual({ do: "reject", id: "b", code: 486 });
  });
  it("lets a new INVITE of the same call replace a dead one, and stays muted", () => {
    const [state, effects] = run([comes("a", { call: "c1" }), { is: "answer" }, { is: "confirmed", id: "a", now: 1 }, { is: "mute", on: true }, comes("b", { call: "c1", auto: true }, 9), { is: "ended", id: "a" }, { is: "confirmed", id: "b", now: 10 }]);
    expect(effects).toEqual([{ do: "answer", id: "a" }, { do: "mute", on: true }, { do: "drop", id: "a" }, { do: "answer", id: "b" }, { do: "mute", on: true }]);
    expect(state.session).toMatchObject({ id: "b", phase: "live", muted: true });
  });
  it("ignores what comes late from a session that is gone", () => {
    const [state] = run([comes("a"), { is: "ended", id: "a" }, { is: "confirmed", id: "a", now: 3 }, { is: "sound", broken: true }, { is: "answer" }]);
    expect(state.session).toBeUndefined();
  });
  it("keeps a call over a lost connection", () => {
    const [state] = run([comes("a"), { is: "answer" }, { is: "confirmed", id: "a", now: 1 }, { is: "line", line: "lost" }, { is: "sound", broken: true }, { is: "line", line: "ready" }, { is: "sound", broken: false }]);
    expect(state).toMatchObject({ line: "ready", session: { id: "a", phase: "live", broken: false } });
  });
  it("disables the agent without a microphone and only itself undoes that", () => {
    expect(stateForMic("lost", "AGENT_STATE_READY", false)).toBe("disable");
    expect(stateForMic("denied", "AGENT_STATE_NOT_READY", false)).toBeUndefined();
    expect(stateForMic("ok", "AGENT_STATE_DISABLED", true)).toBe("enable");
    expect(stateForMic("ok", "AGENT_STATE_DISABLED", false)).toBeUndefined();
    expect(stateForMic("unknown", "AGENT_STATE_READY", true)).toBeUndefined();
  });
});

const leg = (person_id: string, role: string, extra: Partial<T.Leg> = {}): T.Leg => ({ id: person_id || "l", role, person_id, number: "", trunk_id: "", account_id: "", carrier: "", why: [], code: 0, ended_by: "", ...extra });
const call = (id: string, extra: Partial<T.Call> = {}): T.Call => ({ id, direction: "DIRECTION_INBOUND", state: "CALL_STATE_TALKING", caller: "+380671234567", called: "+380443902020", contact_id: "", agent_id: "me", queue_id: "", item_id: "", scheme_id: "", project_id: "", legs: [leg("", "caller"), leg("me", "agent", { answered_at: "2026-01-01T00:00:00Z" })], outcome: "", recorded: false, recording_paused: false, recording_id: "", consulting: "", sip_call_id: "", keys: {}, answered_by: "", campaign: false, rating: 0, ...extra });
const item = (id: string, subject: string, state: T.ItemState, agent_id = "me"): T.WorkItem => ({ id, queue_id: "q", channel: "voice", state, priority: 0, agent_id, subject, contact_id: "", disposition: "", callback: false, tries: 0 });
const desk = (change: Partial<DeskState>): DeskState => ({ ...EMPTY, me: { person: { id: "me" } as T.Person, permissions: [] }, ...change });
const shown = (state: PhoneState) => ({ ...state, placing: "" });
const offer: T.Offer = { item_id: "w1", version: 1, agent_id: "me" };

describe("what the bar shows", () => {
  const ringing = call("c1", { sip_call_id: "s1", legs: [leg("", "caller"), leg("me", "agent")], state: "CALL_STATE_RINGING" });
  it("is one ringing for the INVITE and its offer", () => {
    const state = desk({ calls: { c1: ringing }, offers: { w1: offer }, items: { w1: item("w1", "call:c1", "ITEM_STATE_OFFERED", "") } });
    expect(viewOf(state, shown(run([comes("s1")])[0]))).toMatchObject({ is: "ringing", call: { id: "c1" }, offer: { item_id: "w1" } });
    expect(viewOf(state, shown(run([comes("x", { call: "c1" })])[0]))).toMatchObject({ is: "ringing", call: { id: "c1" } });
    expect(viewOf(state, shown(run([comes("x")])[0])), "nothing names it: the one offer does").toMatchObject({ is: "ringing", call: { id: "c1" } });
    expect(viewOf(state, shown(IDLE)), "before the INVITE").toMatchObject({ is: "ringing", offer: { item_id: "w1" }, session: undefined });
  });
  it("is the talk, also while its sound is not back yet", () => {
    const state = desk({ calls: { c1: call("c1") } });
    expect(viewOf(state, shown(IDLE))).toMatchObject({ is: "call", call: { id: "c1" }, session: undefined });
    expect(hasOrphan(state, IDLE)).toBe(true);
    const live = run([comes("s"), { is: "answer" }, { is: "confirmed", id: "s", now: 0 }])[0];
    expect(hasOrphan(state, live)).toBe(false);
    expect(callOfSession(state, live.session as never)?.id).toBe("c1");
  });
  it("is not another's call, nor one I have left", () => {
    const left = call("c1", { legs: [leg("me", "agent", { answered_at: "x", ended_at: "y" }), leg("you", "agent")] });
    expect(viewOf(desk({ calls: { c1: left, c2: call("c2", { agent_id: "you", legs: [leg("you", "agent", { answered_at: "x" })] }) } }), shown(IDLE))).toEqual({ is: "idle" });
  });
  it("is the work after a call, but no chat's", () => {
    expect(viewOf(desk({ items: { w: item("w", "call:c9", "ITEM_STATE_WRAP") } }), shown(IDLE)).is).toBe("wrap");
    expect(viewOf(desk({ items: { w: { ...item("w", "conversation:c", "ITEM_STATE_WRAP"), channel: "webchat" } } }), shown(IDLE)).is).toBe("idle");
    expect([isVoice(item("w", "call:c", "ITEM_STATE_WRAP")), callOf({ subject: "conversation:c" }), callOf({ subject: "call:c1" })]).toEqual([true, "", "c1"]);
  });
  it("names the other side by the direction", () => {
    expect(otherNumber(call("c"))).toBe("+380671234567");
    expect(otherNumber(call("c", { direction: "DIRECTION_OUTBOUND", caller: "", called: "104" }))).toBe("104");
  });
});

describe("dialling", () => {
  it.each([["+380 44 390-20-20", "+380443902020"], ["(044) 390.20.20", "0443902020"], ["104", "104"], ["*99#", "*99#"], ["  ", ""], ["Оксана", ""], ["12a", ""], ["+", ""], ["1+2", ""]])("%s is %s", (typed, to) => expect(dialable(typed)).toBe(to));
});

describe("quality", () => {
  const at = (received: number, lost: number, extra: Partial<Sample> = {}): Sample => ({ at: 0, received, lost, jitter: 0.004, roundTrip: 0.04, sent: received, ...extra });
  it("is measured between two samples", () => {
    const figures = figuresOf(at(100, 0), at(197, 3));
    expect(figures.loss).toBeCloseTo(0.03);
    expect(warningOf(figures)).toEqual({ is: "loss", share: 0.03 });
  });
  it("warns of one thing at most, and of nothing in a good call", () => {
    expect(warningOf(figuresOf(at(0, 0), at(100, 0)))).toBeUndefined();
    expect(warningOf(figuresOf(at(100, 0), at(100, 0)))).toEqual({ is: "silent" });
    expect(warningOf(figuresOf(at(0, 0), at(100, 0, { roundTrip: 0.6, jitter: 0.2 })))).toEqual({ is: "delay", ms: 600 });
    expect(warningOf(undefined)).toBeUndefined();
  });
  it("gives a better score to less loss and delay", () => {
    expect(mosOf(0, 2, 40)).toBeGreaterThan(4.2);
    expect(mosOf(0.03, 20, 200)).toBeLessThan(mosOf(0.005, 20, 200));
    expect(mosOf(0.9, 300, 3000)).toBe(1);
    expect([undefined, 4.4, 3.7, 3.2, 2].map(barsOf)).toEqual([0, 4, 3, 2, 1]);
  });
  it("reads the browser's reports", () => {
    const reports = [{ type: "inbound-rtp", kind: "audio", packetsReceived: 10, packetsLost: -1, jitter: 0.01 }, { type: "inbound-rtp", kind: "video", packetsReceived: 99 }, { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.02 }, { type: "remote-inbound-rtp", roundTripTime: 0.05 }];
    expect(sampleOf(reports, 7)).toMatchObject({ at: 7, received: 10, lost: 0, jitter: 0.01, roundTrip: 0.05 });
  });
});

describe("devices", () => {
  it("believe only what fits", () => {
    expect(readDevices('{"microphone":"m","volume":7,"ring":0.2,"speaker":4}')).toEqual({ microphone: "m", speaker: "", ringer: "", volume: 1, ring: 0.2 });
    expect(readDevices("{broken").volume).toBe(1);
  });
  it("show silence as nothing and shouting as all", () => {
    expect(levelOf(new Float32Array(64))).toBe(0);
    expect(levelOf(new Float32Array(64).fill(0.9))).toBe(1);
    expect(levelOf(new Float32Array(64).fill(0.05))).toBeGreaterThan(0.4);
  });
});

/** Locks and channels of one browser, in order and without time. */
function browser(): Ground {
  const waiting: Array<() => Promise<void>> = [];
  let held = false;
  const next = () => {
    const lead = waiting.shift();
    if (!lead) return;
    held = true;
    void lead().then(() => { held = false; next(); });
  };
  const ears = new Set<{ hear: (message: unknown) => void }>();
  return {
    lock: (_name, lead) => { waiting.push(lead); if (!held) next(); },
    channel: () => {
      const own = { hear: (_message: unknown): void => undefined };
      ears.add(own);
      return { post: (message) => [...ears].forEach((one) => one !== own && one.hear(structuredClone(message))), hear: (listener) => { own.hear = listener; }, close: () => void ears.delete(own) };
    },
  };
}

describe("tabs", () => {
  const open = (ground: Ground, name: string, log: string[]) => openTabs<string, string>("me", name, ground, { lead: () => log.push(`${name} leads`), told: (state) => log.push(`${name} told ${state}`), command: (what) => log.push(`${name} does ${what}`) });
  it("have one phone: the others are told, and pass on what is pressed", () => {
    const [ground, log] = [browser(), [] as string[]];
    const one = open(ground, "one", log);
    one.tell("ready");
    const two = open(ground, "two", log);
    two.ask("answer");
    one.tell("talking");
    two.tell("nonsense");
    expect([one.leads, two.leads]).toEqual([true, false]);
    expect(log).toEqual(["one leads", "two told ready", "one does answer", "two told talking"]);
  });
  it("hand the phone on when the tab closes", async () => {
    const [ground, log] = [browser(), [] as string[]];
    const [one, two, three] = ["one", "two", "three"].map((name) => open(ground, name, log)) as [ReturnType<typeof open>, ReturnType<typeof open>, ReturnType<typeof open>];
    two.close();
    one.tell("ready");
    one.close();
    await new Promise((done) => setTimeout(done));
    expect(three.leads).toBe(true);
    expect(log).toEqual(["one leads", "three told ready", "three told undefined", "three leads"]);
    three.ask("mute");
    expect(log.at(-1)).toBe("three does mute");
  });
});
