import { createSigner, createVerifier, generateKeyPair, sign, verify } from "/node_modules/waxseal/index.js";
import { zoneResolver } from "/node_modules/waxseal/zone.js";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

const waxseal = { createSigner, createVerifier, generateKeyPair, sign, verify };
globalThis.outcome = scenario(waxseal, zoneResolver, input);
