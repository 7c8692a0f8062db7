import { abortable, linkedSignal } from "./abort.js";
import { answerOf, answerOfRejection } from "./dns-answer.js";

/**
 * The DNS lookups of one message: one deadline for them all, from the first one on, and the end of
 * all of them when the verification is over or aborted.
 */
export class Lookups {
  #resolver;
  #seconds;
  #scope;
  #timer;
  #asked = 0;
  #unanswered = 0;
  #closed = false;
  /** Called when the last answer has come. */
  #whenAnswered;

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
   * Starts a lookup for each query that the machine has due, and hands in the answers. The resolver is
   * never called from within this.
   *
   * @param {{ query(): string | undefined, answer(number: number, answer: Uint8Array): void }} machine
   *     of the core
   */
  advance(machine) {
    for (let name; !this.#closed && (name = machine.query()) !== undefined; ) {
      this.#unanswered++;
      this.#lookUp(machine, this.#asked++, name);
    }
  }

  /** Settles when every query is answered. */
  async answered(machine) {
    this.advance(machine);
    if (this.#unanswered === 0) return;
    await new Promise((resolve, reject) => {
      this.#whenAnswered = { resolve, reject };
    });
  }

  async #lookUp(machine, number, name) {
    try {
      await undefined;
      const answer = await this.#ask(name, "TXT").then(answerOf, answerOfRejection);
      this.#unanswered--;
      // What has ended is freed.
      if (this.#closed) return;
      machine.answer(number, answer);
      this.advance(machine);
      if (this.#unanswered === 0) this.#whenAnswered?.resolve();
    } catch (error) {
      // A trap of the module: a defect of ours.
      this.#whenAnswered?.reject(error);
    }
  }

  /** One lookup; settles by the deadline, whatever the resolver does. */
  #ask(name, type) {
    const { signal, end } = this.#scope;
    this.#timer ??= setTimeout(() => {
      end(new DOMException(`no answer within ${this.#seconds} s`, "TimeoutError"));
    }, this.#seconds * 1000);
    return abortable(this.#call(name, type, signal), signal);
  }

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
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#scope.end(new DOMException("the verification is over", "AbortError"));
  }
}
