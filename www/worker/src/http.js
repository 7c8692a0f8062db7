import { corsHeaders } from "./cors.js";
import { HttpError, forClient } from "./errors.js";
import { key } from "./key.js";
import { failure, log } from "./log.js";
import { signMessage } from "./sign.js";
import { verifyMessage } from "./verify.js";

/**
 * What the platform offers beside the request: Cloudflare's ExecutionContext is one.
 *
 * @typedef {{ waitUntil(promise: Promise<unknown>): void }} Context
 */

/**
 * @typedef {(request: Request, env: import("./config.js").Env, ctx: Context, line: Record<string, unknown>) =>
 *   Promise<Response>} Route  `line` is what will be logged; a route adds what it knows
 */

/** @type {Record<string, { methods: string[], event: string, run: Route }>} */
const ROUTES = {
  "/verify": { methods: ["POST"], event: "verify", run: verifyMessage },
  "/sign": { methods: ["POST"], event: "sign", run: signMessage },
  "/key": { methods: ["GET", "HEAD"], event: "key", run: key },
};

/**
 * Answers a request, on any platform that has Request and Response.
 *
 * @param {Request} request
 * @param {import("./config.js").Env} env
 * @param {Context} ctx
 * @returns {Promise<Response>}
 */
export async function handle(request, env, ctx) {
  // "OPTIONS *" has no URL.
  const pathname = URL.canParse(request.url) ? new URL(request.url).pathname : "";
  const route = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : undefined;
  /** @type {Record<string, unknown>} */
  const line = { event: route?.event ?? "http" };
  const began = Date.now();
  let response;
  try {
    response = await answer(request, env, ctx, route, line);
  } catch (error) {
    const { status, code, message, headers } = forClient(error);
    line.code = code;
    if (status >= 500) Object.assign(line, failure(error instanceof HttpError ? error.cause ?? error : error));
    response = Response.json({ error: { code, message } }, { status, headers });
  }
  line.status = response.status;
  line.ms = Date.now() - began;
  log(line);
  for (const [name, value] of Object.entries(common(request, env))) response.headers.set(name, value);
  if (request.method !== "HEAD") return response;
  response.body?.cancel().catch(() => {});
  return new Response(null, response);
}

/**
 * @param {Request} request
 * @param {import("./config.js").Env} env
 * @param {Context} ctx
 * @param {typeof ROUTES[string] | undefined} route
 * @param {Record<string, unknown>} line
 */
async function answer(request, env, ctx, route, line) {
  if (!route) {
    throw new HttpError(404, "notFound", "there is POST /verify, POST /sign and GET /key?domain=…&selector=…");
  }
  const allow = [...route.methods, "OPTIONS"].join(", ");
  if (request.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { allow, ...corsHeaders(request, env, allow) } });
  }
  if (!route.methods.includes(request.method)) {
    throw new HttpError(405, "methodNotAllowed", `this is for ${route.methods[0]}`, { allow });
  }
  return route.run(request, env, ctx, line);
}

/** What every answer carries. @param {Request} request @param {import("./config.js").Env} env */
function common(request, env) {
  const always = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  if (request.method === "OPTIONS") return always;
  try {
    return { ...always, ...corsHeaders(request, env) };
  } catch {
    // CORS_ORIGINS is wrong: nobody's pages may call.
    return always;
  }
}
