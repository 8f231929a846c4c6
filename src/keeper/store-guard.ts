import { StoreError } from '../errors.ts';
import { isInMemory } from '../stores/memory.ts';
import type { Lease, LockOptions, SessionStore } from '../stores/store.ts';
import { afterMs, inTime } from '../stores/time-limit.ts';

/** How long a store may take for anything but the wait for a lock, in ms. */
export const STORE_TIMEOUT_MS = 10_000;

/**
 * Gives every call of a store an end. One that takes too long, as on a network file system whose server is gone, is an error; the store is
 * then left alone for twice that time, so that it costs one wait, not one a call.
 */
export class GuardedStore {
  readonly #store: SessionStore;
  readonly #limitMs: number;
  #leftAloneUntilMs = Number.NEGATIVE_INFINITY;

  constructor(store: SessionStore, limitMs: number) {
    this.#store = store;
    this.#limitMs = isInMemory(store) ? Number.POSITIVE_INFINITY : limitMs;
  }

  /** Whether the store has a key of its own to digest with. */
  get canDigest(): boolean {
    return this.#store.digest !== undefined;
  }

  read(key: string): Promise<string | null> {
    return this.#limited(() => this.#store.read(key));
  }

  write(...args: Parameters<SessionStore['write']>): Promise<void> {
    return this.#limited(() => this.#store.write(...args));
  }

  remove(key: string): Promise<void> {
    return this.#limited(() => this.#store.remove(key));
  }

  /** The store's digest; `undefined` where it makes none. */
  digest(text: string): Promise<string | undefined> {
    return this.#limited(async () => this.#store.digest?.(text));
  }

  async withLock<T>(key: string, task: (lease: Lease) => Promise<T>, options: LockOptions): Promise<T> {
    if (this.#limitMs === Number.POSITIVE_INFINITY) return this.#store.withLock(key, task, options);
    if (this.#isLeftAlone()) throw this.#tooSlow();
    return new Promise((resolve, reject) => {
      let isGivenUp = false;
      const limit = (ms: number): (() => void) =>
        afterMs(ms, () => {
          isGivenUp = true;
          reject(this.#giveUp());
        });
      // Some stores wait longer than asked for, for a holder whose lease is about to end.
      let callOff = limit(options.waitMs + 2 * this.#limitMs);
      const take = async () =>
        this.#store.withLock(
          key,
          async (lease) => {
            // Whoever wanted the lock has gone on without it.
            if (isGivenUp) throw this.#tooSlow();
            callOff();
            try {
              return await task({
                signal: lease.signal,
                write: (...args) => this.#limited(() => lease.write(...args)),
              });
            } finally {
              callOff = limit(this.#limitMs);
            }
          },
          options,
        );
      take()
        .then(resolve, reject)
        .finally(() => callOff());
    });
  }

  #limited<T>(call: () => Promise<T>): Promise<T> {
    // Most programs keep their sessions in memory: a limit on each call of it would cost more than the call.
    if (this.#limitMs === Number.POSITIVE_INFINITY) return call();
    if (this.#isLeftAlone()) return Promise.reject(this.#tooSlow());
    return inTime(call, this.#limitMs, () => this.#giveUp());
  }

  #isLeftAlone(): boolean {
    return performance.now() < this.#leftAloneUntilMs;
  }

  #giveUp(): StoreError {
    this.#leftAloneUntilMs = performance.now() + 2 * this.#limitMs;
    return this.#tooSlow();
  }

  #tooSlow(): StoreError {
    return new StoreError(`The session store did not answer within ${this.#limitMs} ms`, { reason: 'unavailable' });
  }
}
