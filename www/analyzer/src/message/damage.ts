import type { Notice } from "../protocol.ts";

/**
 * What copying did to a message, as far as its start shows it. Each of these breaks signatures, so each is
 * worth being told; none is repaired, for the right octets are not known.
 */
export function noticeDamage(sample: Uint8Array, pasted: boolean): Notice[] {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(sample).replace(/\r\n?/g, "\n");
  const end = text.indexOf("\n\n");
  const header = end < 0 ? text : text.slice(0, end);
  const body = end < 0 ? "" : text.slice(end + 2);
  const notices: Notice[] = [];
  if (pasted && text.includes("\uFFFD")) notices.push({ code: "charactersLost" });
  if (isQuoted(header)) notices.push({ code: "quoted" });
  if (header.includes("\u00A0")) notices.push({ code: "noBreakSpaces" });
  if (/^(?:from|message-id|to):.*&lt;.*&gt;/im.test(header)) notices.push({ code: "markup" });
  const sign = trimmed(header, body);
  if (sign) notices.push({ code: "blanksTrimmed", sign });
  return notices;
}

/** Every line begins with the same mark, as in a reply or in an indented block. */
function isQuoted(header: string): boolean {
  const lines = header.split("\n").filter((line) => line !== "");
  return (
    lines.length > 2 && (lines.every((line) => /^>/.test(line)) || lines.every((line) => /^[ \t]/.test(line)))
  );
}

/** Blanks at line ends that a message of its kind must have, and this one lacks. */
function trimmed(header: string, body: string): "flowed" | "signatureMark" | null {
  const lines = body.split("\n");
  if (lines.some((line) => /[ \t]$/.test(line))) return null;
  // RFC 3676 §4.3: `-- ` introduces the sender's signature
  if (lines.some((line) => line === "--")) return "signatureMark";
  // RFC 3676 §4.1: paragraphs are lines that end in a blank
  const isFlowed = /^content-type:\s*text\/plain[^]*?format="?flowed/im.test(header);
  return isFlowed && lines.some((line) => line.length > 60) ? "flowed" : null;
}
