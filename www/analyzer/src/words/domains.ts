/** How two domains lie to each other, by their names alone. */
export type Relation = "same" | "above" | "below" | "apart";

/** How the signing domain lies to the author's, by name: `above`, it is one that the author's is part of. */
export function relation(signer: string, author: string): Relation {
  const [a, b] = [signer.toLowerCase(), author.toLowerCase()];
  if (a === b) return "same";
  // a single label is no domain of anybody's
  if (b.endsWith(`.${a}`) && a.includes(".")) return "above";
  if (a.endsWith(`.${b}`) && b.includes(".")) return "below";
  return "apart";
}

/** The domain of an address, lower case; null where it has none. */
export function domainOf(address: string): string | null {
  const at = address.lastIndexOf("@");
  return at < 0 || at === address.length - 1 ? null : address.slice(at + 1).toLowerCase();
}
