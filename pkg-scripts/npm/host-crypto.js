import { abortable } from "./abort.js";
import { WaxsealError, asOurs } from "./error.js";
import { RecentKeys } from "./recent.js";

// So many fill the threads that Node.js and its like have for it; browsers have no more.
const AT_A_TIME = 4;

const RSA = { format: "spki", name: "RSASSA-PKCS1-v1_5" };
const KINDS = {
  "rsa-sha256": { ...RSA, hash: "SHA-256" },
  "rsa-sha1": { ...RSA, hash: "SHA-1" },
  "ed25519-sha256": { format: "raw", name: "Ed25519" },
};

/**
 * The host's WebCrypto, if it has one.
 *
 * @returns {SubtleCrypto | undefined}
 */
export function webCrypto() {
  return globalThis.crypto?.subtle;
}

/**
 * The host's WebCrypto where `options.crypto` asks for it.
 *
 * @param {"wasm" | "webcrypto" | undefined} wanted
 * @returns {SubtleCrypto | undefined}
 * @throws {WaxsealError} where there is none
 */
export function wantedCrypto(wanted) {
  if (wanted !== "webcrypto") return undefined;
  const subtle = webCrypto();
  if (subtle) return subtle;
  throw noWebCrypto('leave options.crypto out, or say "wasm"');
}

/** @param {string} instead  what to do about it */
export function noWebCrypto(instead) {
  const where = "there is no crypto.subtle here, which a page has over https and on localhost only";
  return new WaxsealError("unsupportedRuntime", `${where}: ${instead}`);
}

/**
 * Has the host check the signatures, and gives what the core makes of that.
 *
 * @template T
 * @param {object} checks  of the core, freed at the end
 * @param {SubtleCrypto} subtle
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function checkedBy(subtle, checks, signal) {
  const work = async () => {
    let check;
    while (!signal?.aborted && (check = checks.next())) {
      checks.answer(check.id, await verifies(subtle, check, signal));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    signal?.throwIfAborted();
    return asOurs(() => checks.finish());
  } finally {
    checks.free();
  }
}

/**
 * Whether the host says that a signature verifies. That it does not, or that it cannot tell (no such
 * algorithm, no key of that size), comes to the same: the core looks for itself.
 */
async function verifies(subtle, { algorithm, key, message, signature }, signal) {
  const check = async () => {
    const imported = await publicKey(subtle, algorithm, key);
    return subtle.verify(KINDS[algorithm].name, imported, signature, message);
  };
  try {
    return (await abortable(check(), signal)) === true;
  } catch {
    return false;
  }
}

/** Importing takes longer than verifying, and a few keys sign most mail. */
const keys = new RecentKeys(64);

function publicKey(subtle, algorithm, octets) {
  const name = algorithm + String.fromCharCode(...octets);
  const known = keys.get(subtle, name);
  if (known) return known.imported;
  const { format, ...kind } = KINDS[algorithm];
  // Whatever it does: throw, reject, never settle.
  const imported = new Promise((resolve) => {
    resolve(subtle.importKey(format, octets, kind, false, ["verify"]));
  });
  return keys.add(name, { subtle, imported }).imported;
}
