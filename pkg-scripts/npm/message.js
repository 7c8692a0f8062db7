import { abortable } from "./abort.js";
import { badArgument } from "./error.js";

// Between pieces of this many octets the DNS gets its turn, however large an array is.
const PIECE = 1 << 20;

const KINDS =
  "a Uint8Array, ArrayBuffer, string, Blob, Response, ReadableStream or AsyncIterable of Uint8Array";

/**
 * The octets of a Uint8Array (Buffer included) or ArrayBuffer, not copied; undefined for all else.
 * Asked by tag, because one from another realm (a frame, node:vm, a test runner) is no instance of
 * the class of this one.
 *
 * @param {unknown} value
 * @returns {Uint8Array | undefined}
 */
export function octets(value) {
  switch (Object.prototype.toString.call(value)) {
    case "[object Uint8Array]":
      return value;
    case "[object ArrayBuffer]":
    case "[object SharedArrayBuffer]":
      return new Uint8Array(value);
    default:
      return undefined;
  }
}

/**
 * The pieces of a message of any kind, at most 1 MiB each.
 *
 * @param {unknown} message
 * @param {AbortSignal} [signal]
 * @returns {AsyncIterable<Uint8Array>}
 * @throws {WaxsealError} at once, where the message is of no such kind
 */
export function pieces(message, signal) {
  const whole = typeof message === "string" ? new TextEncoder().encode(message) : octets(message);
  if (whole) return cut(whole);
  if (typeof message !== "object" || message === null) throw badArgument("message", KINDS);

  let source = message;
  if (typeof message.arrayBuffer === "function") {
    // What a server says instead of the message is none.
    if (message.ok === false) {
      const { status } = message;
      throw badArgument("message", `what was asked for: this is a response with status ${status}`);
    }
    // A Blob has stream(), a Response has body, which is null where there is none.
    source = typeof message.stream === "function" ? message.stream() : message.body;
    if (source === null) return cut(new Uint8Array(0));
  }
  if (typeof source?.getReader === "function") {
    if (source.locked || message.bodyUsed) {
      throw badArgument("message", "a stream that nobody has begun to read");
    }
    return flatten(read(source, signal));
  }
  if (typeof source?.[Symbol.asyncIterator] === "function") return flatten(iterate(source, signal));
  throw badArgument("message", KINDS);
}

/**
 * @param {Uint8Array[]} parts
 * @returns {Uint8Array}
 */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function* cut(array) {
  for (let at = 0; at < array.length; at += PIECE) yield array.subarray(at, at + PIECE);
}

async function* flatten(chunks) {
  for await (const chunk of chunks) {
    const array = octets(chunk);
    if (!array) throw badArgument("message", "a stream of Uint8Array: it gave something else");
    yield* cut(array);
  }
}

// Not every ReadableStream is an AsyncIterable (Safari's is not).
async function* read(stream, signal) {
  const reader = stream.getReader();
  let done = false;
  try {
    for (;;) {
      const next = await abortable(reader.read(), signal);
      if (next.done) break;
      yield next.value;
    }
    done = true;
  } finally {
    // Whoever feeds the stream learns that nobody listens any more; how it takes that is its affair.
    if (!done) reader.cancel(signal?.reason).catch(() => {});
    reader.releaseLock();
  }
}

async function* iterate(iterable, signal) {
  const iterator = iterable[Symbol.asyncIterator]();
  if (typeof iterator?.next !== "function") throw badArgument("message", KINDS);
  let done = false;
  try {
    for (;;) {
      const next = await abortable(Promise.resolve(iterator.next()), signal);
      if (next.done) break;
      yield next.value;
    }
    done = true;
  } finally {
    // Not waited for: a generator that hangs in next() never comes to its return().
    if (!done) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
