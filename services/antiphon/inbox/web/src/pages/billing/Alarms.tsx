/** What the controls of records found: records that are missing, false or in the wrong place. */
import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { has } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";
import { useWho } from "./who";

const KINDS = {
  dropped: "al_dropped", late: "al_late", untold: "al_untold", altered: "al_altered", misposted: "al_misposted",
  fictitious: "al_fictitious", duplicate: "al_duplicate", posting: "al_posting", unclosed: "al_unclosed",
  not_started: "al_not_started",
} as const;

function CloseDialog({ alarm, onClose }: { alarm: T.Alarm; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [reason, setReason] = useState("");
  const close = useAction(billing.closeAlarm);
  const submit = async () => {
    if (reason.trim() && (await close.run(alarm.id, reason.trim()))) { toast(t("saved")); onClose(true); }
  };
  return (
    <Dialog title={t("al_close_title", { what: alarm.what })} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={close.pending} onPress={() => void submit()} {...(reason.trim() ? {} : { whyNot: t("f_reason_needed") })}>{t("al_close")}</Button></>}>
      <p className="mid">{alarm.why}</p>
      <form onSubmit={(event) => { event.preventDefault(); void submit(); }}><TextField label={t("al_reason")} value={reason} onChange={setReason} maxLength={400} autoFocus /></form>
      {close.problem && <p className="err" role="alert">{say(close.problem)}</p>}
    </Dialog>
  );
}

export function Alarms({ round }: { round: number }) {
  const t = useT();
  const who = useWho();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.alarms, [round]);
  const [closing, setClosing] = useState<T.Alarm>();
  const open = list.data?.alarms.filter((one) => one.state === "open").length ?? 0;
  const columns: TableColumn<T.Alarm>[] = [
    { id: "kind", title: t("kind"), cell: (one) => <Chip kind={one.state === "open" ? "crit" : "line"}>{has(KINDS, one.kind) ? t(KINDS[one.kind]) : one.kind}</Chip> },
    { id: "what", title: t("al_record"), cell: (one) => <span className="col"><span className="m cut" title={one.what}>{one.what}</span><span className="sm dim cut" title={one.why}>{one.why}</span></span> },
    { id: "switch", title: t("al_switch"), cell: (one) => <span className="cut" title={one.switch}>{one.switch}</span> },
    { id: "at", title: t("al_found"), cell: (one) => (one.at ? moment(one.at) : "–") },
    { id: "state", title: t("state"), cell: (one) => (one.state === "open" ? t("al_open") : <span className="sm dim">{t("al_closed", { who: who(one.closed_by), at: one.closed_at ? moment(one.closed_at) : "" })}</span>) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && one.state === "open" && <Button size="sm" onPress={() => setClosing(one)}>{t("al_close")}</Button> },
  ];
  return (
    <section className="card" aria-label={t("alarms")}><header><h2>{t("alarms")}</h2>{list.data && <span className="n">{open}</span>}</header>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("alarms")} columns={columns} rows={list.data?.alarms} rowId={(one) => one.id} empty={<p className="body dim">{t("alarms_none")}</p>} />}
      {closing && <CloseDialog alarm={closing} onClose={(done) => { setClosing(undefined); if (done) list.reload(); }} />}
    </section>
  );
}
