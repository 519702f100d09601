/** Listen, whisper, join: three buttons beside a talk, and the question why. Says who hears whom before it happens. */
import { useMemo, useState } from "react";
import { media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import type { IconName } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { PurposeDialog } from "../../player/Recording";
import { can, myId } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { keepGrounds } from "../../softphone/grounds";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { TextField } from "../../ui/TextField";
import { useT } from "./texts";

export type Mode = "listen" | "whisper" | "barge";
export const MODES: readonly { mode: Mode; icon: IconName; wire: T.MonitorMode }[] = [
  { mode: "listen", icon: "ear", wire: "MONITOR_MODE_LISTEN" }, { mode: "whisper", icon: "whisper", wire: "MONITOR_MODE_WHISPER" }, { mode: "barge", icon: "barge", wire: "MONITOR_MODE_BARGE" },
];
const TALKING = new Set<T.CallState>(["CALL_STATE_TALKING", "CALL_STATE_HELD", "CALL_STATE_CONSULTING", "CALL_STATE_CONFERENCE"]);

/** The talk of each agent that a supervisor may enter: never one's own. */
export function useTalks(): Readonly<Record<string, T.Call>> {
  const { calls, me } = useDesk((state) => ({ calls: state.calls, me: myId(state) }));
  return useMemo(() => Object.fromEntries(Object.values(calls).filter((call) => call.agent_id && call.agent_id !== me && TALKING.has(call.state)).map((call) => [call.agent_id, call])), [calls, me]);
}

function Question({ call, mode, name, onClose }: { call: T.Call; mode: (typeof MODES)[number]; name: string; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const action = useAction(media.monitor);
  const staff = useDesk(can("people.write"));
  const run = async (why: Record<string, string>) => {
    setTried(true);
    if (!why.reason) return;
    const answer = await action.run(call.id, mode.wire, why);
    if (!answer) return;
    keepGrounds(call.id, why);
    learn.call(answer.call);
    onClose();
  };
  const title = t("monitor_title", { verb: t(mode.mode), name });
  const hint = mode.mode === "whisper" ? t("whisper_hint", { name }) : t(`${mode.mode}_hint`);
  const listen = () => void run({ reason: reason.trim() });
  // Who leads the agent says why; who administers the company needs a purpose, as for a recording.
  if (staff) return <PurposeDialog title={title} verb={t(mode.mode)} note={hint} problem={action.problem ? say(action.problem) : ""} isPending={action.pending} onClose={onClose} onWhy={(why) => void run(why)} />;
  return (
    <Dialog title={title} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" icon={mode.icon} isPending={action.pending} onPress={listen}>{t(mode.mode)}</Button></>}>
      <p className="mid">{hint}</p>
      <form onSubmit={(event) => { event.preventDefault(); listen(); }}><TextField label={t("monitor_why")} hint={t("monitor_why_hint")} value={reason} onChange={setReason} maxLength={200} autoFocus error={action.problem ? say(action.problem) : tried && !reason.trim() ? t("monitor_why_needed") : undefined} /></form>
    </Dialog>
  );
}

export function MonitorButtons({ call, name }: { call: T.Call; name: string }) {
  const t = useT();
  const [asked, setAsked] = useState<(typeof MODES)[number]>();
  return (
    <span className="flex bd-monitor">
      {MODES.map((one) => <IconButton key={one.mode} icon={one.icon} size="sm" label={`${t(one.mode)}: ${name}`} onPress={() => setAsked(one)} />)}
      {asked && <Question call={call} mode={asked} name={name} onClose={() => setAsked(undefined)} />}
    </span>
  );
}
