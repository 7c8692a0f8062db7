// waxseal/doh, waxseal/zone and waxseal/node, and the package as npm would install it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import dgram from "node:dgram";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
  BRISBANE,
  KEYS,
  OCTETS,
  PACKAGE,
  TEST,
  dohResolver,
  good,
  nodeResolver,
  outcomes,
  verify,
  zoneResolver,
} from "./support.mjs";

const manifest = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));

test("every file that the package names is there, and its version is the crate's", () => {
  const cargo = readFileSync(new URL("../../Cargo.toml", import.meta.url), "utf8");
  assert.equal(manifest.version, /^version = "(.*)"$/m.exec(cargo)[1]);
  const files = (entry) => (typeof entry === "string" ? entry : Object.values(entry).flatMap(files));
  const { main, module, types, jsdelivr, unpkg, sideEffects } = manifest;
  const named = [...files(manifest.exports), main, module, types, jsdelivr, unpkg, ...sideEffects];
  assert.ok(named.length > 25);
  for (const file of named) assert.ok(existsSync(join(PACKAGE, file)), file);
});

test("the types name every reason and every warning of the core", () => {
  const types = readFileSync(join(PACKAGE, "report.d.ts"), "utf8");
  const core = (file) => readFileSync(new URL(`../../src/verify/${file}.rs`, import.meta.url), "utf8");
  const named = (type) => {
    const union = types.slice(types.indexOf(`export type ${type} =`)).split(";\n")[0];
    return [...union.matchAll(/^  \| "(\w+)"/gm)].map(([, code]) => code);
  };
  const reasons = [...core("reason").matchAll(/^    \w+ = "(\w+)" => \w+,$/gm)];
  const warnings = [...core("report").matchAll(/Self::\w+ => "(\w+)",/g)];
  assert.ok(reasons.length > 30 && warnings.length > 5);
  assert.deepEqual(named("Reason"), reasons.map(([, code]) => code));
  assert.deepEqual(named("WarningCode"), warnings.map(([, code]) => code));
});

test("the types declare what the package exports, and every code of its errors", async () => {
  const read = (file) => readFileSync(join(PACKAGE, file), "utf8");
  const types = ["index.d.ts", "arc.d.ts", "auth-results.d.ts", "keys.d.ts", "sign.d.ts"].map(read).join("");
  const declared = [...types.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, name]) => name);
  const { default: _, ...exported } = await import(join(PACKAGE, "index.js"));
  assert.deepEqual(declared.sort(), Object.keys(exported).sort());

  const union = types.slice(types.indexOf("export type WaxsealErrorCode =")).split(";\n")[0];
  const documented = new Set([...union.matchAll(/^  \| "(\w+)"/gm)].map(([, code]) => code));
  const js = readdirSync(PACKAGE).filter((file) => /\.js$/.test(file) && file !== "wasm-inline.js");
  const rust = new URL("../../src/wasm/", import.meta.url);
  const sources = [
    ...js.map(read),
    ...readdirSync(rust).map((file) => readFileSync(new URL(file, rust), "utf8")),
  ].join("");
  const thrown = [...sources.matchAll(/(?:new WaxsealError\(|\berror\()\s*"(\w+)"/g)].map(([, code]) => code);
  assert.ok(thrown.length > 15);
  // "internal" is also what an error without a code becomes; "unavailable" stays among resolvers.
  assert.deepEqual(new Set(thrown), documented.add("unavailable"));
});

test("the sources keep to what every host has", () => {
  const files = readdirSync(PACKAGE).filter((file) => file.endsWith(".js"));
  assert.ok(files.length > 15);
  // The entries that are for one host alone.
  const others = ["node.js", "wasm-inline.js"];
  for (const file of files.filter((file) => !others.includes(file))) {
    const code = readFileSync(join(PACKAGE, file), "utf8");
    assert.doesNotMatch(code, /import\.meta|from "node:|require\(|process\./, file);
    assert.doesNotMatch(code, /^await /m, file);
  }
});

test("it can be imported and required by its name", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules/waxseal"));
  const run = (type, code) =>
    execFileSync(process.execPath, ["--no-warnings", `--input-type=${type}`, "-e", code], { cwd: folder, encoding: "utf8" });
  const use = 'verify("From: a@b.example\\r\\n\\r\\n").then((report) => console.log(report.result))';
  assert.equal(run("module", `import { verify } from "waxseal"; import "waxseal/doh"; import "waxseal/node"; import "waxseal/zone"; ${use}`), "none\n");
  assert.equal(run("commonjs", `const { verify } = require("waxseal"); ${use}`), "none\n");
});

test("nothing keeps the process alive when a verification is over", () => {
  const code = `
    import { verify } from ${JSON.stringify(join(PACKAGE, "index.js"))};
    await verify(${JSON.stringify(new TextDecoder().decode(OCTETS))}, { resolver: () => [] });`;
  const began = performance.now();
  execFileSync(process.execPath, ["--input-type=module", "-e", code], { timeout: 9000 });
  assert.ok(performance.now() - began < 9000);
});

// --- zone

const quoted = (text) => text.match(/.{1,200}/g).map((part) => `"${part}"`).join(" ");
const master = `$TTL 300\n${BRISBANE}. IN TXT ${quoted(KEYS[BRISBANE])}\n${TEST}. 60 IN TXT ( ${quoted(KEYS[TEST])} )\n`;

test("zoneResolver: a master file", async () => {
  const report = await verify(OCTETS, good({ resolver: zoneResolver(master) }));
  assert.deepEqual(outcomes(report), ["pass", "pass"]);
  assert.deepEqual(report.signatures.map(({ key }) => key.ttl), [300, 60]);
});

test("zoneResolver: an object", async () => {
  for (const zone of [KEYS, { [`${BRISBANE.toUpperCase()}.`]: ["v=spf1 -all", KEYS[BRISBANE]], [TEST]: KEYS[TEST] }]) {
    assert.deepEqual(outcomes(await verify(OCTETS, good({ resolver: zoneResolver(zone) }))), ["pass", "pass"]);
  }
});

test("zoneResolver: what does not stand there does not exist", async () => {
  for (const zone of ["", {}, { constructor: "x" }]) {
    const report = await verify(OCTETS, good({ resolver: zoneResolver(zone) }));
    assert.deepEqual(outcomes(report), ["permerror keyNotFound", "permerror keyNotFound"]);
  }
  const resolver = zoneResolver(master);
  assert.deepEqual(await resolver("no name at all", "TXT"), { rcode: "NXDOMAIN", records: [] });
  assert.deepEqual(await resolver(BRISBANE, "MX"), { rcode: "NOERROR", records: [] });
});

test("zoneResolver: a bad zone is the caller's mistake, not the DNS's", async () => {
  for (const zone of [undefined, null, 5, [], { a: 5 }, { a: [["x"]] }]) {
    assert.throws(() => zoneResolver(zone), { code: "badArgument", message: /^zone/ });
  }
  const resolver = zoneResolver('a.example. IN TXT "never closed\n');
  await assert.rejects(verify(OCTETS, good({ resolver })), { name: "WaxsealError", code: "badZone", message: /line 1/ });
});

// --- DNS over HTTPS

/** A server: answers each query with what `reply` makes of it. */
function server(reply) {
  const requests = [];
  const fetch = async (url, init) => {
    const request = new Request(url, init);
    const query =
      request.method === "POST"
        ? new Uint8Array(await request.arrayBuffer())
        : Buffer.from(new URL(url).searchParams.get("dns"), "base64url");
    requests.push({ request, query });
    return reply(query, request);
  };
  return { fetch, requests };
}

const nameIn = (query) => {
  const labels = [];
  for (let at = 12; query[at]; at += query[at] + 1) labels.push(Buffer.from(query.subarray(at + 1, at + 1 + query[at])).toString());
  return labels.join(".");
};

/** The query turned into a response with the key, or with an rcode; there is nothing but keys. */
function answered(query, { rcode = KEYS[nameIn(query)] ? 0 : 3 } = {}) {
  const strings = rcode ? [] : KEYS[nameIn(query)].match(/.{1,255}/g);
  const data = strings.flatMap((string) => [string.length, ...Buffer.from(string)]);
  const response = [...query.subarray(0, query.indexOf(0, 12) + 5)];
  response.splice(2, 10, 0x81, 0xa0 | rcode, 0, 1, 0, rcode ? 0 : 1, 0, 0, 0, 0);
  if (!rcode) response.push(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 99, data.length >> 8, data.length & 255, ...data);
  return new Uint8Array(response);
}
const dnsMessage = (octets, init) =>
  new Response(octets, { headers: { "content-type": "application/dns-message" }, ...init });

for (const method of ["GET", "POST"]) {
  test(`dohResolver: ${method}`, async () => {
    const { fetch, requests } = server((query) => dnsMessage(answered(query)));
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

test("dohResolver: NXDOMAIN is no key", async () => {
  const { fetch } = server((query) => dnsMessage(answered(query, { rcode: 3 })));
  const report = await verify(OCTETS, good({ resolver: dohResolver({ fetch }) }));
  assert.deepEqual(outcomes(report), ["permerror keyNotFound", "permerror keyNotFound"]);
});

const trouble = {
  "status 404": [() => dnsMessage(new Uint8Array(0), { status: 404 }), /404/],
  "status 503": [() => new Response("busy", { status: 503 }), /503/],
  "another content type": [() => new Response("<html>", { headers: { "content-type": "text/html" } }), /text\/html/],
  "no content type": [() => new Response(new Uint8Array(9)), /content type/],
  "nothing in it": [() => dnsMessage(new Uint8Array(0)), /./],
  "not DNS": [() => dnsMessage(new Uint8Array(100).fill(255)), /./],
  "too much": [() => dnsMessage(new Uint8Array(70_000)), /70000/],
  SERVFAIL: [(query) => dnsMessage(answered(query, { rcode: 2 })), /SERVFAIL/],
  "no connection": [() => Promise.reject(new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } })), /fetch failed/],
};
for (const [kind, [reply, cause]] of Object.entries(trouble)) {
  test(`dohResolver: ${kind} is temporary`, async () => {
    const { fetch } = server(reply);
    const report = await verify(OCTETS, good({ resolver: dohResolver({ fetch }) }));
    assert.deepEqual(outcomes(report), ["temperror keyUnavailable", "temperror keyUnavailable"]);
    assert.match(report.signatures[0].explanation, cause);
  });
}

test("dohResolver: the deadline aborts the request", async () => {
  const hang = (url, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const report = await verify(OCTETS, good({ resolver: dohResolver({ fetch: hang }), policy: { dnsTimeout: 0.05 } }));
  assert.deepEqual(outcomes(report), ["temperror keyUnavailable", "temperror keyUnavailable"]);
});

test("dohResolver: bad arguments", async () => {
  assert.throws(() => dohResolver(null), { code: "badArgument", message: /^options must/ });
  assert.throws(() => dohResolver({ url: "dns" }), { code: "badArgument", message: /^options\.url/ });
  assert.throws(() => dohResolver({ method: "get" }), { code: "badArgument", message: /^options\.method/ });
  assert.throws(() => dohResolver({ fetch: 5 }), { code: "badArgument", message: /^options\.fetch/ });
  await assert.rejects(dohResolver()("no name", "TXT"), { code: "badArgument", message: /^name/ });
  await assert.rejects(dohResolver()("a.example", "MX"), { code: "badArgument", message: /^type/ });
});

test("without a resolver, the global fetch asks over HTTPS", async (t) => {
  const { fetch, requests } = server((query) => dnsMessage(answered(query)));
  t.mock.method(globalThis, "fetch", fetch);
  assert.equal((await verify(OCTETS)).result, "pass");
  assert.ok(requests[0].request.url.startsWith("https://cloudflare-dns.com/dns-query?dns="));
  t.mock.method(globalThis, "fetch", undefined);
  delete globalThis.fetch;
  const report = await verify(OCTETS);
  assert.equal(report.result, "temperror");
  assert.match(report.signatures[0].explanation, /options\.resolver/);
});

// --- node:dns, against a server on loopback

async function withServer(rcode, use) {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (query, peer) => {
    if (rcode !== undefined) socket.send(answered(query, rcode ? { rcode } : {}), peer.port, peer.address);
  });
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  try {
    return await use(nodeResolver({ servers: [`127.0.0.1:${socket.address().port}`] }));
  } finally {
    socket.close();
  }
}
for (const [rcode, outcome] of [
  [0, "pass"],
  [2, "temperror keyUnavailable"],
  [3, "permerror keyNotFound"],
  [5, "temperror keyUnavailable"],
  [undefined, "temperror keyUnavailable"],
]) {
  test(`nodeResolver: ${rcode === undefined ? "silence" : `rcode ${rcode}`} is ${outcome}`, async () => {
    const report = await withServer(rcode, (resolver) =>
      verify(OCTETS, good({ resolver, policy: { dnsTimeout: 2 } })),
    );
    assert.deepEqual(outcomes(report), [outcome, outcome]);
  });
}

test("nodeResolver: bad arguments", async () => {
  assert.throws(() => nodeResolver({ servers: ["dns.example"] }), { code: "badArgument", message: /^options\.servers/ });
  assert.throws(() => nodeResolver({ servers: "127.0.0.1" }), { code: "badArgument", message: /^options\.servers/ });
  await assert.rejects(nodeResolver()("a.example", "MX"), { code: "badArgument" });
});
