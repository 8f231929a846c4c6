import { mkdtemp, readdir, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileLocks } from '../../src/stores/file-lock.ts';
import { rejection } from '../helpers/waiting.ts';

const BEAT_MS = 3_000;
const now = { waitMs: 0 };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-signs-'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

const turn = (name: number | string): string => join(folder, String(name));
const signAt = async (name: number): Promise<number> => (await stat(turn(name))).mtimeMs;
/** Lets the holder give a sign that was due long ago, so that it can be told from the one before. */
async function beat(name: number): Promise<number> {
  await utimes(turn(name), 0, 0).catch(() => {});
  vi.advanceTimersByTime(BEAT_MS);
  return vi.waitFor(async () => {
    const at = await signAt(name);
    expect(at).toBeGreaterThan(0);
    return at;
  });
}

describe('the holder of a file lock', () => {
  it('gives a sign of life each fifth of the lease, until the lock is given back', async () => {
    const held = await createFileLocks().take(folder, now);
    for (let n = 0; n < 3; n += 1) expect(Math.abs((await beat(1)) - Date.now())).toBeLessThan(60_000);
    await held.check();
    expect(held.signal.aborted).toBe(false);
    await held.release();
    expect(vi.getTimerCount()).toBe(0);
    expect(await readdir(folder)).toEqual(['1.done']);
  });

  it.each<[string, () => Promise<void>]>([
    ['somebody took the next turn', () => writeFile(turn(2), '{}')],
    ['its turn is gone', () => unlink(turn(1))],
    ['its turn was called over', () => rename(turn(1), turn('1.done'))],
  ])('learns by its next sign that the lock was lost: %s', async (_, lose) => {
    const held = await createFileLocks().take(folder, now);
    await lose();
    const lost = new Promise((resolve) => held.signal.addEventListener('abort', resolve, { once: true }));
    vi.advanceTimersByTime(BEAT_MS);
    await lost;
    const error = await rejection(held.check());
    expect(error).toMatchObject({ reason: 'lease-lost', message: `The lock ${folder} was lost to somebody else` });
    expect(held.signal.reason).toMatchObject({ reason: 'lease-lost' });
    await held.release();
  });

  it('learns when it looks, and says by the signal what it said first', async () => {
    const held = await createFileLocks().take(folder, now);
    await writeFile(turn(2), '{}');
    const first = await rejection(held.check());
    expect(held.signal.reason).toBe(first);
    await unlink(turn(2));
    expect(await rejection(held.check())).toMatchObject({ reason: 'lease-lost' });
    expect(held.signal.reason).toBe(first);
  });
});

it.each(['x1', '1x', '2.done.tmp', '9.abcdef.tmp'])('a file that is no turn counts for none: %s', async (name) => {
  await writeFile(turn(name), '');
  await (await createFileLocks().take(folder, now)).release();
  expect(await readdir(folder)).toContain('1.done');
});
