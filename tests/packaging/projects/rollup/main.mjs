import { createSigner, createVerifier, generateKeyPair, sign, verify } from "waxseal";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

const waxseal = { createSigner, createVerifier, generateKeyPair, sign, verify };
globalThis.outcome = scenario(waxseal, zoneResolver, input);
