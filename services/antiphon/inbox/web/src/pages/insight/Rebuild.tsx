/** For the owner: the history is made again from what was told, with how far that is. */
import { useEffect, useState } from "react";
import { insight } from "../../api/api";
import { useAction, useLoad } from "../../api/useCall";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Progress } from "../../ui/Meter";
import { Skeleton } from "../../ui/Skeleton";
import { useT } from "./texts";

const LOOK_MS = 700;

export default function Rebuild({ onDone }: { onDone: () => void }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return <><IconButton icon="clock" label={t("rebuild")} onPress={() => setOpen(true)} />{open && <Asked onClose={() => setOpen(false)} onDone={onDone} />}</>;
}

function Asked({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const far = useLoad(insight.rebuilt);
  const start = useAction(insight.rebuild);
  const { begun_at: begun, facts = 0, left = 0 } = far.data ?? {};
  const running = begun !== undefined && left > 0;
  const [watched, setWatched] = useState(false);
  const { reload } = far;
  useEffect(() => {
    if (!running) return undefined;
    setWatched(true);
    const timer = setTimeout(reload, LOOK_MS);
    return () => clearTimeout(timer);
  }, [running, left, far.data, reload]);
  useEffect(() => {
    if (watched && !running) onDone();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [watched, running]);
  const press = async () => {
    if (await start.run()) reload();
  };
  const problem = start.problem ?? far.problem;
  const done = number(facts - left);
  return (
    <Dialog title={t("rebuild")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("close")}</Button><Button kind="primary" isPending={start.pending} isDisabled={running || far.loading} onPress={() => void press()}>{t("rebuild_now")}</Button></>}>
      <p className="mid">{t("rebuild_text")}</p>
      {far.loading ? <Skeleton rows={1} /> : running ? (
        <div role="status"><Progress label={t("rebuild")} share={facts ? (facts - left) / facts : 0} /><p className="sm mid">{t("rebuild_far", { done, all: number(facts) })}</p></div>
      ) : <p className="sm mid" role="status">{begun ? t("rebuild_last", { at: moment(begun), all: number(facts) }) : t("rebuild_never")}</p>}
      {problem && <Banner kind="crit">{say(problem)}</Banner>}
    </Dialog>
  );
}
