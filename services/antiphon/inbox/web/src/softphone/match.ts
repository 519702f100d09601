/** Which call rings, which offer belongs to it, and what the bar shows. Pure. */
import type * as T from "../api/types.gen";
import { myCalls, myId, myOffers } from "../rt/selectors";
import type { DeskState } from "../rt/state";
import type { PhoneState, Session } from "./machine";

const SUBJECT = "call:";
export const callOf = (item: Pick<T.WorkItem, "subject"> | undefined): string => (item?.subject.startsWith(SUBJECT) ? item.subject.slice(SUBJECT.length) : "");
export const isVoice = (item: Pick<T.WorkItem, "subject" | "channel"> | undefined): boolean => item !== undefined && (item.channel === "voice" || callOf(item) !== "");

/** The call of the SIP session: by its name, by its SIP Call-ID, by the one work item that rings me, or the only one I am in. */
export function callOfSession(state: DeskState, session: Session): T.Call | undefined {
  const all = Object.values(state.calls);
  const named = state.calls[session.call] ?? all.find((call) => call.sip_call_id !== "" && call.sip_call_id === session.id);
  if (named) return named;
  const offered = myOffers(state).map((offer) => state.calls[callOf(state.items[offer.item_id])]).filter((call) => call !== undefined);
  if (session.phase === "ringing" && offered.length === 1) return offered[0];
  const own = myCalls(state);
  return own.length === 1 ? own[0] : undefined;
}

export const voiceOffer = (state: DeskState): T.Offer | undefined => myOffers(state).find((offer) => isVoice(state.items[offer.item_id]));

/** The voice work that is in wrap-up, if any. */
export const wrapping = (state: DeskState): T.WorkItem | undefined =>
  Object.values(state.items).find((item) => item.agent_id === myId(state) && item.state === "ITEM_STATE_WRAP" && isVoice(item));

export type View =
  | { is: "idle" }
  | { is: "ringing"; call: T.Call | undefined; offer: T.Offer | undefined; session: Session | undefined }
  | { is: "call"; call: T.Call | undefined; session: Session | undefined }
  | { is: "wrap"; item: T.WorkItem }
  | { is: "placing"; to: string };

/** What the bar shows: a ringing session and its offer are one thing; then the talk; then the work after it. */
export function viewOf(state: DeskState, phone: PhoneState & { placing: string }): View {
  const { session } = phone;
  const offer = voiceOffer(state);
  if (session && session.phase !== "ringing") return { is: "call", call: callOfSession(state, session), session };
  if (session) {
    const call = callOfSession(state, session);
    const own = offer && (callOf(state.items[offer.item_id]) === call?.id || !call) ? offer : undefined;
    return { is: "ringing", call, offer: own, session };
  }
  const live = myCalls(state).find((call) => talks(state, call));
  if (live) return { is: "call", call: live, session: undefined };
  if (offer) return { is: "ringing", call: state.calls[callOf(state.items[offer.item_id])], offer, session: undefined };
  if (phone.placing) return { is: "placing", to: phone.placing };
  const wrap = wrapping(state);
  return wrap ? { is: "wrap", item: wrap } : { is: "idle" };
}

/** I am in it, and was answered. */
function talks(state: DeskState, call: T.Call): boolean {
  const me = myId(state);
  return call.legs.some((leg) => leg.person_id === me && leg.role !== "supervisor" && Boolean(leg.answered_at) && !leg.ended_at);
}

/** A call of mine is going on and no sound of it is in this browser: the next INVITE brings it back. */
export const hasOrphan = (state: DeskState, phone: PhoneState): boolean =>
  (phone.session === undefined || phone.session.broken) && myCalls(state).some((call) => talks(state, call));

/** The number of the other side: who called, or whom I called. */
export function otherNumber(call: Pick<T.Call, "direction" | "caller" | "called">): string {
  return call.direction === "DIRECTION_INBOUND" ? call.caller : call.direction === "DIRECTION_OUTBOUND" ? call.caller || call.called : call.called || call.caller;
}

/** The colleague of an inside call, else "". */
export function otherPerson(call: Pick<T.Call, "legs">, me: string): string {
  return call.legs.find((leg) => leg.person_id && leg.person_id !== me && leg.role !== "supervisor")?.person_id ?? "";
}

/** How to dial what was typed: digits, + * #, an extension; "" when it is nothing to dial. */
export function dialable(text: string): string {
  const trimmed = text.trim();
  if (!/^[+]?[\d\s().*#-]{1,30}$/.test(trimmed)) return "";
  const digits = trimmed.replace(/[^\d*#]/g, "");
  return digits === "" ? "" : `${trimmed.startsWith("+") ? "+" : ""}${digits}`;
}
