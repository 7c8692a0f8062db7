import { abortable } from "./abort.js";
import { WaxsealError, badArgument } from "./error.js";
import { octets } from "./message.js";

/**
 * The way of one message that comes in chunks into a machine of the core.
 *
 * @template Machine, Result
 */
export class Intake {
  #signal;
  #steps;
  /** @type {Machine | undefined} */
  #machine;
  /** Chunks that came before the module had started. @type {Uint8Array[]} */
  #early = [];
  #started;
  #ended = false;
  #writable;
  /** Why nothing can come of this any more, as `{ reason }`. */
  #broken;

  /**
   * @param {AbortSignal | undefined} signal
   * @param {object} steps
   * @param {() => Promise<object>} steps.load  gives the core
   * @param {(core: object) => Machine} steps.start
   * @param {(machine: Machine, array: Uint8Array) => void} steps.push
   * @param {(machine: Machine) => Promise<Result>} steps.finish
   * @param {(machine?: Machine) => void} steps.close  may be called more than once, without a
   *   machine where there is none, or none any more
   */
  constructor(signal, steps) {
    this.#signal = signal;
    this.#steps = steps;
    this.#started = steps.load().then((core) => {
      if (this.#broken) return;
      this.#machine = steps.start(core);
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
      // Nothing can be said of a message with a hole in it.
      this.abort(badArgument("chunk", "a Uint8Array or ArrayBuffer"));
      this.#checkBroken();
    }
    if (this.#machine) {
      this.#push(array);
      return;
    }
    this.#early.push(array.slice());
    await abortable(this.#started, this.#signal);
  }

  /**
   * The message is complete: what becomes of it.
   *
   * @returns {Promise<Result>}
   */
  async end() {
    this.#checkOpen();
    this.#ended = true;
    try {
      await abortable(this.#started, this.#signal);
      this.#checkBroken();
      return await abortable(this.#steps.finish(this.#machine), this.#signal);
    } finally {
      this.#close();
    }
  }

  /** Gives up; what is called from now on is rejected with the reason. */
  abort(reason = new DOMException("the message was given up", "AbortError")) {
    this.#broken ??= { reason };
    this.#close();
  }

  /** The same as a stream; closing it leaves the result to end(). */
  get writable() {
    this.#writable ??= new WritableStream({
      write: (chunk) => this.write(chunk),
      abort: (reason) => this.abort(reason),
    });
    return this.#writable;
  }

  #push(array) {
    try {
      this.#steps.push(this.#machine, array);
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
    const machine = this.#machine;
    this.#machine = undefined;
    this.#early.length = 0;
    this.#steps.close(machine);
  }
}

/**
 * What users get to see of an {@link Intake}.
 *
 * @param {{ writable: WritableStream, write: Function, end: Function }} intake
 */
export function face(intake) {
  return {
    get writable() {
      return intake.writable;
    },
    write: (chunk) => intake.write(chunk),
    end: () => intake.end(),
  };
}
