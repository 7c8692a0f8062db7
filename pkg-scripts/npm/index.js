import { pieces } from "./message.js";
import { StreamVerifier } from "./verifier.js";

export { WaxsealError } from "./error.js";

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
  const verifier = new StreamVerifier(options);
  return {
    get writable() {
      return verifier.writable;
    },
    write: (chunk) => verifier.write(chunk),
    end: () => verifier.end(),
  };
}
