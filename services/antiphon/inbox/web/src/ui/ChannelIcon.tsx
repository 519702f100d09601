import { Icon, type IconName } from "../design/Icon";
import { useT } from "./texts";

/** Channel kinds as the contract names them → hue class, icon and word. */
const LOOK = {
  voice: ["voice", "phone"], callback: ["callback", "callback"], webchat: ["chat", "chat"], chat: ["chat", "chat"], email: ["email", "mail"],
  telegram: ["telegram", "telegram"], whatsapp: ["whatsapp", "whatsapp"], viber: ["viber", "viber"], messenger: ["messenger", "messenger"],
  sms: ["sms", "sms"], vk: ["vk", "vk"],
} as const satisfies Record<string, readonly [string, IconName]>;

export type ChannelKind = keyof typeof LOOK;
export const CHANNEL_KINDS = Object.keys(LOOK) as ChannelKind[];
const lookOf = (kind: string) => LOOK[kind as ChannelKind] ?? LOOK.chat;

/** The word for a channel kind: `const name = useChannelName(); name("webchat")`. */
export function useChannelName(): (kind: string) => string {
  const t = useT();
  return (kind) => (kind in LOOK ? t(`ch_${lookOf(kind)[0]}`) : kind);
}

export function ChannelIcon({ kind, look, label = true }: { kind: string; look?: "bare" | "xs"; label?: boolean }) {
  const name = useChannelName();
  const [hue, icon] = lookOf(kind);
  return <span className={`ch ${hue} ${look ?? ""}`} {...(label ? { role: "img", "aria-label": name(kind), title: name(kind) } : { "aria-hidden": true })}><Icon name={icon} /></span>;
}
