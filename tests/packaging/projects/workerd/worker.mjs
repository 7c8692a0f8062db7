import { createSigner, createVerifier, generateKeyPair, sign, verify } from "waxseal";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

const waxseal = { createSigner, createVerifier, generateKeyPair, sign, verify };

export default {
  async fetch() {
    return Response.json(await scenario(waxseal, zoneResolver, input));
  },
};
