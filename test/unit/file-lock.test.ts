import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { createFileLocks } from '../../src/stores/file-lock.ts';
import { processes, readOwner } from '../../src/stores/lock-owner.ts';
import { rejection } from '../helpers/waiting.ts';

let root = '';
let folder = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-lock-'));
  folder = join(root, 'locks', 'a');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

const now = { waitMs: 0 };
const patient = { waitMs: 20_000 };
/** The turns in the folder, in order. */
const turns = async (): Promise<string[]> =>
  (await readdir(folder)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
/** Leaves a lock behind as its holder would that is gone, or elsewhere. */
async function leaveLock(number: number, owner: object | string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, String(number));
  await writeFile(path, typeof owner === 'string' ? owner : JSON.stringify(owner));
  return path;
}
/** The pid of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = fork('-e', [], { execArgv: ['-e', ''], stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}
/** Makes time pass for the lock: what it measures and what it waits for. */
function fastClock(speed: number): void {
  const { now: real } = performance;
  const startedAt = real.call(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => startedAt + (real.call(performance) - startedAt) * speed);
}

describe('a file lock', () => {
  it('is held by one, busy for others, and free when given back', async () => {
    const [a, b] = [createFileLocks(), createFileLocks()];
    const held = await a.take(folder, now);
    const error = await rejection(b.take(folder, now));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'busy' });
    expect(await rejection(b.take(folder, { waitMs: 50 }))).toMatchObject({ reason: 'busy' });
    await held.check();
    await held.release();
    const next = await b.take(folder, now);
    await next.check();
    await next.release();
  });

  it('names its holder, for itself alone to read, and leaves two turns at most', async () => {
    const locks = createFileLocks();
    for (let n = 0; n < 5; n += 1) await (await locks.take(folder, now)).release();
    expect(await turns()).toEqual(['4.done', '5.done']);
    const held = await locks.take(folder, now);
    expect(await turns()).toEqual(['5.done', '6']);
    const path = join(folder, '6');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(readOwner(await readFile(path, 'utf8'))).toEqual(await processes.own());
    await held.release();
  });

  it('lets in one at a time of many who wait, and all of them in the end', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 25 }, async () => {
        const held = await createFileLocks().take(folder, patient);
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 2));
        await held.check();
        inside -= 1;
        await held.release();
      }),
    );
    expect(most).toBe(1);
    expect((await turns()).at(-1)).toBe('25.done');
  });

  it('is not waited for any more once the signal fires', async () => {
    const held = await createFileLocks().take(folder, now);
    const controller = new AbortController();
    const waiting = rejection(createFileLocks().take(folder, { ...patient, signal: controller.signal }));
    controller.abort(new Error('gave up'));
    expect(await waiting).toMatchObject({ message: 'gave up' });
    await held.release();
  });

  it('is unavailable where its folder cannot be made', async () => {
    await writeFile(join(root, 'locks'), 'a file');
    expect(await rejection(createFileLocks().take(folder, now))).toMatchObject({
      reason: 'unavailable',
      retryable: true,
    });
  });
});

describe('the lock of a holder that is gone', () => {
  it.each([
    ['has ended', async () => ({ ...(await processes.own()), pid: await endedPid() })],
    ['had a pid that another process has now', async () => ({ ...(await processes.own()), startedAt: '1' })],
  ])('because it %s is taken at once', async (_, owner) => {
    await leaveLock(7, await owner());
    const held = await createFileLocks().take(folder, now);
    expect(await turns()).toEqual(['7', '8']);
    await held.release();
  });

  it.each([
    ['is on another machine', async () => ({ ...(await processes.own()), place: 'elsewhere', pid: await endedPid() })],
    [
      'is in another pid namespace',
      async () => ({ ...(await processes.own()), place: `${hostname()} x pid:[1]`, pid: 1 }),
    ],
    ['died before it wrote its name', async () => ''],
    ['speaks a later version', async () => ({ v: 2, id: 'new' })],
  ])('because it %s is taken after a lease without a sign of life, however short the wait', async (_, owner) => {
    const path = await leaveLock(1, await owner());
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    const locks = createFileLocks();
    expect(await rejection(locks.take(folder, now))).toMatchObject({ reason: 'busy' });
    fastClock(4);
    const startedAt = performance.now();
    const held = await locks.take(folder, { waitMs: 100 });
    expect(performance.now() - startedAt).toBeGreaterThan(14_000);
    await held.release();
  });

  it('is waited for to the end of its lease by whoever has seen it miss two signs of life, and not by others', async () => {
    await leaveLock(1, { ...(await processes.own()), place: 'elsewhere' });
    fastClock(4);
    const startedAt = performance.now();
    expect(await rejection(createFileLocks().take(folder, { waitMs: 4000 }))).toMatchObject({ reason: 'busy' });
    expect(performance.now() - startedAt).toBeLessThan(8000);
    const held = await createFileLocks().take(folder, { waitMs: 12_000 });
    expect(performance.now() - startedAt).toBeGreaterThan(14_000);
    await held.release();
  });

  it('is taken at once when that holder has let another lease of its own run out', async () => {
    const owner = { ...(await processes.own()), place: 'elsewhere' };
    const longAgo = new Date(Date.now() - 60_000);
    const first = await leaveLock(1, owner);
    await utimes(first, longAgo, longAgo);
    fastClock(4);
    const locks = createFileLocks();
    await (await locks.take(folder, patient)).release();
    folder = join(root, 'locks', 'b');
    await utimes(await leaveLock(1, owner), longAgo, longAgo);
    await (await locks.take(folder, now)).release();
    folder = join(root, 'locks', 'c');
    await leaveLock(1, owner);
    expect(await rejection(locks.take(folder, now))).toMatchObject({ reason: 'busy' });
  });

  it('is waited for while it gives signs of life, whatever the clocks say', async () => {
    const path = await leaveLock(1, { ...(await processes.own()), place: 'elsewhere' });
    fastClock(40);
    // Its clock is an hour behind ours.
    let beats = 0;
    const beat = setInterval(() => {
      beats += 1;
      const then = new Date(Date.now() - 3_600_000 + beats);
      utimes(path, then, then).catch(() => {});
    }, 25);
    const controller = new AbortController();
    const waiting = rejection(createFileLocks().take(folder, { waitMs: 60_000, signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    controller.abort(new Error('still busy'));
    expect(await waiting).toMatchObject({ message: 'still busy' });
    clearInterval(beat);
    expect(await turns()).toEqual(['1']);
  });

  it('is taken by one of many', async () => {
    await leaveLock(1, { ...(await processes.own()), startedAt: '1' });
    const taken = await Promise.allSettled(Array.from({ length: 20 }, () => createFileLocks().take(folder, now)));
    const held = taken.filter((result) => result.status === 'fulfilled');
    expect(held).toHaveLength(1);
    for (const { value } of held) await value.release();
  });
});

describe('a holder that wakes up late', () => {
  it('finds its lock lost, writes nothing, and disturbs nobody by giving it back', async () => {
    const late = await createFileLocks().take(folder, now);
    await leaveLock(2, await processes.own());
    expect(await rejection(late.check())).toMatchObject({ reason: 'lease-lost' });
    expect(late.signal.aborted).toBe(true);
    await late.release();
    expect(await rejection(createFileLocks().take(folder, now))).toMatchObject({ reason: 'busy' });
  });

  it('finds somebody else faster where what it was making was swept away', async () => {
    await leaveLock(1, '');
    await writeFile(join(folder, '1.done'), '');
    const watcher = watch(folder, (_, name) => {
      if (name?.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    });
    const error = await rejection(createFileLocks().take(folder, now));
    watcher.close();
    expect(error).toMatchObject({ reason: 'busy' });
  });

  it('does not take a turn that is past, although there is no file of it any more', async () => {
    await leaveLock(9, await processes.own());
    // What it read of the folder long ago, before it slept.
    const outdated = createFileLocks(async () => ['2.done']);
    expect(await rejection(outdated.take(folder, now))).toMatchObject({ reason: 'busy' });
    expect(await turns()).toEqual(['9']);
  });
});
