import { repairLineEndings } from "waxseal";

/** The longest header that the package signs, in octets; what is longer it refuses. */
const MOST = 256 * 1024;

const CR = 13;
const LF = 10;

/**
 * Reads a message up to the end of its header.
 *
 * @param {AsyncGenerator<Uint8Array, void, void>} message  read so far, and not closed
 * @returns {Promise<{ header: Uint8Array, read: Uint8Array[] }>} the header as it will be signed, perhaps
 *   with some of the body behind it; and the pieces that were read for it, as they came
 */
export async function readHeader(message) {
  /** @type {Uint8Array[]} */
  const read = [];
  async function* noted() {
    for (;;) {
      const { done, value } = await message.next();
      if (done) return;
      read.push(value);
      yield value;
    }
  }
  const end = new HeaderEnd();
  const parts = [];
  let length = 0;
  for await (const part of repairLineEndings(noted())) {
    parts.push(part);
    length += part.length;
    if (end.isIn(part) || length > MOST) break;
  }
  const header = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    header.set(part, at);
    at += part.length;
  }
  return { header, read };
}

/** Looks for the empty line behind the header, which may be cut anywhere. */
class HeaderEnd {
  /** How much of CR LF CR LF there is: an empty line may also be the first one. */
  #matched = 2;

  /** @param {Uint8Array} part */
  isIn(part) {
    for (const octet of part) {
      if (octet === (this.#matched % 2 === 0 ? CR : LF)) this.#matched++;
      else this.#matched = octet === CR ? 1 : 0;
      if (this.#matched === 4) return true;
    }
    return false;
  }
}
