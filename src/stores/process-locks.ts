import { busy } from './lock-wait.ts';
import type { LockOptions } from './store.ts';
import { LONGEST_TIMER_MS } from './time-limit.ts';

/** Locks by key within one process, first come, first served. */
export interface ProcessLocks {
  run<T>(key: string, task: (signal: AbortSignal) => Promise<T>, options: LockOptions): Promise<T>;
}

/** A lock in one process is never lost, so its signal never fires. */
const NEVER = new AbortController().signal;

/** Makes an independent set of locks. */
export function createProcessLocks(): ProcessLocks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(key, task, { signal, waitMs }) {
      signal?.throwIfAborted();
      const ahead = tails.get(key);
      if (ahead && waitMs <= 0) throw busy(key, waitMs);
      let release: () => void = () => {};
      const done = new Promise<void>((resolve) => {
        release = resolve;
      });
      // The next in line waits for this one even if this one gives up waiting: giving up must not let it overtake the holder.
      const tail = ahead ? ahead.then(() => done) : done;
      tails.set(key, tail);
      const forget = (): unknown => tails.get(key) === tail && tails.delete(key);
      try {
        if (ahead) await waitFor(ahead, key, waitMs, signal);
      } catch (error) {
        release();
        tail.then(forget);
        throw error;
      }
      try {
        return await task(NEVER);
      } finally {
        release();
        forget();
      }
    },
  };
}

function waitFor(ahead: Promise<unknown>, key: string, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(busy(key, waitMs))), Math.min(waitMs, LONGEST_TIMER_MS));
    const onAbort = () => settle(() => reject(signal?.reason));
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    ahead.then(() => settle(resolve));
  });
}
