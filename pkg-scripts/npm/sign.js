import { load } from "./load.js";
import { pieces } from "./message.js";
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
  const signer = new StreamSigner(options);
  const parts = [];
  try {
    for await (const piece of pieces(message, options.signal)) {
      await signer.write(piece);
      // Copied: whoever owns it may use it again.
      parts.push(piece.slice());
    }
    const { header, warnings } = await signer.end();
    const repaired = warnings.some(({ code }) => code === "lineEndingsRepaired");
    const signed = joined([new TextEncoder().encode(header), ...(repaired ? await repair(parts) : parts)]);
    return { header, warnings, message: () => signed.slice() };
  } catch (error) {
    signer.abort(error);
    throw error;
  }
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

/** The message with the line ends that were signed. */
async function repair(parts) {
  const { LineEndings } = await load();
  const lineEndings = new LineEndings();
  try {
    return [...parts.map((part) => lineEndings.push(part)), lineEndings.finish()];
  } finally {
    lineEndings.free();
  }
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
