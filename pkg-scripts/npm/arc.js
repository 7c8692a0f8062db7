import { linkedSignal } from "./abort.js";
import { defaultResolver } from "./doh-client.js";
import { asOurs } from "./error.js";
import { checkedBy } from "./host-crypto.js";
import { load } from "./load.js";
import { Lookups } from "./lookups.js";
import { chainOf } from "./reports.js";
import { checkSealOptions } from "./seal-options.js";
import { checkAlgorithm } from "./sign-options.js";
import { withHeader } from "./sign.js";
import { weakness } from "./signer.js";
import { Intake } from "./stream.js";

/**
 * Adds an ARC set to a message (RFC 8617 §5.1).
 *
 * @param {import("./index.js").Message} message
 * @param {import("./index.js").SealOptions} options
 * @returns {Promise<import("./index.js").SealedMessage>}
 */
export async function sealArc(message, options) {
  return withHeader(new StreamSealer(options), message, options.signal);
}

/** Seals one message that comes in chunks. */
class StreamSealer extends Intake {
  /** @param {object} options */
  constructor(options) {
    const { wanted, request, verification, signing, dnsTimeout, subtle, signal, ...given } =
      checkSealOptions(options);
    const lookups = new Lookups(given.resolver ?? defaultResolver(load), dnsTimeout, signal);
    const keys = [];
    super(signal, {
      load,
      start: (core) => {
        for (const one of wanted) keys.push(one.key(core));
        wanted.forEach((one, index) => checkAlgorithm(one, keys[index].algorithm));
        const [own, ofSeal] = wanted.map(({ names }, index) => {
          return { ...names, algorithm: keys[index].algorithm };
        });
        const chain = request.chain && chainOf(request.chain, "options.chain");
        const complete = { ...request, ...own, sealKey: ofSeal, chain };
        return asOurs(() => core.sealer(complete, verification, signing));
      },
      push: (sealer, array) => {
        asOurs(() => sealer.push(array));
        lookups.advance(sealer);
      },
      finish: async (sealer) => {
        asOurs(() => sealer.end());
        await lookups.answered(sealer);
        if (lookups.failure) throw lookups.failure;
        const sealing = subtle
          ? await checkedBy(subtle, asOurs(() => sealer.checks()), signal)
          : asOurs(() => sealer.finish());
        const { set, arc: chain, warnings, ...why } = sealing;
        const arc = JSON.parse(chain);
        const judged = { chain: arc.result, ...why, arc: request.chain ?? arc };
        if (!set) return { header: "", ...judged, warnings: [] };
        const { header, weak } = await seal(set, keys, wanted, signal);
        return { header, ...judged, warnings: [...warnings, ...weak] };
      },
      close: (sealer) => {
        lookups.close();
        for (const key of keys.splice(0)) key.free();
        sealer?.free();
      },
    });
  }
}

/** Has the keys sign, one after the other, for the seal covers the message signature. */
async function seal(set, [messageKey, sealKey = messageKey], wanted, outer) {
  const { signal, end } = linkedSignal(outer);
  const unsigned = [set];
  try {
    // Else the keys are gone.
    signal.throwIfAborted();
    const signature = await messageKey.sign(set, signal);
    unsigned.push(signature.field);
    const sealed = await sealKey.sign(signature.field, signal);
    const bits = [signature.bits, sealed.bits].slice(0, wanted.length);
    const paths = wanted.map(({ path }) => `${path}.key`);
    const algorithms = unsigned.map(({ algorithm }) => algorithm);
    const weak = bits.flatMap((bits, index) => weakness(algorithms[index], bits, paths[index]));
    return { header: sealed.field, weak };
  } finally {
    end(new DOMException("the sealing is over", "AbortError"));
    for (const one of unsigned) one.free();
  }
}
