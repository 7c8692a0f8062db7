import { abortable, linkedSignal } from "./abort.js";
import { asOurs, badArgument } from "./error.js";
import { Gate } from "./gate.js";
import { joined, pieces } from "./message.js";
import { checked, func, seconds, word } from "./options.js";

const DNS_MESSAGE = "application/dns-message";
const MAX_OCTETS = 65535; // RFC 1035 §4.2.2

/** Browsers and workerd open no more connections at a time; what waits for one has no time to lose. */
const MOST_IN_FLIGHT = 6;

/** What a server may say of a request that can come out better a moment later. */
const PASSING = [408, 425, 429];

const OPTIONS = {
  url: [(value) => typeof value === "string" || value instanceof URL, "an absolute URL"],
  fetch: func,
  method: word("GET", "POST"),
  timeout: seconds,
};

/**
 * A resolver that asks a DNS over HTTPS server in wire format (RFC 8484). What goes wrong on the way is
 * temporary, never "no such record".
 *
 * @param {() => Promise<object>} load  gives a core, which has the codec
 * @param {import("./doh.js").DohOptions} [options]
 * @returns {import("./index.js").Resolver}
 */
export function dohClient(load, options = {}) {
  const given = checked(options, OPTIONS, "options");
  const { url = "https://cloudflare-dns.com/dns-query", method = "GET", timeout = 4 } = given;
  const server = parseUrl(url);
  const gate = new Gate(MOST_IN_FLIGHT);

  return async (name, type, { signal } = {}) => {
    if (type !== "TXT") throw badArgument("type", '"TXT"');
    const core = await load();
    const query = asOurs(() => core.encodeQuery(name));
    const once = async (within) => {
      // Looked up at each call, so that a fetch put in place later (a mock, a proxy) is used.
      const request = given.fetch ?? globalThis.fetch;
      const response = await request(...arrange(server, method, query, within));
      const answer = await readAnswer(response, server.host, within);
      const trouble = asOurs(() => core.answerTrouble(name, answer));
      if (trouble !== undefined) throw new Error(`${server.host}: ${trouble}`);
      return answer;
    };
    const attempt = () => gate.pass(() => bounded(once, timeout, server.host, signal), signal);
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted || error?.isFinal) throw error;
      return attempt();
    }
  };
}

/**
 * Who is asked where the caller does not say.
 *
 * @param {() => Promise<object>} load  as above
 * @returns {import("./index.js").Resolver}
 */
export function defaultResolver(load) {
  if (typeof fetch === "function") return dohClient(load);
  return async () => {
    throw new Error("there is no fetch here for DNS over HTTPS: pass options.resolver");
  };
}

function parseUrl(url) {
  try {
    // RFC 8484 §4.1 has servers described by URI templates.
    return new URL(String(url).replace(/\{\?dns\}$/, ""));
  } catch {
    throw badArgument("options.url", OPTIONS.url[1]);
  }
}

/** `work`, with a signal that aborts when the time is over, even if it does not listen to that. */
async function bounded(work, seconds, host, outer) {
  const { signal, end } = linkedSignal(outer);
  const timer = setTimeout(() => {
    end(new DOMException(`${host} gave no answer within ${seconds} s`, "TimeoutError"));
  }, seconds * 1000);
  try {
    signal.throwIfAborted();
    return await abortable(work(signal), signal);
  } finally {
    clearTimeout(timer);
    end(new DOMException("the lookup is over", "AbortError"));
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

async function readAnswer(response, host, signal) {
  const type = response.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (!response.ok || type !== DNS_MESSAGE) {
    // Left unread, it would hold its connection.
    response.body?.cancel?.().catch(() => {});
    const { ok, status } = response;
    if (ok) throw new Error(`${host} answered with ${type ?? "no content type"}, not ${DNS_MESSAGE}`);
    const isFinal = status >= 400 && status < 500 && !PASSING.includes(status);
    throw Object.assign(new Error(`HTTP status ${status} from ${host}`), { isFinal });
  }
  const parts = [];
  let length = 0;
  try {
    for await (const part of pieces(response, signal)) {
      length += part.length;
      // Before it fills the memory.
      if (length > MAX_OCTETS) break;
      parts.push(part);
    }
  } catch (cause) {
    // Also where a fetch of the caller's gives what is no response: no error of this call's arguments.
    throw new Error(`${host}: the answer cannot be read: ${cause?.message ?? cause}`, { cause });
  }
  if (length > MAX_OCTETS) throw new Error(`${host} answered with more than ${MAX_OCTETS} octets`);
  return joined(parts);
}

/** RFC 8484 §4.1: base64url without padding. */
function base64url(query) {
  const base64 = btoa(String.fromCharCode(...query));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
