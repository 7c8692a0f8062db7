import { abortable } from "./abort.js";
import { defaultResolver } from "./doh-client.js";
import { WaxsealError, asOurs, badArgument } from "./error.js";
import { noWebCrypto, wantedCrypto, webCrypto } from "./host-crypto.js";
import { load, loadNow } from "./load.js";
import { Lookups } from "./lookups.js";
import {
  checkPolicy,
  checked,
  func,
  isCount,
  isObject,
  signal,
  strings,
  text,
  word,
} from "./options.js";
import { isCryptoKey, keyFile, overwriting } from "./signing-key.js";

const KEY_PAIR = {
  type: word("rsa", "ed25519"),
  bits: [
    (value) => isCount(value) && value >= 1024 && value <= 8192,
    "a whole number of 1024 to 8192",
  ],
  crypto: word("wasm", "webcrypto"),
  domain: text,
  selector: text,
};

const TAGS = {
  domain: text,
  selector: text,
  ttl: [(value) => isCount(value) && value < 2 ** 31, "a whole number of seconds below 2^31"],
  hashes: strings,
  note: text,
  services: strings,
  flags: strings,
  granularity: text,
};

const CHECK_KEY = {
  domain: text,
  selector: text,
  resolver: func,
  privateKey: [() => true],
  publicKey: [() => true],
  policy: [isObject, "an object"],
  signal,
};

/**
 * Makes a key pair, and the record that publishes it.
 *
 * @param {import("./index.js").KeyPairOptions} options
 * @returns {Promise<import("./index.js").KeyPair>}
 */
export async function generateKeyPair(options) {
  const { type, bits, crypto, ...names } = checked(options, KEY_PAIR, "options", ["type"]);
  if (type === "ed25519" && bits !== undefined) {
    throw badArgument("options.bits", "left out: an Ed25519 key has but one size");
  }
  if (type === "rsa" && crypto === "wasm") {
    throw badArgument("options.crypto", 'left out, or "webcrypto", which makes RSA keys');
  }
  const core = await load();
  const key = await generate(core, type, bits ?? 2048, crypto);
  const published = key.publicKey();
  try {
    const { value, ...rest } = asOurs(() => published.record(names, "options"));
    return { privateKey: key.pem, publicKey: published.pem, record: value, ...rest };
  } finally {
    published.free();
    key.free();
  }
}

/**
 * The record that publishes a key (RFC 6376 §3.6.1).
 *
 * @param {import("./index.js").KeyFile} key
 * @param {import("./index.js").RecordTags} [tags]
 * @returns {import("./index.js").KeyRecord}
 */
export function keyRecord(key, tags = {}) {
  const file = keyFile(key);
  if (!file) {
    const hint = isCryptoKey(key) ? "; export a CryptoKey first" : "";
    throw badArgument("key", `a PEM string, or DER in a Uint8Array${hint}`);
  }
  const given = checked(tags, TAGS, "tags");
  const core = loadNow();
  const parsed = overwriting(file, "key", () => core.PublicKey.parse(file));
  try {
    return asOurs(() => parsed.record(given, "tags"));
  } finally {
    parsed.free();
  }
}

/**
 * Whether a key is published, can be used, and is the one that is meant.
 *
 * @param {import("./index.js").CheckKeyOptions} options
 * @returns {Promise<import("./index.js").KeyReport>}
 */
export async function checkKey(options) {
  const given = checked(options, CHECK_KEY, "options", ["domain", "selector"]);
  const { resolver = defaultResolver(load), signal, privateKey, publicKey, ...rest } = given;
  const { dnsTimeout, ...policy } = checkPolicy(rest.policy ?? {});
  const lookups = new Lookups(resolver, dnsTimeout, signal);
  let check;
  try {
    const core = await abortable(load(), signal);
    const expected = (await expectedKey(core, given)) ?? undefined;
    const settings = { domain: rest.domain, selector: rest.selector, policy };
    // The core takes `expected` over.
    check = asOurs(() => core.keyCheck(settings, expected));
    await abortable(lookups.answered(check), signal);
    if (lookups.failure) throw lookups.failure;
    return JSON.parse(asOurs(() => check.finish()));
  } finally {
    lookups.close();
    check?.free();
  }
}

/** The key that should be published, where the caller says so. */
async function expectedKey(core, { privateKey, publicKey }) {
  if (privateKey !== undefined && publicKey !== undefined) {
    throw badArgument("options.publicKey", "left out where options.privateKey is given");
  }
  if (publicKey !== undefined) {
    const file = await fileOf(publicKey, "options.publicKey", "spki");
    return overwriting(file, "options.publicKey", () => core.PublicKey.parse(file));
  }
  if (privateKey !== undefined) {
    const file = await fileOf(privateKey, "options.privateKey", "pkcs8");
    return overwriting(file, "options.privateKey", () => {
      const key = core.PrivateKey.parse(file);
      const published = key.publicKey();
      key.free();
      return published;
    });
  }
  return undefined;
}

/** The octets of a key of any kind that gives them away. */
async function fileOf(key, path, format) {
  const file = keyFile(key);
  if (file) return file;
  if (isCryptoKey(key) && key.extractable) {
    try {
      return new Uint8Array(await webCrypto().exportKey(format, key));
    } catch (error) {
      throw new WaxsealError("badKey", `${path}: it cannot be exported: ${error.message}`, { cause: error });
    }
  }
  const hint = format === "pkcs8" ? "; of one that stays where it is, give options.publicKey" : "";
  throw badArgument(path, `a PEM string, DER in a Uint8Array or an extractable CryptoKey${hint}`);
}

function generate(core, type, bits, crypto) {
  return type === "rsa" ? generateRsa(core, bits) : generateEd25519(core, wantedCrypto(crypto));
}

/** By WebCrypto, which makes it without keeping anybody waiting. */
async function generateRsa(core, bits) {
  const subtle = webCrypto();
  if (!subtle) throw noWebCrypto("RSA keys are made there; make an Ed25519 key, or RSA keys elsewhere");
  const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: bits };
  kind.publicExponent = new Uint8Array([1, 0, 1]);
  const made = await generateBy(subtle, kind).catch((error) => {
    throw cannotMake(bits, error.message, error);
  });
  const key = overwriting(made, "WebCrypto's key", () => core.PrivateKey.parse(made));
  if (key.bits === bits) return key;
  const found = key.bits;
  key.free();
  // Some round, and do not say so.
  throw cannotMake(bits, `it made one of ${found}`);
}

function cannotMake(bits, why, cause) {
  const message = `options.bits: WebCrypto makes no RSA key of ${bits} bits here (${why}); 2048 is usual`;
  return new WaxsealError("unsupportedRuntime", message, { cause });
}

/** By the core, from random numbers of the host; or by the host, where that is wanted and can be. */
async function generateEd25519(core, subtle) {
  const made = await (subtle && generateBy(subtle, { name: "Ed25519" }).catch(() => undefined));
  if (made) return overwriting(made, "WebCrypto's key", () => core.PrivateKey.parse(made));
  if (typeof globalThis.crypto?.getRandomValues !== "function") {
    const why = "there is no crypto.getRandomValues here, and keys must come from nothing less";
    throw new WaxsealError("unsupportedRuntime", why);
  }
  return asOurs(() => core.PrivateKey.generate((array) => globalThis.crypto.getRandomValues(array)));
}

/** A key of WebCrypto, as PKCS#8. */
async function generateBy(subtle, kind) {
  const { privateKey } = await subtle.generateKey(kind, true, ["sign", "verify"]);
  return new Uint8Array(await subtle.exportKey("pkcs8", privateKey));
}
