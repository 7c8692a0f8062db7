import type { Resolver } from "./index.js";

/** How {@link nodeResolver} asks. */
export interface NodeResolverOptions {
  /**
   * IP addresses of the servers, with a port where it is not 53: `"192.0.2.1"`,
   * `"[2001:db8::1]:5353"`. Default: those of the system.
   */
  servers?: readonly string[];
}

/**
 * A resolver over `node:dns` in Node.js. The servers are asked in their order, the next one where one is
 * silent or in trouble; SERVFAIL, REFUSED, broken answers and time-outs are temporary errors. It knows
 * neither the time to live of TXT records nor whether DNSSEC vouches for them: those are null
 * in the report.
 *
 * Other runtimes offer `node:dns` with errors that cost a verdict (Deno and workerd tell SERVFAIL as
 * "not found", Bun splits records), so there it throws; use `dohResolver` of `waxseal/doh`.
 *
 * @example
 * import { verify } from "waxseal";
 * import { nodeResolver } from "waxseal/node";
 *
 * const report = await verify(message, { resolver: nodeResolver({ servers: ["127.0.0.1"] }) });
 *
 * @throws {WaxsealError} `badArgument`, `unsupportedRuntime`
 */
export function nodeResolver(options?: NodeResolverOptions): Resolver;
