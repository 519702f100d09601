import type { Attachment, FormAnswer, OutgoingMessage } from "./protocol";
import type { Store } from "./store";

/**
 * Messages the server has not acknowledged yet. Each lives under its own name in the store, so two tabs never
 * overwrite each other's queue; the server drops repeats by client_id, so any tab may send any of them.
 */
export interface Pending {
  client_id: string;
  text: string;
  at: number;
  choice?: string;
  form?: FormAnswer;
  attachments?: Attachment[];
  /** The server refused it: it waits for the visitor, not for the network. */
  failed?: { reason: string; detail: string };
}

const START = "out:";
/** After this long without an acknowledgement a message is sent again, then after twice as long, up to a minute. */
const FIRST_WAIT_MS = 8000;
const LONGEST_WAIT_MS = 60_000;

export function newId(): string {
  const c = globalThis.crypto;
  if (typeof c.randomUUID === "function") return c.randomUUID();
  // randomUUID is missing on plain http pages; getRandomValues is not.
  return Array.from(c.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  private readonly sentAt = new Map<string, { at: number; wait: number }>();

  constructor(
    private readonly store: Store,
    private readonly now: () => number = Date.now,
  ) {}

  /** Everything not acknowledged, of all tabs, oldest first. */
  all(): Pending[] {
    const items: Pending[] = [];
    for (const name of this.store.names(START)) {
      const item = this.read(name);
      if (item) items.push(item);
    }
    return items.sort((a, b) => a.at - b.at || (a.client_id < b.client_id ? -1 : 1));
  }

  has(clientId: string): boolean {
    return this.store.get(START + clientId) !== null;
  }

  /** Whether what is queued would live through a reload. */
  kept(clientId: string): boolean {
    return this.store.kept(START + clientId);
  }

  add(message: Omit<Pending, "client_id" | "at">): Pending {
    const last = this.all().at(-1)?.at ?? 0;
    const item: Pending = { ...message, client_id: newId(), at: Math.max(this.now(), last + 1) };
    this.write(item);
    return item;
  }

  acknowledge(clientId: string): void {
    this.sentAt.delete(clientId);
    this.store.remove(START + clientId);
  }

  fail(clientId: string, reason: string, detail: string): void {
    const item = this.read(START + clientId);
    if (!item) return;
    this.sentAt.delete(clientId);
    this.write({ ...item, failed: { reason, detail } });
  }

  /** The visitor asked to send a refused message again: same id, so nothing can be shown twice. */
  retry(clientId: string): void {
    const item = this.read(START + clientId);
    if (!item) return;
    this.sentAt.delete(clientId);
    const { failed: _, ...rest } = item;
    this.write(rest);
  }

  /** Too fast: leave it in the queue and try again after a while. */
  later(clientId: string, wait = FIRST_WAIT_MS): void {
    this.sentAt.set(clientId, { at: this.now(), wait });
  }

  /** A new connection knows nothing of what went over the old one. */
  forgetSent(): void {
    this.sentAt.clear();
  }

  /** What has to go over the wire now. Marks it as sent. */
  due(): OutgoingMessage[] {
    const now = this.now();
    const out: OutgoingMessage[] = [];
    for (const item of this.all()) {
      if (item.failed) continue;
      const before = this.sentAt.get(item.client_id);
      if (before && now - before.at < before.wait) continue;
      this.sentAt.set(item.client_id, {
        at: now,
        wait: before ? Math.min(before.wait * 2, LONGEST_WAIT_MS) : FIRST_WAIT_MS,
      });
      out.push(outgoing(item));
    }
    return out;
  }

  clear(): void {
    for (const name of this.store.names(START)) this.store.remove(name);
    this.sentAt.clear();
  }

  private read(name: string): Pending | null {
    try {
      const item = JSON.parse(this.store.get(name) ?? "null") as Pending | null;
      return item && typeof item.client_id === "string" && typeof item.text === "string" ? item : null;
    } catch {
      return null;
    }
  }

  private write(item: Pending): void {
    this.store.set(START + item.client_id, JSON.stringify(item));
  }
}

function outgoing(item: Pending): OutgoingMessage {
  const message: OutgoingMessage = { client_id: item.client_id, text: item.text };
  if (item.choice !== undefined) message.choice = item.choice;
  if (item.form) message.form = item.form;
  if (item.attachments?.length) message.attachment_ids = item.attachments.map((a) => a.id);
  return message;
}
