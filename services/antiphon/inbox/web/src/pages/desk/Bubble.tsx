/** One row of a thread. Whatever a person wrote is shown as text, never as HTML. */
import { memo, useState } from "react";
import { conversations } from "../../api/api";
import type * as T from "../../api/types.gen";
import { Icon, type IconName } from "../../design/Icon";
import { clock, moment, number, relativeDay } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Problem } from "../../api/problem";
import { useDesk, useLink } from "../../rt/store";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { usePersonName } from "./data";
import { fileSize, isPicture, piecesOf, type Entry } from "./model/thread";
import type { Sending } from "./model/outbox";
import { dropSending, retrySending } from "./send";
import { useT } from "./texts";

export function Words({ text, lang }: { text: string; lang?: string | undefined }) {
  return (
    <div className="words" dir="auto" lang={lang || undefined}>
      {piecesOf(text).map((piece, index) => (piece.href ? <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">{piece.text}</a> : piece.text))}
    </div>
  );
}

export function FileLine({ file }: { file: T.Attachment }) {
  const t = useT();
  const { value, unit, digits } = fileSize(file.size);
  return (
    <a className="file" href={conversations.attachmentUrl(file.id)} download={file.name} target="_blank" rel="noopener noreferrer">
      <Icon name="file" /><span className="cut" title={file.name}>{file.name}</span><span className="sm dim nw">{t(`size_${unit}`, { size: number(value, digits) })}</span><Icon name="download" size="s" />
    </a>
  );
}

function Picture({ file }: { file: T.Attachment }) {
  const [broken, setBroken] = useState(false);
  if (broken) return <FileLine file={file} />;
  const url = conversations.attachmentUrl(file.id);
  return (
    <a className="picture" href={url} target="_blank" rel="noopener noreferrer">
      <img src={url} alt={file.name} loading="lazy" decoding="async" width={file.width || 320} height={file.height || 240} onError={() => setBroken(true)} />
    </a>
  );
}

function Files({ files }: { files: readonly T.Attachment[] }) {
  const pictures = files.filter(isPicture);
  return (
    <>
      {pictures.length > 0 && <div className={pictures.length > 1 ? "album" : ""}>{pictures.map((file) => <Picture key={file.id} file={file} />)}</div>}
      {files.filter((file) => !isPicture(file)).map((file) => <FileLine key={file.id} file={file} />)}
    </>
  );
}

const DELIVERY = { DELIVERY_STORED: "d_stored", DELIVERY_SENT: "d_sent", DELIVERY_DELIVERED: "d_delivered", DELIVERY_READ: "d_read" } as const;

function Meta({ message, out, channel, onResend }: { message: T.Message; out: boolean; channel: string; onResend: (message: T.Message) => void }) {
  const t = useT();
  const name = usePersonName();
  const author = message.author === "scheme" ? t("scheme") : message.author_name || name(message.author);
  const delivery = message.delivery in DELIVERY ? t(DELIVERY[message.delivery as keyof typeof DELIVERY]) : "";
  const parts = [out ? author : "", clock(message.at ?? 0), message.edited_at && !message.deleted ? t("edited") : "", out ? delivery : ""].filter(Boolean).join(" · ");
  return (
    <>
      <div className="meta" title={moment(message.at ?? 0)}>{!out && <ChannelIcon kind={channel} look="bare" />}{parts}</div>
      {message.delivery === "DELIVERY_FAILED" && !message.deleted && (
        <div className="undelivered"><Icon name="stop" size="s" /><span className="grow">{t("d_failed")}{message.failure ? ` ${message.failure}` : ""}</span><Button size="sm" icon="refresh" onPress={() => onResend(message)}>{t("resend")}</Button></div>
      )}
    </>
  );
}

const EVENTS: Record<string, readonly [key: Parameters<ReturnType<typeof useT>>[0], icon: IconName]> = {
  queued: ["ev_queued", "inbox"], accepted: ["ev_accepted", "headset"], transferred: ["ev_transferred", "transfer"], closed: ["ev_closed", "check"],
  started: ["ev_started", "send"], reopened: ["ev_reopened", "undo"], snoozed: ["ev_snoozed", "snooze"], woke: ["ev_woke", "undo"], left: ["ev_left", "offline"], left_message: ["ev_left_message", "voicemail"], no_scheme: ["ev_no_scheme", "alert"], blocked: ["ev_blocked", "lock"],
};

function EventRow({ message }: { message: T.Message }) {
  const t = useT();
  const name = usePersonName();
  const queues = useDesk((state) => state.queues);
  const { facts } = message;
  const [key, icon] = EVENTS[message.event] ?? (["ev_other", "info"] as const);
  const person = facts["person_id"] ?? facts["agent_id"] ?? facts["to"] ?? "";
  const queue = queues[facts["queue_id"] ?? facts["queue"] ?? ""]?.name ?? facts["queue_name"] ?? "";
  const who = message.author_name || name(message.author) || (message.author === "scheme" ? t("scheme") : "");
  const to = name(person) || queue;
  const note = facts["note"] ?? "";
  const about = [message.event === "accepted" ? (name(person) || who) : message.event === "queued" ? queue : message.event === "transferred" ? (to ? t("ev_to", { to }) : "") : message.event === "closed" ? [facts["outcome"] === "spam" ? t("phase_spam") : "", who].filter(Boolean).join(" · ") : message.event === "snoozed" ? (facts["until"] ? moment(facts["until"]) : t("till_reply")) : message.event in EVENTS ? "" : message.event, note ? `«${note}»` : ""].filter(Boolean).join(" · ");
  return <div className="ev"><Icon name={icon} size="s" /><span className="cut" title={about}><b className="m">{t(key)}</b>{about ? ` · ${about}` : ""}</span><span className="dim end nw" title={moment(message.at ?? 0)}>{clock(message.at ?? 0)}</span></div>;
}

function NoteRow({ message }: { message: T.Message }) {
  const t = useT();
  const name = usePersonName();
  return (
    <div className="msg note">
      {message.deleted ? <div className="words dim">{t("deleted")}</div> : <><Words text={message.text} /><Files files={message.attachments} /></>}
      <div className="meta"><Icon name="note" size="s" />{[t("note_hidden"), message.author_name || name(message.author), clock(message.at ?? 0)].filter(Boolean).join(" · ")}</div>
    </div>
  );
}

function SendingRow({ sending }: { sending: Sending }) {
  const t = useT();
  const say = useProblemText();
  const link = useLink();
  const waits = sending.phase === "queued" || sending.phase === "sending";
  const state = sending.phase === "moved" ? t("s_moved") : link.is === "waiting" ? t("s_offline") : t("s_sending");
  return (
    <div className={`msg out pending ${sending.kind === "MESSAGE_KIND_NOTE" ? "note" : ""}`}>
      {sending.text && <Words text={sending.text} />}
      {sending.attachments.map((file) => <FileLine key={file.id} file={file} />)}
      {sending.phase === "failed"
        ? <div className="undelivered" role="alert"><Icon name="stop" size="s" /><span className="grow">{say(new Problem(409, { reason: sending.reason }))}</span><Button size="sm" icon="refresh" onPress={() => retrySending(sending.client_id)}>{t("resend")}</Button><Button size="sm" kind="plain" onPress={() => dropSending(sending.client_id)}>{t("discard")}</Button></div>
        : <div className="meta">{waits && <span className="spin-s" aria-hidden="true"><Icon name="clock" size="s" /></span>}{state}</div>}
    </div>
  );
}

export interface RowContext { channel: string; language: string; onResend: (message: T.Message) => void }

export const EntryRow = memo(function EntryRow({ entry, context }: { entry: Entry; context: RowContext }) {
  const t = useT();
  return (
    <div className={entry.is === "bubble" && entry.follows ? "row-in follows" : "row-in"}>
      {entry.day && <div className="day">{relativeDay(entry.day)}</div>}
      {entry.fresh && <div className="day fresh">{t("new_from_here")}</div>}
      <Body entry={entry} context={context} />
    </div>
  );
});

function Body({ entry, context }: { entry: Entry; context: RowContext }) {
  const t = useT();
  if (entry.is === "event") return <EventRow message={entry.message} />;
  if (entry.is === "note") return <NoteRow message={entry.message} />;
  if (entry.is === "sending") return <SendingRow sending={entry.sending} />;
  const last = entry.messages.at(-1) as T.Message;
  const texts = entry.messages.filter((one) => one.text && !one.deleted);
  const files = entry.messages.flatMap((one) => (one.deleted ? [] : one.attachments));
  return (
    <div className={entry.out ? "msg out" : "msg"}>
      {files.length > 0 && <Files files={files} />}
      {texts.map((one) => <Words key={one.seq} text={one.text} lang={entry.out ? undefined : context.language} />)}
      {entry.messages.every((one) => one.deleted) && <div className="words dim">{t("deleted")}</div>}
      {last.options.length > 0 && <ul className="options" aria-label={t("menu_options")}>{last.options.map(({ key, label }) => <li key={key} className={key === entry.chosen ? "chip acc" : "chip line"}>{key === entry.chosen && <><Icon name="check" size="s" /><span className="sr">{t("menu_chosen")}: </span></>}{label}</li>)}</ul>}
      <Meta message={last} out={entry.out} channel={context.channel} onResend={context.onResend} />
    </div>
  );
}
