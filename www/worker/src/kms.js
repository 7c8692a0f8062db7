import { ConfigError } from "./errors.js";

/**
 * A key that never comes here. The service that is bound gets
 *
 *     POST https://kms/sign
 *     { "algorithm": "rsa-sha256", "domain": …, "selector": …, "data": base64, "digest": base64 }
 *
 * and answers 200 with the octets of the signature. `data` is what a signer that hashes by itself takes,
 * `digest` is for one that takes a SHA-256. examples/kms-aws.js is such a service.
 *
 * @param {import("waxseal").SigningAlgorithm | undefined} algorithm
 * @param {unknown} binding
 * @param {string} path
 * @param {string} name
 * @returns {import("waxseal").OutsideSigner}
 */
export function kmsKey(algorithm, binding, path, name) {
  if (!isService(binding)) throw new ConfigError(`${path}: there is no service binding ${name}`);
  return {
    algorithm: algorithm ?? "rsa-sha256",
    async sign(data, { domain, selector, digest, signal }) {
      const body = JSON.stringify({ algorithm, domain, selector, data: base64(data), digest: base64(digest) });
      const headers = { "content-type": "application/json" };
      const response = await binding.fetch("https://kms/sign", { method: "POST", headers, body, signal });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`the KMS answered with HTTP status ${response.status}`);
      }
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/**
 * @param {unknown} binding
 * @returns {binding is { fetch: typeof fetch }}
 */
function isService(binding) {
  return typeof binding === "object" && binding !== null && "fetch" in binding && typeof binding.fetch === "function";
}

/** @param {Uint8Array} octets */
function base64(octets) {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text);
}
