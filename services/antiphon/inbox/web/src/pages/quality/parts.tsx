/** What the tabs share. */
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { quality } from "../../api/quality";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { useT } from "./texts";

/** Tenths of a percent as a percentage; "–" of nothing. */
export const scoreText = (score: number | undefined): string => (score === undefined ? "–" : `${number(score / 10, 1)} %`);

export function Failed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const t = useT();
  const say = useProblemText();
  return <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={onRetry}>{t("try_again")}</Button>}>{say(problem)}</Empty>;
}

export function useName(): (person: string) => string {
  const t = useT();
  const people = useDesk((state) => state.people);
  return (person) => people[person]?.name ?? (person ? person : t("nobody"));
}

/** Pages so far; `key` says which list it is. */
export function useEvaluations(query: T.ListEvaluationsRequest) {
  const key = JSON.stringify(query);
  const [state, setState] = useState<{ key: string; rows?: readonly T.Evaluation[]; next?: string; problem?: Problem }>({ key });
  const [round, setRound] = useState(0);
  const load = useCallback(async (page: string, before: readonly T.Evaluation[]) => {
    try {
      const answer = await quality.evaluations({ ...(JSON.parse(key) as T.ListEvaluationsRequest), limit: 50, ...(page ? { page } : {}) });
      setState({ key, rows: [...before, ...answer.evaluations], next: answer.next_page });
    } catch (error) {
      setState((old) => ({ ...(old.key === key ? old : { key }), problem: error instanceof Problem ? error : new Problem(500, {}) }));
    }
  }, [key]);
  useEffect(() => void load("", []), [load, round]);
  const now = state.key === key ? state : undefined;
  return {
    rows: now?.rows, problem: now?.rows ? undefined : now?.problem, reload: useCallback(() => setRound((old) => old + 1), []),
    more: now?.next ? () => void load(now.next ?? "", now.rows ?? []) : undefined,
  };
}

/** One judgement by its criteria. */
function Answers({ card, judgement }: { card: T.Scorecard; judgement: T.Judgement }) {
  const t = useT();
  return <dl className="qu-answers">{card.criteria.map((one) => {
    const points = judgement.points[one.id] ?? 0;
    return <div key={one.id}><dt>{one.name}{one.fatal && <> <Chip kind="warn">{t("fatal")}</Chip></>}</dt><dd className="nw">{one.scale === 1 ? t(points ? "yes" : "no") : t("points_of", { points: number(points), scale: number(one.scale) })}</dd></div>;
  })}</dl>;
}

/** The whole of an evaluation: what holds, what was said before, and whether it was read. */
export function EvaluationCard({ it, children }: { it: T.Evaluation; children?: ReactNode }) {
  const t = useT();
  const name = useName();
  const { judgement, scorecard } = it;
  if (!judgement || !scorecard) return null;
  return (
    <article className="card qu-card" aria-label={t("evaluation_by", { name: name(it.evaluator_id) })}>
      <header><h3 className="grow">{scorecard.name}</h3><span className="qu-score">{scoreText(judgement.score)}</span></header>
      <div className="body form">
        <Answers card={scorecard} judgement={judgement} />
        {judgement.comment && <p className="qu-comment" dir="auto">{judgement.comment}</p>}
        <p className="sm mid">{t("made_by", { name: name(it.evaluator_id), at: it.made_at ? moment(it.made_at) : "–" })} · {t("version", { version: scorecard.version })}</p>
        {it.earlier.length > 0 && <details><summary className="sm">{t("earlier", { count: it.earlier.length })}</summary><ol className="qu-earlier">{it.earlier.map((one) => <li key={one.at} className="sm"><span className="m">{scoreText(one.score)}</span> <span className="mid">{one.at ? moment(one.at) : ""}</span>{one.comment && <p dir="auto">{one.comment}</p>}</li>)}</ol></details>}
        {it.acknowledged_at ? <p className="sm"><Chip kind="ok">{t("read_at", { at: moment(it.acknowledged_at) })}</Chip></p> : children || <p className="sm"><Chip>{t("unread")}</Chip></p>}
      </div>
    </article>
  );
}
