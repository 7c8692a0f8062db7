import type { Resolver } from "./index.js";

/** How {@link dohResolver} asks. */
export interface DohOptions {
  /**
   * The server: an absolute URL, or a URI template that ends in `{?dns}` (RFC 8484 §4.1). Default
   * `https://cloudflare-dns.com/dns-query`. In browsers it must allow cross-origin requests, as the
   * public ones do.
   */
  url?: string | URL;
  /**
   * What is called instead of the global `fetch`, for a proxy, a service binding, authentication:
   * with a URL and `{ headers, signal }`, for POST also `method` and `body`.
   */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /**
   * `GET` (the default) needs no CORS preflight and can be answered from a cache; `POST` keeps the
   * names out of logs of addresses.
   */
  method?: "GET" | "POST";
  /**
   * How long one request may take, in seconds. Default 4, so that the second one still comes within the
   * 10 seconds that a verification gives the DNS (`policy.dnsTimeout`).
   */
  timeout?: number;
}

/**
 * A resolver that asks a DNS over HTTPS server in wire format (RFC 8484).
 *
 * What goes wrong is a temporary error, never "no such record": no connection, no answer in time, a status
 * other than 2xx, another content type, a broken answer or one to another question, SERVFAIL, REFUSED.
 * After such trouble it asks once more, unless the server has refused the request (a status 4xx other
 * than 408, 425 and 429). The requests of one resolver, of whichever messages, are six at a time at most.
 *
 * The time to live of a key and whether DNSSEC vouches for it (the AD bit) get into the report.
 *
 * @example
 * import { verify } from "waxseal";
 * import { dohResolver } from "waxseal/doh";
 *
 * const resolver = dohResolver({ url: "https://dns.google/dns-query", method: "POST" });
 * const report = await verify(message, { resolver });
 * report.signatures[0].key?.authenticated; // true where DNSSEC vouches for it
 *
 * @throws {WaxsealError} `badArgument`
 */
export function dohResolver(options?: DohOptions): Resolver;

/**
 * For how many seconds a response may be kept, for resolvers with a cache: the lowest time to live along the
 * way to the records; where there are none, what the zone says of what it does not have (RFC 2308 §5). Null
 * where it must not be kept: what is broken, or answers another question, or is an error of the server (an
 * outage is not to outlive itself), and an absence of which nobody says how long it holds.
 *
 * @example
 * import { answerLifetime, dohResolver } from "waxseal/doh";
 *
 * const name = "brisbane._domainkey.football.example.com";
 * const answer = await dohResolver()(name, "TXT", { signal: AbortSignal.timeout(5000) });
 * const cache = new Map();
 * const seconds = await answerLifetime(answer, name);
 * if (seconds) cache.set(name, { answer, until: Date.now() / 1000 + seconds });
 *
 * @param response a DNS response in wire format, as {@link dohResolver} gives
 * @param name whose TXT records were asked for
 * @throws {WaxsealError} `badArgument`, `startFailed`
 */
export function answerLifetime(
  response: Uint8Array | ArrayBuffer,
  name: string,
): Promise<number | null>;
