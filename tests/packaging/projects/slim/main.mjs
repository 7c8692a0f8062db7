import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as waxseal from "waxseal/slim";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

await waxseal.init(readFile(fileURLToPath(import.meta.resolve("waxseal/waxseal.wasm"))));

// Watching the memory comes too late here, and is not what this is about.
console.log(JSON.stringify(await scenario(waxseal, input)));
