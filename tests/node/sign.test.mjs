// Signing: what is made verifies, with every kind of key and message; and is what the native core
// makes, octet for octet.
import assert from "node:assert/strict";
import { createHash, privateEncrypt, sign as nodeSign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import {
  MESSAGE,
  asyncPieces,
  createSigner,
  failsWith,
  inPieces,
  repairLineEndings,
  sign,
  verify,
} from "./support.mjs";
import {
  ED25519,
  ED25519_PEM,
  MAIL,
  MAIL_OCTETS,
  RSA,
  RSA_1024,
  RSA_PEM,
  SIGNED_AT,
  by,
  cryptoKey,
  ed25519,
  file,
  outcomesOf,
  request,
  rsa,
} from "./sign-support.mjs";

const text = (octets) => new TextDecoder().decode(octets);
const arrayBuffer = (buffer) => Uint8Array.from(buffer).buffer;
const seed = (key) => file(key, "pkcs8", "der").subarray(-32).toString("base64");

const outsideRsa = { algorithm: "rsa-sha256", sign: (data) => nodeSign("sha256", data, RSA) };
// RFC 8017 §9.2: what PKCS #1 v1.5 pads is the DigestInfo, which ends in the digest.
const DIGEST_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");
const outsideOfDigest = {
  algorithm: "rsa-sha256",
  sign: async (_, { digest }) => privateEncrypt(RSA, Buffer.concat([DIGEST_INFO, digest])),
};
const outsideEd25519 = {
  algorithm: "ed25519-sha256",
  sign: async (data) => arrayBuffer(nodeSign(null, data, ED25519)),
};

const keys = {
  "RSA, PKCS#1 PEM": [RSA, file(RSA, "pkcs1")],
  "RSA, PKCS#1 DER": [RSA, new Uint8Array(file(RSA, "pkcs1", "der"))],
  "RSA, PKCS#8 PEM": [RSA, RSA_PEM],
  "RSA, PKCS#8 PEM as octets": [RSA, Buffer.from(RSA_PEM)],
  "RSA, PKCS#8 DER in an ArrayBuffer": [RSA, arrayBuffer(file(RSA, "pkcs8", "der"))],
  "RSA, CryptoKey that cannot be exported": [RSA, await cryptoKey(RSA)],
  "RSA, outside signer": [RSA, outsideRsa],
  "RSA, outside signer that takes the digest": [RSA, outsideOfDigest],
  "Ed25519, PKCS#8 PEM": [ED25519, ED25519_PEM],
  "Ed25519, PKCS#8 DER": [ED25519, file(ED25519, "pkcs8", "der")],
  "Ed25519, seed in base64": [ED25519, seed(ED25519)],
  "Ed25519, CryptoKey that cannot be exported": [ED25519, await cryptoKey(ED25519)],
  "Ed25519, outside signer that gives an ArrayBuffer": [ED25519, outsideEd25519],
};
const headers = new Map();
for (const [kind, [pair, key]] of Object.entries(keys)) {
  test(`key: ${kind}`, async () => {
    const { header, message, warnings } = await sign(MAIL, by(request(key)));
    assert.deepEqual(warnings, []);
    assert.equal(text(message()), header + MAIL);
    assert.deepEqual(await outcomesOf(message(), { s: pair }), ["s pass"]);
    // Both algorithms are deterministic: the same key makes the same signature wherever it is.
    headers.set(pair, headers.get(pair) ?? header);
    assert.equal(header, headers.get(pair));
  });
}

test("the field has the tags that are asked for, in their order", async () => {
  const plain = await sign(MAIL, by(ed25519()));
  const unfold = (header) => header.replace(/\r\n[ \t]+/g, " ");
  assert.match(
    unfold(plain.header),
    /^DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed\/simple; d=example\.com; s=ed25519; t=1700000000; h=From:From:[^;]*: Content-Transfer-Encoding; bh=\S+; b=[^;\n]+\r\n$/,
  );

  const all = ed25519({
    algorithm: "ed25519-sha256",
    canonicalization: "simple/relaxed",
    identity: "ann@mail.example.com",
    ttl: 21 * 24 * 3600,
    headers: ["from", "Subject"],
    oversign: "none",
    bodyLength: 4,
    copyHeaders: true,
    queryMethod: true,
  });
  const { header } = await sign(MAIL, by(all));
  assert.match(
    unfold(header),
    / c=simple\/relaxed; d=example\.com; s=ed25519; i=ann@mail\.example\.com; q=dns\/txt; t=1700000000; x=1701814400; l=4; h=from:Subject; z=From:Ann=20/,
  );
});

test("each option reaches the core", async () => {
  const tags = async (more) => {
    const { header } = await sign(MAIL, by(ed25519(more)));
    const list = header.slice(header.indexOf(":") + 1).replace(/\s/g, "").split(";");
    return Object.fromEntries(list.map((tag) => [tag[0] === "b" ? tag.split("=")[0] : tag[0], tag.slice(tag.indexOf("=") + 1)]));
  };
  assert.equal((await tags({ timestamp: false })).t, undefined);
  assert.equal((await tags({ timestamp: false, ttl: 5 })).x, `${SIGNED_AT + 5}`);
  assert.equal((await tags({ canonicalization: "simple" })).c, "simple/simple");
  assert.equal((await tags({ canonicalization: "Relaxed/RELAXED" })).c, "relaxed/relaxed");
  assert.equal((await tags({ headers: ["to", "X-No", "X-No"], oversign: "none" })).h, "From:to:X-No:X-No");
  assert.equal((await tags({ headers: ["From", "To"], oversign: "present" })).h, "From:From:To:To");
  assert.equal((await tags({ headers: ["From", "X-No"], oversign: "all" })).h, "From:From:X-No");
  assert.equal((await tags({ headers: ["From"], oversign: ["Cc"] })).h, "From:Cc");
  assert.equal((await tags({ bodyLength: true })).l, `${MAIL.length - MAIL.indexOf("\r\n\r\n") - 4}`);
  assert.equal((await tags({ bodyLength: false })).l, undefined);
  assert.equal((await tags({ domain: "Straße.example" })).d, "xn--strae-oqa.example");
  assert.equal((await tags({ strictIdentity: true, identity: "@example.com" })).i, "@example.com");
});

test("RSA and Ed25519 side by side, in the order of the requests", async () => {
  const slow = {
    algorithm: "rsa-sha256",
    sign: async (data) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return outsideRsa.sign(data);
    },
  };
  const { header, message } = await sign(MAIL, by(request(slow, { selector: "rsa" }), ed25519(), rsa()));
  assert.deepEqual(header.match(/ s=\w+/g), [" s=rsa", " s=ed25519", " s=rsa"]);
  const outcomes = await outcomesOf(message(), { rsa: RSA, ed25519: ED25519 });
  assert.deepEqual(outcomes, ["rsa pass", "ed25519 pass", "rsa pass"]);
  const changed = text(message()).replace("a body", "no body");
  assert.deepEqual(await outcomesOf(changed, { ed25519: ED25519 }), [
    "rsa keyNotFound",
    "ed25519 bodyHashMismatch",
    "rsa keyNotFound",
  ]);
});

test("now is the clock where it is not given", async () => {
  const before = Math.floor(Date.now() / 1000);
  const { header } = await sign(MAIL, { signatures: [ed25519({ ttl: 60 })] });
  const [, at] = header.match(/ t=(\d+);/);
  const [, expires] = header.match(/ x=(\d+);/);
  assert.ok(before <= Number(at) && Number(at) <= Math.floor(Date.now() / 1000));
  assert.equal(Number(expires), Number(at) + 60);
});

const kinds = {
  Uint8Array: () => MAIL_OCTETS,
  ArrayBuffer: () => MAIL_OCTETS.slice().buffer,
  string: () => MAIL,
  Blob: () => new Blob([MAIL_OCTETS]),
  Response: () => new Response(MAIL_OCTETS),
  ReadableStream: () => ReadableStream.from(asyncPieces(MAIL_OCTETS, 50)),
  "async generator": () => asyncPieces(MAIL_OCTETS, 1, 100, 7),
  "async generator that uses its buffer again": async function* () {
    const buffer = new Uint8Array(40);
    for (const piece of inPieces(MAIL_OCTETS, 40)) {
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
    }
  },
};
const expected = await sign(MAIL, by(ed25519(), rsa()));
for (const [kind, make] of Object.entries(kinds)) {
  test(`message: ${kind}`, async () => {
    const signed = await sign(make(), by(ed25519(), rsa()));
    assert.equal(signed.header, expected.header);
    assert.deepEqual(signed.message(), expected.message());
  });
}

test("message() is a copy each time, and none of what was given", async () => {
  const given = MAIL_OCTETS.slice();
  const { message, header } = await sign(given, by(ed25519()));
  given.fill(0);
  message().fill(0);
  assert.equal(text(message()), header + MAIL);
});

async function all(parts) {
  const found = [];
  for await (const part of parts) found.push(part);
  return found;
}

test("line endings are repaired, and told", async () => {
  const crlf = await sign(MAIL, by(ed25519()));
  for (const broken of [MAIL.replaceAll("\r\n", "\n"), MAIL.replaceAll("\r\n", "\r"), MAIL.replace("body.\r\n", "body.\r")]) {
    const { header, message, warnings } = await sign(asyncPieces(new TextEncoder().encode(broken), 7), by(ed25519()));
    assert.equal(header, crlf.header);
    assert.equal(text(message()), header + MAIL);
    assert.deepEqual(warnings.map(({ code }) => code), ["lineEndingsRepaired"]);
    // the same for those who keep the message themselves
    const repaired = await all(repairLineEndings(asyncPieces(new TextEncoder().encode(broken), 3)));
    assert.equal(text(Buffer.concat(repaired)), MAIL);
  }
  const kept = await all(repairLineEndings(MAIL));
  assert.equal(text(Buffer.concat(kept)), MAIL);
  assert.throws(() => repairLineEndings(5), failsWith("badArgument", "message must be"));
});

test("a weak RSA key is told, wherever it is", async () => {
  const outside = { algorithm: "rsa-sha256", sign: (data) => nodeSign("sha256", data, RSA_1024) };
  const signatures = [file(RSA_1024), await cryptoKey(RSA_1024), outside, RSA_PEM].map((key) => request(key));
  const { message, warnings } = await sign(MAIL, by(...signatures));
  assert.deepEqual(warnings.map(({ code }) => code), ["weakKey", "weakKey", "weakKey"]);
  warnings.forEach(({ explanation }, index) => {
    assert.ok(explanation.startsWith(`options.signatures[${index}].key: the RSA key has 1024 bits`), explanation);
  });
  assert.equal((await outcomesOf(message(), { s: RSA_1024 }))[0], "s pass");
});

test("an outside signer is told all there is to know", async () => {
  const calls = [];
  class Kms {
    algorithm = "rsa-sha256";
    #key = RSA;
    sign(...args) {
      calls.push(args);
      return nodeSign("sha256", args[0], this.#key);
    }
  }
  const ed = { algorithm: "ed25519-sha256", sign: (...args) => (calls.push(args), outsideEd25519.sign(args[0])) };
  await sign(MAIL, by(request(new Kms(), { domain: "EXAMPLE.com" }), request(ed)));
  for (const [data, about] of calls) {
    assert.ok(data instanceof Uint8Array);
    assert.equal(about.domain, "example.com");
    assert.equal(about.selector, "s");
    assert.ok(about.signal instanceof AbortSignal);
    assert.match(text(about.canonicalHeader), /^from:Ann Example.*dkim-signature:v=1; .* b=$/s);
    assert.deepEqual(Buffer.from(about.digest), createHash("sha256").update(about.canonicalHeader).digest());
    // RFC 8463 §3: Ed25519 signs the hash.
    const isRsa = about.algorithm === "rsa-sha256";
    assert.deepEqual(data, isRsa ? about.canonicalHeader : about.digest);
  }
  assert.equal(calls.length, 2);
});

// --- RFC 8463 appendix A

test("the message of RFC 8463 appendix A.3 is signed anew, with its key", async () => {
  const at = MESSAGE.indexOf("From: Joe");
  const unsigned = MESSAGE.slice(at);
  // §A.2
  const key = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
  const options = {
    domain: "football.example.com",
    selector: "brisbane",
    key,
    canonicalization: "relaxed/relaxed",
    identity: "@football.example.com",
    headers: ["from", "to", "subject", "date", "message-id", "from", "subject", "date"],
    oversign: "none",
    queryMethod: true,
  };
  const { header, message } = await sign(unsigned, { signatures: [options], now: 1528637909 });
  const value = (name, field) => new RegExp(`[; \\t\\n]${name}=([^;]*)`).exec(field)[1].replace(/\s/g, "");
  const published = MESSAGE.slice(0, at);
  assert.equal(value("bh", header), value("bh", published));
  const resolver = () => [["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]];
  assert.equal((await verify(message(), { resolver, now: 1528637909 })).result, "pass");
});

// --- equality with the native core; written by tests/suite/signing_cases.rs, which tells the form

const NATIVE = process.env.WAXSEAL_SIGNING_CASES ?? new URL("../../target/signing-cases.jsonl", import.meta.url);
const nativeCases = existsSync(NATIVE)
  ? readFileSync(NATIVE, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line))
  : [];
test("the native test has left its cases", () => {
  assert.ok(nativeCases.length > 100, `run the native tests first: there is no ${NATIVE}`);
});
test(`${nativeCases.length} signings are those of the native core, octet for octet`, async () => {
  for (const { id, message, now, requests, keys, header } of nativeCases) {
    const signatures = requests.map((request) => ({
      // null is what JSON has for "not given"
      ...Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null)),
      ...(request.bodyLength === "whole" && { bodyLength: true }),
      key: keys[request.algorithm],
    }));
    const octets = Buffer.from(message, "base64");
    const options = { signatures, now };
    assert.equal((await sign(octets, options)).header, header, id);
  }
  // The same in chunks.
  for (const { id, message, now, requests, header } of nativeCases.slice(0, 20)) {
    const signer = createSigner({
      now,
      signatures: requests.map((request) => ({
        ...Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null)),
        key: nativeCases[0].keys[request.algorithm],
      })),
    });
    for (const piece of inPieces(Buffer.from(message, "base64"), 1, 5, 100)) await signer.write(piece);
    assert.equal((await signer.end()).header, header, id);
  }
});
