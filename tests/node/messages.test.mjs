// Every kind of message that can be given, in one go and in chunks, gives the same report.
import assert from "node:assert/strict";
import { mkdtempSync, createReadStream, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import { gzipSync } from "node:zlib";

import {
  BRISBANE,
  MESSAGE,
  OCTETS,
  TEST,
  asyncPieces,
  createVerifier,
  good,
  inPieces,
  outcomes,
  resolver,
  verify,
} from "./support.mjs";

const expected = JSON.stringify(await verify(OCTETS, good({ trace: true })));
const same = async (message) =>
  assert.equal(JSON.stringify(await verify(message, good({ trace: true }))), expected);

test("both signatures of RFC 8463 appendix A pass", async () => {
  const report = JSON.parse(expected);
  assert.equal(report.version, 1);
  assert.equal(report.file, null);
  assert.equal(report.result, "pass");
  assert.deepEqual(outcomes(report), ["pass", "pass"]);
  assert.deepEqual(
    report.signatures.map(({ algorithm, key }) => [algorithm, key.type, key.bits]),
    [
      ["ed25519-sha256", "ed25519", 256],
      ["rsa-sha256", "rsa", 1024],
    ],
  );
  assert.deepEqual(report.authors, ["joe@football.example.com"]);
  assert.equal(report.alignment.dkim, "strict");
});

test("a changed body fails", async () => {
  const report = await verify(MESSAGE.replace("lost", "won"), good());
  assert.deepEqual(outcomes(report), ["fail bodyHashMismatch", "fail bodyHashMismatch"]);
});

const kinds = {
  Uint8Array: () => OCTETS,
  "a view into a larger buffer": () => {
    const buffer = new Uint8Array(OCTETS.length + 20);
    buffer.set(OCTETS, 7);
    return buffer.subarray(7, 7 + OCTETS.length);
  },
  Buffer: () => Buffer.from(OCTETS),
  "Uint8Array of another realm": () => vm.runInNewContext("(a) => Uint8Array.from(a)")(OCTETS),
  ArrayBuffer: () => OCTETS.slice().buffer,
  SharedArrayBuffer: () => {
    const buffer = new SharedArrayBuffer(OCTETS.length);
    new Uint8Array(buffer).set(OCTETS);
    return buffer;
  },
  string: () => MESSAGE,
  Blob: () => new Blob([OCTETS]),
  File: () => new File([OCTETS], "mail.eml"),
  Response: () => new Response(OCTETS),
  ReadableStream: () => ReadableStream.from(asyncPieces(OCTETS, 50)),
  "async generator": () => asyncPieces(OCTETS, 1, 100, 7),
  "AsyncIterable without return()": () => {
    const pieces = inPieces(OCTETS, 99);
    return { [Symbol.asyncIterator]: () => ({ next: async () => pieces.next() }) };
  },
};
for (const [kind, make] of Object.entries(kinds)) {
  test(`message: ${kind}`, () => same(make()));
}

test("what only looks like a message is none", async () => {
  for (const iterator of [null, {}, { next: 5 }]) {
    await assert.rejects(verify({ [Symbol.asyncIterator]: () => iterator }, good()), { code: "badArgument", message: /^message must be/ });
  }
});

test("what a server says instead of the message is none", async () => {
  for (const status of [404, 500]) {
    const instead = verify(new Response("<html>", { status }), good());
    await assert.rejects(instead, { code: "badArgument", message: new RegExp(`^message must be .*status ${status}`) });
  }
  await assert.rejects(verify(Response.error(), good()), { code: "badArgument" });
});

for (const encoding of ["identity", "gzip"]) {
  test(`message: what fetch gives, ${encoding}`, async (t) => {
    const server = createServer((_, response) => {
      response.setHeader("content-encoding", encoding);
      response.end(encoding === "gzip" ? gzipSync(OCTETS) : OCTETS);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    await same(await fetch(`http://127.0.0.1:${server.address().port}/mail.eml`));
  });
}

test("message: a file's stream", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "mail.eml");
  writeFileSync(file, OCTETS);
  await same(createReadStream(file, { highWaterMark: 33 }));
});

test("a message without a body, and none at all", async () => {
  const header = await verify("From: a@example.com\r\n\r\n", good());
  assert.equal(header.result, "none");
  for (const nothing of ["", new Uint8Array(0), new Response(null), new Blob([])]) {
    const report = await verify(nothing, good());
    assert.deepEqual(report.signatures, []);
    assert.deepEqual(report, await verify("", good()));
  }
});

for (const lengths of [[1], [2], [3, 1], [64, 5], [1000], [1, 1 << 16]]) {
  test(`createVerifier in chunks of ${lengths} octets gives the same report`, async () => {
    const verifier = createVerifier(good({ trace: true }));
    for (const piece of inPieces(OCTETS, ...lengths)) await verifier.write(piece);
    assert.equal(JSON.stringify(await verifier.end()), expected);
  });
}

test("chunks are taken before write returns: the buffer can be used again", async () => {
  const verifier = createVerifier(good({ trace: true }));
  const buffer = new Uint8Array(10);
  for (const piece of inPieces(OCTETS, 10)) {
    buffer.set(piece);
    verifier.write(buffer.subarray(0, piece.length));
    buffer.fill(0);
  }
  assert.equal(JSON.stringify(await verifier.end()), expected);
});

test("writable takes what is piped into it", async () => {
  const verifier = createVerifier(good({ trace: true }));
  assert.equal(verifier.writable, verifier.writable);
  await ReadableStream.from(asyncPieces(OCTETS, 17)).pipeTo(verifier.writable);
  assert.equal(JSON.stringify(await verifier.end()), expected);
});

test("what is wrong on the way into writable comes out of the pipe and of end", async () => {
  const broken = createVerifier(good());
  const source = ReadableStream.from(["no octets"]);
  await assert.rejects(source.pipeTo(broken.writable), { code: "badArgument", message: /^chunk / });
  await assert.rejects(broken.end(), { code: "badArgument" });

  const aborted = createVerifier(good());
  await aborted.writable.abort();
  await assert.rejects(aborted.end(), { name: "AbortError" });
});

test("after end there is no more", async () => {
  const verifier = createVerifier(good());
  await verifier.write(OCTETS);
  const report = verifier.end();
  await assert.rejects(verifier.write(OCTETS), { name: "WaxsealError", code: "ended" });
  await assert.rejects(verifier.end(), { name: "WaxsealError", code: "ended" });
  assert.equal((await report).result, "pass");
});

test("keys are looked up before the body has come", async () => {
  const asked = [];
  const verifier = createVerifier(good({ resolver: (name) => (asked.push(name), resolver(name)) }));
  const end = MESSAGE.indexOf("\r\n\r\n") + 4;
  await verifier.write(OCTETS.subarray(0, end));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked.slice(0, 2), [BRISBANE, TEST]);
  await verifier.write(OCTETS.subarray(end));
  assert.equal((await verifier.end()).result, "pass");
});

test("a resolver may call back into the verifier that called it", async () => {
  const end = MESSAGE.indexOf("\r\n\r\n") + 4;
  let rest = [OCTETS.subarray(end)];
  const verifier = createVerifier(
    good({
      resolver: async (name) => {
        for (const piece of rest.splice(0)) verifier.write(piece);
        return resolver(name);
      },
    }),
  );
  await verifier.write(OCTETS.subarray(0, end));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(rest.length, 0);
  assert.equal((await verifier.end()).result, "pass");
});

test("many verifications at once", async () => {
  const reports = await Promise.all(
    Array.from({ length: 200 }, (_, i) => verify(asyncPieces(OCTETS, 20 + i), good({ trace: true }))),
  );
  for (const report of reports) assert.equal(JSON.stringify(report), expected);
});
