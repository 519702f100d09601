/** What a failure says: by reason, in three languages; an unknown reason says what the server said. */
import { i18n } from "@lingui/core";
import { useLingui } from "@lingui/react";
import type { Problem } from "../api/problem";

function sentence(problem: Problem): string {
  const id = `i18n.${problem.reason}`;
  if (id in i18n.messages) return i18n._(id, problem.facts);
  const general = problem.status >= 500 ? "SERVER" : problem.status === 403 ? "FORBIDDEN" : problem.status === 404 ? "NOT_FOUND" : problem.status === 409 ? "STALE" : undefined;
  if (general) return i18n._(`i18n.${general}`, problem.facts);
  return problem.detail || problem.title || i18n._("i18n.SERVER");
}

/** Outside React, for toasts. */
export const problemText = sentence;

/** `const say = useProblemText(); <p>{say(problem)}</p>` */
export function useProblemText(): (problem: Problem) => string {
  useLingui();
  return sentence;
}
