import { linkedSignal } from "./abort.js";
import { asOurs } from "./error.js";
import { load } from "./load.js";
import { checkAlgorithm, checkSignOptions } from "./sign-options.js";
import { Intake } from "./stream.js";

/** What RSA keys should have (RFC 8301 §3.2). */
const GOOD_RSA_BITS = 2048;

/** Signs one message that comes in chunks. */
export class StreamSigner extends Intake {
  /** @param {object} options */
  constructor(options) {
    const { requests, settings, signal } = checkSignOptions(options);
    const keys = [];
    super(signal, {
      load,
      start: (core) => {
        for (const request of requests) keys.push(request.key(core));
        requests.forEach((request, index) => checkAlgorithm(request, keys[index].algorithm));
        const plain = requests.map(({ request }, index) => {
          return { ...request, algorithm: keys[index].algorithm };
        });
        return asOurs(() => core.signer(plain, settings));
      },
      push: (signer, array) => asOurs(() => signer.push(array)),
      finish: (signer) => finish(signer, keys, signal),
      close: (signer) => {
        for (const key of keys.splice(0)) key.free();
        signer?.free();
      },
    });
  }
}

/** Has every key sign, side by side, and puts the fields in the order of the requests. */
async function finish(signer, keys, outer) {
  asOurs(() => signer.end());
  const { unsigned, warnings } = asOurs(() => signer.finish());
  const { signal, end } = linkedSignal(outer);
  try {
    const signed = await Promise.all(unsigned.map((one, index) => keys[index].sign(one, signal)));
    for (const [index, { bits }] of signed.entries()) {
      const { algorithm } = unsigned[index];
      warnings.push(...weakness(algorithm, bits, `options.signatures[${index}].key`));
    }
    return { header: signed.map(({ field }) => field).join(""), warnings };
  } finally {
    // The signers that are still at it, where another one has failed.
    end(new DOMException("the signing is over", "AbortError"));
    for (const one of unsigned) one.free();
  }
}

/** The warning about a key that is too short to be trusted for long, if it is. */
export function weakness(algorithm, bits, path) {
  if (algorithm !== "rsa-sha256" || bits >= GOOD_RSA_BITS) return [];
  const why = `the RSA key has ${bits} bits, but should have 2048 (RFC 8301 section 3.2)`;
  return [{ code: "weakKey", explanation: `${path}: ${why}` }];
}
