/**
 * `promise`, or a rejection with the signal's reason as soon as the signal aborts. Leaves no
 * listener behind, so that a long stream may be read piece by piece under one signal.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    // `promise` is heard in any case: its own rejection must not end as an unhandled one.
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
