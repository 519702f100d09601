/** The board's live data: what the store holds, asked for once where events do not bring it. */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useLocation, useSearchParams } from "wouter";
import { acd, conversations } from "../../api/api";
import { Problem } from "../../api/problem";
import { useLoad } from "../../api/useCall";
import { problemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { learn, store, useDesk, useLink, useTopic } from "../../rt/store";
import { toast } from "../../ui/Toast";
import { alertsOf, longestWaiting, rowsOf, tilesOf, totalsOf, type AgentRow, type Alert, type Tile, type Totals } from "./model";
import type * as T from "../../api/types.gen";

export interface Rights {
  /** May act on others' work and states. */
  readonly supervise: boolean;
  /** May see who waits, and take. */
  readonly take: boolean;
  readonly read: boolean;
}

export const useRights = (): Rights => useDesk((state) => ({ supervise: can("work.supervise")(state), take: can("work.take")(state), read: can("conversations.read")(state) }));

/** Project of the address and moves that keep it: /board/queues/q1?project=p1&read=c1. */
export function usePlace() {
  const [search, setSearch] = useSearchParams();
  const [, go] = useLocation();
  const set = (name: string, value: string) => setSearch((old) => {
    const next = new URLSearchParams(old);
    if (value) next.set(name, value);
    else next.delete(name);
    return next;
  }, { replace: true });
  const query = search.toString();
  const to = (path: string) => `${path}${query ? `?${query}` : ""}`;
  return { project: search.get("project") ?? "", reading: search.get("read") ?? "", setProject: (id: string) => set("project", id), read: (id: string) => set("read", id), to, go: (path: string) => go(to(path)) };
}

const PAGE = 200;
const PAGES = 5;

/** Conversations that are not closed, for the tasks of agents and the names of who waits. */
async function openConversations(): Promise<void> {
  let after = "";
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await conversations.list({ view: "CONVERSATION_VIEW_OPEN", limit: PAGE, ...(after ? { after } : {}) });
    learn.conversations(answer.conversations ?? []);
    after = answer.next;
    if (!after) return;
  }
}

/** Subscribes, and loads anew with every snapshot. `problem` only while there is nothing to show. */
export function useLiveBoard(): { loading: boolean; problem: Problem | undefined; reload: () => void } {
  useTopic("board");
  const round = useDesk((state) => state.round);
  const { read } = useRights();
  const board = useLoad(async () => learn.board(await acd.board()), [round]);
  useLoad(async () => (read ? openConversations() : undefined), [round, read]);
  const empty = useDesk((state) => Object.keys(state.board).length === 0);
  return { loading: empty && board.loading, problem: empty ? board.problem : undefined, reload: board.reload };
}

export interface Floor {
  readonly tiles: readonly Tile[];
  readonly rows: readonly AgentRow[];
  readonly alerts: readonly Alert[];
  readonly totals: Totals;
  readonly longest: readonly T.Conversation[];
}

export function useFloor(project: string): Floor {
  const { queues, board, agents, people, items, offers, conversations: threads } = useDesk((state) => ({
    queues: state.queues, board: state.board, agents: state.agents, people: state.people, items: state.items, offers: state.offers, conversations: state.conversations,
  }));
  const tiles = useMemo(() => tilesOf(queues, board, project), [queues, board, project]);
  const inQueues = useMemo(() => (project ? new Set(tiles.map((tile) => tile.queue.id)) : undefined), [tiles, project]);
  const rows = useMemo(() => rowsOf({ agents, people, inQueues, items, offers, conversations: threads }), [agents, people, inQueues, items, offers, threads]);
  return useMemo(() => ({ tiles, rows, alerts: alertsOf(tiles, rows), totals: totalsOf(tiles, rows), longest: longestWaiting(threads, new Set(tiles.map((tile) => tile.queue.id))) }), [tiles, rows, threads]);
}

/** When the link was last live, while it is not: local milliseconds. Kept beyond one page's life. */
let lastLive: number | undefined;
store.watch(() => {
  if (store.link.is === "live") lastLive = undefined;
  else lastLive ??= Date.now();
});

/** Since when the figures stand still; undefined while they live. */
export function useStale(): number | undefined {
  const link = useLink();
  return useSyncExternalStore(store.watch, () => (link.is === "live" ? undefined : link.is === "waiting" ? link.since : lastLive));
}

/** A write that says what came of it: `act.run(() => acd.pull(id), "Taken")`; true when it was done. */
export function useAct() {
  const [pending, setPending] = useState(false);
  const run = async (work: () => Promise<unknown>, done: string, after?: { text: string; run: () => void }): Promise<boolean> => {
    setPending(true);
    try {
      await work();
      toast(done, after ? { action: after } : {});
      return true;
    } catch (error) {
      toast(problemText(error instanceof Problem ? error : new Problem(500, { title: String(error) })), { bad: true });
      return false;
    } finally {
      setPending(false);
    }
  };
  return { run, pending };
}

/** The value, but changing at most once in `ms`: what asks the server again must not ask at every beat of a busy floor. */
export function usePaced<V>(value: V, ms: number): V {
  const [shown, setShown] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    if (Object.is(shown, value)) return undefined;
    const timer = setTimeout(() => {
      last.current = Date.now();
      setShown(value);
    }, Math.max(0, last.current + ms - Date.now()));
    return () => clearTimeout(timer);
  }, [value, shown, ms]);
  return shown;
}
