import { expect, test } from "vitest";

import { coveredParts } from "./covered.ts";

const all = new Set(["from", "to", "subject", "date"]);
const body = { isGiven: true, total: 500 };

test("what people look at is named, in their order", () => {
  const signature = { signedFields: ["Date", "Subject", "From", "X-Other"], bodyLength: null };
  expect(coveredParts(signature, all, body)).toBe("the sender, subject, date and the whole body");
});

test("a field that is signed to be absent is not said to be signed", () => {
  const signature = { signedFields: ["from", "to", "subject"], bodyLength: null };
  expect(coveredParts(signature, new Set(["from"]), body)).toBe("the sender and the whole body");
});

test("of a body that is signed in part, the part", () => {
  const signature = { signedFields: ["from"], bodyLength: 20 };
  expect(coveredParts(signature, all, body)).toBe("the sender and the first 20 octets of the body");
  expect(coveredParts({ ...signature, bodyLength: 0 }, all, body)).toBe("the sender and none of the body");
  expect(coveredParts({ ...signature, bodyLength: 500 }, all, body)).toBe("the sender and the whole body");
});

test("a header alone", () => {
  const signature = { signedFields: ["from", "subject"], bodyLength: null };
  expect(coveredParts(signature, all, { isGiven: false, total: 0 })).toBe("the sender and subject");
  expect(coveredParts({ signedFields: [], bodyLength: null }, all, { isGiven: false, total: 0 })).toBe(
    "parts of the header",
  );
});
