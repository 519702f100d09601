/** Erasures: who has confirmed, who is still to; they go on without the page. */
import { useEffect } from "react";
import { privacy } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Progress } from "../../ui/Meter";
import { Skeleton } from "../../ui/Skeleton";
import { useT } from "./texts";

const LOOK_MS = 1500;
const running = (one: T.Erasure) => one.state !== "ERASURE_STATE_DONE";

/** Services with what each erased: "channels" → 12. */
function byService(erasure: T.Erasure): [string, number][] {
  const sums = new Map<string, number>();
  for (const [name, count] of Object.entries(erasure.counts)) {
    const [service = ""] = name.split(".");
    sums.set(service, (sums.get(service) ?? 0) + count);
  }
  return [...sums].filter(([service]) => !erasure.waiting_for.includes(service)).sort(([a], [b]) => a.localeCompare(b));
}

function One({ erasure }: { erasure: T.Erasure }) {
  const t = useT();
  const confirmed = byService(erasure);
  const all = confirmed.length + erasure.waiting_for.length;
  return (
    <li className="cu-erasure">
      <p className="flex wrap-line"><span className="grow m">{erasure.reason}</span><span className="sm dim nw">{moment(erasure.asked_at ?? 0)}</span>{running(erasure) ? <Chip kind="warn">{t("er_running")}</Chip> : <Chip kind="ok">{t("er_done")}</Chip>}</p>
      {running(erasure) && <Progress label={t("erasures")} share={all ? confirmed.length / all : 0} />}
      <p className="flex wrap-line sm">{confirmed.map(([service, count]) => <span key={service} className="nw">{service}: {t("er_erased", { count })}</span>)}{erasure.waiting_for.map((service) => <span key={service} className="nw mid">{service}: {t("er_waits")}</span>)}</p>
    </li>
  );
}

export default function Erasures({ onClose }: { onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { data, loading, problem, reload } = useLoad(privacy.erasures);
  const goesOn = data?.erasures.some(running) ?? false;
  useEffect(() => {
    if (!goesOn) return undefined;
    const timer = setTimeout(reload, LOOK_MS);
    return () => clearTimeout(timer);
  }, [goesOn, data, reload]);
  return (
    <Dialog title={t("erasures")} isOpen onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t("close")}</Button>}>
      <p className="mid">{t("er_text")}</p>
      {loading ? <Skeleton rows={3} /> : data?.erasures.length ? <ul className="cu-erasures" aria-live="polite">{data.erasures.map((one) => <One key={one.id} erasure={one} />)}</ul> : !problem && <p className="dim">{t("er_none")}</p>}
      {problem && <Banner kind="crit">{say(problem)}</Banner>}
    </Dialog>
  );
}
