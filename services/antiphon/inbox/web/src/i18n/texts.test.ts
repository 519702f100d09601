import { compileMessage } from "@lingui/message-utils/compileMessage";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const areas = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("texts.en.json")).map((name) => name.replace("/texts.en.json", ""));
const read = (area: string, language: string) => JSON.parse(readFileSync(join(root, area, `texts.${language}.json`), "utf8")) as Record<string, string>;
type Token = string | [name: string, kind?: string, options?: Record<string, unknown>];

function names(message: unknown): string[] {
  if (!Array.isArray(message)) return [];
  return (message as Token[]).flatMap((token) => (Array.isArray(token) ? [token[0], ...Object.values(token[2] ?? {}).flatMap(names)] : [])).filter((name) => name !== "#");
}

describe.each(areas)("texts of %s", (area) => {
  const source = read(area, "en");
  it.each(["ru", "uk"])("are complete in %s", (language) => {
    const texts = read(area, language);
    expect(Object.keys(texts).sort()).toEqual(Object.keys(source).sort());
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe("");
      expect([...new Set(names(compileMessage(text)))].sort(), key).toEqual([...new Set(names(compileMessage(source[key] ?? "")))].sort());
      if (text.includes(", plural,")) expect(text, `${key}: plural forms`).toMatch(/one \{.*few \{.*many \{.*other \{/s);
    }
  });
  it("keep the tone: no exclamation marks, no please", () => {
    for (const text of ["en", "ru", "uk"].flatMap((language) => Object.values(read(area, language)))) {
      expect(text).not.toMatch(/!|\bplease\b|пожалуйста|будь ласка/i);
    }
  });
});
