import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis } from '../helpers/redis-server.ts';
import { buildCaller, type Caller, type CallerProgram } from './callers.support.ts';
import { openRedisPlace, type RedisPlace } from './places.support.ts';
import { openStage, type Stage, stuckAmong, together } from './stage.support.ts';

const CALLERS = 4;
/** What programs wait for an answer of Redis unless told otherwise; they leave a Redis alone for twice as long when it had none. */
const TIMEOUT_MS = 2000;

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

/** Programs that share a session and call all the time. */
async function openCalling(place: RedisPlace) {
  const stage = await openStage(program, place);
  const callers = await stage.openMany(CALLERS);
  for (const caller of callers) caller.keepCalling(20);
  expect(await stuckAmong(() => callers, 10_000)).toBeUndefined();
  expect(stage.counts().logins).toBe(1);
  return { stage, callers };
}

const reportOf = async (callers: readonly Caller[]) =>
  together(await Promise.all(callers.map((caller) => caller.report())));

/** All find their session ended, and their store as bad as it is: each may log in for itself. */
async function endSession({ sandbox, counts }: Stage<RedisPlace>, callers: readonly Caller[], withinMs: number) {
  const before = counts().logins;
  sandbox.scenario('pulse-crm', 'expire-now');
  expect(await stuckAmong(() => callers, withinMs)).toBeUndefined();
  return counts().logins - before;
}

/** Redis is there again: they share one session as before, and others find it in the store. */
async function expectSharing(stage: Stage<RedisPlace>, callers: readonly Caller[]): Promise<void> {
  const { server } = stage.place;
  while (Number(/connected_clients:(\d+)/.exec(await server.cli('INFO', 'clients'))?.[1]) <= CALLERS) await pause(50);
  // Until nobody leaves it alone any more.
  await pause(2 * TIMEOUT_MS + 500);
  expect(await endSession(stage, callers, 10_000)).toBe(1);
  const newcomer = await stage.open({ apiSecret: null });
  const { answered, events } = await newcomer.call({ times: 1 });
  expect({ answered, events }).toEqual({ answered: 1, events: { adoption: 1 } });
  const { errors } = await reportOf(callers);
  expect(errors).toEqual({});
}

describe.skipIf(!hasRedis).concurrent('a Redis that', { timeout: 60_000 }, () => {
  it('is killed and restarted in the midst of calls', async () => {
    const { stage, callers } = await openCalling(await openRedisPlace({ appendOnly: true }));
    await using _ = stage;
    const { server } = stage.place;
    await server.stop('SIGKILL');
    expect(await stuckAmong(() => callers, 1000)).toBeUndefined();
    expect(stage.counts().logins).toBe(1);
    expect(await endSession(stage, callers, 20_000)).toBeLessThanOrEqual(CALLERS);
    expect((await reportOf(callers)).events['store-failed']).toBeGreaterThanOrEqual(CALLERS);
    await server.restart();
    await expectSharing(stage, callers);
  });

  it('refuses connections when programs start', async () => {
    await using stage = await openStage(program, await openRedisPlace());
    const { server } = stage.place;
    await server.stop();
    const callers = await stage.openMany(CALLERS);
    const { answered, errors, events } = together(
      await Promise.all(callers.map((caller) => caller.call({ times: 5 }))),
    );
    expect({ answered, errors }).toEqual({ answered: 5 * CALLERS, errors: {} });
    expect(events).toMatchObject({ login: CALLERS, 'store-failed': expect.any(Number) });
    expect(stage.counts().logins).toBe(CALLERS);
    for (const caller of callers) caller.keepCalling(20);
    await server.restart();
    await expectSharing(stage, callers);
  });

  it('answers after five seconds', async () => {
    const { stage, callers } = await openCalling(await openRedisPlace());
    await using _ = stage;
    const { server } = stage.place;
    server.pause();
    const fiveSeconds = pause(5000);
    expect(await stuckAmong(() => callers, 1000)).toBeUndefined();
    // Nobody waits for it so long.
    expect(await endSession(stage, callers, 5000)).toBeLessThanOrEqual(CALLERS);
    await fiveSeconds;
    // What was sent meanwhile is carried out now.
    server.resume();
    await expectSharing(stage, callers);
  });

  it('takes no writes after a failover, until it is the first again', async () => {
    const { stage, callers } = await openCalling(await openRedisPlace());
    await using _ = stage;
    const { server } = stage.place;
    // Nobody listens there: it is a replica that cannot reach the first.
    await server.cli('REPLICAOF', '127.0.0.1', '1');
    expect(await endSession(stage, callers, 10_000)).toBeLessThanOrEqual(CALLERS);
    expect((await reportOf(callers)).events['store-failed']).toBeGreaterThanOrEqual(1);
    await server.cli('REPLICAOF', 'NO', 'ONE');
    await expectSharing(stage, callers);
  });
});
