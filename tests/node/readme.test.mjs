// The JavaScript examples of the README, run as they stand, with the package installed by name.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");

/** The ```js blocks of a Markdown file. */
function examples(file) {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]);
}

test("the README's example prints what its comments say", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-readme-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(ROOT, "target/npm"), join(folder, "node_modules/waxseal"));
  symlinkSync(join(ROOT, "docs"), join(folder, "docs"));

  const [example] = examples("README.md");
  writeFileSync(join(folder, "example.mjs"), example);
  const printed = execFileSync("node", ["example.mjs"], { cwd: folder, encoding: "utf8" });
  const promised = [...example.matchAll(/console\.log\(.*\/\/ "(.*)"$/gm)].map((match) => match[1]);
  assert.ok(promised.length > 0);
  assert.deepEqual(printed.trimEnd().split("\n"), promised);
});
