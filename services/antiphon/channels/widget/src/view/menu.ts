import type { MenuOption } from "../protocol";
import { h } from "./dom";

/** The bot's menu: live until the visitor has answered, then a record of what was offered and chosen. */
export function menuButtons(
  options: readonly MenuOption[],
  live: boolean,
  chosen: string | null,
  label: string,
  choose: (option: MenuOption) => void,
): HTMLElement {
  return h(
    "div",
    { class: "opts", role: "group", "aria-label": label },
    ...options.map((o) =>
      h(
        "button",
        {
          type: "button",
          class: "opt",
          dir: "auto",
          disabled: !live,
          "aria-pressed": chosen === null ? null : String(o.label === chosen),
          click: () => choose(o),
        },
        o.label,
      ),
    ),
  );
}
