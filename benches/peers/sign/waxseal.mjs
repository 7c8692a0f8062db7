import { readFileSync } from "node:fs";
import { createPrivateKey } from "node:crypto";
import { measure } from "../measure.mjs";

const [entry, file, key, seconds] = process.argv.slice(2);
const { sign } = await import(entry);
const message = readFileSync(file);
const pem = readFileSync(key, "latin1");
const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const cryptoKey = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
for (const [how, given] of [["PEM", pem], ["CryptoKey", cryptoKey]]) {
  await measure(`waxseal, npm package, key as ${how}`, seconds, async () => {
    const { header } = await sign(message, {
      signatures: [
        { domain: "example.com", selector: "s", key: given, canonicalization: "relaxed/relaxed" },
      ],
    });
    return header.startsWith("DKIM-Signature:");
  });
}
