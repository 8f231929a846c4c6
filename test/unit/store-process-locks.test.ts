import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createProcessLocks } from '../../src/stores/process-locks.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const patient = { waitMs: 10_000 };
const atOnce = { waitMs: 0 };

describe('a lock within a process', () => {
  it('is refused to whoever does not wait, even if it is given back in the same moment', async () => {
    const locks = createProcessLocks();
    const gate = createGate();
    const holding = locks.run('a', () => gate.passed, patient);
    const refused = rejection(locks.run('a', async () => 'got it', atOnce));
    gate.open();
    expect(await refused).toMatchObject({ reason: 'busy', message: 'The lock a was not free within 0 ms' });
    await holding;
  });

  it('that went on to the next in line is not free', async () => {
    const locks = createProcessLocks();
    const [first, second] = [createGate(), createGate()];
    const running = [locks.run('a', () => first.passed, patient), locks.run('a', () => second.passed, patient)];
    first.open();
    await running[0];
    await settle();
    expect(await rejection(locks.run('a', async () => 'got it', atOnce))).toMatchObject({ reason: 'busy' });
    second.open();
    await running[1];
    expect(await locks.run('a', async () => 'free', atOnce)).toBe('free');
  });

  it('leaves nothing on the signal of whoever has waited for it', async () => {
    const locks = createProcessLocks();
    const gate = createGate();
    const { signal } = new AbortController();
    const holding = locks.run('a', () => gate.passed, patient);
    const waiting = locks.run('a', async () => getEventListeners(signal, 'abort').length, { ...patient, signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    gate.open();
    expect(await waiting).toBe(0);
    await holding;
  });
});
