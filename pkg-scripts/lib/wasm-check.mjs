// node wasm-check.mjs MODULE [TEXT]...
// A module that runs on every host imports nothing but its glue, and says
// nothing about the machine it was built on: fails on an import from "env" or
// WASI, and on any TEXT (a path) in its bytes.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const [file, ...texts] = process.argv.slice(2);
const bytes = readFileSync(file);
const modules = new Set(WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => i.module));

const faults = [];
for (const name of modules) {
  if (name === "env" || name.startsWith("wasi")) faults.push(`imports from "${name}": something in it needs a system`);
}
for (const text of texts) {
  // "/" or "" as home or folder would be found in any module
  if (text.length < 4) continue;
  const at = bytes.indexOf(text);
  if (at >= 0) {
    const around = bytes.subarray(at, at + 120).toString("latin1").replace(/[^\x20-\x7e].*/s, "");
    faults.push(`holds a path of this machine: ${around}`);
  }
}

for (const fault of faults) console.error(`${basename(file)}: ${fault}`);
if (faults.length) process.exit(1);
console.error(`${basename(file)}: imports from ${[...modules].join(", ") || "nothing"}; no env, no WASI${texts.length ? ", no path of this machine" : ""}`);
