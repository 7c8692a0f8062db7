// Large messages and many requests: verified while they flow, in memory that does not grow with them.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { request } from "node:http";
import { test } from "node:test";

import { MESSAGE, authorized, errorOf, keysFor, outcomes, patiently, start, until, waxseal } from "./support.mjs";

const MIB = 1 << 20;
const EXAMPLE = await keysFor("example.com");
const HEADER = Buffer.from("From: joe@example.com\r\nSubject: large\r\n\r\n");
const CHUNK = Buffer.from(`${"0123456789".repeat(6)}..\r\n`.repeat(1024)); // 64 KiB

/** The pieces of a message of about so many octets. */
function* pieces(octets, first = HEADER) {
  yield first;
  for (let at = first.length; at + CHUNK.length <= octets; at += CHUNK.length) yield CHUNK;
}

const streamOf = (parts) =>
  new ReadableStream({
    pull(controller) {
      const { done, value } = parts.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
  });

/** The field that signs a message that comes in pieces. */
async function fieldFor(parts) {
  const { SIGNATURES, KEY_EXAMPLE_COM_RSA: key } = EXAMPLE.env;
  const { domain, selector } = SIGNATURES[0];
  const signer = waxseal.createSigner({ signatures: [{ domain, selector, key }] });
  for (const part of parts) await signer.write(part);
  return Buffer.from((await signer.end()).header);
}

const post = (worker, path, parts) =>
  worker.fetch(path, { method: "POST", body: streamOf(parts), duplex: "half", headers: authorized() });

/** The octets that workerd, a child of this process, has in memory. */
function workerdMemory() {
  let total = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
      if (name !== "workerd" || Number(parent) !== process.pid) continue;
      total += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]) * 1024;
    } catch {
      // It has ended meanwhile.
    }
  }
  return total;
}

const STREAMED = 25 * MIB;

test("25 MB are verified as they come, eight at a time, and not held", async (t) => {
  const worker = await start(t, { dns: EXAMPLE.zone });
  const field = await fieldFor(pieces(STREAMED - 2048));
  const first = Buffer.concat([field, HEADER]);
  const verify = async () => {
    const response = await post(worker, "/verify", pieces(STREAMED - 2048 + field.length, first));
    assert.equal(response.status, 200);
    const report = await response.json();
    assert.deepEqual(outcomes(report), ["pass"]);
    assert.ok(report.coverage.body.total > STREAMED - 4096 - CHUNK.length);
  };
  await verify();
  const before = workerdMemory();
  assert.ok(before > 10 * MIB, `workerd was not found: ${before}`);
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, workerdMemory())), 50);
  try {
    await Promise.all(Array.from({ length: 8 }, verify));
  } finally {
    clearInterval(watch);
  }
  // 200 MB went through. What was added are chunks that nobody has cleared away yet.
  assert.ok(most - before < 100 * MIB, `${((most - before) / MIB).toFixed()} MiB more`);
});

test("25 MB are signed, and come back", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env, dns: EXAMPLE.zone });
  const alone = await post(worker, "/sign?header", pieces(STREAMED));
  assert.equal(alone.status, 200);
  const header = await alone.text();
  assert.equal(header.match(/^DKIM-Signature:/gm).length, 2);

  const signed = await post(worker, "/sign", pieces(STREAMED));
  assert.equal(signed.status, 200);
  let octets = 0;
  const resolver = async (name) => (EXAMPLE.zone[name] ? [[EXAMPLE.zone[name]]] : []);
  const counted = signed.body.pipeThrough(
    new TransformStream({ transform: (chunk, controller) => ((octets += chunk.length), controller.enqueue(chunk)) }),
  );
  const report = await waxseal.verify(counted, { resolver });
  assert.deepEqual(outcomes(report), ["pass", "pass"]);
  const sent = [...pieces(STREAMED)].reduce((sum, part) => sum + part.length, 0);
  assert.ok(octets > sent && octets < sent + 4096);
});

test("what would not fit into memory together is told to come again, and the rest signed", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  const message = Buffer.concat([...pieces(20 * MIB)]);
  const answers = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const response = await patiently(() => worker.fetch("/sign", { method: "POST", body: message, headers: authorized() }));
      if (response.status === 200) return (await response.arrayBuffer()).byteLength > message.length;
      assert.equal(response.headers.get("retry-after"), "2");
      await errorOf(response, 503, "busy");
      return "busy";
    }),
  );
  assert.ok(answers.includes(true) && answers.every((one) => one === true || one === "busy"), `${answers}`);
  // Whoever has left has left room.
  const response = await worker.fetch("/sign", { method: "POST", body: message, headers: authorized() });
  assert.equal(response.status, 200);
  assert.ok((await response.arrayBuffer()).byteLength > message.length);
});

test("more than the limit is refused while it comes, long before its end", async (t) => {
  const worker = await start(t, { env: { ...EXAMPLE.env, MAX_BYTES: String(MIB) } });
  for (const path of ["/verify", "/sign", "/sign?header"]) {
    let sent = 0;
    function* endless() {
      yield HEADER;
      for (;;) {
        sent += CHUNK.length;
        // Somebody must end it, if it is not the worker.
        if (sent > 500 * MIB) return;
        yield CHUNK;
      }
    }
    const response = await patiently(() => {
      sent = 0;
      return post(worker, path, endless());
    });
    await errorOf(response, 413, "tooLarge");
    assert.ok(sent < 400 * MIB, `${sent} octets were sent to ${path}`);
  }
});

test("200 requests at a time", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  // What is to be shown is the worker, not how fast this process plays the DNS for it.
  await until("the keys are kept", async () => {
    const before = worker.dns.asked.length;
    await worker.verify(MESSAGE);
    return worker.dns.asked.length === before;
  });
  const earlier = (await worker.log()).length;
  const found = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      if (index % 4 === 3) {
        const response = await patiently(() => worker.fetch("/sign?header", { method: "POST", body: HEADER, headers: authorized() }));
        return [response.status, (await response.text()).startsWith("DKIM-Signature")];
      }
      const response = await patiently(() => worker.verify(MESSAGE));
      return [response.status, outcomes(await response.json()).join()];
    }),
  );
  found.forEach((one, index) => assert.deepEqual(one, index % 4 === 3 ? [200, true] : [200, "pass,pass"], `${index}`));
  const lines = (await worker.log(earlier + 200)).slice(earlier);
  assert.ok(lines.every(({ status }) => status === 200));
});

test("slow bodies keep nobody else waiting, and bodies that break off harm nobody", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  const open = (path, headers) =>
    request(new URL(path, worker.url), { method: "POST", headers: { ...authorized(), ...headers } }).on("error", () => {});
  const slow = open("/verify");
  const answered = new Promise((resolve) => slow.on("response", resolve));
  const cuts = ["/verify", "/sign", "/sign?header"].flatMap((path) => [
    open(path, { "content-length": "100000" }),
    open(path, { "transfer-encoding": "chunked" }),
  ]);
  for (const cut of cuts) cut.write(HEADER);
  for (const octet of MESSAGE.subarray(0, 300)) slow.write(Buffer.of(octet));
  assert.deepEqual(outcomes(await (await worker.verify(MESSAGE)).json()), ["pass", "pass"]);
  for (const cut of cuts) cut.destroy();
  assert.deepEqual(outcomes(await (await worker.verify(MESSAGE)).json()), ["pass", "pass"]);
  slow.end(MESSAGE.subarray(300));
  const response = await answered;
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  assert.deepEqual(outcomes(JSON.parse(Buffer.concat(chunks))), ["pass", "pass"]);
  // Nothing of it is an error of ours.
  await until("three answers are logged", async () => (await worker.log(3)).filter(({ status }) => status === 200).length === 3);
  for (const { status } of await worker.log()) assert.ok(status < 500, worker.printed());
});
