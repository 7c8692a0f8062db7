import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as diagnoses from "waxseal/diagnose-slim";
import * as waxseal from "waxseal/slim";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

const fileOf = (name) => readFile(fileURLToPath(import.meta.resolve(name)));
await waxseal.init(fileOf("waxseal/waxseal.wasm"));
await diagnoses.init(fileOf("waxseal/diagnose.wasm"));

// Watching the memory comes too late here, and is not what this is about.
console.log(JSON.stringify(await scenario({ ...waxseal, diagnose: diagnoses.diagnose }, input)));
