const waxseal = require("waxseal");
const { diagnose } = require("waxseal/diagnose");
const { dohResolver } = require("waxseal/doh");
const { zoneResolver } = require("waxseal/zone");

async function main() {
  const { input } = await import("./input.mjs");
  const { scenario } = await import("./scenario.mjs");
  console.log(JSON.stringify(await scenario({ ...waxseal, diagnose, dohResolver, zoneResolver }, input)));
}

main();
