import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/sandbox/exchange.ts';
import { createSandbox, type ZuoraSettings } from '../../src/sandbox/index.ts';
import { createZuoraReplays } from '../../src/sandbox/zuora-replays.ts';
import { defaultZuoraSettings } from '../../src/sandbox/zuora-settings.ts';

const keys = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
const hours = 60 * 60_000;

function zuora(settings: Partial<ZuoraSettings> = {}) {
  const sandbox = createSandbox({
    seed: 'replays',
    clock: { nowMs: () => 1_700_000_000_000 },
    settings: { zuora: settings },
  });
  const call = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    sandbox.handle(
      new Request(`https://any.test${path}`, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
  const login = (key: string, more: Record<string, string> = {}) =>
    call('POST', '/v1/connections', { ...keys, 'Idempotency-Key': key, ...more }, '{}');
  const loggedIn = async () =>
    /ZSession=[^;]+/.exec((await call('POST', '/v1/connections', keys)).headers.getSetCookie()[0] ?? '')?.[0] ?? '';
  const create = async (key: string, more: Record<string, string>, name = 'One') =>
    call('POST', '/v1/accounts', { ...keys, 'Idempotency-Key': key, ...more }, JSON.stringify({ name }));
  return { sandbox, call, login, loggedIn, create };
}

/** Status, body and all headers but those that belong to one request. */
async function contentOf(answer: Response) {
  const own = new Set(['date', 'zuora-request-id', 'zuora-track-id']);
  return [answer.status, [...answer.headers].filter(([name]) => !own.has(name)), await answer.text()];
}

describe('the Zuora REST twin: idempotency keys', () => {
  it('answers a repeated login with the stored status, headers and body, and opens one session', async () => {
    const { sandbox, login } = zuora();
    const first = await contentOf(await login('k1'));
    sandbox.clock.advanceMs(60_000);
    expect(await contentOf(await login('k1'))).toEqual(first);
    expect(JSON.stringify(first)).toContain('ZSession=');
    expect(sandbox.twins['zuora-rest'].liveSessions()).toBe(1);
    expect(await contentOf(await login('k2'))).not.toEqual(first);
  });

  it('repeats a call without doing it again, even with another body', async () => {
    const { create } = zuora();
    const first = await contentOf(await create('k1', {}));
    expect(first[2]).toContain('"success" : true');
    expect(await contentOf(await create('k1', {}, 'Two'))).toEqual(first);
    expect(await contentOf(await create('k2', {}))).not.toEqual(first);
  });

  it('stores failures like successes', async () => {
    const { call } = zuora();
    const headers = { ...keys, 'Idempotency-Key': 'k1' };
    const failed = await contentOf(await call('POST', '/v1/accounts', headers, '{}'));
    expect(failed[2]).toContain('"success" : false');
    expect(await contentOf(await call('POST', '/v1/accounts', headers, '{"name":"Right now"}'))).toEqual(failed);
  });

  it('forgets a key after 24 hours', async () => {
    const { sandbox, create } = zuora();
    const first = await contentOf(await create('k1', {}));
    sandbox.clock.advanceMs(24 * hours - 1);
    expect(await contentOf(await create('k1', {}))).toEqual(first);
    sandbox.clock.advanceMs(1);
    expect(await contentOf(await create('k1', {}))).not.toEqual(first);
  });

  it('answers 409 while the first is in progress, and then the stored answer', async () => {
    const { sandbox, login } = zuora();
    sandbox.scenario('zuora-rest', 'slow-login', { ms: 20 });
    const [first, second] = await Promise.all([login('k1'), login('k1')]);
    expect([first.status, second.status]).toEqual([200, 409]);
    expect(await second.json()).toMatchObject({ success: false });
    expect(second.headers.getSetCookie()).toEqual([]);
    expect(await contentOf(await login('k1'))).toEqual(await contentOf(first));
  });

  it('starts anew where the first was lost before it was processed', async () => {
    const { sandbox, login } = zuora();
    sandbox.scenario('zuora-rest', 'drop-before-answer');
    await expect(login('k1')).rejects.toThrow();
    expect((await login('k1')).status).toBe(200);
    sandbox.scenario('zuora-rest', 'drop-after-login');
    await expect(login('k2')).rejects.toThrow();
    expect((await login('k2')).status).toBe(200);
    expect(sandbox.twins['zuora-rest'].liveSessions()).toBe(2);
  });

  it('answers 422 to the same key with another URL or method', async () => {
    const { call, create } = zuora();
    await create('k1', {});
    const headers = { ...keys, 'Idempotency-Key': 'k1' };
    expect((await call('POST', '/v1/connections', headers)).status).toBe(422);
    expect((await call('POST', '/v1/accounts?x=1', headers, '{"name":"a"}')).status).toBe(422);
    const patched = await call('PATCH', '/v1/accounts', headers, '{}');
    expect(patched.status).toBe(422);
    expect(await patched.json()).toMatchObject({ success: false });
  });

  it('heeds keys on POST and PATCH only', async () => {
    const { sandbox, call } = zuora();
    const headers = { ...keys, 'Idempotency-Key': 'k1' };
    const read = async () => (await call('GET', '/v1/accounts/A00000009', headers)).json();
    expect(await read()).toMatchObject({ success: false });
    sandbox.scenario('zuora-rest', 'accounts', { count: 9 });
    expect(await read()).toMatchObject({ success: true });
    expect((await call('PATCH', '/v1/nothing', headers)).status).toBe(404);
    expect((await call('PATCH', '/v1/entities', headers)).status).toBe(422);
  });

  it('takes keys of up to 255 characters; a longer one is refused, or ignored when set so', async () => {
    const { create } = zuora();
    const first = await contentOf(await create('k'.repeat(255), {}));
    expect(await contentOf(await create('k'.repeat(255), {}))).toEqual(first);
    expect((await create('k'.repeat(256), {})).status).toBe(400);
    const { create: createAnyway } = zuora({ longIdempotencyKey: 'ignored' });
    const one = await contentOf(await createAnyway('k'.repeat(256), {}));
    expect(one[0]).toBe(200);
    expect(await contentOf(await createAnyway('k'.repeat(256), {}))).not.toEqual(one);
  });

  it('looks at credentials and session before it repeats an answer', async () => {
    const { sandbox, login, create, loggedIn, call } = zuora();
    await login('k1');
    const wrong = await login('k1', { apiSecretAccessKey: 'wrong' });
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []]);
    expect((await login('k2', { apiSecretAccessKey: 'wrong' })).status).toBe(401);
    expect((await login('k2')).status).toBe(200);
    await create('k3', {});
    const Cookie = await loggedIn();
    sandbox.scenario('zuora-rest', 'expire-now');
    expect((await call('POST', '/v1/accounts', { Cookie, 'Idempotency-Key': 'k3' }, '{}')).status).toBe(401);
  });

  it('repeats a login to anyone, and a stored 401 for a day, when the store comes first', async () => {
    const { sandbox, login } = zuora({ isSessionCheckedBeforeReplay: false });
    const first = await contentOf(await login('k1'));
    expect(await contentOf(await login('k1', { apiSecretAccessKey: 'wrong' }))).toEqual(first);
    expect((await login('k2', { apiSecretAccessKey: 'wrong' })).status).toBe(401);
    sandbox.clock.advanceMs(23 * hours);
    expect((await login('k2')).status).toBe(401);
    sandbox.clock.advanceMs(hours);
    expect((await login('k2')).status).toBe(200);
  });

  it('repeats the answer for another user of the tenant too, cookie included, because the key is the tenant’s', async () => {
    const { sandbox, login, call } = zuora();
    const first = await contentOf(await login('k1'));
    expect(await contentOf(await login('k1', { apiAccessKeyId: 'username@zuora.com' }))).toEqual(first);
    expect(sandbox.twins['zuora-rest'].liveSessions()).toBe(1);
    sandbox.scenario('zuora-rest', 'revoke', { username: 'username@company.com', which: 'all' });
    const Cookie = /ZSession=[^;"]+/.exec(JSON.stringify(first))?.[0] ?? '';
    expect((await call('GET', '/v1/entities', { Cookie })).status).toBe(401);
  });

  it('keeps ten thousand answers, and then forgets the oldest', () => {
    let made = 0;
    const fresh = (): Answer => ({ status: 200, headers: [], body: String(made++), outcome: 'accepted' });
    const replays = createZuoraReplays({ nowMs: () => 0 }, defaultZuoraSettings, fresh);
    const bodyFor = (key: string) => {
      const headers = { 'idempotency-key': key };
      const request = { method: 'POST', origin: '', path: '/', query: '', headers, body: Buffer.alloc(0) };
      return replays.answer({ ...request, remoteAddress: '' }, replays.arrive(), fresh).body;
    };
    for (let n = 0; n < 10_000; n += 1) bodyFor(`k${n}`);
    expect([bodyFor('k0'), bodyFor('k9999')]).toEqual(['0', '9999']);
    expect([bodyFor('new'), bodyFor('k1'), bodyFor('k0')]).toEqual(['10000', '1', '10001']);
  });

  it('keeps answers of 16 MiB in all, the newest however long it is', async () => {
    const { sandbox, call } = zuora();
    const query = async (key: string) => {
      const body = JSON.stringify({ queryString: 'select Id, Name, Currency, Status from Account' });
      return contentOf(await call('POST', '/v1/action/query', { ...keys, 'Idempotency-Key': key }, body));
    };
    sandbox.scenario('zuora-rest', 'accounts', { count: 50_000 });
    const size = String((await query('k1'))[2]).length;
    expect([size > 4 * 2 ** 20, size < 16 * 2 ** 20]).toEqual([true, true]);
    const stored = [];
    for (const key of ['k2', 'k3', 'k4', 'k5']) stored.push((await query(key))[1]);
    expect((await query('k5'))[1]).toEqual(stored[3]);
    expect((await query('k2'))[1]).not.toEqual(stored[0]);
    sandbox.scenario('zuora-rest', 'accounts', { count: 200_000 });
    const [, longest] = await query('k6');
    expect((await query('k6'))[1]).toEqual(longest);
  });
});
