/**
 * A result in the words of RFC 8601 §2.7.1.
 *
 * - `pass`: the signature verifies and policy accepts it.
 * - `policy`: it verifies, but is not accepted.
 * - `fail`: well formed, with a usable key, but a hash or the signature is wrong.
 * - `temperror`: undecided for now, may be decided later: trouble with the DNS.
 * - `permerror`: it can never verify.
 * - `neutral`: left undecided by configuration.
 * - `none`: there is no signature.
 */
export type VerificationResult =
  | "pass"
  | "policy"
  | "fail"
  | "temperror"
  | "permerror"
  | "neutral"
  | "none";

/**
 * Why a signature does not pass; each reason brings the result named here. There may be more in later
 * versions.
 */
export type Reason =
  /** `fail`: The body hash computed is not the one in `bh=` (RFC 6376 §6.1.3). */
  | "bodyHashMismatch"
  /** `fail`: `b=` does not verify with the key (RFC 6376 §6.1.3). */
  | "signatureMismatch"
  /** `permerror`: A tag-list or a tag's value breaks its grammar (RFC 6376 §3.2, §3.5). */
  | "tagSyntax"
  /** `permerror`: A tag stands twice (RFC 6376 §3.2). */
  | "duplicateTag"
  /** `permerror`: A required tag is missing (RFC 6376 §6.1.1). */
  | "missingTag"
  /** `permerror`: `v=` is not 1 (RFC 6376 §3.5). */
  | "unsupportedVersion"
  /** `permerror`: `a=` is unknown, or is rsa-sha1 (RFC 8301 §3.1). */
  | "unsupportedAlgorithm"
  /** `permerror`: `c=` is unknown (RFC 6376 §3.5). */
  | "unsupportedCanonicalization"
  /** `permerror`: `q=` does not offer dns/txt (RFC 6376 §3.5). */
  | "unsupportedQueryMethod"
  /** `permerror`: `h=` does not list From (RFC 6376 §5.4, §6.1.1). */
  | "fromNotSigned"
  /**
   * `permerror`: The domain of `i=` is not `d=` or below it, or is below it though the key forbids
   * that (RFC 6376 §3.5, §3.6.1).
   */
  | "identityMismatch"
  /** `permerror`: `d=` or `s=` is no DNS name. */
  | "domainInvalid"
  /** `permerror`: `l=` counts more octets than the canonical body has (RFC 6376 §3.5). */
  | "bodyLengthTooLong"
  /** `permerror`: `x=` is not after `t=` (RFC 6376 §3.5). */
  | "expiresBeforeTimestamp"
  /** `permerror`: The name has no record that is a DKIM key (RFC 6376 §6.1.2). */
  | "keyNotFound"
  /** `permerror`: The key record's `p=` is empty (RFC 6376 §3.6.1). */
  | "keyRevoked"
  /** `permerror`: The key record breaks its grammar, or its key cannot be used. */
  | "keySyntax"
  /** `permerror`: The record's `k=` does not fit the signature's `a=` (RFC 6376 §6.1.2). */
  | "keyTypeMismatch"
  /** `permerror`: The record's `h=` excludes the signature's hash (RFC 6376 §6.1.2). */
  | "keyHashNotAllowed"
  /** `permerror`: The record's `s=` excludes e-mail (RFC 6376 §3.6.1). */
  | "keyServiceNotAllowed"
  /** `permerror`: The RSA key is shorter than allowed (RFC 8301 §3.2). */
  | "keyTooSmall"
  /** `permerror`: The RSA key is longer than we compute with. */
  | "keyTooLarge"
  /** `temperror`: The DNS did not answer for now (RFC 6376 §6.1.2). */
  | "keyUnavailable"
  /**
   * `permerror`: The message has no From field, a header line that is no field, or a header over
   * its limit.
   */
  | "messageMalformed"
  /** `policy`: `x=` has passed (RFC 6376 §3.5). */
  | "expired"
  /** `policy`: `t=` lies ahead. */
  | "timestampInFuture"
  /** `policy`: `l=` leaves the end of the body unsigned (RFC 6376 §8.2). */
  | "bodyNotWholeSigned"
  /** `policy`: The message has more From fields than `h=` signs (RFC 6376 §8.15). */
  | "unsignedFrom"
  /** `policy`: `d=` is a single label (RFC 6376 §6.1.1 allows refusing it). */
  | "publicSuffix"
  /** `policy`: The signature stands past the number that is evaluated (RFC 6376 §8.4). */
  | "tooManySignatures"
  /** `neutral`: Only the header was given; the signature over it verifies. */
  | "bodyNotChecked"
  /** `policy`: A good DomainKeys signature; its only algorithm is rsa-sha1 (RFC 8301 §3.1). */
  | "historicAlgorithm"
  /**
   * `fail`: The ARC fields are no chain: sets 1 to n, one field of each kind, the seals saying `cv=none`,
   * then `cv=pass` (RFC 8617 §5.2, steps 1 and 3).
   */
  | "chainBroken"
  /** `fail`: The newest ARC set says that the chain failed already, `cv=fail` (RFC 8617 §5.2, step 2). */
  | "chainFailed"
  /** `neutral`: The ARC chain fails whatever this signature of it is worth, so it was not looked at. */
  | "notEvaluated";

/**
 * What was found out about one message. Absent things are null, lists are never null, times are
 * Unix seconds, hashes are base64. `JSON.stringify(report)` is what `waxseal verify --json` prints.
 */
export interface Report {
  /** The version of this shape. */
  version: 1;
  /** Set by the `waxseal` command only. */
  file: string | null;
  /** The best result of the signatures: pass, policy, fail, temperror, permerror, neutral, none. */
  result: VerificationResult;
  /** The addresses in the From field or fields, in order. */
  authors: string[];
  /** Every DKIM and DomainKeys signature, topmost first. */
  signatures: Signature[];
  /** The Authenticated Received Chain (RFC 8617), an experiment on its way to Historic. */
  arc: ArcChain;
  /** How the signing domains relate to the author's domain (RFC 9989). */
  alignment: Alignment;
  /** A complete Authentication-Results field value (RFC 8601 §2.2), without the field's name. */
  authenticationResults: string;
  /** Warnings about the message. */
  warnings: MessageWarning[];
  /** What the signatures that verify cover. */
  coverage: Coverage;
}

/** One signature and its verdict. */
export interface Signature {
  /** Which kind of signature it is. */
  protocol: "dkim" | "domainkeys" | "arc";
  /** The verdict. */
  result: VerificationResult;
  /** Why it does not pass; null on pass. */
  reason: Reason | null;
  /** The same for a person: one English sentence. */
  explanation: string;
  /** `d=`, as A-labels. */
  domain: string | null;
  /** `s=`, as A-labels. */
  selector: string | null;
  /** `i=` (RFC 6376 §3.5), its domain as A-labels. */
  identity: string | null;
  /** `a=`, for instance `rsa-sha256`. */
  algorithm: string | null;
  /** `c=`, or its default. */
  canonicalization: { header: string; body: string };
  /** `t=`: when it was made, in Unix seconds. */
  timestamp: number | null;
  /** `x=`: when it expires, in Unix seconds. */
  expires: number | null;
  /** `l=`: how many octets of the canonical body are signed. */
  bodyLength: number | null;
  /** `bh=`, and what the body hashes to; base64. */
  bodyHash: { claimed: string | null; computed: string | null };
  /** `h=`, in order. */
  signedFields: string[];
  /** The key record it was checked with. */
  key: Key | null;
  /** How `d=` relates to the author's domain. */
  aligned: AlignmentMode;
  /**
   * Where and about what its signer wants reports; null where it does not ask for any (RFC 6651 §3,
   * `r=y`).
   */
  reporting: Reporting | null;
  /**
   * Whether the author's domain authorizes the signer (RFC 6541); null where that was not asked for, or
   * the signature does not claim it.
   */
  atps: Atps | null;
  /** Warnings about this signature. */
  warnings: SignatureWarning[];
  /** The steps of RFC 6376 §6.1; empty unless `trace` was asked for. */
  trace: TraceStep[];
  /** `b=` without white space. */
  b: string | null;
}

/** What a signing domain publishes about failure reports (RFC 6651 §3). It is told; none is sent. */
export interface Reporting {
  /** Whether there is a record at `_report._domainkey.<d>`; null where the DNS did not answer. */
  published: boolean | null;
  /** `ra=`: the address for reports; null where none is wanted. */
  address: string | null;
  /** `rp=`: of a hundred failures so many are to be reported. */
  percentage: number | null;
  /** `rr=`: the letters of the failures to be reported; null for all. */
  kinds: string[] | null;
  /** `rs=`: what to say to the sender in the SMTP reply. */
  smtpText: string | null;
}

/** Whether the author's domain authorizes a signer of another domain (RFC 6541). */
export interface Atps {
  /** `atps=`: the author's domain. */
  author: string;
  /** The answer. */
  result: "pass" | "fail" | "temperror" | "permerror";
  /** One English sentence. */
  explanation: string;
}

/** A key record (RFC 6376 §3.6.1). */
export interface Key {
  /** The owner name of the record. */
  name: string;
  /** Null where the record does not get that far. */
  type: "rsa" | "ed25519" | null;
  /** The length of the RSA modulus, or 256; null where there is no usable key. */
  bits: number | null;
  /** `t=y`: the domain is testing DKIM. */
  testing: boolean;
  /** `t=s`: the domain of `i=` must equal `d=`. */
  strictIdentity: boolean;
  /** Time to live of the answer, in seconds; null where the resolver does not tell. */
  ttl: number | null;
  /** Whether the resolver vouched for the answer by DNSSEC; null where it does not tell. */
  authenticated: boolean | null;
}

/** How closely two domains are aligned (RFC 9989). */
export type AlignmentMode = "strict" | "relaxed" | "none";

/** How the signing domains relate to the author. */
export interface Alignment {
  /** The author's domain; null where there is none, or authors of different domains. */
  from: string | null;
  /** The author's organizational domain; null where it was not looked up. */
  organizationalDomain: string | null;
  /**
   * The closest alignment among the DKIM signatures that pass. Where authors have several domains, it
   * holds for all of them.
   */
  dkim: AlignmentMode;
  /**
   * The DMARC policy that holds for the author's mail; null where there is none, or where it was not
   * looked up.
   */
  dmarc: DmarcPolicy | null;
  /** What the DNS left open, one English sentence; null where nothing. */
  trouble: string | null;
}

/**
 * A DMARC policy (RFC 9989 §4.7), in the letters of its tags. What is absent or wrong in the record has its
 * default; a tag without one is null. It is told and not applied: that takes SPF, too.
 */
export interface DmarcPolicy {
  /** The domain that publishes the record. */
  domain: string;
  /** The record as it stands there. */
  record: string;
  /** `p=` as it takes effect; null where the record asks for nothing, because its policy is broken. */
  p: "none" | "quarantine" | "reject" | null;
  /** `sp=`; null where domains below have the policy of `p=`. */
  sp: "none" | "quarantine" | "reject" | null;
  /** `np=`; null where domains below that do not exist have the policy of those that do. */
  np: "none" | "quarantine" | "reject" | null;
  /** `adkim=`: relaxed or strict. */
  adkim: "r" | "s";
  /** `aspf=`: relaxed or strict. */
  aspf: "r" | "s";
  /** `psd=`: whether the domain is a public suffix; `u` where that is left to the tree walk. */
  psd: "y" | "n" | "u";
  /** `t=`: whether the domain is testing its policy. */
  t: "y" | "n";
  /** `rua=`. */
  rua: string | null;
  /** `ruf=`. */
  ruf: string | null;
  /** `fo=`. */
  fo: string | null;
  /**
   * Whether a DKIM signature that passes is aligned as this policy wants it: with `adkim=s` by the same
   * domain, else by the same organization.
   */
  dkimAligned: boolean;
}

/** The Authenticated Received Chain of a message (RFC 8617). */
export interface ArcChain {
  /** The validity of the whole chain (RFC 8617 §4.4); `none` where there is none. */
  result: "none" | "pass" | "fail";
  /**
   * Why it fails; null else. A key that cannot be had for now makes it fail, too, as `keyUnavailable`
   * (RFC 8617 §5.2.1).
   */
  reason: Reason | null;
  /** One English sentence. */
  explanation: string;
  /**
   * The lowest instance from which on every message signature verifies, 0 where all do (RFC 8617 §5.2,
   * step 5); null where the chain does not pass.
   */
  oldestPass: number | null;
  /** The sets that are complete, instance 1 first. */
  sets: ArcSet[];
}

/** One ARC set: what one host on the way added. */
export interface ArcSet {
  /** `i=`. */
  instance: number;
  /** `cv=` in lower case; empty where the seal lacks it. */
  chainValidation: string;
  /** The ARC-Seal. */
  seal: Signature;
  /** The ARC-Message-Signature. */
  messageSignature: Signature;
  /**
   * The value of the ARC-Authentication-Results behind its instance, unfolded: something for
   * `parseAuthenticationResults`.
   */
  authenticationResults: string;
}

/** What a warning is about; there may be more in later versions. */
export type WarningCode =
  /** A CR or LF stands alone; it ends no line. */
  | "bareLineEnding"
  /** A field that must be single stands more often than it is signed (RFC 6376 §8.15). */
  | "fieldAdded"
  /** The message is malformed; verification ended there. */
  | "messageMalformed"
  /** The key says that its domain is testing DKIM. */
  | "testMode"
  /** Accepted although its algorithm is historic (RFC 8301 §3.1). */
  | "weakAlgorithm"
  /**
   * Accepted although its RSA key is shorter than 1024 bits; of a key that is checked, it should have
   * 2048 (RFC 8301 §3.2).
   */
  | "weakKey"
  /** Accepted although it has expired. */
  | "expired"
  /** Accepted although the end of the body is unsigned (RFC 6376 §8.2). */
  | "bodyNotWholeSigned"
  /** The name has several key records; what then happens is undefined (RFC 6376 §3.6.2.2). */
  | "severalKeys"
  /** The key is found through an alias, a CNAME record. */
  | "aliasedKey"
  /** The answer of the DNS does not fit into one UDP packet everywhere. */
  | "largeAnswer";

/** A warning about a signature. */
export interface SignatureWarning {
  /** For programs. */
  code: WarningCode;
  /** One English sentence. */
  explanation: string;
}

/** A warning about the message. */
export interface MessageWarning extends SignatureWarning {
  /** The field it is about. */
  field: string | null;
}

/** What the signatures that verify cover, taken together. */
export interface Coverage {
  /** Every field of the header, topmost first. */
  fields: {
    /** As it stands in the message. */
    name: string;
    /** Its place in the header, 0 for the topmost. */
    index: number;
    /**
     * `oversigned`: one more of the name would be noticed (RFC 6376 §5.4.2). `added`: not signed,
     * and of a name that must be single.
     */
    status: "signed" | "oversigned" | "unsigned" | "added";
  }[];
  /** Octets of the body, in canonical form where a signature verifies. */
  body: { signed: number; total: number };
}

/** One step of RFC 6376 §6.1. */
export interface TraceStep {
  /** What was done. */
  step:
    | "parse"
    | "key"
    | "canonicalHeader"
    | "headerHash"
    | "canonicalBody"
    | "bodyHash"
    | "signature"
    | "policy";
  /** Whether it went well. */
  ok: boolean;
  /** What was seen: octets and hashes in base64, or a sentence. */
  detail: string;
}
