import { dohClient } from "./doh-client.js";
import { badArgument } from "./error.js";
import { load } from "./load.js";
import { octets } from "./message.js";

/**
 * A resolver that asks a DNS over HTTPS server in wire format (RFC 8484).
 *
 * @param {import("./doh.js").DohOptions} [options]
 * @returns {import("./index.js").Resolver}
 */
export function dohResolver(options) {
  return dohClient(load, options);
}

/**
 * For how many seconds a DNS response may be kept.
 *
 * @param {Uint8Array | ArrayBuffer} response
 * @param {string} name  whose TXT records were asked for
 * @returns {Promise<number | null>}
 */
export async function answerLifetime(response, name) {
  const array = octets(response);
  if (!array) throw badArgument("response", "a Uint8Array or ArrayBuffer");
  if (typeof name !== "string") throw badArgument("name", "a string");
  const core = await load();
  return core.answerLifetime(array, name) ?? null;
}
