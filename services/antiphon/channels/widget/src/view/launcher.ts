import { say, type Texts } from "../texts";
import { h, icon, setAttr, setText } from "./dom";

/** The round button in the corner, with the number of unread messages. */
export class Launcher {
  readonly el: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });

  constructor(click: () => void) {
    this.el = h("button", { type: "button", class: "launch", "aria-haspopup": "dialog", click }, icon("chat"), this.badge);
  }

  update(t: Texts, open: boolean, unread: number): void {
    this.el.hidden = open;
    setAttr(this.el, "aria-expanded", String(open));
    setAttr(this.el, "aria-label", unread ? say(t.openUnread, { n: unread }) : t.open);
    setAttr(this.el, "title", t.open);
    this.badge.hidden = unread === 0;
    setText(this.badge, unread > 99 ? "99+" : String(unread));
  }
}
