import { expect, test } from "vitest";

import { domainOf, relation } from "./domains.ts";

test("names say how domains lie to each other", () => {
  expect(relation("Example.com", "example.com")).toBe("same");
  expect(relation("example.com", "news.example.com")).toBe("above");
  expect(relation("news.example.com", "example.com")).toBe("below");
  expect(relation("badexample.com", "example.com")).toBe("apart");
  expect(relation("example.com", "badexample.com")).toBe("apart");
});

test("a top-level domain is nobody's", () => {
  expect(relation("com", "example.com")).toBe("apart");
  expect(relation("example.com", "com")).toBe("apart");
});

test("the domain of an address is what stands behind the last @", () => {
  expect(domainOf('"a@b"@Example.com')).toBe("example.com");
  expect(domainOf("nobody")).toBe(null);
  expect(domainOf("nobody@")).toBe(null);
});
