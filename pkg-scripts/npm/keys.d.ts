import type { CryptoKey } from "./host.js";
import type { Key, Policy, Reason, Resolver, SignatureWarning, VerificationResult } from "./index.js";
import type { KeyFile } from "./sign.js";

/** The key pair to make. */
export interface KeyPairOptions {
  /** RSA, which everyone verifies, or Ed25519, which is small and fast (RFC 8463). */
  type: "rsa" | "ed25519";
  /** The length of an RSA modulus, 1024 to 8192 bits. Default 2048 (RFC 8301 §3.2). */
  bits?: number;
  /**
   * Who makes an Ed25519 key: `"wasm"`, this package, of 32 random octets of the host; or `"webcrypto"`,
   * the host, where it knows Ed25519, else this package all the same. RSA keys are always made by
   * WebCrypto. Default `"wasm"` for Ed25519.
   */
  crypto?: "wasm" | "webcrypto";
  /** Whose key it is, for `name` and `zone`. */
  domain?: string;
  /** Its selector, for `name` and `zone`; must be given where `domain` is. */
  selector?: string;
}

/** A key pair. */
export interface KeyPair {
  /** PKCS#8 (RFC 5958) in PEM. It is nowhere else: keep it, where nobody else can read it. */
  privateKey: string;
  /** SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in PEM. */
  publicKey: string;
  /** What to publish: the value of the TXT record. */
  record: string;
  /** Its owner, `SELECTOR._domainkey.DOMAIN`, where both were given. */
  name?: string;
  /** The record in strings of at most 255 octets, as {@link KeyRecord.strings}. */
  strings: string[];
  /** The record as a zone has it, as {@link KeyRecord.zone}. */
  zone: string;
}

/**
 * Makes a key pair of the host's random numbers (`crypto.getRandomValues`). RSA keys are made by
 * WebCrypto (`crypto.subtle`), which a page has over https and on localhost only.
 *
 * @example
 * const { privateKey, name, record } =
 *   await generateKeyPair({ type: "ed25519", domain: "example.com", selector: "2026" });
 *
 * @throws {WaxsealError} `badArgument`, `startFailed`; `unsupportedRuntime` without random numbers; for RSA
 * without WebCrypto, or where it makes no key of that size (browsers want a multiple of 8)
 */
export function generateKeyPair(options: KeyPairOptions): Promise<KeyPair>;

/** Where a record belongs, and its tags besides `v=`, `k=` and `p=` (RFC 6376 §3.6.1). */
export interface RecordTags {
  /** Whose key it is, for `name` and `zone`. */
  domain?: string;
  /** Its selector, for `name` and `zone`; must be given where `domain` is. */
  selector?: string;
  /** Time to live in `zone`, in seconds. Default 3600. */
  ttl?: number;
  /** `h=`: the hashes the key may be used with, such as `sha256`. Default: all. */
  hashes?: string[];
  /** `n=`: a note for people, in plain text. */
  note?: string;
  /** `s=`: what it may be used for: `email` or `*`. Default: everything. */
  services?: string[];
  /** `t=`: `y`, the domain is testing DKIM; `s`, `i=` must be of `d=` itself. */
  flags?: string[];
  /** `g=`: the local parts it may be used for; historic (RFC 4871 §3.6.1). */
  granularity?: string;
}

/** A key record to publish. */
export interface KeyRecord {
  /** Its owner, `SELECTOR._domainkey.DOMAIN`, as A-labels; missing unless both were given. */
  name?: string;
  /** The value: `v=DKIM1; k=rsa; p=…`. */
  value: string;
  /** The same in strings of at most 255 octets, as TXT records need them (RFC 1035 §3.3). */
  strings: string[];
  /**
   * The same as an entry of an RFC 1035 master file, final line end included. With domain and
   * selector the owner is written whole; with the selector alone relative to the zone's origin, which
   * must be the domain; without both it is left to be written in front.
   */
  zone: string;
}

/**
 * The record that publishes a key; of a private key, its public half.
 *
 * The module must have started where the host does not let it start at once, as workerd and old
 * browsers on their main thread: `await ready()` before.
 *
 * @example
 * const { name, value } = keyRecord(privateKeyPem, { domain: "example.com", selector: "2026" });
 *
 * @param key PEM, or PEM or DER as octets; 32 octets in base64 are taken for a private Ed25519 key
 * @throws {WaxsealError} `badArgument`, `badKey`, `notStarted`
 */
export function keyRecord(key: KeyFile, tags?: RecordTags): KeyRecord;

/** Which key to check, and how. */
export interface CheckKeyOptions {
  /** The signing domain, `d=`. */
  domain: string;
  /** The selector, `s=`. */
  selector: string;
  /** Who is asked. Default as for `verify`: DNS over HTTPS. */
  resolver?: Resolver;
  /**
   * The private key that signs: the check fails where another one is published. A `CryptoKey` must be
   * extractable; of one that is not, and of a key elsewhere, give `publicKey`.
   */
  privateKey?: KeyFile | CryptoKey;
  /** The same by the public key (SubjectPublicKeyInfo or PKCS#1). */
  publicKey?: KeyFile | CryptoKey;
  /**
   * Of the options for verification those that concern keys and the DNS: `dnsTimeout`, `minRsaBits`,
   * `maxRsaBits`, `maxKeyRecordOctets`, `maxKeyRecords`.
   */
  policy?: Policy;
  /** Aborts the check: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** What was found out about a published key. */
export interface KeyReport {
  /** The signing domain, as A-labels. */
  domain: string;
  /** The selector, as A-labels. */
  selector: string;
  /** Where the key stands: `SELECTOR._domainkey.DOMAIN`. */
  name: string;
  /** What a good signature with the key would get. */
  result: VerificationResult;
  /** Why it would not pass; null on pass. `signatureMismatch`: another key is published. */
  reason: Reason | null;
  /** The same for a person: one English sentence. */
  explanation: string;
  /** The key that is published; of several, the one that decided; null where there is none. */
  key: Key | null;
  /** What should be known though it does not decide. */
  warnings: SignatureWarning[];
}

/**
 * Checks whether a key is published, can be used, and is the one that signs; and says what is wrong:
 * not published, another key, several records, an alias, no answer, revoked, testing, weak.
 *
 * Trouble with the DNS is a `temperror` in the report, not an exception.
 *
 * @example
 * const { result, explanation } =
 *   await checkKey({ domain: "example.com", selector: "2026", privateKey });
 *
 * @throws {WaxsealError} `badArgument`, `badKey`, `badZone`, `startFailed`; the reason of
 * `options.signal` where it aborts
 */
export function checkKey(options: CheckKeyOptions): Promise<KeyReport>;
