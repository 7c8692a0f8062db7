// The JavaScript examples of the README, run as they stand, with the package installed by name.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { PRELUDE, ROOT, installed } from "./readme-support.mjs";

/** The ```js blocks of a Markdown file. */
function examples(file) {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]);
}

/**
 * Runs an example; its first lines must be what its comments say, of which … stands for anything.
 * Gives the number of lines printed and promised.
 */
function check(example, folder, prelude = "") {
  writeFileSync(join(folder, "example.mjs"), prelude + example);
  const printed = execFileSync("node", ["example.mjs"], { cwd: folder, encoding: "utf8" });
  const lines = printed.split("\n").slice(0, -1);
  const promised = [...example.matchAll(/console\.log\(.*\/\/ "(.*)"$/gm)].map((match) => match[1]);
  for (const [index, line] of promised.entries()) {
    const [start, ...end] = line.split("…");
    const found = lines[index] ?? "";
    const isSo = end.length ? found.startsWith(start) && found.endsWith(end[0]) : found === line;
    assert.ok(isSo, `promised: ${line}\nprinted: ${printed}`);
  }
  return [lines.length, promised.length];
}

test("the README's examples print what their comments say", (context) => {
  const folder = installed(context);
  const found = examples("README.md");
  assert.ok(found.length >= 2);
  for (const example of found) {
    const [printed, promised] = check(example, folder);
    assert.ok(promised > 0);
    assert.equal(printed, promised);
  }
});

test("the examples of the package's README run, and print what their comments say", (context) => {
  const all = examples("pkg-scripts/npm/README.md");
  assert.equal(all.length, 10);
  const folder = installed(context);
  const counts = all.map((example) => check(example, folder, PRELUDE));
  assert.deepEqual(counts, [[3, 1], [0, 0], [1, 1], [1, 1], [0, 0], [4, 4], [3, 3], [2, 2], [1, 1], [0, 0]]);
});
