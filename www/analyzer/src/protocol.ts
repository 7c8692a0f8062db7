// What the page and its worker say to each other.

import type { AuthenticationResults, KeyReport, Report } from "waxseal";
import type { Diagnosis } from "waxseal/diagnose";

/** A message, or a file of several, as the person gave it. */
export type Source =
  /** Text that was pasted: its line ends and more may have been lost. */
  | { kind: "text"; text: string }
  /** A file, read where it is as far as it is needed. */
  | { kind: "file"; file: Blob; name: string };

/** Where one message lies in a file of several, in octets. */
export interface Range {
  start: number;
  end: number;
}

/** Where key records come from. */
export type KeySource =
  /** Nobody is asked: the names that would be are told. */
  | { kind: "nobody" }
  /** DNS over HTTPS. */
  | { kind: "doh"; url: string }
  /** Records that the person gave, as an RFC 1035 master file or as a TXT record for each name. */
  | { kind: "zone"; text: string }
  | { kind: "records"; records: Record<string, string> };

/** How much of a message was given. */
export type Extent = "whole" | "header";

/** What is to be analyzed, and how. */
export interface Analysis {
  source: Source;
  /** Which message of a file of several. */
  range: Range | null;
  keys: KeySource;
  /** The time that expiry is judged for. */
  time: "now" | "received";
  /** Whether the body was given; `auto` where that is to be found out. */
  extent: Extent | "auto";
}

/** What the page says to the worker. */
export type Request =
  | { kind: "analyze"; id: number; analysis: Analysis }
  | { kind: "compare"; id: number; analysis: Analysis; original: Source }
  | { kind: "cancel" };

/** What the worker says to the page, under the number of the request. */
export type Reply = { id: number } & (
  | { kind: "progress"; phase: Phase; done: number; total: number }
  | { kind: "mailbox"; entries: MailboxEntry[] }
  | { kind: "verdict"; verdict: Verdict }
  | { kind: "details"; details: Details }
  | { kind: "diagnosis"; diagnosis: Diagnosis }
  | { kind: "comparison"; comparison: Comparison }
  | { kind: "finished" }
  | { kind: "failed"; message: string }
);

/** `why` cannot be interrupted. */
export type Phase = "mailbox" | "message" | "keys" | "why";

/** One message of an mbox file. */
export interface MailboxEntry extends Range {
  from: string;
  subject: string;
  date: string;
}

/** What can be told first. */
export interface Verdict {
  report: Report;
  envelope: Envelope;
  extent: Extent;
  notices: Notice[];
  lookups: Lookup[];
  /** Octets of the message as it was checked. */
  size: number;
  /** When it was judged, in Unix seconds. */
  now: number;
}

/** What a mail reader shows of a message: decoded values, null where the field is missing. */
export interface Envelope {
  from: string | null;
  to: string | null;
  subject: string | null;
  date: string | null;
}

/** What was noticed about the text before anything was verified. */
export type Notice =
  /** Lines ended in LF or CR alone and were given CRLF. */
  | { code: "lineEndsRestored"; was: "LF" | "CR"; pasted: boolean }
  /** Blank lines or a byte order mark in front of a pasted message were left out. */
  | { code: "frontRemoved"; what: "blankLines" | "byteOrderMark" }
  /** Characters that could not be decoded were replaced before they came here. */
  | { code: "charactersLost" }
  /** Blanks at the ends of lines are missing. */
  | { code: "blanksTrimmed"; sign: "flowed" | "signatureMark" }
  /** No-break spaces where mail has blanks. */
  | { code: "noBreakSpaces" }
  /** Character references of HTML where the text should have angle brackets. */
  | { code: "markup" }
  /** Lines of the message begin with `>` or blanks, as when it was quoted. */
  | { code: "quoted" }
  /** `>From ` at the start of lines was put back to `From `, as mbox files need it. */
  | { code: "fromUnquoted"; lines: number }
  /** There is no body, so only the header is judged. */
  | { code: "headerAlone" };

/** One question for a key, and what came of it. */
export interface Lookup {
  name: string;
  /** `unasked`: nobody may be asked; `withheld`: it is no name of a key, so it was not asked. */
  state: "unasked" | "withheld" | "found" | "absent" | "failed";
  /** Who answered: a server, or null where the person gave the records. */
  server: string | null;
  /** The TXT records, as text of their octets (Latin-1). */
  records: string[];
  ttl: number | null;
  authenticated: boolean | null;
  aliases: string[];
  /** What went wrong. */
  trouble: string | null;
}

/** What takes longer, or is seen only after the verdict. */
export interface Details {
  /** The report with the steps of each signature. */
  report: Report;
  /** The octets of the header, as they were checked. */
  header: Uint8Array;
  /** The octets of the body. */
  bodySize: number;
  /** Of signatures with `l=`, what stands behind the signed part. */
  tails: Tail[];
  /** What the Authentication-Results fields claim, by their place in the header. */
  claims: Claim[];
  /** What the sets of the ARC chain carry on, in their order; null where it cannot be read. */
  sealedClaims: (AuthenticationResults | null)[];
  /** The check of each key, by its name. */
  keys: Record<string, KeyReport>;
}

/** The end of a body that a signature leaves out (`l=`). */
export interface Tail {
  /** The place of the signature in the report. */
  index: number;
  /** The canonical octets. */
  octets: Uint8Array;
}

/** An Authentication-Results field. */
export interface Claim {
  /** Its place in the header, 0 for the topmost. */
  index: number;
  results: AuthenticationResults | null;
  /** Why it cannot be read. */
  trouble: string | null;
}

/** How the message at hand lies to an original. */
export interface Comparison {
  /** What the original is called. */
  name: string;
  signatures: SignatureComparison[];
}

/** One signature of the message at hand, tried on the original. */
export interface SignatureComparison {
  /** Its place among the signatures of the report. */
  index: number;
  domain: string | null;
  /** Whether the signature verifies on the original, which then is what was signed. */
  verifies: boolean;
  /** Whether that could not be told, for want of a key. */
  isOpen: boolean;
  header: Difference | null;
  body: Difference | null;
}

/** What differs between the canonical octets of the original and those of the message at hand. */
export interface Difference {
  /** What each of the two hashes to; base64. */
  original: string | null;
  now: string | null;
  isSame: boolean;
  rows: DifferenceRow[];
  /** Whether rows were left out, or the search was given up, because there is too much of it. */
  isCut: boolean;
}

/** A line of a difference, or a run of lines that are the same. */
export type DifferenceRow =
  | { kind: "same"; text: string }
  | { kind: "skipped"; lines: number }
  | { kind: "removed" | "added"; pieces: { text: string; isChanged: boolean }[] };
