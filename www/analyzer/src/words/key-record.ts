import type { Key } from "waxseal";

import { tagsOf, type Tag } from "../message/tags.ts";
import { counted, number } from "./lists.ts";

/** A tag of a key record with what it means. */
export interface Reading {
  name: string;
  value: string;
  says: string;
  /** Whether something about it should be looked into. */
  isOdd: boolean;
}

/** Every tag of a key record (RFC 6376 §3.6.1) with a reading of it; `key` is what the core made of it. */
export function readKeyRecord(record: string, key: Key | null): Reading[] {
  const tags = tagsOf(record);
  const readings = tags.map(({ name, value }, index): Reading => {
    const isTwice = tags.findIndex((tag) => tag.name === name) < index;
    const read = READERS[name];
    const { says, isOdd } = isTwice
      ? { says: "stands twice, which makes the record invalid", isOdd: true }
      : (read?.(value, key, index) ?? { says: "not known to DKIM; it is passed over", isOdd: true });
    return { name, value, says, isOdd };
  });
  if (!has(tags, "p")) {
    readings.push({ name: "p", value: "", says: "not there, but a key record must have it", isOdd: true });
  }
  return readings;
}

/** What holds for the tags that are not there. */
export function readDefaults(record: string): string[] {
  const tags = tagsOf(record);
  return DEFAULTS.filter(([name]) => !has(tags, name)).map(([, says]) => says);
}

function has(tags: Tag[], name: string): boolean {
  return tags.some((tag) => tag.name === name);
}

type Reader = (value: string, key: Key | null, index: number) => Pick<Reading, "says" | "isOdd">;

const plain = (says: string) => ({ says, isOdd: false });
const odd = (says: string) => ({ says, isOdd: true });

const DEFAULTS: [string, string][] = [
  ["k", "an RSA key (k=)"],
  ["h", "every hash is allowed (h=)"],
  ["s", "for every service (s=)"],
  ["t", "neither testing nor strict (t=)"],
];

const READERS: Record<string, Reader> = {
  v: (value, _, index) => {
    if (value !== "DKIM1") return odd("no version of DKIM: the record is not taken for a key");
    return index === 0 ? plain("a DKIM key, version 1") : odd("must stand first");
  },
  k: (value) => {
    if (/^rsa$/i.test(value)) return plain("an RSA key");
    if (/^ed25519$/i.test(value)) return plain("an Ed25519 key: small and fast (RFC 8463)");
    return odd("a kind of key that is not known");
  },
  p: (value, key) => {
    if (value === "") return odd("empty: the key is withdrawn");
    const letters = counted(value.replace(/\s/g, "").length, "letter");
    if (!key?.bits) return odd(`the public key in base64, ${letters}; it cannot be used`);
    if (key.type === "ed25519") return plain(`the public key, ${key.bits} bits`);
    if (key.bits < 1024)
      return odd(`the public key, ${number(key.bits)} bits: so short that it can be broken`);
    if (key.bits < 2048)
      return odd(`the public key, ${number(key.bits)} bits: 2,048 or more are better (RFC 8301)`);
    return plain(`the public key, ${number(key.bits)} bits`);
  },
  h: (value) => {
    const hashes = list(value);
    if (hashes.includes("sha256")) return plain(`may be used with ${hashes.join(" and ")}`);
    return odd(`may be used with ${hashes.join(" and ") || "no hash"} alone, which is not accepted any more`);
  },
  s: (value) => {
    const services = list(value);
    if (services.includes("*")) return plain("may be used for every service");
    return services.includes("email") ? plain("may be used for mail") : odd("may not be used for mail");
  },
  t: (value) => {
    const flags = list(value);
    const said = flags.map((flag) => FLAGS[flag] ?? `the flag “${flag}” is not known`);
    const says = said.join("; ") || "no flags";
    return flags.includes("y") || flags.some((flag) => !(flag in FLAGS)) ? odd(says) : plain(says);
  },
  n: () => plain("a note for people"),
  g: (value) =>
    value === "*"
      ? plain("historic: for every address")
      : odd("historic: it limits the addresses, which DKIM passes over"),
};

const FLAGS: Record<string, string> = {
  y: "y: the domain is testing DKIM, and mail with a broken signature should be treated like unsigned mail",
  s: "s: the identity (i=) must be of the signing domain itself",
};

function list(value: string): string[] {
  return value.split(":").flatMap((one) => (one.trim() === "" ? [] : [one.trim().toLowerCase()]));
}
