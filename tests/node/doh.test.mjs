// waxseal/doh: what is asked, and that no outage ever looks like a missing key.
import assert from "node:assert/strict";
import { test } from "node:test";

import { answered, dnsMessage, nameIn, server, settled } from "./dns-support.mjs";
import {
  BRISBANE,
  KEYS,
  OCTETS,
  TEST,
  answerLifetime,
  dohResolver,
  failsWith,
  good,
  outcomes,
  verify,
} from "./support.mjs";

const UNAVAILABLE = ["temperror keyUnavailable", "temperror keyUnavailable"];
const answers = (query) => dnsMessage(answered(query));

for (const method of ["GET", "POST"]) {
  test(`${method}`, async () => {
    const { fetch, requests } = server(answers);
    const resolver = dohResolver({ url: "https://dns.example/q?token=x", fetch, method });
    const report = await verify(OCTETS, good({ resolver }));
    assert.deepEqual(outcomes(report), ["pass", "pass"]);
    assert.equal(report.signatures[0].key.ttl, 99);
    assert.equal(report.signatures[0].key.authenticated, true);
    // The keys first, then what aligns their domains.
    assert.deepEqual(requests.slice(0, 2).map(({ query }) => nameIn(query)), [BRISBANE, TEST]);
    for (const { request, query } of requests) {
      assert.equal(request.method, method);
      assert.ok(request.url.startsWith("https://dns.example/q?token=x"));
      assert.equal(request.headers.get("accept"), "application/dns-message");
      if (method === "POST") assert.equal(request.headers.get("content-type"), "application/dns-message");
      else assert.match(new URL(request.url).searchParams.get("dns"), /^[\w-]+$/);
      assert.deepEqual([...query.subarray(0, 2)], [0, 0], "the ID is 0");
    }
  });
}

test("the AD bit is told as it is", async () => {
  const { fetch } = server((query) => {
    const octets = answered(query);
    octets[3] &= ~0x20;
    return dnsMessage(octets);
  });
  const report = await verify(OCTETS, good({ resolver: dohResolver({ fetch }) }));
  assert.equal(report.signatures[0].key.authenticated, false);
});

test("a server as a URI template", async () => {
  const { fetch, requests } = server(answers);
  await dohResolver({ fetch, url: "https://dns.example/dns-query{?dns}" })(TEST, "TXT");
  assert.match(requests[0].request.url, /^https:\/\/dns\.example\/dns-query\?dns=[\w-]+$/);
});

test("NXDOMAIN is no key, and asked for once", async () => {
  const { fetch, requests } = server((query) => dnsMessage(answered(query, { rcode: 3 })));
  const report = await verify(OCTETS, good({ resolver: dohResolver({ fetch }), alignment: false }));
  assert.deepEqual(outcomes(report), ["permerror keyNotFound", "permerror keyNotFound"]);
  assert.equal(requests.length, 2);
});

/** The answer with octets changed. */
const changed = (change) => (query) => {
  const octets = answered(query);
  return dnsMessage(change(octets, query) ?? octets);
};
const hanging = () => new ReadableStream({ pull: () => new Promise(() => {}) });
// What comes back, what the explanation says of it, and how often it is asked for.
const trouble = {
  "status 400": [() => dnsMessage(new Uint8Array(0), { status: 400 }), /400/, 1],
  "status 404": [() => dnsMessage(new Uint8Array(0), { status: 404 }), /404/, 1],
  "status 429": [() => new Response("slowly", { status: 429 }), /429/, 2],
  "status 500 with an answer": [(query) => dnsMessage(answered(query), { status: 500 }), /500/, 2],
  "status 503": [() => new Response("busy", { status: 503 }), /503/, 2],
  "another content type": [() => new Response("<html>", { headers: { "content-type": "text/html" } }), /text\/html/, 2],
  "an answer of another content type": [
    (query) => dnsMessage(answered(query), { headers: { "content-type": "application/dns-json" } }),
    /dns-json/,
    2,
  ],
  "no content type": [(query) => new Response(answered(query)), /content type/, 2],
  "nothing in it": [() => dnsMessage(new Uint8Array(0)), /truncated|short|ends/, 2],
  "no body": [() => dnsMessage(null), /./, 2],
  "not DNS": [() => dnsMessage(new Uint8Array(100).fill(255)), /./, 2],
  "too much": [() => dnsMessage(new Uint8Array(70_000)), /65535/, 2],
  "without end": [() => dnsMessage(ReadableStream.from((function* () { for (;;) yield new Uint8Array(9999); })())), /65535/, 2],
  "a body that breaks off": [
    (query) => dnsMessage(ReadableStream.from((async function* () { yield answered(query).subarray(0, 50); throw new Error("reset"); })())),
    /reset/,
    2,
  ],
  "a body cut short": [changed((octets) => octets.subarray(0, -2)), /./, 2],
  "the query itself": [(query) => dnsMessage(query), /response/, 2],
  "another ID": [changed((octets) => { octets[1] = 7; }), /another query/, 2],
  "another question": [changed((octets) => { octets[13] ^= 1; }), /question/, 2],
  "another type": [changed((octets, query) => { octets[query.indexOf(0, 12) + 2] = 15; }), /question/, 2],
  truncated: [changed((octets) => { octets[2] |= 2; }), /truncated/, 2],
  FORMERR: [(query) => dnsMessage(answered(query, { rcode: 1 })), /FORMERR/, 2],
  SERVFAIL: [(query) => dnsMessage(answered(query, { rcode: 2 })), /SERVFAIL/, 2],
  REFUSED: [(query) => dnsMessage(answered(query, { rcode: 5 })), /REFUSED/, 2],
  "no connection": [() => Promise.reject(new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } })), /fetch failed/, 2],
  "no host of that name": [() => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND", syscall: "getaddrinfo" })), /getaddrinfo/, 2],
  "a fetch that gives no response": [() => ({ status: 200 }), /./, 2],
  "a fetch that gives nothing": [() => undefined, /./, 2],
  silence: [() => new Promise(() => {}), /within 0\.02 s/, 2],
  "an answer without end": [() => dnsMessage(hanging()), /within 0\.02 s/, 2],
};
for (const [kind, [reply, cause, times]] of Object.entries(trouble)) {
  test(`${kind} is temporary${times > 1 ? ", and tried again once" : ""}`, async () => {
    const { fetch, requests } = server(reply);
    const resolver = dohResolver({ fetch, timeout: 0.02 });
    const report = await verify(OCTETS, good({ resolver, alignment: false }));
    assert.deepEqual(outcomes(report), UNAVAILABLE);
    assert.match(report.signatures[0].explanation, cause);
    assert.equal(requests.length, 2 * times);
  });
}

test("what goes well the second time goes well", async () => {
  const asked = new Set();
  const { fetch } = server((query) => {
    if (asked.has(nameIn(query))) return answers(query);
    asked.add(nameIn(query));
    return new Response(null, { status: 503 });
  });
  assert.deepEqual(outcomes(await verify(OCTETS, good({ resolver: dohResolver({ fetch }) }))), ["pass", "pass"]);
});

test("what is not read of a response is given up", async () => {
  const given = [];
  const body = () => new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(9)), cancel: () => { given.push("up"); } });
  const { fetch } = server((_, __, count) => (count === 1 ? new Response(body(), { status: 503 }) : dnsMessage(body())));
  await assert.rejects(dohResolver({ fetch })(TEST, "TXT"), /65535/);
  await settled();
  assert.deepEqual(given, ["up", "up"]);
});

test("never more than six requests are under way, of all messages together", async () => {
  let now = 0;
  let most = 0;
  const { fetch, requests } = server(async (query) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now--;
    return answers(query);
  });
  const resolver = dohResolver({ fetch });
  const reports = await Promise.all(Array.from({ length: 10 }, () => verify(OCTETS, good({ resolver }))));
  for (const report of reports) assert.deepEqual(outcomes(report), ["pass", "pass"]);
  assert.equal(most, 6);
  assert.ok(requests.length >= 50);
});

test("who waits for a place can be called off, and takes no place from the others", async () => {
  const replies = [];
  const { fetch, requests } = server((query) => new Promise((resolve) => replies.push(() => resolve(answers(query)))));
  const resolver = dohResolver({ fetch });
  const first = Array.from({ length: 6 }, () => resolver(TEST, "TXT"));
  const controller = new AbortController();
  const waiting = resolver(TEST, "TXT", { signal: controller.signal });
  const last = resolver(BRISBANE, "TXT");
  await settled();
  controller.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  assert.equal(requests.length, 6);
  for (const reply of replies.splice(0)) reply();
  await Promise.all(first);
  await settled();
  replies.splice(0).forEach((reply) => reply());
  assert.ok((await last).length > 100);
  assert.equal(requests.length, 7);
});

test("a signal that aborts ends the request, and there is no second one", async () => {
  const signals = [];
  const fetch = (url, { signal }) => new Promise((_, reject) => {
    signals.push(signal);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  const controller = new AbortController();
  const asked = dohResolver({ fetch })(TEST, "TXT", { signal: controller.signal });
  await settled();
  controller.abort(new Error("enough"));
  await assert.rejects(asked, /enough/);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  await assert.rejects(dohResolver({ fetch })(TEST, "TXT", { signal: controller.signal }), /enough/);
  assert.equal(signals.length, 1);
});

test("the deadline of a verification aborts the requests", async () => {
  const signals = [];
  const hang = (url, { signal }) =>
    new Promise((_, reject) => (signals.push(signal), signal.addEventListener("abort", () => reject(signal.reason))));
  const report = await verify(OCTETS, good({ resolver: dohResolver({ fetch: hang }), policy: { dnsTimeout: 0.05 } }));
  assert.deepEqual(outcomes(report), UNAVAILABLE);
  assert.match(report.signatures[0].explanation, /within 0\.05 s/);
  assert.ok(signals.length >= 2 && signals.every(({ aborted }) => aborted));
});

test("bad arguments", async () => {
  assert.throws(() => dohResolver(null), { code: "badArgument", message: /^options must/ });
  const bad = { url: ["dns", 5, ""], method: ["get", 5], fetch: [5, {}], timeout: [0, -1, "1", NaN], server: ["x"] };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      assert.throws(() => dohResolver({ [name]: value }), { code: "badArgument", message: new RegExp(`^options\\.${name} must be`) });
    }
  }
  await assert.rejects(dohResolver()("no name", "TXT"), { code: "badArgument", message: /^name/ });
  await assert.rejects(dohResolver()("a.example", "MX"), { code: "badArgument", message: /^type/ });
});

test("without a resolver, the global fetch asks over HTTPS", async (t) => {
  const { fetch, requests } = server(answers);
  t.mock.method(globalThis, "fetch", fetch);
  assert.equal((await verify(OCTETS)).result, "pass");
  assert.ok(requests[0].request.url.startsWith("https://cloudflare-dns.com/dns-query?dns="));
  t.mock.method(globalThis, "fetch", undefined);
  delete globalThis.fetch;
  const report = await verify(OCTETS);
  assert.equal(report.result, "temperror");
  assert.match(report.signatures[0].explanation, /options\.resolver/);
});

test("answerLifetime: as long as the DNS says, and what is no answer not at all", async () => {
  const name = "s.example";
  const question = [1, 115, 7, ...Buffer.from("example"), 0, 0, 16, 0, 1];
  const response = (flags, answers, authorities, ...rest) =>
    Uint8Array.of(0, 0, 0x81, 0x80 | flags, 0, 1, 0, answers, 0, authorities, 0, 0, ...question, ...rest);
  const txt = [0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 44, 0, 2, 1, 112];
  const soa = [0, 0, 6, 0, 1, 0, 0, 0, 90, 0, 22, 0, 0, ...Buffer.alloc(19), 60];
  assert.equal(await answerLifetime(response(0, 1, 0, ...txt), name), 300);
  assert.equal(await answerLifetime(response(0, 1, 0, ...txt).buffer, name), 300);
  assert.equal(await answerLifetime(response(3, 0, 1, ...soa), name), 60);
  assert.equal(await answerLifetime(response(0, 0, 1, ...soa), name), 60);
  assert.equal(await answerLifetime(response(3, 0, 0), name), null);
  assert.equal(await answerLifetime(response(2, 0, 1, ...soa), name), null);
  assert.equal(await answerLifetime(response(0, 1, 0, ...txt), "other.example"), null);
  assert.equal(await answerLifetime(Uint8Array.of(1, 2, 3), name), null);
  assert.equal(await answerLifetime(response(0, 1, 0, ...txt), "no name"), null);
  await assert.rejects(answerLifetime("text", name), failsWith("badArgument", "response must be"));
  await assert.rejects(answerLifetime(Uint8Array.of(), 5), failsWith("badArgument", "name must be"));
});
