// pkg-scripts/verify-in-node.mjs, which does with the package what the command does natively.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { KEYS, MESSAGE, PACKAGE } from "./support.mjs";

const path = (relative) => new URL(`../../${relative}`, import.meta.url).pathname;
const script = path("pkg-scripts/verify-in-node.mjs");
// The one built last: the other may be older than the sources.
const [program] = ["release", "debug"]
  .map((kind) => path(`target/${kind}/waxseal`))
  .filter(existsSync)
  .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);

const folder = mkdtempSync(join(tmpdir(), "waxseal-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const strings = (text) => text.match(/.{1,200}/g).map((part) => `"${part}"`).join(" ");
const zone = file(
  "keys.zone",
  Object.entries(KEYS).map(([name, key]) => `${name}. 300 IN TXT ${strings(key)}\n`).join(""),
);
const crlf = file("crlf.eml", MESSAGE);
const lf = file("lf.eml", MESSAGE.replaceAll("\r\n", "\n"));
const mixed = file("mixed.eml", MESSAGE.replace("Hi.\r\n", "Hi.\n"));
const changed = file("changed.eml", MESSAGE.replace("lost", "won"));
const unsigned = file("unsigned.eml", "Received: by x; Fri, 11 Jul 2003 21:00:37 -0700\r\nFrom: a@b.example\r\n\r\n");

function inNode(...words) {
  const run = spawnSync(process.execPath, [script, "--package", PACKAGE, ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

test("it prints the report, as text and as JSON", () => {
  const text = inNode(lf, zone, "--at", "1528637909");
  assert.equal(text.status, 0, text.err);
  assert.match(text.out, /lf\.eml: pass\n  pass  d=football\.example\.com s=brisbane ed25519-sha256/);
  const report = JSON.parse(inNode(crlf, zone, "--json", "--at", "1528637909").out);
  assert.equal(report.file, crlf);
  assert.equal(report.result, "pass");
  assert.equal(inNode(changed, zone).status, 1);
});

test("what is wrong with the call is told", () => {
  assert.equal(inNode(crlf).status, 64);
  assert.equal(inNode(crlf, zone, "--at", "noon").status, 64);
  assert.equal(inNode(crlf, zone, "--nonsense").status, 64);
  assert.equal(inNode(join(folder, "missing.eml"), zone).status, 66);
  const bad = inNode(crlf, file("bad.zone", 'a.example. IN TXT "never closed\n'));
  assert.notEqual(bad.status, 0);
  assert.match(bad.err, /line 1/);
});

test("its JSON is the command's, byte for byte", (t) => {
  if (!program) {
    console.log("skipped: neither target/release/waxseal nor target/debug/waxseal is there");
    t.skip();
    return;
  }
  for (const message of [crlf, lf, mixed, changed, unsigned]) {
    for (const at of ["1528637909", "received"]) {
      const words = ["verify", "--json", "--zone", zone, "--at", at, message];
      const native = spawnSync(program, words, { encoding: "utf8" });
      const found = inNode(message, zone, "--json", "--at", at);
      assert.equal(found.out, native.stdout, `${message} at ${at}: ${native.stderr}`);
      assert.equal(found.status, native.status);
    }
  }
});
