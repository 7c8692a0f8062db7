// The entry for platforms that serve a module with `fetch`, without mail: `deno serve`, Bun and others.
// Bindings are environment variables.
import process from "node:process";

import { handle } from "./src/http.js";

/** What goes on after the answer, goes on by itself here. */
const ctx = {
  /** @param {Promise<unknown>} promise */
  waitUntil(promise) {
    promise.catch(() => {});
  },
};

export default {
  /** @param {Request} request */
  fetch: (request) => handle(request, process.env, ctx),
};
