import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { useEffect, useState } from "react";

export type PaneName = "list" | "thread" | "side";

/** The working layout: list | thread | side. `show` is the pane seen below 720 px (side: also the drawer below 1024). */
export function Panes({ show, two, children }: { show: PaneName; two?: boolean; children: ReactNode }) {
  return <div className={two ? "panes two" : "panes"} data-pane={show}>{children}</div>;
}

export function Pane({ name, label, children }: { name: PaneName; label: string; children: ReactNode }) {
  return <section className={`pane ${name}`} aria-label={label} tabIndex={-1}>{children}</section>;
}

/** Puts a page's own controls into the bar: state, capacity. */
export function InBar({ children }: { children: ReactNode }) {
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  useEffect(() => {
    setSlot(document.getElementById("bar-slot"));
  }, []);
  return slot && createPortal(children, slot);
}

/** The head of a page: title at the start, actions at the end. Sets the tab title. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return <header className="head"><h1>{title}</h1>{children}</header>;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Antiphon`;
  }, [title]);
}
