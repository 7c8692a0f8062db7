/**
 * Keys that a host has imported: those that were used last.
 *
 * @template {{ subtle: SubtleCrypto, imported: Promise<CryptoKey> }} Key
 */
export class RecentKeys {
  #keys = new Map();
  #most;

  /** @param {number} most  how many are kept */
  constructor(most) {
    this.#most = most;
  }

  /**
   * @param {SubtleCrypto} subtle
   * @param {string} name
   * @returns {Key | undefined}
   */
  get(subtle, name) {
    const key = this.#keys.get(name);
    if (key?.subtle !== subtle) return undefined;
    // What was used last is forgotten last.
    this.#keys.delete(name);
    this.#keys.set(name, key);
    return key;
  }

  /**
   * @param {string} name
   * @param {Key} key
   * @returns {Key}
   */
  add(name, key) {
    this.#keys.delete(name);
    this.#keys.set(name, key);
    if (this.#keys.size > this.#most) this.#keys.delete(this.#keys.keys().next().value);
    key.imported.catch(() => {
      // Another time it may be taken.
      if (this.#keys.get(name) === key) this.#keys.delete(name);
    });
    return key;
  }
}
