import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { acd, conversations as threads } from "../../api/api";
import { useLoad } from "../../api/useCall";
import type * as T from "../../api/types.gen";
import { useProblemText } from "../../i18n/problems";
import { learn, store, useDesk } from "../../rt/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Chip } from "../../ui/Chip";
import { Counter } from "../../ui/Counter";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Table, type TableColumn } from "../../ui/Table";
import { Timer } from "../../ui/Timer";
import { Menu, MenuItem } from "../../ui/Menu";
import { AssignDialog } from "./AssignDialog";
import { useAct, usePaced, type Rights } from "./live";
import { conversationOf, type Tile } from "./model";
import { MoveDialog, type Movable } from "./MoveDialog";
import { QueueActions } from "./QueueActions";
import { LevelChip } from "./QueueTile";
import { useT } from "./texts";
import { obstacles } from "./words";

const LIMIT = 100;
/** So many rows say by themselves why they wait; the others when asked. */
const EXPLAINED = 5;
const NAMED = 20;
const PACE_MS = 2000;

/** Why one item waits, from Explain; asked again when the queue moves. */
function Why({ item, at, asks }: { item: T.WorkItem; at: string; asks: boolean }) {
  const t = useT();
  const [asked, setAsked] = useState(asks);
  const wanted = asked || asks;
  const rings = useDesk((state) => state.people[state.offers[item.id]?.agent_id ?? ""]?.name);
  const found = useLoad(async () => (wanted && !rings ? acd.explain(item.id) : undefined), [item.id, wanted, rings, at]);
  if (rings) return <span>{t("why_rings", { name: rings })}</span>;
  if (!wanted) return <Button kind="link" size="sm" onPress={() => setAsked(true)}>{t("why")}</Button>;
  if (!found.data) return <span className="dim">…</span>;
  const because = found.data.waits_because ?? {};
  return <span className="bd-why">{obstacles(t, because) || t(Object.keys(because).length ? "why_now" : "why_nobody")}</span>;
}

/** Names of who waits, where the list of open conversations did not bring them. */
function useNames(items: readonly T.WorkItem[] | undefined, read: boolean): void {
  useEffect(() => {
    if (!read || !items) return;
    const unknown = items.map(conversationOf).filter((id): id is string => Boolean(id) && !store.state.conversations[id ?? ""]).slice(0, NAMED);
    unknown.forEach((id) => threads.get(id).then(({ conversation }) => conversation && learn.conversations([conversation]), () => undefined));
  }, [items, read]);
}

/** Who waits in a queue, in the exact order of service, with what can be done about each. */
export function Waiting({ tile, rights, onRead, onOpen, onClose }: { tile: Tile; rights: Rights; onRead: (conversation: string) => void; onOpen: (conversation: string) => void; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const act = useAct();
  const [, go] = useLocation();
  const [moving, setMoving] = useState<Movable>();
  const [giving, setGiving] = useState<T.WorkItem>();
  const names = useDesk((state) => state.conversations);
  const { queue, status, within } = tile;
  // Whatever moves the figures may move the line.
  const at = usePaced([status.waiting, status.oldest_since, status.entered, status.answered, status.abandoned, status.offered, status.ready].join(), PACE_MS);
  const { data, problem, reload } = useLoad(async () => (rights.take ? acd.waiting(queue.id, LIMIT) : undefined), [queue.id, rights.take, at]);
  const items = data?.items ?? (data ? [] : undefined);
  useNames(items, rights.read);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);

  const titleOf = (item: T.WorkItem) => names[conversationOf(item) ?? ""]?.contact_name || t("unknown_customer");
  const take = (item: T.WorkItem) => {
    const thread = conversationOf(item);
    const open = thread ? { text: t("open_inbox"), run: () => onOpen(thread) } : undefined;
    void act.run(async () => {
      if (!thread) return learn.item((await acd.pull(item.id)).item);
      const { conversation } = await threads.take(thread);
      if (conversation) learn.conversations([conversation]);
    }, t("taken"), open).then(reload);
  };
  const columns: TableColumn<T.WorkItem>[] = [
    { id: "customer", title: t("c_customer"), width: "13rem", cell: (item) => {
      const place = (items?.indexOf(item) ?? 0) + 1;
      const conversation = names[conversationOf(item) ?? ""];
      return <span className="flex"><span className="bd-place dim" title={t("place", { place })}>{place}</span><ChannelIcon kind={item.channel} look="bare" /><span className="cut m" lang={conversation?.language || undefined}>{titleOf(item)}</span></span>;
    } },
    { id: "wait", title: t("c_wait"), num: true, width: "5rem", cell: (item) => <Timer since={item.enqueued_at} norm={within} title={t("wait_title")} /> },
    { id: "why", title: t("c_why"), cell: (item) => <Why item={item} at={at} asks={(items?.indexOf(item) ?? 0) < EXPLAINED} /> },
    ...(rights.supervise || rights.take ? [{ id: "actions", title: t("c_actions"), quiet: true, num: true, width: "14rem", cell: (item: T.WorkItem) => {
      const thread = conversationOf(item);
      return (
        <span className="flex bd-acts">
          {rights.read && thread && <IconButton icon="eye" size="sm" label={t("read", { title: titleOf(item) })} onPress={() => onRead(thread)} />}
          {rights.take && <Button size="sm" isPending={act.pending} aria-label={`${t("take")}: ${titleOf(item)}`} onPress={() => take(item)}>{t("take")}</Button>}
          {rights.supervise && <Button size="sm" aria-label={`${t("assign")}: ${titleOf(item)}`} onPress={() => setGiving(item)}>{t("assign")}</Button>}
          {rights.supervise && <Menu label={titleOf(item)} trigger={<IconButton icon="more" size="sm" label={t("more_for", { title: titleOf(item) })} />}>
            <MenuItem icon="transfer" text={t("move")} onAction={() => setMoving({ key: item.id, title: titleOf(item), item: item.id, conversation: thread, queue: item.queue_id, agent: "" })} />
            <MenuItem icon="pulse" text={t("whole_wait")} onAction={() => go(`/wait/${encodeURIComponent(item.id)}`)} />
          </Menu>}
        </span>
      );
    } }] : []),
  ];
  return (
    <section className="card bd-agents" aria-label={t("waiting_in", { queue: queue.name })}>
      <header>
        <Button kind="plain" size="sm" icon="left" onPress={onClose}>{t("to_agents")}</Button>
        <h2 ref={head} tabIndex={-1} className="cut">{t("waiting_in", { queue: queue.name })}</h2>
        <Counter value={status.waiting} label={`${t("waiting")}: ${status.waiting}`} />
        <LevelChip tile={tile} />
        {queue.closed && <Chip kind="warn">{t("q_closed")}</Chip>}
        <span className="end sm dim nw">{t("waiting_order")}</span>
        <QueueActions tile={tile} onDone={reload} />
      </header>
      {problem && items && <Banner action={<Button size="sm" onPress={reload}>{t("try_again")}</Button>}>{say(problem)}</Banner>}
      {!rights.take
        ? <Empty icon="lock" title={t("waiting_denied_title")}>{t("waiting_denied_text")}</Empty>
        : problem && !items
          ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={reload}>{t("try_again")}</Button>}>{say(problem)}</Empty>
          : <Table label={t("waiting_in", { queue: queue.name })} columns={columns} rows={items} rowId={(item) => item.id} empty={<Empty icon="ok" title={t("waiting_none_title")}>{t("waiting_none_text")}</Empty>} />}
      {items && items.length >= LIMIT && <p className="body sm dim">{t("waiting_first", { count: LIMIT })}</p>}
      {giving && <AssignDialog item={giving.id} title={titleOf(giving)} onClose={() => { setGiving(undefined); reload(); }} />}
      {moving && <MoveDialog tasks={[moving]} onClose={() => { setMoving(undefined); reload(); }} />}
    </section>
  );
}
