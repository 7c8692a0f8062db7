// What is deployed: what `wrangler deploy --dry-run` has built, and that the sources are what they say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { PROJECT } from "./support.mjs";

const manifest = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
const sources = readdirSync(join(PROJECT, "src")).map((name) => readFileSync(join(PROJECT, "src", name), "utf8"));
const readme = readFileSync(join(PROJECT, "README.md"), "utf8");

test("it is far below the limit of the free plan, 3 MB gzipped", () => {
  const files = readdirSync(join(PROJECT, "dist")).filter((name) => /\.(js|wasm)$/.test(name));
  assert.ok(files.some((name) => name.endsWith(".wasm")), "the module is a file of its own, which the platform compiles");
  const octets = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(PROJECT, "dist", name))).length, 0);
  assert.ok(octets > 100_000 && octets < 1_000_000, `${octets} octets`);
});

test("it needs nothing at run time but waxseal, and no compatibility with Node", () => {
  assert.deepEqual(Object.keys(manifest.dependencies), ["waxseal"]);
  const bundle = readFileSync(join(PROJECT, "dist/index.js"), "utf8");
  assert.doesNotMatch(bundle, /from "node:|require\("node:|__require\("/);
  for (const source of sources) {
    for (const [, from] of source.matchAll(/from "([^"]+)"/g)) assert.match(from, /^(waxseal(\/doh)?|\.\/[a-z-]+\.js)$/);
  }
});

test("its types are right", () => {
  execFileSync(join(PROJECT, "node_modules/.bin/tsc"), { cwd: PROJECT, stdio: ["ignore", "inherit", "inherit"] });
});

test("every binding that is read stands in the README, and no other", () => {
  const config = readFileSync(join(PROJECT, "src/config.js"), "utf8");
  const read = [...config.matchAll(/env, "([A-Z_]+)"/g)].map(([, name]) => name);
  const named = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...new Set([...read, "SIGNATURES"])].sort());
});

test("what the README's links and wrangler.toml name is there", () => {
  for (const [, path] of readme.matchAll(/\]\(([\w./-]+)\)/g)) {
    if (!path.startsWith("..")) assert.ok(existsSync(join(PROJECT, path)), path);
  }
  const wrangler = readFileSync(join(PROJECT, "wrangler.toml"), "utf8");
  const [, main] = /^main = "(.*)"$/m.exec(wrangler);
  assert.ok(existsSync(join(PROJECT, main)));
  assert.match(wrangler, /^compatibility_date = "\d{4}-\d\d-\d\d"$/m);
});
