import { useState } from "react";
import { Link } from "wouter";
import { media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { day, duration, moment, phone as phoneText, seconds } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { say } from "../../softphone/phone";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { useRecordings } from "./data";
import { Failed, More, PersonFilter, ReasonDialog, RecordingPlayer } from "./parts";
import { useT } from "./texts";

function Line({ row, onDelete }: { row: T.Recording; onDelete: (() => void) | undefined }) {
  const t = useT();
  const { agent, queue } = useDesk((state) => ({ agent: state.people[row.agent_id]?.name ?? "", queue: state.queues[row.queue_id]?.name ?? "" }));
  const name = phoneText(row.caller) || t("hidden");
  return (
    <li className="sound">
      <div className="sound-head"><Link className="m cut" href={`/calls/history/${encodeURIComponent(row.call_id)}`}>{name}</Link><span className="mid cut">{[agent, queue].filter(Boolean).join(" · ")}</span>
        <span className="end sm dim nw">{row.kept_until ? `${t("c_kept")} ${day(row.kept_until)}` : t("forever")}</span><span className="sm mid nw">{row.started_at ? moment(row.started_at) : "–"}</span>
        {onDelete && <IconButton icon="x" size="sm" label={t("delete")} onPress={onDelete} />}</div>
      <RecordingPlayer recording={row} name={name} />
    </li>
  );
}

export function Recordings() {
  const t = useT();
  const [person, setPerson] = useState("");
  const [deleting, setDeleting] = useState<T.Recording>();
  const list = useRecordings(person);
  const mayDelete = useDesk(can("recordings.delete"));
  const remove = async (row: T.Recording, reason: string) => {
    setDeleting(undefined);
    try {
      await media.deleteRecording(row.id, reason);
      list.drop((one) => one.id === row.id);
      toast(t("deleted"));
    } catch (error) {
      say(error);
    }
  };
  return (
    <section className="calls-list" aria-label={t("recordings")}>
      <div className="calls-find"><PersonFilter right="recordings.read" value={person} onChange={setPerson} /><span className="hint">{t("left_right")}</span></div>
      {list.problem ? <Failed problem={list.problem} onRetry={list.reload} /> : !list.rows ? <Skeleton rows={6} />
        : list.rows.length === 0 ? <Empty icon="record" title={t("rec_empty")}>{t("rec_empty_text")}</Empty>
          : <div className="scroll grow" tabIndex={0} role="region" aria-label={t("recordings")}><ul className="sounds">{list.rows.map((row) => <Line key={row.id} row={row} onDelete={mayDelete ? () => setDeleting(row) : undefined} />)}</ul><More more={list.more} /></div>}
      {deleting && <ReasonDialog stop title={t("delete_rec")} verb={t("delete")} note={t("delete_rec_loss", { length: duration(seconds(deleting.length) ?? 0) })} onClose={() => setDeleting(undefined)} onReason={(reason) => void remove(deleting, reason)} />}
    </section>
  );
}
