import { describe, expect, it } from 'vitest';
import {
  createSandbox,
  defaultPulseUsers,
  defaultZatoUsers,
  defaultZuoraUsers,
  type Sandbox,
  systemNames,
} from '../../src/sandbox/index.ts';
import { createJournal } from '../../src/sandbox/journal.ts';
import { createPulseTwin, defaultPulseSettings } from '../../src/sandbox/pulse-crm.ts';
import { runTwin } from '../../src/sandbox/runtime.ts';
import { createSecretLedger } from '../../src/sandbox/secrets.ts';
import { createSeededRandom } from '../../src/sandbox/seeded-random.ts';
import type { Twin } from '../../src/sandbox/twin.ts';
import { createSkewedClock } from '../../src/sandbox/virtual-clock.ts';
import { defaultZatoSettings } from '../../src/sandbox/zato-service.ts';
import { createZatoTwin } from '../../src/sandbox/zato-sso.ts';
import { createZuoraObjects } from '../../src/sandbox/zuora-objects.ts';
import { createZuoraRestTwin } from '../../src/sandbox/zuora-rest.ts';
import { defaultZuoraSettings } from '../../src/sandbox/zuora-settings.ts';
import { createZuoraSoapTwin } from '../../src/sandbox/zuora-soap.ts';
import { createZuoraTenant } from '../../src/sandbox/zuora-tenant.ts';
import { create, logIn, NOW_MS, send, soap, ways, zato } from './sandbox-ways.support.ts';

/** A guard against hangs, not a measurement. */
const LONGEST_MS = 2_000;
const yearMs = 365 * 24 * 60 * 60_000;

async function withinGuard<T>(work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const result = await work();
  expect(performance.now() - startMs).toBeLessThan(LONGEST_MS);
  return result;
}

describe('an unexpected failure inside a twin', () => {
  const random = createSeededRandom('broken');
  const secrets = createSecretLedger();
  const clock = createSkewedClock({ nowMs: () => NOW_MS });
  const context = { clock, random, secrets };
  const tenant = () =>
    createZuoraTenant(context, structuredClone(defaultZuoraUsers), defaultZuoraSettings, createZuoraObjects());
  const twins: Record<string, () => Twin> = {
    'zuora-rest': () => createZuoraRestTwin(context, tenant()),
    'zuora-soap': () => createZuoraSoapTwin(context, tenant()),
    'zato-sso': () => createZatoTwin(context, structuredClone(defaultZatoUsers), defaultZatoSettings),
    'pulse-crm': () => createPulseTwin(context, structuredClone(defaultPulseUsers), defaultPulseSettings),
  };
  const paths: Record<string, string> = {
    'zuora-rest': '/v1/entities',
    'zuora-soap': '/apps/services/a/91.0',
    'zato-sso': '/zato/sso/user/login',
    'pulse-crm': '/auth/login',
  };
  const bodies: Record<string, string | RegExp> = {
    'zuora-rest': /^We are sorry, something unexpected went wrong/,
    'zuora-soap': /<faultcode>fns:UNKNOWN_ERROR</,
    'zato-sso': /^\{"result":"Error","cid":"[0-9a-f]{24}","details":/,
    'pulse-crm': /^\{"message":"Internal Server Error"\}$/,
  };
  const boom = () => {
    throw new RangeError('inner detail');
  };
  const breaks: Record<string, (twin: Twin) => Twin> = {
    'when it reads a request': (twin) => ({ ...twin, identify: boom }),
    'when it answers': (twin) => ({
      ...twin,
      identify: () => ({ operation: 'thing', role: 'call', answer: boom }),
    }),
    'when it sets headers': (twin) => ({ ...twin, decorate: boom }),
  };

  it.each(systemNames.flatMap((system) => Object.keys(breaks).map((when) => [system, when] as const)))(
    'of %s, %s, is its own 500, in the journal, and no detail leaves it',
    async (system, when) => {
      const journal = createJournal({ size: 10, bytes: 10_000, secrets });
      const running = runTwin({
        makeTwin: () => {
          const twin = twins[system]?.();
          if (twin === undefined) throw new Error(`no twin for ${system}`);
          return breaks[when]?.(twin) ?? twin;
        },
        clock,
        serviceClock: clock,
        makeRandom: () => random,
        journal,
        secrets,
        settings: {},
      });
      const answer = await running.handle(new Request(`https://any.test${paths[system]}`, { method: 'POST' }));
      expect(answer.status).toBe(500);
      expect(answer.headers.get('date')).not.toBeNull();
      const text = await answer.text();
      expect(text).toMatch(bodies[system] ?? 'nothing');
      expect(text).not.toContain('inner detail');
      expect(journal.entries()).toMatchObject([{ system, status: 500, outcome: 'failed' }]);
      expect(journal.counts(system).requests).toBe(1);
    },
  );
});

describe('JSON that is nested very deeply', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  it.each([
    ['zato-sso', '/zato/sso/user/login', `{"username":${deep},"password":"x","current_app":"CRM"}`, 500],
    ['zato-sso', '/zato/sso/user/login', `{"username":"user1","password":${deep},"current_app":"CRM"}`, 500],
    ['pulse-crm', '/auth/login', `{"apiKey":${deep},"apiSecret":"x"}`, 401],
    ['zuora-rest', '/v1/connections', deep, 401],
  ] as const)('is answered by %s at %s, and stands in the journal', async (system, path, body, status) => {
    const sandbox = create();
    const headers = { 'User-Agent': 'test' };
    const answer = await withinGuard(() => send(sandbox, path, { method: 'POST', body, headers }));
    expect(answer.status).toBe(status);
    if (system === 'zato-sso') expect(await answer.json()).toMatchObject({ result: 'Error' });
    expect(sandbox.counts(system).requests).toBe(1);
    expect(sandbox.journal.entries()).toHaveLength(1);
  });
});

describe('values that are no truth value and no number', () => {
  const patch = async (sandbox: Sandbox, path: string, more: object): Promise<[number, unknown]> => {
    const ust = await logIn(sandbox, zato);
    const body = JSON.stringify({ ust, current_app: 'CRM', ...more });
    const answer = await send(sandbox, path, { method: 'PATCH', body });
    return [answer.status, await answer.json()];
  };
  it.each<unknown>([{ toString: 1 }, { valueOf: 1 }, ['true'], [[]], {}])('as a flag: %j', async (value) => {
    const [status, body] = await patch(create(), '/zato/sso/user', { is_totp_enabled: value });
    expect([status, body]).toMatchObject([500, { result: 'Error', details: ['invalid boolean'] }]);
  });
  it.each<unknown>([{ toString: 1 }, { valueOf: 1 }, ['7'], [[]], {}])('as a number: %j', async (value) => {
    const change = { old_password: 'superuser1-Pa55-phrase', new_password: 'new-Pa55-phrase', password_expiry: value };
    const [status, body] = await patch(create(), '/zato/sso/user/password', change);
    expect([status, body]).toMatchObject([500, { result: 'Error', details: ['invalid integer'] }]);
  });
});

describe('time', () => {
  it.each([1e12, -1e12, 36_501, Number.MAX_SAFE_INTEGER])(
    'is bounded where a caller of Zato says how long a password lives: %d days',
    async (days) => {
      const sandbox = create();
      const ust = await logIn(sandbox, zato);
      const common = { ust, current_app: 'CRM' };
      const change = { ...common, old_password: 'superuser1-Pa55-phrase', new_password: 'new-Pa55-phrase' };
      const path = '/zato/sso/user/password';
      const body = JSON.stringify({ ...change, password_expiry: days });
      const refused = await send(sandbox, path, { method: 'PATCH', body });
      expect(refused.status).toBe(500);
      expect(await refused.json()).toMatchObject({ result: 'Error', details: ['date value out of range'] });
      const found = await send(sandbox, `/zato/sso/user/search?${new URLSearchParams(common)}`, {});
      expect(found.status).toBe(200);
    },
  );

  it('goes forward a hundred years and no further, and the journal can be read there', async () => {
    const sandbox = create();
    for (const ms of [1e17, 101 * yearMs]) expect(() => sandbox.clock.advanceMs(ms)).toThrow(RangeError);
    sandbox.clock.advanceMs(99 * yearMs);
    expect(() => sandbox.clock.advanceMs(2 * yearMs)).toThrow(RangeError);
    for (const way of ways) expect((await way.login(sandbox)).status).toBe(way === zato ? 403 : 200);
    expect(sandbox.journal.entries()).toHaveLength(ways.length);
    const steered = await send(sandbox, '/__sandbox/clock', { method: 'POST', body: '{"advanceMs":1e17}' });
    expect(steered.status).toBe(400);
  });

  it.each([
    ['zuora', { accountCount: Number.POSITIVE_INFINITY }],
    ['zuora', { accountCount: 1_000_001 }],
    ['zuora', { accountCount: 2.5 }],
    ['zuora', { authPerMinute: Number.POSITIVE_INFINITY }],
    ['zuora', { entityRefusalStatus: 200.5 }],
    ['zato-sso', { sessionExpiryMs: Number.MAX_SAFE_INTEGER }],
    ['zato-sso', { sessionExpiryMs: Number.POSITIVE_INFINITY }],
    ['zato-sso', { passwordAboutToExpireDays: 36_501 }],
    ['pulse-crm', { sessionLifetimeMs: 101 * yearMs }],
    ['pulse-crm', { sessionLifetimeMs: Number.NaN }],
  ])('and numbers of settings are bounded: %s %j', (service, settings) => {
    expect(() => createSandbox({ settings: { [service]: settings } })).toThrow(
      expect.objectContaining({ code: 'BAD_SETTING' }),
    );
  });
});

describe('a query that is mostly blanks', () => {
  const blanks = ' '.repeat(9_000);
  it.each([
    `select${blanks}`,
    `select Id${blanks}`,
    `select Id${blanks}from${' '.repeat(900)}`,
    `select Id from Account where Id = 'x'${blanks}!`,
    `${blanks}select Id`,
    `select ${'a '.repeat(4_900)}`,
  ])('is refused at once by SOAP and by REST, %#', async (text) => {
    const sandbox = create();
    const session = /Session>([^<]+)</.exec(
      await (
        await soap(sandbox, '', '<login><username>username@company.com</username><password>password</password></login>')
      ).text(),
    )?.[1];
    const header = `<SessionHeader><session>${session}</session></SessionHeader>`;
    const answers = await withinGuard(async () => [
      await soap(sandbox, header, `<query><queryString>${text}</queryString></query>`),
      await send(sandbox, '/v1/action/query', {
        method: 'POST',
        headers: { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' },
        body: JSON.stringify({ queryString: text }),
      }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([500, 400]);
    for (const answer of answers) expect(await answer.text()).toContain('MALFORMED_QUERY');
  });
});

describe('the arguments of scenarios', () => {
  it.each([
    ['pulse-crm', 'slow-login', { ms: 2 ** 31 }, '"ms" must be a number from 0 to 2147483647'],
    ['pulse-crm', 'delay-refusals', { ms: 2 ** 31 }, '"ms" must be a number from 0 to 2147483647'],
    ['pulse-crm', 'status', { status: 200, headers: { 'a b': 'x' } }, 'no header'],
    ['pulse-crm', 'status', { status: 200, headers: { '': 'x' } }, 'no header'],
    ['pulse-crm', 'status', { status: 200, headers: { a: 'x\r\ny: z' } }, 'no header'],
    ['pulse-crm', 'status', { status: 200, headers: { a: ['x', '\u0000'] } }, 'no header'],
    ['pulse-crm', 'status', { status: 200, headers: { a: '☃' } }, 'no header'],
    ['pulse-crm', 'status', { status: 200, headers: { a: { toString: 1 } } }, 'no header'],
    ['pulse-crm', 'status', { status: 200.5 }, '"status" must be a whole number'],
    ['pulse-crm', 'html-login-page', { status: 302.5 }, '"status" must be a whole number'],
    ['zuora-rest', 'accounts', { count: 2.5 }, '"count" must be a whole number'],
    ['zuora-rest', 'lock-account', { ms: Number.MAX_SAFE_INTEGER }, '"ms" must be a number'],
    ['zuora-soap', 'rows-invalid-session', { times: 1.5 }, '"times" must be a whole number'],
    ['zato-sso', 'password-about-to-expire', { days: 36_501 }, '"days" must be a number'],
    ['zato-sso', 'lock-account', { username: 'nobody' }, 'no user "nobody"'],
    ['zuora-rest', 'lock-account', { username: 'nobody' }, 'no user "nobody"'],
    ['pulse-crm', 'change-password', { username: 'nobody' }, 'no user "nobody"'],
  ] as const)('of %s %s are refused with a code: %j', (system, name, args, message) => {
    expect(() => create().scenario(system, name, args)).toThrow(
      expect.objectContaining({ code: 'BAD_SCENARIO_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  it('give headers that can be sent', async () => {
    const sandbox = create();
    const headers = { 'X-Number': 1, 'Set-Cookie': ['a=1', 'b=2'], 'x-latin': 'é' };
    sandbox.scenario('pulse-crm', 'status', { status: 418, headers });
    const answer = await send(sandbox, '/auth/session', {});
    expect([answer.status, answer.headers.get('x-number'), answer.headers.getSetCookie()]).toEqual([
      418,
      '1',
      ['a=1', 'b=2'],
    ]);
  });

  it('change the number of accounts by the setting too, until the reset', async () => {
    const sandbox = create();
    const keys = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
    const count = async () => {
      const body = JSON.stringify({ queryString: 'select Id from Account' });
      return (await (await send(sandbox, '/v1/action/query', { method: 'POST', headers: keys, body })).json()).size;
    };
    expect(await count()).toBe(3);
    sandbox.scenario('zuora-rest', 'settings', { accountCount: 5 });
    expect(await count()).toBe(5);
    sandbox.scenario('zuora-soap', 'settings', { accountCount: 1 });
    expect(await count()).toBe(1);
    sandbox.scenario('zuora-soap', 'accounts', { count: 4 });
    sandbox.scenario('zuora-soap', 'settings', { isCookieSecure: false });
    expect(await count()).toBe(4);
    sandbox.reset();
    expect(await count()).toBe(3);
  });
});

describe('the journal over HTTP', () => {
  it.each(['abc', '-1', '1.5', '', ' 3', '1e3', 'Infinity'])('refuses the limit %j with 400', async (limit) => {
    const sandbox = create();
    const answer = await send(sandbox, `/__sandbox/journal?${new URLSearchParams({ limit })}`, {});
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ ok: false, message: expect.stringContaining('limit') });
  });

  it('is its newest thousand unless more are asked for', async () => {
    const sandbox = create({ journalBytes: 0 });
    for (let n = 0; n < 1_010; n += 1) await send(sandbox, `/auth/${n}`, {});
    const entries = async (query: string) => (await send(sandbox, `/__sandbox/journal${query}`, {})).json();
    const newest = await entries('');
    expect([newest.length, newest.at(-1).path, newest[0].path]).toEqual([1_000, '/auth/1009', '/auth/10']);
    expect(await entries('?limit=1005')).toHaveLength(1_005);
    expect(await entries('?limit=0')).toEqual([]);
  });
});
