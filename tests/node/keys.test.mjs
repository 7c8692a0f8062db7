// generateKeyPair and keyRecord.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";

import { PACKAGE, failsWith, generateKeyPair, keyRecord, sign, verify, zoneResolver } from "./support.mjs";
import { ED25519_PEM, MAIL, RSA, RSA_PEM, file, request } from "./sign-support.mjs";

const spki = (key, format = "der") => createPublicKey(key).export({ type: "spki", format });

// --- new keys

const names = { domain: "example.com", selector: "s" };

/** That the parts of a pair belong together, that node:crypto reads them, and that they work. */
async function checkPair(pair, type, bits) {
  const key = createPrivateKey(pair.privateKey);
  assert.equal(key.asymmetricKeyType, type);
  if (bits) assert.equal(key.asymmetricKeyDetails.modulusLength, bits);
  assert.match(pair.privateKey, /^-----BEGIN PRIVATE KEY-----\n[^]*\n-----END PRIVATE KEY-----\n$/);
  assert.deepEqual(spki(key), spki(pair.publicKey));
  assert.match(pair.publicKey, /^-----BEGIN PUBLIC KEY-----\n[^]*\n-----END PUBLIC KEY-----\n$/);
  const { message } = await sign(MAIL, { signatures: [request(pair.privateKey)] });
  const report = await verify(message(), { resolver: () => [pair.record] });
  assert.equal(report.result, "pass");
}

test("generateKeyPair: RSA", async () => {
  const pair = await generateKeyPair({ type: "rsa" });
  await checkPair(pair, "rsa", 2048);
  assert.equal(pair.record, `v=DKIM1; k=rsa; p=${spki(pair.publicKey).toString("base64")}`);
  assert.equal(pair.strings.join(""), pair.record);
  assert.equal("name" in pair, false);
  await checkPair(await generateKeyPair({ type: "rsa", bits: 1024 }), "rsa", 1024);
});

test("generateKeyPair: Ed25519, each one another", async () => {
  const pair = await generateKeyPair({ type: "ed25519", ...names });
  await checkPair(pair, "ed25519");
  assert.equal(pair.record, `v=DKIM1; k=ed25519; p=${spki(pair.publicKey).subarray(-32).toString("base64")}`);
  assert.equal(pair.name, "s._domainkey.example.com");
  assert.ok(pair.zone.startsWith("s._domainkey.example.com.\t3600 TXT ("));
  assert.notEqual((await generateKeyPair({ type: "ed25519" })).privateKey, pair.privateKey);
});

test("generateKeyPair: RSA without WebCrypto, as on a page without https", async (t) => {
  const { getRandomValues } = globalThis.crypto;
  const poor = { getRandomValues: (array) => getRandomValues.call(webcrypto, array) };
  const webcrypto = globalThis.crypto;
  t.mock.getter(globalThis, "crypto", () => poor);
  await assert.rejects(
    generateKeyPair({ type: "rsa", bits: 2048 }),
    failsWith("unsupportedRuntime", /https.*Ed25519/s),
  );
  const pair = await generateKeyPair({ type: "ed25519" });
  t.mock.restoreAll();
  await checkPair(pair, "ed25519");
});

test("generateKeyPair: without random numbers there is no key", async (t) => {
  t.mock.getter(globalThis, "crypto", () => undefined);
  await assert.rejects(generateKeyPair({ type: "ed25519" }), failsWith("unsupportedRuntime"));
  t.mock.restoreAll();
  const exhausted = { getRandomValues: () => { throw new Error("no entropy"); } };
  t.mock.getter(globalThis, "crypto", () => exhausted);
  await assert.rejects(generateKeyPair({ type: "ed25519" }), /no entropy/);
});

const badOptions = [
  [undefined, "options must be"],
  [{}, "options.type must be"],
  [{ type: "ec" }, "options.type must be"],
  [{ type: "RSA" }, "options.type must be"],
  [{ type: "rsa", bits: 512 }, "options.bits must be"],
  [{ type: "rsa", bits: 8193 }, "options.bits must be"],
  [{ type: "rsa", bits: "2048" }, "options.bits must be"],
  [{ type: "ed25519", bits: 256 }, "options.bits must be"],
  [{ type: "ed25519", domain: "example.com" }, "options.selector must be given where domain is"],
  [{ type: "ed25519", domain: "a..b", selector: "s" }, "options.domain must be a domain name: "],
  [{ type: "ed25519", selector: "a b" }, "options.selector must be a selector: "],
  [{ type: "ed25519", modulusLength: 2048 }, "options.modulusLength must be left out"],
];
for (const [options, message] of badOptions) {
  test(`generateKeyPair: bad argument ${JSON.stringify(options)}`, async () => {
    await assert.rejects(generateKeyPair(options), failsWith("badArgument", message));
  });
}

// --- records

const kinds = {
  "private, PEM": RSA_PEM,
  "private, PKCS#1 DER": new Uint8Array(file(RSA, "pkcs1", "der")),
  "public, PEM": spki(RSA, "pem"),
  "public, PEM of PKCS#1": createPublicKey(RSA).export({ type: "pkcs1", format: "pem" }),
  "public, DER": spki(RSA),
  "public, DER in an ArrayBuffer": Uint8Array.from(spki(RSA)).buffer,
};
for (const [kind, key] of Object.entries(kinds)) {
  test(`keyRecord: ${kind}`, () => {
    assert.equal(keyRecord(key).value, `v=DKIM1; k=rsa; p=${spki(RSA).toString("base64")}`);
  });
}

test("keyRecord: the input is not touched", () => {
  const der = new Uint8Array(file(RSA, "pkcs8", "der"));
  const copy = der.slice();
  keyRecord(der);
  assert.deepEqual(der, copy);
});

test("keyRecord: tags, strings, and the zone that a resolver reads", async () => {
  const tags = {
    domain: "Straße.example",
    selector: "S",
    ttl: 60,
    hashes: ["sha256"],
    note: "a note; \"quoted\"",
    services: ["email", "*"],
    flags: ["y", "s"],
    granularity: "*",
  };
  const { name, value, strings, zone } = keyRecord(RSA_PEM, tags);
  assert.equal(name, "s._domainkey.xn--strae-oqa.example");
  assert.match(value, /^v=DKIM1; g=\*; h=sha256; k=rsa; s=email:\*; t=y:s; n=a note=3B =22quoted=22; p=MII/);
  assert.equal(strings.join(""), value);
  assert.ok(strings.length > 1 && strings.every((string) => string.length <= 255));
  const answer = await zoneResolver(zone)(name, "TXT");
  assert.equal(answer.ttl, 60);
  assert.equal(new TextDecoder().decode(answer.records[0][0]), value);
});

test("keyRecord: a zone without a domain leaves the owner to the zone", () => {
  const relative = keyRecord(ED25519_PEM, { selector: "s" });
  assert.equal("name" in relative, false);
  assert.match(relative.zone, /^s\._domainkey\t3600 TXT \(\n {2}"v=DKIM1; k=ed25519; p="\n {2}"\S{44}"\)\n$/);
  assert.match(keyRecord(ED25519_PEM).zone, /^\t3600 TXT \(/);
});

const badRecords = [
  [undefined, {}, "badArgument", "key must be"],
  [RSA, {}, "badArgument", "key must be"],
  [await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]), {}, "badArgument", /export a CryptoKey first/],
  ["", {}, "badKey", "key: "],
  ["hello", {}, "badKey", "key: "],
  [generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }), {}, "badKey", "key: "],
  [ED25519_PEM, null, "badArgument", "tags must be"],
  [ED25519_PEM, { flags: "y" }, "badArgument", "tags.flags must be"],
  [ED25519_PEM, { flags: ["y:s"] }, "badArgument", "tags.flags: "],
  [ED25519_PEM, { hashes: ["sha256;"] }, "badArgument", "tags.hashes: "],
  [ED25519_PEM, { services: [""] }, "badArgument", "tags.services: "],
  [ED25519_PEM, { granularity: "a b" }, "badArgument", "tags.granularity: "],
  [ED25519_PEM, { note: 5 }, "badArgument", "tags.note must be"],
  [ED25519_PEM, { ttl: -1 }, "badArgument", "tags.ttl must be"],
  [ED25519_PEM, { domain: "example.com" }, "badArgument", "tags.selector must be given"],
  [ED25519_PEM, { notes: "x" }, "badArgument", "tags.notes must be left out"],
];
for (const [index, [key, tags, code, message]] of badRecords.entries()) {
  test(`keyRecord: ${code} ${index}, ${message}`, () => {
    assert.throws(() => keyRecord(key, tags), failsWith(code, message));
  });
}

// --- the start

const run = (code) =>
  execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).trim();
const entry = JSON.stringify(`${PACKAGE}/index.js`);
const key = JSON.stringify(ED25519_PEM);

test("keyRecord starts the module at once, alone and while it is being started", () => {
  const value = keyRecord(ED25519_PEM).value;
  assert.equal(run(`import { keyRecord } from ${entry}; console.log(keyRecord(${key}).value);`), value);
  const amid = `
    import { keyRecord, sign } from ${entry};
    const options = { signatures: [{ domain: "example.com", selector: "s", key: ${key} }], now: 1 };
    const mail = "From: a@example.com\\r\\n\\r\\n";
    const before = sign(mail, options);
    const { value } = keyRecord(${key});
    const same = (await before).header === (await sign(mail, options)).header;
    console.log(same && value);`;
  assert.equal(run(amid), value);
});

test("where a host does not start it at once, keyRecord says what to do", () => {
  const code = `
    import { keyRecord, ready } from ${entry};
    const refuse = { construct() { throw new RangeError("too large for the main thread"); } };
    WebAssembly.Module = new Proxy(WebAssembly.Module, refuse);
    WebAssembly.Instance = new Proxy(WebAssembly.Instance, refuse);
    try {
      keyRecord(${key});
    } catch (error) {
      console.log(error.name, error.code, error.message.includes("await ready()"), error.cause.name);
    }
    await ready();
    console.log(keyRecord(${key}).value.slice(0, 8));`;
  assert.equal(run(code), "WaxsealError notStarted true RangeError\nv=DKIM1;");
});
