import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { LoginDeniedError, RateLimitedError, ServiceUnreachableError } from '../../src/errors.ts';
import type { EventBody, LatchkeyEvent } from '../../src/events.ts';
import { openSession } from '../../src/keeper/session.ts';
import { createPulseCrm, type PulseCrmOptions } from '../../src/systems/pulse-crm.ts';
import { patientSource, type RetryPolicy } from '../../src/transport/retry.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import { createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { createManualClock, rejection } from '../helpers/waiting.ts';

/** How a service fails: a status with headers, or a connection that ends without an answer. */
type Failure = 'cut' | number | readonly [number, Record<string, string>];

function fail(response: ServerResponse, failure: Failure): void {
  if (failure === 'cut') return void response.socket?.destroy();
  const [status, headers] = typeof failure === 'number' ? [failure, {}] : failure;
  answerJson(response, status, { failed: true }, headers);
}

/** A service that fails in turn, and then does its work. */
async function openFailing(failures: readonly Failure[], about: Parameters<typeof openAuthorized>[1] = {}) {
  const events: EventBody[] = [];
  const left = [...failures];
  const retry: Partial<RetryPolicy> = { retries: 2, report: (event) => events.push(event), ...about.retry };
  const opened = await openAuthorized(
    (_, response) => {
      const failure = left.shift();
      return failure === undefined ? answerJson(response, 200, { ok: true }) : fail(response, failure);
    },
    { ...about, retry },
  );
  const pauses = () => events.flatMap((event) => (event.type === 'retry' ? [event.afterMs] : []));
  const call = (method = 'GET', init: RequestInit = {}) => opened.fetch(`${opened.url}/closed`, { method, ...init });
  return { ...opened, retries: events, pauses, call };
}

describe('a call that fails in passing', () => {
  const passing: Failure[] = [429, 502, 503, 504, [503, { 'retry-after': '0' }], 'cut'];
  it.each(
    ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].flatMap((method) =>
      passing.map((failure) => [method, failure] as const),
    ),
  )('is sent again where that does nothing twice: %s %j', async (method, failure) => {
    await using service = await openFailing([failure]);
    expect((await service.call(method)).status).toBe(200);
    expect(service.arrived.map((request) => request.method)).toEqual([method, method]);
  });

  it.each(['POST', 'PATCH'].flatMap((method) => passing.slice(1).map((failure) => [method, failure] as const)))(
    'is not sent again where it may have been done: %s %j',
    async (method, failure) => {
      await using service = await openFailing([failure]);
      const outcome = await service.call(method, { body: '{}' }).catch((error: unknown) => error);
      if (failure === 'cut') expect(outcome).toBeInstanceOf(ServiceUnreachableError);
      else expect(outcome).toMatchObject({ status: typeof failure === 'number' ? failure : failure[0] });
      expect(service.arrived).toHaveLength(1);
      expect(service.retries).toEqual([]);
    },
  );

  it.each(passing)('is sent again where the service does it once in any case: POST %j', async (failure) => {
    const isDoneOnce = ({ headers }: { headers: Headers }): boolean => headers.has('idempotency-key');
    await using service = await openFailing([failure], { carrier: { isDoneOnce } });
    const init = { body: '{"n":1}', headers: { 'content-type': 'application/json', 'idempotency-key': 'k' } };
    expect((await service.call('POST', init)).status).toBe(200);
    expect(service.arrived.map(({ body, headers }) => [String(body), headers['idempotency-key']])).toEqual([
      ['{"n":1}', 'k'],
      ['{"n":1}', 'k'],
    ]);
  });

  it('is sent again with the same body where a limit turned it away: POST', async () => {
    await using service = await openFailing([429, 429]);
    expect(
      (await service.call('POST', { body: '{"n":1}', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(200);
    expect(service.arrived.map(({ body }) => String(body))).toEqual(Array(3).fill('{"n":1}'));
  });

  it('is sent again where it never left: POST', async () => {
    let isDown = true;
    const send: typeof fetch = (input, init) => {
      if (!isDown) return fetch(input, init);
      isDown = false;
      return Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
      );
    };
    await using service = await openFailing([], { fetch: send });
    expect((await service.call('POST', { body: '{}' })).status).toBe(200);
    expect(service.retries).toEqual([{ type: 'retry', reason: 'ERR_SERVICE_UNREACHABLE', afterMs: 0 }]);
  });

  it.each([400, 403, 404, 409, 422, 500, 501])(
    'is not sent again when that would change nothing: %d',
    async (status) => {
      await using service = await openFailing([status]);
      expect((await service.call()).status).toBe(status);
      expect(service.arrived).toHaveLength(1);
    },
  );

  it('is not sent again when its body could be sent only once', async () => {
    await using service = await openFailing([429, 429]);
    const stream = new Blob(['once']).stream();
    const init: RequestInit & { duplex: 'half' } = { body: stream, duplex: 'half' };
    expect(
      (await service.call('POST', { ...init, headers: { 'content-type': 'application/octet-stream' } })).status,
    ).toBe(429);
    expect(service.arrived).toHaveLength(1);
  });

  it('is sent so often and no more, and its last answer goes to the caller', async () => {
    await using service = await openFailing(Array(9).fill(503));
    const answer = await service.call();
    expect([answer.status, await answer.json()]).toEqual([503, { failed: true }]);
    expect(service.arrived).toHaveLength(3);
  });

  it('ends in its own failure when that does not pass', async () => {
    await using service = await openFailing(Array(9).fill('cut'));
    expect(await rejection(service.call())).toBeInstanceOf(ServiceUnreachableError);
    expect(service.arrived).toHaveLength(3);
  });

  it('has its retries whatever its session: a renewed one brings no new ones', async () => {
    await using service = await openFailing([503, 401, 503, 503]);
    await service.keeper.get();
    expect((await service.call()).status).toBe(503);
    expect(service.arrived).toHaveLength(4);
    expect(service.service.counts.logins).toBe(2);
  });
});

describe('the pause before a retry', () => {
  it('is drawn between nothing and twice as much each time', async () => {
    await using service = await openFailing(Array(5).fill(503), { retry: { retries: 5, random: () => 0.02 } });
    await service.call();
    expect(service.pauses()).toEqual([10, 20, 40, 80, 160]);
  });

  it('is never drawn beyond ten seconds', async () => {
    const random = (): number => 0.005;
    await using service = await openFailing(Array(8).fill(503), { retry: { retries: 8, random } });
    await service.call();
    expect(Math.max(...service.pauses())).toBe(50);
  });

  it.each([
    ['in seconds', '1', 1000],
    ['as a date', 'Fri, 02 Jan 2026 03:04:06 GMT', 1000],
    ['in nonsense', 'soon', 0],
  ])('is what the service asks for, and a little more: %s', async (_, value, askedMs) => {
    await using service = await openFailing([[429, { 'retry-after': value }]], { retry: { random: () => 0.02 } });
    const startedAt = performance.now();
    expect((await service.call()).status).toBe(200);
    expect(service.pauses()).toEqual([askedMs + 10]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(askedMs);
  });

  it('is not begun when the service asks for more than the call has', async () => {
    await using service = await openFailing([[429, { 'retry-after': '3' }]], { retry: { withinMs: 2000 } });
    expect((await service.call()).status).toBe(429);
    expect(service.pauses()).toEqual([]);
  });

  it('ends with the signal’s reason', async () => {
    await using service = await openFailing([[429, { 'retry-after': '20' }]]);
    const controller = new AbortController();
    const reason = new Error('gave up');
    const calling = rejection(service.call('GET', { signal: controller.signal }));
    while (service.retries.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(reason);
    expect(await calling).toBe(reason);
    expect(service.arrived).toHaveLength(1);
  });
});

describe('a request of the package’s own that a limit turns away', () => {
  const limited = (): RateLimitedError => new RateLimitedError('slow down', { retryAfterMs: 1 });
  const { source } = createFakeService({ canRenew: true, canVerify: true, canEnd: true });
  const { clock } = openKeeper(createFakeService());
  const io = {
    signal: new AbortController().signal,
    nowMs: clock.nowMs,
    report: () => {},
    spend: <T>(request: () => Promise<T>) => request(),
  };
  const session = openSession({ secret: 's', facts: { region: 'here' } }, source.lifetime, clock.nowMs());
  const policy: RetryPolicy = { retries: 1, withinMs: 1000, random: () => 0, report: () => {} };

  it.each(['renew', 'verify', 'end'] as const)('is sent again: %s', async (name) => {
    const sent: unknown[] = [];
    const ask = async (asked: unknown): Promise<never> => {
      sent.push(asked);
      throw limited();
    };
    const patient = patientSource({ ...source, [name]: ask }, policy);
    expect(await rejection(patient[name]?.(session, io) ?? Promise.resolve())).toBeInstanceOf(RateLimitedError);
    expect(sent).toEqual([session, session]);
  });

  it.each(['renew', 'verify', 'end'] as const)('to %s is not one that the source does not have', (request) => {
    const bare = { ...createFakeService().source, renew: undefined, verify: undefined, end: undefined };
    const full = { ...bare, [request]: async () => true };
    expect(patientSource(bare, policy)[request]).toBeUndefined();
    expect(patientSource(full, policy)[request]).toBeTypeOf('function');
  });
});

describe('a login that fails in passing', () => {
  /** Pulse CRM whose logins fail in turn. */
  async function openPulse(failures: readonly Failure[], options: Partial<PulseCrmOptions> = {}) {
    const left = [...failures];
    const clock = createManualClock();
    const events: LatchkeyEvent[] = [];
    const server = await openServer((request, response) => {
      const failure = request.url === '/auth/login' ? left.shift() : undefined;
      if (failure !== undefined) return fail(response, failure);
      if (request.url === '/auth/login')
        return answerJson(response, 200, { id: 1, email: 'ada@pulse.example.test', token: 'a-token' });
      return answerJson(response, 200, { email: 'ada@pulse.example.test' });
    });
    const credentials = { apiKey: 'a-key', apiSecret: 'a-secret-text' };
    const onEvent = (event: LatchkeyEvent): number => events.push(event);
    const client = createPulseCrm({ baseUrl: server.url, credentials, clock, random: () => 0, onEvent, ...options });
    const logins = (): number => server.arrived.filter(({ url }) => url === '/auth/login').length;
    return { ...server, client, clock, events, logins };
  }

  it('is sent again where a limit turned it away, and each time counts', async () => {
    await using pulse = await openPulse([429, 429]);
    await pulse.client.session.login();
    expect(pulse.logins()).toBe(3);
    expect((await pulse.client.session.status()).loginsInWindow).toBe(3);
    expect(pulse.events.map(({ type }) => type)).toEqual(['retry', 'retry', 'login']);
  });

  it.each<Failure>([500, 502, 503, 504, [503, { 'retry-after': '0' }], 'cut'])(
    'is not sent again where it may count against the account: %j',
    async (failure) => {
      await using pulse = await openPulse([failure]);
      await rejection(pulse.client.session.login());
      expect(pulse.logins()).toBe(1);
    },
  );

  it('is sent again where it never left, and does not count', async () => {
    let downs = 2;
    const send: typeof fetch = (input, init) => {
      if (downs === 0) return fetch(input, init);
      downs -= 1;
      return Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ENOTFOUND' }) }),
      );
    };
    await using pulse = await openPulse([], { fetch: send });
    await pulse.client.session.login();
    expect((await pulse.client.session.status()).loginsInWindow).toBe(1);
  });

  it('is never sent again with credentials that were refused', async () => {
    await using pulse = await openPulse([401, 401]);
    expect(await rejection(pulse.client.session.login())).toBeInstanceOf(LoginDeniedError);
    expect(pulse.logins()).toBe(1);
  });

  it('holds back the next ones for as long as the service asked', async () => {
    await using pulse = await openPulse([[429, { 'retry-after': '60' }]]);
    expect(await rejection(pulse.client.session.login())).toMatchObject({ retryAfterMs: 60_000 });
    pulse.clock.advanceMs(20_000);
    const error = await rejection(pulse.client.session.login());
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs: 40_000, retryable: true });
    expect(pulse.logins()).toBe(1);
    pulse.clock.advanceMs(40_000);
    await pulse.client.session.login();
    expect(pulse.logins()).toBe(2);
  });

  it('is held back no longer because the clock was set back meanwhile', async () => {
    await using pulse = await openPulse([[429, { 'retry-after': '60' }]]);
    await rejection(pulse.client.session.login());
    pulse.clock.setMs(pulse.clock.nowMs() - 3_600_000);
    await pulse.client.session.login();
    expect(pulse.logins()).toBe(2);
  });

  it('is tried again after an hour whatever the service asked', async () => {
    await using pulse = await openPulse([[429, { 'retry-after': '99999999' }]]);
    await rejection(pulse.client.session.login());
    pulse.clock.advanceMs(3_600_000);
    await pulse.client.session.login();
  });

  it('has no longer than a login may take', async () => {
    await using pulse = await openPulse([[429, { 'retry-after': '2' }]], { loginTimeoutMs: 1000 });
    expect(await rejection(pulse.client.session.login())).toBeInstanceOf(RateLimitedError);
  });

  it('holds back nothing where the service did not say for how long, or failed otherwise', async () => {
    await using pulse = await openPulse([429, 'cut', 500], { retries: 0 });
    for (let n = 0; n < 3; n += 1) await rejection(pulse.client.session.login());
    await pulse.client.session.login();
    expect(pulse.logins()).toBe(4);
  });

  it.each([-1, 1.5, 11, Number.NaN])('is not made with retries %d', (retries) => {
    expect(() => createPulseCrm({ baseUrl: 'https://pulse.example.test', identity: 'a', retries })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});
