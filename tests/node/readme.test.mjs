// The JavaScript examples of the README, run as they stand, with the package installed by name.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

import { BRISBANE, KEYS, TEST } from "./support.mjs";

const ROOT = resolve(import.meta.dirname, "../..");

/** The ```js blocks of a Markdown file. */
function examples(file) {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]);
}

/** A folder where the package is installed by its name; it is gone after the test. */
function installed(context) {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-readme-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(ROOT, "target/npm"), join(folder, "node_modules/waxseal"));
  symlinkSync(join(ROOT, "docs"), join(folder, "docs"));
  return folder;
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

// What the examples of the package's README are not about: a message, keys, a KMS, the network.
const PRELUDE = `
  import { generateKeyPairSync, privateEncrypt } from "node:crypto";
  const { readFileSync } = await import("node:fs");
  const message = readFileSync("docs/samples/rfc8463.eml");
  const response = new Response(message);
  const pem = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
  const { privateKey: rsaPem } = generateKeyPairSync("rsa", { modulusLength: 2048, ...pem });
  const { privateKey: ed25519Pem } = generateKeyPairSync("ed25519", pem);
  // DigestInfo of RFC 8017 §9.2 stands before the digest.
  const head = Buffer.from("3031300d060960864801650304020105000420", "hex");
  const kms = {
    sign: async ({ Message }) => ({ Signature: privateEncrypt(rsaPem, Buffer.concat([head, Message])) }),
  };
  globalThis.location = { href: "https://www.example.com/" };
  // A server of the module, and of DNS over HTTPS that knows the keys of the message and no others.
  globalThis.fetch = async (url) => {
    if (/\\.wasm$/.test(url)) return new Response(readFileSync("node_modules/waxseal/waxseal.wasm"));
    const response = [...Buffer.from(new URL(url).searchParams.get("dns"), "base64url")];
    const end = response.indexOf(0, 12) + 5;
    const asked = Buffer.from(response.slice(12, end)).toString("latin1");
    const key = KEYS.find(([selector]) => asked.includes(selector))?.[1] ?? "";
    response.splice(2, 2, 0x81, key ? 0x80 : 0x83);
    response.splice(6, 6, 0, key ? 1 : 0, 0, 0, 0, 0);
    response.length = end;
    const strings = key.match(/.{1,255}/g) ?? [];
    const data = strings.flatMap((string) => [string.length, ...Buffer.from(string)]);
    if (key) response.push(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 99, data.length >> 8, data.length & 255, ...data);
    return new Response(new Uint8Array(response), { headers: { "content-type": "application/dns-message" } });
  };
  const KEYS = ${JSON.stringify([["brisbane", KEYS[BRISBANE]], ["test", KEYS[TEST]]])};
`;

test("the examples of the package's README run, and print what their comments say", (context) => {
  const all = examples("pkg-scripts/npm/README.md");
  assert.equal(all.length, 8);
  const folder = installed(context);
  const counts = all.map((example) => check(example, folder, PRELUDE));
  assert.deepEqual(counts, [[3, 1], [0, 0], [1, 1], [0, 0], [4, 4], [2, 2], [1, 1], [0, 0]]);
});
