import { describe, expect, it } from 'vitest';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/index.ts';

const apiKeyLogin = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };

function pulse(options: SandboxOptions = {}) {
  const sandbox = createSandbox({ seed: 'pulse', clock: { nowMs: () => 1_700_000_000_000 }, ...options });
  const login = (body: unknown) =>
    sandbox.handle(
      new Request('https://any.test/auth/login', {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      }),
    );
  const session = (headers: Record<string, string>) =>
    sandbox.handle(new Request('https://any.test/auth/session', { headers }));
  const tokenOf = async (body: unknown = apiKeyLogin): Promise<string> => (await (await login(body)).json()).token;
  return { sandbox, login, session, tokenOf };
}

const bearer = (token: string, more: Record<string, string> = {}) => ({ Authorization: `Bearer ${token}`, ...more });

describe('the Pulse twin', () => {
  it('gives the user object with a token for an API key', async () => {
    const answer = await pulse().login(apiKeyLogin);
    expect(answer.status).toBe(200);
    const user = await answer.json();
    expect(user).toMatchObject({
      id: expect.any(Number),
      email: expect.stringContaining('@'),
      token: expect.stringMatching(/^[0-9a-f]{40}$/),
      primaryAccount: { accountId: 'acct-0001', usersPrimaryAccount: true, whitelabelSettings: {} },
    });
    expect(Object.keys(user)).toEqual(
      'id email createdBy updatedBy createdAt updatedAt primaryAccount accounts flatRolesList flatPermissionsList token'.split(
        ' ',
      ),
    );
    for (const account of user.accounts) {
      expect(account).toMatchObject({
        accountName: expect.any(String),
        accountId: expect.any(String),
        id: expect.any(String),
        name: expect.any(String),
      });
    }
  });

  it('gives a person the same answer for an e-mail and a password', async () => {
    const { login } = pulse();
    const byKey = await (await login(apiKeyLogin)).json();
    const byPassword = await login({ email: 'ada@pulse.example.test', password: 'pulse-password-1' });
    expect(byPassword.status).toBe(200);
    expect(await byPassword.json()).toEqual({ ...byKey, token: expect.not.stringMatching(byKey.token) });
  });

  it.each([
    ['a wrong secret', { ...apiKeyLogin, apiSecret: 'secret-000000000002' }],
    ['an unknown key', { ...apiKeyLogin, apiKey: 'apiKey-999999999999' }],
    ['a wrong password', { email: 'ada@pulse.example.test', password: 'no' }],
    ['no secret', { apiKey: apiKeyLogin.apiKey }],
    ['a secret that is no string', { ...apiKeyLogin, apiSecret: ['secret-000000000001'] }],
    ['what is not JSON', '{'],
    ['an empty body', ''],
    ['an empty object', {}],
    ['a list', []],
  ])('refuses %s with 401', async (_, body) => {
    const { sandbox, login } = pulse();
    expect((await login(body)).status).toBe(401);
    expect(sandbox.counts('pulse-crm')).toMatchObject({ requests: 1, logins: 1, loginsDenied: 1, loginsAccepted: 0 });
    expect(sandbox.twins['pulse-crm'].liveSessions()).toBe(0);
  });

  it('answers a session check with the object of the login', async () => {
    const { login, session } = pulse();
    const user = await (await login(apiKeyLogin)).json();
    const checked = await session(bearer(user.token));
    expect(checked.status).toBe(200);
    expect(await checked.json()).toEqual(user);
  });

  it('refuses a missing, malformed or unknown token with 401', async () => {
    const { sandbox, session, tokenOf } = pulse();
    const token = await tokenOf();
    for (const headers of [{}, bearer('asd90f87'), { Authorization: token }, { Authorization: `Basic ${token}` }]) {
      expect((await session(headers)).status).toBe(401);
    }
    expect(sandbox.counts('pulse-crm')).toMatchObject({ refused: 4, accepted: 0 });
  });

  it('takes the accounts of the user and answers 403 for another, the session living on', async () => {
    const { sandbox, session, tokenOf } = pulse();
    const token = await tokenOf();
    expect((await session(bearer(token, { 'X-Account-ID': 'acct-0002' }))).status).toBe(200);
    expect((await session(bearer(token, { 'X-Account-ID': 'acct-9999' }))).status).toBe(403);
    expect((await session(bearer(token))).status).toBe(200);
    expect(sandbox.counts('pulse-crm')).toMatchObject({ accepted: 2, refused: 0 });
  });

  it('answers an account that is not the user’s with another status when set so', async () => {
    const { session, tokenOf } = pulse({ settings: { 'pulse-crm': { accountRefusalStatus: 404 } } });
    expect((await session(bearer(await tokenOf(), { 'X-Account-ID': 'acct-9999' }))).status).toBe(404);
  });

  it('fails with the documented 500 when a scenario asks', async () => {
    const { sandbox, login } = pulse();
    sandbox.scenario('pulse-crm', 'status', { status: 500, operation: 'login' });
    expect((await login(apiKeyLogin)).status).toBe(500);
    expect((await login(apiKeyLogin)).status).toBe(200);
  });

  it('has a user without a primary account', async () => {
    const { login } = pulse();
    const user = await (await login({ apiKey: 'apiKey-000000000002', apiSecret: 'secret-000000000002' })).json();
    expect(user.primaryAccount).toBeUndefined();
    expect(user.accounts).toEqual([]);
  });

  it('ends a session at its lifetime, on the virtual clock', async () => {
    const { sandbox, session, tokenOf } = pulse({ settings: { 'pulse-crm': { sessionLifetimeMs: 60_000 } } });
    const token = await tokenOf();
    sandbox.clock.advanceMs(59_999);
    expect((await session(bearer(token))).status).toBe(200);
    sandbox.clock.advanceMs(1);
    expect((await session(bearer(token))).status).toBe(401);
  });

  it('gives JWT tokens with an exp when set so', async () => {
    const { session, tokenOf } = pulse({ settings: { 'pulse-crm': { token: 'jwt', sessionLifetimeMs: 60_000 } } });
    const token = await tokenOf();
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iat: 1_700_000_000, exp: 1_700_000_060 });
    expect((await session(bearer(token))).status).toBe(200);
  });

  it('answers errors without a body or with HTML when set so', async () => {
    const empty = await pulse({ settings: { 'pulse-crm': { errorBody: 'empty' } } }).session({});
    expect([empty.status, await empty.text()]).toEqual([401, '']);
    const html = await pulse({ settings: { 'pulse-crm': { errorBody: 'html' } } }).session({});
    expect(html.headers.get('content-type')).toBe('text/html');
    expect(await html.text()).toContain('<html>');
  });

  it('changes a secret: the old one is refused, the new one taken', async () => {
    const { sandbox, login } = pulse();
    sandbox.scenario('pulse-crm', 'change-password', { apiSecret: 'secret-changed' });
    expect((await login(apiKeyLogin)).status).toBe(401);
    expect((await login({ ...apiKeyLogin, apiSecret: 'secret-changed' })).status).toBe(200);
    sandbox.reset();
    expect((await login(apiKeyLogin)).status).toBe(200);
  });
});
