import { describe, expect, it } from "vitest";
import type * as T from "../../../api/types.gen";
import { asked, complete, faultOf, grouped, toSend } from "./interview";

const q = (id: string, type: T.AnswerType, extra: Partial<T.Question> = {}): T.Question => ({ id, text: id, type, choices: [], optional: false, only_if: "", only_if_answer: "", ...extra });
const QUESTIONS = [q("bought", "ANSWER_TYPE_YES_NO"), q("mark", "ANSWER_TYPE_NUMBER", { least: 1, most: 5, only_if: "bought", only_if_answer: "yes" }), q("why", "ANSWER_TYPE_TEXT", { only_if: "bought", only_if_answer: "no" }), q("more", "ANSWER_TYPE_TEXT", { optional: true })];
const ids = (answers: Record<string, string>) => asked(QUESTIONS, answers).map((one) => one.id);

describe("an interview", () => {
  it("follows its branches", () => {
    expect(ids({})).toEqual(["bought", "more"]);
    expect(ids({ bought: "yes" })).toEqual(["bought", "mark", "more"]);
    expect(ids({ bought: "no" })).toEqual(["bought", "why", "more"]);
  });
  it("does not follow an answer to a question that is not asked any more", () => {
    const chain = [...QUESTIONS, q("deep", "ANSWER_TYPE_TEXT", { only_if: "why", only_if_answer: "x" })];
    expect(asked(chain, { bought: "yes", why: "x" }).map((one) => one.id)).toEqual(["bought", "mark", "more"]);
  });
  it("names what is wrong", () => {
    const mark = QUESTIONS[1] as T.Question;
    expect(["", "x", "6", "4,5"].map((text) => faultOf(mark, text))).toEqual(["needed", "number", "range", ""]);
    expect(faultOf(q("d", "ANSWER_TYPE_DATE"), "tomorrow")).toBe("date");
  });
  it("sends only what was asked", () => {
    expect(toSend(QUESTIONS, { bought: "yes", mark: " 4,5 ", why: "old" })).toEqual({ bought: "yes", mark: "4.5" });
    expect([complete(QUESTIONS, { bought: "yes" }), complete(QUESTIONS, { bought: "yes", mark: "5" })]).toEqual([false, true]);
  });
});

it("puts refinements under what they refine", () => {
  const one = (code: string, parent = ""): T.DialerDisposition => ({ code, title: code, result: "RESULT_CLASS_REFUSAL", parent, with_amount: false });
  expect(grouped([one("no"), one("dear", "no"), one("later")]).map(({ top, subs }) => [top.code, subs.map((sub) => sub.code)])).toEqual([["no", ["dear"]], ["later", []]]);
});
