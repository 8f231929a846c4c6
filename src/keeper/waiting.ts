/** Waits for a promise until the signal fires; the promise itself goes on. Rejects with the signal's reason. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A signal that fires after a time. Closing it stops the clock; it keeps no process alive. */
export function openDeadline(ms: number, reason: () => unknown): { readonly signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason()), Math.min(ms, 2 ** 31 - 1));
  timer.unref();
  return { signal: controller.signal, close: () => clearTimeout(timer) };
}
