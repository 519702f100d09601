/** The history of a conversation: virtual, pinned to its end only while the end is being read. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { conversations } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { LongRows, useLongList } from "../../ui/LongList";
import { Skeleton } from "../../ui/Skeleton";
import { useMyId, useThread } from "./data";
import { EntryRow } from "./Bubble";
import { entriesOf, type Entry } from "./model/thread";
import { unreadOf } from "./model/rows";
import { store } from "../../rt/store";
import { send, useOutbox } from "./send";
import { useT } from "./texts";

const NEAR_END = 80;
const NEAR_START = 400;

/** The seq up to which the person has seen the thread: what a reply is an answer to. */
export interface Seen { current: number }

export function Log({ conversation, seen }: { conversation: T.Conversation; seen: Seen }) {
  const t = useT();
  const say = useProblemText();
  const me = useMyId();
  const { id } = conversation;
  const { messages, problem, more, older, reload } = useThread(id);
  const box = useOutbox();
  const scroller = useRef<HTMLDivElement>(null);
  const [pinned, setPinned] = useState(true);
  const [readSeq, setReadSeq] = useState(0);
  const [freshAfter] = useState(() => (unreadOf(store.state, conversation) > 0 ? (conversation.read[me] ?? 0) : undefined));
  const sending = useMemo(() => box.filter((one) => one.conversation === id), [box, id]);
  const entries = useMemo(() => entriesOf({ messages: messages ?? [], sending, freshAfter }), [messages, sending, freshAfter]);
  const keys = useMemo(() => entries.map((entry) => entry.key), [entries]);
  const list = useLongList({ scroller, keys, rem: 4.75, overscan: 6, end: NEAR_END });
  const { virtual } = list;
  const last = messages?.at(-1)?.seq ?? 0;
  const loaded = messages !== undefined;
  useLayoutEffect(() => {
    if (loaded) virtual.scrollToEnd();
  }, [virtual, loaded]);

  // Older pages come before the top is reached; one at a time.
  const loading = useRef(false);
  const top = useRef(0);
  const [away, setAway] = useState(false);
  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    // Only the reader's own way up unpins: many messages at once also leave the end far below.
    if (element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR_END) setPinned(true);
    else if (element.scrollTop < top.current - 1) setPinned(false);
    top.current = element.scrollTop;
    if (element.scrollTop < NEAR_START && more && !loading.current) {
      loading.current = true;
      setAway(true);
      void older().catch(() => undefined).finally(() => {
        loading.current = false;
        setAway(false);
      });
    }
  }, [more, older]);
  // A first page that does not fill the pane needs no scrolling to ask for the next.
  useEffect(() => {
    const element = scroller.current;
    if (loaded && element && element.scrollHeight <= element.clientHeight) onScroll();
  }, [loaded, entries.length, onScroll]);

  // What is on the screen at the end has been seen and, while the tab is looked at, read.
  useEffect(() => {
    if (!pinned) return;
    setReadSeq(last);
    seen.current = last;
  }, [pinned, last, seen]);
  const mark = conversation.read[me] ?? 0;
  useEffect(() => {
    if (!pinned || last <= mark) return undefined;
    const tell = () => document.visibilityState === "visible" && void conversations.read(id, last).catch(() => undefined);
    const timer = setTimeout(tell, 400);
    document.addEventListener("visibilitychange", tell);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", tell);
    };
  }, [pinned, last, mark, id]);

  // However many messages came while the line was down: whoever reads the end goes on reading the end.
  useLayoutEffect(() => {
    if (pinned) virtual.scrollToEnd();
  }, [pinned, entries.length, virtual]);

  // The composer grows, a banner comes: whoever reads the end goes on reading the end.
  useEffect(() => {
    const element = scroller.current;
    if (!element || !pinned) return undefined;
    const observer = new ResizeObserver(() => virtual.scrollToEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, [pinned, virtual, loaded]);

  // My own words are worth scrolling for.
  const own = sending.length;
  const before = useRef(own);
  useEffect(() => {
    if (own > before.current) virtual.scrollToEnd();
    before.current = own;
  }, [own, virtual]);

  const language = conversation.language;
  const context = useMemo(() => ({
    channel: conversation.channel, language,
    onResend: (message: T.Message) => send({ conversation: id, kind: "MESSAGE_KIND_TEXT", text: message.text, attachments: message.attachments, expect: undefined }),
  }), [conversation.channel, language, id]);
  const fresh = pinned ? 0 : (messages ?? []).filter((one) => one.seq > readSeq && one.direction === "DIRECTION_IN").length;

  if (!loaded) {
    if (problem) return <Empty icon="alert" title={t("thread_failed")} actions={<Button onPress={reload}>{t("load_again")}</Button>}>{say(problem)}</Empty>;
    return <div className="log"><Skeleton rows={5} /></div>;
  }
  return (
    <div className="log-box">
      {away && <div className="older sm dim" role="status">{t("older_loading")}</div>}
      {/* Spoken only while the end is read: rows that come into view by scrolling are no news. */}
      <div ref={scroller} className="log scroll" role="log" aria-live={pinned ? "polite" : "off"} aria-label={t("log")} tabIndex={0} onScroll={onScroll}>
        <LongRows list={list} className="log-in">{(index) => <EntryRow entry={entries[index] as Entry} context={context} />}</LongRows>
        {entries.length === 0 && <p className="dim log-none">{t("no_messages")}</p>}
      </div>
      {!pinned && (
        <div className="to-end" role="status">
          <Button size="sm" icon="down" onPress={() => virtual.scrollToEnd({ behavior: "smooth" })}>{fresh > 0 ? t("new_messages", { count: fresh }) : t("to_end")}</Button>
        </div>
      )}
    </div>
  );
}
