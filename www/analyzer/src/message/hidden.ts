/** A piece of text, or one character that would not be seen. */
export interface Part {
  text: string;
  /** What the character is; null for a piece of plain text. */
  name: string | null;
}

/** Controls, format characters, separators of lines, and letters without a shape. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\u00A0\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0]/u;

const NAMES: Record<number, string> = {
  0x00: "NUL",
  0x07: "BEL",
  0x08: "BS",
  0x09: "TAB",
  0x0a: "LF",
  0x0d: "CR",
  0x1b: "ESC",
  0x7f: "DEL",
  0xa0: "NBSP",
  0xad: "SHY",
  0x200b: "ZWSP",
  0x200c: "ZWNJ",
  0x200d: "ZWJ",
  0x200e: "LRM",
  0x200f: "RLM",
  0x061c: "ALM",
  0x202a: "LRE",
  0x202b: "RLE",
  0x202c: "PDF",
  0x202d: "LRO",
  0x202e: "RLO",
  0x2060: "WJ",
  0x2066: "LRI",
  0x2067: "RLI",
  0x2068: "FSI",
  0x2069: "PDI",
  0xfeff: "BOM",
};

/** Text with the characters that would not be seen, or would turn it around, taken apart and named. */
export function parts(text: string): Part[] {
  if (!HIDDEN.test(text)) return text === "" ? [] : [{ text, name: null }];
  const found: Part[] = [];
  let plain = "";
  for (const character of text) {
    if (!HIDDEN.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== "") found.push({ text: plain, name: null });
    plain = "";
    found.push(named(character.codePointAt(0) ?? 0));
  }
  if (plain !== "") found.push({ text: plain, name: null });
  return found;
}

function named(code: number): Part {
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const name = NAMES[code];
  return name === undefined ? { text: point, name: point } : { text: name, name: `${point} ${name}` };
}
