import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createSigner, createVerifier, generateKeyPair, init, sign, verify } from "waxseal/slim";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

await init(readFile(fileURLToPath(import.meta.resolve("waxseal/waxseal.wasm"))));

// Watching the memory comes too late here, and is not what this is about.
const waxseal = { createSigner, createVerifier, generateKeyPair, sign, verify };
console.log(JSON.stringify(await scenario(waxseal, zoneResolver, input)));
