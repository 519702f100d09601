import { deliveryOf, waiting, type Conversation } from "./conversation";
import type { Pending } from "./outbox";
import type { Attachment, Delivery, FormSpec, Language, MenuOption } from "./protocol";
import { say, type Texts } from "./texts";

/** The conversation as lines of the log, in order: a value the view can compare with what it has drawn. */
export interface MessageRow {
  kind: "message";
  key: string;
  mine: boolean;
  text: string;
  attachments: Attachment[];
  options: MenuOption[];
  /** Options and forms answer only until the visitor's next message. */
  live: boolean;
  chosen: string | null;
  form: FormSpec | null;
  seq: number;
  deleted: boolean;
  delivery: Delivery;
  failed: { reason: string; detail: string } | null;
  clientId: string | null;
  /** The line under the message; "" inside a group. */
  meta: string;
  tail: boolean;
}

export type Row = MessageRow | { kind: "day" | "event"; key: string; text: string };

const GROUP_MS = 3 * 60_000;
/** The server sends this many at most: fewer means the beginning of the conversation is in view. */
const HISTORY = 50;

export interface RowContext {
  language: Language;
  texts: Texts;
  greeting: string;
  title: string;
  online: boolean;
  now: number;
}

interface Line {
  row: MessageRow;
  author: string;
  at: number;
  edited: boolean;
}

export function rows(state: Conversation, pending: readonly Pending[], c: RowContext): Row[] {
  const t = c.texts;
  const lines: (Line | { event: string; key: string; at: number })[] = [];
  const greeted = state.messages.some((m) => !m.mine && m.text === c.greeting);
  if (c.greeting && !greeted && state.messages.length < HISTORY) {
    const first = state.messages[0];
    lines.push(line({ key: "greeting", text: c.greeting }, "", first ? moment(first.at) : c.now));
  }
  for (const m of state.messages) {
    const at = moment(m.at);
    const key = m.mine && m.client_id ? `c:${m.client_id}` : `s:${m.seq}`;
    if (m.kind === "event") {
      const text = eventText(m.event, m.author_name, m.text, t);
      if (text) lines.push({ event: text, key, at });
      continue;
    }
    lines.push(
      line(
        {
          key,
          mine: m.mine,
          text: m.text,
          attachments: m.attachments,
          options: m.kind === "menu" ? m.options : [],
          form: m.kind === "form" ? m.form : null,
          seq: m.seq,
          deleted: m.deleted,
          delivery: m.mine ? deliveryOf(state, m) : "sent",
          failed: m.mine && m.delivery === "failed" && !m.deleted ? { reason: "FAILED", detail: "" } : null,
          clientId: m.client_id,
        },
        m.author_name || (m.kind === "text" ? "" : t.bot),
        at,
        m.edited,
      ),
    );
  }
  for (const p of waiting(state, pending)) {
    lines.push(
      line(
        {
          key: `c:${p.client_id}`,
          mine: true,
          text: p.text,
          attachments: p.attachments ?? [],
          delivery: p.failed ? "failed" : "sending",
          failed: p.failed ?? null,
          clientId: p.client_id,
        },
        "",
        p.at,
      ),
    );
  }

  const out: Row[] = [];
  let day = dayOf(c.now);
  let answer: string | null = null;
  let answered = false;
  // Backwards for what a later message decides, forwards for days.
  for (let i = lines.length - 1; i >= 0; i--) {
    const l = lines[i];
    if (!l || "event" in l) continue;
    const next = lines[i + 1];
    const joined =
      next !== undefined &&
      !("event" in next) &&
      next.row.mine === l.row.mine &&
      next.author === l.author &&
      next.at - l.at < GROUP_MS &&
      dayOf(next.at) === dayOf(l.at);
    const unsettled = l.row.mine && (l.row.delivery === "sending" || l.row.delivery === "failed");
    const nextUnsettled = joined && next.row.mine && (next.row.delivery === "sending" || next.row.delivery === "failed");
    l.row.tail = !joined;
    l.row.meta = !joined || unsettled || nextUnsettled || l.edited ? meta(l, c) : "";
    if (l.row.mine) {
      answer = l.row.text;
      answered = true;
    } else if (l.row.options.length || l.row.form) {
      l.row.live = !answered;
      l.row.chosen = answered && l.row.options.some((o) => o.label === answer) ? answer : null;
    }
  }
  for (const l of lines) {
    const at = l.at;
    if (dayOf(at) !== day || (out.length === 0 && dayOf(at) !== dayOf(c.now))) {
      day = dayOf(at);
      out.push({ kind: "day", key: `d:${day}`, text: dayText(at, c) });
    }
    out.push("event" in l ? { kind: "event", key: l.key, text: `${l.event} · ${clock(at, c.language)}` } : l.row);
  }
  return out;
}

function line(row: Partial<MessageRow> & { key: string }, author: string, at: number, edited = false): Line {
  return {
    author,
    at,
    edited,
    row: {
      kind: "message",
      mine: false,
      text: "",
      attachments: [],
      options: [],
      live: false,
      chosen: null,
      form: null,
      seq: 0,
      deleted: false,
      delivery: "sent",
      failed: null,
      clientId: null,
      meta: "",
      tail: false,
      ...row,
    },
  };
}

function meta(l: Line, c: RowContext): string {
  const t = c.texts;
  const parts: string[] = [];
  if (!l.row.mine) parts.push(l.author || c.title || t.bot);
  if (l.row.key !== "greeting") parts.push(clock(l.at, c.language));
  if (l.edited && !l.row.deleted) parts.push(t.edited);
  if (l.row.mine && !l.row.deleted) {
    const d = l.row.delivery;
    parts.push(d === "sending" && !c.online ? t.queued : t[d]);
  }
  return parts.join(" · ");
}

function eventText(event: string, who: string, text: string, t: Texts): string {
  const name = who || t.someone;
  switch (event) {
    case "joined":
      return say(t.joined, { who: name });
    case "left":
      return say(t.left, { who: name });
    case "transferred":
      return who ? say(t.transferred, { who }) : text;
    case "waiting":
      return t.waiting;
    case "closed":
      return t.finished;
    case "reopened":
      return t.reopened;
    default:
      return text;
  }
}

export const moment = (at: string | number): number => {
  const n = new Date(at).getTime();
  return Number.isNaN(n) ? Date.now() : n;
};

const clocks = new Map<Language, Intl.DateTimeFormat>();

export function clock(at: number, language: Language): string {
  let f = clocks.get(language);
  if (!f) {
    f = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    clocks.set(language, f);
  }
  return f.format(at);
}

const dayOf = (at: number): number => {
  const d = new Date(at);
  return d.getFullYear() * 10_000 + d.getMonth() * 100 + d.getDate();
};

function dayText(at: number, c: RowContext): string {
  const today = new Date(c.now);
  if (dayOf(at) === dayOf(c.now)) return c.texts.today;
  today.setDate(today.getDate() - 1);
  if (dayOf(at) === dayOf(today.getTime())) return c.texts.yesterday;
  const year = new Date(at).getFullYear() === new Date(c.now).getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(c.language, { weekday: "short", day: "numeric", month: "long", year }).format(at);
}
