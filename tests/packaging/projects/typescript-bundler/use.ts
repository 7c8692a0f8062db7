// Compiled, not run: whoever writes TypeScript must get by with the types as they are, and must hear
// of mistakes from the compiler.
import {
  type DnsAnswer,
  type Message,
  type Report,
  type Resolver,
  WaxsealError,
  type WaxsealErrorCode,
  checkKey,
  createSigner,
  createVerifier,
  formatAuthenticationResults,
  generateKeyPair,
  keyRecord,
  parseAuthenticationResults,
  ready,
  sealArc,
  sign,
  verify,
} from "waxseal";
import { type Diagnosis, type Hypothesis, diagnose } from "waxseal/diagnose";
import { diagnose as diagnoseSlim, init as initDiagnose } from "waxseal/diagnose-slim";
import { dohResolver } from "waxseal/doh";
import { dohResolver as dohResolverSlim, init, verify as verifySlim } from "waxseal/slim";
import { zoneResolver } from "waxseal/zone";

export async function messages(): Promise<Report[]> {
  const octets = new Uint8Array(3);
  const every: Message[] = [
    octets,
    octets.buffer,
    "From: a@example.com\r\n\r\n",
    new Blob([octets]),
    new Response(octets),
    new Response(octets).body!,
    (async function* () {
      yield octets;
    })(),
  ];
  return Promise.all(every.map((message) => verify(message)));
}

export async function resolvers(): Promise<void> {
  const answers: DnsAnswer[] = [
    { rcode: 0, records: [["v=DKIM1; ", new Uint8Array(3)]], authenticated: true, ttl: 300 },
    { rcode: "NXDOMAIN", records: [] },
    [["v=DKIM1; ", "p="]],
    ["v=DKIM1; p="],
    new Uint8Array(12),
  ];
  const own: Resolver = async (name, type, { signal }) => {
    signal.throwIfAborted();
    return answers[name.length + type.length] ?? [];
  };
  const all: Resolver[] = [
    own,
    dohResolver(),
    dohResolver({ url: new URL("https://dns.example/dns-query"), fetch, method: "POST" }),
    zoneResolver("a.example. IN TXT x"),
    zoneResolver({ "a.example": ["x"] }),
  ];
  for (const resolver of all) {
    const report = await verify("", {
      resolver,
      now: "received",
      authservId: "mx.example",
      policy: { minRsaBits: 2048, dnsTimeout: 1.5 },
      headersOnly: true,
      trace: true,
      signal: AbortSignal.timeout(1000),
    });
    for (const { result, reason, key, domain } of report.signatures) {
      const text: string = `${result} ${reason ?? ""} ${domain ?? ""} ${key?.bits ?? 0}`;
      // @ts-expect-error key may be null
      key.bits;
      // @ts-expect-error there is no such reason
      if (reason === "keyLost") return void text;
    }
  }
}

export async function streams(body: ReadableStream<Uint8Array>): Promise<string> {
  const verifier = createVerifier({ now: 1_700_000_000 });
  await verifier.write(new Uint8Array(3));
  await body.pipeTo(verifier.writable);
  const report: Report = await verifier.end();
  // @ts-expect-error not a string
  await verifier.write("text");
  return report.authenticationResults;
}

export async function signing(cryptoKey: CryptoKey): Promise<Uint8Array> {
  await ready();
  const names = { domain: "example.com", selector: "s1" };
  const { privateKey, record } = await generateKeyPair({ type: "rsa", bits: 2048 });
  const { value, strings, zone } = keyRecord(privateKey, names);
  const outside = {
    algorithm: "ed25519-sha256" as const,
    sign: async (data: Uint8Array) => data,
  };
  const keys = [privateKey, new Uint8Array(3), cryptoKey, outside];
  const signatures = keys.map((key) => ({ ...names, key, ttl: 3600, headers: ["From"] }));
  const { header, message } = await sign("", { signatures, now: 1_700_000_000 });
  const signer = createSigner({ signatures });
  await signer.write(new Uint8Array(3));
  const { header: field } = await signer.end();
  // @ts-expect-error signatures are needed
  await sign("", {});
  const { result } = await checkKey({ ...names, privateKey, resolver: zoneResolver(zone) });
  return new TextEncoder().encode([header, field, record, value, ...strings, result, message()].join());
}

export function errors(error: unknown): WaxsealErrorCode | undefined {
  return error instanceof WaxsealError ? error.code : undefined;
}

export async function slim(module: WebAssembly.Module): Promise<Report> {
  await init(fetch("/waxseal.wasm"));
  await init(module);
  return verifySlim("", { resolver: dohResolverSlim({ timeout: 1.5 }) });
}

export async function diagnoses(module: WebAssembly.Module): Promise<Hypothesis[]> {
  await initDiagnose(fetch("/diagnose.wasm"));
  await initDiagnose(module);
  const resolver = zoneResolver("");
  const all: Diagnosis[] = [
    await diagnose("", { resolver, bounds: { hashedOctets: 1 << 20 } }),
    await diagnoseSlim(new Uint8Array(3)),
  ];
  // @ts-expect-error the core computes
  await diagnose("", { crypto: "webcrypto" });
  return all.flatMap(({ signatures }) => signatures.flatMap(({ findings }) => findings.map((one) => one.hypothesis)));
}

export async function forwarding(key: string): Promise<string[]> {
  const report = await verify("", { authservId: "mx.example" });
  const { header, chain, reason, message } = await sealArc("", {
    domain: "example.org",
    selector: "s",
    key,
    authenticationResults: formatAuthenticationResults(report, "mx.example"),
    chain: report.arc,
  });
  // @ts-expect-error who speaks must be said
  formatAuthenticationResults(report);
  const { results } = parseAuthenticationResults(report.authenticationResults);
  const methods = results.map(({ method, result }) => `${method}=${result}`);
  return [header, chain, reason ?? "sealed", `${message().length}`, ...methods];
}
