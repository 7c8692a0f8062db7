import { asOurs } from "./error.js";
import { Lookups } from "./lookups.js";
import { pieces } from "./message.js";
import { checkDiagnoseOptions } from "./options.js";
import { Intake } from "./stream.js";
import { defaultResolver } from "./verifier.js";

/**
 * Verifies a message and tells why its signatures fail.
 *
 * @param {import("./index.js").Message} message
 * @param {import("./index.js").DiagnoseOptions} [options]
 * @returns {Promise<import("./index.js").Diagnosis>}
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
    const checked = checkDiagnoseOptions(options);
    const { settings, bounds, resolver = defaultResolver(), signal, dnsTimeout } = checked;
    const lookups = new Lookups(resolver, dnsTimeout, signal);
    super(signal, {
      start: (core) => asOurs(() => new core.Diagnoser(settings, bounds)),
      push: (diagnoser, array) => {
        asOurs(() => diagnoser.push(array));
        lookups.advance(diagnoser);
      },
      finish: async (diagnoser) => {
        asOurs(() => diagnoser.end());
        await lookups.answered(diagnoser);
        if (lookups.failure) throw lookups.failure;
        return JSON.parse(asOurs(() => diagnoser.report()));
      },
      close: (diagnoser) => {
        lookups.close();
        diagnoser?.free();
      },
    });
  }
}
