import { MAX_TEXT, textLength } from "../protocol";
import { say, type Texts } from "../texts";
import { h, icon, iconButton, setAttr, setText } from "./dom";

export interface ComposerActions {
  /** Returns whether the message was taken; if not, the text stays. */
  send(text: string): boolean;
  files(files: File[]): void;
  typing(): void;
  draft(text: string): void;
}

/** The text field with its buttons. The limit is counted and explained before anything is sent. */
export class Composer {
  readonly el: HTMLElement;
  readonly field: HTMLTextAreaElement;
  private readonly count: HTMLElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly input: HTMLInputElement;
  private hasFiles = false;

  constructor(
    private readonly t: Texts,
    accept: readonly string[],
    private readonly actions: ComposerActions,
  ) {
    this.count = h("div", { class: "count", id: "count", hidden: true });
    this.field = h("textarea", {
      rows: 1,
      dir: "auto",
      "aria-label": t.field,
      "aria-describedby": "count",
      placeholder: t.placeholder,
      autocomplete: "off",
      enterkeyhint: "send",
    });
    this.input = h("input", { type: "file", multiple: true, hidden: true, accept: accept.join(",") || null, tabindex: -1 });
    this.sendButton = h("button", { type: "button", class: "sq send", "aria-label": t.send, title: t.send, click: () => this.submit() }, icon("send"));
    this.el = h(
      "div",
      {},
      h("div", { class: "cmp" }, iconButton("clip", t.attach, () => this.input.click()), this.input, this.field, this.sendButton),
      this.count,
    );
    this.input.addEventListener("change", () => {
      actions.files([...(this.input.files ?? [])]);
      this.input.value = "";
      this.field.focus();
    });
    this.field.addEventListener("input", () => {
      this.changed();
      actions.draft(this.field.value);
      if (this.field.value.trim()) actions.typing();
    });
    this.field.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.isComposing || e.shiftKey || e.altKey) return;
      // On a phone's keyboard Enter is a new line; the button sends.
      if (!e.ctrlKey && !e.metaKey && matchMedia("(pointer: coarse)").matches) return;
      e.preventDefault();
      this.submit();
    });
    this.field.addEventListener("paste", (e) => {
      const files = [...(e.clipboardData?.files ?? [])];
      if (files.length) {
        e.preventDefault();
        actions.files(files);
      }
    });
  }

  set(text: string): void {
    this.field.value = text;
    this.changed();
  }

  files(some: boolean): void {
    this.hasFiles = some;
    this.buttons();
  }

  /** Grows with the text up to five lines; needs to be laid out, so it is called again when the panel opens. */
  fit(): void {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.max(40, Math.min(140, this.field.scrollHeight))}px`;
  }

  private get over(): boolean {
    return textLength(this.field.value.trim()) > MAX_TEXT;
  }

  private changed(): void {
    const n = textLength(this.field.value.trim());
    const over = n > MAX_TEXT;
    this.count.hidden = n < MAX_TEXT * 0.9;
    setAttr(this.count, "class", over ? "count over" : "count");
    setAttr(this.count, "role", over ? "alert" : null);
    setAttr(this.field, "aria-invalid", over ? "true" : null);
    setText(this.count, this.count.hidden ? "" : say(over ? this.t.tooLong : this.t.count, { n, max: MAX_TEXT }));
    this.fit();
    this.buttons();
  }

  private buttons(): void {
    const on = (this.field.value.trim() !== "" || this.hasFiles) && !this.over;
    setAttr(this.sendButton, "data-on", on ? "" : null);
    setAttr(this.sendButton, "aria-disabled", on ? null : "true");
  }

  private submit(): void {
    const text = this.field.value.trim();
    if ((!text && !this.hasFiles) || this.over) {
      this.field.focus();
      return;
    }
    if (this.actions.send(text)) {
      this.set("");
      this.actions.draft("");
    }
    this.field.focus();
  }
}
