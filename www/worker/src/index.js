// The entry for Cloudflare.
import { ready } from "waxseal";

import { email } from "./email.js";
import { handle } from "./http.js";

// The module starts with the worker, so that the first message does not pay for it; where that fails, the
// first message hears of it.
ready().catch(() => {});

export default {
  fetch: handle,
  email,
};
