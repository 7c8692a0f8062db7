import { badArgument } from "./error.js";
import { wantedCrypto } from "./host-crypto.js";
import { checkPolicy, checked, flag, func, isCount, isObject, signal, text, word } from "./options.js";
import { SIGNATURE, TRANSPORT } from "./sign-options.js";
import { signingKey } from "./signing-key.js";

const { domain, selector, key, algorithm, canonicalization, headers, oversign } = SIGNATURE;

const OPTIONS = {
  domain,
  selector,
  key,
  algorithm,
  sealKey: [isObject, "an object, { selector, key, … }"],
  authservId: text,
  authenticationResults: text,
  chain: [isObject, "an object, the arc of a report"],
  sealFailed: flag,
  canonicalization,
  headers,
  oversign,
  resolver: func,
  now: [isCount, "a whole number of Unix seconds"],
  timestamp: flag,
  policy: [isObject, "an object"],
  ...TRANSPORT,
  crypto: word("wasm", "webcrypto"),
  signal,
};

const SEAL_KEY = { domain, selector, key, algorithm };

/**
 * The options of a sealing, every one of them checked as far as that can be without the core.
 *
 * @param {object} options
 */
export function checkSealOptions(options) {
  const given = checked(options, OPTIONS, "options", ["domain", "selector", "key"]);
  const { domain, selector, key, algorithm, sealKey, resolver, policy = {}, ...more } = given;
  const { now = Math.floor(Date.now() / 1000), timestamp = true, crypto, signal, ...rest } = more;
  const { lineEndings, longLines, sevenBit, ...request } = rest;
  const subtle = wantedCrypto(crypto);
  checkResults(request);
  const wanted = [wantedKey({ domain, selector, key, algorithm }, "options", crypto)];
  if (sealKey) {
    const own = checked(sealKey, SEAL_KEY, "options.sealKey", ["selector", "key"]);
    wanted.push(wantedKey({ domain, ...own }, "options.sealKey", crypto));
  }
  if (timestamp) request.timestamp = now;
  const { dnsTimeout, ...bounds } = checkPolicy(policy);
  const verification = { now, policy: bounds };
  const signing = { lineEndings, longLines, sevenBit };
  return { wanted, request, verification, signing, resolver, dnsTimeout, subtle, signal };
}

function checkResults({ authservId, authenticationResults }) {
  if (authenticationResults === undefined) {
    if (authservId === undefined) {
      const or = "or options.authenticationResults given";
      throw badArgument("options.authservId", `a string, the name in our own fields, ${or}`);
    }
  } else if (authservId !== undefined) {
    const why = "left out where options.authenticationResults is given, which begins with it";
    throw badArgument("options.authservId", why);
  }
}

/** One signature: what the core is told of its key, and the key. */
function wantedKey({ key, algorithm, ...names }, path, crypto) {
  return { names, algorithm, path, key: signingKey(key, `${path}.key`, crypto) };
}
