import { expect, test } from "vitest";

import { parseDate, withoutComments } from "./date.ts";
import { parseReceived, wayOf } from "./received.ts";

test("dates as the standards have them, obsolete forms included", () => {
  expect(parseDate("Sun, 10 Jun 2018 13:38:29 +0000")).toBe(1528637909);
  expect(parseDate("10 Jun 2018 15:38:29 +0200")).toBe(1528637909);
  expect(parseDate("Fri, 11 Jul 2003 21:00:37 -0700 (PDT)")).toBe(1057982437);
  expect(parseDate("Fri, 11 Jul 03 21:00:37 PDT")).toBe(1057982437);
  expect(parseDate("Fri, 11 Jul 2003 21:00 GMT")).toBe(1057957200);
});

test("what is no date is none", () => {
  for (const text of [
    "",
    "yesterday",
    "41 Jun 2018 13:38:29 +0000",
    "1 Foo 2018 13:38:29 +0000",
    "1 Jun 2018 25:00:00 +0000",
  ]) {
    expect(parseDate(text)).toBe(null);
  }
});

test("comments are left out, nested ones too, and not those within quotes", () => {
  expect(withoutComments('a (b (c) \\) d) "e (f)" g')).toBe('a  "e (f)" g');
});

test("what a Received field tells", () => {
  const hop = parseReceived(
    "from mail.example.org (mail.example.org [192.0.2.1] by chance) by mx.example.net (Postfix) with ESMTPS id 4AB for <a@example.net>; Sun, 10 Jun 2018 13:38:29 +0000",
  );
  expect(hop).toEqual({
    from: "mail.example.org (mail.example.org [192.0.2.1] by chance)",
    by: "mx.example.net",
    with: "ESMTPS",
    time: 1528637909,
  });
});

test("a field that says little is read as far as it goes", () => {
  expect(parseReceived("(qmail 123 invoked by uid 0); 10 Jun 2018 13:38:29 -0000")).toEqual({
    from: null,
    by: null,
    with: null,
    time: 1528637909,
  });
  expect(parseReceived("by 10.0.0.1 with SMTP id x")).toMatchObject({ by: "10.0.0.1", time: null });
});

test("the way begins at the bottom, and a clock that is behind makes a negative delay", () => {
  const way = wayOf([
    "by c with ESMTP; 10 Jun 2018 13:00:50 +0000",
    "by b with UTF8SMTPSA; 10 Jun 2018 13:01:00 +0000",
    "by lost",
    "by a with HTTPS; 10 Jun 2018 13:00:00 +0000",
  ]);
  expect(way.map(({ by, delay, isEncrypted }) => [by, delay, isEncrypted])).toEqual([
    ["a", null, true],
    ["lost", null, false],
    ["b", 60, true],
    ["c", -10, false],
  ]);
});
