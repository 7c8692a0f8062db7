// createSigner; and what goes wrong in signing: arguments, keys, messages, outside signers, aborting.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { PACKAGE, asyncPieces, createSigner, failsWith, inPieces, sign } from "./support.mjs";
import {
  ED25519,
  ED25519_PEM,
  MAIL,
  MAIL_OCTETS,
  RSA,
  RSA_PEM,
  by,
  cryptoKey,
  ed25519,
  file,
  outcomesOf,
  request,
  rsa,
} from "./sign-support.mjs";

const both = by(rsa(), ed25519());
const { header } = await sign(MAIL, both);

// --- chunks

for (const lengths of [[1], [2], [3, 1], [64, 5], [1000], [1, 1 << 16]]) {
  test(`createSigner in chunks of ${lengths} octets makes the same fields`, async () => {
    const signer = createSigner(both);
    for (const piece of inPieces(MAIL_OCTETS, ...lengths)) await signer.write(piece);
    assert.deepEqual(await signer.end(), { header, warnings: [] });
  });
}

test("chunks are taken before write returns; writable takes what is piped into it", async () => {
  const signer = createSigner(both);
  const buffer = new Uint8Array(10);
  for (const piece of inPieces(MAIL_OCTETS, 10)) {
    buffer.set(piece);
    signer.write(buffer.subarray(0, piece.length));
    buffer.fill(0);
  }
  assert.equal((await signer.end()).header, header);

  const piped = createSigner(both);
  assert.equal(piped.writable, piped.writable);
  await ReadableStream.from(asyncPieces(MAIL_OCTETS, 17)).pipeTo(piped.writable);
  assert.equal((await piped.end()).header, header);
});

test("after end there is no more; what is wrong comes out of write and end", async () => {
  const ended = createSigner(both);
  await ended.write(MAIL_OCTETS);
  const end = ended.end();
  await assert.rejects(ended.write(MAIL_OCTETS), failsWith("ended"));
  await assert.rejects(ended.end(), failsWith("ended"));
  assert.equal((await end).header, header);

  const broken = createSigner(both);
  await assert.rejects(ReadableStream.from(["no octets"]).pipeTo(broken.writable), failsWith("badArgument", "chunk "));
  await assert.rejects(broken.end(), failsWith("badArgument", "chunk "));

  const refused = createSigner(both);
  await assert.rejects(refused.write("From: a@b\r\n"), failsWith("badArgument", "chunk "));
  const long = createSigner(both);
  await assert.rejects(long.write(new Uint8Array(2000).fill(97)), failsWith("cannotSign", /line 1 /));
  await assert.rejects(long.end(), failsWith("cannotSign", /line 1 /));

  const badKey = createSigner(by(request("no key")));
  await assert.rejects(badKey.write(MAIL_OCTETS), failsWith("badKey", "options.signatures[0].key: "));
  await assert.rejects(badKey.end(), failsWith("badKey", "options.signatures[0].key: "));

  const aborted = createSigner(both);
  await aborted.writable.abort();
  await assert.rejects(aborted.end(), { name: "AbortError" });
});

test("the memory of the module does not grow with the body", async () => {
  // The glue keeps its memory to itself; a module started twice as often tells it.
  const { initSync, signer: start, PrivateKey } = await import(`${PACKAGE}/waxseal-glue.js?memory`);
  const wasm = initSync({ module: new WebAssembly.Module(readFileSync(`${PACKAGE}/waxseal.wasm`)) });
  const key = PrivateKey.parse(new TextEncoder().encode(ED25519_PEM));
  const plain = { domain: "example.com", selector: "s", algorithm: "ed25519-sha256" };
  const signer = start([plain], {});
  signer.push(MAIL_OCTETS);
  const before = wasm.memory.buffer.byteLength;
  const line = `${"x".repeat(70)}\r\n`.repeat(1 << 14);
  const chunk = new TextEncoder().encode(line);
  for (let pushed = 0; pushed < 20 << 20; pushed += chunk.length) signer.push(chunk);
  signer.end();
  const [unsigned] = signer.finish().unsigned;
  assert.match(unsigned.sign(key), /^DKIM-Signature: /);
  assert.ok(wasm.memory.buffer.byteLength - before <= 1 << 20, `${wasm.memory.buffer.byteLength - before}`);
});

test("20 MB through createSigner verify", async () => {
  const line = new TextEncoder().encode(`${"x".repeat(70)}\r\n`.repeat(1 << 12));
  const signer = createSigner(both);
  await signer.write(MAIL_OCTETS);
  const chunks = [MAIL_OCTETS];
  for (let i = 0; i < 70; i++) {
    chunks.push(line);
    await signer.write(line);
  }
  const signed = new Blob([(await signer.end()).header, ...chunks]);
  assert.ok(signed.size > 20e6);
  assert.deepEqual(await outcomesOf(signed, { rsa: RSA, ed25519: ED25519 }), ["rsa pass", "ed25519 pass"]);
});

// --- bad arguments

const { subtle } = globalThis.crypto;
const SIGNATURE = "options.signatures[0]";
const badOptions = [
  [undefined, "options"],
  [null, "options"],
  [[], "options"],
  [{}, "options.signatures"],
  [{ signatures: [] }, "options.signatures"],
  [{ signatures: ed25519() }, "options.signatures"],
  [{ signatures: [null] }, SIGNATURE],
  [{ signatures: [ed25519(), "x"] }, "options.signatures[1]"],
  [{ signatures: Array(1) }, SIGNATURE],
  [{ signatures: [ed25519()], now: "received" }, "options.now"],
  [{ signatures: [ed25519()], now: -1 }, "options.now"],
  [{ signatures: [ed25519()], signal: {} }, "options.signal"],
  [{ signatures: [ed25519()], lineEndings: "repair" }, "options.lineEndings"],
  [{ signatures: [ed25519()], longLines: "normalize" }, "options.longLines"],
  [{ signatures: [ed25519()], sevenBit: 1 }, "options.sevenBit"],
  [{ signatures: [ed25519()], resolver: () => [] }, "options.resolver"],
  [by(ed25519({ domain: undefined })), `${SIGNATURE}.domain`],
  [by(ed25519({ domain: 5 })), `${SIGNATURE}.domain`],
  [by(ed25519({ selector: undefined })), `${SIGNATURE}.selector`],
  [by(ed25519({ key: undefined })), `${SIGNATURE}.key`],
  [by(ed25519({ key: 5 })), `${SIGNATURE}.key`],
  [by(ed25519({ key: {} })), `${SIGNATURE}.key`],
  [by(ed25519({ key: [1, 2] })), `${SIGNATURE}.key`],
  [by(ed25519({ key: generateKeyPairSync("ed25519") })), `${SIGNATURE}.key`],
  [by(ed25519({ key: RSA })), `${SIGNATURE}.key`],
  [by(ed25519({ key: { algorithm: "rsa-sha256" } })), `${SIGNATURE}.key`],
  [by(ed25519({ key: { sign: () => {} } })), `${SIGNATURE}.key.algorithm`],
  [by(ed25519({ key: { algorithm: "rsa-sha1", sign: () => {} } })), `${SIGNATURE}.key.algorithm`],
  [by(ed25519({ algorithm: "rsa-sha1" })), `${SIGNATURE}.algorithm`],
  [by(ed25519({ canonicalization: "relaxed/nofws" })), `${SIGNATURE}.canonicalization`],
  [by(ed25519({ canonicalization: ["simple"] })), `${SIGNATURE}.canonicalization`],
  [by(ed25519({ identity: 5 })), `${SIGNATURE}.identity`],
  [by(ed25519({ ttl: 0 })), `${SIGNATURE}.ttl`],
  [by(ed25519({ ttl: "21d" })), `${SIGNATURE}.ttl`],
  [by(ed25519({ timestamp: 5 })), `${SIGNATURE}.timestamp`],
  [by(ed25519({ headers: "from:to" })), `${SIGNATURE}.headers`],
  [by(ed25519({ headers: [5] })), `${SIGNATURE}.headers`],
  [by(ed25519({ oversign: "some" })), `${SIGNATURE}.oversign`],
  [by(ed25519({ bodyLength: -1 })), `${SIGNATURE}.bodyLength`],
  [by(ed25519({ copyHeaders: "yes" })), `${SIGNATURE}.copyHeaders`],
  [by(ed25519({ queryMethod: "dns/txt" })), `${SIGNATURE}.queryMethod`],
  [by(ed25519({ strictIdentity: 1 })), `${SIGNATURE}.strictIdentity`],
  [by(ed25519({ oversigned: "all" })), `${SIGNATURE}.oversigned`],
  [by(ed25519({ key: await subtle.generateKey("Ed25519", false, ["sign", "verify"]) })), `${SIGNATURE}.key`],
];
for (const [index, [options, name]] of badOptions.entries()) {
  test(`bad argument ${index}: ${name}`, async () => {
    await assert.rejects(sign(MAIL, options), failsWith("badArgument", `${name} must be `));
    assert.throws(() => createSigner(options), failsWith("badArgument", `${name} must be `));
  });
}

const wrongCryptoKeys = {
  "a public one": async () => (await subtle.generateKey("Ed25519", false, ["sign", "verify"])).publicKey,
  "SHA-1": () => cryptoKey(RSA, { hash: "SHA-1" }),
  "for ECDSA": async () =>
    (await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"])).privateKey,
  "for RSA-PSS": () => subtle.importKey("pkcs8", file(RSA, "pkcs8", "der"), { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]),
  "for decryption": () =>
    subtle.importKey("pkcs8", file(RSA, "pkcs8", "der"), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["decrypt"]),
  "HMAC": () => subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
};
for (const [kind, make] of Object.entries(wrongCryptoKeys)) {
  test(`bad argument: a CryptoKey, ${kind}`, async () => {
    const options = by(request(await make()));
    const what = /^options\.signatures\[0\]\.key must be a private CryptoKey of .* "sign"$/;
    await assert.rejects(sign(MAIL, options), failsWith("badArgument", what));
  });
}

const refusedByTheCore = [
  [{ domain: "a..b" }, "domain must be a domain name: it has an empty label"],
  [{ domain: "" }, "domain must be"],
  [{ domain: `${"a".repeat(63)}.`.repeat(3) + "example" }, "selector: the name of the key record"],
  [{ selector: "a b" }, "selector must be a selector: "],
  [{ identity: "ann" }, "identity: "],
  [{ identity: "ann@example.org" }, "identity: "],
  [{ identity: "ann@mail.example.com", strictIdentity: true }, "identity: "],
  [{ headers: ["Received"] }, "headers: the field Received must not be signed"],
  [{ headers: ["From", "a b"] }, "headers: 'a b' is no name"],
  [{ oversign: ["Bcc"] }, "oversign: the field Bcc"],
  [{ ttl: 999_999_999_999 }, "ttl: the time 1001699999999"],
  [{ algorithm: "rsa-sha256" }, 'algorithm must be "ed25519-sha256"'],
];
for (const [more, message] of refusedByTheCore) {
  test(`bad argument, by the core: ${JSON.stringify(more)}`, async () => {
    const options = by(ed25519(), ed25519({ selector: `s${"x".repeat(57)}`, ...more }));
    const is_named = failsWith("badArgument", `options.signatures[1].${message}`);
    await assert.rejects(sign(MAIL, options), is_named);
    await assert.rejects(createSigner(options).end(), is_named);
  });
}

// --- bad keys

const weak = generateKeyPairSync("rsa", { modulusLength: 512 }).privateKey;
const encrypted = RSA.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
const badKeys = {
  "nothing": ["", /empty/],
  "no key": ["hello", /./],
  "DER cut short": [file(RSA, "pkcs8", "der").subarray(0, 500), /cut short/],
  "PEM cut short": [RSA_PEM.slice(0, 500), /cut short/],
  "encrypted": [encrypted, /encrypted/],
  "only the public half": [generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }), /public/],
  "512 bits": [file(weak), /512 bits/],
  "512 bits in WebCrypto": [await cryptoKey(weak), /512 bits/],
  "elliptic curve": [file(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey), /./],
  "2 MB": [new Uint8Array(2 << 20), /octets are no key/],
};
for (const [kind, [key, why]] of Object.entries(badKeys)) {
  test(`bad key: ${kind}`, async () => {
    const is_told = (error) => {
      failsWith("badKey", "options.signatures[1].key: ")(error);
      assert.match(error.message, why);
      assert.ok(!error.message.includes("MII"), "no secret in an error");
      return true;
    };
    await assert.rejects(sign(MAIL, by(ed25519(), request(key))), is_told);
  });
}

// --- messages that are not signed

const refusals = [
  ["", {}, /From field/],
  ["Subject: x\r\n\r\nbody\r\n", {}, /From field/],
  ["From a\r\n\r\n", {}, /./],
  ["From: a@b\r\nno field\r\n\r\n", {}, /line|field/],
  [MAIL.replace("Dear", "Dear\n"), { lineEndings: "refuse" }, /^line 7 has a CR or LF/],
  [`${MAIL}${"x".repeat(999)}\r\n`, {}, /^line 10 is longer than 998 octets/],
  [MAIL.replace("body", "b\u00f6dy"), { sevenBit: true }, /^line 9 has an octet above 127/],
];
for (const [message, options, why] of refusals) {
  test(`cannot sign: ${JSON.stringify(message.slice(-30))} ${JSON.stringify(options)}`, async () => {
    await assert.rejects(sign(message, { ...both, ...options }), failsWith("cannotSign", why));
  });
}

test("what is refused by default can be let through", async () => {
  const long = `${MAIL}${"x".repeat(999)}\r\n`;
  const { message, warnings } = await sign(long, { ...both, longLines: "pass" });
  assert.deepEqual(warnings, []);
  assert.deepEqual(await outcomesOf(message(), { rsa: RSA, ed25519: ED25519 }), ["rsa pass", "ed25519 pass"]);
  await assert.rejects(sign(MAIL, by(ed25519({ bodyLength: 1000 }))), failsWith("cannotSign", /1000 octets/));
});

// --- outside signers

const outside = (sign, algorithm = "rsa-sha256") => by(ed25519(), request({ algorithm, sign }));
const trouble = new Error("the HSM is on fire");
const failures = {
  "throws": [() => { throw trouble; }, /the HSM is on fire$/, trouble],
  "rejects": [() => Promise.reject(trouble), /the HSM is on fire$/, trouble],
  "rejects with a string": [() => Promise.reject("no"), /the signer failed: no$/, "no"],
  "rejects with nothing": [() => Promise.reject(), /the signer failed: undefined$/, undefined],
  "throws what cannot be read": [() => { throw { get message() { throw 1; } }; }, /cannot be read/],
  "gives nothing": [() => undefined, /neither a Uint8Array nor an ArrayBuffer$/],
  "gives base64": [async () => "AAAA", /neither a Uint8Array nor an ArrayBuffer$/],
  "gives an array of numbers": [() => [1, 2, 3], /neither a Uint8Array nor an ArrayBuffer$/],
  "gives no octets": [() => new Uint8Array(0), /gave 0 octets, which is no rsa-sha256 signature/],
  "gives too few octets": [() => new Uint8Array(64), /gave 64 octets, which is no rsa-sha256 signature/],
  "gives too many octets": [() => new Uint8Array(1 << 20), /gave 1048576 octets/],
  "gives a thenable that throws": [() => ({ get then() { throw trouble; } }), /the HSM is on fire$/, trouble],
};
for (const [kind, [signer, why, cause]] of Object.entries(failures)) {
  test(`an outside signer ${kind}`, async () => {
    await assert.rejects(sign(MAIL, outside(signer)), (error) => {
      failsWith("signerFailed", "options.signatures[1].key: ")(error);
      assert.match(error.message, why);
      if (cause) assert.equal(error.cause, cause);
      return true;
    });
  });
}

test("an Ed25519 signature has 64 octets", async () => {
  const options = outside(() => new Uint8Array(63), "ed25519-sha256");
  await assert.rejects(sign(MAIL, options), failsWith("signerFailed", /63 octets, which is no ed25519-sha256/));
});

test("where one signer fails the others hear of it", async () => {
  let reason;
  const hangs = (data, { signal }) =>
    new Promise(() => signal.addEventListener("abort", () => (reason = signal.reason)));
  const options = by(
    request({ algorithm: "rsa-sha256", sign: hangs }),
    request({ algorithm: "rsa-sha256", sign: () => Promise.reject(trouble) }),
  );
  await assert.rejects(sign(MAIL, options), failsWith("signerFailed", /on fire/));
  assert.equal(reason.name, "AbortError");
});

test("a getter that throws, throws", async () => {
  const thrown = new Error("mine");
  const broken = { get algorithm() { throw thrown; }, sign() {} };
  await assert.rejects(sign(MAIL, by(request(broken))), (error) => error === thrown);
  const options = { get signatures() { throw thrown; } };
  await assert.rejects(sign(MAIL, options), (error) => error === thrown);
});

// --- aborting

test("a signal aborts: before, during a stream, during a signer", { timeout: 5000 }, async () => {
  await assert.rejects(sign(MAIL, { ...both, signal: AbortSignal.abort() }), { name: "AbortError" });

  const stream = new AbortController();
  let cancelled;
  const source = new ReadableStream({
    start: (controller) => controller.enqueue(MAIL_OCTETS.subarray(0, 10)),
    cancel: (reason) => (cancelled = reason),
  });
  setTimeout(() => stream.abort(), 20);
  await assert.rejects(sign(source, { ...both, signal: stream.signal }), { name: "AbortError" });
  assert.equal(cancelled?.name, "AbortError");

  const signer = new AbortController();
  let reason;
  const hangs = (data, { signal }) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        reason = signal.reason;
        reject(new Error("told later"));
      }),
    );
  setTimeout(() => signer.abort(new Error("enough")), 20);
  await assert.rejects(sign(MAIL, { ...outside(hangs), signal: signer.signal }), /enough/);
  assert.equal(reason.message, "enough");

  const late = new AbortController();
  const chunks = createSigner({ ...outside(() => new Promise(() => {})), signal: late.signal });
  await chunks.write(MAIL_OCTETS);
  setTimeout(() => late.abort(), 20);
  await assert.rejects(chunks.end(), { name: "AbortError" });
});

test("nothing is left behind on a signal that is used again and again", async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 5; i++) await sign(asyncPieces(MAIL_OCTETS, 100), { ...both, signal });
  await sign("no message", { ...both, signal }).catch(() => {});
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("many signings at once", async () => {
  const signed = await Promise.all(
    Array.from({ length: 100 }, (_, i) => sign(asyncPieces(MAIL_OCTETS, 20 + i), by(ed25519()))),
  );
  const [{ header }] = signed;
  for (const one of signed) assert.equal(one.header, header);
});
