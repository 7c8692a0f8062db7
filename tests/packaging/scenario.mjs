// What every project does with the package, unchanged in all of them: an ES module that imports
// nothing, so that any host and any bundler takes it. What comes back is plain data, and is judged
// by the runner.

/** The octets of the body that is signed and verified as a stream. */
const STREAMED = 50 * 1024 * 1024;

const NAMES = { domain: "example.com", ttl: 3600 };

/**
 * @param {object} waxseal  what `import "waxseal"` gives
 * @param {Function} zoneResolver  of `waxseal/zone`
 * @param {object} input  made by the runner: { messages, checked, zone, now, verifications }
 */
export async function scenario(waxseal, zoneResolver, input) {
  const memory = watchMemory();
  return {
    reports: await verifyEach(waxseal, zoneResolver(input.zone), input),
    byHost: await verifyByHost(waxseal, zoneResolver(input.zone), input),
    badArgument: await badArgument(waxseal),
    ...(await signAndStream(waxseal, zoneResolver, input, memory)),
    leak: await repeat(waxseal, zoneResolver(input.zone), input, memory),
  };
}

/** A pass, a fail, a temporary error: the reports, to be compared with the native command's. */
async function verifyEach({ verify }, resolver, { messages, now }) {
  const reports = {};
  for (const [name, message] of Object.entries(messages)) {
    reports[name] = await verify(message, { resolver, now });
  }
  return reports;
}

/** Signatures that the host checks, with keys and signatures that programs disagree about. */
async function verifyByHost({ verify }, resolver, { checked, now }) {
  const watch = watchChecks();
  const reports = [];
  for (const message of checked) reports.push(await verify(message, { resolver, now, crypto: "webcrypto" }));
  return { reports, checks: watch.count() };
}

/** How many signatures WebCrypto is asked about; null where it cannot be watched. */
function watchChecks() {
  const prototype = Object.getPrototypeOf(crypto.subtle);
  const { verify } = prototype;
  let asked = 0;
  const counted = function (...given) {
    asked++;
    return verify.apply(this, given);
  };
  try {
    prototype.verify = counted;
  } catch {
    // A host whose classes are closed.
  }
  const isWatched = crypto.subtle.verify === counted;
  return {
    count() {
      if (isWatched) prototype.verify = verify;
      return isWatched ? asked : null;
    },
  };
}

async function badArgument({ verify }) {
  try {
    await verify(5);
  } catch (error) {
    return { name: error.name, code: error.code };
  }
  return null;
}

/** Signs with both algorithms, whole and as a stream of 50 MB, and verifies what came of it. */
async function signAndStream(waxseal, zoneResolver, { now }, memory) {
  const { generateKeyPair, sign, createSigner, createVerifier, verify } = waxseal;
  const keys = [];
  const zone = {};
  for (const type of ["rsa", "ed25519"]) {
    const { privateKey, record } = await generateKeyPair({ type });
    zone[`${type}._domainkey.${NAMES.domain}`] = record;
    keys.push({ domain: NAMES.domain, selector: type, key: privateKey, ttl: NAMES.ttl });
  }
  const resolver = zoneResolver(zone);
  const text = "From: Joe <joe@example.com>\r\nSubject: Hi\r\nDate: Mon, 23 Nov 2026 00:00:00 +0000\r\n\r\nHi.\r\n";
  const { header, message } = await sign(text, { signatures: keys, now });
  const whole = await verify(message(), { resolver, now });

  const start = new TextEncoder().encode("From: Joe <joe@example.com>\r\nSubject: much\r\n\r\n");
  const signer = createSigner({ signatures: keys, now });
  await signer.write(start);
  const before = memory.octets();
  for (const chunk of body()) await signer.write(chunk);
  const field = (await signer.end()).header;

  const verifier = createVerifier({ resolver, now });
  await stream([new TextEncoder().encode(field), start], body()).pipeTo(verifier.writable);
  const streamed = await verifier.end();
  return {
    signed: { header, message: new TextDecoder().decode(message()), zone, results: results(whole) },
    streamed: {
      results: results(streamed),
      octets: streamed.coverage.body.total,
      memory: { before, after: memory.octets() },
    },
  };
}

/** Verifies the same over and over: what each one takes must be given back. */
async function repeat({ verify }, resolver, { messages, now, verifications }, memory) {
  const some = Math.ceil(verifications / 10);
  let passed = 0;
  let warm = 0;
  for (let i = 0; i < verifications; i++) {
    if (i === some) warm = memory.octets();
    const { result } = await verify(messages.pass, { resolver, now });
    if (result === "pass") passed++;
  }
  return { passed, before: warm, after: memory.octets() };
}

function results(report) {
  return report.signatures.map(({ algorithm, result, explanation }) => [algorithm, result, explanation]);
}

/** 50 MB of lines, each chunk the same array, as a reader with one buffer gives it. */
function* body() {
  const line = `${"0123456789".repeat(6)}..\r\n`;
  const chunk = new TextEncoder().encode(line.repeat(1024));
  for (let at = 0; at < STREAMED; at += chunk.length) yield chunk;
}

function stream(first, chunks) {
  return new ReadableStream({
    pull(controller) {
      const next = first.length ? { value: first.shift() } : chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

/**
 * The size of the module's memory, which the package does not show: taken from the instance when it
 * is made, which is not before the first call.
 */
function watchMemory() {
  let memory;
  const watch = (instance) => {
    memory = instance.exports?.memory ?? memory;
    return instance;
  };
  const { Instance, instantiate } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, given) => watch(Reflect.construct(target, given)),
  });
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    watch(made.instance ?? made);
    return made;
  };
  return { octets: () => memory?.buffer.byteLength ?? null };
}
