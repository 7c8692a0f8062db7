// node wasm-imports.mjs GLUE MODULE
// wasm-bindgen tells the functions that a module imports apart by hashes, which
// nothing compresses. Here they are numbered instead, in both files, digit for
// digit: no other octet moves.
import { readFileSync, writeFileSync } from "node:fs";

const [glueFile, moduleFile] = process.argv.slice(2);
let glue = readFileSync(glueFile, "utf8");
let module = readFileSync(moduleFile, "latin1");

const HASH = 16;
const names = new Set(glue.match(/\b__wbg_\w+_[0-9a-f]{16}(?=:)/g));
if (names.size === 0) throw new Error(`there are no hashes in ${glueFile}: wasm-bindgen writes it otherwise by now`);
for (const [number, name] of [...names].sort().entries()) {
  const numbered = name.slice(0, -HASH) + String(number).padStart(HASH, "0");
  const parts = module.split(name);
  if (parts.length < 2) throw new Error(`${moduleFile} does not import ${name}`);
  module = parts.join(numbered);
  glue = glue.replaceAll(name, numbered);
}
writeFileSync(glueFile, glue);
writeFileSync(moduleFile, module, "latin1");
