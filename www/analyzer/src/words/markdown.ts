import type { Verdict } from "../protocol.ts";
import { tellNotice } from "./notices.ts";
import { inFull } from "./time.ts";
import { judgeMessage, judgeSignature } from "./verdict.ts";

const MARKS = { good: "✅", caution: "⚠️", bad: "❌", unknown: "❔" };

/** The findings as Markdown, for a ticket or a mail. What comes from the message can do nothing in it. */
export function toMarkdown(verdict: Verdict): string {
  const { report, now, notices } = verdict;
  const overall = judgeMessage(verdict);
  const lines = [
    `## ${MARKS[overall.tone]} ${overall.label}`,
    "",
    safe(overall.sentence),
    "",
    ...Object.entries(verdict.envelope).map(
      ([name, value]) => `- **${title(name)}:** ${safe(value ?? "none")}`,
    ),
    `- **Checked:** ${inFull(now)}`,
    "",
  ];
  if (notices.length > 0) lines.push(...notices.map((notice) => `> ${safe(tellNotice(notice))}`), "");
  if (report.signatures.length > 0) {
    lines.push(
      "| | Domain | Selector | Result | Method | Key | Signed | Expires |",
      "|---|---|---|---|---|---|---|---|",
    );
  }
  for (const signature of report.signatures) {
    const { tone } = judgeSignature(signature, verdict);
    const cells = [
      MARKS[tone],
      signature.domain,
      signature.selector,
      signature.reason === null ? signature.result : `${signature.result} (${signature.reason})`,
      signature.algorithm,
      signature.key?.bits ? `${signature.key.bits} bits` : null,
      signature.timestamp === null ? null : inFull(signature.timestamp),
      signature.expires === null ? "never" : inFull(signature.expires),
    ];
    lines.push(`| ${cells.map((cell) => safe(cell ?? "")).join(" | ")} |`);
  }
  lines.push("", "```", report.authenticationResults.replace(/\r\n/g, "\n").replace(/`/g, "'"), "```", "");
  return lines.join("\n");
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Text in which nothing is markup, on one line. */
function safe(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\\`*_{}[\]<>()#+!|~&]/g, (character) => `\\${character}`);
}
