import { expect, test } from "vitest";
import { begun, complete, mentionsIn, suggest } from "./model";

const PEOPLE = [{ id: "1", name: "Anna" }, { id: "2", name: "Anna Lee" }, { id: "3", name: "Оксана Мельник" }];

test("who is named is found by the longest name", () => {
  expect(mentionsIn("@Anna Lee, and @оксана мельник!", PEOPLE).sort()).toEqual(["2", "3"]);
  expect(mentionsIn("@Anna: yes; @Annabel: no; anna: no", PEOPLE)).toEqual(["1"]);
  expect(mentionsIn("mail@nobody", PEOPLE)).toEqual([]);
});

test("a name is completed while it is written", () => {
  expect(begun("hello @мел")).toBe("мел");
  expect(begun("hello")).toBeUndefined();
  expect(suggest("hi @мел", PEOPLE).map((one) => one.id)).toEqual(["3"]);
  expect(suggest("hi @an", PEOPLE).map((one) => one.id)).toEqual(["1", "2"]);
  expect(complete("hi @an", "Anna Lee")).toBe("hi @Anna Lee ");
});
