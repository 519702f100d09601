/** Keys that a person has put elsewhere, kept on this device: action id → physical key. Pure but for the shelf. */
import { useSyncExternalStore } from "react";

/** Where a key lies, whatever the layout writes on it. */
export interface Place {
  /** event.code: KeyA, Digit1, Enter, Slash, F6. */
  code: string;
  alt?: boolean;
  ctrl?: boolean;
  shift?: boolean;
}

export interface Movable extends Place {
  /** A key with an id can be given another place by its person. */
  id?: string;
  /** How the help writes it when one line stands for several keys: "Alt 1…9"; "" keeps it out of the help. */
  cap?: string;
}
export type Keymap = Readonly<Record<string, Place>>;

const SHELF = "antiphon.keys";
/** What belongs to the browser, the system or the field: never ours. */
const FORBIDDEN = new Set(["Tab", "Escape", "Enter", "Space", "Backspace", "Delete", "F5", "F11", "F12"]);
const CTRL_TAKEN = new Set(["KeyC", "KeyV", "KeyX", "KeyA", "KeyZ", "KeyT", "KeyW", "KeyN", "KeyR", "KeyL"]);

function read(): Keymap {
  try {
    const found = JSON.parse(localStorage.getItem(SHELF) ?? "{}") as Record<string, Place>;
    return Object.fromEntries(Object.entries(found).filter(([, place]) => typeof place?.code === "string"));
  } catch {
    return {};
  }
}

let map: Keymap = typeof localStorage === "undefined" ? {} : read();
const listeners = new Set<() => void>();

function set(next: Keymap): void {
  map = next;
  try {
    localStorage.setItem(SHELF, JSON.stringify(next));
  } catch {
    // Until the page is closed, then.
  }
  listeners.forEach((listener) => listener());
}

export const move = (id: string, place: Place): void => set({ ...map, [id]: place });
export const reset = (id?: string): void => set(id === undefined ? {} : Object.fromEntries(Object.entries(map).filter(([one]) => one !== id)));

export function useKeymap(): Keymap {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => map);
}

/** The key where its person wants it. */
export function mapped<K extends Movable>(key: K, keymap: Keymap): K {
  const place = key.id === undefined ? undefined : keymap[key.id];
  if (!place) return key;
  const { cap: _cap, ...rest } = key;
  return { ...rest, code: place.code, alt: Boolean(place.alt), ctrl: Boolean(place.ctrl), ...(place.shift ? { shift: true } : {}) } as K;
}

export const useMapped = <K extends Movable>(key: K): K => mapped(key, useKeymap());

export const same = (a: Place, b: Place): boolean => a.code === b.code && Boolean(a.alt) === Boolean(b.alt) && Boolean(a.ctrl) === Boolean(b.ctrl) && Boolean(a.shift) === Boolean(b.shift);

/** Why a key cannot be taken: it belongs to the browser, or would be typed into texts. */
export function refusal(place: Place): "" | "reserved" | "needs_modifier" {
  if (FORBIDDEN.has(place.code) || (place.ctrl && !place.alt && CTRL_TAKEN.has(place.code)) || /^(Alt|Control|Shift|Meta)/.test(place.code)) return "reserved";
  return place.alt || place.ctrl || /^F\d+$/.test(place.code) ? "" : "needs_modifier";
}
