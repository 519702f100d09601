import { expect, test } from "vitest";
import { done, firstPassword, hoursAreGood, nextStep, originOf, reception, stepsOf, week, type Known } from "./steps";

const EMPTY: Known = { sold: false, funded: false, plan: false, numbers: 0, passed: new Set(), queues: 0, people: 1, chats: 0, answered: false };

test("whoever comes back goes on where the records say", () => {
  expect(nextStep(done(EMPTY))).toBe("company");
  expect(nextStep(done({ ...EMPTY, passed: new Set(["company"]) }))).toBe("queue");
  expect(nextStep(done({ ...EMPTY, queues: 1 }))).toBe("people");
  expect(nextStep(done({ ...EMPTY, queues: 1, people: 3 }))).toBe("chat");
  expect(nextStep(done({ ...EMPTY, queues: 1, people: 3, chats: 1 }))).toBe("first");
  expect(stepsOf(false).every((step) => done({ ...EMPTY, queues: 1, people: 3, chats: 1, answered: true })[step])).toBe(true);
});

test("where an operator sells, money and a plan come before customers; a number may come later", () => {
  const at = (known: Partial<Known>) => nextStep(done({ ...EMPTY, ...known }), true);
  expect(stepsOf(true)).toHaveLength(8);
  expect(at({ passed: new Set(["company"]) })).toBe("fund");
  expect(at({ passed: new Set(["company"]), funded: true })).toBe("plan");
  expect(at({ queues: 1 })).toBe("fund"); // skipping ahead does not help
  expect(at({ queues: 1, plan: true })).toBe("number"); // the money is spent, the plan is there
  expect(at({ queues: 1, plan: true, passed: new Set(["number"]) })).toBe("people");
  expect(nextStep(done({ ...EMPTY, queues: 1 }), false)).toBe("people");
});

test("hours are whole days of a week", () => {
  expect(week({ first: 1, last: 2, from: "09:00", to: "00:00" })).toEqual([{ weekday: 1, spans: [{ from: "09:00", to: "24:00" }] }, { weekday: 2, spans: [{ from: "09:00", to: "24:00" }] }]);
  expect(hoursAreGood({ first: 1, last: 5, from: "18:00", to: "09:00" })).toBe(false);
  expect(hoursAreGood({ first: 5, last: 1, from: "09:00", to: "18:00" })).toBe(false);
});

test("a site is its origin", () => {
  expect(originOf(" shop.example/page?x ")).toBe("https://shop.example");
  expect(originOf("http://localhost:8080/a")).toBe("http://localhost:8080");
  expect([originOf("shop"), originOf("not a site")]).toEqual(["", ""]);
});

test("the company's language is the scheme's first, and a first password keeps the rules", () => {
  expect(reception("q", "c", "uk", { en: "a", ru: "b", uk: "c" }, {})["languages"]).toEqual(["uk", "en", "ru"]);
  const password = firstPassword((below) => Math.floor(below / 2));
  expect(password).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w]).{16}$/);
});
