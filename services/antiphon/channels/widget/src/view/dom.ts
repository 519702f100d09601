/** Small helpers to build elements. Text goes in as text nodes only: nothing here parses markup. */

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | null | undefined | ((e: never) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") el.addEventListener(name, value as unknown as EventListener);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  el.append(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
  return el;
}

const ICONS = {
  chat: "M10 3.2c4 0 7.2 2.8 7.2 6.3s-3.2 6.3-7.2 6.3c-.9 0-1.8-.1-2.6-.4L4 16.8l.9-2.9a5.9 5.9 0 0 1-2.1-4.4c0-3.5 3.2-6.3 7.2-6.3zM7 8.3h6M7 11h3.5",
  down: "M5.5 8l4.5 4.5L14.5 8",
  clip: "M15.5 9.2l-5.6 5.7a3.5 3.5 0 0 1-5-5l6-6a2.4 2.4 0 0 1 3.4 3.3l-5.9 6a1.2 1.2 0 0 1-1.8-1.7l5.2-5.3",
  send: "M3.5 9.9 3 3.8 17 10 3 16.2l.5-6.3zM3.5 10H9",
  download: "M10 3.2v9M6.3 8.7 10 12.4l3.7-3.7M3.5 16.5h13",
  file: "M5.5 2.8h6l4 4v9.4c0 .6-.4 1-1 1h-9c-.6 0-1-.4-1-1V3.8c0-.6.4-1 1-1zM11.3 3v4h4",
  x: "M5 5l10 10M15 5 5 15",
  refresh: "M16.5 10a6.5 6.5 0 1 1-2-4.7M16.6 3.2v3.6H13",
  alert: "M10 3.3 2.9 15.6c-.3.5 0 1.1.6 1.1h13c.6 0 .9-.6.6-1.1zM10 8.3v3.6M10 14.1v.1",
  clock: "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM10 6v4.2l2.7 1.7",
  offline: "M2.8 8.2A10.4 10.4 0 0 1 6 6.1M17.2 8.2a10.4 10.4 0 0 0-7-2.9M5.4 11.2a6.5 6.5 0 0 1 3-1.6M14.6 11.2l-.8-.7M8 14a2.9 2.9 0 0 1 4 0M3.5 3.5l13 13",
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A square button with an icon: its name is both what is read out and what is shown on hover. */
export function iconButton(name: IconName, label: string, click: () => void, className = ""): HTMLButtonElement {
  return h("button", { type: "button", class: `sq ${className}`, "aria-label": label, title: label, click }, icon(name));
}

/** Writes only what changed, so that live regions stay quiet. */
export function setText(el: Element, value: string): void {
  if (el.textContent !== value) el.textContent = value;
}

export function setAttr(el: Element, name: string, value: string | null): void {
  if (value === null) {
    if (el.hasAttribute(name)) el.removeAttribute(name);
  } else if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

/** Rebuilds the children only when the signature differs. */
export function part(el: HTMLElement, signature: string, build: () => Child[]): void {
  const holder = el as HTMLElement & { signature?: string };
  if (holder.signature === signature) return;
  holder.signature = signature;
  el.replaceChildren(...build().filter((c): c is Node | string => Boolean(c)));
}
