import { expect, test } from "vitest";

import { findSeparators, isMailbox, listMailbox, unquoteFrom } from "./mailbox.ts";
import { restoreLineEnds } from "./octets.ts";

const octets = (text: string) => new TextEncoder().encode(text);
const text = (of: Uint8Array) => new TextDecoder().decode(of);
const signal = new AbortController().signal;

const list = (mbox: string) => listMailbox(new Blob([mbox]), signal, () => {});

const TWO =
  "From a@example.com Mon Jan  1 00:00:00 2024\nFrom: A <a@example.com>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nFrom here on\n\nfrom there\n\n" +
  "From b@example.com Mon Jan  1 00:00:00 2024\nFrom: B\nSubject: two\nDate: x\n\nbody\n";

test("messages are found where a From line follows an empty line, and nowhere else", async () => {
  const entries = await list(TWO);
  expect(entries.map(({ from, subject, date }) => [from, subject, date])).toEqual([
    ["A <a@example.com>", "Grüße", ""],
    ["B", "two", "x"],
  ]);
  expect(entries.map(({ start, end }) => TWO.slice(start, end))).toEqual([
    "From: A <a@example.com>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nFrom here on\n\nfrom there\n",
    "From: B\nSubject: two\nDate: x\n\nbody\n",
  ]);
});

test("CRLF is as good", async () => {
  const crlf = TWO.replaceAll("\n", "\r\n");
  const entries = await list(crlf);
  expect(entries.map(({ start, end }) => crlf.slice(start, end).split("\r\n")[0])).toEqual([
    "From: A <a@example.com>",
    "From: B",
  ]);
});

test("a mailbox of one message, one that is cut short, and none", async () => {
  expect(await list("From a\nSubject: x\n\nbody")).toHaveLength(1);
  expect(await list("From a")).toEqual([{ start: 6, end: 6, from: "", subject: "", date: "" }]);
  expect(isMailbox(octets("From: a\n"))).toBe(false);
  expect(isMailbox(octets("From a\n"))).toBe(true);
});

test("a separator that lies across two pieces is found once", async () => {
  const size = 1 << 20;
  for (let shift = -12; shift <= 3; shift++) {
    const head = `From a\n\n${"x".repeat(size + shift - 8)}`;
    const found = await findSeparators(octets(`${head}\n\nFrom b\n\nFrom c\n\nend`), signal);
    expect(found.map(({ at }) => at)).toEqual([0, head.length + 2, head.length + 10]);
  }
});

test("it ends when it is told to", async () => {
  await expect(listMailbox(new Blob([TWO]), AbortSignal.abort(), () => {})).rejects.toThrow();
});

test("one > is taken off quoted From lines, wherever they are cut", () => {
  const quoted = ">From a\n>>From b\n> From c\nx >From d\n>>>Fro\n>From";
  for (let cut = 0; cut <= quoted.length; cut++) {
    let lines = 0;
    const change = unquoteFrom(() => lines++);
    const out = [
      change.push(octets(quoted.slice(0, cut))),
      change.push(octets(quoted.slice(cut))),
      change.end(),
    ];
    expect(out.map(text).join("")).toBe("From a\n>From b\n> From c\nx >From d\n>>>Fro\n>From");
    expect(lines).toBe(2);
  }
});

test("line ends are given back", () => {
  expect(text(restoreLineEnds("LF").push(octets("a\n\nb\n")))).toBe("a\r\n\r\nb\r\n");
  expect(text(restoreLineEnds("CR").push(octets("a\rb")))).toBe("a\r\nb");
});
