import { readFileSync } from "node:fs";
import { measure } from "../measure.mjs";

const [entry, file, key, seconds] = process.argv.slice(2);
const { verify } = await import(entry);
const message = readFileSync(file);
const record = readFileSync(key, "latin1");
for (const crypto of ["wasm", "webcrypto"]) {
  await measure(`waxseal, npm package, ${crypto}`, seconds, async () => {
    const report = await verify(message, { resolver: async () => [[record]], crypto });
    return report.result === "pass";
  });
}
