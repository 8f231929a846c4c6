import { StoreError } from '../errors.ts';
import type { SessionStore } from '../stores/store.ts';

/** How long a store may take for anything but the wait for a lock, in ms. */
export const STORE_TIMEOUT_MS = 10_000;

/**
 * Gives every call of a store an end. One that takes too long, as on a network file system whose server is gone, is an error; the store is
 * then left alone for twice that time, so that it costs one wait, not one a call.
 */
export function guardStore(store: SessionStore, limitMs: number): SessionStore {
  let leftAloneUntilMs = Number.NEGATIVE_INFINITY;
  const isLeftAlone = (): boolean => performance.now() < leftAloneUntilMs;
  const tooSlow = (): StoreError =>
    new StoreError(`The session store did not answer within ${limitMs} ms`, { reason: 'unavailable' });
  const giveUp = (): StoreError => {
    leftAloneUntilMs = performance.now() + 2 * limitMs;
    return tooSlow();
  };
  const limited = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isLeftAlone()) throw tooSlow();
    const work = call();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(giveUp()), limitMs).unref();
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        finish();
      };
      work.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  };
  const locked: SessionStore['withLock'] = (key, task, options) =>
    new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let isGivenUp = false;
      const limit = (ms: number): void => {
        timer = setTimeout(() => {
          isGivenUp = true;
          reject(giveUp());
        }, ms).unref();
      };
      // Some stores wait longer than asked for, for a holder whose lease is about to end.
      limit(Math.min(options.waitMs + 2 * limitMs, 2 ** 31 - 1));
      const take = async () =>
        store.withLock(
          key,
          async (lease) => {
            // Whoever wanted the lock has gone on without it.
            if (isGivenUp) throw tooSlow();
            clearTimeout(timer);
            try {
              return await task({ signal: lease.signal, write: (...args) => limited(() => lease.write(...args)) });
            } finally {
              limit(limitMs);
            }
          },
          options,
        );
      take()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  const { digest } = store;
  return {
    read: (key) => limited(() => store.read(key)),
    write: (...args) => limited(() => store.write(...args)),
    remove: (key) => limited(() => store.remove(key)),
    withLock: async (key, task, options) => {
      if (isLeftAlone()) throw tooSlow();
      return locked(key, task, options);
    },
    ...(digest && { digest: (text: string) => limited(() => digest.call(store, text)) }),
  };
}
