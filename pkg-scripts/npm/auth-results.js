import { WaxsealError, asOurs, badArgument } from "./error.js";
import { loadNow } from "./load.js";
import { octets } from "./message.js";
import { reportOf } from "./reports.js";

/**
 * Reads the value of an Authentication-Results field (RFC 8601 §2.2).
 *
 * @param {string | Uint8Array | ArrayBuffer} value
 * @returns {import("./index.js").AuthenticationResults}
 */
export function parseAuthenticationResults(value) {
  const array = typeof value === "string" ? new TextEncoder().encode(value) : octets(value);
  if (!array) throw badArgument("value", "a string or a Uint8Array");
  const core = loadNow();
  try {
    return JSON.parse(asOurs(() => core.parseAuthenticationResults(array)));
  } catch (error) {
    const { problem } = error.cause;
    if (!problem) throw error;
    throw new WaxsealError(error.code, error.message, { cause: JSON.parse(problem) });
  }
}

/**
 * The value of an Authentication-Results field that says what a report says.
 *
 * @param {Pick<import("./index.js").Report, "result" | "signatures" | "arc">} report
 * @param {string} authservId
 * @returns {string}
 */
export function formatAuthenticationResults(report, authservId) {
  if (typeof authservId !== "string" || authservId === "") {
    throw badArgument("authservId", "a string, the name of the host that speaks");
  }
  const plain = reportOf(report, "report");
  const core = loadNow();
  return asOurs(() => core.formatAuthenticationResults(plain, authservId));
}
