import { findBody } from "../message/fields.ts";
import { noticeDamage } from "../message/damage.ts";
import type { Analysis, Extent, Notice, Range, Source } from "../protocol.ts";
import { isMailbox, unquoteFrom } from "./mailbox.ts";
import { join, read, restoreLineEnds, type Change } from "./octets.ts";

/** By how much of the start of a message its line ends are known. */
const SAMPLE = 64 * 1024;
/** A header that is longer is not searched for its end; the core takes 256 KiB. */
const MAX_HEADER = 1 << 20;

/** How a compound file begins, as Outlook's .msg files are. They hold no message as it was sent. */
const OUTLOOK = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const SAVE_OTHERWISE =
  "This is a file of Outlook's own (.msg), which does not hold the message as it was sent. Save it as .eml, or copy its source from Outlook on the web.";

const CR = 13;
const LF = 10;

/** A message as it is going to be checked. */
export interface Message {
  header: Uint8Array;
  /** Where the body begins; null where there is none, not even the empty line before it. */
  body: number | null;
  extent: Extent;
  notices: Notice[];
  /** The octets of it, from the start, as often as is wanted. */
  pieces(signal: AbortSignal, onPiece?: (done: number, total: number) => void): AsyncGenerator<Uint8Array>;
}

/** The octets that the person gave. */
export function octetsOf(source: Source): Blob | Uint8Array {
  return source.kind === "file" ? source.file : new TextEncoder().encode(source.text);
}

/** Whether it is a file of several messages, one of which has to be chosen. */
export async function holdsSeveral(octets: Blob | Uint8Array): Promise<boolean> {
  return isMailbox(await firstOctets(octets, 8));
}

/** Makes ready what was given: one message, with the line ends that mail has. */
export async function prepare(
  analysis: Pick<Analysis, "source" | "range" | "extent">,
  signal: AbortSignal,
): Promise<Message> {
  const notices: Notice[] = [];
  const pasted = analysis.source.kind === "text";
  let octets = cut(octetsOf(analysis.source), analysis.range);
  if (octets instanceof Uint8Array) octets = withoutFront(octets, notices);

  const sample = await firstOctets(octets, SAMPLE);
  if (OUTLOOK.every((octet, index) => sample[index] === octet)) throw new Error(SAVE_OTHERWISE);
  const changes: Change[] = [];
  if (analysis.range) changes.push(unquoteFrom(() => countUnquoted(notices)));
  const was = strangeLineEnds(sample);
  if (was) {
    changes.push(restoreLineEnds(was));
    notices.push({ code: "lineEndsRestored", was, pasted });
  }
  notices.push(...noticeDamage(sample, pasted));

  const pieces: Message["pieces"] = (...how) => read(octets, changes, ...how);
  const { header, body, isOver } = await readHeader(pieces, signal);
  const extent = analysis.extent === "auto" ? judgeExtent(header, isOver) : analysis.extent;
  if (extent === "header") notices.push({ code: "headerAlone" });
  return { header, body, extent, notices, pieces };
}

function cut(octets: Blob | Uint8Array, range: Range | null): Blob | Uint8Array {
  return range ? octets.slice(range.start, range.end) : octets;
}

async function firstOctets(octets: Blob | Uint8Array, length: number): Promise<Uint8Array> {
  if (octets instanceof Uint8Array) return octets.subarray(0, length);
  return new Uint8Array(await octets.slice(0, length).arrayBuffer());
}

/** Of pasted text, what got in front of it by copying and would make no header of the header. */
function withoutFront(octets: Uint8Array, notices: Notice[]): Uint8Array {
  let at = 0;
  if (octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf) {
    at = 3;
    notices.push({ code: "frontRemoved", what: "byteOrderMark" });
  }
  const start = at;
  while (octets[at] === CR || octets[at] === LF) at++;
  if (at > start) notices.push({ code: "frontRemoved", what: "blankLines" });
  return octets.subarray(at);
}

/** How lines end, where that is all but CRLF; null too where they end in different ways. */
function strangeLineEnds(sample: Uint8Array): "LF" | "CR" | null {
  let hasLf = false;
  let hasCr = false;
  for (let at = 0; at < sample.length; at++) {
    if (sample[at] === CR && sample[at + 1] === LF) return null;
    hasLf ||= sample[at] === LF;
    hasCr ||= sample[at] === CR && at + 1 < sample.length;
  }
  if (hasLf) return "LF";
  return hasCr ? "CR" : null;
}

function countUnquoted(notices: Notice[]): void {
  const notice = notices.find((one) => one.code === "fromUnquoted");
  if (notice) notice.lines++;
  else notices.push({ code: "fromUnquoted", lines: 1 });
}

async function readHeader(
  pieces: Message["pieces"],
  signal: AbortSignal,
): Promise<{ header: Uint8Array; body: number | null; isOver: boolean }> {
  let start: Uint8Array = new Uint8Array();
  let found = null;
  let isOver = true;
  for await (const piece of pieces(signal)) {
    start = join([start, piece]);
    found = findBody(start);
    if (start.length > MAX_HEADER || (found && found.body < start.length)) {
      isOver = false;
      break;
    }
  }
  return { header: start.slice(0, found?.end ?? MAX_HEADER), body: found?.body ?? null, isOver };
}

/** The hashes of an empty body, simple and relaxed, SHA-256 and SHA-1 (RFC 6376 §3.4.3, §3.4.4). */
const EMPTY_BODY = [
  "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
  "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  "uoq1oCgLlTqpdDX/iUbLy7J1Wic=",
  "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
];

/** A header with nothing behind it is a header alone, unless a signature says that the body is empty. */
function judgeExtent(header: Uint8Array, isOver: boolean): Extent {
  if (!isOver) return "whole";
  const text = new TextDecoder("latin1").decode(header).replace(/\s+/g, "");
  return EMPTY_BODY.some((hash) => text.includes(`bh=${hash}`)) ? "whole" : "header";
}
