import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis } from '../helpers/redis-server.ts';
import { buildCaller, type Caller, type CallerProgram } from './callers.support.ts';
import { openFilePlace, openRedisPlace, type RedisPlace } from './places.support.ts';
import { openStage } from './stage.support.ts';

const ANOTHER_KEY = Buffer.alloc(32, 6).toString('base64');

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

/** It goes on with a session of its own, and says that what it found cannot be read. */
async function expectOwnSession(caller: Caller) {
  const { answered, errors, events } = await caller.call({ times: 3 });
  expect({ answered, errors }).toEqual({ answered: 3, errors: {} });
  expect(events).toMatchObject({ login: 1, 'record-unreadable': expect.any(Number) });
  return events;
}

describe('records in files that a program cannot read', () => {
  it('because they are of a later version count as absent, and the next login replaces them', async () => {
    await using stage = await openStage(program, await openFilePlace());
    const { directory, records } = stage.place;
    const first = await stage.open();
    expect(await first.call({ times: 1 })).toMatchObject({ answered: 1 });
    for (const [name, text] of Object.entries(await records()))
      await writeFile(join(directory, name), text.replace('latchkey-sealed-1', 'latchkey-sealed-2'));
    await expectOwnSession(await stage.open());
    for (const text of Object.values(await records())) expect(text).toMatch(/^latchkey-sealed-1\./);
    const third = await stage.open({ apiSecret: null });
    expect(await third.call({ times: 1 })).toMatchObject({ answered: 1, events: { adoption: 1 } });
    expect(stage.counts().logins).toBe(2);
  });
});

describe.skipIf(!hasRedis)('records in Redis that a program cannot read', () => {
  it('because they were written with another key stay as they are, and both go on', async () => {
    await using stage = await openStage(program, await openRedisPlace());
    const first = await stage.open();
    expect(await first.call({ times: 1 })).toMatchObject({ answered: 1 });
    const written = await stage.place.records();
    const second = await stage.open({ store: { ...stage.place.setup(1), key: ANOTHER_KEY } });
    // It stays on memory, and says so.
    expect(await expectOwnSession(second)).toMatchObject({ 'store-failed': expect.any(Number) });
    expect(await stage.place.records()).toEqual(written);
    const third = await stage.open({ apiSecret: null });
    expect(await third.call({ times: 1 })).toMatchObject({ answered: 1, events: { adoption: 1 } });
    expect(stage.counts().logins).toBe(2);
  });

  it.each([
    ['a later version under the same key', (text: string) => text.replace('latchkey-sealed-1', 'latchkey-sealed-2')],
    ['a store without encryption', () => 'plain.{"v":1}'],
    ['something else', () => 'not ours at all'],
  ])('because they are of %s stay as they are', async (_, change: (text: string) => string) => {
    await using stage = await openStage(program, await openRedisPlace());
    const { records, server } = stage.place;
    const first = await stage.open();
    expect(await first.call({ times: 1 })).toMatchObject({ answered: 1 });
    for (const [name, text] of Object.entries(await records())) await server.cli('SET', name, change(text));
    const written = await records();
    await expectOwnSession(await stage.open());
    expect(await records()).toEqual(written);
    expect(stage.counts().logins).toBe(2);
  });
});

describe.skipIf(!hasRedis)('a lock in Redis', () => {
  it('that is lost while its holder logs in: the late one writes nothing over the newer record', async () => {
    await using stage = await openStage(program, await openRedisPlace());
    const { sandbox, place } = stage;
    sandbox.scenario('pulse-crm', 'slow-login', { ms: 3000 });
    const [late, next] = [await stage.open(), await stage.open()];
    const calling = late.call({ times: 1 });
    while ((await place.holders()).length < 2) await pause(5);
    // By then its login is on its way.
    await pause(1000);
    sandbox.scenario('pulse-crm', 'slow-login', { ms: 0 });
    expect(await place.server.cli('DEL', ...(await locksIn(place)))).toBe('2');
    expect(await next.call({ times: 1 })).toMatchObject({ answered: 1, events: { login: 1 } });
    const written = await place.records();
    expect(await calling).toMatchObject({ answered: 1, events: { login: 1, 'store-failed': 1 } });
    expect(await place.records()).toEqual(written);
    expect(stage.counts().logins).toBe(2);
  });

  const locksIn = async ({ server }: RedisPlace): Promise<string[]> =>
    (await server.cli('KEYS', 'latchkey:*:lock')).split('\n');
});
