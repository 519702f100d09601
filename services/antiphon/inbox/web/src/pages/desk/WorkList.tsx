/** Mine, Queue, Closed: rows that are links, a virtual list, arrows and Alt 1…9. */
import { lazy, memo, Suspense, useEffect, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { conversations } from "../../api/api";
import { useAction } from "../../api/useCall";
import type * as T from "../../api/types.gen";
import { Icon } from "../../design/Icon";
import { seconds, day, clock, moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { loadAreas } from "../../i18n/texts";
import { mine } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Counter } from "../../ui/Counter";
import { Empty } from "../../ui/Empty";
import { KeyCap } from "../../ui/KeyCap";
import { LongRows, useLongList } from "../../ui/LongList";
import { Menu, MenuItem, MenuLine } from "../../ui/Menu";
import { Skeleton } from "../../ui/Skeleton";
import { Tabs } from "../../ui/Tabs";
import { Timer } from "../../ui/Timer";
import { toast } from "../../ui/Toast";
import { useClosed, useMine, useMyCallbacks, useMyId, usePersonName, useQueue, useSnoozed, useView } from "./data";
import { addressOf, useBlinking, useOpen, usePop } from "./layer";
import { startChoosing, stopChoosing, toggle, useChoosing, useChosen } from "./bench/layers";
import { PriorityMark, SlaTimer, TagDots } from "./bench/Marks";
import { useUnseen } from "./bench/notices";
import { nearest } from "./model/care";
import { type ListTab, type Row } from "./model/rows";
import { setMyState } from "./Bar";
import { CallRows, useMyCalls } from "./CallRows";
import { useT } from "./texts";

const withShift = <M,>(load: Promise<M>) => Promise.all([load, loadAreas("shift")]).then(([module]) => module);
const Callbacks = lazy(() => withShift(import("./shift/Callbacks")));
const WaitingCalls = lazy(() => withShift(import("./shift/WaitingCalls")));
const BulkBar = lazy(() => import("./bench/Bulk"));
const RowPick = lazy(() => import("./bench/RowPick"));
const Mentions = lazy(() => import("./bench/Mentions"));
const MyCampaigns = lazy(() => Promise.all([import("./campaign/MyCampaigns"), loadAreas("campaign")]).then(([module]) => module));
const CallbackRows = lazy(() => withShift(import("./shift/CallbackRows")));

/** "You: …", "Photo", "3 files", "Deleted": the last message in one line. */
export function useLastWords(): (conversation: T.Conversation) => string {
  const t = useT();
  const me = useMyId();
  const name = usePersonName();
  return ({ last_message: last }) => {
    if (!last) return t("no_messages");
    if (last.deleted) return t("deleted");
    const words = last.text.trim() || (last.attachments.length ? t("files", { count: last.attachments.length }) : "");
    if (last.direction === "DIRECTION_IN") return words;
    const who = last.author === `person:${me}` ? t("you") : last.author === "scheme" ? t("scheme") : last.author_name || name(last.author);
    return who ? `${who}: ${words}` : words;
  };
}

/** Takes a waiting or closed conversation and opens it. */
export function useTake(): { take: (id: string) => Promise<void>; pending: boolean } {
  const pop = usePop();
  const say = useProblemText();
  const { run, pending, problem } = useAction(conversations.take);
  useEffect(() => {
    if (problem) toast(say(problem), { bad: true });
  }, [problem, say]);
  return {
    pending,
    take: async (id) => {
      const answer = await run(id);
      if (!answer) return;
      if (answer.conversation) learn.conversations([answer.conversation]);
      pop(id);
    },
  };
}

/** "till 9:00", "till they write": when a row that was put aside comes back. */
function Wakes({ until }: { until: string | undefined }) {
  const t = useT();
  return <span className="t sm dim nw">{until ? (sameDay(until) ? clock(until) : moment(until)) : t("till_reply")}</span>;
}

function RowTime({ row, tab }: { row: Row; tab: ListTab }) {
  const t = useT();
  const queue = useDesk((state) => state.queues[row.conversation.queue_id]);
  const { conversation, item } = row;
  if (row.wrapping && item) {
    const timed = queue?.wrap_up === "WRAP_UP_MODE_TIMED";
    return <Timer {...(timed ? { until: item.wrap_up_ends_at } : { since: item.since })} norm={timed ? seconds(queue?.wrap_up_limit) : undefined} title={t(timed ? "wrap_left" : "wrap_since")} className="sm" />;
  }
  if (tab === "snoozed") return <Wakes until={conversation.snooze_until} />;
  if (tab !== "closed" && nearest(conversation.sla)) return <SlaTimer sla={conversation.sla} />;
  if (tab === "closed") return <span className="t sm dim">{sameDay(conversation.active_at) ? clock(conversation.active_at ?? 0) : day(conversation.active_at ?? 0)}</span>;
  const since = tab === "queue" ? (item?.enqueued_at ?? conversation.waiting_since) : conversation.waiting_since;
  if (!since) return <span className="t sm dim">{t("answered")}</span>;
  return <Timer since={since} norm={seconds(queue?.target_time)} title={t("waits")} className="sm" />;
}
const sameDay = (at: string | undefined) => new Date(at ?? 0).toDateString() === new Date().toDateString();

function Take({ id }: { id: string }) {
  const t = useT();
  const { take, pending } = useTake();
  return <Button size="sm" className="take" isPending={pending} onPress={() => void take(id)}>{t("take")}</Button>;
}

interface RowProps { row: Row; index: number; count: number; tab: ListTab; selected: boolean; tabbable: boolean; digit: number | undefined; words: string; queue: string }

const RowLine = memo(function RowLine({ row, index, count, tab, selected, tabbable, digit, words, queue }: RowProps) {
  const t = useT();
  const { conversation } = row;
  const blinking = useBlinking(conversation.id);
  const name = conversation.contact_name || t("guest", { no: conversation.no });
  const second = row.wrapping ? t("row_wrap") : words;
  const chosen = useChosen().has(conversation.id);
  const choosing = useChoosing();
  return (
    <div role="listitem" aria-posinset={index + 1} aria-setsize={count} className={["it", choosing ? "choosing" : "", row.unread ? "un" : "", selected ? "sel" : "", blinking ? "blink" : ""].join(" ")}>
      {choosing && !row.wrapping && <span className="it-pick"><Suspense fallback={null}><RowPick label={t("choose_row", { name })} chosen={chosen} onChange={() => toggle(conversation.id)} /></Suspense></span>}
      <Link href={addressOf(conversation.id)} className="it-link" data-row={conversation.id} tabIndex={tabbable ? 0 : -1} aria-current={selected ? "true" : undefined}>
        <ChannelIcon kind={conversation.channel} />
        <span className="col">
          <span className="ln"><span className="l1 m cut" title={name} dir="auto">{name}</span><PriorityMark priority={conversation.priority} /><RowTime row={row} tab={tab} /></span>
          <span className="ln">
            <span className="l2 cut" title={second} dir="auto" lang={conversation.language || undefined}>{second}</span>
            {conversation.tags.length > 0 && <TagDots ids={conversation.tags} />}
            {row.unread > 0 && <Counter value={row.unread} hot label={t("unread", { count: row.unread })} />}
            {digit !== undefined && <span className={row.unread > 0 ? "caps-only" : ""}><KeyCap keys={String(digit)} /></span>}
            {tab === "queue" && <span className="sm dim cut queue-name">{queue}</span>}
          </span>
        </span>
      </Link>
      {tab === "queue" && <Take id={conversation.id} />}
    </div>
  );
});

const ROW_REM = 3.3125;

function Rows({ rows, tab, selected, label, onEnd }: { rows: readonly Row[]; tab: ListTab; selected: string; label: string; onEnd?: (() => void) | undefined }) {
  const words = useLastWords();
  const queues = useDesk((state) => state.queues);
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState("");
  const { ids, places } = useMemo(() => ({ ids: rows.map((row) => row.conversation.id), places: new Map(rows.map((row, index) => [row.conversation.id, index])) }), [rows]);
  const stop = places.has(cursor) ? cursor : places.has(selected) ? selected : ids[0];
  const list = useLongList({ scroller, keys: ids, rem: ROW_REM, even: true, keep: places.get(stop ?? "") ?? -1 });
  const { virtual } = list;
  const move = (event: KeyboardEvent) => {
    const at = (event.target as HTMLElement).dataset["row"];
    if (event.code === "KeyX" && !event.altKey && !event.ctrlKey && !event.metaKey && at) {
      event.preventDefault();
      toggle(at);
      return;
    }
    const here = places.get(at ?? stop ?? "") ?? -1;
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: ids.length - 1 }[event.key];
    const id = to === undefined ? undefined : ids[to];
    if (id === undefined || to === undefined) return;
    event.preventDefault();
    setCursor(id);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus());
  };
  // Wherever the focus is, that row stays in the page: it must not fall off it by scrolling.
  const held = (event: FocusEvent) => setCursor((before) => event.target.closest("[role=listitem]")?.querySelector<HTMLElement>("[data-row]")?.dataset["row"] ?? before);
  const last = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - 5) onEnd();
  }, [onEnd, last, rows.length]);
  const choosing = useChoosing();
  return (
    <>
    <div ref={scroller} className="scroll grow" onKeyDown={move} onFocus={held}>
      <LongRows list={list} role="list" label={label} className="work-rows">
        {(index) => {
          const row = rows[index] as Row;
          const { id } = row.conversation;
          return <RowLine row={row} index={index} count={rows.length} tab={tab} selected={id === selected} tabbable={id === stop} digit={tab === "mine" && index < 9 ? index + 1 : undefined} words={words(row.conversation)} queue={queues[row.conversation.queue_id]?.name ?? ""} />;
        }}
      </LongRows>
    </div>
    {choosing && <Suspense fallback={null}><BulkBar all={ids} /></Suspense>}
    </>
  );
}

function NoWork() {
  const t = useT();
  const agent = useDesk(mine);
  if (!agent || agent.state !== "AGENT_STATE_READY") {
    return <Empty icon="headset" title={t("no_work_off")} actions={agent && <Button onPress={() => void setMyState("AGENT_STATE_READY")}>{t("become_available")}</Button>}>{t("no_work_off_text")}</Empty>;
  }
  return <Empty icon="headset" title={t("no_work")}>{t("no_work_text")} <Timer since={agent.since} title={t("in_state")} /></Empty>;
}

function MineTab({ rows, selected }: { rows: readonly Row[]; selected: string }) {
  const t = useT();
  const calls = useMyCalls();
  const callbacks = useMyCallbacks();
  return <>
    <Suspense fallback={null}><MyCampaigns selected={selected} /></Suspense>
    {callbacks.length > 0 && <Suspense fallback={null}><CallbackRows items={callbacks} selected={selected} /></Suspense>}
    {calls.length > 0 && <CallRows calls={calls} selected={selected} />}
    {rows.length ? <Rows rows={rows} tab="mine" selected={selected} label={t("list_mine")} /> : calls.length + callbacks.length === 0 ? <NoWork /> : <div className="grow" />}
    <Suspense fallback={null}><Callbacks /></Suspense>
  </>;
}

function QueueTab({ rows, selected, loading }: { rows: readonly Row[]; selected: string; loading: boolean }) {
  const t = useT();
  const calls = <Suspense fallback={null}><WaitingCalls /></Suspense>;
  if (rows.length) return <>{calls}<Rows rows={rows} tab="queue" selected={selected} label={t("list_queue")} /></>;
  return <>{calls}{loading ? <Skeleton rows={4} /> : <Empty icon="inbox" title={t("queue_empty")}>{t("queue_empty_text")}</Empty>}</>;
}

function ClosedTab({ selected }: { selected: string }) {
  const t = useT();
  const say = useProblemText();
  const rows = useClosed();
  const { loading, problem, more } = useView("CONVERSATION_VIEW_CLOSED");
  if (rows.length) return <Rows rows={rows} tab="closed" selected={selected} label={t("list_closed")} onEnd={more} />;
  if (problem) return <Banner>{say(problem)}</Banner>;
  return loading ? <Skeleton rows={6} /> : <Empty icon="check" title={t("closed_empty")}>{t("closed_empty_text")}</Empty>;
}

function SnoozedTab({ selected }: { selected: string }) {
  const t = useT();
  const say = useProblemText();
  const rows = useSnoozed();
  const { loading, problem } = useView("CONVERSATION_VIEW_SNOOZED");
  if (rows.length) return <Rows rows={rows} tab="snoozed" selected={selected} label={t("list_snoozed")} />;
  if (problem) return <Banner>{say(problem)}</Banner>;
  return loading ? <Skeleton rows={4} /> : <Empty icon="snooze" title={t("snoozed_empty")}>{t("snoozed_empty_text")}</Empty>;
}

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
function DigitKey({ digit, run }: { digit: number; run: (() => void) | undefined }) {
  const t = useT();
  useKey({ code: `Digit${digit}`, alt: true, cap: "" }, t("key_tasks"), run);
  return null;
}

export function WorkList({ selected }: { selected: string }) {
  const t = useT();
  const open = useOpen();
  const [tab, setTab] = useState<ListTab>("mine");
  const [waiting, rows] = [useQueue(), useMine()];
  const { loading } = useView("CONVERSATION_VIEW_QUEUE");
  useView("CONVERSATION_VIEW_MINE");
  const unseen = useUnseen();
  const asleep = useSnoozed().length;
  const choosing = useChoosing();
  useEffect(stopChoosing, [tab]);
  const show = (next: ListTab) => () => setTab(next);
  useKey({ id: "mentions", code: "KeyO", alt: true, cap: "" }, t("mentions"), show(tab === "mentions" ? "mine" : "mentions"));
  useKey({ id: "choose", code: "KeyV", alt: true, cap: "" }, t("choose_many"), choosing ? stopChoosing : startChoosing);
  const tabs = [
    { id: "mine" as const, text: t("mine"), count: rows.length }, { id: "queue" as const, text: t("queue"), count: waiting.length },
    ...(tab === "snoozed" ? [{ id: "snoozed" as const, text: t("snoozed") }] : tab === "mentions" ? [{ id: "mentions" as const, text: t("mentions") }] : [{ id: "closed" as const, text: t("closed") }]),
  ];
  const more = (
    <Menu label={t("more_lists")} trigger={<Button kind="plain" size="sm" className="more-lists" aria-label={unseen ? t("more_lists_unseen", { count: unseen }) : t("more_lists")}><Icon name="filter" />{unseen > 0 && <i className="unseen" aria-hidden="true" />}</Button>}>
      <MenuItem icon="users" text={t("mentions")} hint={unseen > 0 ? <Counter value={unseen} hot /> : <KeyCap keys="Alt O" />} selected={tab === "mentions"} onAction={show("mentions")} />
      <MenuItem icon="snooze" text={t("snoozed")} {...(asleep ? { hint: String(asleep) } : {})} selected={tab === "snoozed"} onAction={show("snoozed")} />
      <MenuItem icon="check" text={t("closed")} selected={tab === "closed"} onAction={show("closed")} />
      <MenuLine />
      <MenuItem icon="ok" text={t("choose_many")} hint={<KeyCap keys="Alt V" />} onAction={startChoosing} />
    </Menu>
  );
  return (
    <div className="work col grow">
      {DIGITS.map((digit) => <DigitKey key={digit} digit={digit} run={rows[digit - 1] && (() => open(rows[digit - 1]?.conversation.id ?? ""))} />)}
      <Tabs label={t("lists")} value={tab} onChange={setTab} tabs={tabs} after={more}>
        {(id) => (id === "mine" ? <MineTab rows={rows} selected={selected} /> : id === "queue" ? <QueueTab rows={waiting} selected={selected} loading={loading} /> : id === "snoozed" ? <SnoozedTab selected={selected} /> : id === "mentions" ? <Suspense fallback={<Skeleton rows={4} />}><Mentions selected={selected} /></Suspense> : <ClosedTab selected={selected} />)}
      </Tabs>
    </div>
  );
}

