import sprite from "./icons.svg?no-inline";

/** Names of the symbols of icons.svg. */
export type IconName =
  | "phone" | "phone-in" | "phone-out" | "phone-missed" | "hangup" | "callback" | "chat" | "mail" | "telegram" | "whatsapp" 
  | "viber" | "messenger" | "sms" | "vk" | "mic" | "mic-off" | "pause" | "play" | "keypad" | "transfer" | "conference" | 
  "record" | "search" | "bell" | "user" | "users" | "headset" | "inbox" | "wallboard" | "flow" | "campaign" | "calendar" 
  | "wallet" | "settings" | "chart" | "pulse" | "check" | "x" | "down" | "right" | "left" | "up" | "plus" | "minus" | 
  "more" | "clip" | "send" | "note" | "bolt" | "snooze" | "clock" | "tag" | "alert" | "info" | "stop" | "ok" | "lock" | 
  "globe" | "ear" | "whisper" | "barge" | "download" | "copy" | "filter" | "file" | "refresh" | "eye" | "edit" | 
  "offline" | "signal" | "keyboard" | "undo" | "external" | "deal" | "card" | "key" | "bot" | "moon" | "drag" | 
  "voicemail" | "st-available" | "st-ontask" | "st-wrapup" | "st-break" | "st-noresponse" | "st-offline" | "mark";

/** Decorative: words stand beside it or in the label of its control. */
export function Icon({ name, size, className = "" }: { name: IconName; size?: "s" | "l"; className?: string }) {
  return (
    <svg className={`i ${size ?? ""} ${className}`} aria-hidden="true">
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}
