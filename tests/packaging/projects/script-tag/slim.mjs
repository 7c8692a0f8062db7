import { diagnose, init } from "/node_modules/waxseal/diagnose-slim.js";
import * as waxseal from "/node_modules/waxseal/slim.js";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

globalThis.outcome = Promise.all([
  waxseal.init(fetch("/node_modules/waxseal/waxseal.wasm")),
  init(fetch("/node_modules/waxseal/diagnose.wasm")),
]).then(() => scenario({ ...waxseal, diagnose }, input));
