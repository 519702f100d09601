import { useSyncExternalStore } from "react";
import { Icon } from "../design/Icon";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import { useT } from "./texts";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  action?: { text: string; run: () => void } | undefined;
}

const UNDO_MS = 8000;
const PLAIN_MS = 5000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((listener) => listener());
}

const close = (id: number) => set(toasts.filter((toast) => toast.id !== id));

/** `toast("Snoozed until 9:00", { action: { text: "Undo", run } })`. A bad one stays until it is closed. */
export function toast(text: string, options: { bad?: boolean; action?: Toast["action"] } = {}): void {
  last += 1;
  const id = last;
  set([...toasts.slice(-3), { id, text, bad: options.bad ?? false, action: options.action }]);
  if (!options.bad) setTimeout(() => close(id), options.action ? UNDO_MS : PLAIN_MS);
}

export function Toasts() {
  const t = useT();
  const shown = useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => toasts);
  return (
    <section className="toasts" aria-label={t("notices")} aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={one.bad ? "toast badt" : "toast"} role={one.bad ? "alert" : "status"}>
          <Icon name={one.bad ? "stop" : "check"} />
          <span className="grow">{one.text}</span>
          {one.action && <Button size="sm" onPress={() => { one.action?.run(); close(one.id); }}>{one.action.text}</Button>}
          <IconButton icon="x" size="sm" label={t("close")} onPress={() => close(one.id)} />
        </div>
      ))}
    </section>
  );
}
