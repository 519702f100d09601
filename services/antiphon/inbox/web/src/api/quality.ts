/** Scorecards and evaluations: asked by lazy pages only, so they are no part of what the desk loads first. */
import { get, post, put } from "./client";
import type * as T from "./types.gen";

const id = encodeURIComponent;

export const quality = {
  scorecards: (include_archived = false) => get<T.ListScorecardsResponse>("/scorecards", { include_archived }),
  saveScorecard: (scorecard: Partial<T.Scorecard>) => (scorecard.id ? put<T.PutScorecardResponse>(`/scorecards/${id(scorecard.id)}`, { scorecard }) : post<T.PutScorecardResponse>("/scorecards", { scorecard })),
  archive: (scorecard: string, archived: boolean) => post<T.ArchiveScorecardResponse>(`/scorecards/${id(scorecard)}/archive`, { archived }),
  evaluate: (body: T.EvaluateRequest) => post<T.EvaluateResponse>("/evaluations", body),
  evaluations: (query: T.ListEvaluationsRequest) => get<T.ListEvaluationsResponse>("/evaluations", { ...query }),
  acknowledge: (evaluation: string) => post<T.AcknowledgeEvaluationResponse>(`/evaluations/${id(evaluation)}/acknowledge`),
  report: (query: T.GetQualityReportRequest) => get<T.GetQualityReportResponse>("/quality", { ...query }),
};
