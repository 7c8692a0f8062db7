/** How much of a file is read at once: enough for speed, little enough to stop between two. */
const PIECE = 1 << 20;

const CR = 13;
const LF = 10;

/** Makes octets of octets, in pieces cut anywhere. */
export interface Change {
  push(octets: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** Octets, changed on the way, in pieces. */
export async function* read(
  octets: Blob | Uint8Array,
  changes: Change[],
  signal: AbortSignal,
  onPiece?: (done: number, total: number) => void,
): AsyncGenerator<Uint8Array> {
  const total = octets instanceof Blob ? octets.size : octets.length;
  for (let at = 0; at < total; at += PIECE) {
    signal.throwIfAborted();
    const whole = await piece(octets, at);
    signal.throwIfAborted();
    const changed = changes.reduce((left, change) => change.push(left), whole);
    if (changed.length > 0) yield changed;
    onPiece?.(Math.min(at + PIECE, total), total);
  }
  // what one change held back the next ones have to see, too
  for (const [index, change] of changes.entries()) {
    const rest = changes.slice(index + 1).reduce((left, next) => next.push(left), change.end());
    if (rest.length > 0) yield rest;
  }
}

async function piece(octets: Blob | Uint8Array, at: number): Promise<Uint8Array> {
  if (octets instanceof Blob) return new Uint8Array(await octets.slice(at, at + PIECE).arrayBuffer());
  // a new turn, so that a request to stop is heard between two pieces
  if (at > 0) await new Promise((resolve) => setTimeout(resolve));
  return octets.subarray(at, at + PIECE);
}

/** Gives lines that end in LF alone, or in CR alone, the CRLF that mail has (RFC 5322 §2.1). */
export function restoreLineEnds(was: "LF" | "CR"): Change {
  const end = was === "LF" ? LF : CR;
  return {
    push(octets) {
      let count = 0;
      for (const octet of octets) if (octet === end) count++;
      if (count === 0) return octets;
      const out = new Uint8Array(octets.length + count);
      let to = 0;
      for (const octet of octets) {
        if (octet === end) {
          out[to++] = CR;
          out[to++] = LF;
        } else {
          out[to++] = octet;
        }
      }
      return out;
    },
    end: () => new Uint8Array(),
  };
}

/** Puts pieces together. */
export function join(pieces: Uint8Array[]): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
