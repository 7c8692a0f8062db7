import { createRequire } from "node:module";
import { measure } from "./measure.mjs";

const [folder, file, key, seconds] = process.argv.slice(2);
const { dkimVerify } = createRequire(import.meta.url)(`${folder}/lib/dkim/verify.js`);
const { version } = createRequire(import.meta.url)(`${folder}/package.json`);
await measure(`mailauth ${version}`, file, key, seconds, async (message, record) => {
  const { results } = await dkimVerify(message, { resolver: async () => [[record]] });
  return results[0].status.result === "pass";
});
