/** One field of a header, as a span of its octets. */
export interface Field {
  /** Its place in the header, 0 for the topmost. */
  index: number;
  /** As it stands in the message. */
  name: string;
  /** Where it begins, where its value does (behind the colon), and where it ends, CRLF included. */
  start: number;
  value: number;
  end: number;
}

const CR = 13;
const LF = 10;
const SP = 32;
const TAB = 9;
const COLON = 58;

/**
 * Where the header ends and the body begins: behind the first line without anything in it. `end` is where
 * that line begins. Null where there is none.
 */
export function findBody(octets: Uint8Array): { end: number; body: number } | null {
  if (octets[0] === CR && octets[1] === LF) return { end: 0, body: 2 };
  for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) {
    const endsLine = octets[at - 1] === CR;
    if (endsLine && octets[at + 1] === CR && octets[at + 2] === LF) return { end: at + 1, body: at + 3 };
  }
  return null;
}

/**
 * The fields of a header (RFC 5322 §2.2), as the core finds them: only CRLF ends a line, and the first
 * line that is neither a field nor goes on with one ends the header.
 */
export function splitHeader(header: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < header.length;) {
    const end = endOfField(header, at);
    const colon = header.indexOf(COLON, at);
    if (colon < 0 || colon >= end) break;
    const name = nameOf(header, at, colon);
    if (name === null) break;
    fields.push({ index: fields.length, name, start: at, value: colon + 1, end });
    at = end;
  }
  return fields;
}

function endOfField(header: Uint8Array, from: number): number {
  for (let at = header.indexOf(LF, from); at >= 0; at = header.indexOf(LF, at + 1)) {
    const next = header[at + 1];
    if (at > from && header[at - 1] === CR && next !== SP && next !== TAB) return at + 1;
  }
  return header.length;
}

/** RFC 5322 §3.6.8: printable ASCII; blanks before the colon are obsolete, and read (§4.5). */
function nameOf(header: Uint8Array, start: number, colon: number): string | null {
  let end = colon;
  while (end > start && (header[end - 1] === SP || header[end - 1] === TAB)) end--;
  if (end === start) return null;
  let name = "";
  for (let at = start; at < end; at++) {
    const octet = header[at] ?? 0;
    if (octet <= SP || octet >= 127) return null;
    name += String.fromCharCode(octet);
  }
  return name;
}

/** The octets of a field's value as text: UTF-8 where they are that, else Latin-1; unfolded. */
export function valueText(header: Uint8Array, field: Field): string {
  return decodeOctets(header.subarray(field.value, field.end)).replace(/\r\n/g, "").trim();
}

/** Octets as text: UTF-8 where they are that, else Latin-1. */
export function decodeOctets(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return latin1(octets);
  }
}

/** Octets as the characters of the same numbers. */
export function latin1(octets: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < octets.length; at += 8192) {
    pieces.push(String.fromCharCode(...octets.subarray(at, at + 8192)));
  }
  return pieces.join("");
}
