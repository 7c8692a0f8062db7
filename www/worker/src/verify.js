import { verify } from "waxseal";

import { messageIn } from "./body.js";
import { authservId, cryptoOf, dnsTimeout, maxBytes } from "./config.js";
import { cachingResolver } from "./dns.js";
import { summary } from "./log.js";

/**
 * What the package is told, whoever brings the message.
 *
 * @param {import("./config.js").Env} env
 * @param {import("./http.js").Context} ctx
 * @returns {import("waxseal").VerifyOptions}
 */
export function verifyOptions(env, ctx) {
  return {
    resolver: cachingResolver(env, ctx),
    authservId: authservId(env),
    crypto: cryptoOf(env),
    // Cloudflare lets a request have six connections at a time.
    policy: { dnsTimeout: dnsTimeout(env), maxLookupsInFlight: 6 },
  };
}

/**
 * `POST /verify`: the report on the raw message in the body, which is verified as it comes.
 *
 * @type {import("./http.js").Route}
 */
export async function verifyMessage(request, env, ctx, line) {
  const message = messageIn(request, maxBytes(env));
  const report = await verify(message, verifyOptions(env, ctx));
  Object.assign(line, summary(report, env));
  return Response.json(report);
}
