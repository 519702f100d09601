// Prints the gzipped JavaScript the desk route needs at first, and fails over the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 205;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const wanted = ["index.html", "src/pages/desk/DeskPage.tsx", ...["i18n", "ui", "shell", "pages/desk"].map((area) => `src/${area}/texts.en.json`)];
const seen = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return;
  seen.add(chunk.file);
  (chunk.imports ?? []).forEach(visit);
};
wanted.forEach(visit);
let total = 0;
for (const file of [...seen].filter((name) => name.endsWith(".js"))) {
  const bytes = gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB  ${file}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(8)} KB  desk route, of ${BUDGET_KB} KB`);
if (total / 1024 > BUDGET_KB) process.exit(1);
