/**
 * What a resolver may come back with, written down for the core (src/wasm/answer.rs reads it).
 *
 * That a record does not exist makes a signature permanently bad, so it is believed only where it is
 * said in so many words; all that is not understood is "unavailable" (RFC 6376 §6.1.2).
 */

/** Longest cause that gets into a report, in characters. */
const MAX_CAUSE = 200;

/** Longest DNS message there is (RFC 1035 §4.2.2). */
const MAX_MESSAGE = 65535;

/** RFC 1035 §4.1.1. */
const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

const encoder = new TextEncoder();

/**
 * The answer of a resolver that returned `value`.
 *
 * @param {unknown} value
 * @returns {Uint8Array}
 */
export function answerOf(value) {
  try {
    return read(value);
  } catch {
    // A getter or a proxy of the caller's.
    return unavailable("the resolver returned what cannot be read");
  }
}

/**
 * The answer of a resolver that threw, or whose promise was rejected.
 *
 * @param {any} reason
 * @returns {Uint8Array}
 */
export function answerOfRejection(reason) {
  const text = (name) => {
    try {
      return typeof reason?.[name] === "string" ? reason[name] : undefined;
    } catch {
      return undefined;
    }
  };
  const code = text("code");
  // What node:dns says for NXDOMAIN and no data. The same code with this call is about the host of some
  // server, not about the name asked for.
  if ((code === "ENOTFOUND" || code === "ENODATA") && text("syscall") !== "getaddrinfo") {
    return absent(code === "ENODATA", []);
  }
  const causes = [text("message"), code, typeof reason === "string" ? reason : undefined];
  return unavailable(causes.map((cause) => oneLine(cause ?? "")).find(Boolean) ?? "the resolver failed");
}

function read(value) {
  const message = octetsOf(value);
  if (message) {
    if (message.length <= MAX_MESSAGE) return joined(["m"], message);
    return unavailable(`the resolver returned a DNS message of ${message.length} octets`);
  }
  if (Array.isArray(value)) {
    const records = recordsOf(value);
    if (records) return written(records, undefined, undefined, []);
    return unavailable("the resolver returned an array that is neither string[][] nor string[]");
  }
  if (isObject(value) && (value.rcode ?? undefined) !== undefined) return response(value);
  return unavailable(`the resolver returned ${described(value)}`);
}

/** `{ rcode, records, authenticated?, ttl?, aliases? }` */
function response({ rcode, records, authenticated, ttl, aliases }) {
  let name;
  if (typeof rcode === "string") name = oneLine(rcode).replace(/[a-z]/g, (c) => c.toUpperCase());
  else if (isWhole(rcode)) name = RCODES[rcode] ?? `RCODE ${rcode}`;
  else return unavailable("the resolver returned an rcode of the wrong type");
  // They only serve explanations, so what is not understood is left out.
  const names = (list(aliases) ?? []).filter((one) => typeof one === "string").map(oneLine);
  if (name === "NXDOMAIN") return absent(false, names);
  if (name !== "NOERROR") return unavailable(name || "the resolver returned an empty rcode");
  const found = list(records)?.map(record);
  if (!found || found.includes(undefined)) {
    return unavailable("the resolver returned records that are no (Uint8Array | string)[][]");
  }
  return written(found, ttl, authenticated, names);
}

function written(records, ttl, authenticated, aliases) {
  if (records.length === 0) return absent(true, aliases);
  const seconds = isWhole(ttl) ? String(ttl) : "";
  const vouched = typeof authenticated === "boolean" ? String(Number(authenticated)) : "";
  return joined(["r"], ...[seconds, vouched, String(records.length), ...records, ...aliases].map(part));
}

function absent(nameExists, aliases) {
  return joined([nameExists ? "d" : "x"], ...aliases.map(part));
}

function unavailable(cause) {
  return joined(["u"], encoder.encode(cause));
}

/** `string[]`: one complete record each; or `string[][]`: the strings of one record each. */
function recordsOf(value) {
  const items = list(value);
  if (items?.every((one) => typeof one === "string")) return items.map((one) => encoder.encode(one));
  const records = items?.map(record);
  return records?.includes(undefined) ? undefined : records;
}

/** The strings of one record, joined without anything between them (RFC 6376 §3.6.2.2). */
function record(strings) {
  const parts = list(strings)?.map((one) => {
    if (typeof one === "string") return encoder.encode(one);
    const octets = octetsOf(one);
    return octets && octets.length <= MAX_MESSAGE ? octets : undefined;
  });
  return !parts || parts.includes(undefined) ? undefined : concatenated(parts);
}

/** The items of an array without holes; undefined where it is none. */
function list(value) {
  if (!Array.isArray(value)) return undefined;
  const items = [];
  for (let index = 0; index < value.length; index++) {
    if (value[index] === undefined) return undefined;
    items.push(value[index]);
  }
  return items;
}

/** The octets of a Uint8Array, also of one that was made in another realm; undefined where it is none. */
function octetsOf(value) {
  if (value instanceof Uint8Array) return value;
  if (!ArrayBuffer.isView(value) || value.BYTES_PER_ELEMENT !== 1) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function part(value) {
  const octets = typeof value === "string" ? encoder.encode(value) : value;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, octets.length, true);
  return concatenated([length, octets]);
}

function joined([kind], ...parts) {
  return concatenated([encoder.encode(kind), ...parts]);
}

function concatenated(parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

function described(value) {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "string") return "a string";
  return isObject(value) ? "an object without an rcode" : "neither records nor a DNS message";
}

/** Without what would garble a line of a report, and not too long. */
function oneLine(text) {
  // Bounded before it is walked: an error's message may be a whole page.
  const start = [...text.slice(0, 2 * MAX_CAUSE)].slice(0, MAX_CAUSE).join("");
  return start.split(/[\p{Cc}\p{White_Space}]+/u).filter(Boolean).join(" ");
}

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isWhole(value) {
  return Number.isSafeInteger(value) && value >= 0;
}
