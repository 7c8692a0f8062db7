import { expect, test } from "vitest";
import type { MethodResult } from "waxseal";

import { matchClaim } from "./claims.ts";
import { signature, verdict } from "./fixtures.ts";

const claim = (method: string, result: string, header: Record<string, string> = {}): MethodResult => ({
  method,
  methodVersion: null,
  result,
  reason: null,
  properties: Object.entries(header).map(([name, value]) => ({ ptype: "header", name, value })),
  comments: [],
});

const failing = signature({ result: "fail", reason: "signatureMismatch" });

test("a claim that we can check is agreed to or not", () => {
  expect(matchClaim(claim("dkim", "pass", { d: "Example.com" }), verdict([signature()])).agrees).toBe(true);
  expect(matchClaim(claim("dkim", "pass", { d: "example.com" }), verdict([failing]))).toEqual({
    agrees: false,
    says: "fail (signatureMismatch)",
  });
  expect(matchClaim(claim("dkim", "fail", { d: "example.com" }), verdict([failing])).agrees).toBe(true);
});

test("of several signatures the one that is meant", () => {
  const both = verdict([failing, signature({ selector: "s2", b: "zyxwvuts" })]);
  expect(matchClaim(claim("dkim", "pass", { d: "example.com", s: "s2" }), both).agrees).toBe(true);
  expect(matchClaim(claim("dkim", "pass", { d: "example.com", b: "zyxw" }), both).agrees).toBe(true);
  expect(matchClaim(claim("dkim", "pass", { d: "example.com", b: "abcd" }), both).agrees).toBe(false);
  expect(matchClaim(claim("dkim", "pass", { i: "@news.example.com" }), both).agrees).toBe(true);
});

test("a signature that is not there", () => {
  expect(matchClaim(claim("dkim", "pass", { d: "bank.example" }), verdict([signature()])).agrees).toBe(false);
  expect(matchClaim(claim("dkim", "none"), verdict([])).agrees).toBe(true);
  expect(matchClaim(claim("dkim", "none"), verdict([signature()])).agrees).toBe(false);
});

test("what is policy here may pass elsewhere", () => {
  const expired = signature({ result: "policy", reason: "expired" });
  expect(matchClaim(claim("dkim", "pass", { d: "example.com" }), verdict([expired])).agrees).toBe(true);
});

test("what a message does not show is left open", () => {
  for (const method of ["spf", "dmarc", "iprev", "x-own"]) {
    expect(matchClaim(claim(method, "pass"), verdict([signature()])).agrees).toBe(null);
  }
  const open = signature({ result: "temperror", reason: "keyUnavailable" });
  expect(matchClaim(claim("dkim", "pass", { d: "example.com" }), verdict([open])).agrees).toBe(null);
});
