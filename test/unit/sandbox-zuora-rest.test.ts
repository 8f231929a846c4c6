import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSandbox, type SandboxOptions, type ZuoraSettings } from '../../src/sandbox/index.ts';

const keys = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
const minutes = 60_000;

// The bodies as captured: 22 and 138 bytes.
const successBody = '{\n  "success" : true\n}';
const signInBody = `{
  "success" : false,
  "reasons" : [ {
    "code" : 90000011,
    "message" : "this resource is protected, please sign in first"
  } ]
}`;

function zuora(settings: Partial<ZuoraSettings> = {}, options: SandboxOptions = {}) {
  const sandbox = createSandbox({
    seed: 'zuora',
    clock: { nowMs: () => 1_700_000_000_000 },
    settings: { zuora: settings },
    ...options,
  });
  const call = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    sandbox.handle(new Request(`https://any.test${path}`, { ...init, headers }));
  const login = (headers: Record<string, string> = keys) =>
    call('/v1/connections', { 'Content-Type': 'application/json', ...headers }, { method: 'POST', body: '{}' });
  const entities = (cookie: string, more: Record<string, string> = {}) =>
    call('/v1/entities', { Cookie: `ZSession=${cookie}`, ...more });
  return { sandbox, call, login, entities };
}

function cookieOf(answer: Response): string {
  const [line = '', ...others] = answer.headers.getSetCookie();
  expect(others).toEqual([]);
  const [, value] = /^ZSession=([A-Za-z0-9_-]{256}); Path=\/; Secure; HttpOnly$/.exec(line) ?? [];
  if (value === undefined) throw new Error(`not the documented cookie: ${line}`);
  return value;
}

describe('the Zuora REST twin: login', () => {
  it('answers byte for byte as captured, with the cookie', async () => {
    const answer = await zuora().login();
    expect(answer.status).toBe(200);
    const body = await answer.text();
    expect(body).toBe(successBody);
    expect(body).toHaveLength(22);
    expect(answer.headers.get('content-type')).toBe('application/json;charset=utf-8');
    expect(answer.headers.get('server')).toBe('Zuora App');
    expect(answer.headers.get('cache-control')).toBe('max-age=0, no-cache, no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    expect(answer.headers.get('expires')).toBe(answer.headers.get('date'));
    expect(answer.headers.get('date')).toBe('Tue, 14 Nov 2023 22:13:20 GMT');
    cookieOf(answer);
  });

  it('refuses wrong credentials byte for byte as captured, without a cookie', async () => {
    const { sandbox, login } = zuora();
    for (const wrong of [
      { ...keys, apiSecretAccessKey: 'Password' },
      { ...keys, apiAccessKeyId: 'nobody' },
      { apiAccessKeyId: keys.apiAccessKeyId },
      {},
    ]) {
      const answer = await login(wrong);
      expect(answer.status).toBe(401);
      const body = await answer.text();
      expect(body).toBe(signInBody);
      expect(body).toHaveLength(138);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get('connection')).toBe('close');
    }
    expect(sandbox.counts('zuora-rest')).toMatchObject({ logins: 4, loginsDenied: 4, loginsAccepted: 0, refused: 0 });
  });

  it('takes an empty body, any case of the key headers, both prefixes and both sample users', async () => {
    const { call } = zuora();
    const lower = { apiaccesskeyid: 'username@zuora.com', apisecretaccesskey: 'password' };
    expect((await call('/v1/connections', lower, { method: 'POST' })).status).toBe(200);
    expect((await call('/rest/v1/connections', keys, { method: 'POST', body: '{}' })).status).toBe(200);
  });

  it('locks an account after wrong passwords in a row, answering as for a wrong password', async () => {
    const { sandbox, login } = zuora({ maximumInvalidLoginAttempts: 3, lockoutMs: 20 * minutes });
    for (let attempt = 0; attempt < 3; attempt += 1) await login({ ...keys, apiSecretAccessKey: 'wrong' });
    const locked = await login();
    expect([locked.status, await locked.text()]).toEqual([401, signInBody]);
    sandbox.clock.advanceMs(20 * minutes);
    expect((await login()).status).toBe(200);
  });

  it('counts only wrong passwords in a row', async () => {
    const { login } = zuora({ maximumInvalidLoginAttempts: 3 });
    for (const secret of ['wrong', 'wrong', 'password', 'wrong', 'wrong']) {
      await login({ ...keys, apiSecretAccessKey: secret });
    }
    expect((await login()).status).toBe(200);
  });

  it('locks and unlocks by scenario', async () => {
    const { sandbox, login } = zuora();
    sandbox.scenario('zuora-rest', 'lock-account', { username: 'username@company.com' });
    expect((await login()).status).toBe(401);
    sandbox.scenario('zuora-rest', 'unlock-account');
    expect((await login()).status).toBe(200);
  });

  it('refuses an entity the user may not use with 90000020, and no cookie', async () => {
    const { login } = zuora();
    for (const entity of [
      { 'Zuora-Entity-Ids': '9999' },
      { entityName: 'No Such' },
      { entityId: '6337', entityName: 'Global' },
    ]) {
      const answer = await login({ ...keys, ...entity });
      expect(await answer.json()).toMatchObject({ success: false, reasons: [{ code: 90000020 }] });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    for (const entity of [{ 'Zuora-Entity-Ids': '6337' }, { entityId: '6337' }, { entityName: 'Example Entity' }]) {
      expect(await (await login({ ...keys, ...entity })).json()).toEqual({ success: true });
    }
  });

  it('refuses an entity with another status when set so', async () => {
    const answer = await zuora({ entityRefusalStatus: 403 }).login({ ...keys, 'Zuora-Entity-Ids': '9999' });
    expect(answer.status).toBe(403);
  });
});

describe('the Zuora REST twin: using a session', () => {
  it('re-issues the cookie on each 200, a business failure included, and never twice the same', async () => {
    const { call, login, entities } = zuora();
    const values = [cookieOf(await login())];
    for (let n = 0; n < 3; n += 1) values.push(cookieOf(await entities(values.at(-1) ?? '')));
    const failure = await call('/v1/accounts/nothing', { Cookie: `ZSession=${values[0]}` });
    values.push(cookieOf(failure));
    expect(new Set(values).size).toBe(5);
    // Any of them, the oldest too, still leads to the one session.
    for (const value of values) expect((await entities(value)).status).toBe(200);
  });

  it('answers what cannot be found with 200, code 50000040 and a process id', async () => {
    const { call, login } = zuora();
    const answer = await call('/v1/accounts/A-404', { Cookie: `ZSession=${cookieOf(await login())}` });
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toMatch(
      /^\{\n {2}"success" : false,\n {2}"processId" : "[0-9A-F]{16}",\n {2}"reasons" : \[ \{\n {4}"code" : 50000040,\n {4}"message" : "Cannot find entity by key: 'A-404'\."\n {2}\} \]\n\}$/,
    );
  });

  it.each([
    ['no cookie', {}],
    ['an unknown cookie', { Cookie: `ZSession=${'A'.repeat(256)}` }],
    ['a short cookie', { Cookie: 'ZSession=abc' }],
    ['another cookie name', { Cookie: 'zsession=abc' }],
    ['an OAuth token', { Authorization: 'Bearer abc' }],
  ])('refuses %s with 401 and sets none', async (_, headers) => {
    const { sandbox, call } = zuora();
    const answer = await call('/v1/entities', headers);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toBe(signInBody);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(sandbox.counts('zuora-rest')).toMatchObject({ requests: 1, refused: 1, accepted: 0 });
  });

  it('refuses a value with one character changed', async () => {
    const { login, entities } = zuora();
    const value = cookieOf(await login());
    const changed = value.slice(0, 100) + (value[100] === 'A' ? 'B' : 'A') + value.slice(101);
    expect((await entities(changed)).status).toBe(401);
  });

  it('takes the value among other cookies, with a semicolon after it, and in Authorization', async () => {
    const { call, login } = zuora();
    const value = cookieOf(await login());
    for (const headers of [
      { Cookie: `a=1; ZSession=${value}; b=2` },
      { Cookie: `ZSession=${value};` },
      { Authorization: `ZSession ${value}` },
    ]) {
      expect((await call('/v1/entities', headers)).status).toBe(200);
    }
  });

  it('takes the key headers on each call', async () => {
    const { sandbox, call } = zuora();
    const answer = await call('/v1/entities', keys);
    expect(answer.status).toBe(200);
    cookieOf(answer);
    expect((await call('/v1/entities', { ...keys, apiSecretAccessKey: 'x' })).status).toBe(401);
    expect(sandbox.counts('zuora-rest')).toMatchObject({ logins: 0, accepted: 1, refused: 1 });
  });

  it('slides the timeout with each call', async () => {
    const { sandbox, login, entities } = zuora();
    const value = cookieOf(await login());
    for (let n = 0; n < 4; n += 1) {
      sandbox.clock.advanceMs(14 * minutes);
      expect((await entities(value)).status).toBe(200);
    }
    sandbox.clock.advanceMs(15 * minutes);
    expect((await entities(value)).status).toBe(401);
  });

  it('lets each value die on its own clock when set so', async () => {
    const { sandbox, login, entities } = zuora({ cookieLife: 'each-value' });
    const first = cookieOf(await login());
    sandbox.clock.advanceMs(10 * minutes);
    const second = cookieOf(await entities(first));
    sandbox.clock.advanceMs(10 * minutes);
    expect((await entities(first)).status).toBe(401);
    expect((await entities(second)).status).toBe(200);
  });

  it('judges the entity of each call', async () => {
    const { sandbox, login, entities } = zuora();
    const value = cookieOf(await login());
    expect(await (await entities(value, { 'Zuora-Entity-Ids': '6337' })).json()).toMatchObject({ success: true });
    const refused = await (await entities(value, { 'Zuora-Entity-Ids': '1234' })).json();
    expect(refused).toMatchObject({ success: false, reasons: [{ code: 90000020 }] });
    expect(sandbox.counts('zuora-rest')).toMatchObject({ accepted: 1, refused: 0 });
  });

  it('sets a cookie on a 200 only', async () => {
    const { sandbox, call, login, entities } = zuora();
    const value = cookieOf(await login());
    const refused = () => entities(value, { 'Zuora-Entity-Ids': '1234' });
    cookieOf(await refused());
    sandbox.scenario('zuora-rest', 'settings', { entityRefusalStatus: 403 });
    const forbidden = await refused();
    expect([forbidden.status, forbidden.headers.getSetCookie()]).toEqual([403, []]);
    const missing = await call('/v1/nothing-there', { Cookie: `ZSession=${value}` });
    expect([missing.status, missing.headers.getSetCookie()]).toEqual([404, []]);
  });

  it('lists the entities the user may use', async () => {
    const { login, entities } = zuora();
    expect(await (await entities(cookieOf(await login()))).json()).toEqual({
      success: true,
      entities: [
        { id: '1', name: 'Global' },
        { id: '6337', name: 'Example Entity' },
      ],
    });
  });

  it('creates an account from a plain and from a gzipped body', async () => {
    const { call, login } = zuora();
    const Cookie = `ZSession=${cookieOf(await login())}`;
    const body = JSON.stringify({ name: 'New One' });
    const plain = await (await call('/v1/accounts', { Cookie }, { method: 'POST', body })).json();
    expect(plain).toMatchObject({ success: true, accountId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const zipped = await call(
      '/v1/accounts',
      { Cookie, 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' },
      { method: 'POST', body: gzipSync(body) },
    );
    const created = await zipped.json();
    const read = await (await call(`/v1/accounts/${created.accountNumber}`, { Cookie })).json();
    expect(read).toMatchObject({ success: true, basicInfo: { id: created.accountId, name: 'New One' } });
    const broken = await call('/v1/accounts', { Cookie, 'Content-Encoding': 'gzip' }, { method: 'POST', body });
    expect(await broken.json()).toMatchObject({ success: false });
  });

  it('compresses answers of more than 1000 bytes for a caller who accepts it', async () => {
    const { call, login } = zuora();
    const Cookie = `ZSession=${cookieOf(await login({ ...keys, 'Accept-Encoding': 'gzip' }))}`;
    const path = '/v1/accounts/A00000001';
    const plain = await (await call(path, { Cookie })).text();
    expect(plain.length).toBeGreaterThan(1000);
    const zipped = await call(path, { Cookie, 'Accept-Encoding': 'deflate, gzip' });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()).toBe(plain);
    const short = await call('/v1/entities', { Cookie, 'Accept-Encoding': 'gzip' });
    expect(short.headers.get('content-encoding')).toBeNull();
  });

  it('echoes a track id when sent and numbers every request with 36 characters', async () => {
    const { login, entities } = zuora();
    const answer = await login({ ...keys, 'Zuora-Track-Id': 'nightly-7' });
    expect(answer.headers.get('zuora-track-id')).toBe('nightly-7');
    expect(answer.headers.get('zuora-request-id')).toHaveLength(36);
    const refused = await entities('x');
    expect(refused.headers.get('zuora-track-id')).toBeNull();
    expect(refused.headers.get('zuora-request-id')).toHaveLength(36);
    expect((await zuora({ hasRequestId: false }).login()).headers.get('zuora-request-id')).toBeNull();
  });
});

describe('the Zuora REST twin: scenarios', () => {
  it('gives both kinds of 429', async () => {
    const { sandbox, login } = zuora();
    sandbox.scenario('zuora-rest', 'rate-limit', { operation: 'login', retryAfterSeconds: 37 });
    const rate = await login();
    expect(rate.status).toBe(429);
    expect(await rate.json()).toEqual({
      reasons: [{ code: 70, message: 'API Rate limit exceeded for the minute, retry after 37 seconds' }],
    });
    expect(rate.headers.get('ratelimit-reset')).toBe('37');
    expect(rate.headers.get('zuora-request-id')).toHaveLength(36);

    sandbox.scenario('zuora-rest', 'rate-limit', { kind: 'concurrency' });
    const concurrency = await login();
    expect([concurrency.status, concurrency.headers.get('retry-after')]).toEqual([429, '120']);
    expect((await concurrency.json()).reasons[0].code).toBe(50000070);
    expect((await login()).status).toBe(200);
    expect(sandbox.counts('zuora-rest')).toMatchObject({ logins: 3, loginsAccepted: 1, loginsDenied: 0 });
  });

  it('crashes in plain text, without a cookie', async () => {
    const { sandbox, login, entities } = zuora();
    const value = cookieOf(await login());
    sandbox.scenario('zuora-rest', 'crash', { operation: 'getEntities' });
    const crashed = await entities(value);
    expect([crashed.status, crashed.statusText]).toEqual([500, 'Internal Error']);
    expect(crashed.headers.get('content-type')).toBe('text/plain');
    expect(crashed.headers.getSetCookie()).toEqual([]);
    expect((await entities(value)).status).toBe(200);
  });

  it('revokes the newest, one user or one secret', async () => {
    const { sandbox, login, entities } = zuora();
    const [a, b] = [cookieOf(await login()), cookieOf(await login())];
    const c = cookieOf(await login({ ...keys, apiAccessKeyId: 'username@zuora.com' }));
    const alive = async () => Promise.all([a, b, c].map(async (value) => (await entities(value)).status === 200));
    expect(sandbox.scenario('zuora-rest', 'revoke', { secret: a })).toEqual({ ended: 1 });
    expect(await alive()).toEqual([false, true, true]);
    expect(sandbox.scenario('zuora-rest', 'revoke', { which: 'all', username: 'username@company.com' })).toEqual({
      ended: 1,
    });
    expect(await alive()).toEqual([false, false, true]);
    expect(sandbox.scenario('zuora-rest', 'revoke', { secret: 'nonsense' })).toEqual({ ended: 0 });
    expect(sandbox.scenario('zuora-rest', 'revoke')).toEqual({ ended: 1 });
    expect(await alive()).toEqual([false, false, false]);
  });

  it('gives the same values again for the same seed', async () => {
    const first = cookieOf(await zuora().login());
    expect(cookieOf(await zuora().login())).toBe(first);
    expect(cookieOf(await zuora({}, { seed: 'other' }).login())).not.toBe(first);
  });
});
