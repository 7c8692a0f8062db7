import { expect, test } from "vitest";

import { parts } from "./hidden.ts";
import { octetLines } from "./octet-lines.ts";

test("what cannot be seen, or turns text around, is named", () => {
  expect(parts("pay\u202Elapyap\u0000\u200B")).toEqual([
    { text: "pay", name: null },
    { text: "RLO", name: "U+202E RLO" },
    { text: "lapyap", name: null },
    { text: "NUL", name: "U+0000 NUL" },
    { text: "ZWSP", name: "U+200B ZWSP" },
  ]);
  expect(parts("\u{E0041}")).toEqual([{ text: "U+E0041", name: "U+E0041" }]);
});

test("letters of every script are seen", () => {
  expect(parts("Grüße שלום 你好 🦭")).toEqual([{ text: "Grüße שלום 你好 🦭", name: null }]);
  expect(parts("")).toEqual([]);
});

test("blanks, tabs and line ends of octets are seen", () => {
  const octets = new TextEncoder().encode("a  b\t\r\nc\n");
  const { lines, rest } = octetLines(octets, 10);
  expect(lines.map((line) => line.map(({ text, kind }) => `${kind}:${text}`))).toEqual([
    ["text:a", "blank:··", "text:b", "tab:→", "end:↵"],
    ["text:c", "hidden:LF"],
  ]);
  expect(rest).toBe(0);
});

test("octets that are no UTF-8 are told by their numbers", () => {
  const { lines } = octetLines(Uint8Array.from([0x41, 0xe9, 0x0d, 0x42]), 10);
  expect(lines[0]?.map(({ text, kind }) => `${kind}:${text}`)).toEqual([
    "text:A",
    "octet:E9",
    "hidden:CR",
    "text:B",
  ]);
});

test("a long line is cut, and not within a character", () => {
  const octets = new TextEncoder().encode(`${"x".repeat(1999)}€${"y".repeat(3000)}`);
  const { lines, rest } = octetLines(octets, 2);
  expect(lines.map((line) => line.map(({ text }) => text).join(""))).toEqual([
    "x".repeat(1999),
    `€${"y".repeat(1997)}`,
  ]);
  expect(rest).toBe(1003);
});

test("no more lines than asked for", () => {
  const { lines, rest } = octetLines(new TextEncoder().encode("1\r\n2\r\n3\r\n"), 2);
  expect(lines).toHaveLength(2);
  expect(rest).toBe(3);
});
