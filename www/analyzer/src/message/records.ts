import type { KeySource } from "../protocol.ts";

/**
 * What somebody pasted as the record of a name, made its value: tools show records in quotes, in several
 * strings, behind `text =`, or as a line of a master file.
 */
export function recordValue(text: string): string {
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, inside]) => unescape(inside ?? ""));
  if (strings.length > 0) return strings.join("");
  const entry = /\bTXT\s+([^]*)$/.exec(text);
  return (entry?.[1] ?? text).trim().replace(/\s*[\r\n]+\s*/g, "");
}

/** RFC 1035 §5.1: a backslash before a character, or before its number. */
function unescape(text: string): string {
  return text.replace(/\\(\d{3}|.)/gs, (_, what: string) =>
    /^\d{3}$/.test(what) ? String.fromCharCode(Number(what)) : what,
  );
}

/** The records that were pasted for names; those left empty are not there. */
export function pastedRecords(values: Record<string, string>): KeySource {
  const records: Record<string, string> = {};
  for (const [name, text] of Object.entries(values)) {
    if (text.trim() !== "") records[name] = recordValue(text);
  }
  return { kind: "records", records };
}
