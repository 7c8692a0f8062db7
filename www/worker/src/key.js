import { checkKey } from "waxseal";

import { dnsTimeout } from "./config.js";
import { cachingResolver } from "./dns.js";
import { HttpError, isWaxsealError } from "./errors.js";

/**
 * `GET /key?domain=…&selector=…`: whether the key is published and can be used. That the DNS does not
 * answer is an answer, too: `temperror`.
 *
 * @type {import("./http.js").Route}
 */
export async function key(request, env, ctx, line) {
  const { searchParams } = new URL(request.url);
  const names = { domain: single(searchParams, "domain"), selector: single(searchParams, "selector") };
  try {
    const policy = { dnsTimeout: dnsTimeout(env) };
    const report = await checkKey({ ...names, resolver: cachingResolver(env, ctx), policy });
    line.result = report.result;
    line.reason = report.reason ?? undefined;
    return Response.json(report);
  } catch (error) {
    if (!isWaxsealError(error, "badArgument")) throw error;
    throw new HttpError(400, "badParameter", error.message.replace(/^options\./, ""));
  }
}

/** @param {URLSearchParams} parameters @param {string} name */
function single(parameters, name) {
  const values = parameters.getAll(name);
  if (values.length === 1 && values[0] !== "") return values[0];
  throw new HttpError(400, "badParameter", `${name} must be given, once: GET /key?domain=example.com&selector=2026`);
}
