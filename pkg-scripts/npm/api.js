import { load } from "./load.js";
import { pieces } from "./message.js";
import { face } from "./stream.js";
import { StreamVerifier } from "./verifier.js";

export { sealArc } from "./arc.js";
export { formatAuthenticationResults, parseAuthenticationResults } from "./auth-results.js";
export { WaxsealError } from "./error.js";
export { checkKey, generateKeyPair, keyRecord } from "./keys.js";
export { createSigner, repairLineEndings, sign } from "./sign.js";

/**
 * Verifies the DKIM signatures of a message (RFC 6376 §6).
 *
 * @param {import("./index.js").Message} message
 * @param {import("./index.js").VerifyOptions} [options]
 * @returns {Promise<import("./index.js").Report>}
 */
export async function verify(message, options) {
  const verifier = new StreamVerifier(options);
  try {
    for await (const piece of pieces(message, options?.signal)) {
      await verifier.write(piece);
      if (verifier.hasEnough) break;
    }
    return await verifier.end();
  } catch (error) {
    verifier.abort(error);
    throw error;
  }
}

/**
 * Verifies a message that comes in chunks, in memory that does not grow with its body.
 *
 * @param {import("./index.js").VerifyOptions} [options]
 * @returns {import("./index.js").StreamVerifier}
 */
export function createVerifier(options) {
  return face(new StreamVerifier(options));
}

/**
 * Starts the module, which calls that give promises do by themselves.
 *
 * @returns {Promise<void>}
 */
export async function ready() {
  await load();
}
