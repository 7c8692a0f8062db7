import { RecentKeys } from "./recent.js";

const KINDS = {
  "rsa-sha256": { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  "ed25519-sha256": { name: "Ed25519" },
};

/**
 * A private key that was handed to WebCrypto.
 *
 * @typedef {object} HostKey
 * @property {SubtleCrypto} subtle
 * @property {string} algorithm
 * @property {number} bits
 * @property {Promise<CryptoKey>} imported
 */

/** Something to sign. */
const TRIAL = new TextEncoder().encode("waxseal");

/** By the fingerprints of their files. @type {RecentKeys<HostKey>} */
const keys = new RecentKeys(8);

/**
 * The key of a file that was handed over before, if it is still known.
 *
 * @param {SubtleCrypto} subtle
 * @param {string} fingerprint
 * @returns {HostKey | undefined}
 */
export function knownKey(subtle, fingerprint) {
  return keys.get(subtle, fingerprint);
}

/**
 * Hands a key to WebCrypto, from where nobody gets it out, and keeps it for the messages to come.
 *
 * @param {SubtleCrypto} subtle
 * @param {string} fingerprint
 * @param {object} key  of the core, freed when that is done
 * @returns {HostKey}
 */
export function handOver(subtle, fingerprint, key) {
  const { algorithm, bits } = key;
  const imported = importKey(subtle, key, algorithm);
  return keys.add(fingerprint, { subtle, algorithm, bits, imported });
}

/** @param {HostKey} key @param {Uint8Array} message */
export async function signWith({ subtle, algorithm, imported }, message) {
  const key = await imported;
  return new Uint8Array(await subtle.sign(KINDS[algorithm].name, key, message));
}

async function importKey(subtle, key, algorithm) {
  const kind = KINDS[algorithm];
  const der = key.pkcs8;
  try {
    const imported = await subtle.importKey("pkcs8", der, kind, false, ["sign"]);
    // WebCrypto believes what a key says of itself; what it makes of this one is looked at once.
    const signature = await subtle.sign(kind.name, imported, TRIAL);
    if (!key.hasSigned(TRIAL, new Uint8Array(signature))) throw new Error("its signatures are wrong");
    return imported;
  } finally {
    der.fill(0);
    key.free();
  }
}
