import { duration } from "../../i18n/format";
import { useSecond } from "../../rt/clock";
import { Icon } from "../../design/Icon";
import { useStale } from "./live";
import { useT } from "./texts";

/** A moment's reconnecting is not worth a word. */
const PATIENCE_MS = 2000;

/** "Live", or how old the figures are. `full` adds what happens next (the kiosk has no other notice). */
export function Live({ full }: { full?: boolean }) {
  const t = useT();
  useSecond();
  const since = useStale();
  const age = since === undefined ? 0 : Date.now() - since;
  if (age < PATIENCE_MS) return <span className="state available bd-live"><Icon name="st-available" /><span className="mid">{t("live")}</span></span>;
  const time = duration(age / 1000);
  return <span className="bd-live stale"><Icon name="offline" size="s" /><span aria-live="off">{t(full ? "stale" : "updated", { time })}</span></span>;
}
