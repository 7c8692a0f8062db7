// Reports that come back from the caller. What is in them was written by strangers, and by now by the
// caller: only what the core asks for is handed on, and each entry is checked.
import { badArgument } from "./error.js";
import { isCount, isObject, text, word } from "./options.js";

const RESULT = [
  (value) => RESULTS.includes(value),
  'one of those that a report has, such as "pass"',
];
const RESULTS = ["pass", "policy", "fail", "temperror", "permerror", "neutral", "none"];
const CHAIN_RESULT = word("none", "pass", "fail");
const PROTOCOL = word("dkim", "domainkeys", "arc");
const INSTANCE = [(value) => isCount(value) && value < 2 ** 32, "an instance of 0 to 50"];
const OBJECT = [isObject, "an object"];
const LIST = [Array.isArray, "an array, as a report has it"];

/**
 * What Authentication-Results tell of a report: its result, its signatures and its chain.
 *
 * @param {unknown} report
 * @param {string} path  what it is to a user
 */
export function reportOf(report, path) {
  if (!isObject(report)) throw badArgument(path, OBJECT[1]);
  const of = entries(report, path);
  return {
    signatures: of.each("signatures", signatureOf),
    result: of.needed("result", RESULT),
    arc: chainOf(of.needed("arc", OBJECT), `${path}.arc`),
  };
}

/** The chain of a report. */
export function chainOf(chain, path) {
  const of = entries(chain, path);
  return {
    result: of.needed("result", CHAIN_RESULT),
    reason: of.given("reason", text),
    explanation: of.given("explanation", text),
    oldestPass: of.given("oldestPass", INSTANCE),
    sets: of.each("sets", setOf),
  };
}

function setOf(set, path) {
  const of = entries(set, path);
  return {
    instance: of.given("instance", INSTANCE),
    chainValidation: of.given("chainValidation", text),
    seal: signatureOf(of.needed("seal", OBJECT), `${path}.seal`),
    messageSignature: signatureOf(of.needed("messageSignature", OBJECT), `${path}.messageSignature`),
    authenticationResults: of.given("authenticationResults", text),
  };
}

function signatureOf(signature, path) {
  const of = entries(signature, path);
  const texts = ["reason", "domain", "selector", "identity", "algorithm", "b"];
  return {
    protocol: of.needed("protocol", PROTOCOL),
    result: of.needed("result", RESULT),
    ...Object.fromEntries(texts.map((name) => [name, of.given(name, text)])),
    warnings: of.each("warnings", (one, path) => entries(one, path).given("code", text) ?? ""),
  };
}

/** Reads the entries of an object, which may be missing, null, or throw when they are read. */
function entries(object, path) {
  const given = (name, [isRight, what]) => {
    let value;
    try {
      value = object[name] ?? undefined;
    } catch {
      // As if it was missing.
    }
    if (value !== undefined && !isRight(value)) throw badArgument(`${path}.${name}`, what);
    return value;
  };
  const needed = (name, rule) => {
    const value = given(name, rule);
    if (value === undefined) throw badArgument(`${path}.${name}`, rule[1]);
    return value;
  };
  const each = (name, read) =>
    Array.from(needed(name, LIST), (item, index) => {
      const place = `${path}.${name}[${index}]`;
      if (!isObject(item)) throw badArgument(place, OBJECT[1]);
      return read(item, place);
    });
  return { given, needed, each };
}
