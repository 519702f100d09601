import { useEffect, useRef, useState } from "react";
import { conversations } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { clock, relativeDay } from "../../i18n/format";
import { itemOfConversation, personName, queueName } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import type { Rights } from "./live";
import { MoveDialog } from "./MoveDialog";
import { useT } from "./texts";

const LIMIT = 50;
const NONE: readonly T.Message[] = [];

function Line({ message, lang }: { message: T.Message; lang: string | undefined }) {
  const t = useT();
  if (message.kind === "MESSAGE_KIND_EVENT") return <p className="bd-event sm dim">{message.text || t("thread_event", { event: message.event })} · {clock(message.at ?? "")}</p>;
  const note = message.kind === "MESSAGE_KIND_NOTE";
  const incoming = message.direction === "DIRECTION_IN";
  const text = message.deleted ? t("thread_deleted") : message.text || (message.attachments.length > 0 ? t("thread_file", { count: message.attachments.length }) : "");
  return (
    <div className={`bd-msg ${note ? "note" : incoming ? "in" : "out"}`}>
      <div className="sm dim flex"><span className="cut">{note ? `${t("thread_note")} · ${message.author_name}` : message.author_name}</span><span className="end nw">{clock(message.at ?? "")}</span></div>
      <p className={message.deleted ? "dim" : ""} {...(incoming && lang ? { lang } : {})}>{text}</p>
    </div>
  );
}

/** A conversation as it runs, read only: nothing is marked as read, no presence is told. */
export function Thread({ id, rights, onClose }: { id: string; rights: Rights; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [moving, setMoving] = useState(false);
  const { round, one, messages, item } = useDesk((state) => ({ round: state.round, one: state.conversations[id], messages: state.messages[id] ?? NONE, item: itemOfConversation(id)(state) }));
  const agent = useDesk(personName(one?.assignee_id ?? ""));
  const queue = useDesk(queueName(one?.queue_id ?? ""));
  const { loading, problem, reload } = useLoad(async () => {
    const [page, about] = await Promise.all([conversations.messages(id, { limit: LIMIT }), conversations.get(id).catch(() => undefined)]);
    learn.messages(id, page.messages ?? []);
    if (about?.conversation) learn.conversations([about.conversation]);
    return true;
  }, [id, round]);
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // Follows new messages only while the end is in sight.
  useEffect(() => {
    if (log.current && atEnd.current) log.current.scrollTop = log.current.scrollHeight;
  }, [messages]);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [id]);
  const name = one?.contact_name || t("unknown_customer");
  const first = messages[0];
  return (
    <section className="card bd-thread" aria-label={t("thread_of", { name })}>
      <header>
        {one && <ChannelIcon kind={one.channel} />}
        <div className="grow"><h2 ref={head} tabIndex={-1} className="cut" title={name}>{name}</h2><div className="sm dim cut">{t("thread_led", { agent: agent || t("nobody"), queue: queue || "–" })}</div></div>
        {rights.supervise && one && one.status !== "CONVERSATION_STATUS_CLOSED" && one.status !== "CONVERSATION_STATUS_SNOOZED" && <Button size="sm" icon="transfer" onPress={() => setMoving(true)}>{t("reassign")}</Button>}
        <IconButton icon="x" size="sm" label={t("close")} onPress={onClose} />
      </header>
      <div className="scroll bd-log" role="log" aria-label={t("thread_log")} tabIndex={0} ref={log}
        onScroll={({ currentTarget: box }) => { atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < box.clientHeight / 4; }}>
        {messages.length === 0 && (loading ? <Skeleton /> : problem
          ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={reload}>{t("try_again")}</Button>}>{say(problem)}</Empty>
          : <Empty icon="chat" title={t("thread_empty")} />)}
        {first && first.seq > 1 && <p className="bd-event sm dim">{t("thread_more")}</p>}
        {messages.map((message, index) => {
          const day = relativeDay(message.at ?? "");
          const before = messages[index - 1];
          return (
            <div key={message.seq}>
              {(!before || relativeDay(before.at ?? "") !== day) && <p className="bd-event sm dim">{day}</p>}
              <Line message={message} lang={one?.language || undefined} />
            </div>
          );
        })}
      </div>
      <footer className="sm mid"><span>{t("thread_read")}</span></footer>
      {moving && one && <MoveDialog tasks={[{ key: id, title: name, item: item?.id ?? (one.work_id || undefined), conversation: id, queue: one.queue_id, agent: one.assignee_id }]} onClose={() => setMoving(false)} />}
    </section>
  );
}
