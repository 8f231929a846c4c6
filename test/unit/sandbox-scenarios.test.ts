import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { describe, expect, it } from 'vitest';
import { ConnectionDroppedError, createSandbox, type Sandbox, systemNames } from '../../src/sandbox/index.ts';
import { sandboxHandlers } from '../../src/sandbox/msw.ts';

const login = (sandbox: Sandbox, apiSecret = 'secret-000000000001') =>
  sandbox.handle(
    new Request('https://any.test/auth/login', {
      method: 'POST',
      body: JSON.stringify({ apiKey: 'apiKey-000000000001', apiSecret }),
    }),
  );
const tokenOf = async (sandbox: Sandbox): Promise<string> => (await (await login(sandbox)).json()).token;
const session = (sandbox: Sandbox, token: string) =>
  sandbox.handle(new Request('https://any.test/auth/session', { headers: { Authorization: `Bearer ${token}` } }));

describe('scenarios that every system has', () => {
  it.each(systemNames)('%s knows them all', (system) => {
    const names = createSandbox().twins[system].scenarioNames();
    expect(names).toEqual(
      expect.arrayContaining([
        'bad-gateway',
        'change-password',
        'clear',
        'clock-skew',
        'delay-refusals',
        'drop-after-answer',
        'drop-after-login',
        'drop-before-answer',
        'expire-after',
        'expire-now',
        'html-login-page',
        'huge',
        'rate-limit',
        'refuse-every-session',
        'revoke',
        'session-cap',
        'settings',
        'slow-login',
        'status',
        'truncated',
      ]),
    );
  });

  it('expires what is there and leaves what comes', async () => {
    const sandbox = createSandbox();
    const old = await tokenOf(sandbox);
    expect(sandbox.scenario('pulse-crm', 'expire-now')).toEqual({ ended: 1 });
    expect((await session(sandbox, old)).status).toBe(401);
    expect((await session(sandbox, await tokenOf(sandbox))).status).toBe(200);
  });

  it('refuses every session, new ones too, until told otherwise', async () => {
    const sandbox = createSandbox();
    const token = await tokenOf(sandbox);
    sandbox.scenario('pulse-crm', 'refuse-every-session');
    expect((await session(sandbox, token)).status).toBe(401);
    expect((await session(sandbox, await tokenOf(sandbox))).status).toBe(401);
    sandbox.scenario('pulse-crm', 'refuse-every-session', { on: false });
    expect((await session(sandbox, token)).status).toBe(200);
    sandbox.scenario('pulse-crm', 'refuse-every-session');
    sandbox.scenario('pulse-crm', 'clear');
    expect((await session(sandbox, token)).status).toBe(200);
  });

  it('keeps back a fraction of the refusals, past a slow login', async () => {
    const sandbox = createSandbox();
    sandbox.scenario('pulse-crm', 'slow-login', { ms: 40 });
    sandbox.scenario('pulse-crm', 'delay-refusals', { ms: 120, fraction: 0.5 });
    const order: string[] = [];
    const refusals = Array.from({ length: 10 }, async () => order.push(String((await session(sandbox, 'x')).status)));
    const loggedIn = login(sandbox).then(() => order.push('login'));
    await Promise.all([...refusals, loggedIn]);
    expect(order).toEqual([...Array(5).fill('401'), 'login', ...Array(5).fill('401')]);
  });

  it('drops by operation or by role, so many times', async () => {
    const sandbox = createSandbox();
    sandbox.scenario('pulse-crm', 'drop-before-answer', { operation: 'getSession', times: 2 });
    const token = await tokenOf(sandbox);
    await expect(session(sandbox, token)).rejects.toThrow(ConnectionDroppedError);
    await expect(session(sandbox, token)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await session(sandbox, token)).status).toBe(200);
    sandbox.scenario('pulse-crm', 'drop-after-answer', { operation: 'verify' });
    await expect(session(sandbox, token)).rejects.toThrow(ConnectionDroppedError);
    expect(sandbox.counts('pulse-crm')).toMatchObject({ requests: 5, logins: 1, accepted: 2 });
    expect(sandbox.journal.entries().map(({ status, delivered }) => [status, delivered])).toEqual([
      [200, 'whole'],
      [0, 'dropped'],
      [0, 'dropped'],
      [200, 'whole'],
      [200, 'dropped'],
    ]);
  });

  it('gives canned answers and login pages instead of processing', async () => {
    const sandbox = createSandbox();
    sandbox.scenario('pulse-crm', 'status', {
      operation: 'login',
      status: 503,
      headers: { 'Retry-After': '7' },
      body: 'busy',
    });
    const busy = await login(sandbox);
    expect([busy.status, busy.headers.get('retry-after'), await busy.text()]).toEqual([503, '7', 'busy']);
    sandbox.scenario('pulse-crm', 'html-login-page', { operation: 'getSession' });
    const token = await tokenOf(sandbox);
    const page = await session(sandbox, token);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html;charset=UTF-8']);
    expect(await page.text()).toContain('<form');
    sandbox.scenario('pulse-crm', 'html-login-page', { status: 302 });
    const moved = await session(sandbox, token);
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/login']);
    expect(sandbox.counts('pulse-crm')).toMatchObject({ logins: 2, loginsAccepted: 1, accepted: 0, refused: 0 });
  });

  it('disarms what was armed', async () => {
    const sandbox = createSandbox();
    sandbox.scenario('pulse-crm', 'status', { status: 500, times: 100 });
    sandbox.scenario('pulse-crm', 'clear');
    expect((await login(sandbox)).status).toBe(200);
  });

  it('touches one system only', async () => {
    const sandbox = createSandbox();
    sandbox.scenario('zato-sso', 'status', { status: 500, times: 100 });
    sandbox.scenario('zato-sso', 'expire-now');
    expect((await session(sandbox, await tokenOf(sandbox))).status).toBe(200);
  });

  it('refuses unknown systems, scenarios and arguments with a code', () => {
    const sandbox = createSandbox();
    const codeOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return error instanceof TypeError && 'code' in error ? error.code : error;
      }
      return undefined;
    };
    expect(codeOf(() => sandbox.scenario('pulse-crm', 'no-such'))).toBe('UNKNOWN_SCENARIO');
    expect(codeOf(() => sandbox.scenario('pulse-crm', 'toString'))).toBe('UNKNOWN_SCENARIO');
    expect(codeOf(() => sandbox.scenario('pulse-crm', 'status', { status: 99 }))).toBe('BAD_SCENARIO_ARGUMENT');
    expect(codeOf(() => sandbox.scenario('zato-sso', 'totp-on', { user: 'user1' }))).toBe('BAD_SCENARIO_ARGUMENT');
    // The wrong name is JavaScript's to pass.
    expect(codeOf(() => createSandbox({ settings: { zuora: { sessionTimeoutMs: -1 } } }))).toBe('BAD_SETTING');
    expect(codeOf(() => sandbox.scenario('pulse-crm', 'settings', { token: 'paper' }))).toBe('BAD_SETTING');
    expect(codeOf(() => sandbox.scenario('zato-sso', 'settings', { apps: null }))).toBe('BAD_SETTING');
    expect(codeOf(() => sandbox.scenario('nothing' as never, 'expire-now'))).toBe('UNKNOWN_SYSTEM');
  });

  it.each([
    ['an option', { sed: 1 }, 'createSandbox has no "sed"; it has clock, users,'],
    ['a service’s users', { users: { pulse: [] } }, 'users has no "pulse"; it has zuora, zato-sso, pulse-crm'],
    ['a service’s settings', { settings: { 'zuora-rest': {} } }, 'settings has no "zuora-rest"'],
    ['a system’s origin', { origins: { zuora: 'https://zuora.test' } }, 'origins has no "zuora"; it has zuora-rest'],
    ['options', 'seed', 'createSandbox takes an object'],
    ['users', { users: null }, 'users takes an object'],
  ])('refuses what is not %s, with a code', (_what, options, message) => {
    // The wrong names are JavaScript's to pass.
    expect(() => createSandbox(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'UNKNOWN_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('refuses to listen where it does not understand how', async () => {
    const wrong = { prot: 8080 } as never;
    await expect(createSandbox().listen(wrong)).rejects.toMatchObject({ name: 'TypeError', code: 'UNKNOWN_OPTION' });
  });

  it('changes settings while running', async () => {
    const sandbox = createSandbox();
    sandbox.scenario('pulse-crm', 'settings', { token: 'jwt' });
    expect(await tokenOf(sandbox)).toMatch(/^ey/);
    sandbox.reset();
    expect(await tokenOf(sandbox)).toMatch(/^[0-9a-f]{40}$/);
  });

  it('changes nothing when an argument is wrong', async () => {
    const sandbox = createSandbox();
    expect(() => sandbox.scenario('pulse-crm', 'slow-login', { ms: 60_000, times: 1 })).toThrow('unknown argument');
    expect(() => sandbox.scenario('pulse-crm', 'settings', { token: 'jwt', color: 1 })).toThrow('no setting "color"');
    expect(await tokenOf(sandbox)).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('the journal', () => {
  it('keeps the newest of its bound, and counts them all', async () => {
    const sandbox = createSandbox({ journalSize: 3 });
    await tokenOf(sandbox);
    for (let n = 0; n < 4; n += 1) await session(sandbox, 'x');
    await login(sandbox, 'wrong');
    expect(sandbox.journal.entries().map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'login-denied']);
    expect(sandbox.journal.entries({ limit: 1 }).map(({ outcome }) => outcome)).toEqual(['login-denied']);
    expect(sandbox.counts('pulse-crm')).toEqual({
      requests: 6,
      logins: 2,
      loginsAccepted: 1,
      loginsDenied: 1,
      renewals: 0,
      logouts: 0,
      refused: 4,
      accepted: 0,
    });
  });
});

describe('the clock', () => {
  it('stands on the given one, moves forward only, and shows in the Date header', async () => {
    const sandbox = createSandbox({ clock: { nowMs: () => 1_000_000 } });
    expect(sandbox.clock.advanceMs(500)).toBe(1_000_500);
    expect(() => sandbox.clock.advanceMs(-1)).toThrow(RangeError);
    expect((await login(sandbox)).headers.get('date')).toBe(new Date(1_000_000).toUTCString());
    sandbox.reset();
    expect(sandbox.clock.nowMs()).toBe(1_000_000);
  });
});

describe('the msw handlers', () => {
  it('answer under the origins of the systems, several cookies and lost answers included', async () => {
    const sandbox = createSandbox({ origins: { 'pulse-crm': 'https://crm.customer.test' } });
    const server = setupServer(...sandboxHandlers(sandbox));
    server.listen({ onUnhandledRequest: 'error' });
    try {
      const answer = await fetch('https://crm.customer.test/auth/session');
      expect(answer.status).toBe(401);
      const connection = await fetch('https://rest.apisandbox.zuora.com/v1/connections', {
        method: 'POST',
        headers: { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' },
      });
      expect(connection.headers.getSetCookie()).toEqual([expect.stringMatching(/^ZSession=.{256}; Path=\/;/)]);
      expect((await fetch('http://localhost:17010/zato/sso/nothing')).status).toBe(404);
      expect((await fetch('https://apisandbox.zuora.com/apps/services/a/91.0?wsdl')).status).toBe(200);
      sandbox.scenario('pulse-crm', 'drop-before-answer');
      await expect(fetch('https://crm.customer.test/auth/session')).rejects.toThrow('Failed to fetch');
    } finally {
      server.close();
    }
  });

  it('answer only for the systems asked for', async () => {
    const otherwise = http.all('*', () => new HttpResponse(null, { status: 418 }));
    const server = setupServer(...sandboxHandlers(createSandbox(), ['zato-sso']), otherwise);
    server.listen();
    try {
      expect((await fetch('http://localhost:17010/zato/sso/nothing')).status).toBe(404);
      expect((await fetch('https://pulse.example.test/auth/session')).status).toBe(418);
    } finally {
      server.close();
    }
  });
});
