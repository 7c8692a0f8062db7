// Bad arguments, the deadline of the DNS, and aborting.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import {
  MESSAGE,
  NOW,
  OCTETS,
  WaxsealError,
  asyncPieces,
  createVerifier,
  good,
  outcomes,
  resolver,
  verify,
} from "./support.mjs";

const bad_options = [
  [null, "options"],
  ["options", "options"],
  [[], "options"],
  [{ now: "yesterday" }, "options.now"],
  [{ now: -1 }, "options.now"],
  [{ now: 1.5 }, "options.now"],
  [{ now: NaN }, "options.now"],
  [{ now: new Date() }, "options.now"],
  [{ now: 5n }, "options.now"],
  [{ now: "received", nowFallback: "now" }, "options.nowFallback"],
  [{ resolver: "8.8.8.8" }, "options.resolver"],
  [{ resolver: {} }, "options.resolver"],
  [{ authservId: 5 }, "options.authservId"],
  [{ headersOnly: 1 }, "options.headersOnly"],
  [{ trace: "yes" }, "options.trace"],
  [{ signal: {} }, "options.signal"],
  [{ signal: new AbortController() }, "options.signal"],
  [{ policy: null }, "options.policy"],
  [{ policy: "strict" }, "options.policy"],
  [{ policy: { minRsaBits: "2048" } }, "options.policy.minRsaBits"],
  [{ policy: { minRsaBits: -1 } }, "options.policy.minRsaBits"],
  [{ policy: { allowSha1: 1 } }, "options.policy.allowSha1"],
  [{ policy: { clockSkew: Infinity } }, "options.policy.clockSkew"],
  [{ policy: { dnsTimeout: 0 } }, "options.policy.dnsTimeout"],
  [{ policy: { maxLookupsInFlight: 0 } }, "options.policy.maxLookupsInFlight"],
  [{ policy: { allowSHA1: true } }, "options.policy.allowSHA1"],
  [{ authServId: "mx" }, "options.authServId"],
];
for (const [options, name] of bad_options) {
  const is_named = (error) => {
    assert.ok(error instanceof WaxsealError && error instanceof Error);
    assert.equal(error.name, "WaxsealError");
    assert.equal(error.code, "badArgument");
    assert.ok(error.message.startsWith(`${name} must be `), error.message);
    return true;
  };
  test(`bad argument: ${name}, ${typeof options === "object" ? JSON.stringify(options, (_, v) => (typeof v === "bigint" ? `${v}n` : v)) : options}`, async () => {
    await assert.rejects(verify(OCTETS, options), is_named);
    assert.throws(() => createVerifier(options), is_named);
  });
}

const locked = new ReadableStream();
locked.getReader();
const used = new Response(OCTETS);
await used.arrayBuffer();
const bad_messages = {
  nothing: undefined,
  null: null,
  "a number": 5,
  "an object": {},
  "an array of numbers": [70, 114],
  "a Uint16Array": new Uint16Array(4),
  "a function": () => OCTETS,
  "a promise": Promise.resolve(OCTETS),
  "a stream of strings": ReadableStream.from(["From: a@example.com\r\n\r\n"]),
  "a locked stream": locked,
  "a used Response": used,
};
for (const [kind, message] of Object.entries(bad_messages)) {
  test(`bad argument: message, ${kind}`, async () => {
    await assert.rejects(verify(message, good()), (error) => {
      assert.equal(error.code, "badArgument");
      assert.match(error.message, /^message must be /);
      return true;
    });
  });
}

test("undefined options are as if not given", async () => {
  const options = { now: undefined, policy: { minRsaBits: undefined }, signal: undefined, resolver };
  assert.equal((await verify(OCTETS, options)).result, "pass");
  assert.equal((await verify(OCTETS, { resolver, policy: undefined })).result, "pass");
});

test("the options reach the core", async () => {
  const report = await verify(OCTETS, good({ policy: { minRsaBits: 2048 }, authservId: "mx.example" }));
  assert.deepEqual(outcomes(report), ["pass", "permerror keyTooSmall"]);
  assert.match(report.authenticationResults, /^mx\.example;/);
  const headers = await verify(OCTETS, good({ headersOnly: true }));
  assert.deepEqual(outcomes(headers), ["neutral bodyNotChecked", "neutral bodyNotChecked"]);
  const early = await verify(OCTETS, good({ now: NOW - 301 }));
  assert.deepEqual(outcomes(early), ["policy timestampInFuture", "policy timestampInFuture"]);
  const skewed = await verify(OCTETS, good({ now: NOW - 301, policy: { clockSkew: 301 } }));
  assert.equal(skewed.result, "pass");
  const one = await verify(OCTETS, good({ policy: { maxSignatures: 1 } }));
  assert.deepEqual(outcomes(one), ["pass", "policy tooManySignatures"]);
  assert.equal((await verify(OCTETS, good({ trace: true }))).signatures[0].trace[0].step, "parse");
  assert.deepEqual((await verify(OCTETS, good())).signatures[0].trace, []);
});

test("headersOnly reads no further than it must", { timeout: 5000 }, async () => {
  let given = 0;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(given++ ? new Uint8Array(1000) : OCTETS),
    cancel: () => (given = -1),
  });
  const report = await verify(endless, good({ headersOnly: true }));
  assert.deepEqual(outcomes(report), ["neutral bodyNotChecked", "neutral bodyNotChecked"]);
  assert.equal(given, -1);
});

test("now: received", async () => {
  const received = (date) => `Received: from a by b; ${date}\r\n${MESSAGE}`;
  const at = async (message, more) =>
    outcomes(await verify(message, good({ now: "received", ...more })))[0];
  assert.equal(await at(received("Sun, 10 Jun 2018 13:38:29 +0000")), "pass");
  assert.equal(await at(received("Sun, 10 Jun 2001 13:38:29 +0000")), "policy timestampInFuture");
  assert.equal(await at(MESSAGE), "pass"); // by the clock
  assert.equal(await at(MESSAGE, { nowFallback: 5 }), "policy timestampInFuture");
});

test("a message is a verdict, never an exception", async () => {
  for (const message of ["\r\n", "no header", "\0\0\0", "From\r\n\r\n", "From: a@b\n\nx", "x".repeat(1e6)]) {
    assert.equal(typeof (await verify(message, good())).result, "string");
  }
});

test("all lookups share one deadline, which the resolver hears of", { timeout: 5000 }, async () => {
  const heard = [];
  const hang = (name, type, { signal }) =>
    new Promise(() => signal.addEventListener("abort", () => heard.push(signal.reason.name)));
  const began = performance.now();
  const report = await verify(OCTETS, good({ resolver: hang, policy: { dnsTimeout: 0.2, maxLookupsInFlight: 1 } }));
  const took = performance.now() - began;
  assert.deepEqual(outcomes(report), ["temperror keyUnavailable", "temperror keyUnavailable"]);
  assert.match(report.signatures[0].explanation, /no answer within 0\.2 s/);
  assert.deepEqual(heard, ["TimeoutError"]);
  assert.ok(took > 150 && took < 1500, `${took} ms`);
});

test("an answer in time stands when another is late", { timeout: 5000 }, async () => {
  const some = (name) => (name.startsWith("test.") ? new Promise(() => {}) : resolver(name));
  const report = await verify(OCTETS, good({ resolver: some, policy: { dnsTimeout: 0.1 } }));
  assert.deepEqual(outcomes(report), ["pass", "temperror keyUnavailable"]);
});

test("a signal aborts: before, during a stream, during a lookup", { timeout: 5000 }, async () => {
  await assert.rejects(verify(OCTETS, good({ signal: AbortSignal.abort() })), { name: "AbortError" });

  const stream = new AbortController();
  let cancelled;
  const source = new ReadableStream({
    start: (controller) => controller.enqueue(OCTETS.subarray(0, 10)),
    cancel: (reason) => (cancelled = reason),
  });
  setTimeout(() => stream.abort(), 20);
  await assert.rejects(verify(source, good({ signal: stream.signal })), { name: "AbortError" });
  assert.equal(cancelled?.name, "AbortError");

  const iterable = new AbortController();
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  setTimeout(() => iterable.abort(), 20);
  await assert.rejects(verify(never, good({ signal: iterable.signal })), { name: "AbortError" });

  const lookup = new AbortController();
  let reason;
  const hang = (name, type, { signal }) =>
    new Promise(() => signal.addEventListener("abort", () => (reason = signal.reason)));
  setTimeout(() => lookup.abort(new Error("enough")), 20);
  await assert.rejects(verify(OCTETS, good({ resolver: hang, signal: lookup.signal })), /enough/);
  assert.equal(reason.message, "enough");

  const verifier = createVerifier(good({ resolver: hang, signal: AbortSignal.timeout(20) }));
  await verifier.write(OCTETS);
  await assert.rejects(verifier.end(), { name: "TimeoutError" });
});

test("nothing is left behind on a signal that is used again and again", async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 5; i++) await verify(asyncPieces(OCTETS, 100), good({ signal }));
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a stream's own error comes out as it is, and ends the stream", async () => {
  const trouble = Object.assign(new Error("disk"), { code: "EIO" });
  let returned = false;
  async function* broken() {
    try {
      yield OCTETS.subarray(0, 100);
      throw trouble;
    } finally {
      returned = true;
    }
  }
  await assert.rejects(verify(broken(), good()), (error) => error === trouble);
  assert.ok(returned);
});
