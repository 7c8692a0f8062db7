import { asOurs, badArgument } from "./error.js";
import { load } from "./load.js";

/**
 * A resolver that answers from an RFC 1035 master file, or from an object of names and TXT records,
 * and never asks a network.
 *
 * @param {string | Record<string, string | string[]>} zone
 * @returns {import("./index.js").Resolver}
 */
export function zoneResolver(zone) {
  const lookup = typeof zone === "string" ? inFile(zone) : inObject(zone);
  return async (name, type) => {
    if (type !== "TXT") return { rcode: "NOERROR", records: [] };
    return lookup(name);
  };
}

function inFile(text) {
  // Parsed when it is first asked: parsing is the core's, which may have to be started.
  let zone;
  return async (name) => {
    const { Zone } = await load();
    // A file that cannot be read is the caller's mistake and ends the verification; an alias that
    // leads nowhere is the DNS's, and an error like those of other resolvers.
    zone ??= asOurs(() => new Zone(text));
    return zone.lookup(name);
  };
}

function inObject(object) {
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw badArgument("zone", "the text of a master file, or an object of names and TXT records");
  }
  const zone = new Map();
  for (const [name, value] of Object.entries(object)) {
    const records = Array.isArray(value) ? value : [value];
    if (!records.every((record) => typeof record === "string")) {
      throw badArgument(`zone[${JSON.stringify(name)}]`, "a string or an array of strings");
    }
    zone.set(
      canonicalName(name),
      records.map((record) => [record]),
    );
  }
  return (name) => {
    const records = zone.get(canonicalName(name));
    return records ? { rcode: "NOERROR", records } : { rcode: "NXDOMAIN", records: [] };
  };
}

/** As the core asks for it: A-labels, lower case, no final dot. */
function canonicalName(name) {
  const lower = name.toLowerCase().replace(/\.$/, "");
  // Only URLs bring a conversion of U-labels to every host.
  return /^[\x20-\x7e]*$/.test(lower) ? lower : new URL(`http://${lower}`).hostname;
}
