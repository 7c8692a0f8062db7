// The same source without mail: under Deno, and behind Node's own HTTP server, as processes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";

import { FakeDns } from "./dns.mjs";
import { KEYS, MESSAGE, PROJECT, TAMPERED, authorized, errorOf, keysFor, outcomes, patiently, sleep, until, waxseal } from "./support.mjs";

const EXAMPLE = await keysFor("example.com");
const DENO = process.env.WAXSEAL_DENO;

/** A real server of DNS over HTTP, for processes have no fetch of ours. */
async function doh(t, zone) {
  const dns = new FakeDns(zone);
  const server = createServer(async (incoming, outgoing) => {
    const answer = await dns.overHttps(new Request(`http://127.0.0.1${incoming.url}`), Response).catch(() => new Response(null, { status: 500 }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => (server.closeAllConnections(), server.close()));
  return { dns, url: `http://127.0.0.1:${server.address().port}/dns-query` };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function serve(t, [command, ...given], { zone = { ...KEYS, ...EXAMPLE.zone }, env = {} } = {}) {
  const { dns, url: DOH_URL } = await doh(t, zone);
  const port = await freePort();
  const { SIGNATURES, ...secrets } = EXAMPLE.env;
  const child = spawn(command, given.map((one) => one.replace("PORT", port)), {
    cwd: PROJECT,
    env: {
      PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1",
      PORT: String(port), DOH_URL, AUTHSERV_ID: "mx.example.net", SIGNATURES: JSON.stringify(SIGNATURES), ...secrets, ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => printed.push(String(data)));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  t.after(async () => (child.kill(), await ended));
  const url = `http://127.0.0.1:${port}`;
  await until(`${command} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${printed.join("")}`);
    return fetch(url).then((response) => response.text(), () => false);
  }, 3000);
  return { dns, url, port, printed, fetch: (path, init) => fetch(`${url}${path}`, init) };
}

const ENTRIES = {
  "Node's own server": [process.execPath, "node.js"],
  ...(DENO && { Deno: [DENO, "serve", "--no-lock", "--node-modules-dir=manual", "--no-prompt", "--allow-net", "--allow-env", "--host=127.0.0.1", "--port=PORT", "edge.js"] }),
};

for (const [name, command] of Object.entries(ENTRIES)) {
  test(`${name}: every route`, async (t) => {
    const worker = await serve(t, command);
    const post = (path, body, headers = authorized()) => worker.fetch(path, { method: "POST", body, headers });
    assert.deepEqual(outcomes(await (await post("/verify", MESSAGE)).json()), ["pass", "pass"]);
    assert.deepEqual(outcomes(await (await post("/verify", TAMPERED)).json()), ["fail bodyHashMismatch", "fail bodyHashMismatch"]);
    const signed = await (await post("/sign", "From: a@example.com\r\n\r\nHi.\r\n")).text();
    const resolver = async (name) => (EXAMPLE.zone[name] ? [[EXAMPLE.zone[name]]] : []);
    assert.deepEqual(outcomes(await waxseal.verify(signed, { resolver })), ["pass", "pass"]);
    assert.match(await (await post("/sign?header", "From: a@example.com\r\n\r\nHi.\r\n")).text(), /^DKIM-Signature/);
    assert.equal((await (await worker.fetch("/key?domain=example.com&selector=rsa")).json()).result, "pass");
    const head = await worker.fetch("/key?domain=example.com&selector=rsa", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    await errorOf(await worker.fetch("/verify"), 405, "methodNotAllowed");
    await errorOf(await post("/nowhere", ""), 404, "notFound");
    await errorOf(await post("/verify", ""), 400, "emptyBody");
    await errorOf(await post("/verify", MESSAGE, { "content-type": "application/json" }), 415, "unsupportedMediaType");
    await errorOf(await post("/sign", MESSAGE, {}), 401, "unauthorized");

    // answered from the cache
    const name = "test._domainkey.football.example.com";
    await until("the key is kept", async () => {
      const before = worker.dns.countOf(name);
      await (await post("/verify", MESSAGE)).text();
      return worker.dns.countOf(name) === before;
    });
  });

  test(`${name}: time to live, and outages`, async (t) => {
    const name = "test._domainkey.football.example.com";
    const worker = await serve(t, command, { zone: { ...KEYS, [name]: { txt: KEYS[name], ttl: 1 } } });
    const verify = async () => outcomes(await (await worker.fetch("/verify", { method: "POST", body: MESSAGE })).json());
    await verify();
    await sleep(1500);
    // Not every Cache API keeps to times: ours are written into what is kept.
    worker.dns.set({ [name]: { broken: "status" } });
    assert.deepEqual(await verify(), ["pass", "temperror keyUnavailable"]);
    worker.dns.set({ [name]: KEYS[name] });
    assert.deepEqual(await verify(), ["pass", "pass"]);
  });

  test(`${name}: a large body, one that is too large, one that breaks off`, async (t) => {
    const worker = await serve(t, command, { env: { MAX_BYTES: String(30 << 20) } });
    const large = Buffer.alloc(25 << 20, "0123456789\r\n");
    large.set(Buffer.from("From: a@example.com\r\n\r\n"));
    const post = (path, body) => worker.fetch(path, { method: "POST", body, headers: authorized() });
    assert.equal((await (await post("/verify", large)).json()).result, "none");
    const signed = await post("/sign", large);
    assert.equal(signed.status, 200);
    assert.ok((await signed.arrayBuffer()).byteLength > large.length);
    await errorOf(await patiently(() => post("/verify", Buffer.alloc((30 << 20) + 1))), 413, "tooLarge");

    // The answer arrives though the client goes on sending.
    const answer = await new Promise((resolve, reject) => {
      const outgoing = request(`${worker.url}/verify`, { method: "POST", headers: { "content-type": "application/json" } }, (incoming) => {
        resolve(incoming.statusCode);
        outgoing.destroy();
      });
      outgoing.on("error", reject);
      const more = () => outgoing.destroyed || outgoing.write(large.subarray(0, 65536), () => setTimeout(more, 5));
      more();
    });
    assert.equal(answer, 415);
    await new Promise((resolve) => {
      const socket = connect(worker.port, "127.0.0.1", () => {
        socket.write("POST /verify HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nFrom: a@b.example\r\n");
        setTimeout(() => socket.destroy(), 100);
      });
      socket.on("close", resolve);
    });
    assert.equal((await (await post("/verify", MESSAGE)).json()).result, "pass");
  });
}

test("Node's own server: targets and methods that are none", async (t) => {
  const worker = await serve(t, ENTRIES["Node's own server"]);
  const raw = (octets) =>
    new Promise((resolve) => {
      const parts = [];
      const socket = connect(worker.port, "127.0.0.1", () => socket.write(octets));
      socket.on("data", (data) => parts.push(data));
      socket.on("error", () => {});
      socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
    });
  for (const [line, status] of [
    ["TRACE /verify HTTP/1.1", /^HTTP\/1\.1 4/],
    ["OPTIONS * HTTP/1.1", /^HTTP\/1\.1 (400|404)/],
    ["GET http://[/ HTTP/1.1", /^HTTP\/1\.1 400/],
    ["GET //verify HTTP/1.1", /^HTTP\/1\.1 404/],
    ["GET /key?domain=%zz&selector=s HTTP/1.1", /^HTTP\/1\.1 400/],
  ]) {
    assert.match(await raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`), status, line);
  }
  assert.equal((await (await worker.fetch("/verify", { method: "POST", body: MESSAGE })).json()).result, "pass");
});
