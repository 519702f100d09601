import type { Attachment, FormSpec, Language, MenuOption } from "../protocol";
import type { MessageRow, Row } from "../rows";
import { fileSize, say, type Texts } from "../texts";
import { h, icon, part, setAttr, setText } from "./dom";
import { contactForm, type FormResult } from "./form";
import { textNodes } from "./links";
import { menuButtons } from "./menu";

export interface ListActions {
  choose(option: MenuOption): void;
  submitForm(seq: number, spec: FormSpec, result: FormResult | null): void;
  retry(clientId: string): void;
  remove(clientId: string): void;
  edit(clientId: string): void;
  known(): { name?: string; email?: string };
  scrolled(): void;
}

interface Drawn {
  el: HTMLElement;
  bubble: HTMLElement;
  files: HTMLElement;
  extra: HTMLElement;
  meta: HTMLElement;
}

const NEAR_END_PX = 48;

/** The log of messages. Draws only what changed, and never scrolls away from what is being read. */
export class MessageList {
  readonly el: HTMLElement;
  private readonly log: HTMLElement;
  private readonly down: HTMLButtonElement;
  private readonly downText = h("span");
  private readonly drawn = new Map<string, Drawn>();
  private readonly plain = new Map<string, HTMLElement>();
  private stick = true;
  private fresh = false;
  private measured = "";

  constructor(
    private readonly t: Texts,
    private readonly language: Language,
    private readonly actions: ListActions,
  ) {
    this.log = h("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": t.log,
      tabindex: 0,
    });
    this.down = h("button", { type: "button", class: "down", hidden: true, click: () => this.toEnd() }, icon("down"), this.downText);
    this.el = h("div", { class: "mid" }, this.log, this.down);
    this.log.addEventListener("scroll", () => {
      // The log or its content changed size: that is not the reader scrolling away.
      if (this.stick && this.measure() !== this.measured) {
        this.keep();
        return;
      }
      this.stick = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX;
      if (this.stick) this.fresh = false;
      this.showDown();
      actions.scrolled();
    });
    // A picture or a growing composer changes the height: what was at the end stays at the end.
    if (typeof ResizeObserver === "function") new ResizeObserver(() => this.keep()).observe(this.log);
    this.log.addEventListener("load", () => this.keep(), true);
  }

  get atEnd(): boolean {
    return this.stick;
  }

  toEnd(): void {
    this.stick = true;
    this.fresh = false;
    this.keep();
    this.showDown();
  }

  /** While history is coming in, nothing of it is read out. */
  busy(yes: boolean): void {
    setAttr(this.log, "aria-busy", yes ? "true" : null);
  }

  update(all: readonly Row[], quiet: boolean): void {
    const wanted: HTMLElement[] = [];
    const keys = new Set<string>();
    let own = false;
    for (const row of all) {
      keys.add(row.key);
      if (row.kind === "message") {
        let d = this.drawn.get(row.key);
        if (!d) {
          d = this.create(row);
          this.drawn.set(row.key, d);
          if (!quiet) {
            if (row.mine) own = true;
            else if (!this.stick) this.fresh = true;
          }
        }
        this.draw(d, row);
        wanted.push(d.el);
      } else {
        let el = this.plain.get(row.key);
        if (!el) {
          el = h("div", { class: row.kind, dir: "auto" });
          this.plain.set(row.key, el);
        }
        setText(el, row.text);
        wanted.push(el);
      }
    }
    for (const map of [this.drawn, this.plain] as Map<string, unknown>[]) {
      for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
    }
    const keep = new Set<Node>(wanted);
    for (const el of [...this.log.children]) if (!keep.has(el)) el.remove();
    wanted.forEach((el, i) => {
      if (this.log.children[i] !== el) this.log.insertBefore(el, this.log.children[i] ?? null);
    });
    if (own) this.stick = true;
    this.keep();
    this.showDown();
  }

  private measure(): string {
    return `${this.log.clientHeight}/${this.log.scrollHeight}`;
  }

  private keep(): void {
    if (this.stick) this.log.scrollTop = this.log.scrollHeight;
    this.measured = this.measure();
  }

  private showDown(): void {
    this.down.hidden = this.stick;
    setText(this.downText, this.fresh ? this.t.newMessages : this.t.toEnd);
  }

  private create(row: MessageRow): Drawn {
    const bubble = h("div", { class: "bub", dir: "auto" });
    const files = h("div", { class: "row" });
    const extra = h("div", { class: "row" });
    const meta = h("div", { class: "meta" });
    const el = h("div", { class: "row" }, bubble, files, extra, meta);
    el.dataset["key"] = row.key;
    return { el, bubble, files, extra, meta };
  }

  private draw(d: Drawn, row: MessageRow): void {
    const t = this.t;
    const side = row.mine ? " me" : "";
    setAttr(d.el, "class", `row${side}${row.tail ? " tail" : ""}`);
    setAttr(d.files, "class", `row wide${side}`);
    setAttr(d.el, "data-delivery", row.mine ? row.delivery : null);

    d.bubble.hidden = !row.deleted && row.text === "";
    setAttr(d.bubble, "class", `bub${row.deleted ? " gone" : ""}${row.failed ? " bad" : ""}`);
    part(d.bubble, `${row.deleted}${row.text}`, () =>
      row.deleted ? [t.deleted] : textNodes(row.text, t.newTab),
    );

    const files = row.deleted ? [] : row.attachments;
    d.files.hidden = files.length === 0;
    part(d.files, JSON.stringify(files), () => files.map((a) => this.file(a)));

    const options = row.deleted ? [] : row.options;
    const form = row.form && row.live && !row.deleted ? row.form : null;
    d.extra.hidden = options.length === 0 && !form;
    setAttr(d.extra, "class", "row wide");
    part(d.extra, JSON.stringify([options, row.live, row.chosen, form]), () => [
      options.length > 0 &&
        menuButtons(options, row.live, row.chosen, row.text || t.bot, (o) => this.actions.choose(o)),
      form &&
        contactForm(
          form,
          t,
          this.actions.known(),
          (result) => this.actions.submitForm(row.seq, form, result),
          () => this.actions.submitForm(row.seq, form, null),
        ),
    ]);

    d.meta.hidden = row.meta === "";
    setAttr(d.meta, "class", `meta${row.failed ? " bad" : ""}`);
    part(d.meta, JSON.stringify([row.meta, row.failed, row.seq]), () => this.meta(row));
  }

  private meta(row: MessageRow): (Node | string | null)[] {
    const t = this.t;
    const id = row.clientId;
    if (!row.failed || !id) return [row.delivery === "sending" && row.meta.includes(t.queued) ? icon("clock") : null, h("span", {}, row.meta)];
    const why = t[row.failed.reason as keyof Texts] ?? row.failed.detail ?? t.FAILED;
    const stored = row.seq > 0;
    const button = (label: string, click: () => void) => h("button", { type: "button", class: "lk", click }, label);
    return [
      icon("alert"),
      h("span", {}, `${row.meta}. ${why || t.FAILED}`),
      h(
        "div",
        { class: "acts" },
        row.failed.reason === "TOO_LONG" ? null : button(t.retry, () => this.actions.retry(id)),
        stored ? null : button(t.edit, () => this.actions.edit(id)),
        stored ? null : button(t.remove, () => this.actions.remove(id)),
      ),
    ];
  }

  private file(a: Attachment): HTMLElement {
    const t = this.t;
    const kind = /\.([\p{L}\d]{1,5})$/u.exec(a.name)?.[1]?.toUpperCase() ?? a.media_type.split("/")[1]?.toUpperCase() ?? "";
    const size = a.size > 0 ? fileSize(a.size, this.language, t) : "";
    const about = [kind, size].filter(Boolean).join(", ");
    const inner = [
      icon("file"),
      h("span", { class: "n" }, h("span", { dir: "auto" }, a.name), h("small", {}, about)),
    ];
    const chip = (): HTMLElement =>
      a.url
        ? h(
            "a",
            { class: "fl", href: a.url, target: "_blank", rel: "noopener nofollow", title: `${say(t.openFile, { name: a.name })}, ${t.newTab}` },
            ...inner,
            icon("download"),
          )
        : h("span", { class: "fl" }, ...inner);
    if (!a.url || !/^image\/(png|jpe?g|gif|webp|avif)$/.test(a.media_type)) return chip();
    const img = h("img", {
      src: a.url,
      alt: a.name,
      loading: "lazy",
      decoding: "async",
      width: a.width ?? null,
      height: a.height ?? null,
      referrerpolicy: "no-referrer",
    });
    const link = h(
      "a",
      { class: "pic", href: a.url, target: "_blank", rel: "noopener nofollow", title: `${say(t.openPicture, { name: a.name })}, ${t.newTab}` },
      img,
    );
    // A page's policy, or an address that has run out, may keep the picture away: the file can still be opened.
    img.addEventListener("error", () => link.replaceWith(chip()));
    return link;
  }
}
