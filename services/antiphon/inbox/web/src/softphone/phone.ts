/** The phone of this person in this browser: the machine, its tabs, its credentials, and what it does to the world. */
import { useSyncExternalStore } from "react";
import { acd, media } from "../api/api";
import { Problem } from "../api/problem";
import type * as T from "../api/types.gen";
import { problemText } from "../i18n/problems";
import { serverNow } from "../rt/clock";
import { mine } from "../rt/selectors";
import { learn, store } from "../rt/store";
import { toast } from "../ui/Toast";
import { startRing } from "./devices";
import { IDLE, stateForMic, step, type Effect, type PhoneEvent, type PhoneState } from "./machine";
import { hasOrphan } from "./match";
import { figuresOf, type Figures, type Sample } from "./quality";
import type { Sip, SipEvents } from "./sip";
import { BROWSER, openTabs, type Tabs } from "./tabs";

export interface Shown extends PhoneState {
  /** What is being dialled, until the own phone rings. */
  readonly placing: string;
  readonly figures: Figures | undefined;
}

type Command = { is: "answer" } | { is: "decline" } | { is: "mute"; on: boolean } | { is: "expect" } | { is: "digits"; tones: string; call: string } | { is: "placing"; to: string } | { is: "again" } | { is: "hangUp" };

const RETRY_MS = 30_000;
const STATS_MS = 2000;
const PLACING_MS = 20_000;
const DISABLED_KEY = "antiphon.disabled";
const BLANK: Shown = { ...IDLE, placing: "", figures: undefined };

const session = {
  get: () => {
    try {
      return sessionStorage.getItem(DISABLED_KEY) === "1";
    } catch {
      return false;
    }
  },
  set: (on: boolean) => {
    try {
      sessionStorage.setItem(DISABLED_KEY, on ? "1" : "");
    } catch {
      // Remembered only as long as this page.
    }
  },
};

class Phone {
  private shown: Shown = BLANK;
  private readonly listeners = new Set<() => void>();
  private tabs: Tabs<Shown, Command> | undefined;
  private sip: Sip | undefined;
  private timers = new Set<ReturnType<typeof setTimeout>>();
  private endRing: (() => void) | undefined;
  private last: Sample | undefined;
  private stats: ReturnType<typeof setInterval> | undefined;
  private generation = 0;
  private hadMicrophone = false;

  readonly state = (): Shown => this.shown;
  readonly watch = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(person: string): () => void {
    const tabs = openTabs<Shown, Command>(person, crypto.randomUUID(), BROWSER, {
      lead: () => void this.begin(), told: (state) => this.show(state ?? BLANK), command: (command) => this.run(command),
    });
    this.tabs = tabs;
    const devices = () => void this.lookAtDevices();
    navigator.mediaDevices?.addEventListener("devicechange", devices);
    return () => {
      navigator.mediaDevices?.removeEventListener("devicechange", devices);
      this.stop();
      tabs.close();
    };
  }

  /* ---- what the person does, in any tab ---- */
  answer = () => this.tabs?.ask({ is: "answer" });
  decline = () => this.tabs?.ask({ is: "decline" });
  mute = (on: boolean) => this.tabs?.ask({ is: "mute", on });
  /** Accepted, though the ringing has not come yet. */
  expect = () => this.tabs?.ask({ is: "expect" });
  digits = (call: string, tones: string) => this.tabs?.ask({ is: "digits", tones, call });
  /** Ends the sound itself: for a call that media does not name. */
  hangUp = () => this.tabs?.ask({ is: "hangUp" });
  again = () => this.tabs?.ask({ is: "again" });

  /** Calls this phone first, which answers by itself, then the number. */
  async dial(to: string): Promise<boolean> {
    this.tabs?.ask({ is: "placing", to });
    try {
      learn.call((await media.dial(to)).call);
      return true;
    } catch (error) {
      this.tabs?.ask({ is: "placing", to: "" });
      say(error);
      return false;
    }
  }

  /* ---- the tab that has the phone ---- */
  private show(next: Shown): void {
    this.shown = next;
    this.listeners.forEach((listener) => listener());
    if (this.tabs?.leads) this.tabs.tell(next);
  }

  private feed = (event: PhoneEvent): void => {
    const [next, effects] = step(this.shown, event);
    const placing = next.session ? "" : this.shown.placing;
    if (next !== this.shown || placing !== this.shown.placing) this.show({ ...this.shown, ...next, placing, figures: next.session ? this.shown.figures : undefined });
    for (const effect of effects) this.carryOut(effect);
    this.ring();
    this.measure();
    if (event.is === "mic" || event.is === "line") void this.followMicrophone();
  };

  private carryOut(effect: Effect): void {
    if (effect.do === "answer") void this.sip?.answer(effect.id);
    else if (effect.do === "reject") this.sip?.reject(effect.id, effect.code);
    else if (effect.do === "drop") this.sip?.drop(effect.id);
    else this.sip?.mute(effect.on);
  }

  private run(command: Command): void {
    if (command.is === "digits") {
      if (!this.sip?.digits(command.tones) && command.call) void media.digits(command.call, command.tones).catch(say);
    } else if (command.is === "placing") {
      this.show({ ...this.shown, placing: command.to });
      if (command.to) this.after(PLACING_MS, () => this.shown.placing === command.to && this.show({ ...this.shown, placing: "" }));
    } else if (command.is === "hangUp") {
      if (this.shown.session) this.sip?.drop(this.shown.session.id);
    } else if (command.is === "again") void this.begin();
    else if (command.is === "expect") this.feed({ is: "expect", now: Date.now() });
    else this.feed(command);
  }

  private after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, ms);
    this.timers.add(timer);
  }

  private async begin(): Promise<void> {
    this.stop();
    this.generation += 1;
    const mark = this.generation;
    this.show({ ...BLANK, line: "connecting" });
    void this.lookAtDevices();
    const given = await this.ask();
    if (!given || mark !== this.generation) return;
    const { open } = import.meta.env.MODE === "mock" ? await import("../mock/phone") : await import("./sip");
    if (mark !== this.generation) return;
    this.sip = open(given, this.events());
    this.renewLater(given);
  }

  private events(): SipEvents {
    return {
      line: (line, why) => {
        this.feed({ is: "line", line, ...(why ? { why } : {}) });
        // Refused credentials may only be too old: new ones, after a while so that nobody hammers.
        if (line === "denied") this.after(RETRY_MS / 6, () => void this.renew());
      },
      invite: (invite) => this.feed({ is: "invite", invite, now: Date.now(), orphan: hasOrphan(store.state, this.shown) }),
      confirmed: (id) => this.feed({ is: "confirmed", id, now: serverNow() }),
      ended: (id) => this.feed({ is: "ended", id }),
      sound: (broken) => this.feed({ is: "sound", broken }),
      mic: (mic) => this.feed({ is: "mic", mic }),
    };
  }

  /** Credentials; undefined where there is no voice, which is tried again now and then. */
  private async ask(): Promise<T.GetSoftphoneResponse | undefined> {
    const mark = this.generation;
    try {
      const given = await media.softphone();
      if (given.available) return given;
      if (mark === this.generation) this.feed({ is: "line", line: "unavailable", why: given.why });
    } catch (error) {
      if (mark === this.generation) this.feed({ is: "line", line: error instanceof Problem && error.offline ? "lost" : "unavailable" });
    }
    if (mark === this.generation) this.after(RETRY_MS, () => void this.begin());
    return undefined;
  }

  private renewLater(given: T.GetSoftphoneResponse): void {
    const left = Date.parse(given.expires_at ?? "") - serverNow();
    if (Number.isFinite(left)) this.after(Math.min(2 ** 31 - 1, Math.max(10_000, left * 0.8)), () => void this.renew());
  }

  private async renew(): Promise<void> {
    try {
      const next = await media.softphone();
      if (!next.available) return;
      this.sip?.credentials(next);
      this.renewLater(next);
    } catch {
      this.after(RETRY_MS, () => void this.renew());
    }
  }

  private ring(): void {
    const rings = this.shown.session?.phase === "ringing";
    if (rings && !this.endRing) this.endRing = startRing(false);
    if (!rings && this.endRing) {
      this.endRing();
      this.endRing = undefined;
    }
  }

  private measure(): void {
    const live = this.shown.session?.phase === "live";
    if (live && !this.stats) this.stats = setInterval(() => void this.sample(), STATS_MS);
    if (!live && this.stats) {
      clearInterval(this.stats);
      this.stats = undefined;
      this.last = undefined;
    }
  }

  private async sample(): Promise<void> {
    const now = await this.sip?.sample();
    if (now && this.last) this.show({ ...this.shown, figures: figuresOf(this.last, now) });
    this.last = now;
  }

  /** Without a call nobody listens to the microphone; whether there is one can still be seen. */
  private async lookAtDevices(): Promise<void> {
    if (!this.tabs?.leads || this.shown.session) return;
    try {
      const right = await navigator.permissions.query({ name: "microphone" as PermissionName });
      right.onchange = () => void this.lookAtDevices();
      const found = (await navigator.mediaDevices.enumerateDevices()).some((one) => one.kind === "audioinput");
      this.feed({ is: "mic", mic: right.state === "denied" ? "denied" : !found ? "lost" : right.state === "granted" ? "ok" : "unknown" });
    } catch {
      // A browser that does not say: the first call will tell.
    }
  }

  /** An agent whose microphone went away gets no calls, and gets them again when it is back. */
  private async followMicrophone(): Promise<void> {
    if (this.shown.mic === "ok") this.hadMicrophone = true;
    const agent = mine(store.state);
    const what = this.shown.line === "ready" ? stateForMic(this.shown.mic, agent?.state, session.get()) : undefined;
    // Who never had one here, or takes no calls, may answer on a desk phone, or chat.
    if (!what || (what === "disable" && (!this.hadMicrophone || !agent?.capacity["voice"]))) return;
    session.set(what === "disable");
    try {
      learn.agent((await acd.setMyState(what === "disable" ? "AGENT_STATE_DISABLED" : "AGENT_STATE_READY", what === "disable" ? "microphone" : "")).agent);
    } catch (error) {
      say(error);
    }
  }

  private stop(): void {
    this.generation += 1;
    this.timers.forEach(clearTimeout);
    this.timers.clear();
    this.sip?.close();
    this.sip = undefined;
    this.shown = BLANK;
    this.ring();
    this.measure();
  }
}

/** A refusal is said where it happened. */
export function say(error: unknown): void {
  toast(error instanceof Problem ? problemText(error) : String(error), { bad: true });
}

export const phone = new Phone();
export const usePhone = (): Shown => useSyncExternalStore(phone.watch, phone.state);

/** Carries out a command about a call and takes its answer in; false when it was refused, which is said. */
export async function command(work: () => Promise<{ call?: T.Call } | Record<string, never>>): Promise<boolean> {
  try {
    const answer = await work();
    if ("call" in answer && answer.call) learn.call(answer.call);
    return true;
  } catch (error) {
    say(error);
    return false;
  }
}
