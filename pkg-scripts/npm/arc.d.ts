import type { Message, Policy, Resolver } from "./index.js";
import type { ArcChain } from "./report.js";
import type { SignOptions, SignatureRequest, SigningWarning } from "./sign.js";

/** A key that seals, and where it is published. */
export interface SealKey {
  /** `d=`. Default: that of the message signature. */
  domain?: string;
  /** `s=`: the key is published at `SELECTOR._domainkey.DOMAIN`. */
  selector: string;
  /** The private key, of any kind that `sign` takes. */
  key: SignatureRequest["key"];
  /** `a=`. Default: what the key can do; anything else is an error. */
  algorithm?: SignatureRequest["algorithm"];
}

/** Everything a caller may decide about sealing one message. */
export interface SealOptions {
  /** `d=` of both signatures; U-labels are made A-labels (RFC 8616 §4). */
  domain: string;
  /** `s=` of both signatures. */
  selector: string;
  /**
   * The private key of both signatures, of any kind that `sign` takes. It signs twice, one after the
   * other: the ARC-Message-Signature, then the ARC-Seal that covers it.
   */
  key: SignatureRequest["key"];
  /** `a=` of both signatures. Default: what the key can do; anything else is an error. */
  algorithm?: SignatureRequest["algorithm"];
  /** Another key for the ARC-Seal. Default: the same for both. */
  sealKey?: SealKey;
  /**
   * Who speaks in the Authentication-Results fields of the message that the set carries on (RFC 8617
   * §4.1.1); where there are none, it carries `none`. Those that came with the message must have been
   * removed before (RFC 8601 §5), else the seal vouches for a stranger's word. To be given unless
   * `authenticationResults` is.
   */
  authservId?: string;
  /**
   * The value that the set carries on, the authserv-id first: for instance
   * `report.authenticationResults`.
   */
  authenticationResults?: string;
  /**
   * The verdict on the chain of the message as it came, `report.arc`, for who has changed the message
   * since: then a chain that was good is not held to be broken. Default: the chain of the message that is
   * sealed is judged, for which `resolver` is asked.
   */
  chain?: ArcChain;
  /**
   * Whether a chain that fails is marked so, once, with `cv=fail` (RFC 8617 §5.1.2). Default false:
   * nothing is added to it.
   */
  sealFailed?: boolean;
  /**
   * `c=` of the ARC-Message-Signature, for header and body. One word is for the header, and leaves the
   * body simple. Default `"relaxed/relaxed"`.
   */
  canonicalization?: string;
  /**
   * `h=` of the ARC-Message-Signature. Default: as `sign` has it, and the DKIM-Signature fields
   * (RFC 8617 §4.1.2).
   */
  headers?: string[];
  /** Of which fields `h=` lists one more than there are. Default: as `sign` has it. */
  oversign?: SignatureRequest["oversign"];
  /** Who is asked for the keys of the chain. Default as for `verify`: DNS over HTTPS. */
  resolver?: Resolver;
  /** The time of both signatures, and that the chain is judged for, in Unix seconds. Default: the clock. */
  now?: number;
  /** Whether `t=` tells when it was sealed: `now`. Default true. */
  timestamp?: boolean;
  /** What is accepted of the chain, and bounds; an ARC chain takes no rsa-sha1, whatever this says. */
  policy?: Policy;
  /** As for `sign`. */
  lineEndings?: SignOptions["lineEndings"];
  /** As for `sign`. */
  longLines?: SignOptions["longLines"];
  /** As for `sign`. */
  sevenBit?: SignOptions["sevenBit"];
  /** Who checks the signatures of the chain, as for `verify`, and who signs, as for `sign`. */
  crypto?: SignOptions["crypto"];
  /** Aborts the sealing: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** Why no set is added to a message, which is then to be sent on as it is. */
export type NotSealedReason =
  /** The chain fails, and `sealFailed` was not asked for: a broken chain is not repaired. */
  | "chainFailed"
  /** The chain is marked as failed already: nobody goes on with it (RFC 8617 §5.1.3). */
  | "chainEnded"
  /** A key of the chain could not be had for now. Marking the chain as failed would be final. */
  | "keyUnavailable"
  /** The message has as many sets as there may be (RFC 8617 §4.2.1). */
  | "tooManySets"
  /** The sets of the message are not those that `chain` is a verdict on. */
  | "chainChanged";

/** A sealed message. */
export interface SealedMessage {
  /**
   * The ARC-Seal, ARC-Message-Signature and ARC-Authentication-Results, each with its CRLF, to put in front
   * of the message; empty where it is not sealed, for which `reason` is the reason.
   */
  header: string;
  /** The verdict on the chain that the set goes on top of; the seal says the same, `cv=`. */
  chain: "none" | "pass" | "fail";
  /** Why the message is not sealed; null where it is. */
  reason: NotSealedReason | null;
  /** Why it is not, or what was found of the chain: English sentences. */
  explanation: string;
  /** The chain in full, as in a report; the object itself where `chain` was given. */
  arc: ArcChain;
  /** What should be known though the message is sealed. */
  warnings: SigningWarning[];
  /** The message with the set in front and the line ends that were signed; a new copy. */
  message(): Uint8Array;
}

/**
 * Adds a set to the Authenticated Received Chain of a message (RFC 8617 §5.1), as a host does that forwards
 * a message after having changed it. ARC is an experiment, and on its way to Historic: seal where receivers
 * ask for it, and build nothing on it that has to last.
 *
 * A chain that must not be gone on with is no error: then `header` is empty.
 *
 * @example
 * const report = await verify(message, { authservId: "lists.example.org" });
 * const changed = addFooter(message);
 * const { header } = await sealArc(changed, {
 *   domain: "example.org", selector: "2026", key,
 *   authenticationResults: report.authenticationResults,
 *   chain: report.arc,
 * });
 *
 * @throws {WaxsealError} `badArgument`, `badKey`, `badZone`, `cannotSign`, `signerFailed`, `startFailed`,
 * `unsupportedRuntime`;
 * the reason of `options.signal` where it aborts; the error of a stream that fails
 */
export function sealArc(message: Message, options: SealOptions): Promise<SealedMessage>;
