import { defineConfig } from "vitest/config";

/** The lead catcher's form: a script of its own, which the widget loads only where a site has one. */
export default defineConfig({
  build: {
    target: ["chrome108", "firefox110", "safari15.4"],
    lib: { entry: "src/lead/main.ts", formats: ["iife"], name: "AntiphonLead", fileName: () => "lead.js" },
    emptyOutDir: false,
    sourcemap: true,
    reportCompressedSize: false,
  },
});
