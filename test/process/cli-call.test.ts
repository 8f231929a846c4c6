import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt } from './built.support.ts';
import { openSessionStage } from './session-stage.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

describe('latchkey call, REST', () => {
  it('prints the answer as JSON, logs in once for several calls, and shows the session to nobody', async () => {
    await using stage = await openSessionStage();
    const first = await stage.latchkey(['call', 'pulse-crm', 'getSession']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toMatchObject({ id: 1001, token: '[redacted]' });
    expect(first.stdout).toContain('\n  "id": 1001,\n');
    const second = await stage.latchkey(['call', 'pulse-crm', 'GET /auth/session']);
    expect(second).toEqual(first);
    expect((await stage.latchkey(['call', 'pulse-crm', 'get', '/auth/session'])).stdout).toBe(first.stdout);
    expect(stage.sandbox.counts('pulse-crm').logins).toBe(1);
    expect(first.stdout).not.toContain(await stage.token('pulse-crm'));
  });

  it('puts the answer into the envelope, with its status and without headers that let somebody in', async () => {
    await using stage = await openSessionStage();
    const { code, stdout } = await stage.latchkey(['call', 'zuora-rest', 'getEntities', '--json']);
    const document: { headers: Record<string, string> } = JSON.parse(stdout);
    expect(document).toMatchObject({
      ok: true,
      code: 'OK',
      system: 'zuora-rest',
      user: 'username@company.com',
      operation: 'getEntities',
      status: 200,
      data: { success: true, entities: expect.any(Array) },
    });
    expect(code).toBe(0);
    expect(Object.keys(document.headers)).toContain('content-type');
    expect(Object.keys(document.headers)).not.toContain('set-cookie');
    expect(stdout).not.toContain(await stage.token('zuora-rest'));
  });

  it('keeps the session that an answer re-issues, and replays a call whose session has ended', async () => {
    await using stage = await openSessionStage();
    await stage.latchkey(['call', 'zuora-rest', 'getEntities']);
    stage.sandbox.scenario('zuora-rest', 'expire-now');
    expect((await stage.latchkey(['call', 'zuora-rest', 'getEntities'])).code).toBe(0);
    expect(stage.sandbox.counts('zuora-rest')).toMatchObject({ logins: 2, refused: 1 });
  });

  it('fills query, header and body by name, and the body from text, file and stdin', async () => {
    await using stage = await openSessionStage();
    const search = ['call', 'zato-sso', 'searchUsers', '--param', 'is_name_exact=true', '--param', 'username=locked'];
    const found = await stage.latchkey(search);
    expect(found).toMatchObject({ code: 0 });
    expect(JSON.parse(found.stdout)).toMatchObject({ status: 'ok', result: [{ username: 'locked' }] });
    const [{ user_id: id = '' } = {}] = JSON.parse(found.stdout).result;

    const body = JSON.stringify({ user_id: id });
    const file = join(stage.folder, 'body.json');
    await writeFile(file, body);
    for (const [data, input] of [[body], [`@${file}`], ['@-', body]] as const) {
      const unlocked = await stage.latchkey(['call', 'zato-sso', 'unlockUser', '--data', data], {
        ...(input !== undefined && { input }),
      });
      expect(unlocked, data).toMatchObject({ code: 0 });
      expect(JSON.parse(unlocked.stdout), data).toMatchObject({ status: 'ok' });
    }
    const account = ['call', 'pulse-crm', 'getSession', '--param', 'x-account-id=acct-0002'];
    expect((await stage.latchkey(account)).code).toBe(0);
    const header = ['call', 'pulse-crm', 'getSession', '--header', 'X-Account-ID=acct-none'];
    expect(await stage.latchkey(header)).toMatchObject({ code: 1, stderr: expect.stringContaining('403') });
  });

  it('shows the body of a refusal on stdout, and ends with 1', async () => {
    await using stage = await openSessionStage();
    const args = ['call', 'pulse-crm', 'getSession', '--account-id', 'acct-none'];
    const plain = await stage.latchkey(args);
    expect(plain.code).toBe(1);
    expect(JSON.parse(plain.stdout)).toMatchObject({ message: expect.stringContaining('access') });
    expect(plain.stderr).toBe('Pulse CRM answered GET /auth/session with 403\n');
    const { stdout, stderr, code } = await stage.latchkey([...args, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'ERR_CALL_FAILED',
      status: 403,
      data: JSON.parse(plain.stdout),
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 });
  });

  it('ends with 1 where the service says with 200 that the call failed', async () => {
    await using stage = await openSessionStage();
    const env = { ...stage.env, LATCHKEY_ZATO_SSO_CURRENT_APP: 'CRM' };
    await stage.latchkey(['auth', 'token', 'zato-sso'], { env });
    const args = ['call', 'zato-sso', 'getUser', '--current-app', 'no-such-app'];
    const { code, stdout, stderr } = await stage.latchkey(args);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'error' });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('with 200, and says') });
  });

  it('calls what takes no session without logging in, and prints an answer that is no JSON as it is', async () => {
    await using stage = await openSessionStage();
    const args = ['call', 'zato-sso', 'confirmSignUp', '--data', JSON.stringify({ confirm_token: 'none' })];
    const env = { ...stage.env, LATCHKEY_ZATO_SSO_PASSWORD: '' };
    const text = 'The sandbox does not play PATCH /zato/sso/user/signup.';
    expect(await stage.latchkey(args, { env })).toMatchObject({ code: 1, stdout: `${text}\n` });
    const { stdout } = await stage.latchkey([...args, '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'ERR_CALL_FAILED', status: 501, data: text });
    expect(stage.sandbox.counts('zato-sso')).toMatchObject({ requests: 2, logins: 0 });
  });

  it('has the codes of a login that fails', async () => {
    await using stage = await openSessionStage();
    const denied = { ...stage.env, LATCHKEY_PULSE_CRM_API_SECRET: 'a wrong secret' };
    expect(await stage.latchkey(['call', 'pulse-crm', 'getSession'], { env: denied })).toMatchObject({ code: 6 });
    expect(await stage.latchkey(['call', 'pulse-crm', 'getSession'], { env: stage.plainEnv })).toMatchObject({
      code: 4,
      stdout: '',
    });
  });
});

describe('latchkey call, SOAP', () => {
  it('calls an operation of the WSDL with an object, and prints the output as JSON', async () => {
    await using stage = await openSessionStage();
    const who = await stage.latchkey(['call', 'zuora-soap', 'getUserInfo']);
    expect(JSON.parse(who.stdout)).toMatchObject({ Username: 'username@company.com' });
    const zObjects = [1, 2, 3].map((number) => ({ $type: 'Account', Name: `Account ${number}` }));
    const created = await stage.latchkey(['call', 'zuora-soap', 'create', '--data', JSON.stringify({ zObjects })]);
    expect(JSON.parse(created.stdout)).toMatchObject({ result: [{ Success: true }, {}, {}] });
    const query = JSON.stringify({ queryString: 'select Id, Name from Account' });
    const args = ['call', 'zuora-soap', 'query', '--data', query, '--soap-headers'];
    const page = await stage.latchkey([...args, '{"QueryOptions": {"batchSize": 2}}', '--json']);
    expect(JSON.parse(page.stdout)).toMatchObject({
      ok: true,
      code: 'OK',
      operation: 'query',
      data: { result: { done: false, records: [{ $type: 'Account' }, {}] } },
    });
    expect(stage.sandbox.counts('zuora-soap').logins).toBe(1);
  });

  it('tells a fault with its code, and ends with 1', async () => {
    await using stage = await openSessionStage();
    const args = ['call', 'zuora-soap', 'query', '--data', '{"queryString": "select Nothing from Nowhere"}'];
    const plain = await stage.latchkey(args);
    expect(plain).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/MALFORMED_QUERY|INVALID/) });
    const { stdout, code } = await stage.latchkey([...args, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'ERR_SOAP_FAULT',
      faultCode: expect.stringMatching(/\S/),
      faultType: expect.stringContaining('Fault'),
    });
    expect(code).toBe(1);
  });

  it('sends nothing that does not fit the WSDL', async () => {
    await using stage = await openSessionStage();
    for (const data of ['{}', '{"queryString": {}}', '{"queryString": "select Id from Account", "more": 1}']) {
      expect(await stage.latchkey(['call', 'zuora-soap', 'query', '--data', data]), data).toMatchObject({
        code: 2,
        stdout: '',
      });
    }
    expect(stage.sandbox.counts('zuora-soap').requests).toBe(0);
  });
});

describe('latchkey call, before anything is sent', () => {
  it('lists the operations of a system, or of all', async () => {
    await using stage = await openSessionStage();
    const { code, stdout } = await stage.latchkey(['call', 'zato-sso', '--list'], { env: stage.plainEnv });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^OPERATION +REQUEST +REMARK\ngetUser +GET \/zato\/sso\/user\n/);
    expect(stdout).toMatch(/^login +POST \/zato\/sso\/user\/login +see latchkey auth login$/m);
    const all: { operations: { system: string; operation: string }[] } = JSON.parse(
      (await stage.latchkey(['call', '--list', '--json'], { env: stage.plainEnv })).stdout,
    );
    expect(new Set(all.operations.map(({ system }) => system)).size).toBe(4);
    expect(all.operations).toContainEqual({
      system: 'zuora-soap',
      operation: 'queryMore',
      method: null,
      path: null,
      role: 'call',
    });
  });

  it.each([
    ['an operation that is none, naming near ones', ['call', 'pulse-crm', 'getSesion'], 'near it: getSession'],
    ['a path that is none', ['call', 'pulse-crm', 'GET /auth/sessions'], 'near it: GET /auth/session'],
    ['an operation of SOAP that is none', ['call', 'zuora-soap', 'getUser'], 'getUserInfo'],
    ['what is like nothing', ['call', 'pulse-crm', 'xyzzy'], '--list lists all'],
    ['a login', ['call', 'pulse-crm', 'login'], 'latchkey auth login pulse-crm'],
    ['a login by its path', ['call', 'zuora-rest', 'POST /v1/connections'], 'latchkey auth login zuora-rest'],
    ['a login of SOAP', ['call', 'zuora-soap', 'login'], 'latchkey auth login zuora-soap'],
    ['a logout', ['call', 'zato-sso', 'logout'], 'latchkey auth logout zato-sso'],
    ['a system that is none', ['call', 'pulse', 'getSession'], '"pulse" is no system'],
    ['no operation', ['call', 'pulse-crm'], 'an operation is missing'],
    [
      'a list of an operation',
      ['call', 'pulse-crm', '--list', 'extra'],
      '--list takes no operation: leave out "extra"',
    ],
    ['a body for a GET', ['call', 'pulse-crm', 'getSession', '--data', '{}'], 'has no body'],
    ['a body that is no JSON', ['call', 'zato-sso', 'lockUser', '--data', '{secret'], '--data is no JSON'],
    ['a file that is not there', ['call', 'zato-sso', 'lockUser', '--data', '@none.json'], 'none.json cannot be read'],
    ['a parameter without a value', ['call', 'pulse-crm', 'getSession', '--param', 'a'], '--param is name=value'],
    ['a header without a value', ['call', 'pulse-crm', 'getSession', '--header', 'a'], '--header is name=value'],
    [
      'a session as a header',
      ['call', 'pulse-crm', 'getSession', '--header', 'Authorization: Bearer x'],
      'by latchkey',
    ],
    ['a session as a parameter', ['call', 'zato-sso', 'getUser', '--param', 'ust=x'], 'by latchkey'],
    [
      'a session as a SOAP header',
      ['call', 'zuora-soap', 'getUserInfo', '--soap-headers', '{"SessionHeader":{}}'],
      'by latchkey',
    ],
    ['SOAP headers for REST', ['call', 'pulse-crm', 'getSession', '--soap-headers', '{}'], 'is for SOAP'],
    ['parameters for SOAP', ['call', 'zuora-soap', 'getUserInfo', '--param', 'a=b'], 'is for REST'],
    ['stdin for two things', ['call', 'zuora-soap', 'query', '--data', '@-', '--password-stdin'], 'one thing only'],
  ])('refuses %s', async (_, args, said) => {
    await using stage = await openSessionStage();
    const { code, stdout, stderr } = await stage.latchkey(args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
    expect(stderr).not.toContain('secret');
    const { counts } = stage.sandbox.journal;
    expect(['pulse-crm', 'zato-sso', 'zuora-rest', 'zuora-soap'] as const).toSatisfy(
      (systems: readonly Parameters<typeof counts>[0][]) => systems.every((system) => counts(system).requests === 0),
    );
  });
});
