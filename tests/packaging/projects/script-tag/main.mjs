import * as waxseal from "/node_modules/waxseal/index.js";
import { dohResolver } from "/node_modules/waxseal/doh.js";
import { zoneResolver } from "/node_modules/waxseal/zone.js";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

globalThis.outcome = scenario({ ...waxseal, dohResolver, zoneResolver }, input);
