import { expect, test } from "vitest";

import { noticeDamage } from "./damage.ts";

const codes = (text: string, pasted = true) =>
  noticeDamage(new TextEncoder().encode(text), pasted).map(({ code }) => code);

test("a sound message gives no notice", () => {
  expect(codes("From: a <a@example.com>\nMessage-ID: <1@example.com>\n\nHello\n-- \nA\n")).toEqual([]);
  expect(codes("")).toEqual([]);
});

test("what copying does is noticed", () => {
  expect(codes("From: a <a@example.com>\n\nHello\n--\nA\n")).toEqual(["blanksTrimmed"]);
  expect(codes("From: a\u00A0<a@example.com>\n\nHello\n")).toEqual(["noBreakSpaces"]);
  expect(codes("From: a &lt;a@example.com&gt;\n\nHello\n")).toEqual(["markup"]);
  expect(codes("From: a\uFFFD\n\nHello\n")).toEqual(["charactersLost"]);
  expect(codes("> From: a\n> To: b\n> Subject: c\n\nHello\n")).toEqual(["quoted"]);
});

test("flowed text that has no blank at any line end was trimmed", () => {
  const header = "From: a <a@example.com>\nContent-Type: text/plain; charset=utf-8;\n format=flowed\n\n";
  const long = "These words go on for so long that the line has to be broken somewhere";
  expect(codes(`${header}${long}\nand goes on.\n`)).toEqual(["blanksTrimmed"]);
  expect(codes(`${header}${long} \nand goes on.\n`)).toEqual([]);
});
