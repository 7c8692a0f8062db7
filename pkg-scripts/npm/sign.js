import { load } from "./load.js";
import { joined, pieces } from "./message.js";
import { StreamSigner } from "./signer.js";
import { face } from "./stream.js";

/**
 * Signs a message (RFC 6376 §5).
 *
 * @param {import("./index.js").Message} message
 * @param {import("./index.js").SignOptions} options
 * @returns {Promise<import("./index.js").SignedMessage>}
 */
export async function sign(message, options) {
  return withHeader(new StreamSigner(options), message, options.signal);
}

/**
 * Signs a message that comes in chunks, in memory that does not grow with its body.
 *
 * @param {import("./index.js").SignOptions} options
 * @returns {import("./index.js").StreamSigner}
 */
export function createSigner(options) {
  return face(new StreamSigner(options));
}

/**
 * Hands a message to an intake that makes fields of it, and puts those in front.
 *
 * @template {{ header: string, warnings: { code: string }[] }} Result
 * @param {import("./stream.js").Intake<unknown, Result>} intake
 * @param {import("./index.js").Message} message
 * @param {AbortSignal} [signal]
 * @returns {Promise<Result & { message(): Uint8Array }>}
 */
export async function withHeader(intake, message, signal) {
  const parts = [];
  try {
    for await (const piece of pieces(message, signal)) {
      await intake.write(piece);
      // Copied: whoever owns it may use it again.
      parts.push(piece.slice());
    }
    const result = await intake.end();
    const { header, warnings } = result;
    // What got no signature stays as it came.
    const isRepaired = header && warnings.some(({ code }) => code === "lineEndingsRepaired");
    const octets = [new TextEncoder().encode(header)];
    for await (const part of isRepaired ? repaired(parts) : parts) octets.push(part);
    const whole = joined(octets);
    return { ...result, message: () => whole.slice() };
  } catch (error) {
    intake.abort(error);
    throw error;
  }
}

/**
 * A message with the line ends that are signed (`lineEndings: "normalize"`), piece by piece.
 *
 * @param {import("./index.js").Message} message
 * @returns {AsyncGenerator<Uint8Array, void, void>}
 */
export function repairLineEndings(message) {
  return repaired(pieces(message));
}

/** @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} parts */
async function* repaired(parts) {
  const { LineEndings } = await load();
  const lineEndings = new LineEndings();
  try {
    for await (const part of parts) yield lineEndings.push(part);
    yield lineEndings.finish();
  } finally {
    lineEndings.free();
  }
}
