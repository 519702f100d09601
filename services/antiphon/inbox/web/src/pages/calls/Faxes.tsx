import { useRef, useState } from "react";
import { media } from "../../api/api";
import { useAction } from "../../api/useCall";
import type * as T from "../../api/types.gen";
import { day, moment, phone as phoneText } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can, myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Icon } from "../../design/Icon";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Confirm, Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useContactNames, useFaxes } from "./data";
import { Failed, More, ReasonDialog } from "./parts";
import { useT } from "./texts";

const LARGEST = 3_000_000;
const KINDS = { FAX_STATUS_SENDING: "acc", FAX_STATUS_DELIVERED: "ok", FAX_STATUS_RECEIVED: "ok", FAX_STATUS_PARTIAL: "warn", FAX_STATUS_FAILED: "crit", FAX_STATUS_UNSPECIFIED: undefined } as const;
const WORDS = { FAX_STATUS_SENDING: "fax_sending", FAX_STATUS_DELIVERED: "fax_delivered", FAX_STATUS_RECEIVED: "fax_received", FAX_STATUS_PARTIAL: "fax_partial", FAX_STATUS_FAILED: "fax_failed", FAX_STATUS_UNSPECIFIED: "fax_sending" } as const;

/** Why a call came to nothing; what the machines themselves say stays as they say it. */
const WHY = { busy: "o_busy", no_answer: "fax_no_answer", unreachable: "fax_unreachable", declined: "fax_declined", interrupted: "fax_interrupted" } as const;

/** A document is saved, not shown: it is a stranger's. */
function save(fax: T.Fax, reason = ""): void {
  const link = document.createElement("a");
  link.href = media.faxUrl(fax.id, reason);
  link.download = "";
  link.click();
}

function Line({ row, name, own, onDelete }: { row: T.Fax; name: string; own: boolean; onDelete: (() => void) | undefined }) {
  const t = useT();
  const group = useDesk((state) => state.groups[row.group_id]?.name ?? "");
  const [read, setRead] = useState(row.read);
  const [asking, setAsking] = useState(false);
  const why = row.why in WHY ? t(WHY[row.why as keyof typeof WHY]) : row.why;
  const inbound = row.direction === "DIRECTION_INBOUND";
  const fresh = inbound && own && !read;
  const open = (reason = "") => { save(row, reason); setRead(true); setAsking(false); };
  return (
    <li className={fresh ? "sound fresh" : "sound"}>
      <div className="sound-head"><Icon name={inbound ? "phone-in" : "phone-out"} size="s" /><span className="sr">{t(inbound ? "incoming" : "outgoing")}</span><span className="m nw" dir="auto">{name}</span>{fresh && <Chip kind="acc">{t("new")}</Chip>}
        <Chip kind={KINDS[row.status]}>{t(WORDS[row.status])}</Chip>
        <span className="mid cut">{[t("fax_pages", { count: row.pages }), row.group_id ? t("group_box", { name: group || "–" }) : "", row.status === "FAX_STATUS_FAILED" || row.status === "FAX_STATUS_PARTIAL" ? why : "", row.mailed ? t("fax_mailed", { email: row.email }) : ""].filter(Boolean).join(" · ")}</span>
        <span className="end sm dim nw">{row.kept_until ? `${t("c_kept")} ${day(row.kept_until)}` : t("forever")}</span><span className="sm mid nw">{row.at ? moment(row.at) : "–"}</span>
        <Button size="sm" icon="download" onPress={() => (own ? open() : setAsking(true))}>{t("fax_open")}</Button>
        {onDelete && <IconButton icon="x" size="sm" label={t("delete")} onPress={onDelete} />}</div>
      {asking && <ReasonDialog title={t("fax_why")} verb={t("fax_open")} onClose={() => setAsking(false)} onReason={open} />}
    </li>
  );
}

const base64 = (file: File): Promise<string> => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
  reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
  reader.readAsDataURL(file);
});

function SendDialog({ onClose, onSent }: { onClose: () => void; onSent: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [to, setTo] = useState("");
  const [file, setFile] = useState<File>();
  const [tried, setTried] = useState(false);
  const [request] = useState(() => crypto.randomUUID());
  const picker = useRef<HTMLInputElement>(null);
  const sending = useAction(async (number: string, document: File) => media.sendFax(number, await base64(document), request));
  const tooLarge = (file?.size ?? 0) > LARGEST;
  const fileError = tooLarge ? t("fax_too_large") : tried && !file ? t("fax_file_needed") : "";
  const run = async () => {
    setTried(true);
    if (!file || tooLarge || !to.trim()) return;
    if (await sending.run(to.trim(), file)) {
      toast(t("fax_on_its_way"));
      onSent();
    }
  };
  return (
    <Dialog title={t("fax_send")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" icon="send" isPending={sending.pending} onPress={() => void run()}>{t("fax_send_verb")}</Button></>}>
      <form className="col gap" onSubmit={(event) => { event.preventDefault(); void run(); }}>
        <TextField label={t("fax_to")} hint={t("fax_to_hint")} type="tel" value={to} onChange={setTo} autoFocus error={tried && !to.trim() ? t("fax_to_needed") : undefined} />
        <div className="flex wrap"><input ref={picker} type="file" accept="application/pdf,.pdf" hidden onChange={(event) => setFile(event.target.files?.[0])} />
          <Button icon="clip" onPress={() => picker.current?.click()}>{t("fax_choose")}</Button><span className={fileError ? "bad-text" : "hint"} role={fileError ? "alert" : undefined}>{fileError || file?.name || t("fax_file_hint")}</span></div>
        {sending.problem && <div className="problem" role="alert"><Icon name="stop" size="s" /><span>{say(sending.problem)}</span></div>}
      </form>
    </Dialog>
  );
}

export function Faxes() {
  const t = useT();
  const { me, mayDelete, groups } = useDesk((state) => ({ me: myId(state), mayDelete: can("recordings.delete")(state), groups: state.groups }));
  const list = useFaxes();
  const [deleting, setDeleting] = useState<T.Fax>();
  const [sending, setSending] = useState(false);
  const contact = useContactNames((list.rows ?? []).map((one) => one.contact_id));
  const isOwn = (row: T.Fax) => row.person_id === me || (groups[row.group_id]?.person_ids ?? []).includes(me);
  return (
    <section className="calls-list" aria-label={t("faxes")}>
      <div className="calls-find"><Button icon="send" onPress={() => setSending(true)}>{t("fax_send")}</Button><span className="hint">{t("fax_hint")}</span></div>
      {list.problem ? <Failed problem={list.problem} onRetry={list.reload} /> : !list.rows ? <Skeleton rows={4} />
        : list.rows.length === 0 ? <Empty icon="file" title={t("fax_empty")}>{t("fax_empty_text")}</Empty>
          : <div className="scroll grow" tabIndex={0} role="region" aria-label={t("faxes")}><ul className="sounds">{list.rows.map((row) => <Line key={`${row.id} ${row.status}`} row={row} own={isOwn(row)} name={contact(row.contact_id) || phoneText(row.number) || row.ident || t("hidden")} onDelete={isOwn(row) || mayDelete ? () => setDeleting(row) : undefined} />)}</ul><More more={list.more} /></div>}
      {deleting && <Confirm isOpen title={t("delete_fax")} verb={t("delete")} keep={t("keep")} loss={t("delete_fax_loss", { count: deleting.pages })} onClose={() => setDeleting(undefined)}
        onConfirm={async () => { await media.deleteFax(deleting.id); list.drop((one) => one.id === deleting.id); toast(t("deleted")); }} />}
      {sending && <SendDialog onClose={() => setSending(false)} onSent={() => { setSending(false); list.reload(); }} />}
    </section>
  );
}
