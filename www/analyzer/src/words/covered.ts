import type { Signature } from "waxseal";

import { counted, listed } from "./lists.ts";

/** What people know the fields as, in the order in which they care. */
const KNOWN: [string, string[]][] = [
  ["sender", ["from"]],
  ["recipients", ["to", "cc"]],
  ["subject", ["subject"]],
  ["date", ["date"]],
];

/**
 * What a signature covers, for a sentence: `the sender, subject, date and the whole body`. `present` are the
 * names of the fields of the message, in lower case.
 */
export function coveredParts(
  signature: Pick<Signature, "signedFields" | "bodyLength">,
  present: Set<string>,
  body: { isGiven: boolean; total: number },
): string {
  const signed = new Set(signature.signedFields.map((name) => name.toLowerCase()));
  const parts = KNOWN.filter(([, names]) => names.some((name) => signed.has(name) && present.has(name)));
  const items = parts.map(([word]) => word);
  if (body.isGiven) items.push(bodyPart(signature.bodyLength, body.total));
  const [first, ...rest] = items;
  if (first === undefined) return "parts of the header";
  return listed([parts.length > 0 ? `the ${first}` : first, ...rest]);
}

function bodyPart(length: number | null, total: number): string {
  if (length === null || length >= total) return "the whole body";
  if (length === 0) return "none of the body";
  return `the first ${counted(length, "octet")} of the body`;
}
