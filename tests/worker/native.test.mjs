// The worker's report is the native command's, octet for octet: both ask the same DNS, one over HTTPS, the
// other over UDP and TCP.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { FakeDns } from "./dns.mjs";
import { KEYS, MESSAGE, NATIVE, TAMPERED, UNSIGNED, keysFor, start, waxseal } from "./support.mjs";

const VECTORS = new URL("../../../shared/vectors/", import.meta.url);

/** Messages of ours: their number, the folder and what they need of the DNS. */
async function own() {
  const keys = await keysFor("example.com");
  const signatures = Object.entries(keys.pairs).map(([selector, { privateKey }]) => ({ domain: "example.com", selector, key: privateKey }));
  const text = "From: Jörg <joerg@news.example.com>\r\nTo: b@example.org\r\nSubject: Grüße\r\n\r\nHallo.\r\n\r\n";
  const signed = Buffer.from((await waxseal.sign(text, { signatures })).message());
  const zone = { ...KEYS, ...keys.zone };
  zone["_dmarc.example.com"] = "v=DMARC1; p=reject; adkim=s";
  zone["alias._domainkey.football.example.com"] = { cname: "test._domainkey.football.example.com", txt: KEYS["test._domainkey.football.example.com"], ttl: 77 };
  zone["down._domainkey.football.example.com"] = { rcode: "SERVFAIL" };
  const selector = (name) => Buffer.from(MESSAGE.toString().replace("s=brisbane", `s=${name}`));
  const messages = {
    pass: MESSAGE,
    fail: TAMPERED,
    none: UNSIGNED,
    signed,
    changed: Buffer.concat([signed, Buffer.from("More.\r\n")]),
    alias: selector("alias"),
    down: selector("down"),
    missing: selector("missing"),
    empty: Buffer.from("\r\n"),
    malformed: Buffer.from("no header\r\n\r\nbody"),
    twice: Buffer.from(`From: second@example.org\r\n${MESSAGE}`),
  };
  return { messages, zone };
}

/** Messages of other people, with their keys. */
function others() {
  const path = new URL("cases.jsonl", VECTORS);
  if (!existsSync(path)) return [];
  const cases = readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return cases.map(({ id, message, dns }) => ({ id, message: readFileSync(new URL(message, VECTORS)), dns }));
}

async function natively(folder, port, message) {
  const file = join(folder, "message.eml");
  writeFileSync(file, message);
  const given = ["verify", "--json", "--authserv-id", "mx.example.net", "--resolver", `127.0.0.1:${port}`, file];
  const { stdout } = await promisify(execFile)(NATIVE, given, { maxBuffer: 64 << 20 }).catch((error) => {
    // Where nothing passes, or it is no message: the report is there all the same.
    if ([1, 65, 75].includes(error.code)) return error;
    throw error;
  });
  // Who it was that did not answer is told, and is not the same.
  return { ...JSON.parse(stdout.replaceAll(`SERVFAIL from 127.0.0.1:${port}`, "dns.example: SERVFAIL")), file: null };
}

async function compare(t, cases) {
  const dns = new FakeDns();
  const { port, close } = await dns.listen();
  const folder = mkdtempSync(join(tmpdir(), "waxseal-worker-"));
  t.after(() => {
    close();
    rmSync(folder, { recursive: true });
  });
  const worker = await start(t, { dns });
  let compared = 0;
  for (const { id, message, zone } of cases) {
    dns.replace(zone);
    const native = await natively(folder, port, message);
    const response = await worker.verify(message);
    assert.equal(response.status, 200, id);
    const text = await response.text();
    assert.deepEqual(JSON.parse(text), native, id);
    // And in the same order.
    assert.ok(text === JSON.stringify(native), id);
    compared++;
  }
  return compared;
}

test("messages of ours", async (t) => {
  const { messages, zone } = await own();
  const cases = Object.entries(messages).map(([id, message]) => ({ id, message, zone }));
  assert.equal(await compare(t, cases), cases.length);
});

const vectors = others();
const reason = vectors.length ? false : "../shared/vectors is not there";
test("messages of other people (../shared/vectors)", { skip: reason }, async (t) => {
  // A key of one message may be another one in the next: only where the names differ, or agree.
  const seen = new Map();
  const cases = [];
  for (const { id, message, dns } of vectors) {
    // The command takes a file of LF alone, and a mailbox, for what they are.
    const text = message.toString("latin1");
    if (message.length === 0 || /^From /.test(text) || !text.includes("\r\n")) continue;
    const zone = Object.fromEntries(
      // what gives no answer would only keep everyone waiting
      Object.entries(dns).map(([name, value]) => [name, Array.isArray(value) ? { txt: value } : { rcode: "SERVFAIL" }]),
    );
    const entries = Object.entries(zone).map(([name, value]) => [name.toLowerCase(), JSON.stringify(value)]);
    if (entries.some(([name, value]) => seen.has(name) && seen.get(name) !== value)) continue;
    for (const [name, value] of entries) seen.set(name, value);
    cases.push({ id, message });
  }
  const zone = Object.fromEntries([...seen].map(([name, value]) => [name, JSON.parse(value)]));
  const chosen = cases.filter((_, index) => index % Math.ceil(cases.length / 120) === 0).map((one) => ({ ...one, zone }));
  const compared = await compare(t, chosen);
  assert.ok(compared >= 60, `only ${compared} were compared`);
});
