/** Frames and shapes exchanged with the server. Nothing here has behaviour beyond reading untrusted JSON. */

export const MAX_TEXT = 4000;

export type Language = "en" | "ru" | "uk";
export type Delivery = "sending" | "sent" | "delivered" | "read" | "failed";
export type ConversationStatus = "reception" | "waiting" | "open" | "closed";
export type Reason =
  | "TOO_LONG"
  | "TYPE_REFUSED"
  | "TOO_LARGE"
  | "TOO_FAST"
  | "BLOCKED"
  | "EMPTY"
  | "NETWORK"
  | "FAILED";

export interface WidgetConfig {
  title: string;
  subtitle: string;
  colour: string;
  language: string;
  greeting: string;
  /** Given only while nobody answers (outside working hours). */
  away_text: string;
  /** The site has a lead catcher: its script is loaded beside. */
  lead: boolean;
  max_upload_mb: number;
  accept: string[];
}

export interface Attachment {
  id: string;
  name: string;
  media_type: string;
  size: number;
  url: string;
  width?: number | null;
  height?: number | null;
}

export interface MenuOption {
  key: string;
  label: string;
}

export interface FormField {
  key: string;
  label?: string;
  type?: "text" | "tel" | "email";
  required?: boolean;
  value?: string;
}

export interface FormSpec {
  fields: FormField[];
  consent?: { text: string; url?: string } | null;
  skip?: boolean;
}

export interface FormAnswer {
  seq: number;
  values?: Record<string, string>;
  skipped?: boolean;
}

export interface Message {
  seq: number;
  client_id: string | null;
  kind: "text" | "menu" | "event" | "form";
  mine: boolean;
  author_name: string;
  text: string;
  attachments: Attachment[];
  options: MenuOption[];
  form: FormSpec | null;
  at: string | number;
  delivery: Delivery;
  edited: boolean;
  deleted: boolean;
  rev: number;
  /** What happened, when kind is "event": joined, left, transferred, queued, closed, reopened, … */
  event: string;
}

export interface Identity {
  user_id: string;
  hmac: string;
  name?: string;
  email?: string;
}

export interface ConversationHead {
  id: string;
  status: ConversationStatus;
  agent_name: string | null;
}

export type ServerFrame =
  | {
      t: "hello";
      token: string;
      now: string | number;
      conversation: ConversationHead | null;
      read: { them: number };
    }
  | { t: "msg"; m: Message }
  | { t: "upd"; m: Message }
  | { t: "typing"; who: string; for_ms: number }
  | {
      t: "status";
      status: ConversationStatus;
      agent_name: string | null;
      position: number | null;
      estimate: [number, number] | null;
    }
  | { t: "read"; by: string; seq: number }
  | { t: "error"; client_id: string | null; reason: string; detail: string; retry: boolean }
  | { t: "hb" };

export interface OutgoingMessage {
  client_id: string;
  text: string;
  choice?: string;
  attachment_ids?: string[];
  form?: FormAnswer;
}

export type ClientFrame =
  | {
      t: "hello";
      key: string;
      token: string | null;
      since: number;
      language: Language;
      page: { url: string; title: string; referrer: string };
      identity?: Identity;
    }
  | ({ t: "msg" } & OutgoingMessage)
  | { t: "read"; seq: number }
  | { t: "typing" };

export const CLOSE = { SLOW: 4008, DRAIN: 1012, TOKEN: 4401, ORIGIN: 4403 } as const;

type Json = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown, otherwise = 0): number =>
  typeof value === "number" && Number.isFinite(value) ? value : otherwise;
const list = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((x): x is Json => typeof x === "object" && x !== null) : [];
const record = (value: unknown): Json | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
const time = (value: unknown): string | number =>
  typeof value === "string" || typeof value === "number" ? value : Date.now();

const STATUSES: readonly string[] = ["reception", "waiting", "open", "closed"];
const status = (value: unknown): ConversationStatus =>
  STATUSES.includes(text(value)) ? (value as ConversationStatus) : "reception";
const DELIVERIES: readonly string[] = ["sending", "sent", "delivered", "read", "failed"];

/** Accepts an absolute address, or one relative to the server; anything but http(s) becomes "". */
export function safeUrl(value: string, base?: string): string {
  try {
    const url = new URL(value, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

export function readAttachment(value: unknown, base?: string): Attachment | null {
  const a = record(value);
  if (!a) return null;
  return {
    id: String(a["id"] ?? ""),
    name: text(a["name"]) || "file",
    media_type: text(a["media_type"]),
    size: number(a["size"]),
    url: safeUrl(text(a["url"]), base),
    width: number(a["width"]) || null,
    height: number(a["height"]) || null,
  };
}

function readForm(value: unknown): FormSpec | null {
  const form = record(value);
  if (!form) return null;
  const consent = record(form["consent"]);
  return {
    fields: list(form["fields"])
      .filter((f) => text(f["key"]))
      .map((f) => ({
        key: text(f["key"]),
        label: text(f["label"]),
        type: f["type"] === "tel" || f["type"] === "email" ? f["type"] : "text",
        required: f["required"] === true,
        value: text(f["value"]),
      })),
    consent: consent ? { text: text(consent["text"]), url: safeUrl(text(consent["url"])) } : null,
    skip: form["skip"] !== false,
  };
}

export function readMessage(value: unknown, base?: string): Message | null {
  const m = record(value);
  if (!m || typeof m["seq"] !== "number") return null;
  const kind = m["kind"];
  const event = m["event"];
  return {
    seq: m["seq"],
    client_id: text(m["client_id"]) || null,
    kind: kind === "menu" || kind === "event" || kind === "form" ? kind : "text",
    mine: m["mine"] === true,
    author_name: text(m["author_name"]),
    text: text(m["text"]),
    attachments: list(m["attachments"])
      .map((a) => readAttachment(a, base))
      .filter((a): a is Attachment => a !== null),
    options: list(m["options"]).map((o) => ({ key: String(o["key"] ?? ""), label: text(o["label"]) })),
    form: readForm(m["form"]),
    at: time(m["at"]),
    delivery: DELIVERIES.includes(text(m["delivery"])) ? (m["delivery"] as Delivery) : "sent",
    edited: Boolean(m["edited"]),
    deleted: Boolean(m["deleted"]),
    rev: number(m["rev"]),
    event: typeof event === "string" ? event : text(record(event)?.["type"]),
  };
}

/** Turns one frame of the socket into something the widget can trust; null for what it does not know. */
export function readFrame(raw: string, base?: string): ServerFrame | null {
  let f: Json | null;
  try {
    f = record(JSON.parse(raw));
  } catch {
    return null;
  }
  if (!f) return null;
  switch (f["t"]) {
    case "hello": {
      const c = record(f["conversation"]);
      return {
        t: "hello",
        token: text(f["token"]),
        now: time(f["now"]),
        conversation: c
          ? { id: String(c["id"] ?? ""), status: status(c["status"]), agent_name: text(c["agent_name"]) || null }
          : null,
        read: { them: number(record(f["read"])?.["them"]) },
      };
    }
    case "msg":
    case "upd": {
      const m = readMessage(f["m"], base);
      return m && { t: f["t"], m };
    }
    case "typing":
      return { t: "typing", who: text(f["who"]), for_ms: Math.min(number(f["for_ms"], 5000), 30_000) };
    case "status": {
      const e = f["estimate"];
      return {
        t: "status",
        status: status(f["status"]),
        agent_name: text(f["agent_name"]) || null,
        position: number(f["position"]) > 0 ? number(f["position"]) : null,
        estimate: Array.isArray(e) && e.length === 2 ? [number(e[0]), number(e[1])] : null,
      };
    }
    case "read":
      return { t: "read", by: text(f["by"]), seq: number(f["seq"]) };
    case "error":
      return {
        t: "error",
        client_id: text(f["client_id"]) || null,
        reason: text(f["reason"]) || "FAILED",
        detail: text(f["detail"]),
        retry: f["retry"] === true,
      };
    case "hb":
      return { t: "hb" };
    default:
      return null;
  }
}

export function readConfig(value: unknown): WidgetConfig {
  const c = record(value) ?? {};
  return {
    title: text(c["title"]),
    subtitle: text(c["subtitle"]),
    colour: text(c["colour"]),
    language: text(c["language"]),
    greeting: text(c["greeting"]),
    away_text: text(c["away_text"]),
    lead: Boolean(c["lead"]),
    max_upload_mb: number(c["max_upload_mb"], 20),
    accept: Array.isArray(c["accept"]) ? c["accept"].filter((a): a is string => typeof a === "string") : [],
  };
}

/** Characters as people count them: one emoji is not two. The server counts code points too. */
export const textLength = (value: string): number => {
  let n = 0;
  for (const _ of value) n++;
  return n;
};
