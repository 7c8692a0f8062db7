// crypto: "webcrypto": who computes makes no difference to a report.
import assert from "node:assert/strict";
import { constants, createPublicKey, generateKeyPairSync, createHash, privateEncrypt, sign as nodeSign } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { HOSTILE } from "./hostile-ed25519.mjs";
import { MAIL, SIGNED_AT, by, request } from "./sign-support.mjs";
import { MESSAGE, createVerifier, failsWith, good, outcomes, sign, verify } from "./support.mjs";

const real = globalThis.crypto;
const counts = { verify: 0, verified: 0, importKey: 0, underWay: 0, most: 0 };

/** WebCrypto, counted, with some of its functions replaced. */
function counting(replaced = {}) {
  Object.assign(counts, { verify: 0, verified: 0, importKey: 0, underWay: 0, most: 0 });
  const subtle = {
    importKey(...args) {
      counts.importKey++;
      return real.subtle.importKey(...args);
    },
    async verify(...args) {
      counts.verify++;
      counts.most = Math.max(counts.most, ++counts.underWay);
      try {
        const verifies = await real.subtle.verify(...args);
        if (verifies) counts.verified++;
        return verifies;
      } finally {
        counts.underWay--;
      }
    },
    ...replaced,
  };
  return { subtle };
}

/** With that instead of the global `crypto`. */
async function having(crypto, run) {
  Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
  try {
    return await run();
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: real, configurable: true });
  }
}

/** The outcome of the only signature, the same with and without WebCrypto, and a trace of it. */
async function same(message, options) {
  const reports = [];
  for (const trace of [false, true]) {
    for (const crypto of ["wasm", "webcrypto"]) {
      reports.push(JSON.stringify(await verify(message, { ...options, crypto, trace })));
    }
  }
  assert.equal(reports[1], reports[0]);
  assert.equal(reports[3], reports[2]);
  return outcomes(JSON.parse(reports[0])).join();
}

test("WebCrypto checks the signatures, and the report is the same", async () => {
  const inside = await verify(MESSAGE, good());
  const outside = await having(counting(), () => verify(MESSAGE, good({ crypto: "webcrypto" })));
  assert.equal(JSON.stringify(outside), JSON.stringify(inside));
  assert.deepEqual([counts.importKey, counts.verify, counts.verified], [2, 2, 2]);
  await having(counting(), () => verify(MESSAGE, good()));
  await having(counting(), () => verify(MESSAGE, good({ crypto: "wasm" })));
  assert.equal(counts.verify, 0);
});

test("a message that comes in chunks is checked alike", async () => {
  await having(counting(), async () => {
    const verifier = createVerifier(good({ crypto: "webcrypto" }));
    for (const octet of new TextEncoder().encode(MESSAGE)) verifier.write(Uint8Array.of(octet));
    assert.deepEqual(outcomes(await verifier.end()), ["pass", "pass"]);
  });
  assert.equal(counts.verified, 2);
});

test("a key is imported once for many messages; one that is refused is tried again", async () => {
  const options = good({ crypto: "webcrypto" });
  await having(counting(), async () => {
    for (let i = 0; i < 3; i++) await verify(MESSAGE, options);
  });
  assert.deepEqual([counts.importKey, counts.verified], [2, 6]);
  let refusals = 0;
  const importKey = (...args) =>
    refusals++ < 2 ? Promise.reject(new DOMException("no", "DataError")) : real.subtle.importKey(...args);
  await having(counting({ importKey }), async () => {
    for (let i = 0; i < 3; i++) assert.equal((await verify(MESSAGE, options)).result, "pass");
  });
  assert.deepEqual([refusals, counts.verified], [4, 4]);
});

test("nothing is asked of WebCrypto where nothing is to be computed", async () => {
  for (const message of [MESSAGE.replace("Hi.", "Ho."), MESSAGE.replaceAll("b=", "b=A"), MAIL]) {
    await having(counting(), () => verify(message, good({ crypto: "webcrypto" })));
    assert.equal(counts.importKey, 0);
  }
});

const broken = {
  "says no": { verify: async () => false },
  "throws": { verify: () => { throw new TypeError("not here"); } },
  "rejects": { verify: () => Promise.reject(new DOMException("no", "OperationError")) },
  "gives something else": { verify: async () => "true" },
  "takes no key": { importKey: () => Promise.reject(new DOMException("no", "DataError")) },
  "knows no Ed25519": {
    importKey(format, key, kind, ...rest) {
      if (kind.name === "Ed25519") throw new DOMException("unknown algorithm", "NotSupportedError");
      return real.subtle.importKey(format, key, kind, ...rest);
    },
  },
};
for (const [what, replaced] of Object.entries(broken)) {
  test(`WebCrypto that ${what}: the core computes, and the report is the same`, async () => {
    const inside = JSON.stringify(await verify(MESSAGE, good()));
    const options = good({ crypto: "webcrypto" });
    const outside = await having(counting(replaced), () => verify(MESSAGE, options));
    assert.equal(JSON.stringify(outside), inside);
    const changed = MESSAGE.replace("Is dinner", "Was dinner");
    const inBoth = await having(counting(replaced), () => same(changed, options));
    assert.equal(inBoth, "fail signatureMismatch,fail signatureMismatch");
  });
}

test("without WebCrypto, as on a page without https, the error says what to do", async () => {
  for (const crypto of [undefined, {}, { getRandomValues() {} }]) {
    await having(crypto, async () => {
      const options = good({ crypto: "webcrypto" });
      const isClear = failsWith("unsupportedRuntime", /^there is no crypto\.subtle here, .*https.*leave options\.crypto out/);
      await assert.rejects(verify(MESSAGE, options), isClear);
      assert.throws(() => createVerifier(options), isClear);
      assert.equal((await verify(MESSAGE, good())).result, "pass");
    });
  }
});

for (const crypto of ["node", "WebCrypto", true, null, globalThis.crypto]) {
  test(`options.crypto must not be ${crypto}`, async () => {
    const isNamed = failsWith("badArgument", 'options.crypto must be "wasm" or "webcrypto"');
    await assert.rejects(verify(MESSAGE, good({ crypto })), isNamed);
  });
}

test("few checks are under way at a time", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const { message } = await sign(MAIL, by(...Array.from({ length: 10 }, () => request(key))));
  const resolver = () => [`p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`];
  const options = { resolver, now: SIGNED_AT, crypto: "webcrypto" };
  const report = await having(counting(), () => verify(message(), options));
  assert.deepEqual(outcomes(report), Array(10).fill("pass"));
  assert.equal(counts.verified, 10);
  assert.ok(counts.most > 1 && counts.most <= 4, `${counts.most} at a time`);
});

test("a signal ends a check that never comes back", { timeout: 5000 }, async () => {
  for (const replaced of [{ verify: () => new Promise(() => {}) }, { importKey: () => new Promise(() => {}) }]) {
    await having(counting(replaced), async () => {
      const controller = new AbortController();
      const verifying = verify(MESSAGE, good({ crypto: "webcrypto", signal: controller.signal }));
      setTimeout(() => controller.abort(new Error("enough")), 20);
      await assert.rejects(verifying, /^Error: enough$/);
    });
  }
});

// --- hostile keys and signatures

/** A message with that signature, made of what it covers. */
async function signedBy(algorithm, signature) {
  const key = { algorithm, sign: async (data, about) => signature(data, about) };
  return (await sign(MAIL, by(request(key)))).message();
}

const answering = (record) => ({ resolver: () => [record], now: SIGNED_AT });

test("Ed25519 that programs disagree about is judged alike", async (t) => {
  const passing = [];
  for (const [name, { key, sign }] of Object.entries(HOSTILE)) {
    await t.test(name, async () => {
      const message = await signedBy("ed25519-sha256", sign);
      const record = `v=DKIM1; k=ed25519; p=${Buffer.from(key).toString("base64")}`;
      if ((await same(message, answering(record))) === "pass") passing.push(name);
    });
  }
  assert.deepEqual(passing, [
    "a key like any other",
    "a key of mixed order, 8, that does not show",
    "a key of mixed order, 4, that does not show",
    "a key of mixed order, 2, that does not show",
  ]);
});

const pem = (name) => readFileSync(new URL(`keys/${name}.pem`, import.meta.url), "utf8");
const generated = (modulusLength, publicExponent = 65537) =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).privateKey;
const rsaKeys = {
  "1024 bits": generated(1024),
  "1031 bits": generated(1031),
  "2048 bits": generated(2048),
  "2048 bits, exponent 3": generated(2048, 3),
  "2048 bits, exponent 2^32 - 5": generated(2048, 2 ** 32 - 5),
  "3072 bits, exponent 17": generated(3072, 17),
  "4096 bits": pem("rsa-4096"),
  "8192 bits": pem("rsa-8192"),
};
const recordOf = (key) =>
  `v=DKIM1; k=rsa; p=${createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64")}`;
const options = (key) => answering(recordOf(key));

for (const [name, key] of Object.entries(rsaKeys)) {
  test(`RSA of ${name} is judged alike, right or wrong`, async () => {
    const octets = Math.ceil(createPublicKey(key).asymmetricKeyDetails.modulusLength / 8);
    const good = await signedBy("rsa-sha256", (data) => nodeSign("sha256", data, key));
    assert.equal(await same(good, options(key)), "pass");
    assert.equal(await same(await changedIn(key, (s) => s.with(octets - 1, s.at(-1) ^ 1)), options(key)), MISMATCH);
    assert.equal(await same(await changedIn(key, (s) => s.fill(0)), options(key)), MISMATCH);
    assert.equal(await same(await changedIn(key, (s) => s.fill(0xff)), options(key)), MISMATCH);
    if (octets > 128) {
      assert.equal(await same(await changedIn(key, (s) => s.subarray(1)), options(key)), MISMATCH);
    }
    if (octets < 1024) {
      const longer = await changedIn(key, (s) => Uint8Array.of(0, ...s));
      assert.equal(await same(longer, options(key)), MISMATCH);
    }
  });
}

const MISMATCH = "fail signatureMismatch";
const changedIn = (key, change) =>
  signedBy("rsa-sha256", (data) => change(new Uint8Array(nodeSign("sha256", data, key))));

test("RSA signatures that are encoded otherwise are judged alike", async () => {
  const key = rsaKeys["2048 bits"];
  const SHA256 = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
  const padded = (tail, { type = 1, fill = 0xff, less = 0, after = [] } = {}) => {
    const padding = Array(256 - 3 - tail.length - less - after.length).fill(fill);
    return [0, type, ...padding, 0, ...tail, ...Array(less).fill(0), ...after];
  };
  const encodings = {
    "as it should be": (digest) => padded([...SHA256, ...digest]),
    "without NULL": (digest) => padded([0x30, 0x2f, 0x30, 0x0b, ...SHA256.slice(4, 15), 4, 0x20, ...digest]),
    "with a long form of a length": (digest) => padded([0x30, 0x81, 0x31, ...SHA256.slice(2), ...digest]),
    "without DigestInfo": (digest) => padded([...digest]),
    "of another hash": (digest) => padded([...SHA256.with(14, 3), ...digest]),
    "with octets after it": (digest) => padded([...SHA256, ...digest], { after: [1, 2, 3] }),
    "with short padding": (digest) => padded([...SHA256, ...digest], { less: 190 }),
    "with another padding": (digest) => padded([...SHA256, ...digest], { fill: 0xfe }),
    "of block type 2": (digest) => padded([...SHA256, ...digest], { type: 2 }),
    "of block type 0": (digest) => padded([...SHA256, ...digest], { type: 0, fill: 0 }),
  };
  for (const [name, encode] of Object.entries(encodings)) {
    const message = await signedBy("rsa-sha256", (data) => {
      const digest = createHash("sha256").update(data).digest();
      return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.from(encode(digest)));
    });
    const expected = name === "as it should be" ? "pass" : MISMATCH;
    assert.equal(await same(message, options(key)), expected, name);
  }
});

test("RSA keys that are no keys are judged alike", async () => {
  const key = rsaKeys["2048 bits"];
  const message = await signedBy("rsa-sha256", (data) => nodeSign("sha256", data, key));
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  const [modulusEnd, exponentEnd] = [der.length - 6, der.length - 1];
  const changed = (at, octet) => Buffer.from(der.with(at, octet)).toString("base64");
  for (const [p, expected] of [
    [der.toString("base64"), "pass"],
    [changed(modulusEnd, der[modulusEnd] ^ 1), "permerror keySyntax"], // even modulus
    [changed(modulusEnd, der[modulusEnd] ^ 2), MISMATCH],
    [changed(exponentEnd, 2), "permerror keySyntax"],
    [changed(exponentEnd, 3), MISMATCH],
    [changed(der.length - 3, 0), "permerror keySyntax"], // exponent 1
    [Buffer.from([...der, 0]).toString("base64"), "permerror keySyntax"],
    [recordOf(pem("rsa-8192")).split("p=")[1], MISMATCH],
  ]) {
    assert.equal(await same(message, answering(`p=${p}`)), expected, p.slice(-12));
  }
});

test("several key records are tried alike", async () => {
  const [right, wrong] = [rsaKeys["2048 bits"], rsaKeys["1024 bits"]];
  const message = await signedBy("rsa-sha256", (data) => nodeSign("sha256", data, right));
  const records = ["v=spf1 -all", recordOf(wrong), recordOf(rsaKeys["2048 bits, exponent 3"]), recordOf(right)];
  assert.equal(await same(message, { resolver: () => records, now: SIGNED_AT }), "pass");
  await having(counting(), () =>
    verify(message, { resolver: () => records, now: SIGNED_AT, crypto: "webcrypto" }));
  // None for the key of another length.
  assert.deepEqual([counts.verify, counts.verified], [1, 0]);
});

test("rsa-sha1, where it is allowed, is checked by WebCrypto; DomainKeys, of which there is but a digest, is not", async () => {
  const key = rsaKeys["2048 bits"];
  const fields = "From: a@example.com\r\n";
  const body = "Hi.\r\n";
  const signed = (octets) => nodeSign("sha1", Buffer.from(octets), key).toString("base64");
  const bh = createHash("sha1").update(body).digest("base64");
  const dkim = `DKIM-Signature: v=1; a=rsa-sha1; d=example.com; s=s; h=from; bh=${bh}; b=`;
  const domainKeys = "DomainKey-Signature: a=rsa-sha1; q=dns; c=simple; d=example.com; s=s; b=";
  for (const [field, covered, checks] of [
    [dkim, `${fields}${dkim}`, 1],
    [domainKeys, `${fields}\r\n${body}`, 0],
  ]) {
    const message = `${field}${signed(covered)}\r\n${fields}\r\n${body}`;
    const allowing = { ...options(key), policy: { allowSha1: true } };
    assert.equal(await same(message, allowing), "pass");
    assert.equal(await same(message.replace("a@", "b@"), allowing), MISMATCH);
    await having(counting(), () => verify(message, { ...allowing, crypto: "webcrypto" }));
    assert.deepEqual([counts.verify, counts.verified], [checks, checks]);
  }
});
