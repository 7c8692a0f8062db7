import type { MethodResult, Signature } from "waxseal";

import type { Verdict } from "../protocol.ts";
import { isUnasked } from "./verdict.ts";

/** What we make of a claim; `agrees` is null where we cannot tell. */
export interface Answer {
  agrees: boolean | null;
  says: string;
}

/** Lays what a host claims (RFC 8601) beside what we found ourselves. */
export function matchClaim(claim: MethodResult, verdict: Verdict): Answer {
  switch (claim.method) {
    case "dkim":
    case "domainkeys":
      return matchSignature(claim, verdict);
    case "arc":
      return matchArc(claim, verdict);
    case "spf":
    case "sender-id":
    case "iprev":
      return open("depends on the connection it came over, which a message does not show");
    case "dmarc":
      return matchDmarc(verdict);
    default:
      return open("not something that the message itself proves");
  }
}

const open = (says: string): Answer => ({ agrees: null, says });

function matchSignature(claim: MethodResult, verdict: Verdict): Answer {
  const { signatures } = verdict.report;
  if (claim.result === "none") {
    return signatures.length === 0
      ? { agrees: true, says: "no signature, either" }
      : { agrees: false, says: "there is a signature" };
  }
  const found = signatures.filter((signature) => isMeant(signature, claim));
  const best = found.find(({ result }) => result === claim.result) ?? found[0];
  if (!best) return { agrees: false, says: "no such signature in the message" };
  if (isUnasked(best, verdict)) return open("its key was not looked up");
  if (best.result === "temperror") return open("its key could not be had");
  const says = best.reason === null ? best.result : `${best.result} (${best.reason})`;
  // Whether a signature that verifies is accepted is each host's own policy.
  const agrees = isGood(best) === (claim.result === "pass");
  return { agrees, says };
}

function isGood({ result, reason }: Signature): boolean {
  return result === "pass" || result === "policy" || reason === "bodyNotChecked";
}

function isMeant(signature: Signature, claim: MethodResult): boolean {
  const of = (name: string) =>
    claim.properties.find((property) => property.ptype === "header" && property.name === name)?.value;
  const [d, s, b, i] = [of("d"), of("s"), of("b"), of("i")];
  if (b !== undefined && signature.b !== null && !signature.b.startsWith(b)) return false;
  if (s !== undefined && s.toLowerCase() !== signature.selector?.toLowerCase()) return false;
  if (d !== undefined) return d.toLowerCase() === signature.domain?.toLowerCase();
  const domain = i?.slice(i.lastIndexOf("@") + 1).toLowerCase();
  return domain === undefined || domain === signature.domain || domain.endsWith(`.${signature.domain}`);
}

function matchArc(claim: MethodResult, { report }: Verdict): Answer {
  if (report.arc.reason === "keyUnavailable") return open("a key of the chain was not to be had");
  const says = report.arc.result === "none" ? "no chain" : `the chain: ${report.arc.result}`;
  return { agrees: report.arc.result === claim.result, says };
}

function matchDmarc({ report }: Verdict): Answer {
  if (report.alignment.dkim === "strict")
    return open("the author's own domain signed it, which satisfies DMARC");
  if (report.alignment.dkim === "relaxed")
    return open("the author's organization signed it, which mostly satisfies DMARC");
  if (report.signatures.some(({ result }) => result === "temperror")) {
    return open("not decided here, for want of a key");
  }
  return open("no signature of the author's domain verifies; whether SPF does cannot be seen here");
}
