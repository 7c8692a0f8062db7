import { logsDomains } from "./config.js";
import { ConfigError } from "./errors.js";

/**
 * One line of JSON for each message or request, without anything that says whose mail it is: no
 * addresses, no subject, no names of hosts, and domains only where `LOG_DOMAINS` allows it (what stands in
 * `d=` is chosen by the sender, and may point to one person).
 *
 * @param {Record<string, unknown>} line
 */
export function log(line) {
  console.log(JSON.stringify(line));
}

/**
 * What the log says of a report.
 *
 * @param {import("waxseal").Report} report
 * @param {import("./config.js").Env} env
 */
export function summary(report, env) {
  const named = logsDomains(env);
  return {
    result: report.result,
    signatures: report.signatures.map(({ result, reason, algorithm, aligned, domain }) => ({
      result,
      ...(reason && { reason }),
      algorithm: known(algorithm),
      aligned,
      ...(named && { domain }),
    })),
    arc: report.arc.result,
    octets: report.coverage.body.total,
  };
}

/**
 * What the log says of an error: where it came from, but not what its message says, which may quote the
 * mail; unless the message is ours and names a binding.
 *
 * @param {unknown} error
 */
export function failure(error) {
  if (error instanceof ConfigError) return { error: error.code, message: error.message };
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  // The lines of the stack behind the message are names of functions and places.
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { error: code, stack: stack.slice(0, 8).map((line) => line.trim()) };
}

/** An algorithm's name is the sender's to choose, too. @param {string | null} algorithm */
function known(algorithm) {
  const names = ["rsa-sha256", "ed25519-sha256", "rsa-sha1"];
  return algorithm === null || names.includes(algorithm) ? algorithm : "other";
}
