/** Which dialog of the bench is open, and for which conversations; and which rows of the list are chosen. */
import { useSyncExternalStore } from "react";
import type * as T from "../../../api/types.gen";

export type Layer =
  | { is: "snooze" | "tags" | "spam" | "assign"; ids: readonly string[] }
  | { is: "macro"; ids: readonly string[] }
  | { is: "plan"; ids: readonly string[]; text?: string; files?: readonly T.Attachment[]; edit?: string; done?: () => void }
  | { is: "keep"; ids: readonly string[]; text: string };

interface State { layer: Layer | undefined; chosen: ReadonlySet<string>; choosing: boolean }

let state: State = { layer: undefined, chosen: new Set(), choosing: false };
const listeners = new Set<() => void>();

function set(next: Partial<State>): void {
  state = { ...state, ...next };
  listeners.forEach((listener) => listener());
}

export const openLayer = (layer: Layer | undefined): void => set({ layer });
export const toggle = (id: string): void => {
  const chosen = new Set(state.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  set({ chosen, choosing: true });
};
export const choose = (ids: readonly string[]): void => set({ chosen: new Set(ids), choosing: true });
export const startChoosing = (): void => set({ choosing: true });
export const stopChoosing = (): void => set({ chosen: new Set(), choosing: false });

const watch = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useLayer = (): Layer | undefined => useSyncExternalStore(watch, () => state.layer);
export const useChosen = (): ReadonlySet<string> => useSyncExternalStore(watch, () => state.chosen);
export const useChoosing = (): boolean => useSyncExternalStore(watch, () => state.choosing);
