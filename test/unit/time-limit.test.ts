import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withinTime } from '../../src/keeper/waiting.ts';
import { afterMs, inTime } from '../../src/stores/time-limit.ts';
import { createGate, rejection } from '../helpers/waiting.ts';

/** Keeps the process busy, so that nothing else runs. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const late = (): Error => new Error('late');

describe('a limit on time', () => {
  it('gives what the work comes to, good or bad, and what it throws at once', async () => {
    expect(await inTime(async () => 'done', 1000, late)).toBe('done');
    const failure = new Error('failed');
    expect(await rejection(inTime(() => Promise.reject(failure), 1000, late))).toBe(failure);
    const thrown = inTime(
      () => {
        throw failure;
      },
      1000,
      late,
    );
    expect(await rejection(thrown)).toBe(failure);
  });

  it('gives up on work that takes longer', async () => {
    expect(await rejection(inTime(() => new Promise(() => {}), 5, late))).toMatchObject({ message: 'late' });
  });

  it('takes what has come in while the process itself was busy for longer', async () => {
    const work = (): Promise<string> =>
      new Promise((resolve) => setTimeout(() => setImmediate(resolve, 'in time'), 10));
    const running = inTime(work, 15, late);
    block(60);
    expect(await running).toBe('in time');
  });

  it('does nothing late once it was called off, even at the last moment', async () => {
    let acted = 0;
    const act = (): void => {
      acted += 1;
    };
    afterMs(5, act)();
    const callOff = afterMs(10, act);
    setTimeout(callOff, 10);
    block(40);
    await pause(30);
    expect(acted).toBe(0);
    afterMs(1, act);
    await pause(20);
    expect(acted).toBe(1);
  });

  it('keeps no process alive, unless it is said to', async () => {
    // Node lists only what keeps the process alive.
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const more = (start: () => () => void): number => {
      const callOff = start();
      const found = timers() - before;
      callOff();
      return found;
    };
    const nothing = (): void => {};
    expect(more(() => afterMs(60_000, nothing))).toBe(0);
    expect(more(() => afterMs(60_000, nothing, false))).toBe(0);
    expect(more(() => afterMs(60_000, nothing, true))).toBe(1);
    for (const [options, expected] of [
      [undefined, 0],
      [{}, 0],
      [{ keepsAlive: true }, 1],
    ] as const) {
      const gate = createGate();
      const running = inTime(() => gate.passed, 60_000, late, options);
      expect(timers() - before).toBe(expected);
      gate.open();
      await running;
    }
    expect(timers()).toBe(before);
  });

  it('longer than a timer can be does not end at once', async () => {
    expect(await inTime(() => pause(20, 'done'), Number.MAX_SAFE_INTEGER, late)).toBe('done');
  });

  it('on a task keeps the process alive: what is waited for may not do so itself', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const gate = createGate();
    const running = withinTime(60_000, late, () => gate.passed);
    expect(timers() - before).toBe(1);
    gate.open();
    await running;
    expect(timers()).toBe(before);
  });

  it('on a task fires its signal with the failure that whoever waits is told', async () => {
    let signal: AbortSignal | undefined;
    const task = (given: AbortSignal): Promise<never> => {
      signal = given;
      return new Promise(() => {});
    };
    const error = await rejection(withinTime(5, late, task));
    expect(error).toMatchObject({ message: 'late' });
    expect(signal?.reason).toBe(error);
  });
});
