import { answerLifetime, dohResolver } from "waxseal/doh";

import { dohUrl } from "./config.js";
import { MemoryCache } from "./memory-cache.js";

/**
 * Nothing is kept for longer than this, whatever the zone says: in seconds, an hour. A key may be revoked,
 * and one that was not there may be published, any moment.
 */
const LONGEST = 60 * 60;

const EXPIRES = "x-waxseal-expires";
const CACHE = "waxseal-dns-1";

/**
 * A resolver over DNS over HTTPS (RFC 8484) with a cache: answers are kept as long as the DNS says,
 * also that there is no such record (RFC 2308); what is no answer is never kept.
 *
 * @param {import("./config.js").Env} env
 * @param {{ waitUntil(promise: Promise<unknown>): void }} ctx
 * @returns {import("waxseal").Resolver}
 */
export function cachingResolver(env, ctx) {
  const url = dohUrl(env);
  /** @type {Promise<Store | undefined> | undefined} */
  let opened;
  return async (name, type, { signal }) => {
    opened ??= openCache();
    const cache = await opened;
    const key = keyFor(url, name, type);
    const kept = await recall(cache, key);
    if (kept) return kept;

    let age = 0;
    const ask = dohResolver({
      url,
      async fetch(input, init) {
        const response = await fetch(input, init);
        // RFC 8484 §5.1: so long it has waited in a cache of HTTP already.
        age = Number(response.headers.get("age")) || 0;
        return response;
      },
    });
    const answer = /** @type {Uint8Array<ArrayBuffer>} */ (await ask(name, type, { signal }));
    const seconds = Math.min(((await answerLifetime(answer, name)) ?? 0) - age, LONGEST);
    // Whoever waits for the verdict need not wait for this.
    if (cache && seconds > 0) ctx.waitUntil(keep(cache, key, answer, seconds));
    return answer;
  };
}

/**
 * The key of a cached answer. It has the server and the whole question in it, each written so that it
 * ends where it ends, and no other question gets the same. And what comes out of the cache is read as
 * what the network brings: an answer to another question is none.
 *
 * @param {string} url
 * @param {string} name
 * @param {string} type
 */
function keyFor(url, name, type) {
  const question = new URLSearchParams({ name, type, server: url });
  return `https://waxseal-dns.invalid/?${question}`;
}

/**
 * What a cache has to be able to do; the `Cache` of the platforms is one.
 *
 * @typedef {object} Store
 * @property {(key: string) => Promise<Response | undefined>} match
 * @property {(key: string, response: Response) => Promise<void>} put
 */

/** @returns {Promise<Store | undefined>} */
async function openCache() {
  // Not every edge has the Cache API, and not every one that has it keeps to times.
  if (typeof caches === "undefined") return memory;
  try {
    return await caches.open(CACHE);
  } catch {
    return undefined;
  }
}

/** Where there is no Cache API, for as long as the process lives. */
const memory = new MemoryCache(1000);

/**
 * A cache that fails is no cache: the answer is then asked for.
 *
 * @param {Store | undefined} cache
 * @param {string} key
 */
async function recall(cache, key) {
  try {
    const response = await cache?.match(key);
    if (!response) return undefined;
    const octets = new Uint8Array(await response.arrayBuffer());
    return Number(response.headers.get(EXPIRES)) > Date.now() ? octets : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {Store} cache
 * @param {string} key
 * @param {Uint8Array<ArrayBuffer>} answer
 * @param {number} seconds
 */
async function keep(cache, key, answer, seconds) {
  const headers = {
    "content-type": "application/dns-message",
    "cache-control": `max-age=${seconds}`,
    [EXPIRES]: String(Date.now() + seconds * 1000),
  };
  try {
    await cache.put(key, new Response(answer, { headers }));
  } catch {
    // Then it is asked for again.
  }
}
