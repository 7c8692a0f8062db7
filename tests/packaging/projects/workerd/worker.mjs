import * as waxseal from "waxseal";
import { diagnose } from "waxseal/diagnose";
import { dohResolver } from "waxseal/doh";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";
import { scenario } from "./scenario.mjs";

export default {
  async fetch() {
    return Response.json(await scenario({ ...waxseal, diagnose, dohResolver, zoneResolver }, input));
  },

  /** What came as a mail goes straight in. The answer is how main.mjs hears of it. */
  async email(message) {
    const { result } = await waxseal.verify(message.raw, { resolver: zoneResolver(input.zone), now: input.now });
    await message.setReject(`message.raw: ${result}`);
  },
};
