// Whoever reads mail with postal-mime verifies what he gives it.
import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { verify } from "waxseal";
import { zoneResolver } from "waxseal/zone";
import { input } from "./input.mjs";

const { messages: { pass: text }, zone, now } = input;
const options = { resolver: zoneResolver(zone), now };
const octets = new TextEncoder().encode(text);
const kinds = {
  string: () => text,
  Uint8Array: () => octets,
  Buffer: () => Buffer.from(octets),
  ArrayBuffer: () => octets.slice().buffer,
  Blob: () => new Blob([octets]),
  ReadableStream: () => new Response(octets).body,
};
for (const [kind, make] of Object.entries(kinds)) {
  const { subject, from } = await PostalMime.parse(make());
  const { result, authors } = await verify(make(), options);
  assert.deepEqual([subject, from.address, result, authors], ["Is dinner ready?", authors[0], "pass", authors], kind);
}

// As in an Email Worker, where the message is a stream that can be read once.
const [one, other] = new Response(octets).body.tee();
const [mail, report] = await Promise.all([PostalMime.parse(one), verify(other, options)]);
assert.deepEqual([mail.subject, report.result], ["Is dinner ready?", "pass"]);
