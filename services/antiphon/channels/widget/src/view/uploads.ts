import type { Language } from "../protocol";
import { acceptText, fileSize, say, type Texts } from "../texts";
import type { Limits, Upload } from "../uploads";
import { h, iconButton, part, setAttr, setText } from "./dom";

export interface TrayActions {
  remove(id: string): void;
  retry(id: string): void;
}

export function uploadText(u: Upload, limits: Limits, t: Texts, language: Language): string {
  if (u.state === "waiting") return t.upWaiting;
  if (u.state === "uploading") return say(t.uploading, { n: Math.min(99, Math.round(u.progress * 100)) });
  if (u.state === "done") return say(t.uploaded, { size: fileSize(u.size, language, t) });
  switch (u.reason) {
    case "TOO_LARGE":
      return say(t.fileTooLarge, { max: limits.max_upload_mb });
    case "TYPE_REFUSED":
      return limits.accept.length ? say(t.fileType, { types: acceptText(limits.accept, t) }) : t.fileTypeAny;
    case "EMPTY":
      return t.fileEmpty;
    case "NETWORK":
      return t.fileNetwork;
    case "BLOCKED":
      return t.BLOCKED;
    default:
      return t.fileFailed;
  }
}

const again = (u: Upload): boolean => u.reason === "NETWORK" || u.reason === "FAILED" || u.reason === "TOO_FAST";

/** The files of the message being written: progress, what went wrong, and what to do about it. */
export class Tray {
  readonly el: HTMLElement;
  private readonly drawn = new Map<string, { el: HTMLElement; bar: HTMLProgressElement; line: HTMLElement; buttons: HTMLElement }>();

  constructor(
    private readonly t: Texts,
    private readonly language: Language,
    private readonly actions: TrayActions,
  ) {
    this.el = h("div", { class: "ups", hidden: true });
  }

  update(uploads: readonly Upload[], limits: Limits): void {
    const t = this.t;
    this.el.hidden = uploads.length === 0;
    const keys = new Set(uploads.map((u) => u.id));
    for (const [id, d] of this.drawn) {
      if (!keys.has(id)) {
        d.el.remove();
        this.drawn.delete(id);
      }
    }
    for (const u of uploads) {
      let d = this.drawn.get(u.id);
      if (!d) {
        const bar = h("progress", { max: 100, value: 0, "aria-label": u.name });
        const line = h("span", { class: "t" });
        const buttons = h("span", { class: "row" });
        const el = h(
          "div",
          { class: "up" },
          h("span", { class: "n" }, h("b", { dir: "auto", title: u.name }, u.name), line, bar),
          buttons,
        );
        d = { el, bar, line, buttons };
        this.drawn.set(u.id, d);
        this.el.append(el);
      }
      setAttr(d.el, "class", u.state === "failed" ? "up bad" : "up");
      setAttr(d.el, "data-state", u.state);
      setText(d.line, uploadText(u, limits, t, this.language));
      // Percent is in the bar already; only an error interrupts.
      setAttr(d.line, "role", u.state === "failed" ? "alert" : null);
      d.bar.hidden = u.state !== "uploading" && u.state !== "waiting";
      d.bar.value = u.progress * 100;
      part(d.buttons, u.state === "failed" && again(u) ? "again" : "", () => [
        u.state === "failed" && again(u)
          ? iconButton("refresh", say(t.retryFile, { name: u.name }), () => this.actions.retry(u.id))
          : null,
        iconButton("x", say(t.cancelFile, { name: u.name }), () => this.actions.remove(u.id)),
      ]);
    }
  }
}
