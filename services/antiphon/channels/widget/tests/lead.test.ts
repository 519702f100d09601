import { expect, test } from "vitest";
import { maybePhone, readLead, refusalOf, themeVars, utmOf } from "../src/lead/model";
import { words } from "../src/lead/texts";

const THEME = { background: "#101820", text: "#ffffff", accent: "#ffcc00", radius: 16, font: "serif" };

test("a site without a form, and what cannot be read, has none", () => {
  expect([null, {}, { lead: null }, { lead: [] }].map(readLead)).toEqual([null, null, null, null]);
  const found = readLead({ lead: { texts: { uk: { title: "Т", consent: "з" } }, privacy_url: "javascript:alert(1)", theme: { ...THEME, accent: "red;}" } } });
  expect(found).toEqual({ texts: { uk: { title: "Т", intro: "", consent: "з" } }, privacy_url: "", theme: null });
});

test("a design of one's own becomes variables, with words on the accent that can be read", () => {
  const theme = readLead({ lead: { texts: {}, theme: THEME } })?.theme;
  expect(theme).toEqual(THEME);
  const vars = themeVars(THEME);
  for (const part of ["--surface:#101820", "--accent:#ffcc00", "--on-accent:#000", "--radius:16px", "--font:Georgia"]) expect(vars).toContain(part);
});

test("tags of the visit are taken as sent, nothing else", () => {
  expect(utmOf("?utm_source=google&utm_term=a%20b&gclid=1&utm_id=2")).toEqual({ utm_source: "google", utm_term: "a b" });
});

test("numbers as people write them pass, words do not; refusals have words", () => {
  expect(["067 123 45 67", "+380 (67) 123-45-67", "12", "call me", ""].map(maybePhone)).toEqual([true, true, false, false, false]);
  expect(refusalOf(400, { reason: "INVALID", field: "phone" })).toBe("phone");
  expect([refusalOf(429, null), refusalOf(503, "x")]).toEqual(["tooFast", "failed"]);
  for (const t of Object.values(words)) expect(Object.values(t).every((word) => word && !word.includes("!"))).toBe(true);
});
