// Prints the size of the built widget and fails when it is over the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 25;
const code = readFileSync(new URL("../dist/widget.js", import.meta.url));
const packed = gzipSync(code, { level: 9 }).length / 1024;
const line = `widget.js: ${(code.length / 1024).toFixed(1)} KB, gzip ${packed.toFixed(2)} KB of ${BUDGET_KB} KB`;
if (packed > BUDGET_KB) {
  console.error(`${line}: over the budget`);
  process.exit(1);
}
console.log(line);
