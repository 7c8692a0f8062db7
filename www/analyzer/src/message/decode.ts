import { decodeWords } from "postal-mime";

/** A field's value as a mail reader shows it: encoded words (RFC 2047) decoded. */
export function decodeValue(text: string): string {
  // A word that cannot be decoded stands for itself.
  try {
    return decodeWords(text);
  } catch {
    return text;
  }
}
