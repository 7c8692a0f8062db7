import { expect, test } from "vitest";

import { readDnsMessage } from "./dns-message.ts";

const label = (text: string) => [text.length, ...new TextEncoder().encode(text)];
const QUESTION = [...label("s"), ...label("example"), 0, 0, 16, 0, 1];
const txt = (...strings: string[]) => strings.flatMap(label);
const record = (type: number, ttl: number, data: number[]) => [
  0xc0,
  12,
  0,
  type,
  0,
  1,
  0,
  0,
  ttl >> 8,
  ttl & 255,
  data.length >> 8,
  data.length & 255,
  ...data,
];

function response(flags: number, answers: number[][]): Uint8Array {
  return Uint8Array.from([
    0,
    0,
    flags >> 8,
    flags & 255,
    0,
    1,
    0,
    answers.length,
    0,
    0,
    0,
    0,
    ...QUESTION,
    ...answers.flat(),
  ]);
}

test("records, their strings put together; aliases; the lowest time to live; the AD bit", () => {
  const reply = readDnsMessage(
    response(0x81a0, [record(5, 300, [...label("k"), 0xc0, 14]), record(16, 60, txt("v=DKIM1; ", "p=A"))]),
  );
  expect(reply).toEqual({
    rcode: 0,
    truncated: false,
    authenticated: true,
    records: ["v=DKIM1; p=A"],
    ttl: 60,
    aliases: ["k.example"],
  });
});

test("no such name, and trouble", () => {
  expect(readDnsMessage(response(0x8183, []))).toMatchObject({ rcode: 3, records: [], ttl: null });
  expect(readDnsMessage(response(0x8182, []))).toMatchObject({ rcode: 2 });
});

test("what is cut short or runs in circles is no message", () => {
  const good = response(0x8180, [record(16, 60, txt("abc"))]);
  for (let length = 0; length < good.length; length++) {
    expect(readDnsMessage(good.subarray(0, length))).toBe(null);
  }
  const circle = Uint8Array.from([0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 16, 0, 1]);
  expect(readDnsMessage(circle)).toBe(null);
});
