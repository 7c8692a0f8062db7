import * as waxseal from "/node_modules/waxseal/index.js";
import { diagnose } from "/node_modules/waxseal/diagnose.js";
import { dohResolver } from "/node_modules/waxseal/doh.js";
import { zoneResolver } from "/node_modules/waxseal/zone.js";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

globalThis.outcome = scenario({ ...waxseal, diagnose, dohResolver, zoneResolver }, input);
