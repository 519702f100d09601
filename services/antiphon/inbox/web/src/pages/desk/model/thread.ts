/** From messages to what a thread shows, top to bottom. Pure; words come later. */
import type * as T from "../../../api/types.gen";
import type { Sending } from "./outbox";

interface Place {
  key: string;
  /** A day begins here: the separator stands above, inside the same row, so that older pages change no key. */
  day?: string;
  /** What I have not read begins here. */
  fresh?: boolean;
}
export type Entry = Place & (
  | { is: "event"; message: T.Message }
  | { is: "note"; message: T.Message }
  /** `messages`: one, or an album sent together. `follows`: the same author just before, so the name is not repeated. */
  | { is: "bubble"; messages: readonly T.Message[]; out: boolean; follows: boolean; chosen: string }
  | { is: "sending"; sending: Sending }
);

const FOLLOWS_MS = 5 * 60_000;
const dayOf = (at: string | undefined) => new Date(at ?? 0).setHours(0, 0, 0, 0);
const keyOf = (message: T.Message) => `m${message.client_id || message.seq}`;

/** The label or key that the customer answered a menu with, if he answered with one of its options. */
export function chosenOption(menu: T.Message, later: readonly T.Message[]): string {
  const answer = later.find((one) => one.direction === "DIRECTION_IN" && !one.deleted);
  if (!answer) return "";
  const said = answer.text.trim().toLocaleLowerCase();
  return menu.options.find(({ key, label }) => said === key.toLocaleLowerCase() || said === label.trim().toLocaleLowerCase())?.key ?? "";
}

export interface ThreadParts {
  messages: readonly T.Message[];
  sending: readonly Sending[];
  /** A line stands above the first incoming message past this seq; undefined for none. */
  freshAfter: number | undefined;
}

export function entriesOf({ messages, sending, freshAfter }: ThreadParts): Entry[] {
  const entries: Entry[] = [];
  let day = Number.NaN;
  let before: T.Message | undefined;
  let marked = freshAfter === undefined;
  messages.forEach((message, index) => {
    const today = dayOf(message.at);
    const fresh = !marked && message.direction === "DIRECTION_IN" && message.seq > (freshAfter ?? 0);
    const place: Place = { key: keyOf(message), ...(today === day ? {} : { day: message.at ?? "" }), ...(fresh ? { fresh } : {}) };
    if (today !== day || fresh) before = undefined;
    marked ||= fresh;
    day = today;
    if (message.kind === "MESSAGE_KIND_EVENT" || message.kind === "MESSAGE_KIND_NOTE") {
      entries.push({ ...place, is: message.kind === "MESSAGE_KIND_NOTE" ? "note" : "event", message });
      before = undefined;
      return;
    }
    const last = entries.at(-1);
    if (before && message.group_id && last?.is === "bubble" && last.messages[0]?.group_id === message.group_id) {
      entries[entries.length - 1] = { ...last, messages: [...last.messages, message] };
      before = message;
      return;
    }
    const follows = before !== undefined && before.author === message.author && before.direction === message.direction && Date.parse(message.at ?? "") - Date.parse(before.at ?? "") < FOLLOWS_MS;
    const chosen = message.kind === "MESSAGE_KIND_MENU" ? chosenOption(message, messages.slice(index + 1)) : "";
    entries.push({ ...place, is: "bubble", messages: [message], out: message.direction !== "DIRECTION_IN", follows, chosen });
    before = message;
  });
  const stored = new Set(messages.map((message) => message.client_id));
  for (const one of sending) if (!stored.has(one.client_id)) entries.push({ is: "sending", key: `m${one.client_id}`, sending: one });
  return entries;
}

/** Pieces of a text: only http(s) addresses and e-mails become links; everything else stays text. */
export type Piece = { text: string; href?: string };
const LINK = /\b(https?:\/\/[^\s<>"'«»“”]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/giu;
const TAIL = /[.,;:!?)\]}…]+$/u;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    let found = match[0];
    const tail = TAIL.exec(found)?.[0] ?? "";
    // A closing bracket belongs to the address when it was opened there.
    const kept = tail.startsWith(")") && found.includes("(") ? tail.slice(1) : tail;
    found = found.slice(0, found.length - kept.length);
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: found, href: /^https?:/i.test(found) ? found : `mailto:${found}` });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

/** 512 B, 1.4 MB: the unit and the figure; words are the caller's. */
export function fileSize(bytes: number): { value: number; unit: "b" | "kb" | "mb"; digits: 0 | 1 } {
  if (bytes < 1024) return { value: bytes, unit: "b", digits: 0 };
  if (bytes < 1024 * 1024) return { value: bytes / 1024, unit: "kb", digits: 0 };
  return { value: bytes / 1024 / 1024, unit: "mb", digits: 1 };
}

export const isPicture = ({ media_type }: T.Attachment) => /^image\/(png|jpeg|gif|webp)$/.test(media_type);
