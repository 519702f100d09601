import { defineConfig } from "vitest/config";

/** One classic script: it is put on other people's pages, so nothing is split and nothing is imported. */
export default defineConfig({
  build: {
    target: ["chrome108", "firefox110", "safari15.4"],
    lib: { entry: "src/main.ts", formats: ["iife"], name: "AntiphonWidget", fileName: () => "widget.js" },
    sourcemap: true,
    reportCompressedSize: false,
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
