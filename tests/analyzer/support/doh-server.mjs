// A DNS over HTTPS server (RFC 8484) on loopback that answers as it is told, and keeps a list of what
// it was asked. Its certificate is its own, so the browser is told to overlook that.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TXT = 16;
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

/**
 * Starts a server. `answer(name)` says what to do about a name, or gives a promise of that:
 * - `{ records: [[string, …], …], ttl?, authenticated? }`: these TXT records, none for no data
 * - `{ rcode: "NXDOMAIN" | "SERVFAIL" | "REFUSED" }`
 * - `{ status: 500, type?, body? }`: something else than DNS
 * - `{ octets }`: an answer of these octets
 * - `"hang"`: no answer at all; `"reset"`: the connection ends
 */
export async function dohServer(answer) {
  const asked = [];
  const hanging = new Set();
  const server = createServer(certificate(), (request, response) => {
    serve(request, response).catch((error) => response.destroy(error));
  });

  async function serve(request, response) {
    // A page of another origin may read the answer only with this (and the server of a person's
    // choice has it, else no browser could use it).
    response.setHeader("access-control-allow-origin", "*");
    if (request.method === "OPTIONS") {
      response.setHeader("access-control-allow-headers", "content-type, accept");
      return response.writeHead(204).end();
    }
    const query = await queryOf(request);
    const name = nameIn(query);
    asked.push({ name, type: query.readUInt16BE(questionEnd(query) - 4), path: request.url.split("?")[0] });
    const what = await answer(name);
    if (what === "hang") return void hanging.add(response);
    if (what === "reset") return response.destroy();
    if (what.status) {
      return response.writeHead(what.status, { "content-type": what.type ?? "text/html" }).end(what.body ?? "");
    }
    const octets = what.octets ?? reply(query, what);
    response.writeHead(200, { "content-type": "application/dns-message" }).end(octets);
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${server.address().port}/dns-query`,
    origin: `https://127.0.0.1:${server.address().port}`,
    /** Every question so far: its name, its type, the path it came by. */
    asked,
    answerWith(other) {
      answer = other;
    },
    close() {
      for (const response of hanging) response.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function queryOf(request) {
  const url = new URL(request.url, "https://localhost");
  if (request.method === "GET") return Buffer.from(url.searchParams.get("dns") ?? "", "base64url");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The name asked for (RFC 1035 §4.1.2); questions are not compressed. */
function nameIn(query) {
  const labels = [];
  for (let at = 12; query[at] > 0; at += query[at] + 1) {
    labels.push(query.subarray(at + 1, at + 1 + query[at]).toString("latin1"));
  }
  return labels.join(".").toLowerCase();
}

function questionEnd(query) {
  let at = 12;
  while (query[at] > 0) at += query[at] + 1;
  return at + 5;
}

function reply(query, { rcode = "NOERROR", records = [], ttl = 300, authenticated = false }) {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  // QR, RD, RA; AD (RFC 4035 §3.2.3)
  header.writeUInt16BE(0x8180 | (authenticated ? 0x20 : 0) | RCODES[rcode], 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([
    header,
    query.subarray(12, questionEnd(query)),
    ...records.map((strings) => record(strings, ttl)),
  ]);
}

function record(strings, ttl) {
  const data = Buffer.concat(
    strings.map((string) => Buffer.concat([Buffer.from([string.length]), Buffer.from(string, "latin1")])),
  );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name in the question
  head.writeUInt16BE(TXT, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

let made;
function certificate() {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), "waxseal-doh-"));
  try {
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
      { stdio: "pipe" },
    );
    made = { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "cert.pem")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
  return made;
}
