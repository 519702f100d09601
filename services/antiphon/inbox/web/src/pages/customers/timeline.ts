/** Everything that happened with a customer, as one list: messages, calls, voicemail, callbacks, notes of colleagues. */
import { useCallback, useEffect, useRef, useState } from "react";
import { acd, conversations, crm, media } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { store } from "../../rt/store";
import { hungry, isOver, take, type Entry as Timed, type Source } from "./model/merge";

export type Entry = Timed & (
  | { is: "message"; message: T.Message; conversation: T.Conversation | undefined }
  | { is: "call"; call: T.Call }
  | { is: "voicemail"; voicemail: T.Voicemail }
  | { is: "callback"; callback: T.Callback }
  | { is: "note"; note: T.ContactNote }
);
interface Page { entries: Entry[]; next: string }
type Load = (after: string) => Promise<Page>;
const PAGE = 50;
const paged = (after: string) => ({ limit: PAGE, ...(after ? { after } : {}) });

function loaders(contact: string, family: readonly string[]): Load[] {
  return [
    async (after) => {
      const answer = await conversations.saidWith(contact, paged(after));
      const known = new Map(answer.conversations.map((one) => [one.id, one]));
      return { next: answer.next, entries: answer.messages.map((message) => ({ is: "message", key: `m:${message.conversation_id}:${message.seq}`, at: message.at ?? "", message, conversation: known.get(message.conversation_id) })) };
    },
    async (after) => {
      const answer = await media.calls({ ...paged(after), contact_id: contact });
      return { next: answer.next, entries: answer.calls.map((call) => ({ is: "call", key: `c:${call.id}`, at: call.started_at ?? "", call })) };
    },
    async (after) => {
      const answer = await media.voicemails({ ...paged(after), contact_id: contact });
      return { next: answer.next, entries: answer.voicemails.map((voicemail) => ({ is: "voicemail", key: `v:${voicemail.id}`, at: voicemail.left_at ?? "", voicemail })) };
    },
    async () => {
      const { callbacks } = await acd.callbacks();
      const theirs = callbacks.filter(({ item }) => item && family.includes(item.contact_id));
      const entries = theirs.map((callback): Entry => ({ is: "callback", key: `b:${callback.item?.id ?? ""}`, at: callback.item?.since ?? callback.item?.enqueued_at ?? "", callback }));
      return { next: "", entries: entries.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)) };
    },
    async (after) => {
      const answer = await crm.notes(contact, paged(after));
      return { next: answer.next, entries: answer.notes.map((note) => ({ is: "note", key: `n:${note.id}`, at: note.at ?? "", note })) };
    },
  ];
}

const FACTS = /(MessageAdded|MessageChanged|CallEnded|VoicemailLeft|ContactChanged|RecordingReady)$/;
/** Without telephony, or without the right to look, a kind is left out and the rest is shown. */
const isAbsent = (problem: Problem) => problem.status === 503 || problem.status === 403;

export interface Timeline { entries: readonly Entry[] | undefined; problem: Problem | undefined; more: boolean; older: () => void; reload: () => void }

export function useTimeline(contact: string, family: readonly string[]): Timeline {
  const [state, setState] = useState<{ entries?: readonly Entry[]; problem?: Problem; more: boolean }>({ more: false });
  const [round, setRound] = useState(0);
  const sources = useRef<Source<Entry>[]>([]);
  const busy = useRef(false);
  const ids = family.join(" ");
  const shown = useRef(0);

  const read = useCallback(async (load: readonly Load[], before: readonly Entry[], count: number) => {
    if (busy.current) return;
    busy.current = true;
    const found = [...before];
    let problem: Problem | undefined;
    try {
      while (found.length < before.length + count && !isOver(sources.current)) {
        const answers = await Promise.all(hungry(sources.current).map(async (index) => {
          try {
            const page = await (load[index] as Load)(sources.current[index]?.next ?? "");
            return { index, source: { buffer: page.entries, next: page.next || undefined } };
          } catch (error) {
            const why = error instanceof Problem ? error : new Problem(500, {});
            if (!isAbsent(why)) problem = why;
            return { index, source: { buffer: [], next: undefined, failed: true } };
          }
        }));
        for (const { index, source } of answers) sources.current[index] = source;
        const { entries, rest } = take(sources.current, before.length + count - found.length);
        found.push(...entries);
        sources.current = rest;
      }
    } finally {
      busy.current = false;
    }
    shown.current = found.length;
    setState({ entries: found, more: !isOver(sources.current), ...(problem ? { problem } : {}) });
  }, []);

  useEffect(() => {
    sources.current = loaders(contact, ids.split(" ")).map(() => ({ buffer: [], next: "" }));
    void read(loaders(contact, ids.split(" ")), [], Math.max(PAGE, shown.current));
  }, [contact, ids, round, read]);

  // A burst of facts is one refresh.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.onEvent((event) => {
      if (!FACTS.test(event.type)) return;
      clearTimeout(timer);
      timer = setTimeout(() => setRound((old) => old + 1), 500);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);

  const { entries, problem, more } = state;
  return {
    entries, problem, more,
    older: useCallback(() => void (entries && read(loaders(contact, ids.split(" ")), entries, PAGE)), [entries, contact, ids, read]),
    reload: useCallback(() => setRound((old) => old + 1), []),
  };
}
