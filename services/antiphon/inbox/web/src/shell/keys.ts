/**
 * Keys by physical key (event.code), so they work on en, ru and uk layouts. A page names its keys with useKey; the help
 * dialog lists what is registered now; those with an id may be moved there. While Alt is held <html> has the class `caps`, and KeyCap onAlt shows.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { type Movable, useMapped } from "./keymap";

export interface Key extends Movable {
  /** Also while a text field has the focus; keys with Alt or Ctrl always do. */
  inFields?: boolean;
  /** Only a line of the help: what the key does elsewhere on the page, while nothing takes it now. */
  helpOnly?: boolean;
}

export interface Registered extends Key {
  label: string;
  run: (event: KeyboardEvent) => void;
}

let registered: readonly Registered[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Registered[]): void {
  registered = next;
  listeners.forEach((listener) => listener());
}

const inField = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function matches(key: Key, event: KeyboardEvent): boolean {
  return key.code === event.code && Boolean(key.alt) === event.altKey && Boolean(key.ctrl) === (event.ctrlKey || event.metaKey) &&
    (key.shift === undefined || key.shift === event.shiftKey);
}

function onDown(event: KeyboardEvent): void {
  if (event.key === "Alt") document.documentElement.classList.add("caps");
  if (event.isComposing || event.getModifierState("AltGraph")) return;
  // The latest registered wins: a panel over the page takes the page's key.
  const key = registered.findLast((one) => !one.helpOnly && matches(one, event));
  if (!key || (inField(event.target) && !key.alt && !key.ctrl && !key.inFields && !key.code.startsWith("F"))) return;
  event.preventDefault();
  key.run(event);
}

const hideCaps = () => document.documentElement.classList.remove("caps");

export function startKeys(): void {
  addEventListener("keydown", onDown);
  addEventListener("keyup", (event) => event.key === "Alt" && hideCaps());
  addEventListener("blur", hideCaps);
}

/** `useKey({ code: "KeyA", alt: true }, t("accept"), accept)`; undefined `run` leaves the key free. */
export function useKey(given: Key, label: string, run: ((event: KeyboardEvent) => void) | undefined): void {
  const key = useMapped(given);
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  const { id, code, alt = false, ctrl = false, shift, inFields = false, cap } = key;
  const active = run !== undefined;
  useEffect(() => {
    if (!active) return undefined;
    const one: Registered = { ...(id ? { id } : {}), code, alt, ctrl, inFields, label, run: (event) => latest.current?.(event), ...(shift === undefined ? {} : { shift }), ...(cap === undefined ? {} : { cap }) };
    set([...registered, one]);
    return () => set(registered.filter((other) => other !== one));
  }, [id, code, alt, ctrl, shift, inFields, cap, label, active]);
}

export function useRegisteredKeys(): readonly Registered[] {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => registered);
}

/** Lines of the help for keys that are taken by parts of the page only while they are there. Pass one constant list of labels in an order. */
export function useHelpKeys(keys: readonly (Key & { label: string })[]): void {
  const text = JSON.stringify(keys);
  useEffect(() => {
    const lines = (JSON.parse(text) as (Key & { label: string })[]).map((key) => ({ ...key, helpOnly: true, run: () => undefined }));
    set([...registered, ...lines]);
    return () => set(registered.filter((one) => !lines.includes(one as (typeof lines)[number])));
  }, [text]);
}

/** How a key is written on a cap: Alt A, Ctrl Enter. */
export function capOf({ code, alt, ctrl, shift, cap }: Key): string {
  if (cap !== undefined) return cap;
  const name = code === "Slash" ? (shift ? "?" : "/") : code.replace(/^(Key|Digit)/, "");
  return [ctrl && "Ctrl", alt && "Alt", name].filter(Boolean).join(" ");
}

/** F6: the next pane; panes are .pane and [data-f6] elements in document order. */
export function nextPane(back: boolean): void {
  const panes = [...document.querySelectorAll<HTMLElement>(".pane, [data-f6]")].filter((one) => one.offsetParent !== null);
  if (panes.length === 0) return;
  const here = panes.findIndex((one) => one.contains(document.activeElement));
  const next = panes[(here + (back ? -1 : 1) + panes.length) % panes.length];
  if (!next) return;
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus();
}
