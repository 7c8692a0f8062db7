/**
 * DKIM verification and signing (RFC 6376, 8301, 8463, 8616), ARC (RFC 8617) and Authentication-Results
 * (RFC 8601) by one Rust core in WebAssembly, which starts by itself at the first call.
 *
 * @example
 * import { verify } from "waxseal";
 *
 * const report = await verify(message);
 * report.result;                        // "pass"
 * report.signatures[0].domain;          // "example.com"
 * report.signatures[0].explanation;     // one English sentence
 *
 * @packageDocumentation
 */

import type { Report } from "./report.js";

export * from "./arc.js";
export * from "./auth-results.js";
export * from "./keys.js";
export type * from "./report.js";
export * from "./sign.js";

/**
 * A message as it came over the wire: octets, lines ending in CRLF. A string is taken as UTF-8.
 * Line endings are not repaired, for LF alone ends no line of mail (RFC 5322 §2.3): text with LF
 * alone is one long field in which nothing verifies, and the report warns of `bareLineEnding`. Convert such
 * text to CRLF first.
 *
 * A Node.js stream (`fs.createReadStream(…)` without an encoding) is an `AsyncIterable`. Of a `Response`
 * the status must be one of success: what a server says instead of the message is none. An array must not
 * be changed before the promise settles.
 */
export type Message =
  | Uint8Array
  | ArrayBuffer
  | string
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** What a {@link Resolver} is told besides the question. */
export interface LookupOptions {
  /** Aborts when the verification is aborted or over, or its time for the DNS has run out. */
  signal: AbortSignal;
}

/** A complete answer. */
export interface DnsResponse {
  /**
   * The response code, as a number or a name (RFC 1035 §4.1.1): 0 or `"NOERROR"`; 3 or
   * `"NXDOMAIN"`, which says that there is no such name. Every other one is a temporary error.
   */
  rcode: number | string;
  /** The TXT records, each as its strings; empty where the name has none. Strings are UTF-8. */
  records: (Uint8Array | string)[][];
  /** Whether the resolver vouches for the answer by DNSSEC (the AD bit, RFC 4035 §3.2.3). */
  authenticated?: boolean | null;
  /** Time to live, in seconds. */
  ttl?: number | null;
  /**
   * The names that CNAME records led through, in order, the owner of the records last. They only
   * serve explanations and warnings.
   */
  aliases?: string[] | null;
}

/**
 * What a {@link Resolver} may give: a complete answer; `string[][]`, the strings of each record, as
 * `dns.promises.resolveTxt` gives; `string[]`, one complete record each; or a whole DNS response in
 * wire format (RFC 1035 §4).
 */
export type DnsAnswer = DnsResponse | string[][] | string[] | Uint8Array;

/**
 * Looks up TXT records. It is called once for each name as soon as the header of the message has
 * come, for several names side by side.
 *
 * A rejection whose `code` is `ENOTFOUND` or `ENODATA` says "no such record", which makes the
 * signature a `permerror`. Every other rejection, and every answer of another shape, is a temporary
 * error (`temperror`): an outage never makes a key look missing (RFC 6376 §6.1.2). Only a
 * {@link WaxsealError} is passed on to the caller of `verify`: it says that the resolver was set up
 * wrongly.
 *
 * @example
 * import { resolveTxt } from "node:dns/promises";
 * const resolver = (name) => resolveTxt(name);
 */
export type Resolver = (
  name: string,
  type: "TXT",
  options: LookupOptions,
) => Promise<DnsAnswer> | DnsAnswer;

/** Which signatures are accepted, and bounds on the work one message can cause (RFC 6376 §8.4). */
export interface Policy {
  /** RSA keys with fewer bits are refused as `keyTooSmall`. Default 1024 (RFC 8301 §3.2). */
  minRsaBits?: number;
  /** Accept rsa-sha1, with a warning. Default false (RFC 8301 §3.1). */
  allowSha1?: boolean;
  /** Accept signatures past their `x=`, with a warning. Default false (RFC 6376 §3.5). */
  allowExpired?: boolean;
  /**
   * Accept signatures whose `l=` leaves the end of the body unsigned, with a warning. Default false
   * (RFC 6376 §8.2).
   */
  allowBodyLength?: boolean;
  /** How far clocks may differ, in seconds. Default 300. */
  clockSkew?: number;
  /** How long all lookups of a message may take together, in seconds. Default 10. */
  dnsTimeout?: number;
  /** Signatures evaluated, topmost first. Default 10; the rest are `tooManySignatures`. */
  maxSignatures?: number;
  /** Names in one `h=`. Default 1000. */
  maxSignedNames?: number;
  /** Octets of the header. Default 262144. */
  maxHeaderOctets?: number;
  /** Fields in the header. Default 1000. */
  maxFields?: number;
  /** Octets of one DKIM-Signature field. Default 65536. */
  maxSignatureOctets?: number;
  /** Octets of one key record. Default 4096. */
  maxKeyRecordOctets?: number;
  /** Key records tried per name. Default 5. */
  maxKeyRecords?: number;
  /** ARC sets. Default 50, which is the most that there may be (RFC 8617 §4.2.1). */
  maxArcSets?: number;
  /** Names looked up for one message. Default 128. */
  maxLookups?: number;
  /** Lookups under way at a time, at least 1. Default 6. */
  maxLookupsInFlight?: number;
  /** Distinct hashes over the body. Default 4. */
  maxBodyHashes?: number;
  /** The largest RSA modulus that is computed with, in bits. Default 8192. */
  maxRsaBits?: number;
}

/** Everything a caller may decide about one verification. */
export interface VerifyOptions {
  /**
   * Who is asked for keys. Default: DNS over HTTPS at Cloudflare, see `dohResolver` of
   * `waxseal/doh`; `waxseal/node` has a resolver over node:dns, `waxseal/zone` one that needs no
   * network.
   */
  resolver?: Resolver;
  /**
   * The time the verification holds for, in Unix seconds; it decides whether a signature has
   * expired. Default: the clock. `"received"`: the time in the topmost Received field, for mail
   * that came long ago.
   */
  now?: number | "received";
  /**
   * With `now: "received"`: the time where the message has no Received field with a readable date,
   * in Unix seconds. Default: the clock.
   */
  nowFallback?: number;
  /**
   * Who speaks in `report.authenticationResults` (RFC 8601 §2.5), usually the host's name. Default
   * `"localhost"`.
   */
  authservId?: string;
  /** What is accepted, and bounds. */
  policy?: Policy;
  /**
   * Only the header is given: a signature that verifies over it is `neutral`, with the reason
   * `bodyNotChecked`. Default false.
   */
  headersOnly?: boolean;
  /** Record the steps of RFC 6376 §6.1 and the canonical octets in the report. Default false. */
  trace?: boolean;
  /**
   * Look up what it takes to align signing domains with the author's domain: the DMARC records at and
   * above both (RFC 9989 §4.10), where a signature may verify. Default true; without it only equal
   * domains are aligned, and nothing but keys is looked up.
   */
  alignment?: boolean;
  /**
   * Look up whether the author's domain authorizes a signer that claims it (`atps=`, RFC 6541,
   * experimental). Default false.
   */
  atps?: boolean;
  /**
   * Who does the arithmetic of RSA and Ed25519: `"wasm"`, this package; or `"webcrypto"`, the host's
   * `crypto.subtle`, which computes on other threads, several signatures side by side: worth it where
   * the thread has more to do, or for RSA keys above 2048 bits. The report is the same: what WebCrypto
   * does not take (Ed25519 in some hosts, keys of unusual sizes, DomainKeys, odd encodings that programs
   * disagree about) or finds wrong, the core computes itself. The last 64 public keys stay imported. A
   * page has `crypto.subtle` over https and on localhost only; the error is `unsupportedRuntime`
   * elsewhere. Default `"wasm"`.
   */
  crypto?: "wasm" | "webcrypto";
  /** Aborts the verification: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Verifies the DKIM signatures of a message (RFC 6376 §6).
 *
 * What is wrong with the message is a verdict in the report; only what is wrong with the call is an
 * error.
 *
 * @example
 * import { zoneResolver } from "waxseal/zone";
 *
 * const resolver = zoneResolver({ "s1._domainkey.example.com": "v=DKIM1; p=MIIBIjANBg…" });
 * const { result, signatures } = await verify(await fetch("/mail.eml"), { resolver });
 *
 * @throws {WaxsealError} `badArgument`, `badZone`, `startFailed`, `unsupportedRuntime` (without the WebCrypto
 * that `crypto` asks for); the reason of `options.signal` where it aborts (by default a `DOMException` named `AbortError`); the error of a stream that fails
 */
export function verify(message: Message, options?: VerifyOptions): Promise<Report>;

/** Verifies one message that comes in chunks. */
export interface StreamVerifier {
  /** The same as {@link StreamVerifier.write}, for `pipeTo`. Closing it leaves `end()` to call. */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Takes the next octets, cut anywhere. They are taken or copied before this returns, so the
   * buffer may be used again; the promise need not be waited for, except to hear of errors.
   *
   * @throws {WaxsealError} `badArgument`, `ended`, `startFailed`
   */
  write(chunk: Uint8Array | ArrayBuffer): Promise<void>;
  /**
   * Says that the message is complete, waits for the DNS, and gives the report.
   *
   * @throws {WaxsealError} as {@link verify}; `ended` where it was called before
   */
  end(): Promise<Report>;
}

/**
 * A verifier for a message that comes in chunks. The body is hashed as it comes: memory does not
 * grow with it. Keys are looked up as soon as the header is complete.
 *
 * @example
 * const verifier = createVerifier({ authservId: "mx.example.net" });
 * await response.body.pipeTo(verifier.writable);
 * const report = await verifier.end();
 *
 * @throws {WaxsealError} `badArgument` and `unsupportedRuntime`, at once
 */
export function createVerifier(options?: VerifyOptions): StreamVerifier;

/**
 * Starts the module. Calls that give promises do that by themselves; `keyRecord`,
 * `parseAuthenticationResults` and `formatAuthenticationResults` may need it, and who wants the first call
 * to be as fast as the others.
 *
 * @throws {WaxsealError} `startFailed`
 */
export function ready(): Promise<void>;

/** The codes of {@link WaxsealError}; there may be more in later versions. */
export type WaxsealErrorCode =
  /** An argument is of the wrong kind; the message names it. */
  | "badArgument"
  /** What is no Authentication-Results value; the message tells the place, as does the `cause`. */
  | "badAuthenticationResults"
  /**
   * A key cannot be used: it is encrypted, cut short, public where a private one is needed, too short
   * …; the message says which, and what to do.
   */
  | "badKey"
  /** A master file cannot be read; the message tells the line. */
  | "badZone"
  /**
   * The message cannot be signed or sealed: it has no From field, its header is none, a line would not survive
   * transport …; the message says which line.
   */
  | "cannotSign"
  /** `write` or `end` was called after `end`. */
  | "ended"
  /** A call that cannot wait came before the module had started: `await ready()` before. */
  | "notStarted"
  /** An outside signer or WebCrypto failed, with the `cause`; or gave what is no signature. */
  | "signerFailed"
  /** WebAssembly is not there, is forbidden by a Content-Security-Policy, or lacks memory. */
  | "startFailed"
  /**
   * The runtime has no reliable way of doing this, or lacks something: random numbers, WebCrypto on a page
   * without https. The message says what to do.
   */
  | "unsupportedRuntime"
  /** A defect of this package. */
  | "internal";

/** Says that something is wrong with a call, rather than with a message. */
export class WaxsealError extends Error {
  constructor(code: WaxsealErrorCode, message: string, options?: { cause?: unknown });
  /** Stable, for programs. */
  readonly code: WaxsealErrorCode;
}
