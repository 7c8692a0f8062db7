import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { measure } from "../measure.mjs";

const [folder, file, key, seconds] = process.argv.slice(2);
const { dkimVerify } = createRequire(import.meta.url)(`${folder}/lib/dkim/verify.js`);
const { version } = createRequire(import.meta.url)(`${folder}/package.json`);
const message = readFileSync(file);
const record = readFileSync(key, "latin1");
await measure(`mailauth ${version}`, seconds, async () => {
  const { results } = await dkimVerify(message, { resolver: async () => [[record]] });
  return results[0].status.result === "pass";
});
