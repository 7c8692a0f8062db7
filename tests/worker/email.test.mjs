// email(): mail as Email Routing brings it. The platform knows three ends: forwarded, refused for good
// (setReject), and, with an error that is thrown, "later".
import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeDns } from "./dns.mjs";
import { KEYS, MESSAGE, TAMPERED, UNSIGNED, here, keysFor, start, until, waxseal } from "./support.mjs";

const RESULTS = "x-waxseal-authentication-results";
const PASS =
  'mx.example.net; dkim=pass header.d=football.example.com header.i=@football.example.com header.s=brisbane header.a=ed25519-sha256 header.b="/gCrinpc"; ' +
  "dkim=pass header.d=football.example.com header.i=@football.example.com header.s=test header.a=rsa-sha256 header.b=F45dVWDf";
const DOWN = new FakeDns(Object.fromEntries(Object.keys(KEYS).map((name) => [name, { rcode: "SERVFAIL" }])));
const REJECT = { POLICY: "reject" };

const forwarded = (value, more = {}) => ({ rejects: [], forwards: [{ to: "me@example.net", headers: { [RESULTS]: value, ...more } }], error: null });
const rejected = (text) => ({ rejects: [text], forwards: [], error: null });
const deferred = (text) => ({ rejects: [], forwards: [], error: text });

const MISMATCH = "5.7.20 No passing DKIM signature found: that of the author's domain does not match";
const LATER = "451 4.7.5 Unable to verify signature: the DNS is unavailable";

test("a message is forwarded with the result, whatever it is", async (t) => {
  const worker = await start(t);
  assert.deepEqual(await worker.deliver(MESSAGE), forwarded(PASS));
  const tampered = await worker.deliver(TAMPERED);
  assert.match(tampered.forwards[0].headers[RESULTS], /^mx\.example\.net; dkim=fail reason=bodyHashMismatch header\.d=football\.example\.com [^;]*; dkim=fail /);
  assert.deepEqual(await worker.deliver(UNSIGNED), forwarded("mx.example.net; dkim=none"));
  const lines = await worker.log(3);
  assert.deepEqual(lines.map(({ event, action, result, size }) => [event, action, result, size]), [
    ["email", "forward", "pass", MESSAGE.length],
    ["email", "forward", "fail", TAMPERED.length],
    ["email", "forward", "none", UNSIGNED.length],
  ]);
  assert.doesNotMatch(worker.printed(), /@|joe|football|suzie|dinner|envelope|secret/i);
});

test("an outage is annotated", async (t) => {
  const worker = await start(t, { dns: DOWN });
  const { forwards, rejects, error } = await worker.deliver(MESSAGE);
  assert.match(forwards[0].headers[RESULTS], /^mx\.example\.net; dkim=temperror /);
  assert.deepEqual([rejects, error], [[], null]);
});

test("POLICY=reject refuses what does not match its author's signature, and nothing else", async (t) => {
  const list = await keysFor("list.example", ["ed25519"]);
  const worker = await start(t, { dns: { ...KEYS, ...list.zone }, env: REJECT });
  assert.deepEqual(await worker.deliver(MESSAGE), forwarded(PASS));
  assert.deepEqual(await worker.deliver(TAMPERED), rejected(MISMATCH));
  assert.deepEqual(await worker.deliver(UNSIGNED), forwarded("mx.example.net; dkim=none"));

  // A list that changes messages breaks the author's signature and adds its own.
  const signature = { domain: "list.example", selector: "ed25519", key: list.pairs.ed25519.privateKey };
  const { message } = await waxseal.sign(TAMPERED, { signatures: [signature] });
  const listed = await worker.deliver(Buffer.from(message()));
  assert.match(listed.forwards[0].headers[RESULTS], /dkim=pass header\.d=list\.example/);

  // A signature of somebody else that does not match says nothing about the author.
  const stranger = Buffer.from(TAMPERED.toString().replace(/From: .*/, "From: a@other.example"));
  assert.equal((await worker.deliver(stranger)).forwards.length, 1);
  // A key that is not there: as if there were no signature (RFC 6376 §6.1).
  const lost = Buffer.from(MESSAGE.toString().replace("s=brisbane", "s=nobody").replace("s=test", "s=nobody"));
  const { forwards } = await worker.deliver(lost);
  assert.match(forwards[0].headers[RESULTS], /dkim=permerror/);

  const actions = (await worker.log(6)).map(({ action }) => action);
  assert.deepEqual(actions, ["forward", "reject", "forward", "forward", "forward", "forward"]);
});

test("POLICY=reject with an outage says later, and never refuses", async (t) => {
  const down = await start(t, { dns: DOWN, env: REJECT });
  assert.deepEqual(await down.deliver(MESSAGE), deferred(LATER));
  assert.deepEqual(await down.deliver(TAMPERED), deferred(LATER));
  // No signature, no lookup, no reason to wait.
  assert.deepEqual(await down.deliver(UNSIGNED), forwarded("mx.example.net; dkim=none"));
  assert.deepEqual((await down.log(3)).map(({ action, error }) => [action, error]), [["defer", undefined], ["defer", undefined], ["forward", undefined]]);

  // One of the two keys is there, and does not match; the other might.
  const half = await start(t, { dns: { ...KEYS, "test._domainkey.football.example.com": { broken: "status" } }, env: REJECT });
  assert.deepEqual(await half.deliver(TAMPERED), deferred(LATER));
  assert.equal((await half.deliver(MESSAGE)).forwards.length, 1);

  // It fails, and whether it is of the author's organization cannot be found out.
  const dmarc = { "_dmarc.football.example.com": { rcode: "SERVFAIL" }, "_dmarc.example.com": { rcode: "SERVFAIL" }, "_dmarc.news.football.example.com": { rcode: "SERVFAIL" }, "_dmarc.com": { rcode: "SERVFAIL" } };
  const unknown = await start(t, { dns: { ...KEYS, ...dmarc }, env: REJECT });
  const below = Buffer.from(TAMPERED.toString().replace("joe@football", "joe@news.football"));
  assert.deepEqual(await unknown.deliver(below), deferred(LATER));
});

test("when forwarding fails the error is thrown, and the message is kept by who has it", async (t) => {
  const worker = await start(t);
  assert.deepEqual(await worker.deliver(MESSAGE, "&forward=destination+me@example.net+is+not+verified"), deferred("destination me@example.net is not verified"));
  const [line] = await worker.log();
  assert.equal(line.action, "defer");
  assert.equal(line.result, "pass");
  assert.doesNotMatch(worker.printed(), /@|example/);
});

test("a set-up that cannot forward accepts nothing", async () => {
  for (const [env, says] of [
    [{ FORWARD_TO: "" }, /FORWARD_TO/],
    [{ FORWARD_TO: "nobody" }, /FORWARD_TO/],
    [{ POLICY: "quarantine" }, /POLICY/],
    [{ DOH_URL: "dns.example" }, /DOH_URL/],
    [{ AUTHSERV_ID: "mx.example.net; dkim=pass" }, /AUTHSERV_ID/],
    [{ DNS_TIMEOUT: "soon" }, /DNS_TIMEOUT/],
  ]) {
    const message = {
      raw: new Response(MESSAGE).body,
      rawSize: MESSAGE.length,
      setReject: () => assert.fail("refused"),
      forward: () => assert.fail("forwarded"),
    };
    const { printed } = await here({ AUTHSERV_ID: "mx.example.net", FORWARD_TO: "me@example.net", ...env }, async (worker) => {
      await assert.rejects(worker.email(message), { message: says });
    });
    const line = JSON.parse(printed);
    assert.deepEqual([line.error, line.action], ["misconfigured", "defer"]);
    assert.match(line.message, says);
  }
});

test("a field of ours that came with the message is told beside ours", async (t) => {
  const worker = await start(t);
  const forged = "X-Waxseal-Authentication-Results: mx.example.net; dkim=pass header.d=bank.example\r\n";
  const { forwards } = await worker.deliver(Buffer.from(forged + forged.toLowerCase() + UNSIGNED.toString()));
  assert.deepEqual(forwards[0].headers, {
    [RESULTS]: "mx.example.net; dkim=none",
    "x-waxseal-forged-results": "2 of the fields X-Waxseal-Authentication-Results came with the message",
  });
  assert.equal((await worker.log())[0].forged, 2);
});

test("a loop ends", async (t) => {
  const worker = await start(t);
  const hops = (count) => Buffer.from("Received: from a by b; Mon, 23 Nov 2026 00:00:00 +0000\r\n".repeat(count) + MESSAGE.toString());
  assert.equal((await worker.deliver(hops(99))).forwards.length, 1);
  assert.deepEqual(await worker.deliver(hops(100)), rejected("5.4.6 Routing loop detected"));
});

test("the field keeps to the length of a line and to ASCII, whatever the message has", async (t) => {
  const keys = await keysFor("football.example.com", ["ed25519"]);
  const worker = await start(t, { dns: { ...KEYS, ...keys.zone } });
  const key = keys.pairs.ed25519.privateKey;
  const sign = async (message, requests) => {
    const signatures = requests.map((request) => ({ domain: "football.example.com", selector: "ed25519", key, ...request }));
    return Buffer.from((await waxseal.sign(message, { signatures })).message());
  };
  const many = await sign(UNSIGNED, Array.from({ length: 9 }, (_, index) => ({ identity: `${"x".repeat(60)}${index}@football.example.com` })));
  const bad = Array.from({ length: 9 }, (_, index) => `DKIM-Signature: v=1; a=rsa-sha256; d=${"y".repeat(60)}${index}.example; s=s; h=from; bh=AAAA; b=AAAA\r\n`);
  for (const message of [many, Buffer.concat([Buffer.from(bad.join("")), await sign(UNSIGNED, [{}])])]) {
    const { forwards } = await worker.deliver(message);
    const value = forwards[0].headers[RESULTS];
    assert.ok(value.length + RESULTS.length + 2 <= 998, `${value.length}`);
    assert.match(value, /^mx\.example\.net; dkim=pass header\.d=football\.example\.com/);
  }
  // RFC 6532: an address in letters that no header of HTTP can carry.
  const umlaut = Buffer.from(MESSAGE.toString().replaceAll("i=@football", "i=jürgen@news.football"));
  const { forwards } = await worker.deliver(umlaut);
  assert.match(forwards[0].headers[RESULTS], /^mx\.example\.net; dkim=fail reason=signatureMismatch header\.d=football\.example\.com header\.i=@news\.football\.example\.com header\.s=brisbane/);
});

test("a large message is verified as it comes", async (t) => {
  const worker = await start(t);
  const line = Buffer.from(`${"0123456789".repeat(7)}\r\n`);
  const large = Buffer.concat([UNSIGNED, ...Array(280_000).fill(line)]);
  assert.deepEqual(await worker.deliver(large), forwarded("mx.example.net; dkim=none"));
});

test("through the platform's own trigger", async (t) => {
  const trigger = (worker, message) =>
    worker.fetch("/cdn-cgi/handler/email?from=joe@football.example.com&to=suzie@shopping.example.net", { method: "POST", body: message });

  const worker = await start(t);
  const passed = await trigger(worker, MESSAGE);
  assert.deepEqual([passed.status, await passed.text()], [200, "Worker successfully processed email"]);
  await until("the forwarding is told", () => worker.platform.some((text) => text.includes("forwarded")));
  const told = worker.platform.find((text) => text.includes("forwarded"));
  assert.ok(told.includes("rcptTo: me@example.net") && told.includes(`${RESULTS}: ${PASS}`), told);
  assert.equal((await trigger(worker, TAMPERED)).status, 200);

  const strict = await start(t, { env: REJECT });
  const refused = await trigger(strict, TAMPERED);
  assert.equal(refused.status, 400);
  assert.ok((await refused.text()).endsWith(MISMATCH));
  assert.equal((await trigger(strict, MESSAGE)).status, 200);

  const down = await start(t, { dns: DOWN, env: REJECT });
  const later = await trigger(down, MESSAGE);
  assert.equal(later.status, 500);
  assert.ok((await later.text()).includes(LATER));
});
