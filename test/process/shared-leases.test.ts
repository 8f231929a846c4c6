import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCaller, type CallerProgram } from './callers.support.ts';
import { asFirst, asSecond, hasNamespaces, openNamespace } from './namespaces.support.ts';
import { openFilePlace, type Place, places } from './places.support.ts';
import { openStage } from './stage.support.ts';

// These mostly wait, so they all run at once.

const LEASE_MS = 15_000;
const LOGIN_TIMEOUT_MS = 10_000;
/** Others wait for a lock twice as long as a login may take: with this, not as long as a lease. */
const SHORT_LOGIN_TIMEOUT_MS = 5000;
/** The lease once, although whoever logs in holds two locks. */
const LONGEST_MS = LEASE_MS + LOGIN_TIMEOUT_MS + 2000;
/** A lease is counted from the last sign of life, which may be older than the wait. */
const SHORTEST_MS = LEASE_MS - 5000;

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

/** Waits until a login is about to begin; gives the pids that the locks name. */
async function untilBothLocksAreHeld(place: Place): Promise<number[]> {
  for (;;) {
    const pids = (await place.holders()).map(({ pid }) => pid);
    if (pids.length === 2) return pids;
    await pause(5);
  }
}

describe.concurrent.each(places)('a lock on $name', { timeout: 60_000 }, ({ isThere, open }) => {
  const hasAll = isThere && hasNamespaces;

  it.skipIf(!isThere)(
    'is lost by a holder that stands still past the lease, who writes nothing afterwards',
    async () => {
      await using stage = await openStage(program, await open());
      const { sandbox, place } = stage;
      sandbox.scenario('pulse-crm', 'slow-login', { ms: 3000 });
      const late = await stage.open({ loginTimeoutMs: 60_000 });
      const calling = late.call({ times: 1 });
      await untilBothLocksAreHeld(place);
      // By then its login is on its way.
      await pause(1000);
      late.signal('SIGSTOP');
      const next = await stage.open();
      const { answered, slowestMs } = await next.call({ times: 1 });
      expect(answered).toBe(1);
      expect(slowestMs).toBeGreaterThan(SHORTEST_MS);
      expect(slowestMs).toBeLessThan(LONGEST_MS);
      expect(stage.counts().logins).toBe(2);
      const written = await place.records();
      late.signal('SIGCONT');
      expect(await calling).toMatchObject({ answered: 1, events: { 'store-failed': expect.any(Number) } });
      expect(await place.records()).toEqual(written);
    },
  );

  it.skipIf(!hasAll)(
    'is kept by a holder who lives, although its pid is nobody’s in the namespace of others',
    async () => {
      await using stage = await openStage(program, await open());
      // Longer than it takes a holder to give the next sign of life.
      stage.sandbox.scenario('pulse-crm', 'slow-login', { ms: 5500 });
      const holder = await stage.open({ within: asSecond });
      const other = await stage.open({ within: asFirst });
      const holding = holder.call({ times: 1 });
      // The only process that the other sees is itself.
      for (const pid of await untilBothLocksAreHeld(stage.place)) expect(pid).toBeGreaterThan(1);
      expect(await other.call({ times: 1 })).toMatchObject({ answered: 1, events: { adoption: 1 } });
      expect(await holding).toMatchObject({ answered: 1, events: { login: 1 } });
      expect(stage.counts().logins).toBe(1);
    },
  );

  it.skipIf(!hasAll)(
    'of a holder who was killed in another pid namespace is taken after the lease, however short the wait',
    async () => {
      await using stage = await openStage(program, await open());
      stage.sandbox.scenario('pulse-crm', 'slow-login', { ms: 3000 });
      const holder = await stage.open({ within: asSecond });
      const other = await stage.open({ within: asFirst, loginTimeoutMs: SHORT_LOGIN_TIMEOUT_MS });
      holder.call({ times: 1 }).catch(() => {});
      await untilBothLocksAreHeld(stage.place);
      await holder[Symbol.asyncDispose]();
      const { answered, slowestMs } = await other.call({ times: 1 });
      expect(answered).toBe(1);
      expect(slowestMs).toBeGreaterThan(SHORTEST_MS);
      expect(slowestMs).toBeLessThan(LEASE_MS + SHORT_LOGIN_TIMEOUT_MS + 2000);
      expect(stage.counts().logins).toBeLessThanOrEqual(2);
    },
  );

  it.skipIf(!hasAll)('of a holder whose pid another program has by now is taken at once', async () => {
    await using namespace = await openNamespace();
    await using stage = await openStage(program, await open());
    stage.sandbox.scenario('pulse-crm', 'slow-login', { ms: 5000 });
    const holder = await stage.open({ within: namespace.withPid(500) });
    holder.call({ times: 1 }).catch(() => {});
    expect(await untilBothLocksAreHeld(stage.place)).toEqual([500, 500]);
    await namespace.run('kill', '-9', '500');
    while (!holder.hasEnded) await pause(5);
    const [command = '', ...args] = [...namespace.withPid(500), 'sh', '-c', 'echo $$; exec sleep 60'];
    const heir = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    expect(String((await once(heir.stdout, 'data'))[0])).toBe('500\n');
    stage.sandbox.scenario('pulse-crm', 'slow-login', { ms: 0 });
    const next = await stage.open({ within: namespace.withPid(600) });
    const { answered, slowestMs } = await next.call({ times: 1 });
    expect(answered).toBe(1);
    expect(slowestMs).toBeLessThan(LEASE_MS / 2);
    await namespace[Symbol.asyncDispose]();
    if (heir.exitCode === null && heir.signalCode === null) await once(heir, 'exit');
  });
});

describe.concurrent.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
])('a lock on files of a machine that is gone, whose clock was an hour %s,', { timeout: 60_000 }, (_, offsetMs) => {
  it('is taken after the lease', async () => {
    await using stage = await openStage(program, await openFilePlace());
    const first = await stage.open();
    expect(await first.call({ times: 1 })).toMatchObject({ answered: 1 });
    await leaveLocks(stage.place.directory, new Date(Date.now() + offsetMs));
    stage.sandbox.scenario('pulse-crm', 'expire-now');
    const { answered, slowestMs } = await first.call({ times: 1 });
    expect(answered).toBe(2);
    expect(slowestMs).toBeGreaterThan(SHORTEST_MS);
    expect(slowestMs).toBeLessThan(LONGEST_MS);
    expect(stage.counts().logins).toBe(2);
  });

  /** In each lock that there is, the next turn, of a holder elsewhere. */
  async function leaveLocks(directory: string, at: Date): Promise<void> {
    for (const lock of await readdir(join(directory, 'locks'))) {
      const turns = (await readdir(join(directory, 'locks', lock))).map((name) => Number.parseInt(name, 10));
      const path = join(directory, 'locks', lock, String(Math.max(...turns) + 1));
      await writeFile(path, JSON.stringify({ v: 1, place: 'elsewhere', pid: 1, startedAt: '1' }));
      await utimes(path, at, at);
    }
  }
});
