// The static server behind pkg-scripts/start: the page's policy with every answer, the types browsers
// insist on, and no way out of the folder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { staticServer } from "../../pkg-scripts/lib/serve.mjs";

const SERVE = new URL("../../pkg-scripts/lib/serve.mjs", import.meta.url).pathname;
const POLICY = "default-src 'none'; script-src 'self'";

let scratch, folder;
const servers = [];

before(() => {
  scratch = mkdtempSync(join(tmpdir(), "waxseal-serve-"));
  folder = join(scratch, "site");
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(
    join(folder, "index.html"),
    `<meta http-equiv="Content-Security-Policy" content="${POLICY.replaceAll("'", "&#39;")}"><p>page</p>`,
  );
  for (const name of ["a.js", "a.wasm", "a.css", "letter.eml", "keys.zone", "x.unknown"]) {
    writeFileSync(join(folder, "assets", name), name);
  }
  writeFileSync(join(scratch, "secret.txt"), "secret");
  symlinkSync(join(scratch, "secret.txt"), join(folder, "link.txt"));
  symlinkSync("/etc", join(folder, "etc"));
  // begins with the same letters as the folder
  mkdirSync(join(scratch, "site-of-others"));
  writeFileSync(join(scratch, "site-of-others", "secret.txt"), "secret");
});

after(async () => {
  for (const server of servers) server.close();
  rmSync(scratch, { recursive: true });
});

async function listen(prefix) {
  const server = staticServer(folder, prefix);
  servers.push(server);
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${server.address().port}`;
}

/** The status of a request whose path is sent as it is, which fetch() would tidy up. */
function rawStatus(origin, path) {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    });
    let text = "";
    socket.on("data", (data) => (text += data));
    socket.on("end", () => resolve({ status: Number(text.split(" ")[1]), text }));
    socket.on("error", reject);
  });
}

test("each file has its type, its length and the page's policy", async () => {
  const origin = await listen();
  for (const [path, type] of [
    ["/", "text/html; charset=utf-8"],
    ["/index.html", "text/html; charset=utf-8"],
    ["/assets/a.js", "text/javascript; charset=utf-8"],
    ["/assets/a.wasm", "application/wasm"],
    ["/assets/a.css?v=1", "text/css; charset=utf-8"],
    ["/assets/letter.eml", "message/rfc822"],
    ["/assets/keys.zone", "text/plain; charset=utf-8"],
    ["/assets/x.unknown", "application/octet-stream"],
  ]) {
    const response = await fetch(origin + path);
    const body = await response.text();
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-type"), type, path);
    assert.equal(response.headers.get("content-length"), String(body.length), path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(
      response.headers.get("content-security-policy"),
      `${POLICY}; frame-ancestors 'none'`,
      path,
    );
  }
});

test("nothing outside of the folder is served", async () => {
  const origin = await listen();
  for (const path of [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/..%5csecret.txt",
    "/link.txt",
    "/etc/passwd",
    "/../site-of-others/secret.txt",
    "//etc/passwd",
    "/assets",
    "/assets/",
    "/assets/none.js",
  ]) {
    const { status, text } = await rawStatus(origin, path);
    assert.equal(status, 404, path);
    assert.ok(!/\n(secret|root:)/.test(text), path);
  }
  for (const path of ["/%00", "/%zz", "*"]) {
    assert.equal((await rawStatus(origin, path)).status, 400, path);
  }
  const posted = await fetch(`${origin}/`, { method: "POST", body: "x" });
  assert.equal(posted.status, 405);
  assert.equal((await fetch(`${origin}/`, { method: "HEAD" })).headers.get("content-length"), "118");
});

test("a sub-path is served, and nothing beside it", async () => {
  const origin = await listen("/tools/dkim/");
  assert.equal((await fetch(`${origin}/tools/dkim/`)).status, 200);
  assert.equal((await fetch(`${origin}/tools/dkim/assets/a.js`)).status, 200);
  assert.equal((await fetch(`${origin}/`)).status, 404);
  assert.equal((await fetch(`${origin}/assets/a.js`)).status, 404);
  const without = await fetch(`${origin}/tools/dkim`, { redirect: "manual" });
  assert.equal(without.headers.get("location"), "/tools/dkim/");
});

/** Runs the server as pkg-scripts/start does, up to its first line. */
function run(port) {
  const child = spawn(process.execPath, [SERVE, folder, String(port)], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const line = new Promise((resolve) => {
    const hear = (data) => {
      said += data;
      if (said.includes("\n")) resolve(said.split("\n")[0]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", () => resolve(said.split("\n")[0]));
  });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
  return { child, line, ended };
}

test("it says where it serves, ends by a signal, and knows who has its port", async () => {
  const first = run(0);
  const said = await first.line;
  const [, port] = /^The analyzer is at http:\/\/127\.0\.0\.1:(\d+)\/ \(Ctrl-C ends it\)$/.exec(said) ?? [];
  assert.ok(port, said);

  const second = run(port);
  assert.equal(await second.line, `The analyzer is being served already, at http://127.0.0.1:${port}/`);
  assert.equal(await second.ended, 0);

  first.child.kill("SIGINT");
  assert.equal(await first.ended, 0);
});

test("a port that another program has is an error that says so", async () => {
  const other = createServer((_request, response) => response.end("other"));
  servers.push(other);
  await new Promise((listening) => other.listen(0, "127.0.0.1", listening));
  const { line, ended } = run(other.address().port);
  assert.match(await line, /^Port \d+ is taken by another program/);
  assert.equal(await ended, 1);
});
