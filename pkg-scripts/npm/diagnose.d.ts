/**
 * Why signatures fail. An entry with a WebAssembly module of its own, which `waxseal` is without.
 *
 * @packageDocumentation
 */

import type { Message, VerifyOptions } from "./index.js";
import type { Report } from "./report.js";

/** Bounds on a diagnosis. */
export interface DiagnoseBounds {
  /**
   * The largest message that is looked through, in octets; it is held in memory, and so are a few copies
   * of it. Default 33554432 (32 MiB). Of a larger one the report is given, and the finding `tooLarge`.
   */
  messageOctets?: number;
  /** How many octets are hashed for each octet of the message. Default 12. */
  hashedPerOctet?: number;
  /**
   * How many octets are hashed besides, so that short messages are looked through well. Default 16777216
   * (16 MiB), which takes a fraction of a second.
   */
  hashedOctets?: number;
}

/** Everything a caller may decide about one diagnosis. */
export interface DiagnoseOptions extends Omit<VerifyOptions, "crypto"> {
  /** Bounds on the work. */
  bounds?: DiagnoseBounds;
}

/**
 * Verifies a message as `verify` does, and tells for each DKIM signature that fails **why**: what may
 * have happened to the message is undone, in memory and within bounds, until hash and signature fit.
 *
 * A finding that restores a part is beyond doubt, for nobody finds other octets for a hash. It makes no
 * verdict better: the report stays as it is. No other names are looked up than `verify` looks up. The
 * whole message is held in memory. It takes a fraction of a second for most messages and many seconds for
 * one of 25 MB that nothing restores, without a pause: in a page, call it in a Web Worker.
 *
 * @example
 * import { diagnose } from "waxseal/diagnose";
 *
 * const { report, signatures } = await diagnose(message);
 * for (const { index, explanation, findings } of signatures) {
 *   report.signatures[index].domain;     // "example.com"
 *   explanation;                         // "It would verify without the 3 lines appended at the end."
 *   findings[0].hypothesis;              // "footer"
 *   findings[0].changes[0].before;       // the footer
 * }
 *
 * @throws {WaxsealError} as `verify`
 */
export function diagnose(message: Message, options?: DiagnoseOptions): Promise<Diagnosis>;

/** Why the signatures of a message fail, as far as it can be found out. */
export interface Diagnosis {
  /** The report on the message as it is, the same that `verify` gives. */
  report: Report;
  /** Damage to the message as a whole, by copying it for instance. */
  message: Finding[];
  /**
   * Where the header cannot be read for that damage (all lines end in LF, a byte order mark or an empty
   * line stands on top …): the report on the message with the damage repaired, and then `signatures` are
   * those of this report. Otherwise null.
   */
  repairedReport: Report | null;
  /** The DKIM signatures that fail, topmost first. */
  signatures: SignatureDiagnosis[];
  /** How much work it was: octets hashed, and how many were allowed. */
  work: { octets: number; limit: number };
}

/** Why one signature fails. */
export interface SignatureDiagnosis {
  /** Its place in `report.signatures` (`repairedReport.signatures` where there is one). */
  index: number;
  /** How the signature over the header stands; it is independent of the body. */
  header: PartState;
  /** How the hash of the body stands. */
  body: PartState;
  /** All in one English sentence. */
  explanation: string;
  /** What was found: what restores a part first, at most one for each part; then what else is known. */
  findings: Finding[];
  /** The fields whose copies in `z=` differ from what the message has, in the order of `z=`. */
  copiedFields: CopiedField[];
  /** Whether hypotheses were left untried because the bound on the work was reached. */
  exhausted: boolean;
}

/**
 * How the header or the body of a signature stands.
 *
 * - `verifies`: as it is.
 * - `wouldVerify`: when the repairs of a finding are made.
 * - `fails`: it does not verify, and no repair that was tried changes that.
 * - `notChecked`: there is no usable key, or only the header was given.
 */
export type PartState = "verifies" | "wouldVerify" | "fails" | "notChecked";

/** Something that was found out. */
export interface Finding {
  /** What happened; where it takes several repairs, the first of `changes`. */
  hypothesis: Hypothesis;
  /** Which part it is about. */
  part: "message" | "header" | "body";
  /** Whether the part was seen to verify with these repairs; otherwise it is a hint. */
  restored: boolean;
  /** One English sentence: "The body would verify without the 3 lines appended at the end." */
  explanation: string;
  /** The repairs, all of which it takes; empty for most hints. */
  changes: Change[];
}

/** One repair: what stands there, and what would have to. */
export interface Change {
  /** What happened. */
  hypothesis: Hypothesis;
  /** The name of the header field; null in the body. */
  field: string | null;
  /**
   * The place of the field in the header as in `report.coverage.fields`; null in the body, and where the
   * field is not there.
   */
  index: number | null;
  /** The first line it is about, 1 for the first of the body, of the field, or of the message. */
  line: number;
  /** How many lines of what stands there it is about. */
  lines: number;
  /** Where it begins, in octets from the start of the body, of the field, or of the message. */
  octet: number;
  /** What stands there, at most 240 octets of it; octets that are no UTF-8 are U+FFFD. */
  before: string;
  /** What would have to stand there, at most as much. */
  after: string;
}

/** A header field that the signer copied (`z=`, RFC 6376 §3.5), where the message differs. */
export interface CopiedField {
  /** The name, as the copy has it. */
  name: string;
  /** The value when it was signed, runs of blanks as one. */
  copied: string;
  /** The value that the message has, runs of blanks as one; null where it has no such field. */
  present: string | null;
}

/**
 * What may have happened to a message, or been done wrong by its signer. There may be more in later
 * versions.
 */
export type Hypothesis =
  /** Lines end in LF or CR alone. */
  | "lineEndings"
  /** A byte order mark stands at the start. */
  | "byteOrderMark"
  /** Empty lines stand at the start. */
  | "leadingBlankLines"
  /** The line that separates messages of an mbox stands at the start. */
  | "mboxLine"
  /** Lines that continue a field have lost the blank that they begin with. */
  | "lostIndentation"
  /** Blanks at the ends of lines seem to have been trimmed: there are none where they belong. */
  | "trimmedBlanks"
  /** The message is larger than what is looked through. */
  | "tooLarge"
  /** Lines were appended at the end. */
  | "footer"
  /** Lines were put at the top. */
  | "prepended"
  /** Lines were put in somewhere. */
  | "insertedLines"
  /** The whole was wrapped as the first part of a multipart message. */
  | "wrappedInMultipart"
  /** The body is shorter than what `l=` says was signed. */
  | "bodyTruncated"
  /** There is an empty line behind every line. */
  | "doubledLineEnds"
  /** A dot at the start of a line was doubled or lost on the way through SMTP (RFC 5321 §4.5.2). */
  | "dotStuffing"
  /** `From ` at the start of a line became `>From `, or the reverse (mbox). */
  | "fromStuffing"
  /** Long lines were cut. */
  | "longLines"
  /** Blanks were put at the ends of lines, or taken from there. */
  | "trailingBlanks"
  /** Blanks at the starts of lines were added or removed. */
  | "leadingBlanks"
  /** Blanks became more or fewer within lines. */
  | "blanks"
  /** Tabs became blanks, or blanks tabs. */
  | "tabs"
  /** Blanks became no-break spaces. */
  | "noBreakSpaces"
  /** Quoted-printable text was encoded anew, otherwise than it was. */
  | "quotedPrintable"
  /** Base64 text was wrapped anew, at another width. */
  | "base64Wrapping"
  /** A content transfer encoding was changed, from 8bit to quoted-printable for instance. */
  | "transferEncoding"
  /** The text was converted to another charset. */
  | "charset"
  /** The boundary between MIME parts was renamed. */
  | "boundary"
  /** Characters were escaped as HTML wants it. */
  | "htmlEscaped"
  /** Links lead through a service that looks at them first; what they were is not known. */
  | "linksRewritten"
  /** `c=` names another canonicalization than the signer used. */
  | "otherCanonicalization"
  /** `a=` names another hash than the signer used. */
  | "otherHash"
  /** `l=` is not as many octets as the signer hashed. */
  | "otherBodyLength"
  /** The signer hashed the body without canonicalizing it. */
  | "notCanonicalized"
  /** The signer hashed lines that end in LF. */
  | "signedWithLineFeeds"
  /** The signer hashed an empty body. */
  | "signedEmptyBody"
  /** The signer ended the signature field with a line end, which RFC 6376 §3.7 forbids. */
  | "signatureLineEnd"
  /** The copy of the field in `z=` says what it was. */
  | "copiedField"
  /** A mailing list put its tag into the subject. */
  | "subjectTag"
  /** Words were put before or behind the subject. */
  | "subjectWords"
  /** The author was replaced, by a mailing list for instance, and stands elsewhere. */
  | "fromRewritten"
  /** The Date field was written anew. */
  | "dateRewritten"
  /** The Message-ID field was rewritten. */
  | "messageIdRewritten"
  /** Names or addresses were written otherwise: quotes, comments, angle brackets. */
  | "addressFormat"
  /** Encoded words (RFC 2047) were encoded anew. */
  | "encodedWords"
  /** Parameters of a Content field were written otherwise: quotes, letter case, blanks. */
  | "contentFields"
  /** A field was folded or unfolded. */
  | "folding"
  /** The name of a field was written in other letter case. */
  | "nameCase"
  /** A field was added that was signed as not being there. */
  | "fieldAdded"
  /** A field was removed, or renamed. */
  | "fieldRemoved"
  /** Another field of the same name is the one that was signed. */
  | "otherInstance"
  /** Fields of the same name stood in the other order. */
  | "fieldOrder"
  /** The key made the signature over another header. */
  | "headerChanged"
  /** The signature was not made with the key that is published. */
  | "otherKey"
  /** A mailing list has handled the message. */
  | "mailingList";
