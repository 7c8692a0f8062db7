import { abortable } from "./abort.js";
import { dohResolver } from "./doh.js";
import { WaxsealError, asOurs, badArgument } from "./error.js";
import { load } from "./load.js";
import { Lookups } from "./lookups.js";
import { octets } from "./message.js";
import { checkOptions } from "./options.js";

/** Verifies the signatures of one message that comes in chunks. */
export class StreamVerifier {
  #signal;
  #headersOnly;
  #lookups;
  #core;
  /** Chunks that came before the module had started. @type {Uint8Array[]} */
  #early = [];
  #started;
  #ended = false;
  #writable;
  /** Why nothing can come of this any more, as `{ reason }`. */
  #broken;
  /** Whether the rest of the message need not be read, because only its header counts. */
  hasEnough = false;

  /** @param {object} [options] */
  constructor(options) {
    const { settings, resolver = defaultResolver(), signal, dnsTimeout } = checkOptions(options);
    this.#signal = signal;
    this.#headersOnly = settings.headersOnly;
    this.#lookups = new Lookups(resolver, dnsTimeout, signal);
    this.#started = load().then((core) => {
      if (this.#broken) return;
      this.#core = asOurs(() => new core.Verifier(settings, this.#lookups.ask));
      for (const chunk of this.#early.splice(0)) this.#push(chunk);
    });
    // Told by the next call: here nobody listens yet.
    this.#started.catch((error) => this.abort(error));
  }

  /** Takes the next octets; they are taken or copied before this returns. */
  write(chunk) {
    const taken = this.#take(chunk);
    // Nobody needs to wait for it: what goes wrong is told by end() as well.
    taken.catch(() => {});
    return taken;
  }

  async #take(chunk) {
    this.#checkOpen();
    const array = octets(chunk);
    if (!array) {
      // A message with a hole in it has no verdict.
      this.abort(badArgument("chunk", "a Uint8Array or ArrayBuffer"));
      this.#checkBroken();
    }
    if (this.#core) {
      this.#push(array);
      return;
    }
    this.#early.push(array.slice());
    await abortable(this.#started, this.#signal);
  }

  /** The message is complete: its report. */
  async end() {
    this.#checkOpen();
    this.#ended = true;
    try {
      await abortable(this.#started, this.#signal);
      this.#checkBroken();
      const report = await abortable(asOurs(() => this.#core.end()), this.#signal);
      if (this.#lookups.failure) throw this.#lookups.failure;
      return report;
    } finally {
      this.#close();
    }
  }

  /** Gives up; what is called from now on is rejected with the reason. */
  abort(reason = new DOMException("the message was given up", "AbortError")) {
    this.#broken ??= { reason };
    this.#close();
  }

  /** The same as a stream; closing it leaves the report to end(). */
  get writable() {
    this.#writable ??= new WritableStream({
      write: (chunk) => this.write(chunk),
      abort: (reason) => this.abort(reason),
    });
    return this.#writable;
  }

  #push(array) {
    try {
      const moreMatters = asOurs(() => this.#core.push(array));
      this.hasEnough ||= this.#headersOnly === true && !moreMatters;
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  #checkOpen() {
    this.#checkBroken();
    if (this.#ended) {
      throw new WaxsealError("ended", "the message has ended: end() was called before");
    }
  }

  #checkBroken() {
    if (this.#signal?.aborted) this.abort(this.#signal.reason);
    if (this.#broken) throw this.#broken.reason;
  }

  #close() {
    this.#lookups.close();
    this.#early.length = 0;
    this.#core?.free();
    this.#core = undefined;
  }
}

function defaultResolver() {
  if (typeof fetch === "function") return dohResolver();
  return async () => {
    throw new Error("there is no fetch here for DNS over HTTPS: pass options.resolver");
  };
}
