import { parseDate } from "./date.ts";

/** What one Received field tells (RFC 5321 §4.4): a host took the message over from another. */
export interface Hop {
  /** Who gave it, with what stands in parentheses behind, which the receiving host found out itself. */
  from: string | null;
  by: string | null;
  /** The protocol, such as ESMTPS. */
  with: string | null;
  /** When, in Unix seconds. */
  time: number | null;
}

/** A stretch of the way, the first one first. */
export interface Stop extends Hop {
  /** Seconds since the stop before; null where one of the two times is not known. */
  delay: number | null;
  /** Whether it was encrypted, as the protocol says (RFC 3848). */
  isEncrypted: boolean;
}

const WORDS = /\b(from|by|with|via|id|for)\s+/gi;

/** Reads the value of a Received field, which hosts write in many ways. */
export function parseReceived(value: string): Hop {
  const semicolon = value.lastIndexOf(";");
  const head = semicolon < 0 ? value : value.slice(0, semicolon);
  const parts = clauses(head);
  return {
    from: parts.get("from") ?? null,
    by: parts.get("by")?.split(/\s/)[0] ?? null,
    with: parts.get("with")?.split(/[\s;]/)[0] ?? null,
    time: semicolon < 0 ? null : parseDate(value.slice(semicolon + 1)),
  };
}

/** The way of a message from its Received fields, topmost first as they stand. */
export function wayOf(values: string[]): Stop[] {
  const hops = values.map(parseReceived).reverse();
  let last: number | null = null;
  return hops.map((hop) => {
    const delay: number | null = hop.time !== null && last !== null ? hop.time - last : null;
    last = hop.time ?? last;
    return { ...hop, delay, isEncrypted: /^(?:utf8)?(?:e?smtp|lmtp)s|tls|https/i.test(hop.with ?? "") };
  });
}

/** What stands behind each word, its comments included; words within comments are no words. */
function clauses(text: string): Map<string, string> {
  const plain = blankOutComments(text);
  const starts = [...plain.matchAll(WORDS)];
  const found = new Map<string, string>();
  for (const [index, match] of starts.entries()) {
    const name = (match[1] ?? "").toLowerCase();
    const from = match.index + match[0].length;
    const to = starts[index + 1]?.index ?? text.length;
    if (!found.has(name)) found.set(name, text.slice(from, to).replace(/\s+/g, " ").trim());
  }
  return found;
}

/** The text with every character of its comments made a blank, so that places stay the same. */
function blankOutComments(text: string): string {
  let out = "";
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth++;
    out += depth > 0 ? " ".repeat(character.length) : character;
    if (character === ")" && depth > 0) depth--;
  }
  return out;
}
