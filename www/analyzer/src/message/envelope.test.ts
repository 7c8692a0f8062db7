import { expect, test } from "vitest";

import { envelopeOf } from "./envelope.ts";

test("the topmost field of each name is shown, decoded", () => {
  const header = new TextEncoder().encode(
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n an alle\r\nFROM: Joe <joe@example.com>\r\nsubject: another\r\nDate:\r\n",
  );
  expect(envelopeOf(header)).toEqual({
    from: "Joe <joe@example.com>",
    to: null,
    subject: "Grüße an alle",
    date: "",
  });
});
