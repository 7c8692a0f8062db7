const { createSigner, createVerifier, generateKeyPair, sign, verify } = require("waxseal");
const { zoneResolver } = require("waxseal/zone");

async function main() {
  const { input } = await import("./input.mjs");
  const { scenario } = await import("./scenario.mjs");
  const waxseal = { createSigner, createVerifier, generateKeyPair, sign, verify };
  console.log(JSON.stringify(await scenario(waxseal, zoneResolver, input)));
}

main();
