// Messages with keys and signatures that programs disagree about, for every host to judge alike.
import { constants, createHash, createPublicKey, generateKeyPairSync, privateEncrypt, sign } from "node:crypto";

import { HOSTILE } from "../node/hostile-ed25519.mjs";

const FIELDS = "From: Joe <joe@example.com>\r\nSubject: odd\r\n";
const BODY = "Hi.\r\n";
const sha256 = (octets) => createHash("sha256").update(octets).digest();

/**
 * @returns {{ name: string, message: string, record: string }[]}
 *   each with a key of its own, at `NUMBER._domainkey.example.com`
 */
export function hostileMessages() {
  const ed25519 = Object.entries(HOSTILE).map(([name, { key, sign }]) => {
    const p = Buffer.from(key).toString("base64");
    return { name, algorithm: "ed25519-sha256", sign: (input) => sign(sha256(input)), record: `v=DKIM1; k=ed25519; p=${p}` };
  });
  return [...ed25519, ...rsa()].map(({ name, algorithm, sign, record }, number) => {
    const bh = sha256(BODY).toString("base64");
    const field = `DKIM-Signature: v=1; a=${algorithm}; c=simple/simple; d=example.com; s=${number}; h=from:subject; bh=${bh}; b=`;
    // The fields in the order of h=, then this one as far as it goes (RFC 6376 §3.7).
    const b = Buffer.from(sign(Buffer.from(`${FIELDS}${field}`))).toString("base64");
    return { name, message: `${field}${b}\r\n${FIELDS}\r\n${BODY}`, record };
  });
}

function rsa() {
  const kinds = { "1024 bits": [1024], "1031 bits": [1031], "the exponent 3": [2048, 3], "the exponent 2^32 - 5": [2048, 2 ** 32 - 5], "4096 bits": [4096] };
  const cases = Object.entries(kinds).flatMap(([name, [modulusLength, publicExponent = 65537]]) => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength, publicExponent });
    const good = (input) => sign("sha256", input, privateKey);
    const bad = (input) => good(input).map((octet, at) => (at === 99 ? octet ^ 1 : octet));
    return [[`RSA of ${name}`, good], [`RSA of ${name}, wrong`, bad]].map(([name, sign]) => ({ name, sign, key: privateKey }));
  });
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  // RFC 8017 §9.2, note 1, less the NULL that some do without.
  const head = [0x30, 0x2f, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 0x20];
  const withoutNull = (input) => {
    const tail = [0, ...head, ...sha256(input)];
    const encoded = Buffer.from([0, 1, ...Array(254 - tail.length).fill(0xff), ...tail]);
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
  };
  cases.push({ name: "RSA without NULL", sign: withoutNull, key });
  return cases.map(({ name, sign, key }) => {
    const p = createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
    return { name, algorithm: "rsa-sha256", sign, record: `v=DKIM1; p=${p}` };
  });
}
