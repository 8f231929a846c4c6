import { describe, expect, it } from 'vitest';
import { createSandbox, type ZuoraSettings } from '../../src/sandbox/index.ts';

const keys = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
const minutes = 60_000;
const days = 24 * 60 * minutes;

function zuora(settings: Partial<ZuoraSettings> = {}) {
  const sandbox = createSandbox({
    seed: 'policies',
    clock: { nowMs: () => 1_700_000_000_000 },
    settings: { zuora: settings },
  });
  const call = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    sandbox.handle(new Request(`https://any.test${path}`, { ...init, headers }));
  const login = (headers: Record<string, string> = keys) => call('/v1/connections', headers, { method: 'POST' });
  const cookieOf = async () => /ZSession=[^;]+/.exec((await login()).headers.getSetCookie()[0] ?? '')?.[0] ?? '';
  return { sandbox, call, login, cookieOf };
}

const codeOf = (settings: Partial<ZuoraSettings>) => {
  try {
    zuora(settings);
    return 'taken';
  } catch (error) {
    return error instanceof TypeError && 'code' in error ? error.code : error;
  }
};

describe('the Zuora tenant: security policies', () => {
  it.each([3, 10])('locks at the %dth wrong password in a row and not before', async (maximumInvalidLoginAttempts) => {
    const { login } = zuora({ maximumInvalidLoginAttempts });
    const wrong = () => login({ ...keys, apiSecretAccessKey: 'wrong' });
    for (let n = 1; n < maximumInvalidLoginAttempts; n += 1) await wrong();
    expect((await login()).status).toBe(200);
    for (let n = 0; n < maximumInvalidLoginAttempts; n += 1) await wrong();
    expect((await login()).status).toBe(401);
  });

  it.each([20, 30, 60])('keeps a lock for %d minutes', async (lockedMinutes) => {
    const { sandbox, login } = zuora({ maximumInvalidLoginAttempts: 3, lockoutMs: lockedMinutes * minutes });
    for (let n = 0; n < 3; n += 1) await login({ ...keys, apiSecretAccessKey: 'wrong' });
    sandbox.clock.advanceMs(lockedMinutes * minutes - 1);
    expect((await login()).status).toBe(401);
    sandbox.clock.advanceMs(1);
    expect((await login()).status).toBe(200);
  });

  it.each([15, 30, 60, 120, 240, 480])('ends a session after %d idle minutes', async (timeout) => {
    const { sandbox, call, cookieOf } = zuora({ sessionTimeoutMs: timeout * minutes });
    const Cookie = await cookieOf();
    sandbox.clock.advanceMs(timeout * minutes - 1);
    expect((await call('/v1/entities', { Cookie })).status).toBe(200);
    sandbox.clock.advanceMs(timeout * minutes);
    expect((await call('/v1/entities', { Cookie })).status).toBe(401);
  });

  it('takes only the values that a tenant can be given', () => {
    expect(codeOf({ maximumInvalidLoginAttempts: 2 })).toBe('BAD_SETTING');
    expect(codeOf({ maximumInvalidLoginAttempts: 11 })).toBe('BAD_SETTING');
    expect(codeOf({ lockoutMs: 25 * minutes })).toBe('BAD_SETTING');
    expect(codeOf({ sessionTimeoutMs: 20 * minutes })).toBe('BAD_SETTING');
    expect(codeOf({ passwordExpirationDays: 45 })).toBe('BAD_SETTING');
    expect(codeOf({ entityRefusalStatus: 99 })).toBe('BAD_SETTING');
    expect(codeOf({ lockoutMs: 60 * minutes, passwordExpirationDays: 90 })).toBe('taken');
  });

  it('names the lock when set so', async () => {
    const { sandbox, login } = zuora({ lockedAnswer: 'named' });
    sandbox.scenario('zuora-rest', 'lock-account');
    const locked = await login();
    expect(locked.status).toBe(401);
    expect((await locked.json()).reasons[0]).toEqual({ code: 90000011, message: expect.stringContaining('locked') });
    expect((await (await login({ ...keys, apiAccessKeyId: 'nobody' })).json()).reasons[0].message).not.toContain(
      'locked',
    );
  });

  it('lets the password of an API user live, and that of one used in the UI expire', async () => {
    const { sandbox, login } = zuora({ passwordExpirationDays: 30 });
    sandbox.scenario('zuora-rest', 'use-in-ui', { username: 'username@zuora.com' });
    const uiUser = { ...keys, apiAccessKeyId: 'username@zuora.com' };
    sandbox.clock.advanceMs(30 * days - 1);
    expect((await login(uiUser)).status).toBe(200);
    sandbox.clock.advanceMs(1);
    expect((await login(uiUser)).status).toBe(401);
    expect((await login()).status).toBe(200);
    sandbox.scenario('zuora-rest', 'change-password', { username: 'username@zuora.com', password: 'password' });
    expect((await login(uiUser)).status).toBe(200);
  });

  it('never ages a password unless the tenant says so', async () => {
    const { sandbox, login } = zuora();
    sandbox.scenario('zuora-rest', 'use-in-ui');
    sandbox.clock.advanceMs(1000 * days);
    expect((await login()).status).toBe(200);
  });

  it('logs in only from the addresses of its list', async () => {
    expect((await zuora({ allowedAddresses: ['127.0.0.1', '192.0.2.1'] }).login()).status).toBe(200);
    const { sandbox, login } = zuora({ allowedAddresses: ['192.0.2.1'] });
    expect((await login()).status).toBe(401);
    const delivery = await sandbox.twins['zuora-rest'].serve({
      method: 'POST',
      origin: 'https://any.test',
      path: '/v1/connections',
      query: '',
      headers: { apiaccesskeyid: keys.apiAccessKeyId, apisecretaccesskey: keys.apiSecretAccessKey },
      body: Buffer.alloc(0),
      // How a socket that listens for both kinds of addresses shows the allowed one.
      remoteAddress: '::ffff:192.0.2.1',
    });
    expect(delivery.kind === 'whole' && delivery.answer.status).toBe(200);
    await using server = await sandbox.listen();
    const overHttp = () => fetch(`${server.url}/v1/connections`, { method: 'POST', headers: keys });
    expect((await overHttp()).status).toBe(401);
    sandbox.scenario('zuora-rest', 'settings', { allowedAddresses: ['127.0.0.1'] });
    expect((await overHttp()).status).toBe(200);
  });
});

describe('the Zuora REST twin: other forms', () => {
  it('refuses in each of the forms that clients have met', async () => {
    const bodies = async (refusalForm: ZuoraSettings['refusalForm']) => {
      const { login, call } = zuora({ refusalForm });
      const answers = [await login({ ...keys, apiSecretAccessKey: 'x' }), await call('/v1/entities')];
      expect(answers.map(({ status }) => status)).toEqual([401, 401]);
      return Promise.all(answers.map((answer) => answer.json()));
    };
    const variant = { success: false, reasons: [{ code: 90000011, message: 'Authentication error' }] };
    expect(await bodies('authentication-error')).toEqual([variant, variant]);
    const gateway = { error: 'Unauthorized', status: 401, message: expect.any(String) };
    expect(await bodies('gateway')).toEqual([
      { ...gateway, path: '/v1/connections' },
      { ...gateway, path: '/v1/entities' },
    ]);
  });

  it('takes HTTP Basic on the paths of the old hosts only', async () => {
    const { call } = zuora();
    const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect((await call('/rest/v1/entities', basic('username@company.com:password'))).status).toBe(200);
    expect((await call('/rest/v1/entities', basic('username@company.com:wrong'))).status).toBe(401);
    expect((await call('/v1/entities', basic('username@company.com:password'))).status).toBe(401);
  });

  it('answers an action in the words of SOAP, its refusal too', async () => {
    const { call, cookieOf } = zuora({ accountCount: 1 });
    const query = (headers: Record<string, string>, queryString: string) =>
      call('/v1/action/query', headers, { method: 'POST', body: JSON.stringify({ queryString }) });
    const Cookie = await cookieOf();
    const found = await query({ Cookie }, 'select Id, Name from Account');
    expect(await found.json()).toEqual({
      records: [{ Id: '2c92c0f9000000000000000000000001', Name: 'Example Account 1' }],
      size: 1,
      done: true,
    });
    const refused = await query({ Cookie: 'ZSession=x' }, 'select Id from Account');
    expect(refused.status).toBe(401);
    expect(await refused.json()).toEqual({ faultcode: 'fns:INVALID_SESSION', faultstring: 'Invalid session' });
    expect(await (await query({ Cookie }, 'nonsense')).json()).toMatchObject({ faultcode: 'fns:MALFORMED_QUERY' });
  });

  it.each([
    ['too long', 'x'.repeat(65)],
    ['with a colon', 'a:b'],
    ['with a semicolon', 'a;b'],
    ['with a quote', "a'b"],
    ['with a double quote', 'a"b'],
  ])('echoes or ignores a track id %s, as set', async (_, id) => {
    expect((await zuora().login({ ...keys, 'Zuora-Track-Id': id })).headers.get('zuora-track-id')).toBe(id);
    const { login } = zuora({ badTrackId: 'ignored' });
    expect((await login({ ...keys, 'Zuora-Track-Id': id })).headers.get('zuora-track-id')).toBeNull();
    const good = 'x'.repeat(64);
    expect((await login({ ...keys, 'Zuora-Track-Id': good })).headers.get('zuora-track-id')).toBe(good);
  });

  it('leaves Secure out of the cookie when set so', async () => {
    const [line] = (await zuora({ isCookieSecure: false }).login()).headers.getSetCookie();
    expect(line).toMatch(/^ZSession=[\w-]{256}; Path=\/; HttpOnly$/);
  });
});
