import { envelopeOf } from "../message/envelope.ts";
import { findBody, latin1 } from "../message/fields.ts";
import type { MailboxEntry } from "../protocol.ts";
import { shortened } from "../words/lists.ts";
import { join, read, restoreLineEnds, type Change } from "./octets.ts";

const LF = 10;
const CR = 13;
const GT = 62;
/** `From `, with which the line in front of each message of an mbox file begins (RFC 4155). */
const FROM = new Uint8Array([70, 114, 111, 109, 32]);
/** How much of a field is listed. */
const MAX_SHOWN = 200;
/** How much of a message is looked at to find out what to list it as. */
const HEAD = 32 * 1024;

/** Whether a file begins as an mbox does, rather than as a message. */
export function isMailbox(head: Uint8Array): boolean {
  return startsWith(head, 0, FROM);
}

/** Lists the messages of an mbox file, of which no more than a piece is in memory at a time. */
export async function listMailbox(
  file: Blob,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<MailboxEntry[]> {
  const entries: MailboxEntry[] = [];
  for (const { at, blank } of await findSeparators(file, signal, onProgress)) {
    signal.throwIfAborted();
    const entry = await describe(file, at);
    if (!entry) continue;
    const last = entries.at(-1);
    // the empty line in front of a separator belongs to the file, not to the message
    if (last) last.end = Math.max(last.start, blank);
    entries.push(entry);
  }
  return entries;
}

interface Separator {
  /** Where the line begins. */
  at: number;
  /** Where the empty line before it begins. */
  blank: number;
}

/** Lines that begin with `From ` at the start of the file or behind an empty line. */
export async function findSeparators(
  file: Blob | Uint8Array,
  signal: AbortSignal,
  onProgress?: (done: number, total: number) => void,
): Promise<Separator[]> {
  const found: Separator[] = [];
  // What stands before each piece and may belong to something that ends in it.
  let kept: Uint8Array = new Uint8Array();
  let offset = 0;
  for await (const piece of read(file, [], signal, onProgress)) {
    const window = join([kept, piece]);
    if (offset === 0 && kept.length === 0 && isMailbox(window)) found.push({ at: 0, blank: 0 });
    for (let lf = window.indexOf(LF); lf >= 0; lf = window.indexOf(LF, lf + 1)) {
      const blank = startOfBlankLine(window, lf);
      const at = offset + lf + 1;
      if (blank !== null && startsWith(window, lf + 1, FROM) && found.at(-1)?.at !== at) {
        found.push({ at, blank: offset + blank });
      }
    }
    kept = window.slice(-FROM.length - 4);
    offset += window.length - kept.length;
  }
  return found;
}

/** Where the line that ends with the LF at `lf` begins, if it is empty. */
function startOfBlankLine(octets: Uint8Array, lf: number): number | null {
  const start = octets[lf - 1] === CR ? lf - 1 : lf;
  return octets[start - 1] === LF ? start : null;
}

function startsWith(octets: Uint8Array, at: number, prefix: Uint8Array): boolean {
  return prefix.every((octet, index) => octets[at + index] === octet);
}

/**
 * What to list the message behind a separator as; it ends where the next one begins. Null where the line is
 * no separator, because it tells no time: a sentence can begin with `From `, too.
 */
async function describe(file: Blob, separator: number): Promise<MailboxEntry | null> {
  const head = new Uint8Array(await file.slice(separator, separator + HEAD).arrayBuffer());
  const start = head.indexOf(LF) + 1 || head.length;
  if (separator > 0 && !/\d:\d\d/.test(latin1(head.subarray(0, start)))) return null;
  const lines = head.subarray(start);
  const isLf = lines[lines.indexOf(LF) - 1] !== CR;
  const message = isLf ? restoreLineEnds("LF").push(lines) : lines;
  const header = message.subarray(0, findBody(message)?.end ?? message.length);
  const envelope = envelopeOf(header);
  const value = (text: string | null) => shortened(text ?? "", MAX_SHOWN);
  return {
    start: separator + start,
    end: file.size,
    from: value(envelope.from),
    subject: value(envelope.subject),
    date: value(envelope.date),
  };
}

/**
 * Takes one `>` off lines that begin with any number of them and `From `, as is added when a message goes
 * into an mbox file, so that no line of it looks like the start of another.
 */
export function unquoteFrom(onLine: () => void): Change {
  // A run of > at the start of a line and as much of `From ` as was seen, held back until it is decided.
  let held: number[] = [];
  let isOpen = true;
  return {
    push(octets) {
      const out = new Uint8Array(held.length + octets.length);
      let to = 0;
      for (const octet of octets) {
        if (isOpen) {
          const decided = decide(held, octet);
          if (decided === "more") {
            held.push(octet);
            continue;
          }
          if (decided === "quoted") {
            onLine();
            held.shift();
          }
          out.set(held, to);
          to += held.length;
          held = [];
        }
        out[to++] = octet;
        isOpen = octet === LF;
      }
      return out.subarray(0, to);
    },
    end: () => Uint8Array.from(held),
  };
}

/** Whether octets at the start of a line, and one more, are a quoted `From `, or may yet be. */
function decide(held: number[], octet: number): "more" | "quoted" | "plain" {
  const quotes = held.findLastIndex((one) => one === GT) + 1;
  const matched = held.length - quotes;
  if (octet === GT && matched === 0) return "more";
  if (quotes === 0 || octet !== FROM[matched]) return "plain";
  return matched === FROM.length - 1 ? "quoted" : "more";
}
