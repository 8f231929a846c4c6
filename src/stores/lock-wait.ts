import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import type { LockOptions } from './store.ts';

const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 120;

/**
 * How long a lock is waited for at most when the time is over, but its holder gives no sign of life. Less than a keeper gives its store on top
 * of a wait: one that gave up on the store would go on without the lock.
 */
const LONGEST_OVERTIME_MS = 18_000;

/**
 * What a look at a lock found: that it was taken; that its holder is `alive`, or `silent`, so that its lease is about to end; or something
 * that is worth another look `at-once`.
 */
export type Found<Lock> = { readonly taken: Lock } | 'alive' | 'silent' | 'at-once';

/**
 * Looks at a lock of another process until it is taken, or nobody waits any more: for a silent holder up to 18 s longer than asked for.
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
    const isWorthOvertime = found === 'silent' && waitMs > 0 && leftMs > -LONGEST_OVERTIME_MS;
    if (leftMs <= 0 && !isWorthOvertime) throw busy(name, waitMs);
    // Jittered, so that waiters do not come in step.
    const nextMs = pauseMs * (0.5 + Math.random());
    await pause(leftMs > 0 ? Math.min(leftMs, nextMs) : nextMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** Says that somebody else has held a lock for too long. */
export function busy(name: string, waitMs: number): StoreError {
  return new StoreError(`The lock ${name} was not free within ${Math.round(waitMs)} ms`, { reason: 'busy' });
}
