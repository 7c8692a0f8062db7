import type { Signature } from "waxseal";

import type { Field } from "./fields.ts";

/** What one signature says of a field: nothing, that it is signed, or that no other of its name is. */
export type Cover = "signed" | "oversigned";

/** For each signature, what it covers, by the place of the field. */
export type Covers = Map<number, Cover>[];

type Signed = Pick<Signature, "protocol" | "signedFields">;

/** Fields that are signatures themselves and stand in a report as `signatures`, in this order. */
const SIGNATURES = new Set(["dkim-signature", "domainkey-signature"]);

/** Which fields each signature covers; whether it verifies is another matter. */
export function coversOf(fields: Field[], signatures: Signed[]): Covers {
  const own = fields.filter((field) => SIGNATURES.has(field.name.toLowerCase()));
  return signatures.map((signature, index) => {
    const at = own[index]?.index ?? -1;
    return signature.protocol === "domainkeys"
      ? coverOfDomainKeys(fields, signature.signedFields, at)
      : coverOfDkim(fields, signature.signedFields, at);
  });
}

/**
 * RFC 6376 §5.4.2: of several fields of a name `h=` takes the lowest first. Once more than there are, it
 * says that there is no other. A signature never takes its own field (§3.5, `h=`).
 */
function coverOfDkim(fields: Field[], names: string[], own: number): Map<number, Cover> {
  const left = new Map<string, Field[]>();
  for (const field of fields) {
    if (field.index === own) continue;
    const name = field.name.toLowerCase();
    const before = left.get(name);
    if (before) before.push(field);
    else left.set(name, [field]);
  }
  const all = new Map([...left].map(([name, of]) => [name, [...of]]));
  const cover = new Map<number, Cover>();
  for (const listed of names) {
    const name = listed.toLowerCase();
    const taken = left.get(name)?.pop();
    if (taken) cover.set(taken.index, "signed");
    else for (const field of all.get(name) ?? []) cover.set(field.index, "oversigned");
  }
  return cover;
}

/** RFC 4870 §3.1: all fields below the signature, or those of them that `h=` names. */
function coverOfDomainKeys(fields: Field[], names: string[], own: number): Map<number, Cover> {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const below = fields.filter((field) => field.index > own);
  const taken = below.filter((field) => wanted.size === 0 || wanted.has(field.name.toLowerCase()));
  return new Map(taken.map((field) => [field.index, "signed"]));
}
