import { badArgument } from "./error.js";

// What an option may be, as a test and as what an error says.
export const flag = [(value) => typeof value === "boolean", "true or false"];
export const text = [(value) => typeof value === "string", "a string"];
export const name = [(value) => typeof value === "string" && value !== "", "a string, not empty"];
export const func = [(value) => typeof value === "function", "a function"];
export const count = [isCount, "a whole number of 0 to 2^53-1"];
export const seconds = [isDuration, "a number of seconds above 0, at most a day"];
export const signal = [isSignal, "an AbortSignal"];
export const strings = [isStrings, "an array of strings"];

/** One of these words. */
export function word(...words) {
  const quoted = words.map((one) => `"${one}"`).join(" or ");
  return [(value) => words.includes(value), quoted];
}

const OPTIONS = {
  resolver: func,
  now: [
    (value) => value === "received" || isCount(value),
    'a whole number of Unix seconds, or "received"',
  ],
  nowFallback: [isCount, "a whole number of Unix seconds"],
  authservId: name,
  headersOnly: flag,
  trace: flag,
  alignment: flag,
  atps: flag,
  policy: [isObject, "an object"],
  crypto: word("wasm", "webcrypto"),
  signal,
};

const POLICY = {
  minRsaBits: count,
  allowSha1: flag,
  allowExpired: flag,
  allowBodyLength: flag,
  clockSkew: count,
  dnsTimeout: seconds,
  maxSignatures: count,
  maxSignedNames: count,
  maxHeaderOctets: count,
  maxFields: count,
  maxSignatureOctets: count,
  maxKeyRecordOctets: count,
  maxKeyRecords: count,
  maxArcSets: count,
  maxLookups: count,
  maxLookupsInFlight: [(value) => isCount(value) && value > 0, "a whole number of at least 1"],
  maxBodyHashes: count,
  maxRsaBits: count,
};

/**
 * The options, every one of them checked: a misspelt or mistyped policy must not quietly become
 * the default.
 *
 * @param {object} [options]
 */
export function checkOptions(options = {}) {
  const { resolver, crypto, signal, policy: given = {}, ...rest } =
    checked(options, OPTIONS, "options");
  const { dnsTimeout, ...policy } = checkPolicy(given);
  const clock = Math.floor(Date.now() / 1000);
  const settings = { now: clock, nowFallback: clock, ...rest, policy };
  return { settings, crypto, resolver, signal, dnsTimeout };
}

/** The policy, with its deadline. */
export function checkPolicy(policy) {
  return { dnsTimeout: 10, ...checked(policy, POLICY, "options.policy") };
}

/**
 * The entries of `object` that are given, checked against `rules`.
 *
 * @param {object} object
 * @param {Record<string, [(value: unknown) => boolean, string]>} rules
 * @param {string} path  what `object` is to a user
 * @param {string[]} [needed]  what must be given
 */
export function checked(object, rules, path, needed = []) {
  if (!isObject(object)) throw badArgument(path, "an object");
  const given = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(rules, name)) {
      throw badArgument(`${path}.${name}`, `left out: there is no such option`);
    }
    const [isRight, what] = rules[name];
    if (!isRight(value)) throw badArgument(`${path}.${name}`, what);
    given[name] = value;
  }
  for (const name of needed) {
    if (!Object.hasOwn(given, name)) throw badArgument(`${path}.${name}`, rules[name][1]);
  }
  return given;
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function isDuration(value) {
  return typeof value === "number" && value > 0 && value <= 86400;
}

function isStrings(value) {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isSignal(value) {
  return typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
}
