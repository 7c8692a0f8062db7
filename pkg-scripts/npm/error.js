/**
 * What the package throws where something is wrong with a call rather than with a message. The
 * `code` is stable, the message is for people.
 */
export class WaxsealError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = "WaxsealError";
    this.code = code;
  }
}

/**
 * @param {string} name  the argument, as a user would write it: `options.policy.minRsaBits`
 * @param {string} what  what it must be
 */
export function badArgument(name, what) {
  return new WaxsealError("badArgument", `${name} must be ${what}`);
}

/**
 * Calls the core, whose errors are plain ones with a code, and makes them ours.
 *
 * @template T
 * @param {() => T} call  what it returns may be a promise
 * @returns {T}
 */
export function asOurs(call) {
  try {
    const value = call();
    return value instanceof Promise ? value.catch(rethrow) : value;
  } catch (error) {
    return rethrow(error);
  }
}

function rethrow(error) {
  // Without a code it is a trap of the module: a defect of ours, told as it is.
  const code = error?.code ?? "internal";
  throw new WaxsealError(code, error?.message ?? String(error), { cause: error });
}
