import type { Report, Signature } from "waxseal";

import type { Verdict } from "../protocol.ts";

/** A signature for tests, as the package reports one that verifies. */
export function signature(more: Partial<Signature> = {}): Signature {
  return {
    protocol: "dkim",
    result: "pass",
    reason: null,
    explanation: "The signature of example.com verifies.",
    domain: "example.com",
    selector: "s1",
    identity: "@example.com",
    algorithm: "rsa-sha256",
    canonicalization: { header: "relaxed", body: "relaxed" },
    timestamp: 1000,
    expires: null,
    bodyLength: null,
    bodyHash: { claimed: "AAAA", computed: "AAAA" },
    signedFields: ["from", "subject", "date"],
    key: null,
    aligned: "strict",
    reporting: null,
    atps: null,
    warnings: [],
    trace: [],
    b: "abcdefgh1234",
    ...more,
  };
}

/** A verdict for tests, on a message of somebody at example.com. */
export function verdict(signatures: Signature[], more: Partial<Report> = {}): Verdict {
  const names = ["From", "Subject", "Date"];
  return {
    report: {
      version: 1,
      file: null,
      result: signatures[0]?.result ?? "none",
      authors: ["a@example.com"],
      signatures,
      arc: { result: "none", reason: null, explanation: "", oldestPass: null, sets: [] },
      alignment: {
        from: "example.com",
        organizationalDomain: null,
        dkim: "strict",
        dmarc: null,
        trouble: null,
      },
      authenticationResults: "localhost; none",
      warnings: [],
      coverage: {
        fields: names.map((name, index) => ({ name, index, status: "signed" })),
        body: { signed: 100, total: 100 },
      },
      ...more,
    },
    envelope: { from: "a@example.com", to: null, subject: "x", date: null },
    extent: "whole",
    notices: [],
    lookups: [],
    size: 200,
    now: 2000,
  };
}
