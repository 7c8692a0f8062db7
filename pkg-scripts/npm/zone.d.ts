import type { Resolver } from "./index.js";

/**
 * A resolver that answers from an RFC 1035 master file, or from an object of names and complete TXT
 * records, and never asks a network. What does not stand there does not exist.
 *
 * @example
 * import { verify } from "waxseal";
 * import { zoneResolver } from "waxseal/zone";
 *
 * const resolver = zoneResolver('s1._domainkey.example.com. 300 IN TXT "v=DKIM1; k=ed25519; p=…"');
 * const report = await verify(message, { resolver });
 *
 * @throws {WaxsealError} `badArgument` at once; `badZone`, which tells the line of a master file that
 * cannot be read, comes out of the verification
 */
export function zoneResolver(zone: string | Record<string, string | string[]>): Resolver;
