// What the tests share: the worker as `wrangler` builds it, in real workerd, with a DNS of ours behind its
// fetch, and a postman who brings mail as Email Routing does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { FakeDns } from "./dns.mjs";

/** The worker's folder with everything installed and built: tests/worker/run makes it. */
export const PROJECT = resolve(process.env.WAXSEAL_WORKER ?? new URL("../../target/worker/project", import.meta.url).pathname);

const DIST = join(PROJECT, "dist");

/** The native command. */
export const NATIVE = resolve(process.env.WAXSEAL_NATIVE ?? new URL("../../target/debug/waxseal", import.meta.url).pathname);

const require = createRequire(join(PROJECT, "package.json"));
const { Log, LogLevel, Miniflare, Response: Answer } = require("miniflare");

// A connection for each request: workerd closes what stands idle for five seconds, and on a busy machine that
// happens just when it is to be used again.
const undici = require("undici");
const dispatcher = new undici.Agent({ pipelining: 0 });
const fetch = (url, init) => undici.fetch(url, { ...init, dispatcher });

const module = (path) => import(pathToFileURL(join(PROJECT, "node_modules/waxseal", path)).href);
export const waxseal = await module("index.js");

const sample = (name) => readFileSync(new URL(`../../docs/samples/${name}`, import.meta.url));

/** RFC 8463 §A.3: two signatures that pass, of the author's domain. */
export const MESSAGE = sample("rfc8463.eml");
export const TAMPERED = Buffer.from(MESSAGE.toString("latin1").replace("Are you hungry yet", "Are you angry yet"), "latin1");
export const UNSIGNED = Buffer.from("From: Joe <joe@football.example.com>\r\nTo: x@example.net\r\nSubject: secret plans\r\nMessage-ID: <1@football.example.com>\r\n\r\nHi.\r\n");

export const KEYS = {
  "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
  "test._domainkey.football.example.com":
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhd" +
    "R6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5" +
    "QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
};

export const TOKEN = "correct-horse-battery-staple";

/** A worker that calls another one's email() as the platform does, and tells what was asked of it. */
const POSTMAN = `
export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const failing = searchParams.get("forward");
    const rejects = [], forwards = [];
    let error = null;
    try {
      await env.WORKER.email({
        from: "envelope-from@example.com",
        to: "envelope-to@example.net",
        headers: new Headers(),
        raw: request.body,
        rawSize: Number(searchParams.get("size")),
        setReject: (reason) => void rejects.push(reason),
        forward: async (to, headers) => {
          if (failing) throw new Error(failing);
          forwards.push({ to, headers: Object.fromEntries(headers ?? []) });
        },
      });
    } catch (thrown) {
      error = thrown.message;
    }
    return Response.json({ rejects, forwards, error });
  },
};`;

/**
 * The worker, started; `t` ends it.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ dns?: object, env?: object, kms?: Function, workers?: object[] }} [options]
 */
export async function start(t, { dns: zone = KEYS, env = {}, kms, services = {}, workers = [], outbound } = {}) {
  const dns = zone instanceof FakeDns ? zone : new FakeDns(zone);
  const printed = [];
  const platform = [];
  const log = new Log(LogLevel.INFO);
  log.log = (text) => platform.push(text.replace(/\x1b\[[0-9;]*m/g, ""));
  const compatibility = { compatibilityDate: "2026-04-01" };
  const miniflare = new Miniflare({
    log,
    unsafeTriggerHandlers: true,
    handleRuntimeStdio(...streams) {
      for (const stream of streams) stream.on("data", (data) => printed.push(String(data)));
    },
    workers: [
      {
        name: "waxseal",
        modules: true,
        modulesRoot: DIST,
        scriptPath: join(DIST, "index.js"),
        modulesRules: [
          { type: "ESModule", include: ["**/*.js"] },
          { type: "CompiledWasm", include: ["**/*.wasm"] },
        ],
        ...compatibility,
        bindings: { DOH_URL: "https://dns.example/dns-query", AUTHSERV_ID: "mx.example.net", FORWARD_TO: "me@example.net", ...env },
        serviceBindings: { ...(kms && { KMS: (request) => kms(request, Answer) }), ...services },
        outboundService: outbound ? (request) => outbound(request, Answer) : (request) => dns.overHttps(request, Answer),
      },
      { name: "postman", modules: true, script: POSTMAN, ...compatibility, serviceBindings: { WORKER: "waxseal" } },
      ...workers.map((worker) => ({ modules: true, ...compatibility, ...worker })),
    ],
  });
  let stopped;
  const stop = () => (stopped ??= miniflare.dispose());
  t.after(stop);
  const url = await miniflare.ready;
  const postman = await miniflare.getWorker("postman");
  return {
    dns,
    url,
    miniflare,
    stop,
    Answer,
    platform,
    // put together, for new URL() would tidy up the path
    fetch: (path, init) => fetch(`${url.origin}${path}`, init),
    verify: (message, headers = { "content-type": "message/rfc822" }) => fetch(new URL("/verify", url), { method: "POST", body: message, headers }),
    async deliver(message, query = "") {
      const response = await postman.fetch(`http://postman/?size=${message.length}${query}`, { method: "POST", body: message });
      return response.json();
    },
    /** The lines of log as objects, at least so many. */
    async log(least = 1) {
      for (let tries = 0; tries < 200; tries++) {
        // What workerd itself complains about is not JSON.
        const lines = printed.join("").split("\n").filter((line) => line.startsWith("{"));
        if (lines.length >= least) return lines.map((line) => JSON.parse(line));
        await sleep(20);
      }
      throw new Error(`no ${least} lines of log: ${printed.join("")}`);
    },
    printed: () => printed.join(""),
  };
}

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/**
 * The answer to a request that is made again where the connection ended without one: a server that answers early
 * closes while the client still sends, and then the answer may be lost on the way (RFC 9112 §9.6); and on a
 * busy machine workerd closes connections over which nothing has come for some seconds.
 *
 * @param {() => Promise<Response>} request
 */
export async function patiently(request, tries = 5) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const { code } = error.cause ?? {};
      if (!["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT"].includes(code) || --tries === 0) throw error;
    }
  }
}

/** What a predicate waits for, without counting on how long it takes. */
export async function until(what, holds, tries = 500) {
  for (let i = 0; i < tries; i++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`it never happened: ${what}`);
}

/** The error of an answer, which must be one of ours. */
export async function errorOf(response, status, code) {
  const { error, ...others } = await response.json();
  const found = { status: response.status, code: error?.code };
  if (found.status !== status || found.code !== code || typeof error.message !== "string" || Object.keys(others).length) {
    throw new Error(`not ${status} ${code}: ${JSON.stringify({ ...found, error, others }).slice(0, 500)}`);
  }
  return error.message;
}

/** What became of each signature. */
export function outcomes(report) {
  return report.signatures.map(({ result, reason }) => (reason ? `${result} ${reason}` : result));
}

/** Key pairs for a domain, their records as a zone, and SIGNATURES with the secrets. */
export async function keysFor(domain, types = ["rsa", "ed25519"]) {
  const zone = {};
  const env = { SIGNATURES: [], SIGN_TOKEN: TOKEN };
  const pairs = {};
  for (const type of types) {
    const pair = await waxseal.generateKeyPair({ type, domain, selector: type });
    zone[pair.name] = pair.record;
    const secret = `KEY_${domain}_${type}`.replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
    env[secret] = pair.privateKey;
    env.SIGNATURES.push({ domain, selector: type, key: secret });
    pairs[type] = pair;
  }
  return { zone, env, pairs };
}

export const authorized = (headers = {}) => ({ authorization: `Bearer ${TOKEN}`, "content-type": "message/rfc822", ...headers });

/**
 * What the worker's own module says with these bindings, in this process: for set-ups by the dozen.
 * Also everything it logged.
 */
export async function here(env, call) {
  const { handle } = await import(pathToFileURL(join(PROJECT, "src/http.js")).href);
  const { email } = await import(pathToFileURL(join(PROJECT, "src/email.js")).href);
  const log = console.log;
  const printed = [];
  console.log = (text) => printed.push(text);
  try {
    const ctx = { waitUntil() {} };
    const request = (path, init) => handle(new Request(`http://localhost${path}`, init), env, ctx);
    return { result: await call({ fetch: request, email: (message) => email(message, env, ctx) }), printed: printed.join("\n") };
  } finally {
    console.log = log;
  }
}
