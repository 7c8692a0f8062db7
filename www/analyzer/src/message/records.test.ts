import { expect, test } from "vitest";

import { serverAddress } from "../resolvers.ts";
import { pastedRecords, recordValue } from "./records.ts";

test("a record is taken as tools show it", () => {
  const value = "v=DKIM1; k=rsa; p=AB";
  for (const text of [
    value,
    `  ${value}\n`,
    `"${value}"`,
    '"v=DKIM1; k=rsa; " "p=AB"',
    's._domainkey.example.com. 300 IN TXT "v=DKIM1; k=rsa; p=AB"',
    's._domainkey.example.com\ttext = "v=DKIM1; k=rsa; p=AB"',
    "s._domainkey 300 IN TXT v=DKIM1; k=rsa; p=AB",
    '"v=DKIM1\\; k=rsa\\059 p=AB"',
  ]) {
    expect(recordValue(text)).toBe(value);
  }
});

test("records that are empty are not there", () => {
  expect(pastedRecords({ a: "v=DKIM1; p=", b: " " })).toEqual({
    kind: "records",
    records: { a: "v=DKIM1; p=" },
  });
});

test("a server of one's own is asked over https, or on this machine", () => {
  expect(serverAddress(" https://dns.example/dns-query ")).toBe("https://dns.example/dns-query");
  expect(serverAddress("http://127.0.0.1:8053/dns-query")).toBe("http://127.0.0.1:8053/dns-query");
  for (const text of [
    "http://dns.example/",
    "dns.example",
    "javascript:alert(1)",
    "https://user:secret@dns.example/",
  ]) {
    expect(serverAddress(text)).toBe(null);
  }
});
