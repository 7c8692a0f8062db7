import { createSigner, createVerifier, generateKeyPair, init, sign, verify } from "/node_modules/waxseal/slim.js";
import { zoneResolver } from "/node_modules/waxseal/zone.js";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

const waxseal = { createSigner, createVerifier, generateKeyPair, sign, verify };
globalThis.outcome = init(fetch("/node_modules/waxseal/waxseal.wasm")).then(() =>
  scenario(waxseal, zoneResolver, input),
);
