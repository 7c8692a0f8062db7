// What the tests of signing share: keys of every kind, made anew, and a message.
import { generateKeyPairSync, webcrypto } from "node:crypto";

import { keyRecord, ready, verify } from "./support.mjs";

await ready();

export const MAIL =
  "From: Ann Example <ann@example.com>\r\nTo: Bob <bob@example.net>\r\nSubject: Signed\r\n" +
  "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@example.com>\r\n\r\n" +
  "Dear Bob,\r\n\r\nthis is a body.\r\n";
export const MAIL_OCTETS = new TextEncoder().encode(MAIL);
export const SIGNED_AT = 1_700_000_000;

export const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
export const RSA_1024 = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
export const ED25519 = generateKeyPairSync("ed25519").privateKey;

/** A key of node:crypto in a file. */
export const file = (key, type = "pkcs8", format = "pem") => key.export({ type, format });
export const RSA_PEM = file(RSA);
export const ED25519_PEM = file(ED25519);

/** The same key in WebCrypto, whence nobody gets it out. */
export function cryptoKey(key, { usages = ["sign"], extractable = false, hash = "SHA-256" } = {}) {
  const kind =
    key.asymmetricKeyType === "rsa" ? { name: "RSASSA-PKCS1-v1_5", hash } : { name: "Ed25519" };
  return webcrypto.subtle.importKey("pkcs8", file(key, "pkcs8", "der"), kind, extractable, usages);
}

/** One signature to make; the selector is the kind of key. */
export const request = (key, more) => ({ domain: "example.com", selector: "s", key, ...more });
export const rsa = (more) => request(RSA_PEM, { selector: "rsa", ...more });
export const ed25519 = (more) => request(ED25519_PEM, { selector: "ed25519", ...more });

/** Options for one signature, or several. */
export const by = (...signatures) => ({ signatures, now: SIGNED_AT });

/** Verifies what was signed with these keys, by selector. */
export async function outcomesOf(message, keys, now = SIGNED_AT) {
  const zone = new Map(
    Object.entries(keys).map(([selector, key]) => [
      `${selector}._domainkey.example.com`,
      keyRecord(typeof key === "string" ? key : file(key)).value,
    ]),
  );
  const resolver = async (name) => (zone.has(name) ? [[zone.get(name)]] : []);
  const report = await verify(message, { resolver, now });
  return report.signatures.map(({ selector, result, reason }) => `${selector} ${reason ?? result}`);
}

