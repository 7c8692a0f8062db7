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

/**
 * A signal that aborts when `outer` does, or by `end`, which must be called at last: it leaves no
 * listener behind on `outer`.
 *
 * @param {AbortSignal} [outer]
 * @returns {{ signal: AbortSignal, end(reason: unknown): void }}
 */
export function linkedSignal(outer) {
  const controller = new AbortController();
  const end = (reason) => {
    outer?.removeEventListener("abort", follow);
    controller.abort(reason);
  };
  const follow = () => end(outer.reason);
  if (outer?.aborted) follow();
  else outer?.addEventListener("abort", follow, { once: true });
  return { signal: controller.signal, end };
}
