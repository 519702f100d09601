/** Server time and the one tick a second every timer shares. */
import { useSyncExternalStore } from "react";

let offset = 0;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let second = 0;

/** `now` as the server says it: RFC 3339, seconds or milliseconds. */
export function setClock(now: string | number): void {
  const ms = typeof now === "string" ? Date.parse(now) : now < 1e11 ? now * 1000 : now;
  if (!Number.isNaN(ms)) offset = ms - Date.now();
}

/** Milliseconds of the server's clock. */
export const serverNow = () => Date.now() + offset;

function tick(): void {
  clearTimeout(timer);
  second = Math.floor(serverNow() / 1000);
  listeners.forEach((listener) => listener());
  timer = setTimeout(tick, 1000 - (serverNow() % 1000));
}

function watch(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    timer = setTimeout(tick, 1000 - (serverNow() % 1000));
    document.addEventListener("visibilitychange", tick);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

function read(): number {
  if (listeners.size === 0) second = Math.floor(serverNow() / 1000);
  return second;
}

/** Whole server seconds; renders once a second. Keep it at the leaves (Timer). */
export function useSecond(): number {
  return useSyncExternalStore(watch, read);
}
