import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "./problem";

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  /** Only while there is nothing to show yet: a refresh never shows a skeleton. */
  loading: boolean;
  reload: () => void;
}

const asProblem = (error: unknown) => (error instanceof Problem ? error : new Problem(500, { title: String(error) }));

/** Loads at mount and when a dependency changes; keeps the old data during a reload. */
export function useLoad<T>(load: () => Promise<T>, deps: readonly unknown[] = []): Loaded<T> {
  const [state, setState] = useState<{ data?: T; problem?: Problem; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    load().then(
      (data) => wanted && setState({ data, loading: false }),
      (error: unknown) => wanted && setState((old) => ({ ...old, problem: asProblem(error), loading: false })),
    );
    return () => {
      wanted = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [...deps, round]);
  const reload = useCallback(() => setRound((value) => value + 1), []);
  return { data: state.data, problem: state.problem, loading: state.loading && state.data === undefined, reload };
}

/** A write with its pending flag and its problem: `const save = useAction(acd.saveQueue); save.run(queue)`. */
export function useAction<A extends unknown[], R>(action: (...args: A) => Promise<R>) {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  /** The answer, or undefined when `problem` tells why not. */
  const run = useCallback(async (...args: A): Promise<R | undefined> => {
    setPending(true);
    setProblem(undefined);
    try {
      return await latest.current(...args);
    } catch (error) {
      setProblem(asProblem(error));
      return undefined;
    } finally {
      setPending(false);
    }
  }, []);
  return { run, pending, problem, clear: useCallback(() => setProblem(undefined), []) };
}
