// Sealing: chains that grow set by set and verify, with every kind of key; what is not sealed, and why.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { sign as nodeSign } from "node:crypto";
import { test } from "node:test";

import { failsWith, asyncPieces, parseAuthenticationResults, sealArc, verify } from "./support.mjs";
import { keyRecord } from "./support.mjs";
import {
  ED25519,
  ED25519_PEM,
  MAIL,
  MAIL_OCTETS,
  RSA,
  RSA_1024,
  RSA_PEM,
  SIGNED_AT,
  cryptoKey,
  file,
} from "./sign-support.mjs";

const text = (octets) => new TextDecoder().decode(octets);

/** The keys of example.org, by selector. */
const ZONE = new Map(
  Object.entries({ rsa: RSA, ed: ED25519, weak: RSA_1024 }).map(([selector, key]) => [
    `${selector}._domainkey.example.org`,
    keyRecord(file(key)).value,
  ]),
);
const resolver = async (name) => (ZONE.has(name) ? [[ZONE.get(name)]] : []);
const refusing = async () => {
  throw new Error("nobody should be asked");
};
const down = async () => {
  throw new Error("SERVFAIL");
};

const RESULTS = "mx.example.org; spf=pass smtp.mailfrom=example.com";

/** Options that seal with the Ed25519 key. */
const by = (more) => ({
  domain: "example.org",
  selector: "ed",
  key: ED25519_PEM,
  authenticationResults: RESULTS,
  now: SIGNED_AT,
  resolver,
  ...more,
});

/** The message with so many sets. */
async function sealed(count, message = MAIL) {
  let octets = new TextEncoder().encode(message);
  for (let i = 0; i < count; i++) octets = (await sealArc(octets, by())).message();
  return text(octets);
}

const chainOf = async (message) => (await verify(message, { resolver, now: SIGNED_AT })).arc;
const unfold = (header) => header.replace(/\r\n[ \t]+/g, " ");

/** The tags of a field's value, white space aside. */
const tags = (value) =>
  Object.fromEntries(
    value
      .replace(/\s/g, "")
      .split(";")
      .filter(Boolean)
      .map((tag) => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)]),
  );

/** The value of the topmost field of that name. */
const valueOf = (header, name) => new RegExp(`^${name}:(.*)`, "m").exec(unfold(header))[1];

const outsideRsa = { algorithm: "rsa-sha256", sign: async (data) => nodeSign("sha256", data, RSA) };
const outsideEd25519 = { algorithm: "ed25519-sha256", sign: (data) => nodeSign(null, data, ED25519) };

const keys = {
  "RSA, PKCS#1 PEM": ["rsa", file(RSA, "pkcs1")],
  "RSA, PKCS#8 DER": ["rsa", file(RSA, "pkcs8", "der")],
  "RSA, CryptoKey that cannot be exported": ["rsa", await cryptoKey(RSA)],
  "RSA, outside signer": ["rsa", outsideRsa],
  "Ed25519, PKCS#8 PEM": ["ed", ED25519_PEM],
  "Ed25519, CryptoKey that cannot be exported": ["ed", await cryptoKey(ED25519)],
  "Ed25519, outside signer": ["ed", outsideEd25519],
};
const headers = new Map();
for (const [kind, [selector, key]] of Object.entries(keys)) {
  test(`a chain of three sets: ${kind}`, async () => {
    let message = MAIL_OCTETS;
    for (const instance of [1, 2, 3]) {
      const set = await sealArc(message, by({ selector, key }));
      assert.equal(set.reason, null, set.explanation);
      assert.equal(set.chain, instance === 1 ? "none" : "pass");
      assert.deepEqual(set.warnings, []);
      assert.equal(text(set.message()), set.header + text(message));
      message = set.message();
      const arc = await chainOf(message);
      assert.equal(arc.result, "pass", arc.explanation);
      assert.equal(arc.oldestPass, 0);
      assert.deepEqual(arc.sets.map((one) => one.instance), [1, 2, 3].slice(0, instance));
      assert.deepEqual(arc.sets.map((one) => one.chainValidation), ["none", "pass", "pass"].slice(0, instance));
      assert.equal(arc.sets.at(-1).authenticationResults, RESULTS);
      assert.equal(arc.sets.at(-1).seal.timestamp, SIGNED_AT);
    }
    // Both algorithms are deterministic: the same key makes the same chain wherever it is.
    const whole = text(message);
    headers.set(selector, headers.get(selector) ?? whole);
    assert.equal(whole, headers.get(selector));
    assert.equal((await chainOf(whole.replace("a body", "no body"))).result, "fail");
  });
}

test("the seal may have another key", async () => {
  const set = await sealArc(MAIL, by({ sealKey: { selector: "rsa", key: outsideRsa } }));
  assert.match(set.header, /^ARC-Seal: a=rsa-sha256;/);
  assert.match(set.header, /^ARC-Message-Signature: a=ed25519-sha256;/m);
  const arc = await chainOf(set.message());
  assert.equal(arc.result, "pass", arc.explanation);
  const [{ seal, messageSignature }] = arc.sets;
  assert.deepEqual([seal.selector, messageSignature.selector], ["rsa", "ed"]);
  const elsewhere = await sealArc(MAIL, by({ sealKey: { domain: "b.example", selector: "x", key: RSA_PEM } }));
  assert.equal(tags(valueOf(elsewhere.header, "ARC-Seal")).d, "b.example");
});

test("the message signature is made before the seal that covers it", async () => {
  const inputs = [];
  const key = {
    algorithm: "ed25519-sha256",
    sign: async (data, { canonicalHeader, domain, selector, signal }) => {
      inputs.push(text(canonicalHeader));
      assert.deepEqual([domain, selector, signal.aborted], ["example.org", "ed", false]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return outsideEd25519.sign(data);
    },
  };
  const { header } = await sealArc(MAIL, by({ key }));
  assert.equal(inputs.length, 2);
  assert.match(inputs[0], /^from:Ann Example.*arc-message-signature:a=ed25519-sha256; b=; /s);
  assert.match(inputs[1], /^arc-authentication-results:i=1; mx\.example\.org; .*arc-seal:a=ed25519-sha256; b=; /s);
  const { b } = tags(valueOf(header, "ARC-Message-Signature"));
  assert.ok(inputs[1].replace(/\s/g, "").includes(`b=${b}`));
});

test("each option reaches the core", async () => {
  const signature = async (more) => tags(valueOf((await sealArc(MAIL, by(more))).header, "ARC-Message-Signature"));
  assert.equal((await signature({})).c, "relaxed/relaxed");
  assert.equal((await signature({ canonicalization: "simple" })).c, "simple/simple");
  assert.equal((await signature({ canonicalization: "relaxed/simple" })).c, "relaxed/simple");
  assert.equal((await signature({ timestamp: false })).t, undefined);
  assert.equal((await signature({ headers: ["to"], oversign: "none" })).h.toLowerCase(), "from:to");
  assert.equal((await signature({ headers: ["From"], oversign: ["Cc"] })).h.toLowerCase(), "from:cc");
  assert.equal((await signature({ domain: "Straße.example" })).d, "xn--strae-oqa.example");
  const before = Math.floor(Date.now() / 1000);
  const { t } = await signature({ now: undefined });
  assert.ok(before <= Number(t) && Number(t) <= Math.floor(Date.now() / 1000));
});

test("the results are the message's own, or those that are given", async () => {
  const mail =
    "Authentication-Results: mx.example.org;\r\n\tspf=pass smtp.mailfrom=a@b.example (ok)\r\n" +
    `Authentication-Results: evil.example; dkim=pass\r\n${MAIL}`;
  const results = async (message, more) => {
    const { header } = await sealArc(message, by({ authenticationResults: undefined, ...more }));
    return valueOf(header, "ARC-Authentication-Results");
  };
  assert.equal(
    await results(mail, { authservId: "MX.example.org" }),
    " i=1; MX.example.org; spf=pass smtp.mailfrom=a@b.example (ok)",
  );
  assert.equal(await results(mail, { authservId: "x; dkim=pass" }), ' i=1; "x; dkim=pass"; none');
  const report = await verify(mail, { resolver, now: SIGNED_AT, authservId: "mx.example.org" });
  const carried = await results(mail, { authenticationResults: report.authenticationResults });
  assert.equal(carried, " i=1; mx.example.org; dkim=none");
  const { authservId } = parseAuthenticationResults(carried.slice(" i=1;".length));
  assert.equal(authservId, "mx.example.org");
});

const kinds = {
  ArrayBuffer: (octets) => octets.slice().buffer,
  string: text,
  Blob: (octets) => new Blob([octets]),
  ReadableStream: (octets) => ReadableStream.from(asyncPieces(octets, 50)),
  "async generator": (octets) => asyncPieces(octets, 1, 100, 7),
};
for (const [kind, make] of Object.entries(kinds)) {
  test(`message: ${kind}`, async () => {
    const octets = new TextEncoder().encode(await sealed(1));
    const expected = await sealArc(octets, by());
    const set = await sealArc(make(octets), by());
    assert.equal(set.header, expected.header);
    assert.deepEqual(set.message(), expected.message());
  });
}

// --- what is not sealed

test("a chain that fails is left alone, or marked once", async () => {
  const broken = (await sealed(2)).replace("a body", "no body");
  const left = await sealArc(broken, by());
  assert.deepEqual([left.header, left.chain, left.reason], ["", "fail", "chainFailed"]);
  assert.match(left.explanation, /^The ARC chain of the message fails, .* body hash /);
  assert.equal(left.arc.reason, "bodyHashMismatch");
  assert.equal(text(left.message()), broken);

  const marked = await sealArc(broken, by({ sealFailed: true }));
  assert.deepEqual([marked.chain, marked.reason], ["fail", null]);
  const { cv, i } = tags(valueOf(marked.header, "ARC-Seal"));
  assert.deepEqual([cv, i], ["fail", "3"]);
  const arc = await chainOf(marked.message());
  assert.deepEqual([arc.result, arc.reason], ["fail", "chainFailed"]);
  const ended = await sealArc(marked.message(), by({ sealFailed: true }));
  assert.deepEqual([ended.header, ended.reason], ["", "chainEnded"]);
});

test("trouble with the DNS ends no chain", async () => {
  const set = await sealArc(await sealed(1), by({ resolver: down, sealFailed: true }));
  assert.deepEqual([set.header, set.chain, set.reason], ["", "fail", "keyUnavailable"]);
  assert.match(set.explanation, /SERVFAIL/);
});

test("a resolver that never answers is ended by the deadline", async () => {
  const set = await sealArc(await sealed(1), by({ resolver: () => new Promise(() => {}), policy: { dnsTimeout: 0.05 } }));
  assert.equal(set.reason, "keyUnavailable");
});

test("no more sets than there may be", async () => {
  const message = await sealed(2);
  const set = await sealArc(message, by({ policy: { maxArcSets: 2 } }));
  assert.deepEqual([set.header, set.chain, set.reason], ["", "pass", "tooManySets"]);
  const more = await sealArc(message, by({ policy: { maxArcSets: 1 } }));
  assert.equal(more.reason, "chainFailed");
});

test("what is not sealed has no warnings, and no key is asked", async () => {
  const key = { algorithm: "ed25519-sha256", sign: () => assert.fail("the signer was asked") };
  const broken = (await sealed(1)).replace("a body", "no body").replaceAll("\r\n", "\n");
  const set = await sealArc(broken, by({ key }));
  assert.equal(set.reason, "chainFailed");
  assert.deepEqual(set.warnings, []);
  assert.equal(text(set.message()), broken);
});

// --- a host that changes messages

test("the verdict on the message as it came holds after a change", async () => {
  const came = await sealed(1);
  const report = await verify(came, { resolver, now: SIGNED_AT });
  assert.equal(report.arc.result, "pass");
  const changed = came.replace("a body", "a body, changed");
  assert.equal((await sealArc(changed, by())).reason, "chainFailed");
  for (const chain of [report.arc, JSON.parse(JSON.stringify(report.arc))]) {
    const set = await sealArc(changed, by({ chain, resolver: refusing }));
    assert.deepEqual([set.chain, set.reason], ["pass", null]);
    assert.equal(set.arc, chain);
    const arc = await chainOf(set.message());
    assert.equal(arc.result, "pass", arc.explanation);
    assert.equal(arc.oldestPass, 2);
  }
  // A verdict on other sets is none on these.
  for (const message of [MAIL, await sealed(2)]) {
    const set = await sealArc(message, by({ chain: report.arc }));
    assert.deepEqual([set.header, set.reason], ["", "chainChanged"]);
  }
  const failed = await verify(changed, { resolver, now: SIGNED_AT });
  assert.equal((await sealArc(came, by({ chain: failed.arc }))).reason, "chainFailed");
  const undecided = await verify(came, { resolver: down, now: SIGNED_AT });
  assert.equal((await sealArc(came, by({ chain: undecided.arc, sealFailed: true }))).reason, "keyUnavailable");
});

// --- warnings and errors

test("line endings are repaired, and told", async () => {
  const broken = MAIL.replaceAll("\r\n", "\n");
  const set = await sealArc(broken, by());
  assert.equal(text(set.message()), set.header + MAIL);
  assert.deepEqual(set.warnings.map(({ code }) => code), ["lineEndingsRepaired"]);
  assert.equal((await chainOf(set.message())).result, "pass");
  await assert.rejects(sealArc(broken, by({ lineEndings: "refuse" })), failsWith("cannotSign", "line 1 "));
  await assert.rejects(sealArc(`${MAIL}ü\r\n`, by({ sevenBit: true })), failsWith("cannotSign"));
  const long = `${MAIL}${"x".repeat(999)}\r\n`;
  await assert.rejects(sealArc(long, by()), failsWith("cannotSign"));
  assert.equal((await sealArc(long, by({ longLines: "pass" }))).reason, null);
});

test("a weak RSA key is told once for each key", async () => {
  const weak = file(RSA_1024);
  const warned = async (more) => {
    const { warnings } = await sealArc(MAIL, by(more));
    return warnings.map(({ code, explanation }) => `${code} ${explanation.split(":")[0]}`);
  };
  assert.deepEqual(await warned({ selector: "weak", key: weak }), ["weakKey options.key"]);
  const sealKey = { selector: "weak", key: await cryptoKey(RSA_1024) };
  assert.deepEqual(await warned({ sealKey }), ["weakKey options.sealKey.key"]);
  assert.deepEqual(await warned({ selector: "weak", key: weak, sealKey }), [
    "weakKey options.key",
    "weakKey options.sealKey.key",
  ]);
});

test("a message that cannot be sealed is an error", async () => {
  for (const message of ["", "Subject: x\r\n\r\n", "no field\r\n\r\n"]) {
    await assert.rejects(sealArc(message, by()), failsWith("cannotSign"), JSON.stringify(message));
  }
});

const wrong = {
  "options must be": [undefined, null, 5, []],
  "options.domain must be": [by({ domain: undefined }), by({ domain: 5 }), by({ domain: "a..b" })],
  "options.selector must be": [by({ selector: undefined }), by({ selector: "a b" })],
  "options.selector: ": [by({ domain: `${"a.".repeat(120)}example`, selector: "x".repeat(30) })],
  "options.key must be": [by({ key: undefined }), by({ key: 5 }), by({ key: {} })],
  "options.key.algorithm must be": [by({ key: { algorithm: "rsa-sha1", sign: () => {} } })],
  "options.algorithm must be": [by({ algorithm: "rsa-sha256" }), by({ algorithm: "rsa-sha1" })],
  "options.authservId must be": [by({ authenticationResults: undefined }), by({ authservId: "x" }), by({ authservId: 5 })],
  "options.authservId: ": [
    by({ authenticationResults: undefined, authservId: "" }),
    by({ authenticationResults: undefined, authservId: "a\r\nSubject: x" }),
  ],
  "options.authenticationResults: ": [by({ authenticationResults: "a\r\nSubject: x" }), by({ authenticationResults: "" })],
  "options.sealKey must be": [by({ sealKey: 5 })],
  "options.sealKey.key must be": [by({ sealKey: { selector: "x" } })],
  "options.sealKey.selector must be": [
    by({ sealKey: { key: RSA_PEM } }),
    by({ sealKey: { selector: "a b", key: RSA_PEM } }),
  ],
  "options.sealKey.selector: ": [
    by({ sealKey: { domain: `${"a.".repeat(120)}example`, selector: "x".repeat(30), key: RSA_PEM } }),
  ],
  "options.sealKey.algorithm must be": [by({ sealKey: { selector: "x", key: RSA_PEM, algorithm: "ed25519-sha256" } })],
  "options.sealKey.identity must be left out": [by({ sealKey: { selector: "x", key: RSA_PEM, identity: "x" } })],
  "options.headers: ": [by({ headers: ["Received"] }), by({ headers: ["a b"] })],
  "options.headers must be": [by({ headers: "from" })],
  "options.oversign: ": [by({ oversign: ["Bcc"] })],
  "options.canonicalization must be": [by({ canonicalization: "nofws" })],
  "options.now must be": [by({ now: "received" })],
  "options.now: ": [by({ now: Number.MAX_SAFE_INTEGER })],
  "options.chain must be": [by({ chain: 5 })],
  "options.chain.result must be": [by({ chain: {} }), by({ chain: { result: "policy", sets: [] } })],
  "options.chain.sets must be": [by({ chain: { result: "pass" } })],
  "options.chain.sets[0] must be": [by({ chain: { result: "pass", sets: [5] } })],
  "options.chain.sets[0].seal must be": [by({ chain: { result: "pass", sets: [{}] } })],
  "options.sealFailed must be": [by({ sealFailed: 1 })],
  "options.policy.minRsaBits must be": [by({ policy: { minRsaBits: "x" } })],
  "options.lineEndings must be": [by({ lineEndings: "x" })],
  "options.signatures must be left out": [by({ signatures: [] })],
  "options.signal must be": [by({ signal: {} })],
  "options.resolver must be": [by({ resolver: {} })],
};
for (const [start, list] of Object.entries(wrong)) {
  test(`bad argument: ${start}`, async () => {
    for (const options of list) {
      await assert.rejects(sealArc(MAIL, options), failsWith("badArgument", start));
    }
  });
}

test("keys and signers that are no use", async () => {
  await assert.rejects(sealArc(MAIL, by({ key: "no key" })), failsWith("badKey", "options.key: "));
  const sealKey = (key) => by({ sealKey: { selector: "x", key } });
  await assert.rejects(sealArc(MAIL, sealKey("no key")), failsWith("badKey", "options.sealKey.key: "));
  const short = { algorithm: "ed25519-sha256", sign: () => new Uint8Array(63) };
  await assert.rejects(sealArc(MAIL, by({ key: short })), failsWith("signerFailed", "options.key: "));
  await assert.rejects(sealArc(MAIL, sealKey(short)), failsWith("signerFailed", "options.sealKey.key: "));
  const cause = new Error("KMS is down");
  const failing = { algorithm: "ed25519-sha256", sign: () => Promise.reject(cause) };
  await assert.rejects(sealArc(MAIL, sealKey(failing)), (error) => error.code === "signerFailed" && error.cause === cause);
});

test("a resolver that was set up wrongly is the caller's mistake", async () => {
  const { zoneResolver } = await import("./support.mjs");
  const options = by({ resolver: zoneResolver('a.example. IN TXT "never closed\n') });
  await assert.rejects(sealArc(await sealed(1), options), failsWith("badZone"));
});

test("a sealing is aborted at any time", async () => {
  const reason = new Error("enough");
  await assert.rejects(sealArc(MAIL, by({ signal: AbortSignal.abort(reason) })), reason);
  const abortIn = (make) => {
    const controller = new AbortController();
    const abort = () => {
      controller.abort(reason);
      return new Promise(() => {});
    };
    return { ...make(abort), signal: controller.signal };
  };
  const onMessage = await sealed(1);
  const lookup = by(abortIn((abort) => ({ resolver: abort })));
  await assert.rejects(sealArc(onMessage, lookup), reason);
  for (const last of [false, true]) {
    const sign = (abort) => ({ algorithm: "ed25519-sha256", sign: abort });
    const signing = abortIn((abort) => (last ? { sealKey: { selector: "x", key: sign(abort) } } : { key: sign(abort) }));
    await assert.rejects(sealArc(MAIL, by(signing)), reason);
  }
});

// --- the sealing cases of the shared vectors

const VECTORS = new URL("../../../shared/vectors/sign_cases.jsonl", import.meta.url);
const cases = existsSync(VECTORS)
  ? readFileSync(VECTORS, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "arc-seal")
  : [];
if (!cases.length) console.log("skipped: ../shared/vectors is not there");

test(`${cases.length} sealing cases come out tag by tag`, { skip: cases.length === 0 }, async () => {
  assert.ok(cases.length >= 17);
  const oneLine = (value) => value.trim().split(/\s+/).join(" ");
  for (const { id, message_crlf: message, expect, dns, ...given } of cases) {
    const set = await sealArc(message, {
      domain: given.domain,
      selector: given.selector,
      key: Buffer.from(given.private_key.der_base64, "base64"),
      authservId: given.authserv_id,
      now: given.t,
      headers: given.sig_headers.split(":"),
      oversign: "none",
      sealFailed: true,
      resolver: async (name) => (dns[name] ? [dns[name]] : []),
    });
    if (!expect.AS) {
      assert.deepEqual([set.header, set.reason], ["", "chainEnded"], id);
      continue;
    }
    assert.equal(set.reason, null, `${id}: ${set.explanation}`);
    assert.equal(oneLine(valueOf(set.header, "ARC-Authentication-Results")), oneLine(expect.AAR), id);
    assert.deepEqual(tags(valueOf(set.header, "ARC-Message-Signature")), tags(expect.AMS), id);
    assert.deepEqual(tags(valueOf(set.header, "ARC-Seal")), tags(expect.AS), id);
  }
});
