import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt, type Finished } from './built.support.ts';
import { openSessionStage, type SessionStage } from './session-stage.support.ts';
import { keys, openTerminal } from './terminal.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

describe('latchkey call, in production', () => {
  const lock = ['call', 'zato-sso', 'lockUser', '--data', '{"user_id": "none"}'];

  it('sends what may change data only with --yes where nobody can be asked; reading needs none', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const refused = await stage.latchkey([...lock, '--profile', 'live']);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    expect(stage.sandbox.counts('zato-sso').requests).toBe(0);
    expect(sent(await stage.latchkey([...lock, '--profile', 'live', '--yes']))).toBe(true);
    expect((await stage.latchkey(['call', 'getUser', '--profile', 'live'])).code).toBe(0);
  });

  it('does not forget that for a login or an address of production that is named otherwise', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    expect(await stage.latchkey(lock), 'the same address, from the environment').toMatchObject({ code: 2 });
    const login = ['auth', 'login', '--profile', 'live', '--password-stdin'];
    await stage.latchkey(login, { env: stage.plainEnv, input: 'superuser1-Pa55-phrase' });
    expect(await stage.latchkey(lock, { env: stage.plainEnv }), 'an earlier login').toMatchObject({ code: 2 });
    const other = { ...stage.env, LATCHKEY_ZATO_SSO_BASE_URL: stage.url.replace('127.0.0.1', 'localhost') };
    expect(sent(await stage.latchkey(lock, { env: other })), 'another address').toBe(true);
  });

  it('asks for writing operations of SOAP, and for none that read', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const remove = ['call', 'zuora-soap', 'delete', '--data', '{"type": "Account", "ids": ["1"]}'];
    expect(await stage.latchkey(remove)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect((await stage.latchkey([...remove, '--yes'])).code).toBe(0);
    expect((await stage.latchkey(['call', 'zuora-soap', 'getUserInfo'])).code).toBe(0);
  });

  it('asks whoever sits at the terminal, sends it after a yes only, and keeps questions out of the answer', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const out = join(stage.folder, 'out');
    const args = [...lock, '--profile', 'live'];
    await using cautious = openTerminal(args, { env: stage.env, redirect: `>${out}` });
    await cautious.shows('lockUser may change data');
    cautious.type('n');
    expect(await cautious.ended).toMatchObject({ code: 2, running: [] });
    expect(cautious.screen()).toContain('Nothing was done');
    await using stopped = openTerminal(args, { env: stage.env, redirect: `>${out}` });
    await stopped.shows('lockUser may change data');
    stopped.type(keys.ctrlC);
    expect(await stopped.ended).toMatchObject({ code: 130, running: [] });
    expect(stage.sandbox.counts('zato-sso').requests).toBe(0);

    await using sure = openTerminal(args, { env: stage.env, redirect: `>${out}` });
    await sure.shows('lockUser may change data');
    sure.type('y');
    await sure.ended;
    expect(JSON.parse(await readFile(out, 'utf8'))).toHaveProperty('cid');
  });

  /** Whether the service has answered. */
  function sent({ code, stdout }: Finished): boolean {
    return code !== 2 && JSON.parse(stdout).cid !== undefined;
  }
});

describe('latchkey exec, in production', () => {
  const exec = ['exec', '--profile', 'live'];
  const command = ['--', 'sh', '-c', 'echo $LATCHKEY_SYSTEM'];

  it('runs a command only with --yes where nobody can be asked, and logs in only for one that is run', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const refused = await stage.latchkey([...exec, '--json', ...command]);
    expect(refused).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(refused.stdout)).toEqual({
      ok: false,
      code: 'ERR_NOT_CONFIRMED',
      message: `sh may change data with the session of ${stage.url}, which the profile live marks as production: nobody can be asked, so say --yes if that is meant`,
    });
    expect(stage.sandbox.counts('zato-sso').requests).toBe(0);
    const run = await stage.latchkey([...exec, '--yes', ...command]);
    expect(run).toMatchObject({ code: 0, stdout: 'zato-sso\n', stderr: '' });
    // What stands behind the dashes is the command's.
    expect((await stage.latchkey([...exec, ...command, '--yes'])).code).toBe(2);
  });

  it('asks whoever sits at the terminal, and hands it to the command', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const args = [...exec, '--', 'sh', '-c', 'echo ready; read line; echo "read $line"'];
    await using cautious = openTerminal(args, { env: stage.env });
    await cautious.shows('sh may change data');
    cautious.type('n');
    expect(await cautious.ended).toMatchObject({ code: 2, running: [] });
    expect(stage.sandbox.counts('zato-sso').requests).toBe(0);
    await using sure = openTerminal(args, { env: stage.env });
    await sure.shows('sh may change data');
    sure.type('y');
    await sure.shows('ready');
    sure.type('typed\r');
    await sure.shows('read typed');
    expect(await sure.ended).toMatchObject({ code: 0, running: [] });
  });
});

describe('ending a session in production', () => {
  it('is done only with --yes where nobody can be asked', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const token = await stage.token('zato-sso');
    const refused = await stage.latchkey(['auth', 'logout', '--profile', 'live', '--json']);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      code: 'ERR_NOT_CONFIRMED',
      message: expect.stringContaining('--yes'),
    });
    expect(refused.code).toBe(2);
    expect(await stage.token('zato-sso')).toBe(token);
    expect((await stage.latchkey(['auth', 'logout', '--profile', 'live', '--yes'])).code).toBe(0);
    expect(await stage.token('zato-sso')).not.toBe(token);
  });

  it('is asked about at a terminal', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const token = await stage.token('zato-sso');
    for (const [answer, code] of [
      ['n', 2],
      ['y', 0],
    ] as const) {
      expect(await stage.token('zato-sso')).toBe(token);
      await using terminal = openTerminal(['auth', 'logout', '--profile', 'live'], { env: stage.env });
      await terminal.shows('Logging out ends the session for everybody who uses it');
      terminal.type(answer);
      expect(await terminal.ended).toMatchObject({ code, running: [] });
    }
    expect(await stage.token('zato-sso')).not.toBe(token);
  });

  it('is done by credential-helper only where the request says yes', async () => {
    await using stage = await openSessionStage();
    await production(stage);
    const token = await stage.token('zato-sso');
    const ask = async (request: object): Promise<unknown> => {
      const input = JSON.stringify({ version: 1, profile: 'live', ...request });
      return JSON.parse((await stage.latchkey(['credential-helper'], { input })).stdout);
    };
    expect(await ask({ action: 'logout' })).toEqual({
      version: 1,
      ok: false,
      code: 'ERR_NOT_CONFIRMED',
      message: expect.stringContaining('say "yes": true'),
    });
    expect(await ask({ action: 'get', yes: true })).toMatchObject({ code: 'ERR_REQUEST' });
    expect(await ask({ action: 'logout', yes: 'yes' })).toMatchObject({ code: 'ERR_REQUEST' });
    expect(await ask({ action: 'get' })).toMatchObject({ ok: true, token });
    expect(await ask({ action: 'logout', yes: true })).toMatchObject({ ok: true, wasLive: true });
  });
});

async function production({ url, plainEnv }: SessionStage): Promise<void> {
  const folder = join(plainEnv.XDG_CONFIG_HOME ?? '', 'latchkey');
  await mkdir(folder, { recursive: true });
  const profiles = {
    live: { system: 'zato-sso', baseUrl: url, user: 'superuser1', currentApp: 'CRM', production: true },
    books: { system: 'zuora-soap', baseUrl: `${url}/apps/services/a/91.0`, production: true },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ profiles }));
}
