import { defaultResolver } from "./doh-client.js";
import { asOurs } from "./error.js";
import { checkedBy, wantedCrypto } from "./host-crypto.js";
import { load } from "./load.js";
import { Lookups } from "./lookups.js";
import { checkOptions } from "./options.js";
import { Intake } from "./stream.js";

/** Verifies the signatures of one message that comes in chunks. */
export class StreamVerifier extends Intake {
  /** Whether the rest of the message need not be read, because only its header counts. */
  hasEnough = false;

  /** @param {object} [options] */
  constructor(options) {
    const { settings, crypto, resolver = defaultResolver(load), signal, dnsTimeout } =
      checkOptions(options);
    const subtle = wantedCrypto(crypto);
    const lookups = new Lookups(resolver, dnsTimeout, signal);
    super(signal, {
      load,
      start: (core) => asOurs(() => core.verifier(settings)),
      push: (verifier, array) => {
        const moreMatters = asOurs(() => verifier.push(array));
        lookups.advance(verifier);
        this.hasEnough ||= settings.headersOnly === true && !moreMatters;
      },
      finish: async (verifier) => {
        asOurs(() => verifier.end());
        await lookups.answered(verifier);
        if (lookups.failure) throw lookups.failure;
        if (!subtle) return JSON.parse(asOurs(() => verifier.finish()));
        return JSON.parse(await checkedBy(subtle, asOurs(() => verifier.checks()), signal));
      },
      close: (verifier) => {
        lookups.close();
        verifier?.free();
      },
    });
  }
}
