/** @typedef {{ action: "accept" } | { action: "reject" | "defer", text: string }} Verdict */

/** @type {Verdict} */
export const ACCEPT = { action: "accept" };

// RFC 6376 §6.3 has these codes for a key server that cannot be reached.
/** @type {Verdict} */
const DEFER = { action: "defer", text: "451 4.7.5 Unable to verify signature: the DNS is unavailable" };

// RFC 7372 §3.1
/** @type {Verdict} */
const REJECT = {
  action: "reject",
  text: "5.7.20 No passing DKIM signature found: that of the author's domain does not match",
};

/**
 * What `POLICY=reject` makes of a report.
 *
 * Refused is a message that carries a signature of its author's domain which does not match: the content
 * was changed on the way, or somebody else wrote it under that name. But not where any other signature
 * passes (a list that changes messages breaks the author's and signs with its own), and not where a
 * signature only cannot be used (RFC 6376 §6.1: such a message is to be treated as one without). A message
 * without signatures is not refused: many good ones have none.
 *
 * What the DNS leaves open is not decided: the message is to come again.
 *
 * @param {import("waxseal").Report} report
 * @returns {Verdict}
 */
export function judge({ result, signatures, alignment }) {
  if (result === "pass") return ACCEPT;
  const is = (/** @type {string} */ word) => (/** @type {import("waxseal").Signature} */ one) => one.result === word;
  const ofAuthor = signatures.filter(({ aligned }) => aligned !== "none");
  if (ofAuthor.some(is("temperror"))) return DEFER;
  if (ofAuthor.some(is("fail"))) {
    // Another signature may turn out to pass.
    return signatures.some(is("temperror")) ? DEFER : REJECT;
  }
  // Whether a signature that fails is of the author's domain may itself be a matter of the DNS.
  return signatures.some(is("fail")) && alignment.trouble !== null ? DEFER : ACCEPT;
}
