import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  ContractViolationError,
  LoginDeniedError,
  RateLimitedError,
  ServiceUnreachableError,
} from '../../src/errors.ts';
import type { LatchkeyEvent } from '../../src/events.ts';
import type { SandboxOptions } from '../../src/sandbox/index.ts';
import { createPulseCrm, type PulseCrmOptions } from '../../src/systems/pulse-crm.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';
import { createManualClock, rejection } from '../helpers/waiting.ts';

const KEY = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const HOUR = 3_600_000;

async function openPulse(options: Partial<PulseCrmOptions> = {}, about: SandboxOptions = {}) {
  const clock = createManualClock();
  const live = await openSandbox({ clock, ...about });
  const wire = recordFetch();
  const events: LatchkeyEvent[] = [];
  const client = createPulseCrm({
    baseUrl: live.url,
    credentials: KEY,
    clock,
    retries: 0,
    fetch: wire.fetch,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const answerLoginWith = (status: number, body: string, headers: Record<string, unknown> = JSON_TYPE) =>
    live.sandbox.scenario('pulse-crm', 'status', { operation: 'login', status, body, headers });
  const counts = () => live.sandbox.counts('pulse-crm');
  return { ...live, client, clock, wire, events, counts, answerLoginWith };
}

describe('Pulse CRM: the login', () => {
  it('sends an API key and its secret, and nothing else', async () => {
    await using pulse = await openPulse();
    await pulse.client.session.login();
    const [login, ...others] = pulse.wire.sent;
    expect(others).toEqual([]);
    expect(login).toMatchObject({ method: 'POST', url: { pathname: '/auth/login', search: '' } });
    expect(JSON.parse(login?.text ?? '')).toEqual(KEY);
    expect(login?.headers.get('content-type')).toBe('application/json');
    expect(login?.headers.has('authorization')).toBe(false);
    expect(login?.headers.has('x-account-id')).toBe(false);
  });

  it("sends a person's email address and password, and uses the token in the same way", async () => {
    const credentials = { email: 'ada@pulse.example.test', password: 'pulse-password-1' };
    await using pulse = await openPulse({ credentials });
    const { data } = await pulse.client.GET('/auth/session');
    const [login, call] = pulse.wire.sent;
    expect(JSON.parse(login?.text ?? '')).toEqual(credentials);
    expect(data?.id).toBe(1001);
    expect(call?.headers.get('authorization')).toBe(`Bearer ${(await pulse.client.session.get()).secret}`);
  });

  it.each([KEY, { email: 'ada@pulse.example.test', password: 'pulse-password-1' }])(
    'sends only the fields of the form, whatever else the credentials hold',
    async (form) => {
      const credentials = { ...form, note: 'mine' };
      await using pulse = await openPulse({ credentials });
      await pulse.client.session.login();
      expect(JSON.parse(pulse.wire.sent[0]?.text ?? '')).toEqual(form);
    },
  );

  it('tells user and primary account as facts', async () => {
    await using pulse = await openPulse();
    const { facts, expiresAtMs } = await pulse.client.session.login();
    expect(facts).toEqual({ userId: 1001, primaryAccountId: 'acct-0001' });
    expect(expiresAtMs).toBeNull();
  });

  it.each([
    ['no body', '', {}],
    ['a page', '<html>401</html>', { 'Content-Type': 'text/html' }],
    ['text that calls itself JSON', '{', JSON_TYPE],
    ['a JSON body', '{"message":"no"}', JSON_TYPE],
  ])('takes a 401 with %s for a denial, and does not send the same again', async (_, body, headers) => {
    await using pulse = await openPulse();
    pulse.answerLoginWith(401, body, headers);
    const error = await rejection(pulse.client.session.login());
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(error).toMatchObject({ code: 'ERR_LOGIN_DENIED', reason: '401', isRemembered: true });
    expect(await rejection(pulse.client.session.login())).toMatchObject({ code: 'ERR_LOGIN_QUARANTINED' });
    expect(pulse.wire.sent).toHaveLength(1);
  });

  it.each([
    ['a page', 200, '<html>Sign in</html>', { 'Content-Type': 'text/html' }],
    ['nothing', 200, '', {}],
    ['an empty body that calls itself text', 200, '', { 'Content-Type': 'text/plain' }],
    ['a crash', 500, '{"message":"no"}', JSON_TYPE],
    ['a redirect', 302, '', { Location: '/login' }],
  ])('takes %s for no answer, and can log in later', async (_, status, body, headers) => {
    await using pulse = await openPulse();
    pulse.answerLoginWith(status, body, headers);
    const error = await rejection(pulse.client.session.login());
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ status, retryable: true, neverSent: false });
    expect((await pulse.client.session.login()).facts.userId).toBe(1001);
  });

  it.each([429, 503])('tells how long a %d asks to wait', async (status) => {
    await using pulse = await openPulse();
    pulse.answerLoginWith(status, '', { 'Retry-After': '7' });
    const error = await rejection(pulse.client.session.login());
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs: 7000 });
  });

  it.each([
    ['/token', '{"id":1,"email":"a@b.test"}', 'nothing'],
    ['/id', '{"id":"one","email":"a@b.test","token":"t0ken"}', 'string'],
    [
      '/primaryAccount/accountId',
      '{"id":1,"email":"a@b.test","token":"t0ken","primaryAccount":{"accountName":"a","id":"1","name":"a"}}',
      'nothing',
    ],
    ['', '["t0ken"]', 'array'],
  ])('names %j where an answer does not fit the spec', async (place, body, found) => {
    await using pulse = await openPulse();
    pulse.answerLoginWith(200, body);
    const error = await rejection(pulse.client.session.login());
    expect(error).toBeInstanceOf(ContractViolationError);
    expect(error).toMatchObject({ place, found, retryable: false });
    expect(String(error)).not.toContain('t0ken');
    expect((await pulse.client.session.login()).facts.userId).toBe(1001);
  });
});

describe('Pulse CRM: X-Account-ID', () => {
  const header = { params: { header: { 'X-Account-ID': 'acct-0002' } } };

  it('is the primary account unless something else is said', async () => {
    await using pulse = await openPulse();
    await pulse.client.GET('/auth/session');
    expect(pulse.wire.to('/auth/session')[0]?.headers.get('x-account-id')).toBe('acct-0001');
  });

  it('is the account of the option, and of the request before that', async () => {
    await using pulse = await openPulse({ accountId: 'acct-0002' });
    await pulse.client.GET('/auth/session');
    await pulse.client.GET('/auth/session', { params: { header: { 'X-Account-ID': 'acct-0001' } } });
    const sent = pulse.wire.to('/auth/session').map(({ headers }) => headers.get('x-account-id'));
    expect(sent).toEqual(['acct-0002', 'acct-0001']);
  });

  it('is for one request only when a request says it', async () => {
    await using pulse = await openPulse();
    await pulse.client.GET('/auth/session', header);
    await pulse.client.GET('/auth/session');
    const sent = pulse.wire.to('/auth/session').map(({ headers }) => headers.get('x-account-id'));
    expect(sent).toEqual(['acct-0002', 'acct-0001']);
  });

  it('is that of the option for a verification too', async () => {
    await using pulse = await openPulse({ accountId: 'acct-0002' });
    await pulse.client.session.login();
    await pulse.client.session.verify();
    expect(pulse.wire.to('/auth/session')[0]?.headers.get('x-account-id')).toBe('acct-0002');
  });

  it('is left out for somebody without an account', async () => {
    await using pulse = await openPulse({
      credentials: { apiKey: 'apiKey-000000000002', apiSecret: 'secret-000000000002' },
    });
    const { response } = await pulse.client.GET('/auth/session');
    expect(response.status).toBe(200);
    expect(pulse.wire.to('/auth/session')[0]?.headers.has('x-account-id')).toBe(false);
    expect(await pulse.client.session.verify()).toBe(true);
    expect(pulse.wire.to('/auth/session')[1]?.headers.has('x-account-id')).toBe(false);
  });

  it('keeps the session when the account is forbidden', async () => {
    await using pulse = await openPulse();
    const { secret } = await pulse.client.session.get();
    const { response } = await pulse.client.GET('/auth/session', {
      params: { header: { 'X-Account-ID': 'acct-of-others' } },
    });
    expect(response.status).toBe(403);
    expect((await pulse.client.GET('/auth/session')).response.status).toBe(200);
    expect((await pulse.client.session.get()).secret).toBe(secret);
    expect(pulse.counts()).toMatchObject({ logins: 1, requests: 3 });
    expect(pulse.events.map(({ type }) => type)).toEqual(['login']);
  });
});

describe('Pulse CRM: the end of a session', () => {
  it('answers a 401 with one login and the same call again', async () => {
    await using pulse = await openPulse();
    const old = await pulse.client.session.get();
    pulse.sandbox.scenario('pulse-crm', 'expire-now');
    const { data } = await pulse.client.GET('/auth/session', { params: { header: { 'X-Account-ID': 'acct-0002' } } });
    expect(data?.id).toBe(1001);
    const renewed = await pulse.client.session.get();
    const calls = pulse.wire.to('/auth/session').map(({ headers }) => Object.fromEntries(headers));
    expect(calls).toMatchObject([
      { authorization: `Bearer ${old.secret}`, 'x-account-id': 'acct-0002' },
      { authorization: `Bearer ${renewed.secret}`, 'x-account-id': 'acct-0002' },
    ]);
    expect(pulse.counts()).toMatchObject({ logins: 2, refused: 1, accepted: 1 });
    expect(pulse.events.map(({ type }) => type)).toEqual(['login', 'refusal', 'login', 'replay']);
  });

  it("leaves a caller's own Authorization alone, and its 401 says nothing about the session", async () => {
    await using pulse = await openPulse();
    const { secret } = await pulse.client.session.get();
    const response = await pulse.client.fetch(`${pulse.url}/auth/session`, {
      headers: { Authorization: 'Bearer my own' },
    });
    expect(response.status).toBe(401);
    const [call, ...others] = pulse.wire.to('/auth/session');
    expect(others).toEqual([]);
    expect(call?.headers.get('authorization')).toBe('Bearer my own');
    expect(call?.headers.has('x-account-id')).toBe(false);
    expect((await pulse.client.session.get()).secret).toBe(secret);
    expect(pulse.counts().logins).toBe(1);
  });

  it('does not log in for a call that brings its own Authorization', async () => {
    await using pulse = await openPulse();
    await pulse.client.fetch(`${pulse.url}/auth/session`, { headers: { Authorization: 'Bearer my own' } });
    expect(pulse.counts().logins).toBe(0);
  });

  it.each([
    ['ahead', 300_000],
    ['behind', -300_000],
  ])("reads a JWT's end by the service's clock, which is %s", async (_, skewMs) => {
    const clock = createManualClock();
    const settings = { 'pulse-crm': { token: 'jwt' as const, sessionLifetimeMs: HOUR } };
    await using pulse = await openPulse({ clock }, { clock: { nowMs: () => clock.nowMs() + skewMs }, settings });
    const { expiresAtMs } = await pulse.client.session.login();
    expect(expiresAtMs).toBe(clock.nowMs() + HOUR);

    clock.advanceMs(HOUR - 1000);
    await pulse.client.GET('/auth/session');
    expect(pulse.counts()).toMatchObject({ logins: 1, accepted: 1 });
    clock.advanceMs(1000);
    await pulse.client.GET('/auth/session');
    expect(pulse.counts()).toMatchObject({ logins: 2, accepted: 2, refused: 0 });
  });

  it.each([
    ['three parts without claims', 'a.b.c'],
    ['an exp that is no number', `a.${Buffer.from('{"exp":"soon"}').toString('base64url')}.c`],
    ['no exp', `a.${Buffer.from('{"sub":"1"}').toString('base64url')}.c`],
    ['claims that are no object', `a.${Buffer.from('null').toString('base64url')}.c`],
    ['two parts', `a.${Buffer.from('{"exp":1}').toString('base64url')}`],
  ])('takes the life of a token with %s for unknown', async (_, token) => {
    await using pulse = await openPulse();
    pulse.answerLoginWith(200, JSON.stringify({ id: 1, email: 'a@b.test', token }));
    const session = await pulse.client.session.login();
    expect(session).toMatchObject({ expiresAtMs: null, facts: { userId: 1, primaryAccountId: null } });
    expect(session.secret).toBe(token);
  });

  it('asks the service whether a session lives', async () => {
    await using pulse = await openPulse();
    await pulse.client.session.login();
    expect(await pulse.client.session.verify()).toBe(true);
    pulse.sandbox.scenario('pulse-crm', 'expire-now');
    expect(await pulse.client.session.verify()).toBe(false);
    pulse.sandbox.scenario('pulse-crm', 'html-login-page', { operation: 'getSession' });
    await pulse.client.session.login();
    expect(await rejection(pulse.client.session.verify())).toBeInstanceOf(ServiceUnreachableError);
    expect(pulse.counts().logins).toBe(2);
  });
});

describe('Pulse CRM: the answer to a call', () => {
  const TOKEN = 'a-token-that-the-page-repeats';
  it.each([
    ['is a page', 'html-login-page', {}, 'the answer to GET /auth/session is no JSON'],
    ['is half of it', 'truncated', {}, 'the answer to GET /auth/session is no JSON'],
    ['breaks off', 'truncated', { connection: 'cut' }, 'the answer to GET /auth/session broke off'],
    ['quotes a secret', 'status', { status: 200, body: `token=${TOKEN}`, headers: JSON_TYPE }, 'is no JSON'],
  ])('that %s fails the call with an error of ours, which quotes no secret', async (_, scenario, args, message) => {
    await using pulse = await openPulse();
    await pulse.client.session.login();
    pulse.sandbox.scenario('pulse-crm', scenario, { operation: 'getSession', ...args });
    const error = await rejection(pulse.client.GET('/auth/session'));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ message: expect.stringContaining(message), retryable: true });
    expect(inspect(error)).not.toContain(TOKEN);
    expect((await pulse.client.GET('/auth/session')).response.status).toBe(200);
    expect(pulse.counts().logins).toBe(1);
  });

  it('of another kind is the caller’s to read', async () => {
    await using pulse = await openPulse();
    await pulse.client.session.login();
    pulse.sandbox.scenario('pulse-crm', 'html-login-page', { operation: 'getSession' });
    const { data } = await pulse.client.GET('/auth/session', { parseAs: 'text' });
    expect(data).toContain('<html');
  });
});

describe('Pulse CRM: options', () => {
  it.each([
    ['no base URL', { credentials: KEY }, 'ERR_BASE_URL'],
    ['plain http', { baseUrl: 'http://pulse.example.test', credentials: KEY }, 'ERR_INSECURE_URL'],
    ['nobody', { baseUrl: 'https://pulse.example.test' }, 'ERR_OPTION'],
    ['a function for nobody', { baseUrl: 'https://pulse.example.test', credentials: () => KEY }, 'ERR_OPTION'],
    ['credentials of another kind', { baseUrl: 'https://p.test', credentials: { user: 'ada' } }, 'ERR_CREDENTIALS'],
    ['a key and no secret', { baseUrl: 'https://p.test', credentials: { apiKey: 'k' } }, 'ERR_CREDENTIALS'],
    ['a number for an account', { baseUrl: 'https://p.test', credentials: KEY, accountId: 5 }, 'ERR_OPTION'],
    ['no options', undefined, 'ERR_BASE_URL'],
    ['a fetch that is none', { baseUrl: 'https://p.test', credentials: KEY, fetch: 'x' }, 'ERR_OPTION'],
    ['a store that is none', { baseUrl: 'https://p.test', credentials: KEY, store: {} }, 'ERR_OPTION'],
    ['a clock that is none', { baseUrl: 'https://p.test', credentials: KEY, clock: {} }, 'ERR_OPTION'],
    ['a listener that is none', { baseUrl: 'https://p.test', credentials: KEY, onEvent: 'x' }, 'ERR_OPTION'],
    ['a misspelt option', { baseUrl: 'https://p.test', credentials: KEY, quarantineMS: 1 }, 'ERR_OPTION'],
    ['nothing for credentials', { baseUrl: 'https://p.test', credentials: null }, 'ERR_CREDENTIALS'],
  ])('are refused with %s', (_, options, code) => {
    // What plain JavaScript lets through.
    expect(() => createPulseCrm(options as unknown as PulseCrmOptions)).toThrow(
      expect.objectContaining({ name: 'TypeError', code }),
    );
  });
});
