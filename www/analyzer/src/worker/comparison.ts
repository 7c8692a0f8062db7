import { verify, type Report, type Resolver, type Signature, type TraceStep } from "waxseal";

import { fromBase64 } from "../message/base64.ts";
import { rowsOf } from "../message/difference.ts";
import { decodeOctets, findBody, splitHeader } from "../message/fields.ts";
import type { Comparison, Difference, SignatureComparison, Source } from "../protocol.ts";
import { prepare } from "./message.ts";
import { join } from "./octets.ts";

/** The message that an original is compared with. */
export interface Compared {
  header: Uint8Array;
  report: Report;
  resolver: Resolver;
  now: number;
}

/**
 * Tries the signatures of a message on an original, and compares what both are hashed as. The original
 * need not have the signatures, as a copy among the sent mail has not: those of the message are put on it.
 */
export async function compare(current: Compared, original: Source, signal: AbortSignal): Promise<Comparison> {
  const message = await prepare({ source: original, range: null, extent: "whole" }, signal);
  const pieces = [];
  for await (const piece of message.pieces(signal)) pieces.push(piece);
  const octets = withSignatures(join(pieces), current.header);
  const { resolver, now } = current;
  const report = await verify(octets, { resolver, now, trace: true, alignment: false, signal });
  const tried = report.signatures.filter(({ protocol }) => protocol === "dkim");
  const signatures: SignatureComparison[] = [];
  let place = 0;
  for (const [index, signature] of current.report.signatures.entries()) {
    if (signature.protocol !== "dkim") continue;
    const other = tried[place++];
    if (other) signatures.push(lay(index, signature, other));
  }
  return { name: original.kind === "file" ? original.name : "The pasted original", signatures };
}

/** The original with the signatures of the message in place of its own. */
function withSignatures(original: Uint8Array, header: Uint8Array): Uint8Array {
  const signatures = splitHeader(header)
    .filter(isSignature)
    .map((field) => header.subarray(field.start, field.end));
  const end = findBody(original)?.end ?? original.length;
  const own = original.subarray(0, end);
  const others = splitHeader(own)
    .filter((field) => !isSignature(field))
    .map((field) => own.subarray(field.start, field.end));
  return join([...signatures, ...others, original.subarray(end)]);
}

function isSignature({ name }: { name: string }): boolean {
  return name.toLowerCase() === "dkim-signature";
}

function lay(index: number, now: Signature, original: Signature): SignatureComparison {
  const verifies = original.result === "pass" || original.result === "policy";
  return {
    index,
    domain: now.domain,
    verifies,
    isOpen: original.result === "temperror" || original.result === "permerror",
    header: difference(now, original, "canonicalHeader", "headerHash"),
    body: difference(now, original, "canonicalBody", "bodyHash"),
  };
}

function difference(
  now: Signature,
  original: Signature,
  octets: TraceStep["step"],
  hash: TraceStep["step"],
): Difference | null {
  const [before, after] = [stepOf(original, octets), stepOf(now, octets)];
  if (before === null || after === null) return null;
  const [originalHash, nowHash] = [stepOf(original, hash), stepOf(now, hash)];
  const isSame = originalHash === nowHash && originalHash !== null;
  const rows = isSame
    ? { rows: [], isCut: false }
    : rowsOf(decodeOctets(fromBase64(before)), decodeOctets(fromBase64(after)));
  return { original: originalHash, now: nowHash, isSame, ...rows };
}

function stepOf(signature: Signature, step: TraceStep["step"]): string | null {
  return signature.trace.find((one) => one.step === step)?.detail ?? null;
}
