import { asOurs, badArgument } from "./error.js";
import { load } from "./load.js";

const DNS_MESSAGE = "application/dns-message";
const MAX_OCTETS = 65535; // RFC 1035 §4.2.2

/**
 * A resolver that asks a DNS over HTTPS server in wire format (RFC 8484). What goes wrong with HTTP
 * is temporary, never "no such record".
 *
 * @param {import("./doh.js").DohOptions} [options]
 * @returns {import("./index.js").Resolver}
 */
export function dohResolver(options = {}) {
  if (typeof options !== "object" || options === null) throw badArgument("options", "an object");
  const { url = "https://cloudflare-dns.com/dns-query", method = "GET" } = options;
  const server = parseUrl(url);
  if (method !== "GET" && method !== "POST") throw badArgument("options.method", '"GET" or "POST"');
  if (options.fetch !== undefined && typeof options.fetch !== "function") {
    throw badArgument("options.fetch", "a function");
  }

  return async (name, type, { signal } = {}) => {
    if (type !== "TXT") throw badArgument("type", '"TXT"');
    const { encodeQuery } = await load();
    const query = asOurs(() => encodeQuery(name));
    // Looked up at each call, so that a fetch put in place later (a mock, a proxy) is used.
    const request = options.fetch ?? globalThis.fetch;
    const response = await request(...arrange(server, method, query, signal));
    return readAnswer(response, server.host);
  };
}

function parseUrl(url) {
  try {
    return new URL(url);
  } catch {
    throw badArgument("options.url", "an absolute URL");
  }
}

function arrange(server, method, query, signal) {
  const headers = { accept: DNS_MESSAGE };
  if (method === "POST") {
    headers["content-type"] = DNS_MESSAGE;
    return [server.href, { method, headers, body: query, signal }];
  }
  const url = new URL(server);
  // Whatever else stands in the query string stays (some servers want a token there).
  url.searchParams.set("dns", base64url(query));
  return [url.href, { headers, signal }];
}

async function readAnswer(response, host) {
  const type = response.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (!response.ok || type !== DNS_MESSAGE) {
    // Left unread, it would hold its connection.
    response.body?.cancel().catch(() => {});
    if (!response.ok) throw new Error(`HTTP status ${response.status} from ${host}`);
    throw new Error(`${host} answered with ${type ?? "no content type"}, not ${DNS_MESSAGE}`);
  }
  const octets = new Uint8Array(await response.arrayBuffer());
  if (octets.length > MAX_OCTETS) throw new Error(`${host} answered with ${octets.length} octets`);
  return octets;
}

/** RFC 8484 §4.1: base64url without padding. */
function base64url(octets) {
  const base64 = btoa(String.fromCharCode(...octets));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
