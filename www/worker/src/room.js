import { HttpError } from "./errors.js";

/** Octets of messages that may be held at a time, by all requests of an isolate, which has 128 MB for all. */
const MOST = 56 * 1024 * 1024;

/** Whoever has not left by then was cut off in the middle and will never say so: in milliseconds. */
const LONGEST = 5 * 60 * 1000;

/** @type {Set<Room>} */
const taken = new Set();

/** Room in memory for a message that has to be held. */
export class Room {
  #octets = 0;
  #since = Date.now();

  /**
   * Makes it so large, if it is not already.
   *
   * @param {number} octets
   * @throws {HttpError} 503 where others have not left so much
   */
  hold(octets) {
    if (octets <= this.#octets) return;
    let others = 0;
    for (const room of taken) {
      if (Date.now() - room.#since > LONGEST) taken.delete(room);
      else if (room !== this) others += room.#octets;
    }
    if (others > 0 && others + octets > MOST) {
      const why = "too many large messages are being signed; try again, or ask for ?header, which needs no room";
      throw new HttpError(503, "busy", why, { "retry-after": "2" });
    }
    this.#octets = octets;
    taken.add(this);
  }

  /** May be called more than once. */
  leave() {
    taken.delete(this);
  }
}
