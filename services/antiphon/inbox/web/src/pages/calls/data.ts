/** Paged lists of media, and who is on the other side. */
import { useCallback, useEffect, useState } from "react";
import { directory, media } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { phone } from "../../i18n/format";
import { myId } from "../../rt/selectors";
import { store, useDesk } from "../../rt/store";
import { otherNumber, otherPerson } from "../../softphone/match";
import { useT } from "./texts";

export interface Paged<R> { rows: readonly R[] | undefined; problem: Problem | undefined; more: (() => void) | undefined; reload: () => void; drop: (is: (row: R) => boolean) => void }
const PAGE = 50;

/** The pages so far; `more` while there are others. Loads anew when a fact of one of these kinds comes. */
export function usePaged<R>(load: (after: string) => Promise<{ rows: R[]; next: string }>, key: string, facts: RegExp): Paged<R> {
  const [state, setState] = useState<{ key: string; rows: readonly R[] | undefined; next: string; problem?: Problem }>({ key, rows: undefined, next: "" });
  const [round, setRound] = useState(0);
  const fetch = useCallback(async (after: string, before: readonly R[]) => {
    try {
      const page = await load(after);
      setState({ key, rows: [...before, ...page.rows], next: page.next });
    } catch (error) {
      setState((old) => ({ ...old, key, problem: error instanceof Problem ? error : new Problem(500, {}) }));
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  useEffect(() => void fetch("", []), [fetch, round]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.onEvent((event) => {
      if (!facts.test(event.type)) return;
      clearTimeout(timer);
      timer = setTimeout(() => setRound((old) => old + 1), 800);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [facts]);
  const current = state.key === key ? state : undefined;
  return {
    rows: current?.rows, problem: current?.rows ? undefined : current?.problem,
    more: current?.next ? () => void fetch(current.next, current.rows ?? []) : undefined,
    reload: useCallback(() => setRound((old) => old + 1), []),
    drop: (is) => setState((old) => ({ ...old, rows: old.rows?.filter((row) => !is(row)) })),
  };
}

const CALL_FACTS = /media\.v1\.CallEnded$/, RECORDING_FACTS = /media\.v1\.Recording/, VOICEMAIL_FACTS = /media\.v1\.VoicemailLeft$/, FAX_FACTS = /media\.v1\.FaxChanged$/;
export const useCalls = (agent_id: string): Paged<T.Call> =>
  usePaged(async (after) => media.calls({ limit: PAGE, ...(after ? { after } : {}), ...(agent_id ? { agent_id } : {}) }).then((answer) => ({ rows: answer.calls, next: answer.next })), `calls:${agent_id}`, CALL_FACTS);
export const useRecordings = (agent_id: string): Paged<T.Recording> =>
  usePaged(async (after) => media.recordings({ limit: PAGE, ...(after ? { after } : {}), ...(agent_id ? { agent_id } : {}) }).then((answer) => ({ rows: answer.recordings, next: answer.next })), `recordings:${agent_id}`, RECORDING_FACTS);
export const useVoicemails = (): Paged<T.Voicemail> =>
  usePaged(async (after) => media.voicemails({ limit: PAGE, ...(after ? { after } : {}) }).then((answer) => ({ rows: answer.voicemails, next: answer.next })), "voicemails", VOICEMAIL_FACTS);

export const useFaxes = (): Paged<T.Fax> =>
  usePaged(async (after) => media.faxes({ limit: PAGE, ...(after ? { after } : {}) }).then((answer) => ({ rows: answer.faxes, next: answer.next })), "faxes", FAX_FACTS);

const names = new Map<string, string>();
const asking = new Set<string>();

/** Names of contacts, asked for a few at a time as they come into sight. */
export function useContactNames(ids: readonly string[]): (id: string) => string {
  const [, setRound] = useState(0);
  const threads = useDesk((state) => state.conversations);
  const wanted = ids.filter((id) => id && !names.has(id) && !asking.has(id)).join(" ");
  useEffect(() => {
    for (const id of wanted.split(" ").filter(Boolean).slice(0, 100)) {
      const known = Object.values(store.state.conversations).find((one) => one.contact_id === id)?.contact_name;
      if (known) {
        names.set(id, known);
        continue;
      }
      asking.add(id);
      void directory.contact(id).then((answer) => {
        names.set(id, answer.contact?.name ?? "");
        setRound((old) => old + 1);
      }, () => undefined).finally(() => asking.delete(id));
    }
    setRound((old) => old + 1);
  }, [wanted]);
  return useCallback((id) => names.get(id) || Object.values(threads).find((one) => id && one.contact_id === id)?.contact_name || "", [threads]);
}

/** The other side of a call, as a name or a number. */
export function useOther(calls: readonly T.Call[]): (call: T.Call) => { name: string; number: string } {
  const t = useT();
  const contact = useContactNames(calls.map((one) => one.contact_id));
  const { me, people } = useDesk((state) => ({ me: myId(state), people: state.people }));
  return (call) => {
    const inside = call.direction === "DIRECTION_INTERNAL" ? Object.values(people).find((one) => one.id === otherPerson(call, me) || (one.extension && one.extension === otherNumber(call) && one.id !== me)) : undefined;
    const number = phone(otherNumber(call));
    const name = inside?.name || contact(call.contact_id) || number || t("hidden");
    return { name, number: name === number ? "" : number };
  };
}
