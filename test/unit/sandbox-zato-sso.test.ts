import { describe, expect, it } from 'vitest';
import { createSandbox, type SandboxOptions, type ZatoSettings } from '../../src/sandbox/index.ts';
import { totpCode } from '../../src/sandbox/totp.ts';

const startMs = 1_756_289_702_418;
const minutes = 60_000;
const totpKey = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const user1 = { username: 'user1', password: 'SD:n25a9-?Z8e-49bQ  D%', current_app: 'CRM' };
const as = (username: string, more: Record<string, unknown> = {}) => ({
  username,
  password: `${username}-Pa55-phrase`,
  current_app: 'CRM',
  ...more,
});

function zato(settings: Partial<ZatoSettings> = {}, options: SandboxOptions = {}) {
  const sandbox = createSandbox({
    seed: 'zato',
    clock: { nowMs: () => startMs },
    settings: { 'zato-sso': settings },
    ...options,
  });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    sandbox.handle(
      new Request(`http://localhost:17010/zato/sso/${path}`, {
        method,
        headers: { 'User-Agent': 'test', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  const login = (body: unknown = user1, headers?: Record<string, string>) => call('POST', 'user/login', body, headers);
  const ustOf = async (body: unknown = user1): Promise<string> => (await (await login(body)).json()).ust;
  const renew = (ust: unknown, more: object = {}) =>
    call('PATCH', 'user/session', { ust, current_app: 'CRM', ...more });
  return { sandbox, call, login, ustOf, renew };
}

const cid = expect.stringMatching(/^[0-9a-f]{24}$/);
const refused = (code: string) => ({ status: 'error', cid, sub_status: [code] });
const result = async (answer: Response) => [answer.status, await answer.json()];

describe('the Zato twin: login', () => {
  it('answers with a token, field by field in the order of the service', async () => {
    const answer = await zato().login();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.text()).toMatch(
      /^\{"status":"ok","cid":"[0-9a-f]{24}","sub_status":\[\],"ust":"gAAAAA[\w-]{113}="\}$/,
    );
  });

  it('takes the documented curl command, which sends no JSON content type', async () => {
    const body = `
  {
  "username":     "user1",
  "password":     "SD:n25a9-?Z8e-49bQ  D%",
  "current_app":  "CRM"
  }`;
    const answer = await zato().login(body, { 'Content-Type': 'application/x-www-form-urlencoded' });
    expect((await answer.json()).status).toBe('ok');
  });

  it('leaves sub_status out of a success when set so, as the documented sample does', async () => {
    const { login } = zato({ subStatusOnSuccess: 'never' });
    expect(Object.keys(await (await login()).json())).toEqual(['status', 'cid', 'ust']);
    expect(await result(await login({ ...user1, password: 'x' }))).toEqual([403, refused('E005001')]);
  });

  it.each([
    ['an unknown user', { ...user1, username: 'nobody' }, 403, 'E005001'],
    ['a wrong password', { ...user1, password: 'wrong' }, 403, 'E005001'],
    ['an empty password', { ...user1, password: '' }, 403, 'E005001'],
    ['a null user name', { ...user1, username: null }, 403, 'E005001'],
    ['an unknown application', { ...user1, current_app: 'ERP' }, 200, 'E004001'],
    ['an unapproved user with the right password', as('unapproved'), 403, 'E005001'],
    ['a missing one-time code', as('totp-user'), 403, 'E005008'],
    ['a wrong one-time code', as('totp-user', { totp_code: '000000' }), 403, 'E005001'],
    ['a wrong password before a missing code', { ...as('totp-user'), password: 'wrong' }, 403, 'E005001'],
    ['a locked user', as('locked'), 403, 'E005002'],
    ['a locked user with a wrong password', { ...as('locked'), password: 'wrong' }, 403, 'E005001'],
    ['an unconfirmed user', as('unconfirmed'), 403, 'E005003'],
    ['an expired password, hidden by default', as('expired'), 403, 'E005001'],
    ['an expired password with a new one', as('expired', { new_password: 'kT?7-quiet.Harbour 31' }), 403, 'E005001'],
    ['a password that must change', as('change-me'), 403, 'E003007'],
    ['a new password that is too short', as('change-me', { new_password: 'short' }), 403, 'E003002'],
    ['a new password that is too long', as('change-me', { new_password: 'x'.repeat(257) }), 403, 'E003003'],
    ['a new password with a rejected word', as('change-me', { new_password: 'my-PassWord-is' }), 403, 'E003001'],
  ])('refuses %s', async (_, body, status, code) => {
    const { sandbox, login } = zato();
    expect(await result(await login(body))).toEqual([status, refused(code)]);
    expect(sandbox.counts('zato-sso')).toMatchObject({ logins: 1, loginsDenied: 1, loginsAccepted: 0 });
  });

  it.each<[Partial<ZatoSettings>, unknown, number, string]>([
    [{ informIfAppInvalid: false }, { ...user1, current_app: 'ERP' }, 200, 'E005001'],
    [{ loginApps: [] }, user1, 403, 'E004001'],
    [{ loginApps: [], informIfAppInvalid: false }, user1, 403, 'E005001'],
    [{ informIfLocked: false }, as('locked'), 403, 'E005001'],
    [{ informIfNotConfirmed: false }, as('unconfirmed'), 403, 'E005001'],
    [{ informIfTotpMissing: false }, as('totp-user'), 403, 'E005001'],
    [{ informIfPasswordExpired: true }, as('expired'), 403, 'E003004'],
    [{ informIfPasswordAboutToExpire: false }, as('expiring'), 403, 'E005001'],
    [{ informIfPasswordMustBeChanged: false }, as('change-me'), 403, 'E003002'],
  ])('hides or reveals by %j', async (settings, body, status, code) => {
    expect(await result(await zato(settings).login(body))).toEqual([status, refused(code)]);
  });

  it.each([
    ['no user name', { password: 'x', current_app: 'CRM' }],
    ['no password', { username: 'user1', current_app: 'CRM' }],
    ['no application', { username: 'user1', password: 'x' }],
    ['an empty body', ''],
  ])('calls %s a bad request, without a status', async (_, body) => {
    expect(await result(await zato().login(body))).toEqual([400, { result: 'Error', cid, details: 'Bad request' }]);
  });

  it.each([
    ['malformed JSON', '{'],
    ['a list', []],
    ['a scalar', '7'],
    ['a password that is a number', { ...user1, password: 12345 }],
    ['an address that is none', { ...user1, remote_addr: '10.0.0.1:80' }],
  ])('fails with 500 on %s', async (_, body) => {
    expect(await result(await zato().login(body))).toEqual([500, { result: 'Error', cid, details: expect.anything() }]);
  });

  it('needs a User-Agent, in the header or in the body', async () => {
    const { sandbox } = zato();
    const bare = (body: unknown) =>
      sandbox.handle(
        new Request('http://localhost:17010/zato/sso/user/login', { method: 'POST', body: JSON.stringify(body) }),
      );
    expect((await bare(user1)).status).toBe(500);
    expect((await bare({ ...user1, user_agent: 'mine' })).status).toBe(200);
  });

  it('warns, with a token, when the password is about to expire', async () => {
    const [status, body] = await result(await zato().login(as('expiring')));
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'warning', cid, sub_status: ['W003005'], ust: expect.stringMatching(/^gAAAAA/) });
  });

  it('changes a password that must change, and only such a one', async () => {
    const { login } = zato();
    const fresh = 'kT?7-quiet.Harbour 31';
    expect((await login(as('change-me', { new_password: fresh }))).status).toBe(200);
    expect((await login(as('change-me'))).status).toBe(403);
    expect((await login({ ...as('change-me'), password: fresh })).status).toBe(200);
    await login({ ...user1, new_password: fresh });
    expect((await login(user1)).status).toBe(200);
  });

  it('takes the code of the current step only', async () => {
    const { sandbox, login } = zato();
    const code = totpCode(totpKey, startMs);
    expect((await login(as('totp-user', { totp_code: code }))).status).toBe(200);
    // The service remembers no code that was used.
    expect((await login(as('totp-user', { totp_code: code }))).status).toBe(200);
    sandbox.clock.advanceMs(30_000);
    expect((await login(as('totp-user', { totp_code: code }))).status).toBe(403);
  });

  it('lets the query string win over the body', async () => {
    const { call } = zato();
    expect(
      (await call('POST', 'user/login?current_app=ERP', user1).then((answer) => answer.json())).sub_status,
    ).toEqual(['E004001']);
  });
});

describe('RFC 6238', () => {
  const key = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %d seconds gives %s', (seconds, code) => {
    expect(totpCode(key, seconds * 1000)).toBe(code);
  });
});

describe('the Zato twin: sessions', () => {
  it('renews for another hour, the token unchanged, and tells naive UTC times', async () => {
    const { sandbox, ustOf, renew } = zato();
    const ust = await ustOf();
    sandbox.clock.advanceMs(30 * minutes);
    expect(await result(await renew(ust))).toEqual([
      200,
      { status: 'ok', cid, sub_status: [], expiration_time: '2025-08-27T11:45:02.418000' },
    ]);
    sandbox.clock.advanceMs(582);
    expect((await (await renew(ust)).json()).expiration_time).toBe('2025-08-27T11:45:03');
    sandbox.clock.advanceMs(60 * minutes - 1);
    expect((await renew(ust)).status).toBe(200);
    expect(sandbox.counts('zato-sso')).toMatchObject({ renewals: 3, logins: 1 });
  });

  it('ends an hour after login however much it is used', async () => {
    const { sandbox, call, ustOf, renew } = zato();
    const ust = encodeURIComponent(await ustOf());
    for (const step of [20, 20, 19]) {
      sandbox.clock.advanceMs(step * minutes);
      expect((await call('GET', `user?ust=${ust}&current_app=CRM`)).status).toBe(200);
    }
    sandbox.clock.advanceMs(minutes);
    expect(await result(await call('GET', `user?ust=${ust}&current_app=CRM`))).toEqual([403, refused('E007001')]);
    expect(await result(await renew(decodeURIComponent(ust)))).toEqual([403, refused('E007001')]);
    expect(sandbox.counts('zato-sso')).toMatchObject({ accepted: 3, refused: 2 });
  });

  it('answers a token that was tampered with by a bare 500, and an unknown plain one by E007001', async () => {
    const { ustOf, renew } = zato();
    const ust = await ustOf();
    const tampered = ust.slice(0, 60) + (ust[60] === 'A' ? 'B' : 'A') + ust.slice(61);
    for (const bad of [tampered, ust.slice(0, 50), 'gAAAAA', 'gAAA']) {
      expect(await result(await renew(bad))).toEqual([500, { result: 'Error', cid }]);
    }
    for (const bad of ['zust0000', '', 'LiUBQF']) {
      expect(await result(await renew(bad))).toEqual([403, refused('E007001')]);
    }
  });

  it('verifies for super-users only', async () => {
    const { sandbox, call, ustOf } = zato();
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    const verify = async (currentUst: string | undefined, targetUst: string | undefined) =>
      result(
        await call('POST', 'user/session', { current_ust: currentUst, target_ust: targetUst, current_app: 'CRM' }),
      );
    expect(await verify(superUst, ust)).toEqual([200, { status: 'ok', cid, is_valid: true, sub_status: [] }]);
    for (const target of ['gAAAAAbroken', 'zust1', undefined]) {
      expect(await verify(superUst, target)).toEqual([200, { status: 'ok', cid, is_valid: false, sub_status: [] }]);
    }
    expect(await verify(ust, superUst)).toEqual([403, refused('E005001')]);
    expect(await verify('zust1', ust)).toEqual([403, refused('E007001')]);
    sandbox.scenario('zato-sso', 'lock-account', { username: 'user1' });
    expect((await verify(superUst, ust))[1]).toMatchObject({ is_valid: false });
  });

  it('shows details to super-users and does not renew', async () => {
    const { sandbox, call, ustOf } = zato();
    const ust = await ustOf({ ...user1, remote_addr: '192.0.2.17', user_agent: 'Firefox 139.0' });
    const superUst = await ustOf(as('superuser1'));
    sandbox.clock.advanceMs(minutes);
    const query = new URLSearchParams({ current_ust: superUst, target_ust: ust, current_app: 'CRM' });
    expect(await result(await call('GET', `user/session?${query}`))).toEqual([
      200,
      {
        status: 'ok',
        cid,
        sub_status: [],
        creation_time: '2025-08-27T10:15:02.418000',
        expiration_time: '2025-08-27T11:15:02.418000',
        remote_addr: '192.0.2.17',
        user_agent: 'Firefox 139.0',
      },
    ]);
    query.delete('target_ust');
    expect(await result(await call('GET', `user/session?${query}`))).toEqual([403, refused('E007001')]);
  });

  it('lists the own sessions as the text of a Python list', async () => {
    const { call, ustOf } = zato();
    await ustOf();
    const ust = await ustOf();
    const body = await (
      await call('GET', `user/session/list?${new URLSearchParams({ ust, current_app: 'CRM' })}`)
    ).json();
    expect(body.result).toMatch(
      /^\[\{'ust': 'zust[0-9a-z]{20,26}', 'creation_time': '2025-08-27T10:15:02\.418000', 'expiration_time': [^{}]*'session_state_change_list': \[\{'remote_addr': '127\.0\.0\.1', 'user_agent': 'test', 'timestamp_utc': '2025-08-27T10:15:02\.418000', 'ctx_source': 'login', 'idx': 1\}\]\}, \{/,
    );
    // The plain form found there is as good as the other.
    const [, plain] = /'ust': '(zust\w+)'/.exec(body.result) ?? [];
    expect((await call('PATCH', 'user/session', { ust: plain, current_app: 'CRM' })).status).toBe(200);
    const mixed = new URLSearchParams({ ust, current_ust: ust, current_app: 'CRM' });
    expect(await result(await call('GET', `user/session/list?${mixed}`))).toEqual([403, refused('E008002')]);
  });

  it('logs out: always ok, and the session is gone', async () => {
    const { sandbox, call, ustOf, renew } = zato();
    const ust = await ustOf();
    const logout = (value?: string) => call('POST', 'user/logout', { ust: value, current_app: 'CRM' });
    expect(await result(await logout(ust))).toEqual([200, { status: 'ok', cid, sub_status: [] }]);
    expect((await renew(ust)).status).toBe(403);
    for (const bad of [ust, 'zust1', 'gAAAAAbroken']) expect((await logout(bad)).status).toBe(200);
    expect((await logout()).status).toBe(400);
    expect(sandbox.counts('zato-sso').logouts).toBe(1);
  });

  it('keeps the session of a user who is locked while logging out', async () => {
    const { sandbox, call, ustOf, renew } = zato();
    const ust = await ustOf();
    sandbox.scenario('zato-sso', 'lock-account', { username: 'user1' });
    expect((await call('POST', 'user/logout', { ust, current_app: 'CRM' })).status).toBe(200);
    expect(await result(await renew(ust))).toEqual([403, refused('E005002')]);
    sandbox.scenario('zato-sso', 'unlock-account', { username: 'user1' });
    expect((await renew(ust)).status).toBe(200);
  });

  it('is not bound to the application of its login', async () => {
    const { ustOf, renew } = zato({ apps: ['CRM', 'ERP'] });
    const ust = await ustOf();
    expect((await renew(ust, { current_app: 'ERP' })).status).toBe(200);
    expect(await result(await renew(ust, { current_app: 'HR' }))).toEqual([200, refused('E004001')]);
  });
});

describe('the Zato twin: users', () => {
  it('shows a regular user little and a super-user all', async () => {
    const { call, ustOf } = zato();
    const read = async (ust: string, more: Record<string, string> = {}) =>
      result(await call('GET', `user?${new URLSearchParams({ ust, current_app: 'CRM', ...more })}`));
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    expect(await read(ust)).toEqual([
      200,
      {
        status: 'ok',
        cid,
        sub_status: [],
        username: 'user1',
        email: 'user1@zato.example.test',
        display_name: null,
        first_name: 'Ada',
        middle_name: null,
        last_name: 'Example',
        is_totp_enabled: false,
        totp_label: null,
      },
    ]);
    const [, own] = await read(superUst);
    expect(own).toMatchObject({
      is_super_user: true,
      user_id: expect.stringMatching(/^zusr/),
      sign_up_status: 'final',
    });
    expect(JSON.stringify(own)).not.toContain('totp_key');
    expect(await read(superUst, { user_id: 'zusr1' })).toEqual([403, refused('E005001')]);
    expect(await read(ust, { user_id: own.user_id })).toEqual([403, refused('E005001')]);
  });

  it('changes what a user may change', async () => {
    const { call, ustOf } = zato();
    const ust = await ustOf();
    const patch = async (fields: object) => result(await call('PATCH', 'user', { ust, current_app: 'CRM', ...fields }));
    expect(await patch({ first_name: 'Augusta', is_totp_enabled: true })).toEqual([
      200,
      { status: 'ok', cid, sub_status: [] },
    ]);
    expect(await patch({})).toEqual([403, refused('E008003')]);
    expect(await patch({ totp_key: 'X' })).toEqual([403, refused('E008003')]);
    expect(await patch({ is_locked: true })).toEqual([403, refused('E008002')]);
    expect(await patch({ username: 'locked' })).toEqual([403, refused('E001002')]);
    const query = new URLSearchParams({ ust, current_app: 'CRM' });
    expect(await (await call('GET', `user?${query}`)).json()).toMatchObject({
      first_name: 'Augusta',
      last_name: 'Example',
      is_totp_enabled: true,
    });
  });

  it('changes a password', async () => {
    const { call, login, ustOf, renew } = zato();
    const ust = await ustOf();
    const change = async (fields: object) =>
      result(await call('PATCH', 'user/password', { ust, current_app: 'CRM', ...fields }));
    const fresh = 'kT?7-quiet.Harbour 31';
    expect(await change({ new_password: fresh, old_password: 'x' })).toEqual([403, refused('E005001')]);
    expect(await change({ new_password: 'short', old_password: user1.password })).toEqual([403, refused('E005001')]);
    expect((await change({ new_password: fresh, old_password: user1.password, must_change: true }))[0]).toBe(403);
    expect((await change({ new_password: fresh, old_password: user1.password }))[0]).toBe(200);
    expect((await login({ ...user1, password: fresh })).status).toBe(200);
    expect((await renew(ust)).status).toBe(200);
  });

  it('locks, rejects and finds users for a super-user', async () => {
    const { call, login, ustOf, renew } = zato();
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    const found = await (
      await call('POST', 'user/search', { ust: superUst, current_app: 'CRM', first_name: 'ADA', is_name_exact: true })
    ).json();
    expect(found).toMatchObject({ total: 1, result: [{ username: 'user1' }] });
    const target = { ust: superUst, current_app: 'CRM', user_id: found.result[0].user_id };
    expect(await result(await call('POST', 'user/lock', { ...target, ust }))).toEqual([403, refused('E005001')]);
    await call('POST', 'user/lock', target);
    expect(await result(await login())).toEqual([403, refused('E005002')]);
    await call('DELETE', 'user/lock', target);
    expect((await renew(ust)).status).toBe(200);
    await call('POST', 'user/reject', target);
    expect(await result(await renew(ust))).toEqual([403, refused('E007001')]);
    // Search hides what the others reveal.
    expect(await result(await call('POST', 'user/search', { ust: 'zust1', current_app: 'CRM' }))).toEqual([
      403,
      refused('E005001'),
    ]);
  });
});

describe('the Zato twin: the rest', () => {
  it('answers an unknown path in plain text and an unsupported verb as the service does', async () => {
    const { call } = zato();
    const missing = await call('POST', 'user/nothing', {});
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/plain']);
    expect(await missing.text()).toMatch(/^URL not found \(CID:[0-9a-f]{24}\)$/);
    expect((await call('PUT', 'user/session', { current_app: 'CRM' })).status).toBe(500);
    expect((await call('PUT', 'user/session', {})).status).toBe(400);
    expect(await result(await call('PURGE', 'user/login', {}))).toEqual([
      405,
      { result: 'Error', cid, details: 'Unsupported HTTP method' },
    ]);
    expect((await call('PUT', 'user/login', user1)).status).toBe(200);
  });

  it('ages and changes accounts by scenario', async () => {
    const { sandbox, login } = zato();
    const scenario = (name: string, args: Record<string, unknown> = {}) =>
      sandbox.scenario('zato-sso', name, { username: 'user1', ...args });
    const code = async (body: unknown = user1) => (await (await login(body)).json()).sub_status[0];
    scenario('password-about-to-expire', { days: 3 });
    expect(await code()).toBe('W003005');
    scenario('password-expired');
    expect(await code()).toBe('E005001');
    scenario('change-password', { password: user1.password });
    scenario('must-change-password');
    expect(await code()).toBe('E003007');
    scenario('must-change-password', { on: false });
    expect(scenario('totp-on')).toEqual({ username: 'user1', key: totpKey });
    expect(await code()).toBe('E005008');
    expect(await code({ ...user1, totp_code: totpCode(totpKey, startMs) })).toBeUndefined();
    scenario('totp-off');
    scenario('set-approval', { status: 'rejected' });
    expect(await code()).toBe('E005001');
    sandbox.reset();
    expect(await code()).toBeUndefined();
  });

  it('keeps tokens out of the journal', async () => {
    const { sandbox, call, ustOf } = zato();
    const ust = await ustOf();
    await call('GET', `user?ust=${encodeURIComponent(ust)}&current_app=CRM`);
    const text = JSON.stringify(sandbox.journal.entries());
    expect(text).not.toContain(ust.slice(0, 30));
    expect(text).toContain('current_app=CRM');
  });
});
