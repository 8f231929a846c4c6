import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Found, waitForTurn } from '../../src/stores/lock-wait.ts';
import { rejection } from '../helpers/waiting.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes the clock that waits are measured by run so many times faster. */
function fastClock(speed: number): void {
  const real = performance.now.bind(performance);
  const startedAt = real();
  vi.spyOn(performance, 'now').mockImplementation(() => startedAt + (real() - startedAt) * speed);
}

describe('the wait for a lock', () => {
  it('of a holder who lives ends in time, and says so in whole ms', async () => {
    const looks: Found<string>[] = [];
    const look = async (): Promise<Found<string>> => {
      looks.push('alive');
      return 'alive';
    };
    const error = await rejection(waitForTurn('a', { waitMs: 30.25 }, look));
    expect(error).toMatchObject({ reason: 'busy', message: 'The lock a was not free within 30 ms' });
    expect(looks.length).toBeGreaterThan(1);
  });

  it('of a silent holder ends 18 s later at most: going on without the lock would be worse', async () => {
    fastClock(50);
    const startedAt = performance.now();
    expect(await rejection(waitForTurn('a', { waitMs: 1000 }, async () => 'silent'))).toMatchObject({ reason: 'busy' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19_000);
  });

  it('of a silent holder is none for whoever takes a lock at once or not at all', async () => {
    let looks = 0;
    const look = async (): Promise<Found<string>> => {
      looks += 1;
      return 'silent';
    };
    expect(await rejection(waitForTurn('a', { waitMs: 0 }, look))).toMatchObject({ reason: 'busy' });
    expect(looks).toBe(1);
  });

  it('goes on at once where another look is worth it, and ends when the lock is taken', async () => {
    const found: Found<string>[] = ['at-once', 'at-once', { taken: 'it' }];
    expect(await waitForTurn('a', { waitMs: 0 }, async () => found.shift() ?? 'alive')).toBe('it');
  });

  it('ends with the reason of its signal, between looks and before the first', async () => {
    const controller = new AbortController();
    const waiting = rejection(waitForTurn('a', { waitMs: 60_000, signal: controller.signal }, async () => 'alive'));
    const reason = new Error('gave up');
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    const look = vi.fn(async (): Promise<Found<string>> => 'alive');
    expect(await rejection(waitForTurn('a', { waitMs: 60_000, signal: controller.signal }, look))).toBe(reason);
    expect(look).not.toHaveBeenCalled();
  });

  it('ends with what a look throws', async () => {
    const failure = new Error('no folder');
    expect(await rejection(waitForTurn('a', { waitMs: 60_000 }, () => Promise.reject(failure)))).toBe(failure);
  });
});
