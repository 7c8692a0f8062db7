import { abortable } from "./abort.js";
import { WaxsealError, asOurs, badArgument } from "./error.js";
import { noWebCrypto, webCrypto } from "./host-crypto.js";
import { handOver, knownKey, signWith } from "./host-keys.js";
import { octets } from "./message.js";

/**
 * A key that can sign, whatever a user calls a key.
 *
 * @typedef {object} SigningKey
 * @property {string} algorithm
 * @property {(unsigned: object, signal: AbortSignal) => Promise<{ field: string, bits: number }>} sign
 *   the complete field, and how long the key turned out to be
 * @property {() => void} free
 */

/**
 * What a user gave as a key, checked as far as that can be without the core.
 *
 * @param {unknown} key
 * @param {string} path
 * @param {"wasm" | "webcrypto"} [crypto]  who signs with an Ed25519 key in a file
 * @returns {(core: object) => SigningKey}  to be called once
 */
export function signingKey(key, path, crypto) {
  const file = keyFile(key);
  if (file) return (core) => ownKey(core, file, path, crypto);
  if (isCryptoKey(key)) return cryptoKey(key, path);
  return outsideKey(key, path);
}

/**
 * The octets of a PEM string or of DER, as a copy that is ours to overwrite.
 *
 * @param {unknown} key
 * @returns {Uint8Array | undefined}
 */
export function keyFile(key) {
  if (typeof key === "string") return new TextEncoder().encode(key);
  const array = octets(key);
  return array && Uint8Array.from(array);
}

/**
 * What the core makes of a file, which is overwritten then.
 *
 * @template T
 * @param {Uint8Array} file
 * @param {string} path  what the file is to a user
 * @param {() => T} parse
 * @returns {T}
 */
export function overwriting(file, path, parse) {
  try {
    return asOurs(parse);
  } catch (error) {
    throw located(error, path);
  } finally {
    file.fill(0);
  }
}

/** The same error, saying which argument it is about. */
function located(error, path) {
  if (error.code === "internal") return error;
  return new WaxsealError(error.code, `${path}: ${error.message}`, { cause: error.cause });
}

export function isCryptoKey(value) {
  return Object.prototype.toString.call(value) === "[object CryptoKey]";
}

/** A key in a file. RSA signs in WebCrypto, Ed25519 in the core, or where the host is wanted to. */
function ownKey(core, file, path, crypto) {
  const { own, host } = overwriting(file, path, () => read(core, file, crypto));
  const { algorithm, bits } = host ?? own;
  const sign = async (unsigned, signal) => {
    const signature = host && (await byHost(host, unsigned, signal, path));
    const field = asOurs(() => (signature ? unsigned.complete(signature) : unsigned.sign(own)));
    return { field, bits };
  };
  return { algorithm, sign, free: () => own?.free() };
}

/** The key as one of the core, of the host, or both. */
function read(core, file, crypto) {
  const subtle = webCrypto();
  const fingerprint = subtle && core.fingerprint(file);
  const known = subtle && knownKey(subtle, fingerprint);
  if (known?.algorithm === "rsa-sha256") return { host: known };
  const own = core.PrivateKey.parse(file);
  if (own.algorithm === "rsa-sha256") {
    if (subtle) return { host: handOver(subtle, fingerprint, own) };
    own.free();
    throw noWebCrypto("RSA keys sign there; take an Ed25519 key, or a signer of your own, { algorithm, sign }");
  }
  if (crypto !== "webcrypto") return { own };
  return { own, host: known ?? handOver(subtle, fingerprint, core.PrivateKey.parse(file)) };
}

/** The signature by WebCrypto; undefined where it does not sign with Ed25519, as the core does. */
async function byHost(host, unsigned, signal, path) {
  try {
    return await abortable(signWith(host, messageToSign(unsigned)), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (host.algorithm === "ed25519-sha256") return undefined;
    const what = `WebCrypto does not sign with this RSA key of ${host.bits} bits here: ${reasonOf(error)}`;
    const instead = "take one of 2048 bits, or a signer of your own, { algorithm, sign }";
    throw new WaxsealError("unsupportedRuntime", `${path}: ${what}; ${instead}`, { cause: error });
  }
}

/** A key of WebCrypto, which may be one that nobody can export. */
function cryptoKey(key, path) {
  const { type, usages, algorithm: kind } = key;
  const isRsa = kind.name === "RSASSA-PKCS1-v1_5" && kind.hash?.name === "SHA-256";
  if (type !== "private" || !usages.includes("sign") || !(isRsa || kind.name === "Ed25519")) {
    const kinds = "of RSASSA-PKCS1-v1_5 with SHA-256, or of Ed25519";
    throw badArgument(path, `a private CryptoKey ${kinds}, with the usage "sign"`);
  }
  // RFC 8301 §3.2; those that are too long are refused by verifiers.
  const bits = isRsa ? kind.modulusLength : undefined;
  if (bits < 1024 || bits > 8192) {
    const why = `the RSA key has ${bits} bits, but must have 1024 to 8192; make one of 2048`;
    throw new WaxsealError("badKey", `${path}: ${why}`);
  }
  const algorithm = isRsa ? "rsa-sha256" : "ed25519-sha256";
  const sign = (data) => webCrypto().sign(kind.name, key, data);
  return () => outside(algorithm, sign, path);
}

/** A key that only its signer can reach, in a KMS or an HSM. */
function outsideKey(key, path) {
  const { algorithm, sign } = key;
  if (typeof sign !== "function") {
    throw badArgument(path, "a PEM string, DER in a Uint8Array, a CryptoKey or { algorithm, sign }");
  }
  if (algorithm !== "rsa-sha256" && algorithm !== "ed25519-sha256") {
    throw badArgument(`${path}.algorithm`, '"rsa-sha256" or "ed25519-sha256"');
  }
  return () => outside(algorithm, (data, about) => sign.call(key, data, about), path);
}

function outside(algorithm, sign, path) {
  const failed = (why, cause) => new WaxsealError("signerFailed", `${path}: ${why}`, { cause });
  const ask = async (unsigned, signal) => {
    const { input: canonicalHeader, digest } = unsigned;
    const [domain, selector] = unsigned.names.split("/");
    const about = { algorithm, domain, selector, canonicalHeader, digest, signal };
    // Whatever it does: throw, reject, never settle.
    const asked = new Promise((resolve) => resolve(sign(messageToSign(unsigned), about)));
    let signature;
    try {
      signature = await abortable(asked, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw failed(`the signer failed: ${reasonOf(error)}`, error);
    }
    const array = octets(signature);
    if (!array) throw failed("the signer gave neither a Uint8Array nor an ArrayBuffer");
    return array;
  };
  const complete = async (unsigned, signal) => {
    const signature = await ask(unsigned, signal);
    try {
      const field = asOurs(() => unsigned.complete(signature));
      // An RSA signature is as long as the modulus (RFC 8017 §8.2.1).
      return { field, bits: algorithm === "rsa-sha256" ? signature.length * 8 : 256 };
    } catch (error) {
      throw located(error, path);
    }
  };
  return { algorithm, sign: complete, free: () => {} };
}

/** What a signer signs: RSA hashes it itself; Ed25519 is given the hash (RFC 8463 §3). */
function messageToSign({ algorithm, input, digest }) {
  return algorithm === "rsa-sha256" ? input : digest;
}

/** What an error says, were it made to be unreadable. */
function reasonOf(error) {
  try {
    return String(error?.message || error);
  } catch {
    return "it threw what cannot be read";
  }
}
