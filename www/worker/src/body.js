import { HttpError } from "./errors.js";

/** What a raw message may be called; a request that does not say is taken at its word. */
const TYPES = ["message/rfc822", "message/global", "application/octet-stream", "text/plain"];

/**
 * The raw message in a request, piece by piece as it comes: nothing of it is kept here.
 *
 * @param {Request} request
 * @param {number} limit  in octets
 * @returns {AsyncGenerator<Uint8Array, void, void>}
 * @throws {HttpError} 415, 413 or 400 at once where the header of the request tells; while reading, 413
 *   where there is more than announced, 400 where the body breaks off or is empty
 */
export function messageIn(request, limit) {
  checkType(request.headers);
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > limit) throw tooLarge(limit);
  if (!request.body) throw empty();
  return read(request.body, limit);
}

/** @param {Headers} headers */
function checkType(headers) {
  const type = headers.get("content-type")?.split(";", 1)[0].trim().toLowerCase();
  if (type && !TYPES.includes(type)) {
    const hint = `send the raw message as ${TYPES[0]} (also ${TYPES.slice(1).join(", ")}, or without a type)`;
    throw new HttpError(415, "unsupportedMediaType", `${type.slice(0, 100)} is no message: ${hint}`);
  }
  const coding = headers.get("content-encoding")?.trim().toLowerCase();
  if (coding && coding !== "identity") {
    const why = "the message must be sent as it is, without Content-Encoding";
    throw new HttpError(415, "unsupportedContentEncoding", why, { "accept-encoding": "identity" });
  }
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} limit
 */
async function* read(stream, limit) {
  const reader = stream.getReader();
  let total = 0;
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await next(reader);
      if (done) break;
      total += value.length;
      if (total > limit) throw tooLarge(limit);
      if (value.length > 0) yield value;
    }
    isDone = true;
    if (total === 0) throw empty();
  } finally {
    // The client learns that nobody listens any more; how it takes that is its affair.
    if (!isDone) reader.cancel().catch(() => {});
  }
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
async function next(reader) {
  try {
    return await reader.read();
  } catch {
    throw new HttpError(400, "bodyIncomplete", "the body broke off before its end");
  }
}

/** @param {number} limit */
function tooLarge(limit) {
  return new HttpError(413, "tooLarge", `the message has more than ${limit} octets, which is the limit here`);
}

function empty() {
  return new HttpError(400, "emptyBody", "the body is empty: send the raw message");
}
