// What the tests of examples share: the package installed by its name, and what examples are not about.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { BRISBANE, KEYS, PACKAGE, TEST } from "./support.mjs";

export const ROOT = resolve(import.meta.dirname, "../..");

/** A folder where the package is installed by its name; it is gone after the test. */
export function installed(context) {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-readme-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules/waxseal"));
  symlinkSync(join(ROOT, "docs"), join(folder, "docs"));
  return folder;
}

// What the examples of the package's README are not about: a message, keys, a KMS, the network.
export const PRELUDE = `
  import { generateKeyPairSync, privateEncrypt } from "node:crypto";
  const { readFileSync } = await import("node:fs");
  const message = readFileSync("docs/samples/rfc8463.eml");
  const response = new Response(message);
  const pem = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
  const { privateKey: rsaPem } = generateKeyPairSync("rsa", { modulusLength: 2048, ...pem });
  const { privateKey: ed25519Pem } = generateKeyPairSync("ed25519", pem);
  // DigestInfo of RFC 8017 §9.2 stands before the digest.
  const head = Buffer.from("3031300d060960864801650304020105000420", "hex");
  const kms = {
    sign: async ({ Message }) => ({ Signature: privateEncrypt(rsaPem, Buffer.concat([head, Message])) }),
  };
  globalThis.location = { href: "https://www.example.com/" };
  // A server of the module, and of DNS over HTTPS that knows the keys of the message and no others.
  globalThis.fetch = async (url) => {
    if (/\\.wasm$/.test(url)) return new Response(readFileSync("node_modules/waxseal" + /\\/[a-z]+\\.wasm$/.exec(url)));
    if (/\\.eml$/.test(url)) return new Response(message);
    const response = [...Buffer.from(new URL(url).searchParams.get("dns"), "base64url")];
    const end = response.indexOf(0, 12) + 5;
    const asked = Buffer.from(response.slice(12, end)).toString("latin1");
    const key = KEYS.find(([selector]) => asked.includes(selector))?.[1] ?? "";
    response.splice(2, 2, 0x81, key ? 0x80 : 0x83);
    response.splice(6, 6, 0, key ? 1 : 0, 0, 0, 0, 0);
    response.length = end;
    const strings = key.match(/.{1,255}/g) ?? [];
    const data = strings.flatMap((string) => [string.length, ...Buffer.from(string)]);
    if (key) response.push(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 99, data.length >> 8, data.length & 255, ...data);
    return new Response(new Uint8Array(response), { headers: { "content-type": "application/dns-message" } });
  };
  const KEYS = ${JSON.stringify([["brisbane", KEYS[BRISBANE]], ["test", KEYS[TEST]]])};
`;
