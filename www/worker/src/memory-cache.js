/** A cache in memory, for edges without the Cache API; it forgets what was put in first. */
export class MemoryCache {
  /** @type {Map<string, Response>} */
  #entries = new Map();
  #most;

  /** @param {number} most  how many entries */
  constructor(most) {
    this.#most = most;
  }

  /** @param {string} key @returns {Promise<Response | undefined>} */
  async match(key) {
    return this.#entries.get(key)?.clone();
  }

  /** @param {string} key @param {Response} response @returns {Promise<void>} */
  async put(key, response) {
    this.#entries.delete(key);
    this.#entries.set(key, response);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= this.#most) break;
      this.#entries.delete(oldest);
    }
  }
}
