import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCaller, type CallerProgram } from './callers.support.ts';
import { hasMounts, mountScratch } from './mounts.support.ts';
import { type FilePlace, openFilePlace } from './places.support.ts';
import { type CallerChanges, openStage, type Stage, together } from './stage.support.ts';

const CALLERS = 4;

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

/** Each logs in for itself, says what is the matter, and goes on from memory. */
async function expectMemory(stage: Stage<FilePlace>, changes?: CallerChanges) {
  const callers = await stage.openMany(CALLERS, changes);
  const { answered, errors, events } = together(await Promise.all(callers.map((caller) => caller.call({ times: 5 }))));
  expect({ answered, errors }).toEqual({ answered: 5 * CALLERS, errors: {} });
  expect(events['store-failed']).toBeGreaterThanOrEqual(CALLERS);
  expect(stage.counts().logins).toBeLessThanOrEqual(CALLERS);
  return callers;
}

/** The folder is as it should be: the same programs share one session, and others find it. */
async function expectSharing(stage: Stage<FilePlace>, callers: Awaited<ReturnType<typeof expectMemory>>) {
  const before = stage.counts().logins;
  stage.sandbox.scenario('pulse-crm', 'expire-now');
  const { errors } = together(await Promise.all(callers.map((caller) => caller.call({ times: 5 }))));
  expect(errors).toEqual({});
  expect(stage.counts().logins).toBe(before + 1);
  const newcomer = await stage.open({ apiSecret: null });
  const { answered, events } = await newcomer.call({ times: 1 });
  expect({ answered, events }).toEqual({ answered: 1, events: { adoption: 1 } });
}

describe('a folder on a file system that', { timeout: 30_000 }, () => {
  it('knows no hard links takes records and cannot be locked', async () => {
    await using stage = await openStage(program, await openFilePlace());
    const callers = await expectMemory(stage, { refusesLinks: true });
    stage.sandbox.scenario('pulse-crm', 'expire-now');
    const { answered, errors } = together(await Promise.all(callers.map((caller) => caller.call({ times: 5 }))));
    expect({ answered, errors }).toEqual({ answered: 10 * CALLERS, errors: {} });
    expect(stage.counts().logins).toBeLessThanOrEqual(2 * CALLERS);
    const newcomer = await stage.open({ apiSecret: null, refusesLinks: true });
    expect(await newcomer.call({ times: 1 })).toMatchObject({ answered: 1, events: { adoption: 1 } });
    // What could not become a lock is not left lying about.
    const locks = await readdir(join(stage.place.directory, 'locks'), { recursive: true });
    expect(locks.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.skipIf(!hasMounts)('is read-only keeps nothing, until it can be written', async () => {
    using mount = mountScratch('size=1m,ro');
    await using stage = await openStage(program, await openFilePlace(mount.directory));
    const callers = await expectMemory(stage);
    expect(await readdir(mount.directory)).toEqual([]);
    mount.remount('rw');
    await expectSharing(stage, callers);
  });

  it.skipIf(!hasMounts)('is full keeps nothing, until there is room', async () => {
    using mount = mountScratch('size=64k');
    const ballast = join(mount.directory, 'ballast');
    await writeFile(ballast, Buffer.alloc(2 ** 20)).catch(() => {});
    await using stage = await openStage(program, await openFilePlace(mount.directory));
    const callers = await expectMemory(stage);
    expect(await stage.place.records()).toEqual({});
    await rm(ballast);
    await expectSharing(stage, callers);
  });
});
