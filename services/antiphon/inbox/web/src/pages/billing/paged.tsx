/** Lists that grow by pages and load anew with each round. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "../../api/problem";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { useT } from "./texts";

export interface Pages<R> { rows: readonly R[] | undefined; problem: Problem | undefined; more: (() => void) | undefined; reload: () => void }

export function usePages<R>(load: (after: string) => Promise<{ rows: R[]; next: string }>, key: string): Pages<R> {
  const [state, setState] = useState<{ rows: readonly R[] | undefined; next: string; problem?: Problem }>({ rows: undefined, next: "" });
  const fetch = useCallback(async (after: string, before: readonly R[]) => {
    try {
      const page = await load(after);
      setState({ rows: [...before, ...page.rows], next: page.next });
    } catch (error) {
      setState((old) => ({ ...old, problem: error instanceof Problem ? error : new Problem(500, {}) }));
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  useEffect(() => void fetch("", []), [fetch]);
  const { rows, next, problem } = state;
  return { rows, problem: rows ? undefined : problem, more: next ? () => void fetch(next, rows ?? []) : undefined, reload: () => void fetch("", []) };
}

const PAUSE = 4_000;

/** What may pass by itself: nobody answered, or who answered could not ask. */
const passes = (problem: Problem | undefined) => problem !== undefined && (problem.offline || problem.status >= 500);

/** Asks again every few seconds while nobody answers. */
export function useRetry(problem: Problem | undefined, retry: () => void): boolean {
  const latest = useRef(retry);
  useEffect(() => { latest.current = retry; });
  const waits = passes(problem);
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => latest.current(), PAUSE);
    return () => clearInterval(timer);
  }, [waits]);
  return waits;
}

export function Failed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const t = useT();
  const say = useProblemText();
  const waits = useRetry(problem, onRetry);
  return <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={onRetry}>{t("try_again")}</Button>}>{say(problem)}{waits && ` ${t("asked_again")}`}</Empty>;
}

export function More({ more }: { more: (() => void) | undefined }) {
  const t = useT();
  return more ? <div className="bill-more"><Button onPress={more}>{t("more")}</Button></div> : null;
}
