/**
 * The softphone as a pure machine: (state, event) → [state, effects]. The runtime (phone.ts) feeds it what JsSIP, the
 * devices and the person do, and carries out the effects. One SIP session at a time: calls are joined and held by the
 * media service, so a browser never needs a second one.
 */

/** Whether the phone can be reached. `unavailable`: this installation has no voice; `denied`: credentials refused. */
export type Line = "off" | "unavailable" | "connecting" | "ready" | "lost" | "denied";

export interface Session {
  /** SIP Call-ID: media names it in `Call.sip_call_id`. */
  readonly id: string;
  readonly phase: "ringing" | "answering" | "live";
  /** Answers by itself: the first leg of one's own call, monitoring, a call that comes back after a reload. */
  readonly auto: boolean;
  /** Media's call id, when the INVITE names it. */
  readonly call: string;
  readonly from: string;
  readonly name: string;
  readonly since: number;
  readonly muted: boolean;
  /** Sound is interrupted while ICE looks for another way. */
  readonly broken: boolean;
}

export type Microphone = "unknown" | "ok" | "muted" | "lost" | "denied";

export interface PhoneState {
  readonly line: Line;
  /** What is missing, as the server says it. */
  readonly why: string;
  readonly session: Session | undefined;
  /** Accepted before its INVITE came: until then, in milliseconds, the next INVITE is answered at once. */
  readonly expecting: number;
  readonly mic: Microphone;
}

export const IDLE: PhoneState = { line: "off", why: "", session: undefined, expecting: 0, mic: "unknown" };
/** An expected INVITE comes within so many milliseconds, or is not the expected one. */
export const EXPECT_MS = 20_000;

export interface Invite { id: string; call: string; from: string; name: string; auto: boolean }

export type PhoneEvent =
  | { is: "line"; line: Line; why?: string }
  | { is: "invite"; invite: Invite; now: number; /** A call of mine is live, but its sound is not here. */ orphan: boolean }
  | { is: "expect"; now: number }
  | { is: "unexpect" }
  | { is: "answer" }
  | { is: "decline" }
  | { is: "mute"; on: boolean }
  | { is: "confirmed"; id: string; now: number }
  | { is: "ended"; id: string }
  | { is: "sound"; broken: boolean }
  | { is: "mic"; mic: Microphone };

export type Effect =
  | { do: "answer"; id: string }
  | { do: "reject"; id: string; code: 480 | 486 | 603 }
  | { do: "drop"; id: string }
  | { do: "mute"; on: boolean };

type Step = readonly [PhoneState, readonly Effect[]];
const NOTHING: readonly Effect[] = [];
const stay = (state: PhoneState): Step => [state, NOTHING];

function invited(state: PhoneState, { invite, now, orphan }: PhoneEvent & { is: "invite" }): Step {
  const auto = invite.auto || orphan || state.expecting > now;
  const old = state.session;
  // A second INVITE for the same call replaces a session whose other end has died; any other finds the line busy.
  const replaces = old !== undefined && auto && (old.broken || (invite.call !== "" && invite.call === old.call));
  if (old && !replaces) return [state, [{ do: "reject", id: invite.id, code: 486 }]];
  const { id, call, from, name } = invite;
  const session: Session = { id, call, from, name, auto, phase: auto ? "answering" : "ringing", since: now, muted: replaces && old.muted, broken: false };
  return [{ ...state, session, expecting: 0 }, [...(replaces ? [{ do: "drop" as const, id: old.id }] : []), ...(auto ? [{ do: "answer" as const, id }] : [])]];
}

const withSession = (state: PhoneState, change: Partial<Session>): PhoneState => (state.session ? { ...state, session: { ...state.session, ...change } } : state);

export function step(state: PhoneState, event: PhoneEvent): Step {
  const { session } = state;
  switch (event.is) {
    case "line":
      return stay({ ...state, line: event.line, why: event.why ?? "" });
    case "invite":
      return invited(state, event);
    case "expect":
      if (session?.phase === "ringing") return step(state, { is: "answer" });
      return stay({ ...state, expecting: event.now + EXPECT_MS });
    case "unexpect":
      return stay({ ...state, expecting: 0 });
    case "answer":
      return session?.phase === "ringing" ? [withSession(state, { phase: "answering" }), [{ do: "answer", id: session.id }]] : stay(state);
    case "decline":
      return session?.phase === "ringing" ? [{ ...state, session: undefined }, [{ do: "reject", id: session.id, code: 603 }]] : stay(state);
    case "mute":
      return session && session.muted !== event.on ? [withSession(state, { muted: event.on }), [{ do: "mute", on: event.on }]] : stay(state);
    case "confirmed":
      if (session?.id !== event.id) return stay(state);
      return [withSession(state, { phase: "live", since: event.now }), session.muted ? [{ do: "mute", on: true }] : NOTHING];
    case "ended":
      return session?.id === event.id ? stay({ ...state, session: undefined }) : stay(state);
    case "sound":
      return session && session.broken !== event.broken ? stay(withSession(state, { broken: event.broken })) : stay(state);
    case "mic":
      return stay(state.mic === event.mic ? state : { ...state, mic: event.mic });
  }
}

/** ACD states that follow the microphone: what to set, or nothing. `mine`: this desk set the state. */
export function stateForMic(mic: Microphone, agent: string | undefined, mine: boolean): "disable" | "enable" | undefined {
  const gone = mic === "lost" || mic === "denied";
  if (gone) return agent === "AGENT_STATE_READY" || agent === "AGENT_STATE_NOT_RESPONDING" ? "disable" : undefined;
  return mic === "ok" && mine && agent === "AGENT_STATE_DISABLED" ? "enable" : undefined;
}
