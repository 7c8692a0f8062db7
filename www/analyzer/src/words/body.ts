import type { Report } from "waxseal";

import { counted, listed, number } from "./lists.ts";

/** What can be said of the body: signed in part or whole, not signed, or not decided for want of a key. */
export function tellBody(report: Report): { isOpen: boolean; sentence: string } {
  const { signatures, coverage } = report;
  const { signed, total } = coverage.body;
  const octets = counted(total, "octet");
  const isVerified = signatures.some(({ result }) => result === "pass" || result === "policy");
  const isOpen = signed === 0 && !isVerified && signatures.some(({ result }) => result === "temperror");
  if (isOpen)
    return { isOpen, sentence: `Whether the body (${octets}) is signed is open, for want of a key.` };
  if (total === 0) {
    return {
      isOpen,
      sentence: isVerified ? "The body is empty, and signed to be so." : "The body is empty.",
    };
  }
  if (signed === 0) {
    return {
      isOpen,
      sentence: `No signature that verifies covers the body (${octets}).${unchanged(report)}`,
    };
  }
  if (signed >= total) return { isOpen, sentence: `All ${octets} are signed and unchanged.` };
  const rest = number(total - signed);
  return {
    isOpen,
    sentence: `The first ${counted(signed, "octet")} are signed and unchanged. The last ${rest} are not: anyone can have added them.`,
  };
}

/** Signatures that fail although the body is the one that they were made for. */
function unchanged({ signatures }: Report): string {
  const names = signatures.flatMap(({ bodyHash: { claimed, computed } }, index) =>
    claimed !== null && claimed === computed ? [String(index + 1)] : [],
  );
  if (names.length === 0) return "";
  const those = names.length === 1 ? `signature ${names[0]} gives` : `signatures ${listed(names)} give`;
  return ` It has the hash that ${those}; but a signature that does not verify proves nothing.`;
}
