import { h, icon, iconButton, setAttr, setText, type IconName } from "./dom";

export interface Strip {
  icon: IconName | null;
  text: string;
  tone: "" | "warn" | "crit";
}

/** The window of the chat: head, lines of state, the log, the composer. It knows layout and keys, not meanings. */
export class Panel {
  readonly el: HTMLElement;
  private readonly title = h("h2", { id: "title", dir: "auto" });
  private readonly subtitle = h("p", { dir: "auto" });
  private readonly avatar = h("span", { class: "ava", "aria-hidden": "true" });
  private readonly state = h("div", { class: "strip", role: "status", hidden: true });
  private readonly notice = h("div", { class: "strip low", role: "status", hidden: true });
  private readonly typing = h("div", { class: "typing", role: "status", dir: "auto" });
  private readonly full = matchMedia("(max-width: 480px)");

  constructor(
    parts: { list: HTMLElement; tray: HTMLElement; composer: HTMLElement },
    closeLabel: string,
    private readonly actions: { close(): void; files(files: File[]): void },
  ) {
    this.el = h(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1, hidden: true },
      h(
        "div",
        { class: "head" },
        this.avatar,
        h("div", { class: "who" }, this.title, this.subtitle),
        iconButton("down", closeLabel, actions.close, "close"),
      ),
      this.state,
      parts.list,
      this.typing,
      this.notice,
      parts.tray,
      parts.composer,
    );
    for (const type of ["keydown", "keyup", "keypress"] as const) {
      this.el.addEventListener(type, (e) => {
        if (type === "keydown") this.key(e);
        // The page's own shortcuts must not fire while somebody writes here.
        e.stopPropagation();
      });
    }
    this.dropping();
    const modal = (): void => setAttr(this.el, "aria-modal", this.full.matches ? "true" : null);
    modal();
    this.full.addEventListener("change", modal);
    // On phones the keyboard covers the page: follow the part that is left.
    const viewport = globalThis.visualViewport;
    viewport?.addEventListener("resize", () => {
      if (this.full.matches) this.el.style.setProperty("--vh", `${Math.round(viewport.height)}px`);
    });
  }

  head(title: string, subtitle: string, initials: string): void {
    setText(this.title, title);
    setText(this.subtitle, subtitle);
    this.subtitle.hidden = subtitle === "";
    setText(this.avatar, initials);
  }

  typist(text: string): void {
    setText(this.typing, text);
  }

  top(strip: Strip | null): void {
    this.strip(this.state, "strip", strip);
  }

  bottom(strip: Strip | null, dismiss?: { label: string; click: () => void }): void {
    this.strip(this.notice, "strip low", strip, dismiss);
  }

  private strip(el: HTMLElement, base: string, strip: Strip | null, dismiss?: { label: string; click: () => void }): void {
    el.hidden = strip === null;
    const wanted = strip ? `${strip.tone}|${strip.icon}|${strip.text}|${Boolean(dismiss)}` : "";
    if (el.dataset["now"] === wanted) return;
    el.dataset["now"] = wanted;
    el.className = `${base} ${strip?.tone ?? ""}`;
    el.replaceChildren();
    if (!strip) return;
    if (strip.icon) el.append(icon(strip.icon));
    el.append(h("span", { dir: "auto" }, strip.text));
    if (dismiss) el.append(iconButton("x", dismiss.label, dismiss.click));
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Escape" && !e.isComposing) {
      e.preventDefault();
      this.actions.close();
      return;
    }
    // Full screen covers the page, so Tab stays inside; beside the page it moves on, as in any non-modal dialog.
    if (e.key !== "Tab" || !this.full.matches) return;
    const stops = [...this.el.querySelectorAll<HTMLElement>("button,a[href],input,textarea,[tabindex='0']")].filter(
      (x) => !x.hasAttribute("disabled") && x.tabIndex >= 0 && x.getClientRects().length > 0,
    );
    const first = stops[0];
    const last = stops.at(-1);
    const active = (this.el.getRootNode() as ShadowRoot).activeElement;
    if (e.shiftKey && (active === first || active === this.el)) {
      e.preventDefault();
      last?.focus();
    } else if (!e.shiftKey && active === last) {
      e.preventDefault();
      first?.focus();
    }
  }

  private dropping(): void {
    const carries = (e: DragEvent): boolean => e.dataTransfer?.types.includes("Files") ?? false;
    this.el.addEventListener("dragover", (e) => {
      if (!carries(e)) return;
      e.preventDefault();
      this.el.classList.add("drop");
    });
    this.el.addEventListener("dragleave", (e) => {
      if (!this.el.contains(e.relatedTarget as Node | null)) this.el.classList.remove("drop");
    });
    this.el.addEventListener("drop", (e) => {
      this.el.classList.remove("drop");
      if (!carries(e)) return;
      e.preventDefault();
      this.actions.files([...(e.dataTransfer?.files ?? [])]);
    });
  }
}
