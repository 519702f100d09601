import react from "@vitejs/plugin-react";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

/** Compiles the ICU texts at build time, so that no parser is shipped. */
function compiledTexts(): Plugin {
  return {
    name: "compiled-texts",
    enforce: "pre",
    transform(code, id) {
      if (!/\/texts\.\w+\.json$/.test(id)) return null;
      const texts = JSON.parse(code) as Record<string, string>;
      const compiled = Object.entries(texts).map(([key, text]) => [key, compileMessage(text)]);
      return { code: JSON.stringify(Object.fromEntries(compiled)), map: null };
    },
  };
}

/** React Aria says its own words in thirty languages; the desk speaks three, so the others need not be carried. */
function threeLanguages(): Plugin {
  return {
    name: "three-languages",
    enforce: "pre",
    transform(_, id) {
      const found = /\/(?:react-aria|react-stately|react-aria-components)\/.*\/intl\/\w+\/(\w\w)-\w\w\.mjs$/.exec(id);
      return found && !["en", "ru", "uk"].includes(found[1] ?? "") ? { code: 'export { default } from "./en-US.mjs";', map: null } : null;
    },
  };
}

const backend = process.env["ANTIPHON_BACKEND"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [compiledTexts(), threeLanguages(), react()],
  build: { target: "es2022", sourcemap: false, modulePreload: { polyfill: false }, assetsInlineLimit: 0, manifest: true },
  server: { proxy: { "/api": backend, "/rt": { target: backend, ws: true } } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
