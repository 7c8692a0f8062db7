import { abortable } from "./abort.js";

/**
 * The DNS lookups of one message: one deadline for them all, from the first one on, and the end of
 * all of them when the verification is over or aborted.
 */
export class Lookups {
  #resolver;
  #seconds;
  #signal;
  #controller = new AbortController();
  #timer;
  #stop = () => this.#controller.abort(this.#signal.reason);

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
    this.#signal = signal;
    if (signal?.aborted) this.#stop();
    else signal?.addEventListener("abort", this.#stop, { once: true });
  }

  /**
   * One lookup; settles by the deadline, whatever the resolver does.
   *
   * @param {string} name
   * @param {"TXT"} type
   */
  ask = (name, type) => {
    const { signal } = this.#controller;
    this.#timer ??= setTimeout(() => {
      const reason = `no answer within ${this.#seconds} s`;
      this.#controller.abort(new DOMException(reason, "TimeoutError"));
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
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#controller.abort(new DOMException("the verification is over", "AbortError"));
  }
}
