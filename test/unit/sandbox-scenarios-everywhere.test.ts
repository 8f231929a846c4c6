import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { totpCode } from '../../src/sandbox/totp.ts';
import { create, isGood, logIn, NOW_MS, pulse, send, type Way, ways, zato, zuoraRest } from './sandbox-ways.support.ts';

describe.each(ways)('expire-after of $system', (way) => {
  it('ends all sessions when so many calls more were accepted, and none that comes later', async () => {
    const sandbox = create();
    const [one, another] = [await logIn(sandbox, way), await logIn(sandbox, way)];
    expect(sandbox.scenario(way.system, 'expire-after', { calls: 3 })).toEqual({ calls: 3 });
    expect(await isGood(sandbox, way, one)).toBe(true);
    expect(await isGood(sandbox, way, 'no session at all')).toBe(false);
    expect(await isGood(sandbox, way, another)).toBe(true);
    expect(await isGood(sandbox, way, one)).toBe(true);
    expect(sandbox.twins[way.system].liveSessions()).toBe(0);
    expect(await isGood(sandbox, way, one)).toBe(false);
    expect(await isGood(sandbox, way, another)).toBe(false);
    const later = await logIn(sandbox, way);
    for (let n = 0; n < 5; n += 1) expect(await isGood(sandbox, way, later)).toBe(true);
  });

  it('is taken back by clear and by reset', async () => {
    const sandbox = create();
    for (const takeBack of [() => sandbox.scenario(way.system, 'clear'), () => sandbox.reset()]) {
      sandbox.scenario(way.system, 'expire-after', { calls: 1 });
      takeBack();
      const session = await logIn(sandbox, way);
      expect(await isGood(sandbox, way, session)).toBe(true);
      expect(await isGood(sandbox, way, session)).toBe(true);
    }
  });
});

describe.each(ways)('session-cap of $system', (way) => {
  it('ends the oldest session of the user', async () => {
    const sandbox = create();
    const before = [await logIn(sandbox, way), await logIn(sandbox, way), await logIn(sandbox, way)];
    sandbox.scenario(way.system, 'session-cap', { max: 2 });
    expect(sandbox.twins[way.system].liveSessions()).toBe(3);
    const newest = await logIn(sandbox, way);
    expect(sandbox.twins[way.system].liveSessions()).toBe(2);
    const good = await Promise.all([...before, newest].map((session) => isGood(sandbox, way, session)));
    expect(good).toEqual([false, false, true, true]);
    sandbox.scenario(way.system, 'clear');
    await logIn(sandbox, way);
    expect(sandbox.twins[way.system].liveSessions()).toBe(3);
  });

  it('or refuses a login as one with a wrong password, until there is room', async () => {
    const sandbox = create();
    sandbox.scenario(way.system, 'session-cap', { max: 1, overflow: 'refuse' });
    const session = await logIn(sandbox, way);
    const refused = await way.login(sandbox);
    expect(refused.status).toBe(
      { 'zuora-rest': 401, 'zuora-soap': 500, 'zato-sso': 403, 'pulse-crm': 401 }[way.system],
    );
    expect(await way.sessionIn(refused)).toBeUndefined();
    expect(sandbox.counts(way.system)).toMatchObject({ logins: 2, loginsAccepted: 1, loginsDenied: 1 });
    expect(await isGood(sandbox, way, session)).toBe(true);
    sandbox.scenario(way.system, 'expire-now');
    await logIn(sandbox, way);
  });
});

describe('session-cap', () => {
  it('counts each user by itself', async () => {
    const sandbox = create();
    sandbox.scenario('zato-sso', 'session-cap', { max: 1 });
    const session = await logIn(sandbox, zato);
    const body = JSON.stringify({ username: 'user1', password: 'SD:n25a9-?Z8e-49bQ  D%', current_app: 'CRM' });
    await send(sandbox, '/zato/sso/user/login', { method: 'POST', headers: { 'User-Agent': 'test' }, body });
    expect(sandbox.twins['zato-sso'].liveSessions()).toBe(2);
    expect(await isGood(sandbox, zato, session)).toBe(true);
  });
});

describe.each(ways)('bad-gateway of $system', (way) => {
  const statuses = async (sandbox: Sandbox, session: string, count: number) => {
    const seen: number[] = [];
    for (let n = 0; n < count; n += 1) seen.push((await way.call(sandbox, session)).status);
    return seen;
  };

  it('strikes one answer in so many, at other places with another seed, and at the same with the same', async () => {
    const run = async (seed: string) => {
      const sandbox = create({ seed });
      const session = await logIn(sandbox, way);
      sandbox.scenario(way.system, 'bad-gateway', { oneIn: 5 });
      return statuses(sandbox, session, 50);
    };
    const [first, again, other] = [await run('a'), await run('a'), await run('b')];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    for (let n = 0; n < 50; n += 5) expect(first.slice(n, n + 5).filter((status) => status === 502)).toHaveLength(1);
    expect(first.filter((status) => status === 200)).toHaveLength(40);
  });

  it('is a page of a proxy that never asked the service', async () => {
    const sandbox = create();
    const session = await logIn(sandbox, way);
    sandbox.scenario(way.system, 'bad-gateway', { oneIn: 1 });
    const page = await way.call(sandbox, session);
    expect(page.headers.get('content-type')).toBe('text/html');
    expect(page.headers.get('zuora-request-id')).toBeNull();
    expect(await page.text()).toContain('<h1>502 Bad Gateway</h1>');
    expect(sandbox.counts(way.system)).toMatchObject({ requests: 2, accepted: 0 });
    sandbox.scenario(way.system, 'clear');
    expect(await isGood(sandbox, way, session)).toBe(true);
  });

  it('or one that asked and lost the answer', async () => {
    const sandbox = create();
    sandbox.scenario(way.system, 'bad-gateway', { oneIn: 1, when: 'after', operation: 'login' });
    const page = await way.login(sandbox);
    expect(page.status).toBe(502);
    expect(await way.sessionIn(page)).toBeUndefined();
    expect(sandbox.counts(way.system)).toMatchObject({ logins: 1, loginsAccepted: 1 });
    expect(sandbox.twins[way.system].liveSessions()).toBe(1);
    expect(await isGood(sandbox, way, 'nothing')).toBe(false);
    expect(sandbox.counts(way.system)).toMatchObject({ refused: 1 });
  });
});

describe.each(ways)('clock-skew of $system', (way) => {
  it('shows in the Date header, of this service alone, until it is taken back', async () => {
    const sandbox = create();
    const dateOf = async (of: Way) => (await of.login(sandbox)).headers.get('date');
    sandbox.scenario(way.system, 'clock-skew', { ms: -90_000 });
    expect(await dateOf(way)).toBe(new Date(NOW_MS - 90_000).toUTCString());
    expect(await dateOf(way === pulse ? zato : pulse)).toBe(new Date(NOW_MS).toUTCString());
    expect(sandbox.clock.nowMs()).toBe(NOW_MS);
    expect(sandbox.journal.entries()[0]?.time).toBe(new Date(NOW_MS).toISOString());
    sandbox.scenario(way.system, 'clear');
    expect(await dateOf(way)).toBe(new Date(NOW_MS).toUTCString());
    sandbox.scenario(way.system, 'clock-skew', { ms: 90_000 });
    sandbox.reset();
    expect(await dateOf(way)).toBe(new Date(NOW_MS).toUTCString());
  });

  it('leaves a session its whole life when it was set before the login', async () => {
    const sandbox = create();
    sandbox.scenario(way.system, 'clock-skew', { ms: 3_600_000 });
    const session = await logIn(sandbox, way);
    sandbox.clock.advanceMs(14 * 60_000);
    expect(await isGood(sandbox, way, session)).toBe(true);
    sandbox.clock.advanceMs(24 * 60 * 60_000);
    expect(await isGood(sandbox, way, session)).toBe(false);
  });
});

describe('clock-skew', () => {
  it('is in the times that a service tells, and in the one-time codes it takes', async () => {
    const sandbox = create();
    const skewMs = 10 * 60_000;
    sandbox.scenario('zato-sso', 'clock-skew', { ms: skewMs });
    const ust = await logIn(sandbox, zato);
    const query = new URLSearchParams({ current_ust: ust, target_ust: ust, current_app: 'CRM' });
    const told = await (await send(sandbox, `/zato/sso/user/session?${query}`, {})).json();
    expect(told.creation_time).toBe(new Date(NOW_MS + skewMs).toISOString().slice(0, 19));

    const loginAt = async (ms: number) => {
      const totp_code = totpCode('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', ms);
      const login = {
        ...{ username: 'totp-user', password: 'totp-user-Pa55-phrase', current_app: 'CRM' },
        ...{ totp_code, note: totp_code },
      };
      const init = { method: 'POST', headers: { 'User-Agent': 'x' }, body: JSON.stringify(login) };
      return (await send(sandbox, '/zato/sso/user/login', init)).status;
    };
    expect(await loginAt(NOW_MS)).toBe(403);
    expect(await loginAt(NOW_MS + skewMs)).toBe(200);
    expect(JSON.stringify(sandbox.journal.entries())).not.toContain(
      totpCode('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', NOW_MS + skewMs),
    );

    sandbox.scenario('pulse-crm', 'settings', { token: 'jwt' });
    sandbox.scenario('pulse-crm', 'clock-skew', { ms: -skewMs });
    const [, claims = ''] = (await logIn(sandbox, pulse)).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString()).iat).toBe((NOW_MS - skewMs) / 1000);
  });

  it('is one for both of Zuora’s APIs, which are one service', async () => {
    const sandbox = create();
    sandbox.scenario('zuora-soap', 'clock-skew', { ms: 60_000 });
    expect((await zuoraRest.login(sandbox)).headers.get('date')).toBe(new Date(NOW_MS + 60_000).toUTCString());
  });
});

describe.each(ways)('rate-limit of $system', (way) => {
  it('turns away so many requests, and says when to come back', async () => {
    const sandbox = create();
    const session = await logIn(sandbox, way);
    sandbox.scenario(way.system, 'rate-limit', { times: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await way.call(sandbox, session)).status);
    expect(statuses).toEqual([429, 429, 200]);
    expect(sandbox.counts(way.system)).toMatchObject({ requests: 4, accepted: 1, refused: 0 });
  });
});

describe('rate-limit of pulse-crm', () => {
  it('has the seconds that were asked for, and is for one operation if that was asked for', async () => {
    const sandbox = create();
    sandbox.scenario('pulse-crm', 'rate-limit', { retryAfterSeconds: 7, operation: 'login' });
    expect((await pulse.call(sandbox, 'x')).status).toBe(401);
    const answer = await pulse.login(sandbox);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    sandbox.scenario('pulse-crm', 'rate-limit');
    expect((await pulse.login(sandbox)).headers.get('retry-after')).toBe('60');
  });
});

describe.each(ways)('huge of $system', (way) => {
  it('is the answer and blanks up to the size that was asked for', async () => {
    const sandbox = create();
    const session = await logIn(sandbox, way);
    const plain = await (await way.call(sandbox, session)).text();
    sandbox.scenario(way.system, 'huge', { bytes: 300_000 });
    const answer = await way.call(sandbox, session);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(Buffer.byteLength(text)).toBe(300_000);
    // Some fields are new in each answer, and as long as before.
    expect(text.trimEnd().slice(0, 15)).toBe(plain.slice(0, 15));
    expect(text.trimEnd()).toHaveLength(plain.trimEnd().length);
    const [entry] = sandbox.journal.entries({ limit: 1 });
    expect(entry).toMatchObject({ delivered: 'padded', answer: { bytes: 300_000, isCut: true } });
    expect((await (await way.call(sandbox, session)).text()).length).toBe(plain.length);
  });
});

describe('huge', () => {
  it('is 50 MB, never zipped, and read as fast as it is wanted', async () => {
    const sandbox = create();
    sandbox.scenario('zuora-rest', 'accounts', { count: 3 });
    const session = await logIn(sandbox, zuoraRest);
    sandbox.scenario('zuora-rest', 'huge');
    const headers = { Cookie: `ZSession=${session}`, 'Accept-Encoding': 'gzip' };
    const answer = await send(sandbox, '/v1/accounts/A00000001', { headers });
    expect(answer.headers.get('content-encoding')).toBeNull();
    let bytes = 0;
    let head = '';
    for await (const piece of answer.body ?? []) {
      if (bytes < 5_000) head += Buffer.from(piece).toString();
      bytes += piece.length;
    }
    expect(bytes).toBe(50_000_000);
    expect(JSON.parse(head)).toMatchObject({ success: true });
  });

  it('leaves a longer answer as it is', async () => {
    const sandbox = create();
    const session = await logIn(sandbox, pulse);
    sandbox.scenario('pulse-crm', 'huge', { bytes: 10 });
    expect(await (await pulse.call(sandbox, session)).json()).toMatchObject({ id: 1001 });
    expect(sandbox.journal.entries({ limit: 1 })).toMatchObject([{ delivered: 'whole' }]);
  });

  it('ends when its reader has seen enough', async () => {
    const sandbox = create();
    sandbox.scenario('pulse-crm', 'huge', { bytes: 1e12 });
    const answer = await pulse.call(sandbox, 'x');
    const reader = (answer.body ?? new ReadableStream<Uint8Array>()).getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    expect((await reader.read()).done).toBe(true);
  });
});

describe('the arguments', () => {
  it.each([
    ['expire-after', {}, '"calls" must be a whole number from 1'],
    ['expire-after', { calls: 1.5 }, '"calls" must be a whole number'],
    ['huge', { bytes: -1 }, '"bytes" must be a whole number from 0'],
    ['bad-gateway', { oneIn: 0 }, '"oneIn" must be a whole number from 1'],
    ['bad-gateway', { when: 'never' }, '"when" must be one of before, after'],
    ['clock-skew', {}, '"ms" must be a number'],
    ['session-cap', { max: 0 }, '"max" must be a whole number from 1'],
    ['session-cap', { max: 1, overflow: 'wait' }, '"overflow" must be one of end-oldest, refuse'],
    ['rate-limit', { retryAfterSeconds: 0.5 }, '"retryAfterSeconds" must be a whole number'],
    ['truncated', { times: 1.5 }, '"times" must be a whole number'],
    ['session-cap', { max: 1, user: 'x' }, 'unknown argument "user"'],
  ])('of %s are looked at: %j', (name, args, message) => {
    expect(() => create().scenario('pulse-crm', name, args)).toThrow(
      expect.objectContaining({ code: 'BAD_SCENARIO_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});
