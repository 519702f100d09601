/**
 * Nothing typed is lost: drafts live here until they are saved or thrown away, so that a page left by the back button,
 * the palette or a sign-in is as it was. Links and the pages' own buttons ask first.
 */
import { useEffect, useState } from "react";
import { navigate } from "wouter/use-browser-location";

export interface Draft {
  base: unknown;
  value: unknown;
}

const drafts = new Map<string, Draft>();
/** Drafts on the screen: leaving these asks. */
const open = new Set<string>();
let ask: ((go: () => void) => void) | undefined;

export const draftOf = (key: string): Draft | undefined => drafts.get(key);
export const keepDraft = (key: string, draft: Draft): void => void drafts.set(key, draft);
export const dropDraft = (key: string): void => void drafts.delete(key);
const unsaved = () => [...open].some((key) => drafts.has(key));

/** Goes at once, or after the question when something on the screen is not saved. */
export function leave(go: () => void): void {
  if (unsaved() && ask) ask(go);
  else go();
}

export const goTo = (path: string): void => leave(() => navigate(path));

/** Marks the draft as on the screen while mounted. */
export function useOpenDraft(key: string): void {
  useEffect(() => {
    open.add(key);
    return () => void open.delete(key);
  }, [key]);
}

function onLink(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.("a[href]") as HTMLAnchorElement | null;
  if (!link || !unsaved() || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || link.target === "_blank" || link.origin !== location.origin) return;
  if (link.getAttribute("href")?.startsWith("#")) return;
  event.preventDefault();
  event.stopPropagation();
  leave(() => navigate(link.pathname + link.search));
}

function onUnload(event: BeforeUnloadEvent): void {
  if (drafts.size > 0) event.preventDefault();
}

/** For the one host of the question: where to go when it is answered, undefined when nothing is asked. */
export function useLeaving(): { asked: boolean; stay: () => void; discard: () => void } {
  const [go, setGo] = useState<() => void>();
  useEffect(() => {
    ask = (next) => setGo(() => next);
    document.addEventListener("click", onLink, true);
    addEventListener("beforeunload", onUnload);
    return () => {
      ask = undefined;
      document.removeEventListener("click", onLink, true);
      removeEventListener("beforeunload", onUnload);
    };
  }, []);
  const stay = () => setGo(undefined);
  const discard = () => {
    open.forEach((key) => drafts.delete(key));
    setGo(undefined);
    go?.();
  };
  return { asked: go !== undefined, stay, discard };
}
