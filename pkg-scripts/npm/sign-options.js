import { badArgument } from "./error.js";
import { wantedCrypto } from "./host-crypto.js";
import { checked, flag, isCount, isObject, signal, strings, text, word } from "./options.js";
import { signingKey } from "./signing-key.js";

/** How a message may be repaired before it is signed, and what is refused. */
export const TRANSPORT = {
  lineEndings: word("normalize", "refuse"),
  longLines: word("refuse", "pass"),
  sevenBit: flag,
};

const OPTIONS = {
  signatures: [
    (value) => Array.isArray(value) && value.length > 0,
    "an array of at least one { domain, selector, key, … }",
  ],
  // t= and x= have at most twelve digits (RFC 6376 §3.5), which milliseconds do not fit in.
  now: [(value) => isCount(value) && value < 1e12, "a whole number of Unix seconds, not milliseconds"],
  ...TRANSPORT,
  crypto: word("wasm", "webcrypto"),
  signal,
};

/** What may be said of one signature. */
export const SIGNATURE = {
  domain: text,
  selector: text,
  key: [isKeyLike, "a PEM string, DER in a Uint8Array, a CryptoKey or { algorithm, sign }"],
  // rsa-sha1 must not be used for signing (RFC 8301 §3.1).
  algorithm: word("rsa-sha256", "ed25519-sha256"),
  canonicalization: [
    (value) => /^(simple|relaxed)(\/(simple|relaxed))?$/i.test(value) && typeof value === "string",
    '"relaxed/simple" or the like: simple or relaxed for the header, and for the body',
  ],
  identity: text,
  strictIdentity: flag,
  ttl: [(value) => isCount(value) && value > 0, "a whole number of seconds, at least 1"],
  timestamp: flag,
  headers: strings,
  oversign: [
    (value) => ["none", "present", "all"].includes(value) || strings[0](value),
    '"none", "present", "all" or an array of strings',
  ],
  bodyLength: [
    (value) => typeof value === "boolean" || isCount(value),
    "true for the whole body, or a whole number of octets",
  ],
  copyHeaders: flag,
  queryMethod: flag,
};

/**
 * The options of a signing, every one of them checked as far as that can be without the core.
 *
 * @param {object} options
 */
export function checkSignOptions(options) {
  const given = checked(options, OPTIONS, "options", ["signatures"]);
  const { signatures, crypto, signal, now = Math.floor(Date.now() / 1000), ...settings } = given;
  wantedCrypto(crypto);
  const requests = Array.from(signatures, (signature, index) => {
    return checkSignature(signature, `options.signatures[${index}]`, now, crypto);
  });
  return { requests, settings, signal };
}

/** One signature: what the core is told of it, and its key. */
function checkSignature(signature, path, now, crypto) {
  const needed = ["domain", "selector", "key"];
  const given = checked(signature, SIGNATURE, path, needed);
  const { key, ttl, timestamp = true, algorithm, ...request } = given;
  if (timestamp) request.timestamp = now;
  if (ttl !== undefined) request.expires = Math.min(now + ttl, Number.MAX_SAFE_INTEGER);
  return { request, algorithm, path, key: signingKey(key, `${path}.key`, crypto) };
}

function isKeyLike(value) {
  return typeof value === "string" || isObject(value);
}

/** Says that a signature's algorithm does not fit its key, where it does not. */
export function checkAlgorithm({ algorithm, path }, ofKey) {
  if (algorithm !== undefined && algorithm !== ofKey) {
    throw badArgument(`${path}.algorithm`, `"${ofKey}", which is what its key can do`);
  }
}
