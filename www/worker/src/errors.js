/** An answer that is an error: told to the client as `{ error: { code, message } }`. */
export class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} code  stable, for programs
   * @param {string} message  for people; says what is wrong and what to do
   * @param {Record<string, string>} [headers]
   */
  constructor(status, code, message, headers = {}) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A binding that is missing or wrong. The client hears that it is so, the log which one. */
export class ConfigError extends Error {
  /** @param {string} message  names the binding; never its value, which may be a secret */
  constructor(message) {
    super(message);
    this.name = "ConfigError";
    this.code = "misconfigured";
  }
}

/**
 * The error as the client gets to know it.
 *
 * @param {unknown} error
 * @returns {HttpError}
 */
export function forClient(error) {
  if (error instanceof HttpError) return error;
  if (error instanceof ConfigError) {
    const why = "the worker is not set up for this; its log says what is wrong";
    return new HttpError(500, "misconfigured", why);
  }
  return new HttpError(500, "internal", "the worker failed; its log says where");
}

/**
 * Whether the package threw it, with this code. By name: a bundler may have made two classes of one.
 *
 * @param {unknown} error
 * @param {string} code
 * @returns {error is Error & { code: string }}
 */
export function isWaxsealError(error, code) {
  return error instanceof Error && error.name === "WaxsealError" && "code" in error && error.code === code;
}
