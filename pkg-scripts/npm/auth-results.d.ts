import type { Report } from "./report.js";

/** What one Authentication-Results field says (RFC 8601 §2.2). */
export interface AuthenticationResults {
  /** Who says it; null where the field names nobody, as some hosts write it. */
  authservId: string | null;
  /** The version of the field; null means 1. */
  version: number | null;
  /** The results, in order. */
  results: MethodResult[];
  /** The field says `none`: nothing was checked. */
  noResult: boolean;
  /** The comments before the first result. */
  comments: string[];
  /** Whether all of it follows the grammar of RFC 8601 §2.2. */
  conforming: boolean;
  /** The first place where it does not. */
  problem: AuthenticationResultsProblem | null;
}

/** What one method found (RFC 8601 §2.2). */
export interface MethodResult {
  /** The method in lower case, for instance `dkim`. */
  method: string;
  /** The version of the method; null means 1. */
  methodVersion: number | null;
  /** The result in lower case, for instance `pass`; null where the field leaves it out. */
  result: string | null;
  /** Why, in the host's own words. */
  reason: string | null;
  /** What was checked, in order. */
  properties: MethodProperty[];
  /** The comments within this result, in order. */
  comments: string[];
}

/** One property of what was checked, such as `header.d=example.com`. */
export interface MethodProperty {
  /**
   * Where it comes from, in lower case: smtp, header, body, policy or another word; null where a host
   * writes a name alone, as in `action=none`.
   */
  ptype: string | null;
  /** Its name in lower case, for instance `d`. */
  name: string;
  /** Its value, without the quotes around it. */
  value: string;
}

/** A place in a field value that does not follow RFC 8601 §2.2. */
export interface AuthenticationResultsProblem {
  /** Where it is, in octets from the start of the value. */
  offset: number;
  /** What should stand there, in English words. */
  expected: string;
}

/**
 * Reads the value of an Authentication-Results field (RFC 8601 §2.2): what stands behind the colon, folds
 * included; of a string its UTF-8. What departs from the grammar but has a clear meaning is read, and the
 * first such place is told as `problem`.
 *
 * Believe what a field says only where its authserv-id is that of a host of yours, which removes those that
 * come from outside (RFC 8601 §5).
 *
 * The module must have started where the host does not let it start at once, as workerd and old browsers on
 * their main thread: `await ready()` before.
 *
 * @example
 * const { authservId, results } = parseAuthenticationResults("mx.example.net; spf=pass smtp.mailfrom=a.example");
 * results[0].properties[0];   // { ptype: "smtp", name: "mailfrom", value: "a.example" }
 *
 * @throws {WaxsealError} `badAuthenticationResults` where no meaning is clear, with an
 * {@link AuthenticationResultsProblem} as its `cause`; `badArgument`, `notStarted`
 */
export function parseAuthenticationResults(
  value: string | Uint8Array | ArrayBuffer,
): AuthenticationResults;

/**
 * The value of an Authentication-Results field that says what a report says (RFC 8601), folded before each
 * result: `report.authenticationResults` under another name. What was copied from the message stands there
 * as tokens, addresses or quoted strings, so that none of it can add a result of its own.
 *
 * The module must have started, as for {@link parseAuthenticationResults}.
 *
 * @example
 * const report = await verify(message);
 * formatAuthenticationResults(report, "mx.example.net"); // "mx.example.net;\r\n dkim=pass header.d=…"
 *
 * @param report what `verify` gave, or what `JSON.parse` made of it
 * @param authservId who speaks (RFC 8601 §2.5), usually the host's name; not empty
 * @throws {WaxsealError} `badArgument` naming the entry that a report does not have so; `notStarted`
 */
export function formatAuthenticationResults(
  report: Pick<Report, "result" | "signatures" | "arc">,
  authservId: string,
): string;
