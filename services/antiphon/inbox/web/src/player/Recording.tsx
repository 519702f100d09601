/** A recording with its player, and the question why before somebody else's call is heard. */
import { useState, type ReactNode } from "react";
import { media } from "../api/api";
import type * as T from "../api/types.gen";
import { seconds } from "../i18n/format";
import { can, myId } from "../rt/selectors";
import { useDesk } from "../rt/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select } from "../ui/Select";
import { TextField } from "../ui/TextField";
import { Player } from "./Player";
import { useT } from "./texts";

const fileName = (at: string | undefined): string => `recording-${(at ?? "").slice(0, 16).replace(/[:T]/g, "-")}.ogg`;

type Purpose = { onClose: () => void; onWhy: (why: Record<string, string>) => void; title?: string; verb?: string; note?: string; problem?: string; isPending?: boolean };

/** Asks what for and why before somebody else's call is heard or looked into; both go into the audit log. */
export function PurposeDialog({ onClose, onWhy, title, verb, note, problem, isPending = false }: Purpose) {
  const t = useT();
  const [purpose, setPurpose] = useState<T.ListeningPurpose>("LISTENING_PURPOSE_QUALITY");
  const [caseId, setCase] = useState("");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const ofCase = purpose === "LISTENING_PURPOSE_FRAUD_CASE";
  const run = () => {
    setTried(true);
    if (reason.trim() && (!ofCase || caseId.trim())) onWhy({ purpose, reason: reason.trim(), ...(ofCase ? { case_id: caseId.trim() } : {}) });
  };
  return (
    <Dialog title={title ?? t("listen_title")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={isPending} onPress={run}>{verb ?? t("listen")}</Button></>}>
      {note && <p className="mid">{note}</p>}
      {problem && <p className="sm err" role="alert">{problem}</p>}
      <form className="form" onSubmit={(event) => { event.preventDefault(); run(); }}>
        <Select label={t("purpose")} options={[{ id: "LISTENING_PURPOSE_QUALITY", text: t("purpose_quality") }, { id: "LISTENING_PURPOSE_FRAUD_CASE", text: t("purpose_case") }]} value={purpose} onChange={setPurpose} />
        {ofCase && <TextField label={t("case_id")} value={caseId} onChange={setCase} maxLength={60} error={tried && !caseId.trim() ? t("case_needed") : undefined} />}
        <TextField label={t("reason")} hint={t("reason_hint")} value={reason} onChange={setReason} maxLength={200} autoFocus error={tried && !reason.trim() ? t("reason_needed") : undefined} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
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
  const [why, setWhy] = useState<Record<string, string>>();
  const [asking, setAsking] = useState(false);
  const others = recording.agent_id !== me;
  const length = seconds(recording.length) ?? 0;
  const peaks = [recording.peaks_left, recording.peaks_right];
  const locked = others && !why;
  return <>
    <Player label={t("recording_of", { name })} url={media.recordingUrl(recording.id, why)} length={length} peaks={peaks} autoPlay={why !== undefined} onLocked={locked ? () => setAsking(true) : undefined} download={mayFile && !locked ? fileName(recording.started_at) : undefined} />
    {asking && <PurposeDialog onClose={() => setAsking(false)} onWhy={(said) => { setAsking(false); setWhy(said); }} />}
  </>;
}
