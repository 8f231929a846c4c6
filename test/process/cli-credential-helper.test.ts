import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt, latchkey, root } from './built.support.ts';
import { schemaProblems } from './json-schemas.support.ts';
import { openSessionStage, runProgram, type SessionStage } from './session-stage.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

interface Answer {
  readonly version: number;
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly token?: string;
  readonly session?: { readonly id: string; readonly revision: number };
}

/** Asks, and holds the answer to be one line of JSON and the only thing that is printed. */
async function asked(stage: SessionStage, request: object, env = stage.env): Promise<Answer & { exit: number | null }> {
  const input = JSON.stringify({ version: 1, ...request });
  const { code, stdout, stderr } = await stage.latchkey(['credential-helper'], { env, input });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  const answer: Answer = JSON.parse(stdout);
  expect(schemaProblems('credential-helper', answer), stdout).toEqual([]);
  expect(answer.version).toBe(1);
  expect(answer.ok).toBe(code === 0);
  return { ...answer, exit: code };
}

describe('latchkey credential-helper', () => {
  it('gives the session with what a call carries, and the same one to whoever asks next', async () => {
    await using stage = await openSessionStage();
    const first = await asked(stage, { action: 'get', system: 'pulse-crm' });
    const { token = '' } = first;
    expect(first).toEqual({
      exit: 0,
      version: 1,
      ok: true,
      system: 'pulse-crm',
      profile: null,
      user: 'apiKey-000000000001',
      baseUrl: stage.url,
      token: expect.stringMatching(/\S/),
      headers: { Authorization: `Bearer ${token}`, 'X-Account-ID': 'acct-0001' },
      expiration: null,
      session: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), revision: 1 },
    });
    expect(await asked(stage, { action: 'get', system: 'pulse-crm' })).toEqual(first);
    expect(await stage.token('pulse-crm')).toBe(token);
    expect(stage.sandbox.counts('pulse-crm').logins).toBe(1);
  });

  it('has for each system what it takes, and when the session ends where that is known', async () => {
    await using stage = await openSessionStage();
    const expiration = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const rest = await asked(stage, { action: 'get', system: 'zuora-rest', entityId: '6337' });
    const headers = { Cookie: `ZSession=${rest.token}`, entityId: '6337' };
    expect(rest).toMatchObject({ entityId: '6337', headers, expiration });
    const soap = await asked(stage, { action: 'get', system: 'zuora-soap' });
    expect(soap).toMatchObject({
      baseUrl: expect.stringContaining(`${stage.url}/apps/services/a/`),
      soapHeader: expect.stringContaining(`<session>${soap.token}</session>`),
      expiration,
    });
    const zato = await asked(stage, { action: 'get', system: 'zato-sso', currentApp: 'CRM' });
    expect(zato).toMatchObject({ fields: { ust: zato.token, current_app: 'CRM' }, expiration });
  });

  it('gives another session for one that was refused, once for all who say so', async () => {
    await using stage = await openSessionStage();
    const { session, token } = await asked(stage, { action: 'get', system: 'pulse-crm' });
    stage.sandbox.scenario('pulse-crm', 'expire-now');
    const refused = { action: 'refused', system: 'pulse-crm', session };
    const answers = await Promise.all(Array.from({ length: 6 }, () => asked(stage, refused)));
    expect(new Set(answers.map((answer) => answer.token)).size).toBe(1);
    expect(answers[0]?.token).not.toBe(token);
    expect(stage.sandbox.counts('pulse-crm').logins).toBe(2);
    // Whoever is late gets what the others have.
    expect(await asked(stage, refused)).toEqual(answers[0]);
    expect((await asked(stage, { action: 'get', system: 'pulse-crm' })).token).toBe(answers[0]?.token);
  });

  it('logs in once for twenty that ask at the same time', async () => {
    await using stage = await openSessionStage();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => asked(stage, { action: 'get', system: 'zato-sso' })),
    );
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1);
    expect(stage.sandbox.counts('zato-sso').logins).toBe(1);
  });

  it('ends a session', async () => {
    await using stage = await openSessionStage();
    const { token } = await asked(stage, { action: 'get', system: 'zato-sso' });
    expect(await asked(stage, { action: 'logout', system: 'zato-sso' })).toEqual({
      exit: 0,
      version: 1,
      ok: true,
      system: 'zato-sso',
      profile: null,
      user: 'superuser1',
      baseUrl: stage.url,
      currentApp: 'CRM',
      wasLive: true,
      endedAtService: true,
      mayLiveUntil: null,
    });
    expect((await asked(stage, { action: 'get', system: 'zato-sso' })).token).not.toBe(token);
  });

  it('finds whose session is meant by a profile, by a user and an address, or by earlier logins', async () => {
    await using stage = await openSessionStage();
    const folder = join(stage.folder, 'config/latchkey');
    await mkdir(folder, { recursive: true });
    const secret = join(stage.folder, 'secret');
    await writeFile(secret, 'secret-000000000002\n');
    const work = { system: 'pulse-crm', baseUrl: stage.url, user: 'apiKey-000000000002', secretFile: secret };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ profiles: { work } }));
    const { plainEnv } = stage;
    const byProfile = await asked(stage, { action: 'get', profile: 'work' }, plainEnv);
    expect(byProfile).toMatchObject({ ok: true, profile: 'work', user: 'apiKey-000000000002' });
    const request = { action: 'get', system: 'pulse-crm', user: 'apiKey-000000000002', baseUrl: stage.url };
    expect((await asked(stage, request, plainEnv)).token).toBe(byProfile.token);
    await stage.latchkey(['auth', 'login', '--profile', 'work'], { env: plainEnv });
    expect((await asked(stage, { action: 'get' }, plainEnv)).token).toBe(byProfile.token);
    expect(stage.sandbox.counts('pulse-crm').logins).toBe(1);
  });

  it('tells why there is no session, with the exit codes of the other verbs, and asks nobody', async () => {
    await using stage = await openSessionStage();
    const get = { action: 'get', system: 'pulse-crm' };
    expect(await asked(stage, get, stage.plainEnv)).toMatchObject({ code: 'ERR_NOT_LOGGED_IN', exit: 4 });
    const { LATCHKEY_PULSE_CRM_API_SECRET: right = '', ...without } = stage.env;
    expect(await asked(stage, get, without)).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING', exit: 4 });
    const wrong = { ...stage.env, LATCHKEY_PULSE_CRM_API_SECRET: 'a-wrong-secret' };
    const denied = await asked(stage, get, wrong);
    expect(denied).toEqual({
      version: 1,
      ok: false,
      code: 'ERR_LOGIN_DENIED',
      message: expect.stringMatching(/refused/),
      exit: 6,
    });
    expect(await asked(stage, get, wrong)).toMatchObject({ code: 'ERR_LOGIN_QUARANTINED', exit: 6 });
    expect(JSON.stringify(denied)).not.toContain('a-wrong-secret');
    const away = { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: 'http://127.0.0.1:1' };
    expect(await asked(stage, get, away)).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE', exit: 5 });
    expect(right).not.toBe('');
  });

  it.each([
    ['nothing', '', 'stdin is empty'],
    ['no JSON', '{"version": 1, "token": "hush-hush"', 'stdin is no JSON'],
    ['a list', '[]', 'must be a JSON object'],
    ['no version', '{"action": "get"}', 'version must be 1'],
    ['another version', '{"version": 2, "action": "get"}', 'version must be 1'],
    ['no action', '{"version": 1}', 'action must be one of get, refused, logout'],
    ['an action that is none', '{"version": 1, "action": "store"}', 'action must be one of'],
    ['a system that is none', '{"version": 1, "action": "get", "system": "pulse"}', 'system must be one of zuora-rest'],
    ['a field that is none', '{"version": 1, "action": "get", "password": "hush-hush"}', 'no field "password"'],
    ['a user that is no text', '{"version": 1, "action": "get", "user": 7}', 'user must be a text'],
    ['an empty profile', '{"version": 1, "action": "get", "profile": ""}', 'profile must be a text'],
    ['a refusal of nothing', '{"version": 1, "action": "refused"}', 'which one was refused'],
    ['a session without a revision', '{"version": 1, "action": "refused", "session": {"id": "a"}}', '"revision"'],
    ['a session that was not refused', '{"version": 1, "action": "get", "session": {}}', 'no place in get'],
    ['too much', JSON.stringify({ version: 1, action: 'get', user: 'x'.repeat(70_000) }), 'more than 65536 bytes'],
  ])('names what is wrong with %s', async (_, input, said) => {
    await using stage = await openSessionStage();
    const { code, stdout, stderr } = await stage.latchkey(['credential-helper'], { input });
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      ok: false,
      code: 'ERR_REQUEST',
      message: expect.stringContaining(said),
    });
    expect(stdout).not.toContain('hush-hush');
    expect(stage.sandbox.counts('pulse-crm').requests).toBe(0);
  });

  it('prints its answer and nothing else, --json or not, and warnings on stderr without a secret', async () => {
    await using stage = await openSessionStage();
    const input = JSON.stringify({ version: 1, action: 'get', system: 'pulse-crm' });
    const plain = await stage.latchkey(['credential-helper'], { input });
    expect(await stage.latchkey(['credential-helper', '--json'], { input })).toEqual(plain);
    // A store that cannot be written to costs a warning, not the session.
    const file = join(stage.folder, 'no-folder');
    await writeFile(file, '');
    const env = { ...stage.env, XDG_STATE_HOME: file };
    const warned = await stage.latchkey(['credential-helper'], { env, input });
    const { token = '', ok }: Answer = JSON.parse(warned.stdout);
    expect({ ok, code: warned.code }).toEqual({ ok: true, code: 0 });
    expect(warned.stderr).toMatch(/^warning: /);
    for (const secret of [token, 'secret-000000000001']) expect(warned.stderr).not.toContain(secret);
  });

  it('ends with 130 at Ctrl-C, with an answer that says so', async () => {
    await using stage = await openSessionStage();
    // Takes a login and never answers it.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { code, stdout } = await runProgram(process.execPath, [join(root, 'dist', latchkey), 'credential-helper'], {
      env: { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: `http://127.0.0.1:${port}` },
      input: '{"version": 1, "action": "get", "system": "pulse-crm"}',
      async started(pid) {
        await once(silent, 'request');
        process.kill(pid, 'SIGINT');
      },
    });
    silent.close();
    expect(JSON.parse(stdout)).toEqual({ version: 1, ok: false, code: 'ERR_INTERRUPTED', message: 'Interrupted' });
    expect(code).toBe(130);
  });
});
