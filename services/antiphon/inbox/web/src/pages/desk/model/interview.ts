/** The questionnaire of a campaign during the call: which questions are asked, and what is wrong. The service says the same. Pure. */
import type * as T from "../../../api/types.gen";

export type AnswerFault = "needed" | "number" | "range" | "date" | "";

/** Questions that are asked after these answers, in their order. */
export function asked(questions: readonly T.Question[], answers: Readonly<Record<string, string>>): T.Question[] {
  const given = new Map<string, string>();
  return questions.filter((one) => {
    const is = !one.only_if || given.get(one.only_if) === one.only_if_answer;
    const answer = answers[one.id]?.trim();
    if (is && answer) given.set(one.id, answer);
    return is;
  });
}

export function faultOf(question: T.Question, answer: string): AnswerFault {
  const text = answer.trim();
  if (!text) return question.optional ? "" : "needed";
  if (question.type === "ANSWER_TYPE_NUMBER") {
    const value = Number(text.replace(",", "."));
    if (Number.isNaN(value)) return "number";
    return value < (question.least ?? -Infinity) || value > (question.most ?? Infinity) ? "range" : "";
  }
  return question.type === "ANSWER_TYPE_DATE" && Number.isNaN(Date.parse(text)) ? "date" : "";
}

/** Only what was asked and answered, as it is sent. */
export function toSend(questions: readonly T.Question[], answers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(asked(questions, answers).flatMap((one) => {
    const text = (answers[one.id] ?? "").trim();
    return text ? [[one.id, one.type === "ANSWER_TYPE_NUMBER" ? text.replace(",", ".") : text]] : [];
  }));
}

/** The whole interview may be stored: something was answered and nothing is wrong. */
export const complete = (questions: readonly T.Question[], answers: Readonly<Record<string, string>>): boolean => asked(questions, answers).every((one) => !faultOf(one, answers[one.id] ?? ""));

/** Results as they are chosen: those that refine another one stand under it. */
export function grouped(list: readonly T.DialerDisposition[]): { top: T.DialerDisposition; subs: T.DialerDisposition[] }[] {
  return list.filter((one) => !one.parent).map((top) => ({ top, subs: list.filter((one) => one.parent === top.code) }));
}
