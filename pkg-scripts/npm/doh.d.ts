import type { Resolver } from "./index.js";

/** How {@link dohResolver} asks. */
export interface DohOptions {
  /**
   * The server. Default `https://cloudflare-dns.com/dns-query`. In browsers it must allow
   * cross-origin requests, as the public ones do.
   */
  url?: string | URL;
  /** What is called instead of the global `fetch`. */
  fetch?: typeof fetch;
  /**
   * `GET` (the default) needs no CORS preflight and can be answered from a cache; `POST` keeps the
   * names out of logs of addresses.
   */
  method?: "GET" | "POST";
}

/**
 * A resolver that asks a DNS over HTTPS server in wire format (RFC 8484). What goes wrong with HTTP
 * (no connection, a status other than 2xx, another content type, a broken answer) is a temporary
 * error, never "no such record".
 *
 * @example
 * import { verify } from "waxseal";
 * import { dohResolver } from "waxseal/doh";
 *
 * const resolver = dohResolver({ url: "https://dns.google/dns-query" });
 * const report = await verify(message, { resolver });
 *
 * @throws {WaxsealError} `badArgument`
 */
export function dohResolver(options?: DohOptions): Resolver;
