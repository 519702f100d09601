import { describe, expect, it } from "vitest";
import type * as T from "../api/types.gen";
import { amountOf, beside, columnsOf, keyOf, moneyOf, neighbour, sumsOf } from "./model";

const stage = (key: string, state: T.DealState): T.DealStage => ({ key, name: key, state });
const pipeline: T.Pipeline = { id: "sales", name: "Sales", stages: [stage("new", "DEAL_STATE_OPEN"), stage("talks", "DEAL_STATE_OPEN"), stage("won", "DEAL_STATE_WON"), stage("lost", "DEAL_STATE_LOST")] };
const deal = (id: string, at: string, micros = "", currency = "UAH") => ({ id, stage: at, pipeline_id: "sales", ...(micros ? { amount: { currency, micros } } : {}) }) as T.Deal;

describe("deals", () => {
  const columns = columnsOf(pipeline, [deal("a", "new", "1500000"), deal("b", "new", "2000000", "EUR"), deal("c", "won", "9000000"), deal("d", "gone")]);
  it("stand in the column of their stage, and never out of sight", () => {
    expect(columns.map((one) => one.deals.map(({ id }) => id))).toEqual([["a", "b", "d"], [], ["c"], []]);
  });
  it("sum up by currency", () => {
    expect(columns[0]?.sums).toEqual([{ currency: "EUR", amount: 2 }, { currency: "UAH", amount: 1.5 }]);
    expect(sumsOf([])).toEqual([]);
  });
  it("are walked by arrows over empty columns", () => {
    expect(neighbour(columns, "a", "ArrowDown")).toBe("b");
    expect(neighbour(columns, "a", "ArrowUp")).toBeUndefined();
    expect(neighbour(columns, "b", "ArrowRight")).toBe("c");
    expect(neighbour(columns, "c", "ArrowLeft")).toBe("a");
    expect(neighbour(columns, "c", "ArrowRight")).toBeUndefined();
    expect(neighbour(columns, "nobody", "ArrowDown")).toBeUndefined();
  });
  it("move to the stage beside", () => {
    expect(beside(pipeline, "new", 1)?.key).toBe("talks");
    expect(beside(pipeline, "new", -1)).toBeUndefined();
    expect(beside(pipeline, "gone", 1)).toBeUndefined();
  });
  it("keep amounts exact to the micro-unit", () => {
    expect(moneyOf(0.1 + 0.2, "UAH")).toEqual({ currency: "UAH", micros: "300000" });
    expect(moneyOf(NaN, "UAH")).toBeUndefined();
    expect(amountOf(deal("a", "new", "999999999999999"))).toBe(999999999.999999);
    expect(amountOf(deal("a", "new"))).toBeUndefined();
  });
  it("get keys of their own", () => {
    expect(keyOf("In talks", [], "stage")).toBe("in_talks");
    expect(keyOf("Переговоры", ["stage"], "stage")).toBe("stage_2");
  });
});
