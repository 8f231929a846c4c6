import { describe, expect, it } from 'vitest';
import { createSandbox, type ZatoSettings } from '../../src/sandbox/index.ts';

const startMs = 1_756_289_702_418;
const days = 24 * 60 * 60_000;
const cid = expect.stringMatching(/^[0-9a-f]{24}$/);
const refused = (code: string) => ({ status: 'error', cid, sub_status: [code] });
const user1 = { username: 'user1', password: 'SD:n25a9-?Z8e-49bQ  D%', current_app: 'CRM' };
const as = (username: string) => ({ username, password: `${username}-Pa55-phrase`, current_app: 'CRM' });

function zato(settings: Partial<ZatoSettings> = {}) {
  const sandbox = createSandbox({
    seed: 'zato server',
    clock: { nowMs: () => startMs },
    settings: { 'zato-sso': settings },
  });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    sandbox.handle(
      new Request(`http://localhost:17010/zato/sso/${path}`, {
        method,
        headers: { 'User-Agent': 'test', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  const post = async (path: string, body: unknown, headers?: Record<string, string>) => {
    const answer = await call('POST', path, body, headers);
    return [answer.status, await answer.json()];
  };
  const ustOf = async (body: unknown = user1): Promise<string> =>
    (await (await call('POST', 'user/login', body)).json()).ust;
  const userIdOf = async (superUst: string, username: string): Promise<string> =>
    (await (await call('POST', 'user/search', { ust: superUst, current_app: 'CRM', username })).json()).result[0]
      .user_id;
  return { sandbox, call, post, ustOf, userIdOf };
}

describe('the Zato twin: how the server is configured', () => {
  it('repeats the correlation id in X-Zato-CID only when told to', async () => {
    const withHeader = zato({ needsXZatoCid: true });
    for (const [method, path, body] of [
      ['POST', 'user/login', user1],
      ['POST', 'user/login', { ...user1, password: 'wrong' }],
      ['POST', 'user/login', '{'],
      ['POST', 'user/login', { ...user1, current_app: 'ERP' }],
    ] as const) {
      const answer = await withHeader.call(method, path, body);
      expect(answer.headers.get('x-zato-cid')).toBe((await answer.json()).cid);
    }
    const missing = await withHeader.call('POST', 'user/nothing', {});
    expect(await missing.text()).toBe(`URL not found (CID:${missing.headers.get('x-zato-cid')})`);
    expect((await zato().call('POST', 'user/login', user1)).headers.get('x-zato-cid')).toBeNull();
  });

  it('says nothing of what went wrong inside when told not to', async () => {
    const { post } = zato({ returnTracebacks: false });
    const silent = { result: 'Error', cid, details: 'An error has occurred' };
    expect(await post('user/login', '{')).toEqual([500, silent]);
    expect(await post('user/login', { password: 'x' })).toEqual([
      400,
      { result: 'Error', cid, details: 'Bad request' },
    ]);
  });

  it('refuses everyone who is in no list of addresses when told to, sessions too', async () => {
    const { sandbox, call, post, ustOf } = zato();
    const ust = await ustOf();
    sandbox.scenario('zato-sso', 'settings', { rejectIfNotListed: true });
    expect(await post('user/login', user1)).toEqual([403, refused('E005001')]);
    const renewed = await call('PATCH', 'user/session', { ust, current_app: 'CRM' });
    expect([renewed.status, await renewed.json()]).toEqual([403, refused('E005001')]);
  });

  it('has a channel that may refuse before the service is asked', async () => {
    const { sandbox, call } = zato();
    const next = async (scenario: string, args: Record<string, unknown>) => {
      sandbox.scenario('zato-sso', scenario, args);
      const answer = await call('POST', 'user/login', user1);
      return [answer.status, await answer.json(), answer.headers.has('www-authenticate')];
    };
    const error = (details: unknown) => ({ result: 'Error', cid, details });
    expect(await next('rate-limit', {})).toEqual([429, error('Error 429 Too Many Requests'), false]);
    expect(await next('rate-limit', { kind: 'address' })).toEqual([403, error('Error 403 Forbidden'), false]);
    expect(await next('channel-security', {})).toEqual([401, error(expect.any(String)), true]);
    expect(await next('channel-security', { kind: 'forbidden' })).toEqual([403, error(expect.any(String)), false]);
    expect((await call('POST', 'user/login', user1)).status).toBe(200);
  });

  it('looks at the form of a request before it looks for a handler of its verb', async () => {
    const { call } = zato();
    expect((await call('PUT', 'user/session', {})).status).toBe(400);
    expect((await call('PUT', 'user/session', { current_app: 'CRM' })).status).toBe(500);
    const unknownApp = await call('PUT', 'user/session', { current_app: 'ERP' });
    expect([unknownApp.status, await unknownApp.json()]).toEqual([200, refused('E004001')]);
  });
});

describe('the Zato twin: login, further', () => {
  it('turns numbers, truth values and lists into the words of Python', async () => {
    const { post } = zato();
    expect(await post('user/login', { ...user1, username: true })).toEqual([403, refused('E005001')]);
    expect(await post('user/login', { ...user1, current_app: ['CRM'] })).toEqual([200, refused('E004001')]);
    const named = zato({ apps: ["['CRM']", 'True', '12345'], loginApps: ["['CRM']", 'True', '12345'] });
    for (const app of [['CRM'], true, 12345]) {
      expect(await named.post('user/login', { ...user1, current_app: app })).toMatchObject([200, { status: 'ok' }]);
    }
  });

  it('takes no more than the words for a truth value', async () => {
    const { call, ustOf } = zato();
    const ust = await ustOf();
    const enable = async (value: unknown) =>
      (await call('PATCH', 'user', { ust, current_app: 'CRM', is_totp_enabled: value })).status;
    for (const word of ['true', 'yes', 'on', 'Y', 't', '1', 'false', 'no', 'off', 'n', 'f', '0', '', true]) {
      expect(await enable(word)).toBe(200);
    }
    expect(await enable('maybe')).toBe(500);
  });

  it('knows the caller by the body, then the two headers of proxies, then the socket', async () => {
    const { sandbox, call, post, ustOf } = zato();
    const superUst = await ustOf(as('superuser1'));
    const addressOf = async (body: object, headers: Record<string, string>) => {
      const [, { ust }] = await post('user/login', { ...user1, ...body }, headers);
      const query = new URLSearchParams({ current_ust: superUst, target_ust: ust, current_app: 'CRM' });
      return (await (await call('GET', `user/session?${query}`)).json()).remote_addr;
    };
    const both = { 'X-Zato-Forwarded-For': '192.0.2.1', 'X-Forwarded-For': '192.0.2.2, 2001:db8::1' };
    expect(await addressOf({ remote_addr: '192.0.2.9' }, both)).toBe('192.0.2.9');
    expect(await addressOf({}, both)).toBe('192.0.2.1');
    expect(await addressOf({}, { 'X-Forwarded-For': both['X-Forwarded-For'] })).toBe('192.0.2.2, 2001:db8::1');
    expect(await addressOf({}, {})).toBe('127.0.0.1');
    const [status] = await post('user/login', user1, { 'X-Forwarded-For': 'unknown' });
    expect(status).toBe(500);
    expect(sandbox.counts('zato-sso').loginsAccepted).toBe(5);
  });

  it('logs in without a new password, changing nothing, when a bad one is not told of', async () => {
    const { post } = zato({ informIfPasswordInvalid: false });
    const login = { ...as('change-me'), new_password: 'short' };
    expect(await post('user/login', login)).toMatchObject([200, { status: 'ok' }]);
    expect(await post('user/login', login)).toMatchObject([200, { status: 'ok' }]);
  });

  it('opens a further session at each login and counts no wrong passwords', async () => {
    const { sandbox, call, post, ustOf } = zato();
    for (let n = 0; n < 50; n += 1) await post('user/login', { ...user1, password: 'wrong' });
    const usts = [await ustOf(), await ustOf()];
    expect(usts[0]).not.toBe(usts[1]);
    for (const ust of usts) {
      expect((await call('PATCH', 'user/session', { ust, current_app: 'CRM' })).status).toBe(200);
    }
    expect(sandbox.twins['zato-sso'].liveSessions()).toBe(2);
  });

  it('warns from the set number of days before a password expires', async () => {
    const { sandbox, post } = zato({ passwordAboutToExpireDays: 5 });
    expect(await post('user/login', as('expiring'))).toMatchObject([200, { status: 'ok' }]);
    sandbox.clock.advanceMs(5 * days);
    expect(await post('user/login', as('expiring'))).toMatchObject([200, { status: 'warning' }]);
  });
});

describe('the Zato twin: sessions, further', () => {
  it('lives as long as set', async () => {
    const { sandbox, call, ustOf } = zato({ sessionExpiryMs: 5000 });
    const ust = await ustOf();
    const renew = async () => (await call('PATCH', 'user/session', { ust, current_app: 'CRM' })).status;
    sandbox.clock.advanceMs(4999);
    expect(await renew()).toBe(200);
    sandbox.clock.advanceMs(5000);
    expect(await renew()).toBe(403);
  });

  it('judges locking, sign-up and the age of the password at each call, not how soon it expires', async () => {
    const { sandbox, call, ustOf } = zato({ informIfPasswordAboutToExpire: false });
    const ust = await ustOf();
    const codeAfter = async (scenario: string, args: Record<string, unknown> = {}) => {
      sandbox.scenario('zato-sso', scenario, { username: 'user1', ...args });
      const answer = await call('PATCH', 'user/session', { ust, current_app: 'CRM' });
      return (await answer.json()).sub_status;
    };
    expect(await codeAfter('lock-account')).toEqual(['E005002']);
    expect(await codeAfter('unlock-account')).toEqual([]);
    expect(await codeAfter('password-about-to-expire', { days: 3 })).toEqual([]);
    expect(await codeAfter('password-expired')).toEqual(['E005001']);
    sandbox.scenario('zato-sso', 'settings', { informIfPasswordExpired: true });
    expect(await codeAfter('password-expired')).toEqual(['E003004']);
  });

  it('keeps the real code of a hidden error on services that go by the verb', async () => {
    const { sandbox, call, post, ustOf } = zato({ informIfLocked: false });
    const ust = await ustOf();
    sandbox.scenario('zato-sso', 'lock-account', { username: 'user1' });
    const renewed = await call('PATCH', 'user/session', { ust, current_app: 'CRM' });
    expect((await renewed.json()).sub_status).toEqual(['E005002']);
    expect(await post('user/login', user1)).toEqual([403, refused('E005001')]);
  });

  it('keeps the history of logins and renewals, the last 100, with where they came from', async () => {
    const { call, ustOf } = zato();
    const ust = await ustOf();
    const renew = (headers: Record<string, string>) =>
      call('PATCH', 'user/session', { ust, current_app: 'CRM' }, headers);
    const list = async () =>
      (await (await call('GET', `user/session/list?${new URLSearchParams({ ust, current_app: 'CRM' })}`)).json())
        .result;
    await renew({ 'X-Forwarded-For': '192.0.2.7', 'User-Agent': 'other' });
    expect(await list()).toContain(
      "{'remote_addr': '192.0.2.7', 'user_agent': 'other', 'timestamp_utc': '2025-08-27T10:15:02.418000', 'ctx_source': 'renew', 'idx': 2}]",
    );
    for (let n = 0; n < 110; n += 1) await renew({});
    expect(await list()).toMatch(/'idx': 100\}\]/);
    expect(await list()).not.toContain("'ctx_source': 'login'");
  });

  it('lists the sessions of another for a super-user who also sends an empty ust', async () => {
    const { call, ustOf } = zato();
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    const list = async (fields: Record<string, string>) => {
      const answer = await call('GET', `user/session/list?${new URLSearchParams({ current_app: 'CRM', ...fields })}`);
      return [answer.status, await answer.json()];
    };
    const [, own] = await list({ ust });
    const [, plain = ''] = /'ust': '(zust\w+)'/.exec(own.result) ?? [];
    expect(await list({ ust: '', current_ust: superUst, target_ust: plain })).toEqual([200, { ...own, cid }]);
    expect((await list({ ust: '', current_ust: superUst, target_ust: ust }))[0]).toBe(500);
    expect(await list({ current_ust: superUst, target_ust: plain })).toEqual([403, refused('E008002')]);
    expect(await list({ ust: '', current_ust: ust, target_ust: plain })).toEqual([403, refused('E005001')]);
    expect(await list({})).toEqual([403, refused('E007001')]);
  });

  it('ends the sessions of a user who is deleted, by a super-user and not by oneself', async () => {
    const { call, ustOf, userIdOf } = zato();
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    const [userId, superId] = [await userIdOf(superUst, 'user1'), await userIdOf(superUst, 'superuser1')];
    const remove = async (by: string, id?: string) => {
      const answer = await call('DELETE', 'user', { ust: by, current_app: 'CRM', user_id: id });
      return [answer.status, (await answer.json()).sub_status];
    };
    expect(await remove(ust, superId)).toEqual([403, ['E005001']]);
    expect(await remove(superUst, superId)).toEqual([403, ['E008001']]);
    expect(await remove(superUst, 'zusr1')).toEqual([500, undefined]);
    expect(await remove(superUst)).toEqual([500, undefined]);
    expect(await remove(superUst, userId)).toEqual([200, []]);
    expect((await call('PATCH', 'user/session', { ust, current_app: 'CRM' })).status).toBe(403);
    expect((await call('POST', 'user/login', user1)).status).toBe(403);
  });

  it('lets nobody but a super-user approve and reject, and tells who means another', async () => {
    const { post, ustOf, userIdOf } = zato();
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    const [own, other] = [await userIdOf(superUst, 'user1'), await userIdOf(superUst, 'unapproved')];
    const approve = (by: string, id: string) => post('user/approve', { ust: by, current_app: 'CRM', user_id: id });
    expect(await approve(ust, other)).toEqual([403, refused('E008002')]);
    expect(await approve(ust, own)).toEqual([403, refused('E005001')]);
    expect((await post('user/login', as('unapproved')))[0]).toBe(403);
    expect((await approve(superUst, other))[0]).toBe(200);
    expect((await post('user/login', as('unapproved')))[0]).toBe(200);
  });

  it('lets a super-user decide over sign-up, approval and the age of a password', async () => {
    const { call, post, ustOf, userIdOf } = zato();
    const [ust, superUst] = [await ustOf(), await ustOf(as('superuser1'))];
    const user_id = await userIdOf(superUst, 'user1');
    const update = async (by: string, fields: object) => {
      const answer = await call('PATCH', 'user', { ust: by, current_app: 'CRM', user_id, ...fields });
      return [answer.status, (await answer.json()).sub_status];
    };
    const codeAfter = async (fields: object) => {
      expect(await update(superUst, fields)).toEqual([200, []]);
      return (await post('user/login', user1))[1].sub_status;
    };
    expect(await codeAfter({ sign_up_status: 'before_confirmation' })).toEqual(['E005003']);
    expect(await codeAfter({ sign_up_status: 'final', approval_status: 'rejected' })).toEqual(['E005001']);
    expect(await codeAfter({ approval_status: 'approved', password_expiry: '2025-08-27T10:15:02' })).toEqual([
      'E005001',
    ]);
    expect(await codeAfter({ password_expiry: '2025-09-03T10:15:02.418000' })).toEqual(['W003005']);
    for (const field of [{ sign_up_status: 'x' }, { approval_status: 'x' }, { password_expiry: 'soon' }]) {
      expect(await update(superUst, field)).toEqual([403, ['E008002']]);
      expect(await update(ust, field)).toEqual([403, ['E008002']]);
    }
  });

  it('takes the days that a new password is to live, as a number', async () => {
    const { sandbox, call, post, ustOf } = zato();
    const ust = await ustOf();
    const fresh = 'kT?7-quiet.Harbour 31';
    const change = async (password_expiry: unknown) =>
      (
        await call('PATCH', 'user/password', {
          ust,
          current_app: 'CRM',
          old_password: user1.password,
          new_password: fresh,
          password_expiry,
        })
      ).status;
    expect(await change(null)).toBe(500);
    expect(await change(40)).toBe(200);
    expect(await post('user/login', { ...user1, password: fresh })).toMatchObject([200, { status: 'ok' }]);
    sandbox.clock.advanceMs(40 * days);
    expect(await post('user/login', { ...user1, password: fresh })).toEqual([403, refused('E005001')]);
  });
});
