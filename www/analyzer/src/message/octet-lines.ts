import { parts } from "./hidden.ts";

/** A piece of a line of octets, for display. */
export interface Piece {
  text: string;
  kind: "text" | "blank" | "tab" | "hidden" | "octet" | "end";
  /** What it is, where that cannot be seen. */
  name?: string;
}

/** A line of octets; every octet of it is to be seen. */
export type Line = Piece[];

const CR = 13;
const LF = 10;
/** A longer line is shown as several, so that `max` bounds the work. */
const MAX_LINE = 2000;

/** Octets as lines with blanks, line ends and everything else made visible, `max` lines at most. */
export function octetLines(octets: Uint8Array, max: number): { lines: Line[]; rest: number } {
  const lines: Line[] = [];
  let start = 0;
  while (start < octets.length && lines.length < max) {
    const lf = octets.indexOf(LF, start);
    const end = cut(octets, start, lf < 0 ? octets.length : lf + 1);
    lines.push(lineOf(octets.subarray(start, end)));
    start = end;
  }
  return { lines, rest: octets.length - start };
}

/** Where a line ends on the screen, not within a character. */
function cut(octets: Uint8Array, start: number, end: number): number {
  if (end - start <= MAX_LINE + 2) return end;
  for (let at = start + MAX_LINE; at > start + MAX_LINE - 4; at--) {
    const isContinued = ((octets[at] ?? 0) & 0xc0) === 0x80;
    if (!isContinued) return at;
  }
  return start + MAX_LINE;
}

function lineOf(octets: Uint8Array): Line {
  const hasLf = octets.at(-1) === LF;
  const hasCr = hasLf && octets.at(-2) === CR;
  const line = piecesOf(octets.subarray(0, octets.length - (hasCr ? 2 : hasLf ? 1 : 0)));
  if (hasCr) line.push({ text: "↵", kind: "end", name: "CRLF" });
  else if (hasLf) line.push({ text: "LF", kind: "hidden", name: "LF alone, which ends no line of mail" });
  return line;
}

function piecesOf(octets: Uint8Array): Line {
  const pieces: Line = [];
  for (const run of runs(octets)) {
    if (typeof run === "number") {
      const hex = run.toString(16).toUpperCase().padStart(2, "0");
      pieces.push({ text: hex, kind: "octet", name: `the octet 0x${hex}` });
    } else {
      pieces.push(...textPieces(run));
    }
  }
  return pieces;
}

/** Text where the octets are UTF-8, and the octets that are not. */
function runs(octets: Uint8Array): (string | number)[] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    return text === "" ? [] : [text];
  } catch {
    const found: (string | number)[] = [];
    for (const octet of octets) {
      const before = found.at(-1);
      if (octet >= 128) found.push(octet);
      else if (typeof before === "string") found[found.length - 1] = before + String.fromCharCode(octet);
      else found.push(String.fromCharCode(octet));
    }
    return found;
  }
}

function textPieces(text: string): Line {
  const pieces: Line = [];
  for (const run of text.match(/ +|\t|[^ \t]+/g) ?? []) {
    if (run.startsWith(" ")) pieces.push({ text: "·".repeat(run.length), kind: "blank" });
    else if (run === "\t") pieces.push({ text: "→", kind: "tab", name: "TAB" });
    else {
      for (const { text: piece, name } of parts(run)) {
        pieces.push(name === null ? { text: piece, kind: "text" } : { text: piece, kind: "hidden", name });
      }
    }
  }
  return pieces;
}
