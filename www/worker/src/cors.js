import { corsOrigins } from "./config.js";

/** How long a browser may remember that it is allowed, in seconds. */
const MAX_AGE = "86400";

/**
 * What pages of other origins are told; nothing at all unless `CORS_ORIGINS` is set.
 *
 * @param {Request} request
 * @param {import("./config.js").Env} env
 * @param {string} [methods]  for a preflight: what the route allows
 * @returns {Record<string, string>}
 */
export function corsHeaders(request, env, methods) {
  const allowed = corsOrigins(env);
  if (allowed.length === 0) return {};
  const origin = request.headers.get("origin");
  const isPublic = allowed.includes("*");
  /** @type {Record<string, string>} */
  const headers = isPublic ? {} : { vary: "Origin" };
  // "null" is what every sandbox and file says it is.
  if (origin === null || (!isPublic && (origin === "null" || !allowed.includes(origin)))) return headers;
  headers["access-control-allow-origin"] = isPublic ? "*" : origin;
  if (methods === undefined) {
    headers["access-control-expose-headers"] = "X-Waxseal-Warnings";
  } else {
    headers["access-control-allow-methods"] = methods;
    headers["access-control-allow-headers"] = "Authorization, Content-Type";
    headers["access-control-max-age"] = MAX_AGE;
  }
  return headers;
}
