import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { measure } from "../measure.mjs";

const [folder, file, key, seconds] = process.argv.slice(2);
const { dkimSign } = createRequire(import.meta.url)(`${folder}/lib/dkim/sign.js`);
const { version } = createRequire(import.meta.url)(`${folder}/package.json`);
const message = readFileSync(file);
const privateKey = readFileSync(key, "latin1");
await measure(`mailauth ${version}`, seconds, async () => {
  const { signatures } = await dkimSign(message, {
    canonicalization: "relaxed/relaxed",
    signatureData: [{ signingDomain: "example.com", selector: "s", privateKey }],
  });
  return signatures.startsWith("DKIM-Signature:");
});
