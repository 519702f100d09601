/** Alarms of telephony, blocked accounts, and the tickets about suspected compromise with their evidence. */
import { useState } from "react";
import { Link } from "wouter";
import { telephony } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { day, moment } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { serverNow } from "../../../rt/clock";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { useAlarms } from "../../../shell/alarms";
import { useAlarmText, useOpenTickets, useTrunkNames } from "../../../shell/Notices";
import { PageHead } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
import { Skeleton } from "../../../ui/Skeleton";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { addressOf } from "../Section";
import { useT as useAdmin } from "../texts";
import { Bans } from "./Bans";
import { useT } from "./texts";

const WEEK_MS = 7 * 86_400_000;

function Alarms() {
  const t = useT();
  const say = useAlarmText();
  const { alarms } = useAlarms();
  const names = useTrunkNames(alarms.some((one) => one.kind === "trunk"));
  return (
    <section className="card" aria-label={t("alarms")}>
      <header><h2>{t("alarms")}</h2><span className="n">{alarms.length}</span><Link href="/admin/voicehealth" className="end sm">{t("alarms_health")}</Link></header>
      {alarms.length === 0 ? <p className="body mid flex"><Icon name="ok" />{t("alarms_none")}</p> : (
        <ul className="sec-list">{alarms.map((one) => (
          <li key={one.key}><Icon name="alert" className="sec-bad" /><span className="grow"><span className="m">{say(one.kind === "trunk" ? { ...one, name: names[one.name] ?? one.name } : one)}</span><span className="sm mid">{one.why || t(one.kind === "trunk" ? "todo_trunk" : one.kind === "engine" ? "todo_engine" : one.kind === "disk" ? "todo_disk" : "todo_other")}</span></span><span className="sm dim nw">{one.since ? moment(one.since) : t("alarm_now")}</span></li>
        ))}</ul>
      )}
    </section>
  );
}

function Blocked({ accounts, onChange }: { accounts: readonly T.SipAccount[]; onChange: () => void }) {
  const t = useT();
  const say = useProblemText();
  const people = useDesk((state) => state.people);
  const [asked, setAsked] = useState<T.SipAccount>();
  const [failed, setFailed] = useState("");
  const blocked = accounts.filter((one) => one.blocked);
  const name = asked ? asked.title || asked.username : "";
  const unblock = async (account: T.SipAccount) => {
    const { password_changed_at: _changed, password_expires_at: _expires, password_expired: _old, warnings: _warnings, ...rest } = account;
    try {
      await telephony.saveAccount({ ...rest, blocked: false });
      toast(t("unblocked"));
      onChange();
    } catch (problem) {
      setFailed(say(problem as never));
      throw problem;
    }
  };
  return (
    <section className="card" aria-label={t("blocked")}>
      <header><h2>{t("blocked")}</h2><span className="n">{blocked.length}</span><Link href="/admin/sip" className="end sm">{t("blocked_all")}</Link></header>
      {blocked.length === 0 ? <p className="body mid flex"><Icon name="ok" />{t("blocked_none")}</p> : (
        <ul className="sec-list">{blocked.map((one) => (
          <li key={one.id}><Icon name="lock" /><span className="grow"><Link className="m" href={addressOf("sip", one.id)}>{one.title || one.username}</Link><span className="sm mid">{[people[one.person_id]?.name, one.username].filter(Boolean).join(" · ")}</span></span><Button size="sm" onPress={() => setAsked(one)}>{t("unblock")}</Button></li>
        ))}</ul>
      )}
      {asked && <Confirm isOpen title={t("unblock_title", { name })} verb={t("unblock")} keep={t("keep_blocked")} loss={<>{t("unblock_loss")}{failed && <span className="problem" role="alert"><Icon name="stop" size="s" /><span>{failed}</span></span>}</>} onClose={() => { setAsked(undefined); setFailed(""); }} onConfirm={() => unblock(asked)} />}
    </section>
  );
}

function EvidenceDialog({ ticket, onClose, onDone }: { ticket: T.SecurityTicket; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const [tried, setTried] = useState(false);
  const run = async () => {
    setTried(true);
    if (!title.trim()) return;
    try {
      await telephony.addEvidence(ticket.id, title.trim(), text);
      onDone();
      onClose();
    } catch (problem) {
      setError(say(problem as never));
    }
  };
  return (
    <Dialog title={t("evidence_add")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" onPress={() => void run()}>{t("evidence_keep")}</Button></>}>
      <TextField label={t("evidence_title")} hint={t("evidence_hint")} value={title} onChange={setTitle} autoFocus error={tried && !title.trim() ? t("evidence_needed") : undefined} />
      <TextArea label={t("evidence_text")} rows={6} value={text} onChange={setText} />
      {error && <p className="err" role="alert">{error}</p>}
    </Dialog>
  );
}

function Ticket({ ticket, accounts, onChange }: { ticket: T.SecurityTicket; accounts: readonly T.SipAccount[]; onChange: () => void }) {
  const t = useT();
  const say = useProblemText();
  const people = useDesk((state) => state.people);
  const [adding, setAdding] = useState(false);
  const due = Date.parse(ticket.due_at ?? "");
  const open = due > serverNow();
  const name = (id: string) => accounts.filter((one) => one.id === id).map((one) => one.title || one.username)[0] ?? t("account_gone");
  const who = people[ticket.opened_by.replace(/^person:/, "")]?.name ?? ticket.opened_by;
  const putOff = () => telephony.putOff(ticket.id, new Date(Math.max(due, serverNow()) + WEEK_MS).toISOString()).then(() => { toast(t("put_off_done")); onChange(); }, (problem) => toast(say(problem as never), { bad: true }));
  return (
    <li className="sec-ticket">
      <div className="flex"><b className="m grow">{ticket.reason}</b><Chip kind={open ? "warn" : "line"}>{t(open ? "ticket_open" : "ticket_over", { day: ticket.due_at ? day(ticket.due_at) : "–" })}</Chip></div>
      <p className="sm mid">{t("ticket_by", { who, at: ticket.opened_at ? moment(ticket.opened_at) : "–" })}</p>
      <p className="sm">{t("ticket_accounts", { names: ticket.account_ids.map(name).join(", ") || "–" })}</p>
      {ticket.evidence.length > 0 && <ul className="sec-evidence">{ticket.evidence.map((one, index) => <li key={index}><span className="m">{one.title}</span> <span className="sm dim">{one.added_at && moment(one.added_at)}</span>{one.text && <pre tabIndex={0} role="group" aria-label={one.title}>{one.text}</pre>}</li>)}</ul>}
      {ticket.evidence.length === 0 && <p className="hint">{t("evidence_none")}</p>}
      <div className="flex wrap"><Button size="sm" icon="plus" onPress={() => setAdding(true)}>{t("evidence_add")}</Button><Button size="sm" icon="clock" onPress={() => void putOff()}>{t("put_off")}</Button></div>
      {adding && <EvidenceDialog ticket={ticket} onClose={() => setAdding(false)} onDone={onChange} />}
    </li>
  );
}

export default function SecurityPage() {
  const t = useT();
  const admin = useAdmin();
  const say = useProblemText();
  const { manages, watches, bans } = useDesk((state) => ({ manages: can("people.write")(state), watches: can("work.watch")(state), bans: can("bans.read")(state) }));
  const tickets = useOpenTickets();
  const accounts = useLoad(async () => (manages ? (await telephony.accounts()).accounts : []), [manages]);
  const reload = () => {
    tickets.reload();
    accounts.reload();
  };
  const problem = tickets.problem ?? accounts.problem;
  const [known, list] = [accounts.data, tickets.data];
  const banned = bans && <Bans />;
  return (
    <div className="voice-health">
      <PageHead title={admin("security")} />
      <div className="scroll grow"><div className="page sec-page">
        {watches && <Alarms />}
        {problem && !known ? <><Empty icon="alert" title={admin("not_loaded")} actions={<Button icon="refresh" onPress={reload}>{t("try_again")}</Button>}>{say(problem)}</Empty>{banned}</>
          : !known || !list ? <Skeleton rows={4} />
            : !manages ? banned : <>
              <Blocked accounts={known} onChange={reload} />
              {banned}
              <section className="card sec-tickets" aria-label={t("tickets")}>
                <header><h2>{t("tickets")}</h2><span className="n">{list.length}</span></header>
                {list.length === 0 ? <p className="body mid">{t("tickets_none")}</p> : <ul>{list.map((one) => <Ticket key={one.id} ticket={one} accounts={known} onChange={reload} />)}</ul>}
              </section>
            </>}
      </div></div>
    </div>
  );
}
