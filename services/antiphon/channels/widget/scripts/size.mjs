// Prints the sizes of the built scripts and fails when one is over its budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

for (const [name, budget] of [["widget.js", 25], ["lead.js", 8]]) {
  const code = readFileSync(new URL(`../dist/${name}`, import.meta.url));
  const packed = gzipSync(code, { level: 9 }).length / 1024;
  const line = `${name}: ${(code.length / 1024).toFixed(1)} KB, gzip ${packed.toFixed(2)} KB of ${budget} KB`;
  if (packed > budget) {
    console.error(`${line}: over the budget`);
    process.exit(1);
  }
  console.log(line);
}
