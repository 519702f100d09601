/** What the three lists share. */
import type { Problem } from "../../api/problem";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Select";
import { useT } from "./texts";

/** A list that did not come: without telephony that is no failure of the page. */
export function Failed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const t = useT();
  const say = useProblemText();
  const noVoice = problem.status === 503;
  return <Empty icon={noVoice ? "phone" : "alert"} title={t(noVoice ? "no_voice_title" : "not_loaded")} actions={<Button icon="refresh" onPress={onRetry}>{t("try_again")}</Button>}>{noVoice ? t("no_voice_text") : say(problem)}</Empty>;
}

const EVERYBODY = "-";
/** Only for who may see others' calls. */
export function PersonFilter({ right, value, onChange }: { right: string; value: string; onChange: (id: string) => void }) {
  const t = useT();
  const { may, people } = useDesk((state) => ({ may: can(right)(state), people: state.people }));
  if (!may) return null;
  const options = Object.values(people).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  return <div className="calls-person"><Select label="" aria-label={t("person")} options={[{ id: EVERYBODY, text: t("everybody") }, ...options]} value={value || EVERYBODY} onChange={(id) => onChange(id === EVERYBODY ? "" : id)} /></div>;
}

export { ReasonDialog, RecordingPlayer } from "../../player/Recording";

export function More({ more }: { more: (() => void) | undefined }) {
  const t = useT();
  return more ? <div className="calls-more"><Button onPress={more}>{t("more")}</Button></div> : null;
}
