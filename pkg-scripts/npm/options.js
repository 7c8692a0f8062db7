import { badArgument } from "./error.js";

const flag = [(value) => typeof value === "boolean", "true or false"];
const text = [(value) => typeof value === "string", "a string"];
const func = [(value) => typeof value === "function", "a function"];
const count = [isCount, "a whole number of 0 to 2^53-1"];

const OPTIONS = {
  resolver: func,
  now: [
    (value) => value === "received" || isCount(value),
    'a whole number of Unix seconds, or "received"',
  ],
  nowFallback: [isCount, "a whole number of Unix seconds"],
  authservId: text,
  headersOnly: flag,
  trace: flag,
  policy: [isObject, "an object"],
  signal: [isSignal, "an AbortSignal"],
};

const POLICY = {
  minRsaBits: count,
  allowSha1: flag,
  allowExpired: flag,
  allowBodyLength: flag,
  clockSkew: count,
  dnsTimeout: [(value) => value > 0 && value <= 86400, "a number of seconds, at most a day"],
  maxSignatures: count,
  maxSignedNames: count,
  maxHeaderOctets: count,
  maxFields: count,
  maxSignatureOctets: count,
  maxKeyRecordOctets: count,
  maxKeyRecords: count,
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
  const { resolver, signal, policy: given = {}, ...rest } = checked(options, OPTIONS, "options");
  const { dnsTimeout = 10, ...policy } = checked(given, POLICY, "options.policy");
  const clock = Math.floor(Date.now() / 1000);
  const settings = { now: clock, nowFallback: clock, ...rest, policy };
  return { settings, resolver, signal, dnsTimeout };
}

/** The entries of `object` that are given, checked against `rules`. */
function checked(object, rules, path) {
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
  return given;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function isSignal(value) {
  return typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
}
