import { abortable, linkedSignal } from "./abort.js";

/**
 * The DNS lookups of one message: one deadline for them all, from the first one on, and the end of
 * all of them when the verification is over or aborted.
 */
export class Lookups {
  #resolver;
  #seconds;
  #scope;
  #timer;

  /** A WaxsealError of the resolver: it was made wrongly, which is no matter of the DNS. */
  failure;

  /**
   * @param {Function} resolver
   * @param {number} seconds
   * @param {AbortSignal} [signal]
   */
  constructor(resolver, seconds, signal) {
    this.#resolver = resolver;
    this.#seconds = seconds;
    this.#scope = linkedSignal(signal);
  }

  /**
   * One lookup; settles by the deadline, whatever the resolver does.
   *
   * @param {string} name
   * @param {"TXT"} type
   */
  ask = (name, type) => {
    const { signal, end } = this.#scope;
    this.#timer ??= setTimeout(() => {
      end(new DOMException(`no answer within ${this.#seconds} s`, "TimeoutError"));
    }, this.#seconds * 1000);
    return abortable(this.#call(name, type, signal), signal);
  };

  async #call(name, type, signal) {
    signal.throwIfAborted();
    try {
      return await this.#resolver(name, type, { signal });
    } catch (error) {
      // By name: a bundler may have given the resolver's entry a class of its own.
      if (error?.name === "WaxsealError") this.failure ??= error;
      throw error;
    }
  }

  /** Ends what is still under way, and the timer, which would keep a process alive. */
  close() {
    clearTimeout(this.#timer);
    this.#scope.end(new DOMException("the verification is over", "AbortError"));
  }
}
