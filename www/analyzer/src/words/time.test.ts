import { expect, test } from "vitest";

import { delay, fromNow, inFull, span } from "./time.ts";

const DAY = 86400;

test("a time is told by the largest unit of which it is more than one and a half", () => {
  expect(fromNow(1000 - 40, 1000)).toBe("40 seconds ago");
  expect(fromNow(0, 80)).toBe("80 seconds ago");
  expect(fromNow(10 * DAY, 3 * DAY)).toBe("in 7 days");
  expect(fromNow(0, 21 * DAY)).toBe("3 weeks ago");
  expect(fromNow(0, 800 * DAY)).toBe("2 years ago");
  expect(fromNow(5, 5)).toBe("now");
});

test("a length of time has its number", () => {
  expect(span(1)).toBe("1 second");
  expect(span(3600)).toBe("60 minutes");
  expect(span(3 * DAY)).toBe("3 days");
});

test("a delay is told to the second, in two units at most", () => {
  expect(delay(0)).toBe("0 s");
  expect(delay(65)).toBe("1 min 5 s");
  expect(delay(7200)).toBe("2 h");
  expect(delay(-90061)).toBe("1 d 1 h");
});

test("a time in full is in UTC, and no number is too large", () => {
  expect(inFull(1528637909)).toBe("Sun, 10 June 2018, 13:38:29 UTC");
  expect(inFull(999999999999)).toMatch(/UTC$/);
  expect(inFull(9e12)).toBe("9000000000000 seconds after 1970");
});
