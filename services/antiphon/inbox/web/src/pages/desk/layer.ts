/** What the parts of the desk tell each other without passing it down: the busy composer, blinking rows, opening. */
import { useCallback, useSyncExternalStore } from "react";
import { useLocation } from "wouter";

/** Set by the composer: nothing opens over a person who writes. */
export const composer = { focused: false, empty: true, wanted: "" };
export const isBusy = () => composer.focused || !composer.empty;

const BLINK_MS = 1600;
let blinking: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function setBlinking(next: ReadonlySet<string>): void {
  blinking = next;
  listeners.forEach((listener) => listener());
}

export function blink(id: string): void {
  setBlinking(new Set([...blinking, id]));
  setTimeout(() => setBlinking(new Set([...blinking].filter((one) => one !== id))), BLINK_MS);
}

export function useBlinking(id: string): boolean {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => blinking.has(id));
}

export const addressOf = (conversation: string) => (conversation ? `/inbox/${encodeURIComponent(conversation)}` : "/inbox");

let openings = 0;
/** How often something was opened: whoever asks the server and then leaves must not leave what was opened meanwhile. */
export const opened = () => openings;

/** Opens a conversation because the person asked for it. */
export function useOpen(): (conversation: string) => void {
  const [, go] = useLocation();
  return useCallback((conversation) => {
    openings += 1;
    go(addressOf(conversation));
  }, [go]);
}

/** A screen pop: opens only over an empty, unfocused composer; else the row blinks once and waits for its key. */
export function usePop(): (conversation: string) => void {
  const open = useOpen();
  return useCallback((conversation) => {
    if (!conversation) return;
    if (isBusy() && location.pathname !== addressOf(conversation)) blink(conversation);
    else open(conversation);
  }, [open]);
}

/** Conversations I have just closed or handed over: their leaving needs no explanation. */
const mineToEnd = new Set<string>();
export const endedByMe = {
  add: (id: string) => {
    mineToEnd.add(id);
    setTimeout(() => mineToEnd.delete(id), 60_000);
  },
  has: (id: string) => mineToEnd.has(id),
};
