import * as waxseal from "waxseal";
import { dohResolver } from "waxseal/doh";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

console.log(JSON.stringify(await scenario({ ...waxseal, dohResolver, zoneResolver }, input)));
