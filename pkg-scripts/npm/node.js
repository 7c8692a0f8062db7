import { Resolver } from "node:dns/promises";
import { WaxsealError, badArgument } from "./error.js";

/**
 * A resolver over node:dns (c-ares): the servers of the system, or the given ones.
 *
 * @param {import("./node.js").NodeResolverOptions} [options]
 * @returns {import("./index.js").Resolver}
 */
export function nodeResolver(options = {}) {
  if (typeof options !== "object" || options === null) throw badArgument("options", "an object");
  const dns = trustedResolver();
  if (options.servers !== undefined) {
    try {
      dns.setServers(options.servers);
    } catch (error) {
      const what = `an array of IP addresses: ${error.message}`;
      throw new WaxsealError("badArgument", `options.servers must be ${what}`, { cause: error });
    }
  }
  return async (name, type) => {
    if (type !== "TXT") throw badArgument("type", '"TXT"');
    const records = await dns.resolveTxt(name);
    return { rcode: "NOERROR", records: records.map((strings) => strings.map(toOctets)) };
  };
}

/**
 * Other runtimes offer node:dns with errors that cost a verdict: Deno and workerd tell SERVFAIL as
 * "not found", Bun takes the strings of one record for several.
 */
function trustedResolver() {
  const { Deno, Bun, navigator } = globalThis;
  if (Deno || Bun || navigator?.userAgent === "Cloudflare-Workers") {
    throw new WaxsealError(
      "unsupportedRuntime",
      'node:dns of this runtime cannot be relied on: use dohResolver of "waxseal/doh"',
    );
  }
  // Shorter than the deadline of a verification, so that a second server gets its turn.
  return new Resolver({ timeout: 2000, tries: 2 });
}

/** c-ares gives one character for each octet. */
function toOctets(string) {
  return Uint8Array.from(string, (character) => character.charCodeAt(0));
}
