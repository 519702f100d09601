import { useState } from "react";
import { media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { duration, moment, phone as phoneText, seconds } from "../../i18n/format";
import { myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Player } from "../../player/Player";
import { phone } from "../../softphone/phone";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Confirm } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { useContactNames, useVoicemails } from "./data";
import { fileName } from "./model";
import { Failed, More } from "./parts";
import { useT } from "./texts";

function Line({ row, name, onDelete }: { row: T.Voicemail; name: string; onDelete: (() => void) | undefined }) {
  const t = useT();
  const group = useDesk((state) => state.groups[row.group_id]?.name ?? "");
  const [heard, setHeard] = useState(row.heard);
  return (
    <li className={heard ? "sound" : "sound fresh"}>
      <div className="sound-head"><span className="m cut" dir="auto">{name}</span>{!heard && <Chip kind="acc">{t("new")}</Chip>}<span className="mid cut">{row.group_id ? t("group_box", { name: group || "–" }) : t("own_box")}</span>
        <span className="end sm mid nw">{row.left_at ? moment(row.left_at) : "–"}</span>
        {row.caller && <Button size="sm" icon="phone-out" onPress={() => void phone.dial(row.caller)}>{t("call_back")}</Button>}
        {onDelete && <IconButton icon="x" size="sm" label={t("delete")} onPress={onDelete} />}</div>
      <Player label={t("voicemail_of", { name })} url={media.voicemailUrl(row.id)} length={seconds(row.length) ?? 0} peaks={[row.peaks]} onPlay={() => setHeard(true)} download={fileName("voicemail", row.left_at)} />
    </li>
  );
}

export function Voicemails() {
  const t = useT();
  const me = useDesk(myId);
  const people = useDesk((state) => state.people);
  const list = useVoicemails();
  const [deleting, setDeleting] = useState<T.Voicemail>();
  const contact = useContactNames((list.rows ?? []).map((one) => one.contact_id));
  const nameOf = (row: T.Voicemail) => contact(row.contact_id) || Object.values(people).find((one) => one.extension && one.extension === row.caller)?.name || phoneText(row.caller) || t("hidden");
  return (
    <section className="calls-list" aria-label={t("voicemail")}>
      {list.problem ? <Failed problem={list.problem} onRetry={list.reload} /> : !list.rows ? <Skeleton rows={4} />
        : list.rows.length === 0 ? <Empty icon="voicemail" title={t("vm_empty")}>{t("vm_empty_text")}</Empty>
          : <div className="scroll grow" tabIndex={0} role="region" aria-label={t("voicemail")}><ul className="sounds">{list.rows.map((row) => <Line key={row.id} row={row} name={nameOf(row)} onDelete={row.person_id === me ? () => setDeleting(row) : undefined} />)}</ul><More more={list.more} /></div>}
      {deleting && <Confirm isOpen title={t("delete_vm")} verb={t("delete")} keep={t("keep")} loss={t("delete_vm_loss", { length: duration(seconds(deleting.length) ?? 0) })} onClose={() => setDeleting(undefined)}
        onConfirm={async () => { await media.deleteVoicemail(deleting.id); list.drop((one) => one.id === deleting.id); toast(t("deleted")); }} />}
    </section>
  );
}
