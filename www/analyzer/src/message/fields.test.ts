import { expect, test } from "vitest";

import { coversOf } from "./coverage.ts";
import { decodeValue } from "./decode.ts";
import { findBody, latin1, splitHeader, valueText } from "./fields.ts";

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test("fields end where a line begins that does not go on with them", () => {
  const header = octets("From: a\r\n b\r\nSubject :c\r\n\td\r\nTo:\r\n");
  const fields = splitHeader(header);
  expect(fields.map(({ name }) => name)).toEqual(["From", "Subject", "To"]);
  expect(fields.map((field) => valueText(header, field))).toEqual(["a b", "c\td", ""]);
  expect(latin1(header.subarray(fields[1]?.start, fields[1]?.end))).toBe("Subject :c\r\n\td\r\n");
});

test("LF alone ends no line, and NUL is as good an octet as any", () => {
  const header = octets("A: 1\nB: 2\0\r\nC: 3");
  expect(splitHeader(header).map(({ name }) => name)).toEqual(["A", "C"]);
});

test("a line that is no field ends the header", () => {
  expect(splitHeader(octets("A: 1\r\nno field\r\nB: 2\r\n")).map(({ name }) => name)).toEqual(["A"]);
  expect(splitHeader(octets(": 1\r\n"))).toEqual([]);
  expect(splitHeader(octets(" A: 1\r\n"))).toEqual([]);
});

test("the body begins behind the first empty line", () => {
  expect(findBody(octets("A: 1\r\n\r\nbody"))).toEqual({ end: 6, body: 8 });
  expect(findBody(octets("\r\nbody"))).toEqual({ end: 0, body: 2 });
  expect(findBody(octets("A: 1\n\nB: 2\r\n"))).toBe(null);
});

test("encoded words are decoded, broken ones stand for themselves", () => {
  expect(decodeValue("=?utf-8?q?Gr=C3=BC=C3=9Fe?=")).toBe("Grüße");
  expect(decodeValue("=?utf-8?b?R3LDvMOfZQ==?= x")).toBe("Grüße x");
  expect(decodeValue("=?x")).toBe("=?x");
});

const dkim = (...signedFields: string[]) => ({ protocol: "dkim" as const, signedFields });

test("a signature takes the lowest fields of a name first, and never its own", () => {
  const header = octets("DKIM-Signature: 1\r\nFrom: upper\r\nFrom: lower\r\nDKIM-Signature: 2\r\n");
  const [first, second] = coversOf(splitHeader(header), [
    dkim("From", "DKIM-Signature"),
    dkim("from", "from", "from"),
  ]);
  expect([...(first ?? [])]).toEqual([
    [2, "signed"],
    [3, "signed"],
  ]);
  expect([...(second ?? [])]).toEqual([
    [2, "oversigned"],
    [1, "oversigned"],
  ]);
});

test("DomainKeys covers what stands below", () => {
  const header = octets("X: 0\r\nDomainKey-Signature: 1\r\nFrom: a\r\nTo: b\r\n");
  const fields = splitHeader(header);
  const below = coversOf(fields, [{ protocol: "domainkeys", signedFields: [] }]);
  expect([...(below[0]?.keys() ?? [])]).toEqual([2, 3]);
  const named = coversOf(fields, [{ protocol: "domainkeys", signedFields: ["to"] }]);
  expect([...(named[0]?.keys() ?? [])]).toEqual([3]);
});
