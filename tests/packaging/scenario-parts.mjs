// What the scenario uses: messages of every kind, DNS over HTTPS without a network, a look at memory.

const octets = (text) => new TextEncoder().encode(text);

/** The kinds of message that the package takes, each made of a string. */
export const KINDS = {
  string: (text) => text,
  Uint8Array: octets,
  ArrayBuffer: (text) => octets(text).buffer,
  Blob: (text) => new Blob([text]),
  Response: (text) => new Response(text),
  ReadableStream: (text) => stream([octets(text).slice(0, 100), octets(text).slice(100)], [][Symbol.iterator]()),
  AsyncIterable: async function* (text) {
    const all = octets(text);
    for (let at = 0; at < all.length; at += 77) yield all.subarray(at, at + 77);
  },
};

/** A stream of the first chunks, then of those of the iterator. */
export function stream(first, chunks) {
  return new ReadableStream({
    pull(controller) {
      const next = first.length ? { value: first.shift() } : chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

/** A `fetch` that answers queries in wire format (RFC 8484) with what a resolver says. */
export function overHttps(resolver) {
  return async (url, { method = "GET", body } = {}) => {
    const query = method === "POST" ? body : fromBase64url(new URL(url).searchParams.get("dns"));
    const end = query.indexOf(0, 12) + 5;
    const { rcode, records } = await resolver(nameIn(query), "TXT");
    const response = [...query.subarray(0, end)];
    response.splice(2, 10, 0x81, 0x80 | (rcode === "NXDOMAIN" ? 3 : 0), 0, 1, 0, records.length, 0, 0, 0, 0);
    for (const record of records) {
      const data = strings(record).flatMap((string) => [string.length, ...string]);
      response.push(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 99, data.length >> 8, data.length & 255, ...data);
    }
    return new Response(new Uint8Array(response), { headers: { "content-type": "application/dns-message" } });
  };
}

/** The strings of a record, which a master file's reader gives as one, of at most 255 octets each. */
function strings([record]) {
  const parts = [];
  for (let at = 0; at < record.length; at += 255) parts.push(record.subarray(at, at + 255));
  return parts;
}

function nameIn(query) {
  const labels = [];
  for (let at = 12; query[at]; at += query[at] + 1) {
    labels.push(String.fromCharCode(...query.subarray(at + 1, at + 1 + query[at])));
  }
  return labels.join(".");
}

function fromBase64url(text) {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** How many signatures WebCrypto is asked about; null where it cannot be watched. */
export function watchChecks() {
  const prototype = Object.getPrototypeOf(crypto.subtle);
  const { verify } = prototype;
  let asked = 0;
  const counted = function (...given) {
    asked++;
    return verify.apply(this, given);
  };
  try {
    prototype.verify = counted;
  } catch {
    // A host whose classes are closed.
  }
  const isWatched = crypto.subtle.verify === counted;
  return {
    count() {
      if (isWatched) prototype.verify = verify;
      return isWatched ? asked : null;
    },
  };
}

/**
 * The size of the module's memory, which the package does not show: taken from the instance when it
 * is made, which is not before the first call. And what the host's heap holds, where its garbage can
 * be collected to see (`--expose-gc`).
 */
export function watchMemory() {
  let memory;
  const watch = (instance) => {
    memory = instance.exports?.memory ?? memory;
    return instance;
  };
  const { Instance, instantiate } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, given) => watch(Reflect.construct(target, given)),
  });
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    watch(made.instance ?? made);
    return made;
  };
  const module = () => memory?.buffer.byteLength ?? null;
  return { module, now: async () => ({ module: module(), host: await ofHost() }) };
}

async function ofHost() {
  const { gc, process } = globalThis;
  if (!gc || !process?.memoryUsage) return null;
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    // What was used a moment ago is given back a moment later.
    await new Promise((resolve) => setTimeout(resolve, 1));
    gc();
    const { heapUsed, arrayBuffers = 0 } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}
