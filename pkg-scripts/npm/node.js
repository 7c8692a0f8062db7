import { Resolver } from "node:dns/promises";
import { abortable } from "./abort.js";
import { WaxsealError, badArgument } from "./error.js";
import { checked } from "./options.js";

/** So many are kept for the next lookups. */
const MOST_IDLE = 16;

/** What no other server would say otherwise: there is none, or all of them are silent. */
const DECIDED = ["ENOTFOUND", "ENODATA", "ETIMEOUT", "ECANCELLED"];

const OPTIONS = {
  servers: [
    (value) => Array.isArray(value) && value.length > 0,
    "an array of at least one IP address",
  ],
};

/**
 * A resolver over node:dns (c-ares): the servers of the system, or the given ones.
 *
 * @param {import("./node.js").NodeResolverOptions} [options]
 * @returns {import("./index.js").Resolver}
 */
export function nodeResolver(options = {}) {
  const { servers } = checked(options, OPTIONS, "options");
  // One for each lookup under way, for they are cancelled all at once.
  const idle = [make(servers)];

  return async (name, type, { signal } = {}) => {
    if (type !== "TXT") throw badArgument("type", '"TXT"');
    signal?.throwIfAborted();
    const dns = idle.pop() ?? make(servers);
    const cancel = () => dns.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const records = await abortable(resolveTxt(dns, name, signal), signal);
      return { rcode: "NOERROR", records: records.map((strings) => strings.map(toOctets)) };
    } finally {
      signal?.removeEventListener("abort", cancel);
      // One that was cancelled may have to hear of it yet.
      if (idle.length < MOST_IDLE && !signal?.aborted) idle.push(dns);
    }
  };
}

/**
 * Node.js has c-ares take whatever the first server says, SERVFAIL and REFUSED included; it is only
 * silence that makes it ask the next. Here any trouble does.
 */
async function resolveTxt(dns, name, signal) {
  const servers = dns.getServers();
  let at = 0;
  try {
    for (;;) {
      try {
        return await dns.resolveTxt(name);
      } catch (error) {
        at++;
        if (at >= servers.length || signal?.aborted || DECIDED.includes(error.code)) throw error;
        dns.setServers([...servers.slice(at), ...servers.slice(0, at)]);
      }
    }
  } finally {
    if (at > 0) dns.setServers(servers);
  }
}

/**
 * Other runtimes offer node:dns with errors that cost a verdict: Deno and workerd tell SERVFAIL as
 * "not found", Bun takes the strings of one record for several.
 */
function make(servers) {
  const { Deno, Bun, navigator } = globalThis;
  if (Deno || Bun || navigator?.userAgent === "Cloudflare-Workers") {
    throw new WaxsealError(
      "unsupportedRuntime",
      'node:dns of this runtime cannot be relied on: use dohResolver of "waxseal/doh"',
    );
  }
  // Shorter than the deadline of a verification, so that a second server gets its turn.
  const dns = new Resolver({ timeout: 2000, tries: 2 });
  if (servers === undefined) return dns;
  try {
    dns.setServers(servers);
  } catch (error) {
    const what = `an array of IP addresses: ${error.message}`;
    throw new WaxsealError("badArgument", `options.servers must be ${what}`, { cause: error });
  }
  return dns;
}

/** c-ares gives one character for each octet. */
function toOctets(string) {
  return Uint8Array.from(string, (character) => character.charCodeAt(0));
}
