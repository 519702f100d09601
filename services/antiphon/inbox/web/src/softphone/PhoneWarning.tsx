/** What the person should know about the sound, in words, over the page. */
import { useState } from "react";
import { number, percent } from "../i18n/format";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { openMicrophone } from "./devices";
import { phone, usePhone } from "./phone";
import { warningOf } from "./quality";
import { useT } from "./texts";

export default function PhoneWarning() {
  const t = useT();
  const shown = usePhone();
  const [hidden, setHidden] = useState(false);
  const allow = async () => {
    try {
      (await openMicrophone("")).getTracks().forEach((track) => track.stop());
    } catch {
      setHidden(true);
    }
    phone.again();
  };
  if (shown.line === "unavailable" || shown.line === "off") return null;
  const { mic, session } = shown;
  if (mic === "lost" || mic === "denied") return <Banner kind="crit" icon="mic-off" action={<Button size="sm" onPress={phone.again}>{t("try_again")}</Button>}>{t(`warn_mic_${mic}`)}</Banner>;
  if (mic === "muted" && session) return <Banner icon="mic-off">{t("warn_mic_muted")}</Banner>;
  if (mic === "unknown" && shown.line === "ready" && !session && !hidden) return <Banner kind="info" icon="mic" action={<Button size="sm" onPress={() => void allow()}>{t("allow_mic")}</Button>}>{t("warn_mic_unknown")}</Banner>;
  const warning = session?.phase === "live" && !session.broken ? warningOf(shown.figures) : undefined;
  if (!warning) return null;
  const text = warning.is === "loss" ? t("warn_loss", { percent: percent(warning.share) }) : warning.is === "silent" ? t("warn_silent") : t(`warn_${warning.is}`, { ms: number(warning.ms) });
  return <Banner icon="signal">{text}</Banner>;
}
