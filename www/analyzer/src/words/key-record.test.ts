import { expect, test } from "vitest";
import type { Key } from "waxseal";

import { readDefaults, readKeyRecord } from "./key-record.ts";

const key: Key = {
  name: "s._domainkey.example.com",
  type: "rsa",
  bits: 2048,
  testing: false,
  strictIdentity: false,
  ttl: null,
  authenticated: null,
};
const odd = (record: string, of: Key | null = key) =>
  readKeyRecord(record, of)
    .filter((reading) => reading.isOdd)
    .map((reading) => reading.name);

test("a good record has a reading for every tag, and nothing odd", () => {
  const readings = readKeyRecord("v=DKIM1; k=rsa; h=sha256; s=email; t=s; n=a note; p=AAAA", key);
  expect(readings.map(({ name }) => name)).toEqual(["v", "k", "h", "s", "t", "n", "p"]);
  expect(readings.every(({ isOdd, says }) => !isOdd && says !== "")).toBe(true);
});

test("what should be looked into is odd", () => {
  expect(odd("k=rsa; v=DKIM1; p=AAAA")).toEqual(["v"]);
  expect(odd("v=DKIM1; p=")).toEqual(["p"]);
  expect(odd("v=DKIM1; k=rsa")).toEqual(["p"]);
  expect(odd("v=DKIM1; h=sha1; p=AAAA")).toEqual(["h"]);
  expect(odd("v=DKIM1; t=y; p=AAAA")).toEqual(["t"]);
  expect(odd("v=DKIM1; s=chat; p=AAAA")).toEqual(["s"]);
  expect(odd("v=DKIM1; q=1; p=AAAA; p=BBBB")).toEqual(["q", "p"]);
  expect(odd("v=DKIM1; p=AAAA", { ...key, bits: 1024 })).toEqual(["p"]);
  expect(odd("v=DKIM1; p=AAAA", null)).toEqual(["p"]);
});

test("what is not there has a default", () => {
  expect(readDefaults("v=DKIM1; p=AAAA; t=s; s=email")).toHaveLength(2);
  expect(readDefaults("k=rsa; h=sha256; s=*; t=s; p=A")).toEqual([]);
});
