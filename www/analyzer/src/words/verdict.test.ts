import { expect, test } from "vitest";
import type { Reason } from "waxseal";
import type { SignatureDiagnosis } from "waxseal/diagnose";

import { signature, verdict } from "./fixtures.ts";
import { explainFailure, judgeMessage, judgeSignature } from "./verdict.ts";

const tone = (...of: Parameters<typeof verdict>) => judgeMessage(verdict(...of)).tone;

test("only a signature of the author's domain makes a message good", () => {
  expect(tone([signature()])).toBe("good");
  expect(tone([signature({ domain: "other.example", aligned: "none" })])).toBe("caution");
  expect(tone([signature({ domain: "mail.example.com", aligned: "none" })])).toBe("caution");
  // the DNS said that they belong together
  expect(tone([signature({ domain: "mail.example.com", aligned: "relaxed" })])).toBe("good");
  const above = signature({ aligned: "none" });
  expect(tone([above], { authors: ["a@news.example.com"] })).toBe("good");
});

test("of several authors the one furthest away counts", () => {
  const authors = ["a@example.com", "b@bank.example"];
  const { tone, sentence } = judgeMessage(verdict([signature({ aligned: "none" })], { authors }));
  expect(tone).toBe("caution");
  expect(sentence).toContain("example.com and bank.example");
});

test("a message without an author is not good, whoever signed it", () => {
  expect(tone([signature({ aligned: "none" })], { authors: [] })).toBe("caution");
});

test("what could have been added after signing is told", () => {
  const warnings = [{ code: "fieldAdded", explanation: "", field: "Subject" } as const];
  const judged = judgeMessage(verdict([signature()], { warnings }));
  expect(judged).toMatchObject({ tone: "caution", label: "Something was added" });
  expect(judged.sentence).toContain("Subject");
});

test("the author's signature is told before that of others", () => {
  const other = signature({ domain: "other.example", aligned: "none" });
  expect(judgeMessage(verdict([other, signature()])).sentence).toMatch(/^example\.com signed/);
});

test("a body that was changed under a header that was not is told from both being wrong", () => {
  const wrong = { result: "fail", reason: "bodyHashMismatch" } as const;
  const step = { step: "signature", ok: true, detail: "" } as const;
  const changed = signature({ ...wrong, trace: [step] });
  const both = signature({ ...wrong, trace: [{ ...step, ok: false }] });
  expect(judgeMessage(verdict([changed])).sentence).toMatch(/^example\.com signed this header/);
  expect(judgeMessage(verdict([both])).sentence).toMatch(/or example\.com never signed them/);
});

test("every reason is told in one sentence, and none is good", () => {
  const reasons: Reason[] = [
    "tagSyntax",
    "keyNotFound",
    "expired",
    "keyTooSmall",
    "publicSuffix",
    "chainBroken",
  ];
  for (const reason of reasons) {
    const of = signature({ result: "permerror", reason });
    const { tone, label, sentence } = judgeSignature(of, verdict([of]));
    expect(tone).not.toBe("good");
    expect(label).not.toBe("");
    expect(sentence).toMatch(/^[^\n]+\.$/);
  }
});

test("a reason of a later version is told in the package's words", () => {
  const of = signature({ result: "fail", reason: "somethingNew" as Reason, explanation: "It is new." });
  expect(judgeSignature(of, verdict([of]))).toMatchObject({ tone: "bad", sentence: "It is new." });
});

test("a thousand authors do not make the sentence long", () => {
  const authors = Array.from({ length: 1000 }, (_, index) => `a@d${index}.example`);
  const of = signature({ aligned: "none" });
  expect(judgeMessage(verdict([of], { authors })).sentence.length).toBeLessThan(400);
});

test("why is told of the author's signature alone, and only where it is known", () => {
  const failing = signature({ result: "fail", reason: "bodyHashMismatch" });
  const other = signature({
    domain: "other.example",
    aligned: "none",
    result: "fail",
    reason: "bodyHashMismatch",
  });
  const of = verdict([other, failing]);
  const found = (index: number, body: SignatureDiagnosis["body"]): SignatureDiagnosis => ({
    index,
    header: "verifies",
    body,
    explanation: `It is number ${index}.`,
    findings: [],
    copiedFields: [],
    exhausted: false,
  });
  const diagnosis = (...signatures: SignatureDiagnosis[]) => ({
    report: of.report,
    message: [],
    repairedReport: null,
    signatures,
    work: { octets: 0, limit: 0 },
  });
  expect(explainFailure(of, diagnosis(found(0, "wouldVerify"), found(1, "wouldVerify")))).toMatch(
    /number 1\.$/,
  );
  expect(explainFailure(of, diagnosis(found(0, "wouldVerify"), found(1, "fails")))).toBe(null);
  expect(explainFailure(of, null)).toBe(null);
});
