/** The channel's window: how long we may still write. */
import type * as T from "../../../api/types.gen";
import { Icon } from "../../../design/Icon";
import { duration } from "../../../i18n/format";
import { serverNow, useSecond } from "../../../rt/clock";
import { isWindowClosed } from "../model/care";
import { useT } from "./texts";

const NEAR_S = 3600 * 3;

/** "2 h 10 m to write": amber when it is near. */
export function WindowLeft({ conversation }: { conversation: T.Conversation }) {
  const t = useT();
  useSecond();
  if (!conversation.window_until) return null;
  const left = Math.floor((Date.parse(conversation.window_until) - serverNow()) / 1000);
  if (left <= 0) return null;
  return <span className={`sm nw t ${left < NEAR_S ? "warn" : "dim"}`} title={t("window_title", { time: duration(left) })}><Icon name="clock" size="s" /> {t("window_left", { time: duration(left) })}</span>;
}

export function useWindowClosed(conversation: T.Conversation): boolean {
  useSecond();
  return isWindowClosed(conversation, serverNow());
}
