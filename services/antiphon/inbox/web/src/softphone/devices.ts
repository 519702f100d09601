/** Which microphone, speaker and ringing device this person uses on this computer, and how loud. Nothing is recorded. */
import { useSyncExternalStore } from "react";

export interface Devices {
  /** Device ids; "" is the system's own choice. */
  microphone: string;
  speaker: string;
  ringer: string;
  /** 0…1 */
  volume: number;
  ring: number;
}

const KEY = "antiphon.devices";
const START: Devices = { microphone: "", speaker: "", ringer: "", volume: 1, ring: 0.6 };
const share = (value: unknown, otherwise: number) => (typeof value === "number" && value >= 0 && value <= 1 ? value : otherwise);
const word = (value: unknown) => (typeof value === "string" ? value : "");

/** What was kept, as far as it can be believed. */
export function readDevices(text: string | null): Devices {
  try {
    const raw = JSON.parse(text ?? "{}") as Partial<Record<keyof Devices, unknown>>;
    return { microphone: word(raw.microphone), speaker: word(raw.speaker), ringer: word(raw.ringer), volume: share(raw.volume, START.volume), ring: share(raw.ring, START.ring) };
  } catch {
    return START;
  }
}

const kept = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};
let devices = typeof localStorage === "undefined" ? START : readDevices(kept());
const listeners = new Set<() => void>();

export const currentDevices = (): Devices => devices;
export function setDevices(change: Partial<Devices>): void {
  devices = { ...devices, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(devices));
  } catch {
    // For this page only.
  }
  listeners.forEach((listener) => listener());
}
export function watchDevices(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const useDevices = (): Devices => useSyncExternalStore(watchDevices, currentDevices);

if (typeof window !== "undefined") {
  // Chosen in another tab, used by the tab that has the phone.
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    devices = readDevices(event.newValue);
    listeners.forEach((listener) => listener());
  });
}

/** The chosen microphone, or the system's own when the chosen one is not there any more. */
export async function openMicrophone(id = devices.microphone): Promise<MediaStream> {
  const wanted: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (id) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { ...wanted, deviceId: { exact: id } } });
    } catch (error) {
      if (!(error instanceof DOMException) || (error.name !== "OverconstrainedError" && error.name !== "NotFoundError")) throw error;
    }
  }
  return navigator.mediaDevices.getUserMedia({ audio: wanted });
}

/** Where an element sounds; browsers that cannot choose use the system's device. */
export async function soundOn(element: HTMLAudioElement, device: string): Promise<void> {
  const able = element as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };
  await able.setSinkId?.(device).catch(() => able.setSinkId?.("").catch(() => undefined));
}

export const maySelectSpeaker = (): boolean => typeof HTMLAudioElement !== "undefined" && "setSinkId" in HTMLAudioElement.prototype;

/** How loud a stream is, 0…1, for a level meter. */
export function meterOf(stream: MediaStream): { level: () => number; close: () => void } {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const data = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(data);
      return levelOf(data);
    },
    close: () => void context.close(),
  };
}

/** Root mean square on a scale of decibels: −60 dB is 0, −6 dB is 1. */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index += 1) sum += (samples[index] ?? 0) ** 2;
  const db = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (db + 60) / 54));
}

/** Two notes that repeat, on the ringing device. Returns how to end it. */
export function startRing(beep: boolean): () => void {
  const context = new AudioContext();
  const gain = context.createGain();
  const out = context.createMediaStreamDestination();
  gain.connect(out);
  const element = new Audio();
  element.srcObject = out.stream;
  void soundOn(element, devices.ringer).then(() => element.play().catch(() => undefined));
  const once = () => {
    const now = context.currentTime + 0.02;
    const notes: [hertz: number, after: number][] = beep ? [[660, 0]] : [[523, 0], [659, 0.18], [523, 0.5], [659, 0.68]];
    for (const [hertz, after] of notes) {
      const tone = context.createOscillator();
      const shape = context.createGain();
      tone.frequency.value = hertz;
      shape.gain.setValueAtTime(0, now + after);
      shape.gain.linearRampToValueAtTime(devices.ring * (beep ? 0.1 : 0.35), now + after + 0.02);
      shape.gain.exponentialRampToValueAtTime(0.0001, now + after + 0.3);
      tone.connect(shape).connect(gain);
      tone.start(now + after);
      tone.stop(now + after + 0.35);
    }
  };
  once();
  const timer = beep ? undefined : setInterval(once, 2500);
  return () => {
    clearInterval(timer);
    element.pause();
    void context.close();
  };
}
