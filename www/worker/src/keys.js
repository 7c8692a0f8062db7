import { verify } from "waxseal";

import { ConfigError, HttpError } from "./errors.js";
import { kmsKey } from "./kms.js";

/**
 * An entry of `SIGNATURES`: a signature to make on mail of a domain. What else stands in it is handed to
 * the package as it is (`ttl`, `canonicalization`, `headers`, `oversign` …).
 *
 * @typedef {object} Entry
 * @property {string} domain  `d=`; mail of authors there, and below where nothing is closer, gets it
 * @property {string} selector
 * @property {string} [key]  the secret with the private key
 * @property {string} [kms]  the service binding that signs
 * @property {"rsa-sha256" | "ed25519-sha256"} [algorithm]  needed with `kms`
 */

/**
 * The entries of `SIGNATURES`; none where it is not set, which turns signing off.
 *
 * @param {import("./config.js").Env} env
 * @returns {Entry[]}
 */
export function entries(env) {
  const value = env.SIGNATURES;
  if (value === undefined || value === null || value === "") return [];
  const list = typeof value === "string" ? parse(value) : value;
  if (!Array.isArray(list)) throw new ConfigError("SIGNATURES must be a list of { domain, selector, key }");
  return list.map((entry, index) => checkEntry(entry, `SIGNATURES[${index}]`));
}

/** @param {string} value */
function parse(value) {
  try {
    return JSON.parse(value);
  } catch {
    throw new ConfigError("SIGNATURES must be JSON: a list of { domain, selector, key }");
  }
}

/** @param {unknown} entry @param {string} path @returns {Entry} */
function checkEntry(entry, path) {
  if (typeof entry !== "object" || entry === null) throw new ConfigError(`${path} must be { domain, selector, key }`);
  const { domain, selector, key, kms, algorithm } = /** @type {Record<string, unknown>} */ (entry);
  for (const [name, value] of Object.entries({ domain, selector })) {
    if (typeof value !== "string" || value === "") throw new ConfigError(`${path}.${name} must be text`);
  }
  if ((typeof key === "string") === (typeof kms === "string")) {
    throw new ConfigError(`${path} must have either key, the name of a secret, or kms, that of a service binding`);
  }
  if (kms !== undefined && algorithm !== "rsa-sha256" && algorithm !== "ed25519-sha256") {
    throw new ConfigError(`${path}.algorithm must be "rsa-sha256" or "ed25519-sha256", for a KMS does not tell`);
  }
  return /** @type {Entry} */ (entry);
}

/**
 * The signatures for a message with this header: those of its author's domain, or else of the closest
 * one above it. Where there are several authors, the first for whom there are keys decides.
 *
 * @param {Uint8Array} header  its lines ending in CRLF
 * @param {Entry[]} all
 * @param {import("./config.js").Env} env
 * @returns {Promise<import("waxseal").SignatureRequest[]>}
 */
export async function signaturesFor(header, all, env) {
  const domains = await authorDomains(header);
  if (domains.length === 0) {
    throw new HttpError(400, "noAuthor", "the message has no From field with an address, so no domain can sign it");
  }
  for (const domain of domains) {
    const chosen = closest(domain, all);
    if (chosen.length > 0) return Promise.all(chosen.map((entry) => request(entry, all.indexOf(entry), env)));
  }
  throw new HttpError(400, "noKey", "there is no key here for the domain of the message's author");
}

/** The domains of the authors, as the verifier reads them; nothing is looked up. @param {Uint8Array} header */
async function authorDomains(header) {
  const resolver = async () => {
    throw new Error("nothing is asked");
  };
  const report = await verify(header, { headersOnly: true, alignment: false, resolver });
  const domains = report.authors.map((author) => asciiDomain(author.slice(author.lastIndexOf("@") + 1)));
  return domains.filter((domain) => domain !== "");
}

/** @param {string} domain @param {Entry[]} all */
function closest(domain, all) {
  const own = all.map((entry) => asciiDomain(entry.domain));
  for (let rest = domain; rest.includes("."); rest = rest.slice(rest.indexOf(".") + 1)) {
    const chosen = all.filter((_, index) => own[index] === rest);
    if (chosen.length > 0) return chosen;
  }
  return [];
}

/** As A-labels in lower case; empty where it is no domain. @param {string} domain */
function asciiDomain(domain) {
  try {
    return new URL(`http://${domain.replace(/\.$/, "")}`).hostname;
  } catch {
    return "";
  }
}

/**
 * @param {Entry} entry
 * @param {number} index
 * @param {import("./config.js").Env} env
 * @returns {Promise<import("waxseal").SignatureRequest>}
 */
async function request({ key, kms, ...rest }, index, env) {
  const path = `SIGNATURES[${index}]`;
  if (kms !== undefined) return { ...rest, key: kmsKey(rest.algorithm, env[kms], `${path}.kms`, kms) };
  return { ...rest, key: await secret(env, String(key), path) };
}

/**
 * A secret of the worker, or of the Secrets Store.
 *
 * @param {import("./config.js").Env} env
 * @param {string} name
 * @param {string} path
 */
async function secret(env, name, path) {
  const binding = env[name];
  const stored = typeof binding === "object" && binding !== null && "get" in binding ? binding.get : undefined;
  const value = typeof stored === "function" ? await stored.call(binding) : binding;
  if (typeof value !== "string" || value.trim() === "") {
    throw new ConfigError(`${path}.key: there is no secret ${name}; set it: wrangler secret put ${name} < key.pem`);
  }
  // A secret that was typed in on one line.
  return value.includes("-----BEGIN") ? value.replaceAll("\\n", "\n") : value;
}
