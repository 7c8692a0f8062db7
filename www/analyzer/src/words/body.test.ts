import { expect, test } from "vitest";

import { tellBody } from "./body.ts";
import { signature, verdict } from "./fixtures.ts";

const body = (signed: number, total: number) => ({ coverage: { fields: [], body: { signed, total } } });
const tell = (...of: Parameters<typeof verdict>) => tellBody(verdict(...of).report);

test("all of it, a part of it, none of it", () => {
  expect(tell([signature()], body(100, 100)).sentence).toBe("All 100 octets are signed and unchanged.");
  expect(tell([signature()], body(30, 100)).sentence).toMatch(/first 30 octets .* last 70 are not/);
  const changed = { bodyHash: { claimed: "AAAA", computed: "BBBB" } };
  const failing = signature({ result: "fail", reason: "bodyHashMismatch", ...changed });
  expect(tell([failing], body(0, 100)).sentence).toBe(
    "No signature that verifies covers the body (100 octets).",
  );
});

test("a body that is the one that was signed, under a header that is not", () => {
  const failing = signature({ result: "fail", reason: "signatureMismatch" });
  expect(tell([failing], body(0, 100)).sentence).toMatch(/has the hash that signature 1 gives/);
});

test("without a key it is open", () => {
  const open = signature({ result: "temperror", reason: "keyUnavailable" });
  expect(tell([open], body(0, 100))).toMatchObject({ isOpen: true });
  expect(tell([open, signature()], body(100, 100))).toMatchObject({ isOpen: false });
});

test("an empty body", () => {
  expect(tell([signature()], body(0, 0)).sentence).toBe("The body is empty, and signed to be so.");
  expect(tell([], body(0, 0)).sentence).toBe("The body is empty.");
});
