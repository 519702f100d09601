/** The outbox at work: one message of a conversation at a time, kept on this device until the server has it. */
import { useSyncExternalStore } from "react";
import { conversations } from "../../api/api";
import { Problem } from "../../api/problem";
import { learn, store } from "../../rt/store";
import { myId } from "../../rt/selectors";
import { serverNow } from "../../rt/clock";
import * as outbox from "./model/outbox";
import type { Outbox, Sending } from "./model/outbox";

let box: Outbox = [];
let owner = "";
const listeners = new Set<() => void>();
const keyOf = (person: string) => `antiphon.outbox.${person}`;

function set(next: Outbox): void {
  box = next;
  try {
    if (box.length) localStorage.setItem(keyOf(owner), JSON.stringify(box));
    else localStorage.removeItem(keyOf(owner));
  } catch {
    // It stays in memory.
  }
  listeners.forEach((listener) => listener());
}

/** At the start of a desk: whatever an earlier page could not send goes now. */
export function openOutbox(): void {
  const person = myId(store.state);
  if (!person || person === owner) return;
  owner = person;
  box = outbox.restore(localStorage.getItem(keyOf(person)));
  listeners.forEach((listener) => listener());
  pump();
}

function pump(): void {
  for (const one of outbox.next(box)) {
    set(outbox.start(box, one.client_id));
    void dispatch(one, owner);
  }
}

async function dispatch(one: Sending, person: string): Promise<void> {
  let outcome: outbox.Outcome;
  try {
    const { message } = await conversations.send(one.conversation, {
      client_id: one.client_id, kind: one.kind, text: one.text, attachment_ids: one.attachments.map(({ id }) => id), ...(one.expect === undefined ? {} : { expect_seq: one.expect }), ...(one.mentions?.length ? { mention_ids: [...one.mentions] } : {}),
    });
    if (message && one.conversation in store.state.messages) learn.messages(one.conversation, [message]);
    outcome = { is: "stored", seq: message?.seq ?? 0 };
  } catch (error) {
    const reason = error instanceof Problem ? error.reason : "SERVER";
    outcome = reason === "MOVED_ON" ? { is: "moved" } : { is: "failed", reason };
    if (outcome.is === "moved") void catchUp(one);
  }
  if (person !== owner) return;
  set(outbox.settle(box, one.client_id, outcome));
  pump();
}

/** What came meanwhile, in case its event is still on the way. */
async function catchUp({ conversation, expect }: Sending): Promise<void> {
  const { messages } = await conversations.messages(conversation, { after: expect ?? 0 }).catch(() => ({ messages: [] }));
  if (messages.length) learn.messages(conversation, messages);
}

export function send(one: Omit<Sending, "client_id" | "at" | "phase" | "reason">): void {
  openOutbox();
  set(outbox.add(box, { ...one, client_id: crypto.randomUUID(), at: new Date(serverNow()).toISOString() }));
  pump();
}

const decide = (step: (box: Outbox, id: string) => Outbox) => (id: string) => {
  set(step(box, id));
  pump();
};
export const retrySending = decide(outbox.retry);
export const sendAnyway = decide(outbox.sendAnyway);
export const dropSending = decide(outbox.drop);

const watch = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useOutbox(): Outbox {
  return useSyncExternalStore(watch, () => box);
}
