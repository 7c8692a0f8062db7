import { ConfigError } from "./errors.js";

/**
 * The bindings: variables, secrets and services, by their names. README.md lists them.
 *
 * @typedef {Record<string, unknown>} Env
 */

/** What Email Routing lets through, and the largest message that is taken over HTTP. */
const MAX_BYTES = 25 * 1024 * 1024;

/** The largest message, in octets: `MAX_BYTES`. @param {Env} env */
export function maxBytes(env) {
  return wholeNumber(env, "MAX_BYTES", MAX_BYTES);
}

/** How long all lookups of a message may take together, in seconds: `DNS_TIMEOUT`. @param {Env} env */
export function dnsTimeout(env) {
  return wholeNumber(env, "DNS_TIMEOUT", 10);
}

/** The DNS over HTTPS server: `DOH_URL`. @param {Env} env */
export function dohUrl(env) {
  const url = text(env, "DOH_URL") ?? "https://cloudflare-dns.com/dns-query";
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ConfigError("DOH_URL must be the https URL of a DNS over HTTPS server");
  }
  return url;
}

/**
 * Who does the arithmetic of signatures: `CRYPTO`. docs/worker.md has what was measured.
 *
 * @param {Env} env
 * @returns {"wasm" | "webcrypto"}
 */
export function cryptoOf(env) {
  const choice = text(env, "CRYPTO") ?? "webcrypto";
  if (choice !== "wasm" && choice !== "webcrypto") throw new ConfigError('CRYPTO must be "wasm" or "webcrypto"');
  return choice;
}

/** Who speaks in Authentication-Results (RFC 8601 §2.5): `AUTHSERV_ID`. @param {Env} env */
export function authservId(env) {
  const id = text(env, "AUTHSERV_ID");
  if (id !== undefined && !/^[\w.:-]{1,200}$/.test(id)) {
    throw new ConfigError("AUTHSERV_ID must be a name such as mx.example.net: letters, digits, and . : _ -");
  }
  return id;
}

/** What becomes of mail: `POLICY`. @param {Env} env @returns {"annotate" | "reject"} */
export function policy(env) {
  const policy = text(env, "POLICY") ?? "annotate";
  if (policy !== "annotate" && policy !== "reject") {
    throw new ConfigError('POLICY must be "annotate" or "reject"');
  }
  return policy;
}

/** Where mail goes: `FORWARD_TO`. @param {Env} env */
export function forwardTo(env) {
  const address = text(env, "FORWARD_TO");
  if (address === undefined || !/^[^\s@]+@[^\s@]+$/.test(address)) {
    throw new ConfigError("FORWARD_TO must be an address that is verified in Email Routing");
  }
  return address;
}

/**
 * The origins whose pages may call: `CORS_ORIGINS`, set apart by blanks; `*` is all. Nobody where
 * there is none.
 *
 * @param {Env} env
 */
export function corsOrigins(env) {
  return words(env, "CORS_ORIGINS");
}

/** The tokens that may sign: `SIGN_TOKEN`, set apart by blanks, so that a new one can come before the old one goes. @param {Env} env */
export function signTokens(env) {
  return words(env, "SIGN_TOKEN");
}

/** Whether the log may name signing domains: `LOG_DOMAINS`. @param {Env} env */
export function logsDomains(env) {
  return ["1", "true", "yes"].includes(text(env, "LOG_DOMAINS")?.toLowerCase() ?? "");
}

/**
 * A binding that is text; undefined where it is not set, or empty.
 *
 * @param {Env} env
 * @param {string} name
 * @returns {string | undefined}
 */
function text(env, name) {
  const value = env[name];
  if (value === undefined || value === null) return undefined;
  // TOML has numbers and booleans, too.
  if (typeof value === "object" || typeof value === "function") throw new ConfigError(`${name} must be text`);
  return String(value).trim() || undefined;
}

/**
 * Words set apart by blanks, or a list of them.
 *
 * @param {Env} env
 * @param {string} name
 */
function words(env, name) {
  const value = env[name];
  const given = Array.isArray(value) ? value.join(" ") : text(env, name);
  return given?.split(/\s+/).filter(Boolean) ?? [];
}

/** @param {Env} env @param {string} name @param {number} standard */
function wholeNumber(env, name, standard) {
  const value = text(env, name);
  if (value === undefined) return standard;
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number === 0) {
    throw new ConfigError(`${name} must be a whole number of at least 1`);
  }
  return number;
}
