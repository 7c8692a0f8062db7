import { measure } from "./measure.mjs";

const [entry, file, key, seconds] = process.argv.slice(2);
const { verify } = await import(entry);
await measure("waxseal, npm package in Node", file, key, seconds, async (message, record) => {
  const report = await verify(message, { resolver: async () => [[record]] });
  return report.result === "pass";
});
