/** Who is banned at the edge: all names for the operator, who may lift a ban; a company's own phones for its people. */
import { useState } from "react";
import { media } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { moment } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
import { Skeleton } from "../../../ui/Skeleton";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useT, type VoiceText } from "./texts";

const WHY: Readonly<Record<string, VoiceText>> = { password: "ban_why_password", unknown: "ban_why_unknown" };

function Lift({ ban, onClose, onDone }: { ban: T.Ban; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState("");
  const lift = async () => {
    setTried(true);
    if (!reason.trim()) return;
    setPending(true);
    setFailed("");
    try {
      await media.liftBan(ban.address, ban.user, reason.trim());
      toast(t("ban_lifted"));
      onDone();
      onClose();
    } catch (problem) {
      setFailed(say(problem as never));
    } finally {
      setPending(false);
    }
  };
  return (
    <Dialog isOpen role="alertdialog" title={t("ban_title", { user: ban.user, address: ban.address })} onClose={onClose}
      actions={<><Button onPress={onClose}>{t("ban_keep")}</Button><Button kind="stop" isPending={pending} onPress={() => void lift()}>{t("ban_lift")}</Button></>}>
      <p className="mid">{t("ban_loss")}</p>
      <TextField label={t("ban_reason")} hint={t("ban_reason_hint")} maxLength={500} autoFocus value={reason} onChange={setReason} error={tried && !reason.trim() ? t("ban_reason_needed") : undefined} />
      {failed && <p className="err" role="alert">{failed}</p>}
    </Dialog>
  );
}

export function Bans() {
  const t = useT();
  const say = useProblemText();
  const mayLift = useDesk(can("bans.lift"));
  const loaded = useLoad(() => media.bans());
  const [asked, setAsked] = useState<T.Ban>();
  const told = loaded.data;
  return (
    <section className="card sec-tickets" aria-label={t("bans")}>
      <header><h2>{t("bans")}</h2>{told && <span className="n">{told.bans.length}</span>}
        <span className="end flex">{told && <span className="sm dim nw">{t("bans_nodes", { nodes: told.nodes.length, expected: told.expected })}</span>}<Button size="sm" icon="refresh" isPending={loaded.loading} onPress={loaded.reload}>{t("bans_refresh")}</Button></span></header>
      {told && told.nodes.length < told.expected && <p className="body flex" role="status"><Icon name="alert" className="sec-bad" />{t("bans_missing")}</p>}
      {!mayLift && told && told.bans.length > 0 && <p className="body hint">{t("bans_mine")}</p>}
      {loaded.problem && told && <p className="body err" role="alert">{say(loaded.problem)}</p>}
      {loaded.problem && !told ? <Empty icon="alert" title={say(loaded.problem)} /> : !told ? <Skeleton rows={2} />
        : told.bans.length === 0 ? <p className="body mid flex"><Icon name="ok" />{t("bans_none")}</p> : (
          <ul className="sec-list">{told.bans.map((one) => (
            <li key={`${one.address}|${one.user}`}><Icon name="lock" /><span className="grow"><span className="m ban-name">{one.user}</span><span className="sm mid">{[one.address, WHY[one.why] ? t(WHY[one.why] as VoiceText) : one.why].join(" · ")}</span>
              <span className="sm dim">{[one.since && t("ban_since", { at: moment(one.since) }), one.until && t("ban_until", { at: moment(one.until) })].filter(Boolean).join(", ")}</span></span>
              {mayLift && <Button size="sm" onPress={() => setAsked(one)}>{t("ban_lift")}</Button>}</li>
          ))}</ul>
        )}
      {asked && <Lift ban={asked} onClose={() => setAsked(undefined)} onDone={loaded.reload} />}
    </section>
  );
}
