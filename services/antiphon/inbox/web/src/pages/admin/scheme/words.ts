/** How steps and ways are called and summed up. */
import type { IconName } from "../../../design/Icon";
import { duration } from "../../../i18n/format";
import type { Exit, Kind, Node, Text } from "./graph";
import type { SchemeText } from "./texts";

export type Say = (key: SchemeText, values?: Record<string, string | number>) => string;
export const ICONS: Record<Kind | "incoming" | "gap", IconName> = {
  incoming: "phone-in", gap: "right", say: "whisper", menu: "bot", hours: "clock", enqueue: "users", condition: "flow", caller_list: "filter", set_variables: "tag", http: "globe", close: "x",
  collect: "keypad", ring: "phone-out", voicemail: "voicemail", fax: "file", callback: "callback", conference: "conference", play: "play", record: "record",
};

export const kindText = (kind: Kind): SchemeText => `k_${kind}`;
export const nameOf = (node: Node | undefined, t: Say): string => node?.name || (node ? t(kindText(node.kind)) : "–");

/** The label of a transition: 1, 60 s, open. */
export function wayText(way: Exit, t: Say): string {
  switch (way.way) {
    case "option": return way.detail || "?";
    case "when": return way.detail ? t("w_when", { when: way.detail }) : t("w_when_empty");
    case "timeout": return t("w_timeout", { time: duration(Number(way.detail)) });
    case "no_input": return t("w_no_input", { time: duration(Number(way.detail)) });
    default: return t(`w_${way.way}`);
  }
}

export const wordsOf = (text: Text, languages: readonly string[]): string => languages.map((code) => text[code]).find(Boolean) ?? Object.values(text).find(Boolean) ?? "";

export interface Names { queue: (id: string) => string; calendar: (id: string) => string; list: (id: string) => string }

/** One line on what a step does. */
export function summary(node: Node, languages: readonly string[], names: Names, t: Say): string {
  switch (node.kind) {
    case "say": return wordsOf(node.text, languages);
    case "close": return wordsOf(node.text, languages);
    case "menu": return t("sum_menu", { count: node.options.length, time: duration(node.timeout_s) });
    case "hours": return names.calendar(node.calendar_id);
    case "caller_list": return names.list(node.list_id);
    case "enqueue": return t("sum_enqueue", { queue: names.queue(node.queue_id) || "–", time: duration(node.max_wait_s) });
    case "condition": return t("sum_condition", { count: node.branches.length });
    case "set_variables": return Object.entries(node.values).map(([name, value]) => `${name} = ${value}`).join(", ");
    case "http": return `${node.method} ${node.url}`;
    case "collect": return wordsOf(node.text, languages) || `{{var.${node.save}}}`;
    case "ring": return t("sum_ring", { count: node.targets.length, time: duration(node.timeout_s) });
    case "voicemail":
    case "callback": return wordsOf(node.text, languages);
    case "fax": return node.email;
    case "conference": return node.room;
    case "play": return node.source;
    case "record": return t(node.on ? "record_on" : "record_off");
  }
}
