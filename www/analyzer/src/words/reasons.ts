import type { Reason, Signature } from "waxseal";

import { fromNow, inFull } from "./time.ts";

/** Green, yellow, red and grey, which are never told by colour alone. */
export type Tone = "good" | "caution" | "bad" | "unknown";

/** A verdict for a person. */
export interface Judgement {
  tone: Tone;
  /** A word or two. */
  label: string;
  /** One sentence. */
  sentence: string;
}

/** Why a signature does not pass, for somebody who does not know DKIM. */
export function explainReason(signature: Signature, reason: Reason, now: number): Judgement {
  const by = signature.domain ?? "an unnamed signer";
  const made = REASONS[reason] as Explained | undefined;
  // A later version of the package may know more reasons than this page.
  const { tone, label, says } = made ?? {
    tone: "bad",
    label: "Does not verify",
    says: () => signature.explanation,
  };
  return { tone, label, sentence: says(by, signature, now) };
}

interface Explained {
  tone: Tone;
  label: string;
  says(by: string, signature: Signature, now: number): string;
}

const dead = (label: string, says: Explained["says"]): Explained => ({ tone: "bad", label, says });
const refused = (label: string, says: Explained["says"]): Explained => ({ tone: "caution", label, says });

const REASONS: Record<Reason, Explained> = {
  bodyHashMismatch: dead("Body changed", (by, { trace }) =>
    trace.some(({ step, ok }) => step === "signature" && ok)
      ? `${by} signed this header, which is unchanged; but the text is not the one that was signed: it was changed afterwards.`
      : `The text is not the one that was signed in the name of ${by}, and neither is the header: both were changed, or ${by} never signed them.`,
  ),
  signatureMismatch: dead(
    "Header changed or forged",
    (by) =>
      `The signature in the name of ${by} does not fit: a signed part of the header was changed, or ${by} never signed it.`,
  ),
  tagSyntax: dead(
    "Unreadable",
    (by) => `The signature of ${by} is damaged or badly written, so it proves nothing.`,
  ),
  duplicateTag: dead(
    "Unreadable",
    (by) => `The signature of ${by} says one thing twice, so it proves nothing.`,
  ),
  missingTag: dead(
    "Incomplete",
    (by) => `The signature of ${by} lacks a part that it must have, so it proves nothing.`,
  ),
  unsupportedVersion: dead(
    "Unknown kind",
    (by) => `The signature of ${by} is of a version that does not exist.`,
  ),
  unsupportedAlgorithm: dead(
    "Unsafe or unknown method",
    (by, { algorithm }) =>
      `The signature of ${by} is made with ${algorithm ?? "a method"}, which is no longer accepted or is unknown.`,
  ),
  unsupportedCanonicalization: dead(
    "Unknown method",
    (by) => `The signature of ${by} asks for a way of reading the message that does not exist.`,
  ),
  unsupportedQueryMethod: dead(
    "Unknown method",
    (by) => `The signature of ${by} does not let its key be fetched from the DNS.`,
  ),
  fromNotSigned: dead(
    "Sender not signed",
    (by) => `The signature of ${by} leaves out the sender, so it proves nothing.`,
  ),
  identityMismatch: dead(
    "Contradicts itself",
    (by, { identity }) =>
      `The signature of ${by} claims to speak for ${identity ?? "another domain"}, which it may not.`,
  ),
  domainInvalid: dead(
    "No such domain",
    () => "The signature names no domain that could exist, so there is no key to check it with.",
  ),
  bodyLengthTooLong: dead(
    "Text is missing",
    (by) => `${by} signed more text than the message has: some of it was cut off.`,
  ),
  expiresBeforeTimestamp: dead(
    "Contradicts itself",
    (by) => `The signature of ${by} expires before it was made.`,
  ),
  keyNotFound: dead(
    "Key not published",
    (by, { selector }) =>
      `${by} publishes no key named ${selector ?? "so"}, so nobody can check this signature.`,
  ),
  keyRevoked: dead(
    "Key withdrawn",
    (by) => `${by} has withdrawn the key of this signature, which is worth nothing without it.`,
  ),
  keySyntax: dead("Key unusable", (by) => `The key that ${by} publishes is damaged or badly written.`),
  keyTypeMismatch: dead(
    "Wrong kind of key",
    (by) => `The key that ${by} publishes is of another kind than the signature.`,
  ),
  keyHashNotAllowed: dead(
    "Key not meant for this",
    (by) => `${by} does not let its key be used with the method of this signature.`,
  ),
  keyServiceNotAllowed: dead(
    "Key not meant for mail",
    (by) => `${by} does not let its key be used for mail.`,
  ),
  keyTooSmall: dead("Key too weak", (by, { key }) =>
    `The key of ${by} ${key?.bits ? `has ${key.bits} bits, which` : ""} is so weak that others can sign in its name.`.replace(
      "  ",
      " ",
    ),
  ),
  keyTooLarge: dead("Key too large", (by) => `The key of ${by} is larger than any that is in use.`),
  keyUnavailable: {
    tone: "unknown",
    label: "Key not available",
    says: (by) =>
      `The key of ${by} could not be had for now, so the signature can be neither believed nor dismissed.`,
  },
  messageMalformed: dead(
    "Message damaged",
    () => "The header is not that of a proper message, so nothing about it can be proved.",
  ),
  expired: refused("Expired", (by, { expires }, now) =>
    expires === null
      ? `The signature of ${by} was good, but has expired.`
      : `The signature of ${by} is genuine and nothing was changed, but it expired ${fromNow(expires, now)}, on ${inFull(expires)}.`,
  ),
  timestampInFuture: refused(
    "Dated ahead",
    (by, { timestamp }) =>
      `The signature of ${by} verifies, but says it was made later than now${timestamp === null ? "" : `, on ${inFull(timestamp)}`}.`,
  ),
  bodyNotWholeSigned: refused(
    "Only a part is signed",
    (by) =>
      `${by} signed only the beginning of the text: what stands behind it can have been added by anyone.`,
  ),
  unsignedFrom: refused(
    "A second sender",
    (by) => `The signature of ${by} verifies, but the message names a sender that it does not cover.`,
  ),
  publicSuffix: refused(
    "Nobody's domain",
    (by) => `The signature verifies, but ${by} is not the domain of anybody in particular.`,
  ),
  tooManySignatures: refused(
    "Not looked at",
    (by) => `The message has so many signatures that this one, of ${by}, was not looked at.`,
  ),
  bodyNotChecked: {
    tone: "caution",
    label: "Header verified",
    says: (by) =>
      `${by} signed this header and nothing of it has changed; the text was not given, so it is not checked.`,
  },
  historicAlgorithm: refused(
    "Outdated method",
    (by) => `The signature of ${by} fits, but its method is so old that it no longer proves much.`,
  ),
  chainBroken: dead("Chain broken", () => "The chain of hosts that vouch for each other is broken."),
  chainFailed: dead("Chain failed", () => "A host on the way found the chain broken already."),
  notEvaluated: {
    tone: "unknown",
    label: "Not looked at",
    says: () => "The chain fails whatever this signature is worth.",
  },
};
