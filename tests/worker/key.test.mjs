// GET /key.
import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYS, errorOf, start } from "./support.mjs";

const ask = (worker, query, init) => worker.fetch(`/key?${query}`, init);

test("what is published is told", async (t) => {
  const worker = await start(t, {
    dns: {
      ...KEYS,
      "gone._domainkey.example.com": "v=DKIM1; p=",
      "broken._domainkey.example.com": "v=DKIM1; p=????",
      "down._domainkey.example.com": { rcode: "SERVFAIL" },
      "s._domainkey.xn--bcher-kva.example": KEYS["brisbane._domainkey.football.example.com"],
    },
  });
  for (const [query, result, reason] of [
    ["domain=football.example.com&selector=test", "pass", null],
    ["selector=brisbane&domain=FOOTBALL.example.com.", "pass", null],
    ["domain=example.com&selector=gone", "permerror", "keyRevoked"],
    ["domain=example.com&selector=broken", "permerror", "keySyntax"],
    ["domain=example.com&selector=nobody", "permerror", "keyNotFound"],
    ["domain=example.com&selector=down", "temperror", "keyUnavailable"],
    [`domain=${encodeURIComponent("bücher.example")}&selector=s`, "pass", null],
    ["domain=b%C3%BCcher.example&selector=s&other=1", "pass", null],
    ["domain=xn--bcher-kva.example&selector=s", "pass", null],
  ]) {
    const response = await ask(worker, query);
    if (query.includes("com.")) {
      // A final dot: taken or refused, but in words.
      if (response.status === 400) {
        await errorOf(response, 400, "badParameter");
        continue;
      }
    }
    assert.equal(response.status, 200, query);
    const report = await response.json();
    assert.deepEqual([report.result, report.reason], [result, reason], query);
    assert.equal(typeof report.explanation, "string");
  }
  const { key, name, warnings } = await (await ask(worker, "domain=football.example.com&selector=test")).json();
  assert.equal(name, "test._domainkey.football.example.com");
  assert.deepEqual([key.type, key.bits, key.ttl, warnings.map(({ code }) => code)], ["rsa", 1024, 3600, ["weakKey"]]);
});

test("a question that is none is told what is wrong with it", async (t) => {
  const worker = await start(t);
  for (const [query, names] of [
    ["", /domain/],
    ["domain=example.com", /selector/],
    ["selector=s", /domain/],
    ["domain=&selector=s", /domain/],
    ["domain=a.example&domain=b.example&selector=s", /domain/],
    ["domain=no%20domain&selector=s", /^domain/],
    ["domain=example.com&selector=a%00b", /^selector/],
    ["domain=%ff%fe&selector=s", /^domain/],
    ["domain=example.com&selector=a..b", /^selector/],
    [`domain=${"x".repeat(64)}.example&selector=s`, /^domain/],
    [`domain=${"x.".repeat(130)}example&selector=s`, /^domain/],
    [`domain=example.com&selector=${"s.".repeat(115)}s`, /^selector/],
    ["Domain=example.com&Selector=s", /domain/],
    ["domain%3Dexample.com%26selector%3Ds", /domain/],
  ]) {
    const response = await ask(worker, query);
    assert.match(await errorOf(response, 400, "badParameter"), names, query);
  }
  assert.deepEqual(worker.dns.asked, []);
});

test("HEAD is GET without the answer", async (t) => {
  const worker = await start(t);
  const response = await ask(worker, "domain=football.example.com&selector=test", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.equal(await response.text(), "");
  assert.equal((await ask(worker, "", { method: "HEAD" })).status, 400);
});

test("the log does not tell whose key it was", async (t) => {
  const worker = await start(t);
  await ask(worker, "domain=football.example.com&selector=test");
  const [line] = await worker.log();
  assert.deepEqual([line.event, line.status, line.result], ["key", 200, "pass"]);
  assert.doesNotMatch(worker.printed(), /football|selector/);
});
