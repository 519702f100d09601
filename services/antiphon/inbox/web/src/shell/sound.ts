/** Soft tones made on the spot, their volume, and browser notifications. Nothing is loaded, nothing is recorded. */
import { useSyncExternalStore } from "react";

export const VOLUMES = { off: 0, quiet: 0.25, normal: 0.55, loud: 1 } as const;
export type Volume = keyof typeof VOLUMES;
const KEY = "antiphon.volume";
const listeners = new Set<() => void>();
let context: AudioContext | undefined;

function savedVolume(): Volume {
  try {
    const raw = localStorage.getItem(KEY) ?? "";
    return raw in VOLUMES ? (raw as Volume) : "normal";
  } catch {
    return "normal";
  }
}
let volume: Volume = savedVolume();

export function setVolume(next: Volume): void {
  volume = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // For this page only.
  }
  listeners.forEach((listener) => listener());
}

export function useVolume(): Volume {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => volume);
}

/** Browsers open the sound only after a press; the first press anywhere does it. */
export function unlockSound(): () => void {
  const unlock = () => {
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
  };
  addEventListener("pointerdown", unlock);
  addEventListener("keydown", unlock);
  return () => {
    removeEventListener("pointerdown", unlock);
    removeEventListener("keydown", unlock);
  };
}

const SHAPES = {
  /** An offer: two soft notes upwards. */
  offer: [[587, 0, 0.32], [784, 0.16, 0.5]],
  /** A new message elsewhere: one tick. */
  tick: [[880, 0, 0.12]],
} as const satisfies Record<string, readonly (readonly [hertz: number, after: number, lasts: number])[]>;

export function play(shape: keyof typeof SHAPES): void {
  const gain = VOLUMES[volume];
  if (!gain || !context || context.state !== "running") return;
  const now = context.currentTime + 0.02;
  for (const [hertz, after, lasts] of SHAPES[shape]) {
    const [tone, envelope] = [context.createOscillator(), context.createGain()];
    tone.type = "sine";
    tone.frequency.value = hertz;
    envelope.gain.setValueAtTime(0, now + after);
    envelope.gain.linearRampToValueAtTime(gain * 0.16, now + after + 0.02);
    envelope.gain.exponentialRampToValueAtTime(0.0001, now + after + lasts);
    tone.connect(envelope).connect(context.destination);
    tone.start(now + after);
    tone.stop(now + after + lasts + 0.05);
  }
}

export type NoticeRight = "granted" | "denied" | "default" | "none";
export const noticeRight = (): NoticeRight => (typeof Notification === "undefined" ? "none" : Notification.permission);

export async function askNotices(): Promise<NoticeRight> {
  if (typeof Notification === "undefined") return "none";
  return Notification.requestPermission();
}

/** Only while the tab is hidden, and never with a name or a word of a customer. */
export function notify(text: string, tag: string, onOpen: () => void): () => void {
  if (document.visibilityState !== "hidden" || noticeRight() !== "granted") return () => undefined;
  try {
    const notice = new Notification(text, { tag, icon: "/favicon.svg", silent: true });
    notice.onclick = () => {
      window.focus();
      onOpen();
      notice.close();
    };
    return () => notice.close();
  } catch {
    // Some phones allow notices only from a service worker.
    return () => undefined;
  }
}
