import { diffArrays, diffWordsWithSpace } from "diff";

import type { Difference, DifferenceRow } from "../protocol.ts";

/** Lines that are the same and are shown before and behind those that differ. */
const CONTEXT = 2;
/** Rows that are shown at most. */
const MAX_ROWS = 400;
/** With more lines that were added or removed texts are too different for a comparison to be of use. */
const MAX_EDITS = 1000;
/** Longer lines are not compared word by word. */
const MAX_LINE = 5000;

/** What differs between two texts, line by line, and word by word where a line was changed. */
export function rowsOf(before: string, after: string): Pick<Difference, "rows" | "isCut"> {
  const changes = diffArrays(linesOf(before), linesOf(after), { maxEditLength: MAX_EDITS });
  if (!changes) return { rows: [], isCut: true };
  const rows: DifferenceRow[] = [];
  for (let at = 0; at < changes.length; at++) {
    const change = changes[at];
    const next = changes[at + 1];
    if (!change) continue;
    if (change.removed && next?.added && next.value.length === change.value.length) {
      rows.push(...pairs(change.value, next.value));
      at++;
    } else if (change.removed || change.added) {
      const kind = change.removed ? "removed" : "added";
      rows.push(
        ...change.value.map((text) => ({ kind, pieces: [{ text, isChanged: true }] }) as DifferenceRow),
      );
    } else {
      rows.push(...context(change.value, at > 0, at < changes.length - 1));
    }
  }
  return { rows: rows.slice(0, MAX_ROWS), isCut: rows.length > MAX_ROWS };
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Lines that were changed one for one, with the words that were. */
function pairs(before: string[], after: string[]): DifferenceRow[] {
  const removed: DifferenceRow[] = [];
  const added: DifferenceRow[] = [];
  for (const [index, old] of before.entries()) {
    const now = after[index] ?? "";
    const isLong = old.length > MAX_LINE || now.length > MAX_LINE;
    const words = isLong
      ? [
          { value: old, removed: true, added: false },
          { value: now, removed: false, added: true },
        ]
      : diffWordsWithSpace(old, now);
    const side = (without: "added" | "removed") =>
      words
        .filter((word) => !word[without])
        .map((word) => ({ text: word.value, isChanged: word.added || word.removed }));
    removed.push({ kind: "removed", pieces: side("added") });
    added.push({ kind: "added", pieces: side("removed") });
  }
  return [...removed, ...added];
}

/** Of lines that are the same, those next to others. */
function context(lines: string[], hasBefore: boolean, hasAfter: boolean): DifferenceRow[] {
  const head = hasBefore ? CONTEXT : 0;
  const tail = hasAfter ? CONTEXT : 0;
  const same = (text: string): DifferenceRow => ({ kind: "same", text });
  if (lines.length <= head + tail + 1) return lines.map(same);
  const skipped: DifferenceRow = { kind: "skipped", lines: lines.length - head - tail };
  return [...lines.slice(0, head).map(same), skipped, ...lines.slice(lines.length - tail).map(same)];
}
