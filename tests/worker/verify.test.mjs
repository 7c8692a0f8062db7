// POST /verify.
import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYS, MESSAGE, TAMPERED, UNSIGNED, errorOf, outcomes, patiently, start } from "./support.mjs";

test("a message gets its report", async (t) => {
  const worker = await start(t);
  const response = await worker.verify(MESSAGE);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("access-control-allow-origin"), null);
  const report = await response.json();
  assert.deepEqual(outcomes(report), ["pass", "pass"]);
  assert.match(report.authenticationResults, /^mx\.example\.net;/);

  const tampered = await (await worker.verify(TAMPERED)).json();
  assert.deepEqual(outcomes(tampered), ["fail bodyHashMismatch", "fail bodyHashMismatch"]);
  const unsigned = await (await worker.verify(UNSIGNED)).json();
  assert.equal(unsigned.result, "none");
});

test("whoever does the arithmetic, the report is the same", async (t) => {
  const wasm = await start(t, { env: { CRYPTO: "wasm" } });
  const host = await start(t, { env: { CRYPTO: "webcrypto" } });
  for (const message of [MESSAGE, TAMPERED, UNSIGNED]) {
    assert.equal(await (await host.verify(message)).text(), await (await wasm.verify(message)).text());
  }
  await errorOf(await (await start(t, { env: { CRYPTO: "openssl" } })).verify(MESSAGE), 500, "misconfigured");
});

test("what is no message is a verdict, not an error", async (t) => {
  const worker = await start(t);
  for (const body of ["\r\n", "no field at all", "\0\0\0", "From: a@b.example\r\nbroken\r\n\r\n"]) {
    const response = await worker.verify(body);
    assert.equal(response.status, 200, body);
    assert.equal((await response.json()).version, 1);
  }
});

test("each content type that is a message is taken, and no other", async (t) => {
  const worker = await start(t);
  for (const type of ["message/rfc822", "MESSAGE/RFC822; charset=utf-8", "message/global", "application/octet-stream", "text/plain;charset=UTF-8"]) {
    const response = await worker.verify(MESSAGE, { "content-type": type });
    assert.equal(response.status, 200, type);
    await response.body.cancel();
  }
  // a Buffer has no type of its own
  const response = await worker.verify(MESSAGE, {});
  assert.equal(response.status, 200);
  assert.deepEqual(outcomes(await response.json()), ["pass", "pass"]);
  for (const type of ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/html", "message"]) {
    const why = await errorOf(await worker.verify(MESSAGE, { "content-type": type }), 415, "unsupportedMediaType");
    assert.match(why, /message\/rfc822/);
  }
  await errorOf(await worker.verify(MESSAGE, { "content-encoding": "gzip" }), 415, "unsupportedContentEncoding");
});

test("an empty body is an error", async (t) => {
  const worker = await start(t);
  await errorOf(await worker.verify(""), 400, "emptyBody");
  await errorOf(await worker.fetch("/verify", { method: "POST" }), 400, "emptyBody");
});

test("other methods and other paths", async (t) => {
  const worker = await start(t);
  for (const [path, method, allow] of [
    ["/verify", "GET", "POST, OPTIONS"],
    ["/verify", "PUT", "POST, OPTIONS"],
    ["/verify", "DELETE", "POST, OPTIONS"],
    ["/verify", "PATCH", "POST, OPTIONS"],
    ["/sign", "GET", "POST, OPTIONS"],
    ["/key", "POST", "GET, HEAD, OPTIONS"],
    ["/key?domain=a.example&selector=b", "PUT", "GET, HEAD, OPTIONS"],
  ]) {
    const response = await worker.fetch(path, { method });
    assert.equal(response.headers.get("allow"), allow);
    await errorOf(response, 405, "methodNotAllowed");
  }
  const head = await worker.fetch("/verify", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("allow"), await head.text()], [405, "POST, OPTIONS", ""]);
  for (const path of ["/", "/verify/", "/Verify", "/%76erify", "//verify", "/verify/..%2fsign", "/constructor", "/__proto__", "/hasOwnProperty", `/${"x".repeat(5000)}`]) {
    await errorOf(await worker.fetch(path, { method: "POST", body: MESSAGE }), 404, "notFound");
  }
  // What stands behind the question mark is not looked at.
  assert.equal((await worker.fetch("/verify?x=%ff&y", { method: "POST", body: MESSAGE })).status, 200);
});

test("more than MAX_BYTES is refused, announced or not, and exactly as much is not", async (t) => {
  const worker = await start(t, { env: { MAX_BYTES: String(MESSAGE.length) } });
  assert.equal((await worker.verify(MESSAGE)).status, 200);
  const longer = Buffer.concat([MESSAGE, Buffer.from("!")]);
  assert.match(await errorOf(await worker.verify(longer), 413, "tooLarge"), new RegExp(`${MESSAGE.length} octets`));
  const stream = () => new ReadableStream({ start: (controller) => (controller.enqueue(longer), controller.close()) });
  await errorOf(await worker.fetch("/verify", { method: "POST", body: stream(), duplex: "half" }), 413, "tooLarge");
});

test("the limit is 25 MiB", async (t) => {
  const worker = await start(t);
  const limit = 25 * 1024 * 1024;
  const whole = Buffer.alloc(limit, "x\r\n");
  whole.set(Buffer.from("From: joe@football.example.com\r\n\r\n"));
  const report = await (await worker.verify(whole)).json();
  assert.equal(report.result, "none");
  await errorOf(await patiently(() => worker.verify(Buffer.alloc(limit + 1))), 413, "tooLarge");
});

test("pages of other origins may call where CORS_ORIGINS names them, and only there", async (t) => {
  const preflight = { method: "OPTIONS", headers: { origin: "https://app.example", "access-control-request-method": "POST" } };
  const closed = await start(t);
  const silent = await closed.fetch("/verify", preflight);
  assert.deepEqual([silent.status, silent.headers.get("allow")], [204, "POST, OPTIONS"]);
  assert.ok(![...silent.headers.keys()].some((name) => name.startsWith("access-control-")));

  const open = await start(t, { env: { CORS_ORIGINS: "https://app.example https://other.example" } });
  const allowed = await open.fetch("/verify", preflight);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://app.example");
  assert.equal(allowed.headers.get("access-control-allow-methods"), "POST, OPTIONS");
  assert.match(allowed.headers.get("access-control-allow-headers"), /Authorization/);
  assert.equal(allowed.headers.get("vary"), "Origin");
  const answered = await open.fetch("/verify", { method: "POST", body: MESSAGE, headers: { origin: "https://other.example" } });
  assert.equal(answered.headers.get("access-control-allow-origin"), "https://other.example");
  // Errors can be read as well.
  const failed = await open.fetch("/verify", { headers: { origin: "https://app.example" } });
  assert.deepEqual([failed.status, failed.headers.get("access-control-allow-origin")], [405, "https://app.example"]);
  for (const origin of ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"]) {
    const refused = await open.fetch("/verify", { ...preflight, headers: { ...preflight.headers, origin } });
    assert.equal(refused.headers.get("access-control-allow-origin"), null, origin);
    assert.equal(refused.headers.get("vary"), "Origin");
  }
  const everyone = await start(t, { env: { CORS_ORIGINS: "*" } });
  const any = await everyone.fetch("/verify", preflight);
  assert.equal(any.headers.get("access-control-allow-origin"), "*");
});

test("the log has one line for each request, and nothing of the mail in it", async (t) => {
  const worker = await start(t, { dns: KEYS });
  await worker.verify(MESSAGE);
  await worker.verify(TAMPERED);
  await worker.verify(UNSIGNED);
  await worker.fetch("/nowhere?secret=joe@football.example.com");
  const lines = await worker.log(4);
  assert.deepEqual(lines.map(({ event, status, result }) => [event, status, result]), [
    ["verify", 200, "pass"],
    ["verify", 200, "fail"],
    ["verify", 200, "none"],
    ["http", 404, undefined],
  ]);
  assert.deepEqual(lines[1].signatures[0], { result: "fail", reason: "bodyHashMismatch", algorithm: "ed25519-sha256", aligned: "strict" });
  assert.doesNotMatch(worker.printed(), /@|joe|football|suzie|dinner|brisbane|secret/i);

  const named = await start(t, { env: { LOG_DOMAINS: "1" } });
  await named.verify(MESSAGE);
  assert.equal((await named.log())[0].signatures[0].domain, "football.example.com");
});
