/** What the page offers in the palette besides the pages: registered by whoever can do it, while they can. */
import { useEffect, useSyncExternalStore } from "react";
import type { IconName } from "../design/Icon";

export interface Command {
  id: string;
  text: string;
  icon: IconName;
  /** Heading under which it stands. */
  section: string;
  run: () => void;
}

let registered: readonly Command[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Command[]): void {
  registered = next;
  listeners.forEach((listener) => listener());
}

/** Offers commands while mounted. They are compared by id, text and section: `run` must not close over what changes. */
export function useCommands(commands: readonly Command[]): void {
  const text = commands.map(({ id, text: words, section }) => `${id}|${words}|${section}`).join("\n");
  useEffect(() => {
    set([...registered, ...commands]);
    return () => set(registered.filter((one) => !commands.includes(one)));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
}

export function useRegisteredCommands(): readonly Command[] {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => registered);
}
