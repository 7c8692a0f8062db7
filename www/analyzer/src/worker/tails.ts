import { verify, type Report, type Resolver } from "waxseal";

import { fromBase64 } from "../message/base64.ts";
import { latin1, splitHeader } from "../message/fields.ts";
import type { Tail } from "../protocol.ts";
import type { Message } from "./message.ts";
import { join } from "./octets.ts";

/** Of larger messages the tail is not shown. */
const MAX_MESSAGE = 4 << 20;
/** Signatures with `l=` whose tails are shown. */
const MAX_TAILS = 3;

/**
 * What stands behind the signed part of the body, for signatures with `l=`, in canonical form. The trace of
 * a verification has what is hashed; so the message is verified once more without `l=`, and what that
 * hashes beyond is the tail. Its verdict means nothing, and is thrown away.
 */
export async function readTails(
  report: Report,
  message: Message,
  size: number,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Tail[]> {
  const limited = report.signatures.flatMap(({ bodyLength, protocol }, index) =>
    bodyLength !== null && protocol === "dkim" ? [{ index, length: bodyLength }] : [],
  );
  if (limited.length === 0 || size > MAX_MESSAGE || message.body === null) return [];
  const pieces = [];
  for await (const piece of message.pieces(signal)) pieces.push(piece);
  const octets = join(pieces);
  const unlimited = join([withoutLength(message.header), octets.subarray(message.header.length)]);
  const whole = await verify(unlimited, { resolver, trace: true, alignment: false, signal });
  return limited.slice(0, MAX_TAILS).flatMap(({ index, length }) => {
    const body = whole.signatures[index]?.trace.find(({ step }) => step === "canonicalBody");
    const tail = body ? fromBase64(body.detail).subarray(length) : new Uint8Array();
    return tail.length > 0 ? [{ index, octets: tail.slice() }] : [];
  });
}

/** The header with the `l=` of every DKIM signature taken out. */
function withoutLength(header: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let done = 0;
  for (const field of splitHeader(header)) {
    if (field.name.toLowerCase() !== "dkim-signature") continue;
    const value = latin1(header.subarray(field.value, field.end));
    const without = value.replace(
      /(^|;)(\s*)l\s*=\s*\d+\s*(;|$)/,
      (_, before: string, fold: string) => before + fold,
    );
    pieces.push(
      header.subarray(done, field.value),
      Uint8Array.from(without, (letter) => letter.charCodeAt(0)),
    );
    done = field.end;
  }
  pieces.push(header.subarray(done));
  return join(pieces);
}
