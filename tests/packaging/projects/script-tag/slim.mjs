import * as waxseal from "/node_modules/waxseal/slim.js";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

globalThis.outcome = waxseal.init(fetch("/node_modules/waxseal/waxseal.wasm")).then(() => scenario(waxseal, input));
