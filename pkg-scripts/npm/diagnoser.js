import { load } from "./diagnose-load.js";
import { defaultResolver } from "./doh-client.js";
import { asOurs, badArgument } from "./error.js";
import { Lookups } from "./lookups.js";
import { pieces } from "./message.js";
import { checkOptions, checked, count, isObject } from "./options.js";
import { Intake } from "./stream.js";

const BOUNDS = { messageOctets: count, hashedPerOctet: count, hashedOctets: count };

/**
 * Verifies a message and tells why its signatures fail.
 *
 * @param {import("./index.js").Message} message
 * @param {import("./diagnose.js").DiagnoseOptions} [options]
 * @returns {Promise<import("./diagnose.js").Diagnosis>}
 */
export async function diagnose(message, options) {
  const diagnoser = new StreamDiagnoser(options);
  try {
    for await (const piece of pieces(message, options?.signal)) await diagnoser.write(piece);
    return await diagnoser.end();
  } catch (error) {
    diagnoser.abort(error);
    throw error;
  }
}

/** Diagnoses one message that comes in chunks. */
class StreamDiagnoser extends Intake {
  /** @param {object} [options] */
  constructor(options) {
    const given = checkDiagnoseOptions(options);
    const { settings, bounds, resolver = defaultResolver(load), signal, dnsTimeout } = given;
    const lookups = new Lookups(resolver, dnsTimeout, signal);
    super(signal, {
      load,
      start: (core) => asOurs(() => core.diagnoser(settings, bounds)),
      push: (diagnoser, array) => {
        asOurs(() => diagnoser.push(array));
        lookups.advance(diagnoser);
      },
      finish: async (diagnoser) => {
        asOurs(() => diagnoser.end());
        await lookups.answered(diagnoser);
        if (lookups.failure) throw lookups.failure;
        return JSON.parse(asOurs(() => diagnoser.finish()));
      },
      close: (diagnoser) => {
        lookups.close();
        diagnoser?.free();
      },
    });
  }
}

/** The options: those of a verification, and the bounds. */
function checkDiagnoseOptions(options = {}) {
  if (!isObject(options)) throw badArgument("options", "an object");
  const { bounds = {}, ...rest } = options;
  // What is tried out are thousands of hashes, and only the core knows them.
  if (rest.crypto !== undefined) throw badArgument("options.crypto", "left out: the core computes");
  return { ...checkOptions(rest), bounds: checked(bounds, BOUNDS, "options.bounds") };
}
