import type { CryptoKey } from "./host.js";
import type { Message } from "./index.js";

/** The algorithms that may sign (RFC 8301 §3.1, RFC 8463 §3). */
export type SigningAlgorithm = "rsa-sha256" | "ed25519-sha256";

/** What an {@link OutsideSigner} is told besides what it shall sign. */
export interface SigningContext {
  /** `a=`. */
  algorithm: SigningAlgorithm;
  /** `d=`, as A-labels. */
  domain: string;
  /** `s=`, as A-labels. */
  selector: string;
  /** The canonical header that the signature covers (RFC 6376 §3.7). */
  canonicalHeader: Uint8Array;
  /** Its SHA-256, 32 octets, for signers that want it hashed (a KMS's message type `DIGEST`). */
  digest: Uint8Array;
  /** Aborts when the signing is aborted, or over because another key has failed. */
  signal: AbortSignal;
}

/**
 * A key that never comes here: in a KMS, an HSM, another process.
 *
 * @example
 * // AWS KMS, a key of the kind RSA_2048 with the usage SIGN_VERIFY
 * const key = {
 *   algorithm: "rsa-sha256",
 *   async sign(data, { digest }) {
 *     const { Signature } = await kms.send(new SignCommand({
 *       KeyId, Message: digest, MessageType: "DIGEST", SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
 *     }));
 *     return Signature;
 *   },
 * };
 */
export interface OutsideSigner {
  /** What it makes. */
  algorithm: SigningAlgorithm;
  /**
   * Signs. For `rsa-sha256`, `data` is the canonical header, of which the signer makes a signature
   * RSASSA-PKCS1-v1_5 with SHA-256, and which it hashes itself. For `ed25519-sha256`, `data` is the
   * SHA-256 of the canonical header, which Ed25519 signs as its message (RFC 8463 §3).
   *
   * What it throws or rejects with becomes the `cause` of a {@link WaxsealError} `signerFailed`, as
   * does what cannot be a signature by its length. Whether the signature is right is not checked,
   * for the public key is not known here.
   */
  sign(
    data: Uint8Array,
    context: SigningContext,
  ): Promise<Uint8Array | ArrayBuffer> | Uint8Array | ArrayBuffer;
}

/**
 * A key in a file: the text of a PEM file, or the octets of a PEM or DER file. RSA keys may be PKCS#1
 * (RFC 8017 §A.1) or PKCS#8 (RFC 5958), Ed25519 keys PKCS#8 (RFC 8410) or their 32 octets in base64.
 *
 * The file is checked by the core. An Ed25519 key signs in the core, unless `crypto` says otherwise. With an
 * RSA key the host's WebCrypto (`crypto.subtle`) signs; where there is none (a page without https), or where
 * it does not take the key, the error is `unsupportedRuntime`.
 *
 * So that mail after mail is signed quickly, what WebCrypto made of the last eight keys is kept: they stay in
 * memory, as `CryptoKey`s that nobody can export, until other keys have come or the program ends. The
 * files themselves are not kept, and nothing of a key is ever written anywhere. Whoever wants it
 * otherwise hands over a `CryptoKey` of their own.
 */
export type KeyFile = string | Uint8Array | ArrayBuffer;

/** One signature to make. */
export interface SignatureRequest {
  /** `d=`, the signing domain; U-labels are made A-labels (RFC 8616 §4). */
  domain: string;
  /** `s=`, the selector: the key is published at `SELECTOR._domainkey.DOMAIN`. */
  selector: string;
  /**
   * The private key: PEM; PEM or DER as octets; a `CryptoKey` of RSASSA-PKCS1-v1_5 with SHA-256 or of
   * Ed25519 with the usage `sign`, which need not be extractable; or an outside signer. RSA keys have
   * 1024 to 8192 bits (RFC 8301 §3.2); below 2048 there is a warning.
   */
  key: KeyFile | CryptoKey | OutsideSigner;
  /** `a=`. Default: what the key can do; anything else is an error. */
  algorithm?: SigningAlgorithm;
  /**
   * `c=`, for header and body: `simple` survives hardly any change, `relaxed` survives changes of
   * white space (RFC 6376 §3.4). One word is for the header, and leaves the body simple. Default
   * `"relaxed/simple"`.
   */
  canonicalization?: string;
  /**
   * `i=`, `[local-part]@domain`, the domain being `d=` or one below it (RFC 6376 §3.5). Default: no
   * tag, which says `@` and `d=`.
   */
  identity?: string;
  /** The key's record has the flag `t=s`: `i=` must be of `d=` itself. Default false. */
  strictIdentity?: boolean;
  /** Whether `t=` tells when it was signed: `now`. Default true. */
  timestamp?: boolean;
  /** `x=`: it expires so many seconds after `now`, at least 1. Default: no tag, it does not. */
  ttl?: number;
  /**
   * `h=`: names of the fields to sign, letter case aside. Every field of such a name is signed; From
   * always is. A name that stands here more than once stands as often in `h=`. Default: the fields of
   * RFC 6376 §5.4.1 and others that readers trust. Fields that change on the way (Received, Bcc …) are
   * refused.
   */
  headers?: string[];
  /**
   * Of which fields `h=` lists one more than there are, so that nobody can add one (RFC 6376 §8.15):
   * `"none"`; `"present"`, those that are signed and in the message; `"all"`, those that would be
   * signed; or names. Default: From, Subject, Date, To, Cc, Reply-To, Message-ID, Content-Type,
   * MIME-Version and Content-Transfer-Encoding.
   */
  oversign?: "none" | "present" | "all" | string[];
  /**
   * `l=`: only so many octets of the canonical body are signed, which it must have; `true` for as many
   * as it has. Anyone can add to the rest (RFC 6376 §8.2). Default: no tag, the whole body.
   */
  bodyLength?: boolean | number;
  /** `z=`: copies of the signed fields, for diagnosis (RFC 6376 §3.5). Default false. */
  copyHeaders?: boolean;
  /** Whether `q=dns/txt` is written, which is also what its absence says. Default false. */
  queryMethod?: boolean;
}

/** Everything a caller may decide about signing one message. */
export interface SignOptions {
  /**
   * The signatures, at least one; their fields stand in this order. An RSA and an Ed25519 signature
   * side by side reach everyone (RFC 8463 §3).
   */
  signatures: SignatureRequest[];
  /** The time of `t=` and what `x=` counts from, in Unix seconds. Default: the clock. */
  now?: number;
  /**
   * What happens to CR and LF that stand alone, which transport would change: `"normalize"`, they are
   * made CRLF before signing, with the warning `lineEndingsRepaired`, and the message must be sent so;
   * or `"refuse"`. Default `"normalize"`.
   */
  lineEndings?: "normalize" | "refuse";
  /**
   * What happens to lines of more than 998 octets, which transport would break (RFC 5322 §2.1.1).
   * Default `"refuse"`.
   */
  longLines?: "refuse" | "pass";
  /** Whether octets above 127 are refused, for a path that is not 8BITMIME. Default false. */
  sevenBit?: boolean;
  /**
   * Who signs with an Ed25519 key in a file: `"wasm"`, this package; or `"webcrypto"`, the host, where it
   * knows Ed25519, else this package all the same. (Safari makes another good signature every time.) RSA
   * keys always sign in WebCrypto. Default `"wasm"`.
   */
  crypto?: "wasm" | "webcrypto";
  /** Aborts the signing: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** What a signer should know about a message that is signed nevertheless. */
export interface SigningWarning {
  /**
   * `lineEndingsRepaired`: CR or LF stood alone; the message is signed, and must be sent, with CRLF
   * instead. `weakKey`: an RSA key has fewer than 2048 bits (RFC 8301 §3.2). There may be more in
   * later versions.
   */
  code: "lineEndingsRepaired" | "weakKey";
  /** A sentence that says more. */
  explanation: string;
}

/** The signatures of a message. */
export interface Signing {
  /**
   * The DKIM-Signature fields, each with its CRLF, to put in front of the message; in the order of the
   * requests, the first on top.
   */
  header: string;
  /** What should be known though the message is signed. */
  warnings: SigningWarning[];
}

/** A signed message. */
export interface SignedMessage extends Signing {
  /** The message with the signatures in front and the line ends that were signed; a new copy. */
  message(): Uint8Array;
}

/**
 * Signs a message (RFC 6376 §5). For the same message, keys and `now` the fields are the same, octet
 * for octet, as those of the native command.
 *
 * @example
 * const { header, message } = await sign(octets, {
 *   signatures: [
 *     { domain: "example.com", selector: "2026r", key: rsaPem },
 *     { domain: "example.com", selector: "2026e", key: ed25519Pem },
 *   ],
 * });
 *
 * @throws {WaxsealError} `badArgument`, `badKey`, `cannotSign`, `signerFailed`, `startFailed`,
 * `unsupportedRuntime` (no WebCrypto for an RSA key in a file); the
 * reason of `options.signal` where it aborts; the error of a stream that fails
 */
export function sign(message: Message, options: SignOptions): Promise<SignedMessage>;

/** Signs one message that comes in chunks. */
export interface StreamSigner {
  /** The same as {@link StreamSigner.write}, for `pipeTo`. Closing it leaves `end()` to call. */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Takes the next octets, cut anywhere. They are taken or copied before this returns, so the
   * buffer may be used again; the promise need not be waited for, except to hear of errors.
   *
   * @throws {WaxsealError} `badArgument`, `badKey`, `cannotSign`, `ended`, `startFailed`,
   * `unsupportedRuntime`
   */
  write(chunk: Uint8Array | ArrayBuffer): Promise<void>;
  /**
   * Says that the message is complete, has the keys sign, and gives the fields.
   *
   * @throws {WaxsealError} as {@link sign}; `ended` where it was called before
   */
  end(): Promise<Signing>;
}

/**
 * A signer for a message that comes in chunks. The body is hashed as it comes and none of it is kept:
 * memory does not grow with it. Where the warnings say `lineEndingsRepaired`, the message must be sent as
 * {@link repairLineEndings} gives it; `lineEndings: "refuse"` spares that.
 *
 * @example
 * const signer = createSigner({ signatures: [{ domain: "example.com", selector: "2026", key }] });
 * for await (const chunk of createReadStream("message.eml")) await signer.write(chunk);
 * const { header } = await signer.end();
 *
 * @throws {WaxsealError} `badArgument`, at once; what only the core can tell (a domain that is none, a
 * broken key) comes out of `write` and `end`
 */
export function createSigner(options: SignOptions): StreamSigner;

/**
 * The message with the line ends that were signed where the warnings say `lineEndingsRepaired`, piece by
 * piece: CR and LF that stand alone are made CRLF. Without need for it the octets stay as they are.
 *
 * @example
 * const signer = createSigner({ signatures: [{ domain: "example.com", selector: "2026", key }] });
 * await signer.write(message);
 * const { header, warnings } = await signer.end();
 * const isRepaired = warnings.some(({ code }) => code === "lineEndingsRepaired");
 * const body = isRepaired ? repairLineEndings(message) : message;
 *
 * @throws {WaxsealError} `badArgument`, at once; `startFailed`
 */
export function repairLineEndings(message: Message): AsyncGenerator<Uint8Array, void, void>;
