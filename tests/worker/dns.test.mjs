// DNS over HTTPS behind the worker: what is asked, what is kept, and what an outage does.
import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYS, MESSAGE, outcomes, sleep, start, until } from "./support.mjs";

const BRISBANE = "brisbane._domainkey.football.example.com";
const TEST = "test._domainkey.football.example.com";

const verified = async (worker) => outcomes(await (await worker.verify(MESSAGE)).json());

/** Keeping an answer goes on after the response: until `name` is no longer asked for. */
async function untilKept(worker, name) {
  await until(`${name} is kept`, async () => {
    const before = worker.dns.countOf(name);
    await worker.verify(MESSAGE);
    return worker.dns.countOf(name) === before;
  });
}

test("the question goes out in wire format, by GET, to DOH_URL", async (t) => {
  const seen = [];
  const worker = await start(t, {
    env: { DOH_URL: "https://resolver.example:8443/q?token=abc" },
    outbound: async (request, Answer) => {
      seen.push([request.method, request.url.replace(/dns=[\w-]+$/, "dns="), request.headers.get("accept")]);
      return worker.dns.overHttps(request, Answer);
    },
  });
  assert.deepEqual(await verified(worker), ["pass", "pass"]);
  for (const one of seen) assert.deepEqual(one, ["GET", "https://resolver.example:8443/q?token=abc&dns=", "application/dns-message"]);
});

test("what was asked once is not asked again, and each name has its own answer", async (t) => {
  const worker = await start(t);
  assert.deepEqual(await verified(worker), ["pass", "pass"]);
  await untilKept(worker, BRISBANE);
  await untilKept(worker, TEST);
  const before = worker.dns.asked.length;
  assert.deepEqual(await verified(worker), ["pass", "pass"]);
  assert.equal(worker.dns.asked.length, before);
  // The DMARC records that are not there are kept, too.
  assert.equal(worker.dns.countOf("_dmarc.football.example.com") > 0, true);

  // Kept by the name in small letters: another route, the same answer.
  const path = "/key?domain=FootBall.Example.COM&selector=TEST";
  assert.equal((await (await worker.fetch(path)).json()).result, "pass");
  assert.equal(worker.dns.asked.length, before);
  // Another name that looks like it has nothing of it.
  const other = "/key?domain=football.example.com&selector=test%26server%3Dx";
  assert.notEqual((await (await worker.fetch(other)).json()).result, "pass");
  assert.equal((await (await worker.fetch("/key?domain=football.example.com&selector=test2")).json()).reason, "keyNotFound");
});

test("an answer is kept as long as it lives", async (t) => {
  const worker = await start(t, { dns: { ...KEYS, [TEST]: { txt: KEYS[TEST], ttl: 1 }, [BRISBANE]: { txt: KEYS[BRISBANE], ttl: 0 } } });
  await verified(worker);
  await verified(worker);
  // no time to live: asked each time
  assert.equal(worker.dns.countOf(BRISBANE), 2);
  await sleep(1500);
  const before = worker.dns.countOf(TEST);
  assert.deepEqual(await verified(worker), ["pass", "pass"]);
  assert.equal(worker.dns.countOf(TEST), before + 1);
});

test("time spent in another cache counts", async (t) => {
  const worker = await start(t, { dns: { ...KEYS, [TEST]: { txt: KEYS[TEST], ttl: 300, age: 300 } } });
  for (let i = 1; i <= 3; i++) {
    await verified(worker);
    assert.equal(worker.dns.countOf(TEST), i);
  }
});

test("that there is no key is kept as long as the zone says, and no longer", async (t) => {
  const path = (selector) => `/key?domain=example.com&selector=${selector}`;
  const names = ["absent", "empty", "brief", "nosoa"].map((selector) => `${selector}._domainkey.example.com`);
  const [absent, empty, brief, nosoa] = names;
  const worker = await start(t, {
    dns: {
      [absent]: { rcode: "NXDOMAIN", soa: [3600, 600] },
      [empty]: { soa: [600, 3600] },
      [brief]: { rcode: "NXDOMAIN", soa: [3600, 1] },
      [nosoa]: { rcode: "NXDOMAIN", soa: null },
    },
  });
  const ask = async (selector) => {
    const { reason } = await (await worker.fetch(path(selector))).json();
    assert.equal(reason, "keyNotFound");
  };
  for (const selector of ["absent", "empty"]) {
    const name = `${selector}._domainkey.example.com`;
    await until(`the absence of ${name} is kept`, async () => {
      const before = worker.dns.countOf(name);
      await ask(selector);
      return worker.dns.countOf(name) === before && before > 0;
    });
  }
  for (let i = 1; i <= 3; i++) {
    await ask("nosoa");
    assert.equal(worker.dns.countOf(nosoa), i);
  }
  await ask("brief");
  await sleep(1500);
  // The key has come meanwhile.
  worker.dns.set({ [brief]: KEYS[BRISBANE] });
  assert.equal((await (await worker.fetch(path("brief"))).json()).result, "pass");
});

for (const [what, entry] of [
  ["SERVFAIL", { rcode: "SERVFAIL" }],
  ["REFUSED", { rcode: "REFUSED" }],
  ["HTTP status 502", { broken: "status" }],
  ["a page of HTML", { broken: "html" }],
  ["garbage", { broken: "garbage" }],
  ["an empty answer", { broken: "empty" }],
  ["the answer to another question", { broken: "other" }],
  ["no connection", { broken: "throw" }],
  ["no answer in time", { broken: "hang" }],
]) {
  test(`${what} is a temporary error, and is not kept`, async (t) => {
    const worker = await start(t, { dns: { ...KEYS, [TEST]: entry }, env: { DNS_TIMEOUT: "2" } });
    assert.deepEqual(await verified(worker), ["pass", "temperror keyUnavailable"]);
    const report = await (await worker.fetch("/key?domain=football.example.com&selector=test")).json();
    assert.deepEqual([report.result, report.reason, report.key], ["temperror", "keyUnavailable", null]);
    // The DNS is back, and so is the key, at once.
    worker.dns.set({ [TEST]: KEYS[TEST] });
    assert.deepEqual(await verified(worker), ["pass", "pass"]);
    const lines = await worker.log(3);
    assert.deepEqual(lines.map(({ status }) => status), [200, 200, 200]);
  });
}

test("when nothing answers, nothing is permanent", async (t) => {
  const worker = await start(t, { outbound: () => Promise.reject(new Error("unreachable")) });
  assert.deepEqual(await verified(worker), ["temperror keyUnavailable", "temperror keyUnavailable"]);
});

test("at most six lookups are under way at a time", async (t) => {
  let now = 0;
  let most = 0;
  let all = 0;
  const worker = await start(t, {
    outbound: async (request, Answer) => {
      now++;
      all++;
      most = Math.max(most, now);
      await sleep(30);
      now--;
      return worker.dns.overHttps(request, Answer);
    },
  });
  const field = (index) =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=d${index}.example; s=s; h=from; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=AAAA\r\n`;
  const message = Array.from({ length: 10 }, (_, index) => field(index)).join("") + MESSAGE.toString();
  const report = await (await worker.verify(message)).json();
  assert.equal(report.signatures.length, 12);
  assert.ok(all >= 10, `${all} lookups`);
  assert.ok(most > 1 && most <= 6, `${most} at a time`);
});
