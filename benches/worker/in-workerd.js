// What is measured, in workerd: measure.mjs sends the messages and reads the clock, for here it stands still.
import { verify } from "waxseal";

/** What crypto.subtle has to do for a message, and nothing else. */
async function bare({ body, header, key, kind, signature }) {
  const imported = await crypto.subtle.importKey("spki", key, kind, false, ["verify"]);
  await crypto.subtle.digest("SHA-256", body);
  const verified = await crypto.subtle.verify(kind, imported, signature, header);
  if (!verified) throw new Error("it does not verify");
}

export default {
  async fetch(request) {
    const { how, times, message, zone, parts } = await request.json();
    const octets = new TextEncoder().encode(message);
    const resolver = async (name) => (zone[name] ? [[zone[name]]] : []);
    const decode = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const plain = { kind: parts.kind };
    for (const name of ["body", "header", "key", "signature"]) plain[name] = decode(parts[name]);
    for (let i = 0; i < times; i++) {
      if (how === "bare") {
        await bare(plain);
        continue;
      }
      const { result } = await verify(octets, { resolver, crypto: how });
      if (result !== "pass") throw new Error(result);
    }
    return new Response("done");
  },
};
