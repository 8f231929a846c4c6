import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import type { LockOptions } from './store.ts';

const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 120;

/**
 * What a look at a lock found: that it was taken; that its holder is `alive`, or `silent`, so that its lease is about to end; or something
 * that is worth another look `at-once`.
 */
export type Found<Lock> = { readonly taken: Lock } | 'alive' | 'silent' | 'at-once';

/**
 * Looks at a lock of another process until it is taken, or nobody waits any more.
 * @throws StoreError with reason `busy` when the time is over, the signal's reason when it has fired, and what a look throws
 */
export async function waitForTurn<Lock>(
  name: string,
  { signal, waitMs }: LockOptions,
  look: () => Promise<Found<Lock>>,
): Promise<Lock> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    const found = await look();
    if (typeof found === 'object') return found.taken;
    if (found === 'at-once') continue;
    const leftMs = deadline - performance.now();
    // Where the lease is about to end, giving up would only leave the wait to the next one.
    if (leftMs <= 0 && (waitMs === 0 || found === 'alive')) throw busy(name, waitMs);
    // Jittered, so that waiters do not come in step.
    const nextMs = pauseMs * (0.5 + Math.random());
    await pause(leftMs > 0 ? Math.min(leftMs, nextMs) : nextMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** Says that somebody else has held a lock for too long. */
export function busy(name: string, waitMs: number): StoreError {
  return new StoreError(`The lock ${name} was not free within ${waitMs} ms`, { reason: 'busy' });
}
