// checkKey.
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import { checkKey, failsWith, keyRecord, zoneResolver } from "./support.mjs";
import { ED25519, ED25519_PEM, RSA, RSA_1024, RSA_PEM, cryptoKey, file } from "./sign-support.mjs";

const NAME = "s._domainkey.example.com";
const names = { domain: "example.com", selector: "s" };
const published = (key, tags) => async () => [[keyRecord(file(key), tags).value]];
const check = (resolver, more) => checkKey({ ...names, resolver, ...more });
const spki = (key, format) => createPublicKey(key).export({ type: "spki", format });

test("a key that is published", async () => {
  const resolver = zoneResolver(keyRecord(RSA_PEM, { ...names, ttl: 99 }).zone);
  const report = await check(resolver);
  assert.deepEqual(report, {
    domain: "example.com",
    selector: "s",
    name: NAME,
    result: "pass",
    reason: null,
    explanation: `There is a usable DKIM key at ${NAME}.`,
    key: { name: NAME, type: "rsa", bits: 2048, testing: false, strictIdentity: false, ttl: 99, authenticated: null },
    warnings: [],
  });
});

test("the key that signs is published, or another one", async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const own = {
    "private, PEM": { privateKey: ED25519_PEM },
    "private, DER": { privateKey: file(ED25519, "pkcs8", "der") },
    "private, CryptoKey": { privateKey: await cryptoKey(ED25519, { extractable: true }) },
    "public, PEM": { publicKey: spki(ED25519, "pem") },
    "public, DER": { publicKey: spki(ED25519, "der") },
    "public, CryptoKey": { publicKey: await crypto.subtle.importKey("spki", spki(ED25519, "der"), "Ed25519", true, ["verify"]) },
  };
  for (const [kind, key] of Object.entries(own)) {
    const report = await check(published(ED25519), key);
    assert.equal(report.result, "pass", kind);
    assert.equal(report.explanation, `The key is published at ${NAME}.`);
  }
  const others = [{ privateKey: file(generateKeyPairSync("ed25519").privateKey) }, { publicKey: pair.publicKey }];
  for (const key of others) {
    const { result, reason, explanation } = await check(published(ED25519), key);
    assert.deepEqual([result, reason], ["fail", "signatureMismatch"]);
    assert.match(explanation, /^Another key is published at .*SHA256:.*SHA256:/);
  }
  assert.equal((await check(published(RSA), { privateKey: ED25519_PEM })).reason, "keyTypeMismatch");
});

const outcomes = [
  ["not published", () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" })), "permerror keyNotFound"],
  ["no record", () => [], "permerror keyNotFound"],
  ["no key", () => ["v=spf1 -all"], "permerror keyNotFound"],
  ["revoked", () => ["v=DKIM1; p="], "permerror keyRevoked"],
  ["broken", () => ["v=DKIM1; p=AAAA"], "permerror keySyntax"],
  ["not for mail", published(RSA, { services: ["tlsrpt"] }), "permerror keyServiceNotAllowed"],
  ["not for sha256", published(RSA, { hashes: ["sha1"] }), "permerror keyHashNotAllowed"],
  ["SERVFAIL", () => ({ rcode: 2, records: [] }), "temperror keyUnavailable"],
  ["outage", () => { throw new Error("down"); }, "temperror keyUnavailable"],
  ["rubbish", () => 5, "temperror keyUnavailable"],
  ["silence", () => new Promise(() => {}), "temperror keyUnavailable", { policy: { dnsTimeout: 0.05 } }],
  ["too short for a policy", published(RSA), "permerror keyTooSmall", { policy: { minRsaBits: 4096 } }],
  ["too long for a policy", published(RSA), "permerror keyTooLarge", { policy: { maxRsaBits: 1024 } }],
];
for (const [kind, resolver, outcome, more] of outcomes) {
  test(`${kind}: ${outcome}`, async () => {
    const { result, reason, explanation } = await check(resolver, more);
    assert.equal(`${result} ${reason}`, outcome);
    assert.match(explanation, /^\S.*\.$/);
  });
}

test("what should be known though it passes is a warning", async () => {
  const two = async () => [keyRecord(file(RSA_1024), { flags: ["y"] }).value, keyRecord(RSA_PEM).value];
  const { result, key, warnings } = await check(two);
  assert.deepEqual([result, key.testing], ["pass", true]);
  assert.deepEqual(warnings.map(({ code }) => code).sort(), ["severalKeys", "testMode", "weakKey"]);
  const aliased = async () => ({ rcode: 0, records: [[keyRecord(RSA_PEM).value]], aliases: ["k.example.net"] });
  assert.deepEqual((await check(aliased)).warnings.map(({ code }) => code), ["aliasedKey"]);
});

test("the resolver is asked once, with a signal; domains are A-labels", async () => {
  const calls = [];
  const resolver = (...args) => (calls.push(args), []);
  await checkKey({ domain: "Straße.example", selector: "S", resolver });
  assert.equal(calls.length, 1);
  assert.deepEqual(calls[0].slice(0, 2), ["s._domainkey.xn--strae-oqa.example", "TXT"]);
  assert.ok(calls[0][2].signal instanceof AbortSignal);
});

const bad = [
  [undefined, "badArgument", "options must be"],
  [{}, "badArgument", "options.domain must be"],
  [{ domain: "a..b", selector: "s" }, "badArgument", "options.domain must be a domain name: "],
  [{ domain: "example.com" }, "badArgument", "options.selector must be"],
  [{ ...names, selector: "a b" }, "badArgument", "options.selector must be a selector: "],
  [{ ...names, resolver: "8.8.8.8" }, "badArgument", "options.resolver must be"],
  [{ ...names, policy: { dnsTimeout: 0 } }, "badArgument", "options.policy.dnsTimeout must be"],
  [{ ...names, signal: {} }, "badArgument", "options.signal must be"],
  [{ ...names, key: ED25519_PEM }, "badArgument", "options.key must be left out"],
  [{ ...names, privateKey: 5 }, "badArgument", "options.privateKey must be"],
  [{ ...names, privateKey: ED25519 }, "badArgument", "options.privateKey must be"],
  [{ ...names, privateKey: await cryptoKey(ED25519) }, "badArgument", /^options\.privateKey must be .*options\.publicKey$/],
  [{ ...names, publicKey: {} }, "badArgument", "options.publicKey must be"],
  [{ ...names, privateKey: ED25519_PEM, publicKey: ED25519_PEM }, "badArgument", "options.publicKey must be left out"],
  [{ ...names, privateKey: "x" }, "badKey", "options.privateKey: "],
  [{ ...names, privateKey: spki(ED25519, "pem") }, "badKey", "options.privateKey: "],
  [{ ...names, publicKey: "x" }, "badKey", "options.publicKey: "],
  [{ ...names, publicKey: await cryptoKey(ED25519, { extractable: true }) }, "badKey", "options.publicKey: "],
  [{ ...names, resolver: zoneResolver('a.example. IN TXT "never closed\n') }, "badZone", /line 1/],
];
for (const [index, [options, code, message]] of bad.entries()) {
  test(`${code} ${index}: ${message}`, async () => {
    const given = options && { resolver: () => [], ...options };
    await assert.rejects(checkKey(given), failsWith(code, message));
  });
}

test("a signal aborts, and nothing is left behind on it", { timeout: 5000 }, async () => {
  await assert.rejects(check(() => [], { signal: AbortSignal.abort() }), { name: "AbortError" });
  const controller = new AbortController();
  let reason;
  const hang = (name, type, { signal }) =>
    new Promise(() => signal.addEventListener("abort", () => (reason = signal.reason)));
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await assert.rejects(check(hang, { signal: controller.signal }), /enough/);
  assert.equal(reason.message, "enough");

  const { signal } = new AbortController();
  for (let i = 0; i < 5; i++) await check(published(RSA), { signal });
  assert.equal(getEventListeners(signal, "abort").length, 0);
});
