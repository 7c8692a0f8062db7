// What clients send who mean no good.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";

import { MESSAGE, TOKEN, UNSIGNED, authorized, keysFor, outcomes, start } from "./support.mjs";

/** Octets straight into the socket, and what comes back; the server, or the time, ends it. */
function raw(worker, octets, { end = true } = {}) {
  return new Promise((resolve) => {
    const parts = [];
    const socket = connect(Number(worker.url.port), worker.url.hostname, () => (end ? socket.end(octets) : socket.write(octets)));
    socket.on("data", (data) => parts.push(data));
    socket.on("error", () => {});
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
  });
}

const alive = async (worker) => assert.deepEqual(outcomes(await (await worker.verify(MESSAGE)).json()), ["pass", "pass"]);

test("10 000 signatures are bounded in work and lookups", async (t) => {
  const worker = await start(t);
  const field = (index) =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=d${index}.example; s=s; h=from; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n`;
  const many = (count) => Array.from({ length: count }, (_, index) => field(index)).join("") + UNSIGNED.toString();
  // As many as a header has room for, and more than that.
  for (const count of [900, 10_000]) {
    const response = await worker.verify(many(count));
    assert.equal(response.status, 200);
    const report = await response.json();
    assert.notEqual(report.result, "pass");
  }
  assert.ok(worker.dns.asked.length <= 40, `${worker.dns.asked.length} lookups`);
  await alive(worker);
});

test("a header beyond all bounds, lines without end, NULs and nothing but line ends", async (t) => {
  const { env } = await keysFor("example.com", ["ed25519"]);
  const worker = await start(t, { env });
  const huge = "x".repeat(3 << 20);
  for (const body of [
    `Subject: ${huge}\r\nFrom: a@example.com\r\n\r\n`,
    `From: a@example.com\r\n${"X: y\r\n".repeat(400_000)}\r\n`,
    huge,
    "\0".repeat(1 << 20),
    "\r\n".repeat(1 << 20),
    "\n".repeat(1 << 20),
    "\r".repeat(1 << 20),
    `From: ${"(".repeat(100_000)}a@example.com\r\n\r\n`,
    `From: ${"a@example.com, ".repeat(20_000)}\r\n\r\n`,
    `From: a@example.com\r\nContent-Type: multipart/mixed; boundary=${"b".repeat(100_000)}\r\n\r\n`,
  ]) {
    const verified = await worker.verify(body, {});
    assert.equal(verified.status, 200, body.slice(0, 20));
    assert.equal((await verified.json()).version, 1);
    for (const path of ["/sign", "/sign?header"]) {
      const response = await worker.fetch(path, { method: "POST", body, headers: authorized() });
      assert.ok(response.status === 200 || response.status === 400, `${response.status} ${body.slice(0, 20)}`);
      await response.arrayBuffer();
    }
  }
  await alive(worker);
  for (const { status } of await worker.log()) assert.ok(status < 500, worker.printed().slice(-2000));
});

test("odd methods, targets and lengths", async (t) => {
  const worker = await start(t);
  const host = `Host: ${worker.url.host}\r\n`;
  for (const [octets, expected] of [
    [`TRACE /verify HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /^$|^HTTP\/1\.1 (400|405|501)/],
    [`BREW /verify HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /^$|^HTTP\/1\.1 (400|405|501)/],
    [`PROPFIND /verify HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /^$|^HTTP\/1\.1 (400|405|501)/],
    [`OPTIONS * HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /^$|^HTTP\/1\.1 (204|400|404)/],
    [`GET http://evil.example/key HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /^$|^HTTP\/1\.1 (400|404)/],
    [`POST /verify HTTP/1.1\r\n${host}Content-Length: -1\r\nConnection: close\r\n\r\n`, /^$|^HTTP\/1\.1 400/],
    [`POST /verify HTTP/1.1\r\n${host}Content-Length: 1e3\r\nConnection: close\r\n\r\n`, /^$|^HTTP\/1\.1 400/],
    [`POST /verify HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\nConnection: close\r\n\r\n`, /^$|^HTTP\/1\.1 (400|413)/],
    [`POST /verify HTTP/1.1\r\n${host}Content-Length: 99999999999\r\nConnection: close\r\n\r\nFrom: x`, /^$|^HTTP\/1\.1 (400|413)/],
    // shorter than announced
    [`POST /verify HTTP/1.1\r\n${host}Content-Length: 5000\r\nConnection: close\r\n\r\nFrom: a@b.example\r\n\r\n`, /^$|^HTTP\/1\.1 (400|500)/],
    [`POST /verify HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffff\r\nshort`, /^$|^HTTP\/1\.1 (400|500)/],
    [`POST /verify HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n`, /^$|^HTTP\/1\.1 (400|500)/],
    [`GET /key?domain=${"x".repeat(100_000)} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /^$|^HTTP\/1\.1 4/],
    [`POST /sign HTTP/1.1\r\n${host}Authorization: Bearer ${"y".repeat(200_000)}\r\nConnection: close\r\n\r\n`, /^$|^HTTP\/1\.1 4/],
    [`POST /verify HTTP/1.1\r\n${host}Content-Type: ${"z".repeat(10_000)}\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`, /^$|^HTTP\/1\.1 4/],
    ["\x16\x03\x01 this is TLS", /^$|^HTTP\/1\.1 400/],
  ]) {
    const answer = await raw(worker, octets);
    // What workerd does not take itself, no worker hears of.
    if (!answer.endsWith("\r\n\r\nInternal Server Error")) assert.match(answer, expected, octets.slice(0, 80));
  }
  // Whatever workerd made of them, nothing of it was an error of ours.
  await alive(worker);
  for (const { status } of (await worker.log()).filter(({ event }) => event)) assert.ok(status < 500);
});

test("an answer has nothing of the request that could be taken for something else", async (t) => {
  const { env } = await keysFor("example.com", ["ed25519"]);
  const worker = await start(t, { env });
  for (const [path, init] of [
    ["/<script>alert(1)</script>", {}],
    ["/key?domain=<script>&selector=s", {}],
    ["/key?domain=a%0d%0aSet-Cookie:x&selector=s", {}],
    ["/verify", { method: "POST", body: "x", headers: { "content-type": "text/<script>" } }],
    ["/sign", { method: "POST", body: "From: <script>@example.com\r\n\r\n", headers: authorized() }],
  ]) {
    const response = await worker.fetch(path, init);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("set-cookie"), null);
    assert.match(response.headers.get("content-type"), /^(application\/json|message\/rfc822)/);
    await response.arrayBuffer();
  }
  assert.ok(!worker.printed().includes(TOKEN) && !worker.printed().includes("script"));
});
