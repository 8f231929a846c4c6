import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { complaintsAbout } from '../../scripts/demo/report.ts';
import type { DemoRow } from '../../scripts/demo/run.ts';
import { createFolder, ensureBuilt, run, type Started, start } from './built.support.ts';

const demo = 'scripts/demo/main.js';
const systems = ['pulse-crm', 'zato-sso', 'zuora-rest', 'zuora-soap'];

beforeAll(ensureBuilt, 200_000);

const promised = (system: string) => ({
  system,
  firstProcess: { calls: 3, logins: 1 },
  secondProcess: { calls: 3, logins: 0 },
  afterExpiry: { calls: 3, logins: 1, replays: 1 },
  wrongPassword: { attempts: 2, logins: 1, error: 'LoginDeniedError' },
});

/** Waits for something that a test cannot be told of. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error('waited in vain');
}

/** A demo that is just having a child call the service. */
async function demoWithChild(folder: string, args: readonly string[] = []): Promise<Started> {
  const started = start(demo, args, { env: { TMPDIR: folder } });
  await started.printed('stderr', 'Sandbox on');
  await until(async () => (await started.runningWith('--child')).length > 0);
  return started;
}

describe('the demo', () => {
  it('shows, per system, a login kept, found ended and begun anew, and a wrong password sent once', {
    timeout: 30_000,
  }, async () => {
    await using folder = await createFolder();
    const env = { TMPDIR: folder.path, LATCHKEY_KEY: 'not a key: the demo must not use it' };
    const { code, stdout } = await run(demo, ['--json'], { env });
    const printed: unknown = JSON.parse(stdout);
    expect(printed).toEqual({
      ok: true,
      code: 'OK',
      message: 'All 4 systems did as promised.',
      systems: systems.map(promised),
    });
    expect(code).toBe(0);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('tells its progress on stderr and ends with a table on stdout, without colours', { timeout: 30_000 }, async () => {
    await using folder = await createFolder();
    const { code, stdout, stderr } = await run(demo, [], { env: { TMPDIR: folder.path } });
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1 + 4 * systems.length);
    for (const system of systems) {
      expect(stderr).toMatch(new RegExp(`^${system} +after expiry +3 calls, 1 login, 1 replay$`, 'm'));
      expect(stderr).toMatch(new RegExp(`^${system} +wrong password +2 calls, 1 login; LoginDeniedError; Login`, 'm'));
      expect(stdout).toMatch(new RegExp(`^${system} +first process +3 +1 +0 +file, AES-256-GCM$`, 'm'));
    }
    expect(stdout.match(/wrong password +2 +1 +0 .*LoginDeniedError, then LoginQuarantinedError/g)).toHaveLength(4);
    expect(stdout).toContain(`${folder.path}/latchkey-demo-`);
    expect(stdout).toContain('files 0600');
    expect(stdout + stderr).not.toContain('\x1b');
  });

  it('ends with 1 when it cannot do its work, and with 2 for what it does not understand', async () => {
    const nowhere = await run(demo, ['--json'], { env: { TMPDIR: '/nonexistent' } });
    expect(JSON.parse(nowhere.stdout)).toMatchObject({ ok: false, code: 'ERR_DEMO', systems: [] });
    expect(nowhere.code).toBe(1);
    const misspelt = await run(demo, ['--jsn']);
    expect(misspelt).toMatchObject({ code: 2, stdout: '' });
    expect(misspelt.stderr).toContain('--jsn');
  });
});

describe('a stopped demo', () => {
  it('ends the others and says why when one of its children is killed', async () => {
    await using folder = await createFolder();
    await using started = await demoWithChild(folder.path, ['--json']);
    const [child = 0] = await started.runningWith('--child');
    process.kill(child, 'SIGKILL');
    const { code, stdout } = await started.finished;
    const message = expect.stringContaining(`${child} ended with SIGKILL`);
    expect(JSON.parse(stdout)).toEqual({ ok: false, code: 'ERR_DEMO', message, systems: [] });
    expect(code).toBe(1);
    expect(await started.running()).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([
    ['at Ctrl-C in a terminal', 'signalGroup', 'SIGINT'],
    ['when it alone is interrupted', 'signal', 'SIGINT'],
    ['when it is asked to terminate', 'signal', 'SIGTERM'],
  ] as const)('leaves no child and no folder %s', async (_, send, signal) => {
    await using folder = await createFolder();
    await using started = await demoWithChild(folder.path);
    started[send](signal);
    expect(await started.finished).toMatchObject({ code: 130, stdout: '' });
    expect(await started.running()).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('leaves no child that hangs', async () => {
    await using folder = await createFolder();
    await using started = await demoWithChild(folder.path);
    // One that is stopped before it runs its own command line would hold up the parent too: it is waiting for just that.
    for (const pid of await started.runningWith('--child')) process.kill(pid, 'SIGSTOP');
    started.signal('SIGINT');
    expect((await started.finished).code).toBe(130);
    expect(await started.running()).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('says so in JSON', async () => {
    await using folder = await createFolder();
    await using started = await demoWithChild(folder.path, ['--json']);
    started.signalGroup('SIGINT');
    const { code, stdout } = await started.finished;
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'ERR_INTERRUPTED' });
    expect(code).toBe(130);
  });

  it('takes its children with it even when it is killed', async () => {
    await using folder = await createFolder();
    await using started = await demoWithChild(folder.path);
    started.signal('SIGKILL');
    expect(await started.finished).toMatchObject({ endedBy: 'SIGKILL' });
    await until(async () => (await started.running()).length === 0);
  });
});

describe('the verdict', () => {
  const row: DemoRow = promised('pulse-crm');

  it('is good for the promised numbers, and for more than one replay', () => {
    expect(complaintsAbout(row)).toEqual([]);
    expect(complaintsAbout({ ...row, afterExpiry: { calls: 3, logins: 1, replays: 3 } })).toEqual([]);
  });

  it.each<[string, Partial<DemoRow>]>([
    ['a second login', { secondProcess: { calls: 3, logins: 1 } }],
    ['a call that failed', { firstProcess: { calls: 2, logins: 1 } }],
    ['no replay', { afterExpiry: { calls: 3, logins: 1, replays: 0 } }],
    ['two logins after the end', { afterExpiry: { calls: 3, logins: 2, replays: 2 } }],
    ['a wrong password sent twice', { wrongPassword: { attempts: 2, logins: 2, error: 'LoginDeniedError' } }],
    ['a wrong password that worked', { wrongPassword: { attempts: 2, logins: 0, error: null } }],
    ['another error', { wrongPassword: { attempts: 2, logins: 1, error: 'LoginQuarantinedError' } }],
  ])('is bad for %s', (_, change) => {
    expect(complaintsAbout({ ...row, ...change }).join()).toContain('pulse-crm: ');
  });
});
