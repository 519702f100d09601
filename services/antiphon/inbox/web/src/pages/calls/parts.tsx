/** What the three lists share. */
import { useState, type ReactNode } from "react";
import { media } from "../../api/api";
import type { Problem } from "../../api/problem";
import { useProblemText } from "../../i18n/problems";
import { can, myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Player } from "../../player/Player";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import type * as T from "../../api/types.gen";
import { seconds } from "../../i18n/format";
import { fileName } from "./model";
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

/** Asks why before somebody else's call is heard; the answer goes into the audit log. */
export function ReasonDialog({ title, verb, note, onClose, onReason, stop }: { title: string; verb: string; note?: ReactNode; onClose: () => void; onReason: (reason: string) => void; stop?: boolean }) {
  const t = useT();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const run = () => {
    setTried(true);
    if (reason.trim()) onReason(reason.trim());
  };
  return (
    <Dialog title={title} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind={stop ? "stop" : "primary"} onPress={run}>{verb}</Button></>}>
      {note && <p className="mid">{note}</p>}
      <form onSubmit={(event) => { event.preventDefault(); run(); }}><TextField label={t("reason")} hint={t("reason_hint")} value={reason} onChange={setReason} maxLength={200} autoFocus error={tried && !reason.trim() ? t("reason_needed") : undefined} /></form>
    </Dialog>
  );
}

/** A recording with its player. Another's asks for the reason once, before the first sound. */
export function RecordingPlayer({ recording, name }: { recording: T.Recording; name: string }) {
  const t = useT();
  const { me, mayFile } = useDesk((state) => ({ me: myId(state), mayFile: can("recordings.read")(state) }));
  const [reason, setReason] = useState("");
  const [asking, setAsking] = useState(false);
  const others = recording.agent_id !== me;
  const length = seconds(recording.length) ?? 0;
  const peaks = [recording.peaks_left, recording.peaks_right];
  const locked = others && !reason;
  return <>
    <Player label={t("recording_of", { name })} url={media.recordingUrl(recording.id, reason)} length={length} peaks={peaks} autoPlay={reason !== ""} onLocked={locked ? () => setAsking(true) : undefined} download={mayFile && !locked ? fileName("recording", recording.started_at) : undefined} />
    {asking && <ReasonDialog title={t("listen_title")} verb={t("listen")} onClose={() => setAsking(false)} onReason={(why) => { setAsking(false); setReason(why); }} />}
  </>;
}

export function More({ more }: { more: (() => void) | undefined }) {
  const t = useT();
  return more ? <div className="calls-more"><Button onPress={more}>{t("more")}</Button></div> : null;
}
