import type { Notice } from "../protocol.ts";
import { counted } from "./lists.ts";

/** A notice for a person: what was seen, and what it means. */
export function tellNotice(notice: Notice): string {
  switch (notice.code) {
    case "lineEndsRestored":
      return notice.pasted
        ? "Pasted text loses the line ends that mail has (CRLF); they were put back. If anything else was lost in copying, signatures break that were good: a saved file is better."
        : `The lines of this file end in ${notice.was} alone, which mail never has: they were given CRLF. Whatever saved the file may have changed more.`;
    case "frontRemoved":
      return notice.what === "blankLines"
        ? "Blank lines in front of the header were left out."
        : "A byte order mark in front of the header was left out.";
    case "charactersLost":
      return "Some characters were lost before the text came here and stand as \uFFFD. A signature over them cannot verify.";
    case "blanksTrimmed":
      return notice.sign === "flowed"
        ? "The message is of a kind whose lines end in blanks (format=flowed), and none does: they were probably trimmed in copying. Signatures over the text may break by that."
        : "The line “-- ” above the sender's signature has lost its blank, and so probably have others. Signatures over the text may break by that.";
    case "noBreakSpaces":
      return "The header has no-break spaces where mail has blanks, as text copied from a web page does. Signatures break by that.";
    case "markup":
      return "The header has “&lt;” for “<”, as the source of a web page does. Signatures break by that.";
    case "quoted":
      return "Every line of the header begins with the same mark, as in a quoted or indented text, so it cannot be read as a header.";
    case "fromUnquoted":
      return `${counted(notice.lines, "line")} began with “>From ”, as mbox files need it; the “>” was taken off.`;
    case "headerAlone":
      return "Only a header was given. The signature over it is checked all the same; the text cannot be.";
  }
}
