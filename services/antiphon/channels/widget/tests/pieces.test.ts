import { describe, expect, test } from "vitest";
import { accentOf, contrast, parseColour } from "../src/colour";
import { readFrame, textLength } from "../src/protocol";
import { acceptText, estimateText, fileSize, pickLanguage, texts } from "../src/texts";
import { accepted, refuse, uploadReason } from "../src/uploads";
import { fieldError } from "../src/view/form";
import { findLinks } from "../src/view/links";

describe("links", () => {
  const hrefs = (text: string) => findLinks(text).flatMap((p) => p.href ?? []);
  test.each([
    ["see https://example.com/a?b=1&c=2.", ["https://example.com/a?b=1&c=2"]],
    ["(https://example.com/x_(y))", ["https://example.com/x_(y)"]],
    ["www.example.com, ok", ["https://www.example.com/"]],
    ["«https://приклад.укр/шлях»", ["https://xn--80aikifvh.xn--j1amh/%D1%88%D0%BB%D1%8F%D1%85"]],
    ["javascript:alert(1) data:text/html,x", []],
    ["https://bank.com@evil.example/", []],
    ["http://[oops", []],
  ])("%s", (text, expected) => {
    expect(hrefs(text)).toEqual(expected);
  });
  test("loses no character", () => {
    for (const text of ["a https://x.io/1). b", "https://x.io", "", "нет 🙂 ссылок", "https://a.b@c https://d.io!"]) {
      expect(findLinks(text).map((p) => p.text).join("")).toBe(text);
    }
  });
});

describe("accent", () => {
  test.each(["#ffee00", "#ffffff", "#000000", "#0b6375", "#7f7f7f", "#ff0000", "#00ff88", "#c0c0ff", "abc"])("%s stays readable", (c) => {
    for (const dark of [false, true]) {
      const a = accentOf(c, dark);
      if (!a) throw new Error("no accent");
      const p = (v: string) => parseColour(v) as [number, number, number];
      const surface = p(dark ? "#1a1e22" : "#ffffff");
      const text = p(dark ? "#e7eaec" : "#192026");
      const quiet = p(dark ? "#9aa4ab" : "#5a656d");
      expect(contrast(p(a.onAccent), p(a.accent))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(p(a.onAccent), p(a.accentHover))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(p(a.accent), surface)).toBeGreaterThanOrEqual(3);
      for (const ground of [surface, p(a.accentSoft), p(a.bubbleOut)]) {
        expect(contrast(p(a.accentText), ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(text, ground)).toBeGreaterThanOrEqual(7);
      }
      expect(contrast(quiet, surface)).toBeGreaterThanOrEqual(4.5);
    }
  });
  test("what is not a colour is ignored", () => {
    expect(accentOf("red;}*{display:none", false)).toBeNull();
    expect(accentOf("", true)).toBeNull();
  });
});

describe("files", () => {
  const limits = { max_upload_mb: 1, accept: ["image/*", "application/pdf", ".docx"] };
  test("limits are told before anything is sent", () => {
    expect(refuse({ name: "a.png", size: 10, type: "image/png" }, limits)).toBeNull();
    expect(refuse({ name: "A.DOCX", size: 10, type: "" }, limits)).toBeNull();
    expect(refuse({ name: "a.pdf", size: 10, type: "" }, limits)).toBeNull();
    expect(refuse({ name: "a.exe", size: 10, type: "application/x-msdownload" }, limits)).toBe("TYPE_REFUSED");
    expect(refuse({ name: "a.png", size: 2_000_000, type: "image/png" }, limits)).toBe("TOO_LARGE");
    expect(refuse({ name: "a.png", size: 0, type: "image/png" }, limits)).toBe("EMPTY");
    expect(accepted("anything", "", [])).toBe(true);
  });
  test("the server's reasons, and a proxy's bare status", () => {
    expect(uploadReason(415, '{"reason":"TYPE_REFUSED","detail":""}')).toBe("TYPE_REFUSED");
    expect(uploadReason(413, "<html>")).toBe("TOO_LARGE");
    expect(uploadReason(0, "")).toBe("NETWORK");
    expect(uploadReason(500, "{}")).toBe("FAILED");
  });
});

describe("texts", () => {
  test("all languages have all texts with the same blanks", () => {
    const blanks = (s: string) => [...s.matchAll(/\{\w+\}/g)].map((x) => x[0]).sort();
    const en = texts("en");
    for (const language of ["ru", "uk"] as const) {
      for (const [key, value] of Object.entries(texts(language))) {
        expect(value, key).not.toBe("");
        expect(blanks(value), `${language} ${key}`).toEqual(blanks(en[key as keyof typeof en]));
      }
    }
  });
  test("language, sizes, estimates, kinds", () => {
    expect(pickLanguage([null, "de", "uk-UA", "ru"])).toBe("uk");
    expect(pickLanguage(["ua"])).toBe("uk");
    expect(pickLanguage([])).toBe("en");
    expect(fileSize(188_416, "uk", texts("uk"))).toBe("184\u00a0КБ");
    expect(fileSize(1_600_000, "ru", texts("ru"))).toBe("1,5\u00a0МБ");
    expect(estimateText([60, 120], texts("en"))).toBe("About 1–2 min.");
    expect(estimateText([61, 119], texts("en"))).toBe("About 2 min.");
    expect(estimateText([0, 30], texts("en"))).toBe("Less than a minute.");
    expect(acceptText(["image/*", "application/pdf"], texts("en"))).toBe("pictures, PDF");
  });
});

describe("frames", () => {
  test("what is broken or unknown is passed by", () => {
    for (const raw of ["", "null", "[]", "{", '{"t":"new_thing"}', '{"t":"msg","m":{}}']) expect(readFrame(raw)).toBeNull();
  });
  test("addresses of files are resolved against the server and only http(s) is kept", () => {
    const f = readFrame('{"t":"msg","m":{"seq":1,"attachments":[{"id":1,"url":"/f/1"},{"id":2,"url":"javascript:alert(1)"}]}}', "http://h/widget/socket");
    expect(f?.t === "msg" && f.m.attachments.map((a) => a.url)).toEqual(["http://h/f/1", ""]);
  });
  test("length is counted as people see it", () => {
    expect(textLength("🙂é")).toBe(2);
  });
});

describe("form", () => {
  test("says what is wrong and what is right", () => {
    const t = texts("en");
    expect(fieldError("tel", "+380 63 555-01-20", true, t)).toBeNull();
    expect(fieldError("tel", "12", true, t)).toBe(t.badPhone);
    expect(fieldError("text", " ", true, t)).toBe(t.needed);
    expect(fieldError("email", "", false, t)).toBeNull();
    expect(fieldError("email", "a@b", false, t)).toBe(t.badEmail);
  });
});
