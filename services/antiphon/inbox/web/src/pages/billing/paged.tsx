/** Lists that grow by pages and load anew with each round. */
import { useCallback, useEffect, useState } from "react";
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

export function Failed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const t = useT();
  const say = useProblemText();
  return <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={onRetry}>{t("try_again")}</Button>}>{say(problem)}</Empty>;
}

export function More({ more }: { more: (() => void) | undefined }) {
  const t = useT();
  return more ? <div className="bill-more"><Button onPress={more}>{t("more")}</Button></div> : null;
}
