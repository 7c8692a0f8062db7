// Keys in files that sign in WebCrypto, and keys that it makes.
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  ED25519_PEM,
  MAIL,
  RSA,
  RSA_1024,
  SIGNED_AT,
  by,
  ed25519,
  file,
  outcomesOf,
  request,
} from "./sign-support.mjs";
import { createSigner, failsWith, generateKeyPair, keyRecord, sealArc, sign, verify } from "./support.mjs";

const real = globalThis.crypto;
const counts = {};

/** WebCrypto, counted, with some of its functions replaced. */
function counting(replaced = {}) {
  for (const name of Object.keys(counts)) delete counts[name];
  const subtle = {};
  for (const name of ["importKey", "sign", "verify", "generateKey", "exportKey"]) {
    subtle[name] = (...args) => {
      counts[name] = (counts[name] ?? 0) + 1;
      return (replaced[name] ?? real.subtle[name].bind(real.subtle))(...args);
    };
  }
  return { subtle, getRandomValues: (array) => real.getRandomValues(array) };
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

const newRsa = (modulusLength = 1024, publicExponent = 65537) =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).privateKey;
const header = async (...signatures) => (await sign(MAIL, by(...signatures))).header;
const noEd25519 = (...args) =>
  [args[0], args[2]].some((kind) => kind?.name === "Ed25519")
    ? Promise.reject(new DOMException("unknown algorithm", "NotSupportedError"))
    : real.subtle.importKey(...args);

// --- RSA keys

test("an RSA key in a file is imported once, however many messages it signs", async () => {
  const key = file(newRsa(2048));
  await having(counting(), async () => {
    const headers = new Set();
    // As other strings with the same characters, as octets, and side by side.
    for (let i = 0; i < 3; i++) headers.add(await header(request(`${key}`)));
    headers.add(await header(request(new TextEncoder().encode(key))));
    const [one, two] = await Promise.all([header(request(key)), header(request(key))]);
    headers.add(one).add(two);
    assert.equal(headers.size, 1);
    assert.deepEqual(await outcomesOf(one + MAIL, { s: key }), ["s pass"]);
  });
  // One signature more than messages: to see what WebCrypto makes of the key.
  assert.deepEqual(counts, { importKey: 1, sign: 7 });
});

test("a key that is used first by several at a time is imported once", async () => {
  const key = file(newRsa());
  await having(counting(), () => Promise.all([1, 2, 3].map(() => header(request(key), request(key)))));
  assert.deepEqual(counts, { importKey: 1, sign: 7 });
});

test("eight keys are kept, the last that were used", async () => {
  const keys = Array.from({ length: 9 }, () => file(newRsa()));
  await having(counting(), async () => {
    for (const key of keys.slice(0, 8)) await header(request(key));
    await header(request(keys[0]));
    assert.equal(counts.importKey, 8);
    await header(request(keys[8])); // which has keys[1] forgotten
    await header(request(keys[0]));
    assert.equal(counts.importKey, 9);
    await header(request(keys[1]));
    assert.equal(counts.importKey, 10);
  });
});

for (const [name, key] of Object.entries({
  "1024 bits": RSA_1024,
  "1031 bits": newRsa(1031),
  "2048 bits and the exponent 3": newRsa(2048, 3),
  "8192 bits": createPrivateKey(readFileSync(new URL("keys/rsa-8192.pem", import.meta.url))),
})) {
  test(`an RSA key of ${name} signs, as PKCS#1 and PKCS#8`, async () => {
    const forms = [["pkcs1", "pem"], ["pkcs8", "pem"], ["pkcs1", "der"], ["pkcs8", "der"]];
    const fields = await Promise.all(forms.map((form) => header(request(file(key, ...form)))));
    assert.equal(new Set(fields).size, 1);
    assert.deepEqual(await outcomesOf(fields[0] + MAIL, { s: key }), ["s pass"]);
  });
}

test("without WebCrypto, as on a page without https, an RSA key is an error that says what to do", async () => {
  const key = file(RSA);
  for (const crypto of [undefined, {}, { getRandomValues() {} }]) {
    await having(crypto, async () => {
      const isClear = failsWith("unsupportedRuntime", /^options\.signatures\[0\]\.key: .*https.*Ed25519.*algorithm, sign/);
      await assert.rejects(header(request(key)), isClear);
      const signer = createSigner(by(request(key)));
      await assert.rejects(signer.end(), isClear);
      assert.equal((await header(request(ED25519_PEM))).length > 0, true);
    });
  }
  assert.ok(await header(request(key)));
});

test("a key that WebCrypto does not take is named, and tried again another time", async () => {
  const key = file(newRsa(1536));
  const refused = new DOMException("not of this size", "NotSupportedError");
  for (const importKey of [() => Promise.reject(refused), () => { throw refused; }]) {
    await having(counting({ importKey }), async () => {
      const isClear = (error) =>
        error.cause === refused &&
        failsWith(
          "unsupportedRuntime",
          "options.signatures[1].key: WebCrypto does not sign with this RSA key of 1536 bits here: not of this size; take one of 2048",
        )(error);
      await assert.rejects(header(ed25519(), request(key)), isClear);
      await assert.rejects(header(ed25519(), request(key)), isClear);
      assert.equal(counts.importKey, 2);
    });
  }
  assert.ok(await header(request(key)));
});

test("WebCrypto that signs wrongly is noticed before a signature goes anywhere", async () => {
  const key = file(newRsa());
  const wrong = async (...args) => {
    const signature = new Uint8Array(await real.subtle.sign(...args));
    signature[100] ^= 1;
    return signature.buffer;
  };
  await having(counting({ sign: wrong }), async () => {
    await assert.rejects(header(request(key)), failsWith("unsupportedRuntime", /its signatures are wrong/));
  });
  assert.ok(await header(request(key)));
});

test("a signal ends the wait for a key", { timeout: 5000 }, async () => {
  const key = file(newRsa());
  for (const name of ["importKey", "sign"]) {
    await having(counting({ [name]: () => new Promise(() => {}) }), async () => {
      const controller = new AbortController();
      const signing = sign(MAIL, { ...by(request(key)), signal: controller.signal });
      setTimeout(() => controller.abort(new Error("enough")), 20);
      await assert.rejects(signing, /^Error: enough$/);
    });
  }
});

// --- Ed25519 keys

test("an Ed25519 key signs in the core, or in the host where that is wanted and can be", async () => {
  const inside = await having(counting(), () => header(ed25519()));
  assert.deepEqual(counts, {});
  const hosts = [
    [{}, { importKey: 1, sign: 3 }],
    [{ importKey: noEd25519 }, { importKey: 2 }],
    [{ sign: () => Promise.reject(new Error("no")) }, { importKey: 2, sign: 2 }],
    [{ sign: async () => new ArrayBuffer(64) }, { importKey: 2, sign: 2 }],
  ];
  for (const [replaced, expected] of hosts) {
    await having(counting(replaced), async () => {
      for (let i = 0; i < 2; i++) {
        const { header } = await sign(MAIL, { ...by(ed25519()), crypto: "webcrypto" });
        assert.equal(header, inside);
      }
    });
    assert.deepEqual(counts, expected);
  }
});

for (const crypto of ["node", true, null]) {
  test(`options.crypto must not be ${crypto}`, async () => {
    const isNamed = failsWith("badArgument", 'options.crypto must be "wasm" or "webcrypto"');
    await assert.rejects(sign(MAIL, { ...by(ed25519()), crypto }), isNamed);
    assert.throws(() => createSigner({ ...by(ed25519()), crypto }), isNamed);
    await assert.rejects(generateKeyPair({ type: "rsa", crypto }), isNamed);
    await assert.rejects(sealArc(MAIL, { ...seal, crypto }), isNamed);
  });
}

test("WebCrypto that is wanted and not there is told at once", async () => {
  const isClear = failsWith("unsupportedRuntime", /https/);
  await having({}, async () => {
    assert.throws(() => createSigner({ ...by(ed25519()), crypto: "webcrypto" }), isClear);
    await assert.rejects(sealArc(MAIL, { ...seal, crypto: "webcrypto" }), isClear);
    await assert.rejects(generateKeyPair({ type: "ed25519", crypto: "webcrypto" }), isClear);
    await assert.rejects(generateKeyPair({ type: "rsa" }), isClear);
  });
});

// --- ARC

const seal = {
  domain: "example.com",
  selector: "s",
  key: ED25519_PEM,
  authenticationResults: "mx.example.net; none",
  now: SIGNED_AT,
};

test("a chain is checked and sealed by the host", async () => {
  const resolver = () => [keyRecord(ED25519_PEM).value];
  const first = (await sealArc(MAIL, { ...seal, resolver })).message();
  const inside = await sealArc(first, { ...seal, resolver });
  const outside = await having(counting(), () => sealArc(first, { ...seal, resolver, crypto: "webcrypto" }));
  assert.equal(outside.chain, "pass");
  assert.deepEqual({ ...outside, message: 0 }, { ...inside, message: 0 });
  assert.deepEqual(counts, { importKey: 2, verify: 2, sign: 3 });
  // One octet further, the chain fails in both.
  const changed = new TextDecoder().decode(first).replace("this is a body", "that is a body");
  for (const crypto of ["wasm", "webcrypto"]) {
    const { header, chain, reason } = await sealArc(changed, { ...seal, resolver, crypto });
    assert.deepEqual([header, chain, reason], ["", "fail", "chainFailed"]);
  }
});

// --- new keys

const pass = async (pair) => {
  const { message } = await sign(MAIL, by(request(pair.privateKey)));
  const { result } = await verify(message(), { resolver: () => [pair.record], now: SIGNED_AT });
  assert.equal(result, "pass");
};

test("generateKeyPair: an Ed25519 key of the host, or of the core where it makes none", async () => {
  const pair = await having(counting(), () => generateKeyPair({ type: "ed25519", crypto: "webcrypto" }));
  assert.deepEqual(counts, { generateKey: 1, exportKey: 1 });
  await pass(pair);
  const generateKey = () => Promise.reject(new DOMException("unknown algorithm", "NotSupportedError"));
  await pass(await having(counting({ generateKey }), () => generateKeyPair({ type: "ed25519", crypto: "webcrypto" })));
  await pass(await having(counting(), () => generateKeyPair({ type: "ed25519", crypto: "wasm" })));
  assert.deepEqual(counts, {});
});

test("generateKeyPair: RSA of any size that the host makes", async () => {
  for (const bits of [1024, 1032, 1536]) {
    const pair = await generateKeyPair({ type: "rsa", bits });
    assert.equal(createPrivateKey(pair.privateKey).asymmetricKeyDetails.modulusLength, bits);
    await pass(pair);
  }
});

test("generateKeyPair: RSA that the host does not make is told, be it rounded in silence", async () => {
  const cannot = (why) => failsWith("unsupportedRuntime", `options.bits: WebCrypto makes no RSA key of 1030 bits here (${why})`);
  const generateKey = () => Promise.reject(new DOMException("no multiple of 8", "OperationError"));
  await having(counting({ generateKey }), () =>
    assert.rejects(generateKeyPair({ type: "rsa", bits: 1030 }), cannot("no multiple of 8")));
  const rounding = ({ ...kind }, ...rest) => real.subtle.generateKey({ ...kind, modulusLength: 1024 }, ...rest);
  await having(counting({ generateKey: rounding }), () =>
    assert.rejects(generateKeyPair({ type: "rsa", bits: 1030 }), cannot("it made one of 1024")));
  const isNamed = failsWith("badArgument", 'options.crypto must be left out, or "webcrypto"');
  await assert.rejects(generateKeyPair({ type: "rsa", crypto: "wasm" }), isNamed);
});
