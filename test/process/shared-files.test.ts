import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readOwner } from '../../src/stores/lock-owner.ts';
import { type LiveSandbox, openSandbox } from '../helpers/live-systems.ts';
import type { CallerSetup, CallReport } from './caller.child.ts';
import { buildCaller, type Caller, endAll, startCaller } from './callers.support.ts';

const SECRET = 'secret-000000000001';
const KEY = Buffer.alloc(32, 5).toString('base64');

let program: Awaited<ReturnType<typeof buildCaller>>;
let live: LiveSandbox;
let directory = '';
let callers: Caller[] = [];
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());
beforeEach(async () => {
  live = await openSandbox();
  directory = await mkdtemp(join(tmpdir(), 'latchkey-shared-'));
  callers = [];
});
afterEach(async () => {
  await endAll(callers);
  await live[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function open(more: Partial<CallerSetup> = {}): Promise<Caller> {
  const setup = { baseUrl: live.url, directory, key: KEY, identity: 'ada', apiSecret: SECRET, loginTimeoutMs: 10_000 };
  const caller = await startCaller(program.file, { ...setup, ...more });
  callers.push(caller);
  return caller;
}
const openMany = async (count: number, more: Partial<CallerSetup> = {}): Promise<Caller[]> => {
  // Not all at once: starting is the machine's work, not ours.
  for (let begun = 0; begun < count; begun += 10) {
    await Promise.all(Array.from({ length: Math.min(10, count - begun) }, () => open(more)));
  }
  return callers.slice(-count);
};
const counts = () => live.sandbox.counts('pulse-crm');
const sum = (reports: readonly CallReport[], of: (report: CallReport) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);
const errorsOf = (reports: readonly CallReport[]) => reports.flatMap(({ errors }) => Object.keys(errors));

/** The pids in the locks that are held now. */
async function holders(): Promise<number[]> {
  const pids: number[] = [];
  for (const lock of await readdir(join(directory, 'locks')).catch(() => [])) {
    for (const turn of await readdir(join(directory, 'locks', lock))) {
      if (!/^\d+$/.test(turn)) continue;
      const owner = readOwner(await readFile(join(directory, 'locks', lock, turn), 'utf8').catch(() => ''));
      if (owner) pids.push(owner.pid);
    }
  }
  return pids;
}

describe('fifty processes on one folder', { timeout: 90_000 }, () => {
  it('log in once, and once more when the session has ended while all of them call', async () => {
    live.sandbox.scenario('pulse-crm', 'slow-login', { ms: 300 });
    const fifty = await openMany(50);
    const cold = await Promise.all(fifty.map((caller) => caller.call({ times: 20 })));
    expect(errorsOf(cold)).toEqual([]);
    expect(sum(cold, ({ answered }) => answered)).toBe(1000);
    expect(counts().logins).toBe(1);

    const running = fifty.map((caller) => caller.call({ times: 20, pauseMs: 20 }));
    await pause(100);
    live.sandbox.scenario('pulse-crm', 'expire-now');
    const after = await Promise.all(running);
    expect(errorsOf(after)).toEqual([]);
    expect(sum(after, ({ answered }) => answered)).toBe(2000);
    expect(counts().logins).toBe(2);
  });

  it('send a wrong password once; with the right one the next call logs in', async () => {
    const fifty = await openMany(50, { apiSecret: 'wrong' });
    const reports = await Promise.all(fifty.map((caller) => caller.call({ times: 1 })));
    expect(counts()).toMatchObject({ logins: 1 });
    expect(sum(reports, ({ errors }) => errors.ERR_LOGIN_DENIED ?? 0)).toBe(1);
    expect(sum(reports, ({ errors }) => errors.ERR_LOGIN_QUARANTINED ?? 0)).toBe(49);
    const right = await open();
    expect(await right.call({ times: 1 })).toMatchObject({ answered: 1, errors: {} });
    expect(counts()).toMatchObject({ logins: 2 });
  });
});

describe('a process that stands still while it holds the lock', { timeout: 60_000 }, () => {
  it('is followed after the lease, and writes nothing when it goes on', async () => {
    live.sandbox.scenario('pulse-crm', 'slow-login', { ms: 3000 });
    const late = await open({ loginTimeoutMs: 60_000 });
    const calling = late.call({ times: 1 });
    while (!(await holders()).includes(late.pid)) await pause(5);
    // By then its login is on its way.
    await pause(1000);
    late.signal('SIGSTOP');
    const next = await open();
    const report = await next.call({ times: 1 });
    expect(report).toMatchObject({ answered: 1, errors: {} });
    // The lease once, although the late one holds two locks.
    expect(report.slowestMs).toBeGreaterThan(14_000);
    expect(report.slowestMs).toBeLessThan(15_000 + 10_000 + 2000);
    expect(counts().logins).toBe(2);
    const written = await contents();
    late.signal('SIGCONT');
    const { answered, events } = await calling;
    expect(answered).toBe(1);
    expect(events['store-failed']).toBeGreaterThanOrEqual(1);
    expect(await contents()).toEqual(written);
  });

  const contents = async (): Promise<string[]> => {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.record'));
    return Promise.all(names.sort().map((name) => readFile(join(directory, name), 'utf8')));
  };
});

describe('a process that is killed while it holds the lock', { timeout: 120_000 }, () => {
  const KILLS = Number(process.env.LATCHKEY_KILLS ?? 40);
  const IDENTITIES = 8;
  const LOGIN_TIMEOUT_MS = 5000;
  const LEASE_MS = 15_000;
  const identityOf = new Map<number, string>();

  it(`is followed by another, ${KILLS} times at random moments: no half record, nobody stuck, no login too many`, async () => {
    live.sandbox.scenario('pulse-crm', 'slow-login', { ms: 60 });
    const begin = async (identity: string): Promise<Caller> => {
      const caller = await open({ identity, loginTimeoutMs: LOGIN_TIMEOUT_MS });
      identityOf.set(caller.pid, identity);
      caller.keepCalling(15);
      return caller;
    };
    for (let n = 0; n < IDENTITIES; n += 1) {
      await Promise.all([begin(`user ${n}`), begin(`user ${n}`)]);
    }
    let kills = 0;
    let ends = 0;
    for (let tries = 0; kills < KILLS && tries < KILLS * 5; tries += 1) {
      live.sandbox.scenario('pulse-crm', 'expire-now');
      ends += 1;
      await pause(Math.random() * 60);
      const caller = await untilSomeHolds();
      if (caller) {
        await caller[Symbol.asyncDispose]();
        kills += 1;
        await begin(identityOf.get(caller.pid) ?? '');
      }
      await untilAllAreAnswered();
    }
    expect(kills).toBe(KILLS);
    const reports = await Promise.all(alive().map((caller) => caller.report()));
    expect(reports).toHaveLength(2 * IDENTITIES);
    expect(errorsOf(reports)).toEqual([]);
    expect(Math.max(...reports.map(({ slowestMs }) => slowestMs))).toBeLessThan(LEASE_MS + LOGIN_TIMEOUT_MS + 2000);
    // Each end costs each identity a login, and each kill may cost one that nobody got.
    expect(counts().logins).toBeLessThanOrEqual(IDENTITIES * (ends + 1) + kills);
    // What a killed process has half written lies beside the records, never in their place.
    const names = (await readdir(directory)).filter((name) => name.endsWith('.record'));
    expect(names).toHaveLength(2 * IDENTITIES);
    for (const name of names)
      expect(await readFile(join(directory, name), 'utf8')).toMatch(/^latchkey-sealed-1\.[\w-]{60,}$/);
  });

  const alive = (): Caller[] => callers.filter(({ hasEnded }) => !hasEnded);
  /** One of those that hold a lock, as soon as there is one. */
  async function untilSomeHolds(): Promise<Caller | undefined> {
    for (let tries = 0; tries < 20; tries += 1) {
      const pids = await holders();
      const holding = alive().filter(({ pid }) => pids.includes(pid));
      if (holding.length > 0) return holding[Math.floor(Math.random() * holding.length)];
      await pause(5);
    }
    return undefined;
  }
  async function untilAllAreAnswered(): Promise<void> {
    const answered = async () =>
      Promise.all(alive().map(async (caller) => [caller.pid, (await caller.report()).answered] as const));
    const before = new Map(await answered());
    // Two more each: the first may be one that was on its way already.
    const isLagging = ([pid, count]: readonly [number, number]): boolean => count < (before.get(pid) ?? 0) + 2;
    // The longest that is promised; a holder that is dead costs next to nothing of it.
    const deadline = Date.now() + LEASE_MS + LOGIN_TIMEOUT_MS + 2000;
    while ((await answered()).some(isLagging)) {
      if (Date.now() > deadline) {
        const reports = await Promise.all(alive().map((caller) => caller.report()));
        throw new Error(`Somebody is stuck: ${JSON.stringify({ before: [...before], reports })}`);
      }
      await pause(20);
    }
  }
});
