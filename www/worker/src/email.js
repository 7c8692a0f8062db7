import { formatAuthenticationResults, ready, verify } from "waxseal";

import { forwardTo, policy } from "./config.js";
import { failure, log, summary } from "./log.js";
import { ACCEPT, judge } from "./policy.js";
import { verifyOptions } from "./verify.js";

/** What the platform lets a worker add must begin with X-. */
const RESULTS = "X-Waxseal-Authentication-Results";
const FORGED = "X-Waxseal-Forged-Results";

/** RFC 5322 §2.1.1: a line has at most 998 octets, name and all; and nobody folds it here. */
const MAX_VALUE = 998 - RESULTS.length - 2;

/** RFC 5321 §6.3: so many Received fields are a loop. */
const MAX_HOPS = 100;

/**
 * A message of Email Routing; what of it is used here.
 *
 * @typedef {object} EmailMessage
 * @property {ReadableStream<Uint8Array>} raw
 * @property {number} rawSize
 * @property {(reason: string) => void | Promise<void>} setReject
 * @property {(to: string, headers?: Headers) => Promise<unknown>} forward
 */

/**
 * Verifies a message, and forwards it with the result, or refuses it. Whatever goes wrong is thrown, so that
 * the platform says "later" to the sender, who still has the message: nothing is ever accepted and lost.
 *
 * @param {EmailMessage} message
 * @param {import("./config.js").Env} env
 * @param {import("./http.js").Context} ctx
 */
export async function email(message, env, ctx) {
  /** @type {Record<string, unknown>} */
  const line = { event: "email", size: message.rawSize };
  const began = Date.now();
  try {
    await deliver(message, env, ctx, line);
  } catch (error) {
    if (!(error instanceof Deferred)) Object.assign(line, failure(error));
    line.action = "defer";
    throw error;
  } finally {
    line.ms = Date.now() - began;
    log(line);
  }
}

/** Thrown for the platform: it knows a permanent refusal, and for everything else an error. */
class Deferred extends Error {}

/**
 * @param {EmailMessage} message
 * @param {import("./config.js").Env} env
 * @param {import("./http.js").Context} ctx
 * @param {Record<string, unknown>} line
 */
async function deliver(message, env, ctx, line) {
  // Before anything is read: a message that cannot be forwarded need not be verified.
  const to = forwardTo(env);
  const mayReject = policy(env) === "reject";
  const options = verifyOptions(env, ctx);
  const id = options.authservId ?? "localhost";

  const report = await attempt(message, options, line);
  const headers = new Headers();
  if (report) {
    Object.assign(line, summary(report, env));
    if (count(report, "received") >= MAX_HOPS) return refuse(message, line, "5.4.6 Routing loop detected");
    const verdict = mayReject ? judge(report) : ACCEPT;
    if (verdict.action === "reject") return refuse(message, line, verdict.text);
    if (verdict.action === "defer") throw new Deferred(verdict.text);
    headers.set(RESULTS, await resultsOf(report, id));
    const forged = count(report, RESULTS.toLowerCase());
    if (forged > 0) {
      line.forged = forged;
      headers.set(FORGED, `${forged} of the fields ${RESULTS} came with the message`);
    }
  } else {
    if (mayReject) throw new Deferred("451 4.3.0 The message could not be verified; try again later");
    headers.set(RESULTS, `${id}; dkim=temperror reason="the verifier failed"`);
  }
  await message.forward(to, headers);
  line.action = "forward";
}

/**
 * The report; nothing where the verifier itself fails, which is no reason to keep mail from anyone.
 *
 * @param {EmailMessage} message
 * @param {import("waxseal").VerifyOptions} options
 * @param {Record<string, unknown>} line
 */
async function attempt(message, options, line) {
  try {
    return await verify(message.raw, options);
  } catch (error) {
    Object.assign(line, failure(error));
    return undefined;
  }
}

/** @param {EmailMessage} message @param {Record<string, unknown>} line @param {string} text */
async function refuse(message, line, text) {
  // Over the RPC of local development it is a promise.
  await message.setReject(text);
  line.action = "reject";
}

/** @param {import("waxseal").Report} report @param {string} name  in lower case */
function count(report, name) {
  return report.coverage.fields.filter((field) => field.name.trim().toLowerCase() === name).length;
}

/**
 * The value of the field on one line, in ASCII: a Headers object takes no line ends. Where it gets too long,
 * the results at its end go; those that pass come first then.
 *
 * @param {import("waxseal").Report} report
 * @param {string} id
 */
async function resultsOf(report, id) {
  await ready();
  const whole = oneLine(report.authenticationResults);
  if (whole.length <= MAX_VALUE && isAscii(whole)) return whole;
  const isPass = (/** @type {import("waxseal").Signature} */ { result }) => Number(result === "pass");
  const signatures = report.signatures
    // An address may have any letters (RFC 6532); its domain, which has A-labels, says enough.
    .map((signature) => ({ ...signature, identity: signature.identity?.replace(/^.*[^\x20-\x7e].*@/, "@") ?? null }))
    .sort((a, b) => isPass(b) - isPass(a));
  for (;;) {
    const value = oneLine(formatAuthenticationResults({ ...report, signatures }, id));
    if (value.length <= MAX_VALUE && isAscii(value)) return value;
    if (signatures.pop() === undefined) return `${id}; dkim=${report.result}`;
  }
}

/** @param {string} value */
function oneLine(value) {
  return value.replace(/\r\n[ \t]*/g, " ").trim();
}

/** @param {string} text */
function isAscii(text) {
  return /^[\x20-\x7e]*$/.test(text);
}
