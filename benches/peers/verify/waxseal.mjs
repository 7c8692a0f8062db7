import { readFileSync } from "node:fs";
import { measure } from "../measure.mjs";

const [entry, file, key, seconds] = process.argv.slice(2);
const { verify } = await import(entry);
const message = readFileSync(file);
const record = readFileSync(key, "latin1");
await measure("waxseal, npm package in Node", seconds, async () => {
  const report = await verify(message, { resolver: async () => [[record]] });
  return report.result === "pass";
});
