import * as waxseal from "waxseal";
import { diagnose } from "waxseal/diagnose";
import { dohResolver } from "waxseal/doh";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

globalThis.outcome = scenario({ ...waxseal, diagnose, dohResolver, zoneResolver }, input);
