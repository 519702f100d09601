import { useState } from "react";
import { routing } from "../../../api/api";
import type { SchemeVersion } from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { moment } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Dialog } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useT } from "./texts";

function Reason({ value, onChange, tried }: { value: string; onChange: (text: string) => void; tried: boolean }) {
  const t = useT();
  return <TextField autoFocus label={t("reason")} hint={t("reason_hint")} value={value} onChange={onChange} error={tried && !value.trim() ? t("reason_needed") : undefined} />;
}

/** Publishing: what becomes live for whom, and why. */
export function Publish({ name, live, addresses, isOpen, onClose, run }: { name: string; live: number; addresses: readonly string[]; isOpen: boolean; onClose: () => void; run: (reason: string) => Promise<void> }) {
  const t = useT();
  const say = useProblemText();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const publish = useAction(run);
  const submit = async () => {
    setTried(true);
    if (!reason.trim()) return;
    await publish.run(reason.trim());
  };
  return (
    <Dialog title={t("publish_title", { name })} isOpen={isOpen} onClose={onClose} actions={<><Button onPress={onClose}>{t("not_yet")}</Button><Button kind="primary" isPending={publish.pending} onPress={() => void submit()}>{t("publish")}</Button></>}>
      <p className="mid">{addresses.length ? t("publish_text", { addresses: addresses.join(", ") }) : t("publish_nobody")} {live > 0 ? t("publish_running", { version: live }) : ""}</p>
      {publish.problem && <div className="problem" role="alert"><Icon name="stop" size="s" /><span>{say(publish.problem)}</span></div>}
      <Reason value={reason} onChange={setReason} tried={tried} />
    </Dialog>
  );
}

/** What was live when, by whom and why; any of them can be live again. */
export function Versions({ scheme, versions, live, mayWrite, isOpen, onClose, onRolled }: { scheme: string; versions: readonly SchemeVersion[]; live: number; mayWrite: boolean; isOpen: boolean; onClose: () => void; onRolled: () => void }) {
  const t = useT();
  const say = useProblemText();
  const people = useDesk((state) => state.people);
  const [chosen, setChosen] = useState(0);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const roll = useAction(async () => {
    await routing.rollback(scheme, chosen, reason.trim());
    toast(t("rolled", { version: chosen }));
    setChosen(0);
    setReason("");
    onRolled();
  });
  const submit = () => {
    setTried(true);
    if (reason.trim()) void roll.run();
  };
  const who = (by: string) => people[by.replace("person:", "")]?.name ?? by;
  return (
    <Dialog title={t("versions")} big isOpen={isOpen} onClose={onClose} actions={<Button onPress={onClose}>{t("close")}</Button>}>
      {versions.length === 0 ? <Empty icon="clock" title={t("versions_none")}>{t("versions_none_text")}</Empty> : (
        <ol className="versions">
          {[...versions].sort((a, b) => b.version - a.version).map((one) => (
            <li key={one.version}><b className="m nw">{t("version", { version: one.version })}</b><span className="col"><span>{one.reason || "–"}</span><span className="sm dim">{one.published_at ? moment(one.published_at) : ""} · {who(one.published_by)}</span></span>
              {one.version === live ? <Chip kind="ok">{t("live")}</Chip> : mayWrite && chosen !== one.version ? <Button size="sm" icon="undo" onPress={() => { setChosen(one.version); setTried(false); }}>{t("roll_back")}</Button> : null}
              {chosen === one.version && <div style={{ gridColumn: "1 / -1" }} className="col gap"><p className="mid">{t("roll_text", { version: one.version })}</p>
                {roll.problem && <div className="problem" role="alert"><Icon name="stop" size="s" /><span>{say(roll.problem)}</span></div>}
                <Reason value={reason} onChange={setReason} tried={tried} /><div className="flex"><Button kind="primary" isPending={roll.pending} onPress={submit}>{t("roll_back_to", { version: one.version })}</Button><Button onPress={() => setChosen(0)}>{t("not_yet")}</Button></div></div>}
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
