// What every project does with the package, unchanged in all of them: an ES module that imports
// nothing but its other half, so that any host and any bundler takes it. What comes back is plain data,
// and is judged by the runner.
import { KINDS, overHttps, stream, watchChecks, watchMemory } from "./scenario-parts.mjs";

/** The octets of the body that is signed and verified as a stream. */
const STREAMED = 50 * 1024 * 1024;

const DOMAIN = "example.com";
const TEXT = "From: Joe <joe@example.com>\r\nSubject: Hi\r\nDate: Mon, 23 Nov 2026 00:00:00 +0000\r\n\r\nHi.\r\n";

/**
 * @param {object} waxseal  what "waxseal", "waxseal/diagnose", "waxseal/doh" and "waxseal/zone" export
 * @param {object} input  made by the runner: { messages, checked, zone, now, verifications, signings }
 */
export async function scenario(waxseal, input) {
  const memory = watchMemory();
  const keys = await makeKeys(waxseal);
  return {
    reports: await verifyEach(waxseal, input),
    byHost: await verifyByHost(waxseal, input),
    kinds: await everyKind(waxseal, input),
    doh: await askOverHttps(waxseal, input),
    errors: await errors(waxseal, input),
    signed: await signWhole(waxseal, input, keys),
    streamed: await signStream(waxseal, input, keys, memory),
    around: await around(waxseal, input, keys),
    leak: await repeat(waxseal, input, keys, memory),
    // last, for it starts a module of its own, and only one memory is watched
    diagnosed: await diagnoseEach(waxseal, input),
  };
}

/** A pass, a fail, a temporary error: the reports, to be compared with the native command's. */
async function verifyEach({ verify, zoneResolver }, { messages, zone, now }) {
  const resolver = zoneResolver(zone);
  const reports = {};
  for (const [name, message] of Object.entries(messages)) {
    reports[name] = await verify(message, { resolver, now });
  }
  return reports;
}

/** Signatures that the host checks, with keys and signatures that programs disagree about. */
async function verifyByHost({ verify, zoneResolver }, { checked, zone, now }) {
  const resolver = zoneResolver(zone);
  const watch = watchChecks();
  const reports = [];
  for (const message of checked) reports.push(await verify(message, { resolver, now, crypto: "webcrypto" }));
  return { reports, checks: watch.count() };
}

/** The message as every kind there is: those that do not give the same report. */
async function everyKind({ verify, createVerifier, zoneResolver }, { messages, zone, now }) {
  const resolver = zoneResolver(zone);
  const wanted = JSON.stringify(await verify(messages.pass, { resolver, now, trace: true }));
  const others = [];
  for (const [kind, make] of Object.entries(KINDS)) {
    const found = await verify(make(messages.pass), { resolver, now, trace: true });
    if (JSON.stringify(found) !== wanted) others.push(kind);
  }
  const verifier = createVerifier({ resolver, now, trace: true });
  await new Blob([messages.pass]).stream().pipeTo(verifier.writable);
  if (JSON.stringify(await verifier.end()) !== wanted) others.push("createVerifier");
  return { tried: Object.keys(KINDS).length + 1, others };
}

/** DNS over HTTPS by GET and by POST, and a server that is out of order. */
async function askOverHttps({ verify, dohResolver, zoneResolver }, { messages, zone, now }) {
  const fetch = overHttps(zoneResolver(zone));
  const outcome = async (options) => {
    const { signatures } = await verify(messages.pass, { resolver: dohResolver(options), now });
    return signatures.map(({ result, reason }) => [result, reason]);
  };
  return {
    get: await outcome({ fetch }),
    post: await outcome({ fetch, method: "POST" }),
    outage: await outcome({ fetch: async () => new Response("busy", { status: 503 }) }),
  };
}

/** What comes of wrong arguments and of signals, before and while a message comes. */
async function errors({ verify, sign, createVerifier, WaxsealError }, { messages }) {
  const told = async (call) => {
    try {
      await call();
      return "no error";
    } catch (error) {
      return [error instanceof WaxsealError, error.name, error.code ?? null, error.message];
    }
  };
  const over = new AbortController();
  over.abort();
  const meanwhile = new AbortController();
  const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => setTimeout(() => meanwhile.abort(), 1)) }) };
  const deaf = () => new Promise(() => {});
  const lookup = new AbortController();
  setTimeout(() => lookup.abort(new Error("enough")), 5);
  const ended = createVerifier({ resolver: deaf, policy: { dnsTimeout: 0.01 } });
  await ended.write(new TextEncoder().encode(messages.pass));
  const { result } = await ended.end();
  return {
    badArgument: (await told(() => verify(5))).slice(0, 3),
    badKey: (await told(() => sign("", { signatures: [{ domain: "d.example", selector: "s", key: "x" }] }))).slice(0, 3),
    before: (await told(() => verify(messages.pass, { signal: over.signal }))).slice(0, 2),
    whileReading: (await told(() => verify(hanging, { signal: meanwhile.signal }))).slice(0, 2),
    whileAsking: await told(() => verify(messages.pass, { resolver: deaf, signal: lookup.signal })),
    deadline: result,
    ended: (await told(() => ended.end())).slice(0, 3),
  };
}

/** Key pairs, and the zone that publishes them. */
async function makeKeys({ generateKeyPair }) {
  const keys = { zone: {}, requests: [] };
  for (const type of ["rsa", "ed25519"]) {
    const { privateKey, name, record } = await generateKeyPair({ type, domain: DOMAIN, selector: type });
    keys[type] = privateKey;
    keys.zone[name] = record;
    keys.requests.push({ domain: DOMAIN, selector: type, key: privateKey, ttl: 3600 });
  }
  return keys;
}

/** Signs with keys of every kind. */
async function signWhole({ sign, verify, zoneResolver }, { now }, { requests, rsa, zone }) {
  const der = Uint8Array.from(atob(rsa.replace(/-----[^-]+-----|\s/g, "")), (character) => character.charCodeAt(0));
  const kind = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const held = await crypto.subtle.importKey("pkcs8", der, kind, false, ["sign"]);
  const elsewhere = {
    algorithm: "rsa-sha256",
    sign: async (data) => new Uint8Array(await crypto.subtle.sign(kind.name, held, data)),
  };
  const names = { domain: DOMAIN, selector: "rsa", ttl: 3600 };
  const signatures = [...requests, { ...names, key: der }, { ...names, key: held }, { ...names, key: elsewhere }];
  const { header, message } = await sign(TEXT, { signatures, now });
  const octets = message();
  const report = await verify(octets, { resolver: zoneResolver(zone), now });
  return { header, message: new TextDecoder().decode(octets), zone, results: results(report) };
}

/** Signs and verifies a stream of 50 MB. */
async function signStream({ createSigner, createVerifier, zoneResolver }, { now }, { requests, zone }, memory) {
  const start = new TextEncoder().encode("From: Joe <joe@example.com>\r\nSubject: much\r\n\r\n");
  const signer = createSigner({ signatures: requests, now });
  await signer.write(start);
  const before = await memory.now();
  for (const chunk of body()) await signer.write(chunk);
  const signing = await memory.now();
  const field = (await signer.end()).header;

  const verifier = createVerifier({ resolver: zoneResolver(zone), now });
  await stream([new TextEncoder().encode(field), start], body()).pipeTo(verifier.writable);
  const verifying = await memory.now();
  const report = await verifier.end();
  return { results: results(report), octets: report.coverage.body.total, memory: { before, signing, verifying } };
}

/** What stands around a signature: ARC, Authentication-Results, key records, the check of a key. */
async function around(waxseal, { now }, { ed25519, rsa, zone }) {
  const { checkKey, formatAuthenticationResults, keyRecord, parseAuthenticationResults } = waxseal;
  const resolver = waxseal.zoneResolver(zone);
  await waxseal.ready();
  const { message } = await waxseal.sealArc(TEXT, { domain: DOMAIN, selector: "rsa", key: rsa, authservId: "mx.example", now, resolver });
  const report = await waxseal.verify(message(), { now, resolver });
  const { authservId, results } = parseAuthenticationResults(formatAuthenticationResults(report, "mx.example"));
  const names = { domain: DOMAIN, selector: "ed25519" };
  return {
    arc: report.arc.result,
    authservId,
    methods: results.map(({ method, result }) => `${method}=${result}`),
    recordIsSame: keyRecord(ed25519, names).value === zone[`ed25519._domainkey.${DOMAIN}`],
    published: (await checkKey({ ...names, privateKey: ed25519, resolver })).result,
    another: (await checkKey({ domain: DOMAIN, selector: "rsa", privateKey: ed25519, resolver })).result,
    missing: (await checkKey({ domain: DOMAIN, selector: "none", resolver })).reason,
  };
}

/** Verifies and signs the same over and over: what each one takes must be given back. */
async function repeat({ sign, verify, zoneResolver }, { messages, zone, now, verifications, signings }, keys, memory) {
  const resolver = zoneResolver(zone);
  const verified = await counted(verifications, memory, async () => {
    const { result } = await verify(messages.pass, { resolver, now });
    return result === "pass";
  });
  const [, ed25519] = keys.requests;
  const signed = await counted(signings, memory, async () => {
    const { header } = await sign(TEXT, { signatures: [ed25519], now });
    return header.startsWith("DKIM-Signature: ");
  });
  return { verified, signed };
}

/** Why a message fails: the report, what is told of one that a list has changed, and the default resolver. */
async function diagnoseEach({ diagnose, zoneResolver }, { messages, zone, now }) {
  const resolver = zoneResolver(zone);
  const { report } = await diagnose(messages.fail, { resolver, now });
  const { signatures } = await diagnose(`${messages.pass}-- \r\nA list\r\n`, { resolver, now });
  const explanations = signatures.map(({ explanation }) => explanation);
  // Where none is given, DNS over HTTPS with the codec of this module.
  const { fetch } = globalThis;
  globalThis.fetch = overHttps(resolver);
  try {
    const { report: overDoh } = await diagnose(messages.pass, { now });
    return { report, explanations, overDoh: overDoh.result };
  } finally {
    globalThis.fetch = fetch;
  }
}

/** How often it went well, and the memory when a tenth was done and at the end. */
async function counted(times, memory, work) {
  const some = Math.ceil(times / 10);
  let good = 0;
  let before = 0;
  for (let i = 0; i < times; i++) {
    if (i === some) before = memory.module();
    if (await work()) good++;
  }
  return { good, before, after: memory.module() };
}

function results(report) {
  return report.signatures.map(({ algorithm, result, explanation }) => [algorithm, result, explanation]);
}

/** 50 MB of lines, each chunk an array of its own, so that whoever keeps them is found out. */
function* body() {
  const line = `${"0123456789".repeat(6)}..\r\n`;
  const chunk = new TextEncoder().encode(line.repeat(1024));
  for (let at = 0; at < STREAMED; at += chunk.length) yield chunk.slice();
}
