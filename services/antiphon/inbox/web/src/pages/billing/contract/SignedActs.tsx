import { useState } from "react";
import { billing } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { day } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Dialog } from "../../../ui/Dialog";
import { Table, type TableColumn } from "../../../ui/Table";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { FilePick } from "../FilePick";
import { has } from "../model";
import { ACTS } from "./model";
import { useT } from "./texts";

function Sent({ act, company, onClose }: { act: T.SignedAct; company: string; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [tracking, setTracking] = useState("");
  const send = useAction(billing.sendSignedAct);
  const submit = async () => { if (tracking.trim() && (await send.run(act.document_id, company, tracking.trim()))) onClose(true); };
  return (
    <Dialog title={`${t("act")} ${act.number}`} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={send.pending} onPress={() => void submit()}>{t("mark_sent")}</Button></>}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}><TextField label={t("tracking")} value={tracking} onChange={setTracking} maxLength={100} autoFocus isRequired /></form>
      {send.problem && <p className="err" role="alert">{say(send.problem)}</p>}
    </Dialog>
  );
}

/** Signed paper copies, until each is stored. `company`: the operator looks after a customer. */
export function SignedActs({ acts, company = "", sends, reload }: { acts: readonly T.SignedAct[] | undefined; company?: string; sends: boolean; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const [sending, setSending] = useState<T.SignedAct>();
  const store = useAction(billing.storeSignedAct);
  const keep = async (act: T.SignedAct, file: File) => { if (await store.run(act.document_id, company, file)) { toast(t("stored")); reload(); } };
  const columns: TableColumn<T.SignedAct>[] = [
    { id: "act", title: t("act"), cell: (one) => <span className="m">{one.number}</span> },
    { id: "state", title: t("state"), cell: (one) => <span className="flex"><Chip kind={one.state === "stored" ? "ok" : "info"}>{has(ACTS, one.state) ? t(ACTS[one.state]) : one.state}</Chip>{one.late && <Chip kind="crit">{t("late")}</Chip>}</span> },
    { id: "tracking", title: t("tracking"), cell: (one) => <span className="cut">{one.tracking || "–"}</span> },
    { id: "due", title: t("due"), cell: (one) => day(one.due) },
    { id: "acts", title: t("actions"), quiet: true, cell: (one) => (one.state === "stored" ? <a className="btn sm" href={billing.signedActUrl(one.document_id, company)} download>{t("scan_get")}</a> : may && <span className="flex bill-acts">
      {sends && <Button size="sm" onPress={() => setSending(one)}>{t("mark_sent")}</Button>}
      <FilePick label={t("scan_store")} accept=".pdf,.jpg,.jpeg,.png" pending={store.pending} onFile={(file) => void keep(one, file)} /></span>) },
  ];
  return (
    <>
      <Table label={t("signed")} columns={columns} rows={acts} rowId={(one) => one.document_id} empty={<p className="body dim">{t("signed_none")}</p>} />
      {store.problem && <p className="err body" role="alert">{say(store.problem)}</p>}
      {sending && <Sent act={sending} company={company} onClose={(done) => { setSending(undefined); if (done) reload(); }} />}
    </>
  );
}
