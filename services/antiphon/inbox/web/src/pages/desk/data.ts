/** What the desk reads, as hooks. */
import { useEffect, useState } from "react";
import { conversations } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { myId } from "../../rt/selectors";
import { learn, store, useDesk } from "../../rt/store";
import type { DeskState } from "../../rt/state";
import { myCallbacks } from "./model/callbacks";
import { mineRows, queueRows, closedRows, snoozedRows, type Row } from "./model/rows";

/** Only the tables that rows are made of: other events render nothing. */
const tablesOf = ({ conversations, items, messages, agents, me }: DeskState) => ({ conversations, items, messages, agents, me });
type Tables = ReturnType<typeof tablesOf>;

/** A list is made once for all who read it: with thousands of conversations, each making would be felt. */
const made = new Map<unknown, { from: Tables; rows: unknown }>();
function useRows<R>(make: (state: DeskState) => R): R {
  const tables = useDesk(tablesOf);
  const last = made.get(make);
  if (last && (Object.keys(tables) as (keyof Tables)[]).every((name) => last.from[name] === tables[name])) return last.rows as R;
  const rows = make({ ...store.state, ...tables });
  made.set(make, { from: tables, rows });
  return rows;
}

export const useMine = (): readonly Row[] => useRows(mineRows);
export const useQueue = (): readonly Row[] => useRows(queueRows);
export const useClosed = (): readonly Row[] => useRows(closedRows);
export const useSnoozed = (): readonly Row[] => useRows(snoozedRows);
export const useMyCallbacks = (): readonly T.WorkItem[] => useRows(myCallbacks);

export const useMyId = () => useDesk(myId);

/** A conversation by id; asks for it once when the desk does not know it. */
export function useConversation(id: string): { conversation: T.Conversation | undefined; problem: Problem | undefined } {
  const conversation = useDesk((state) => state.conversations[id]);
  const [problem, setProblem] = useState<Problem>();
  const missing = Boolean(id) && !conversation;
  useEffect(() => {
    if (!missing) return undefined;
    let wanted = true;
    conversations.get(id).then(
      (answer) => wanted && answer.conversation && learn.conversations([answer.conversation]),
      (error: unknown) => wanted && setProblem(error instanceof Problem ? error : new Problem(500, {})),
    );
    return () => {
      wanted = false;
    };
  }, [id, missing]);
  return { conversation, problem: conversation ? undefined : problem };
}

/** Loads a view into the store at mount and after each snapshot; `more` pages on. */
export function useView(view: T.ConversationView, wanted = true): { loading: boolean; problem: Problem | undefined; more: (() => void) | undefined } {
  const round = useDesk((state) => state.round);
  const [state, setState] = useState<{ next: string; loading: boolean; problem?: Problem }>({ next: "", loading: true });
  const load = async (after: string) => {
    try {
      const answer = await conversations.list({ view, limit: 100, ...(after ? { after } : {}) });
      learn.conversations(answer.conversations);
      setState({ next: answer.next, loading: false });
    } catch (error) {
      setState((old) => ({ ...old, loading: false, problem: error instanceof Problem ? error : new Problem(500, {}) }));
    }
  };
  useEffect(() => {
    if (wanted) void load("");
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view, round, wanted]);
  const { next } = state;
  return { loading: state.loading, problem: state.problem, more: next ? () => { setState((old) => ({ ...old, next: "" })); void load(next); } : undefined };
}

const PAGE = 50;
/** Whether history exists above what is loaded, by conversation. */
const moreAbove = new Map<string, boolean>();

/** The messages of an open thread: the newest page at once and after each snapshot, holes filled, older pages on demand. */
export function useThread(id: string): { messages: readonly T.Message[] | undefined; problem: Problem | undefined; more: boolean; older: () => Promise<void>; reload: () => void } {
  const { messages, round } = useDesk((state) => ({ messages: state.messages[id], round: state.round }));
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  const [, render] = useState(0);
  useEffect(() => {
    let wanted = true;
    const known = store.state.messages[id] ?? [];
    const load = async () => {
      const page = await conversations.messages(id, { limit: PAGE });
      const lowest = page.messages[0]?.seq ?? 0;
      let reached = known.at(-1)?.seq;
      if (reached === undefined || lowest <= (known[0]?.seq ?? 0)) moreAbove.set(id, page.more);
      // Between what was loaded before and this page something may be missing.
      while (wanted && reached !== undefined && reached + 1 < lowest) {
        const gap = await conversations.messages(id, { after: reached, limit: 200 });
        learn.messages(id, gap.messages);
        reached = gap.messages.at(-1)?.seq;
        if (!gap.more) break;
      }
      if (!wanted) return;
      learn.messages(id, page.messages);
      setProblem(undefined);
      render((value) => value + 1);
    };
    load().catch((error: unknown) => wanted && setProblem(error instanceof Problem ? error : new Problem(500, {})));
    return () => {
      wanted = false;
    };
  }, [id, round, turn]);
  const older = async () => {
    const first = store.state.messages[id]?.[0]?.seq;
    if (first === undefined) return;
    const page = await conversations.messages(id, { before: first, limit: PAGE });
    moreAbove.set(id, page.more && page.messages.length > 0);
    learn.messages(id, page.messages);
    render((value) => value + 1);
  };
  return { messages, problem, more: moreAbove.get(id) ?? false, older, reload: () => setTurn((value) => value + 1) };
}

/** A name for an author or an agent: "person:<id>" or the id. */
export function usePersonName(): (id: string) => string {
  const people = useDesk((state) => state.people);
  return (id) => people[id.replace(/^person:/, "")]?.name ?? "";
}
