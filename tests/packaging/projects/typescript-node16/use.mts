import { createReadStream } from "node:fs";
import { webcrypto } from "node:crypto";
import { promises as dns } from "node:dns";
import { type Report, WaxsealError, createVerifier, generateKeyPair, sign, verify } from "waxseal";
import { diagnose } from "waxseal/diagnose";
import { init as initDiagnose } from "waxseal/diagnose-slim";
import { dohResolver } from "waxseal/doh";
import { nodeResolver } from "waxseal/node";
import { init } from "waxseal/slim";
import { zoneResolver } from "waxseal/zone";

export async function use(file: string, cryptoKey: webcrypto.CryptoKey): Promise<Report[]> {
  await init(new Uint8Array(3));
  await initDiagnose(new Uint8Array(3));
  const { privateKey } = await generateKeyPair({ type: "ed25519" });
  const { message } = await sign(createReadStream(file), {
    signatures: [
      { domain: "example.com", selector: "s", key: privateKey },
      { domain: "example.com", selector: "t", key: cryptoKey },
    ],
  });
  const verifier = createVerifier();
  await verifier.write(message());
  const resolvers = [
    dns.resolveTxt,
    (name: string) => dns.resolveTxt(name),
    nodeResolver({ servers: ["192.0.2.1"] }),
    dohResolver({ method: "POST" }),
    zoneResolver(""),
  ];
  const { report } = await diagnose(createReadStream(file), { resolver: dns.resolveTxt });
  const reports = resolvers.map((resolver) => verify(createReadStream(file), { resolver }));
  return [report, await verifier.end(), ...(await Promise.all(reports))];
}

export const isOurs = (error: unknown): boolean => error instanceof WaxsealError;
