import { expect, test } from "vitest";
import type * as T from "../../api/types.gen";
import { ceiling, pieces } from "../../ui/Chart";
import { chartStep, columnsOf } from "./report";
import { addDays, dayOf, spanOf, startOf } from "./zoned";

test("a day begins at midnight of the company's clock, also where clocks change", () => {
  expect(startOf("2026-03-29", "Europe/Kyiv")).toBe("2026-03-28T22:00:00.000Z");
  expect(startOf("2026-03-30", "Europe/Kyiv")).toBe("2026-03-29T21:00:00.000Z");
  expect(startOf("2026-10-26", "Europe/Kyiv")).toBe("2026-10-25T22:00:00.000Z");
  expect(dayOf(Date.parse("2026-03-01T22:30:00Z"), "Europe/Kyiv")).toBe("2026-03-02");
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
});

test("a period is whole days", () => {
  const now = Date.parse("2026-03-30T09:00:00Z");
  expect(spanOf("today", "", "", "Europe/Kyiv", now)).toEqual({ since: "2026-03-29T21:00:00.000Z", until: "2026-03-30T21:00:00.000Z", days: 1 });
  expect(spanOf("week", "", "", "Europe/Kyiv", now)).toMatchObject({ since: "2026-03-23T22:00:00.000Z", days: 7 });
  expect(spanOf("custom", "2026-03-05", "2026-03-01", "UTC", now)).toMatchObject({ since: "2026-03-05T00:00:00.000Z", days: 1 });
});

test("a chart has round lines, and holes where nothing was", () => {
  expect([0, 1, 4, 5, 9, 37, 410, 1234].map(ceiling)).toEqual([4, 4, 4, 8, 12, 40, 800, 1600]);
  expect(pieces([1, 0.5, undefined, 0])).toEqual(["0.5,0 1.5,50", "3.5,100"]);
  expect([chartStep(1), chartStep(30), chartStep(300)]).toEqual(["STEP_HOUR", "STEP_DAY", "STEP_MONTH"]);
});

test("agents' rows have their time, and marks show where somebody gave one", () => {
  const rated = { rated: 2 } as T.Figures;
  expect(columnsOf(["DIMENSION_AGENT"], rated).map((one) => one.id)).toEqual(expect.arrayContaining(["occupancy", "csat"]));
  expect(columnsOf(["DIMENSION_QUEUE"], undefined).some((one) => one.id === "csat")).toBe(false);
});

test("sales show where anything was sold, each currency by itself", () => {
  const sold = { rated: 0, sold: 1, sales: 2, conversion: 0.25, sold_amounts: [{ currency: "UAH", micros: "1500000" }, { currency: "EUR", micros: "20000000" }] } as unknown as T.Figures;
  const columns = columnsOf(["DIMENSION_CAMPAIGN"], sold);
  expect(columns.map((one) => one.id)).toEqual(expect.arrayContaining(["sold", "conversion", "sales", "sold_amounts"]));
  expect(columns.find((one) => one.id === "sold")?.opens).toBe("FIGURE_SOLD");
  expect(columns.find((one) => one.id === "sold_amounts")?.text(sold)).toContain(" · ");
  expect(columnsOf(["DIMENSION_CAMPAIGN"], { rated: 0, sold: 0 } as T.Figures).some((one) => one.id === "conversion")).toBe(false);
});
