import { describe, expect, it } from 'vitest';
import { createSandbox, type ZuoraSettings } from '../../src/sandbox/index.ts';

// The start of a day, an hour and a minute.
const midnightMs = Date.UTC(2023, 10, 14);
const keys = { apiaccesskeyid: 'username@company.com', apisecretaccesskey: 'password' };
const soapLogin = (password: string) =>
  `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><login xmlns="http://api.zuora.com/"><username>username@company.com</username><password>${password}</password></login></e:Body></e:Envelope>`;

function limited(settings: Partial<ZuoraSettings> = { rateLimits: 'production' }) {
  const sandbox = createSandbox({
    seed: 'limits',
    clock: { nowMs: () => midnightMs },
    journalSize: 0,
    settings: { zuora: settings },
  });
  const send = async (
    system: 'zuora-rest' | 'zuora-soap',
    request: { path: string; method?: string; headers?: Record<string, string>; body?: string; from?: string },
  ) => {
    const { path, method = 'POST', headers = {}, body = '', from = '192.0.2.1' } = request;
    const delivery = await sandbox.twins[system].serve({
      method,
      origin: 'https://any.test',
      path,
      query: '',
      headers,
      body: Buffer.from(body),
      remoteAddress: from,
    });
    if (delivery.kind !== 'whole') throw new Error('not answered');
    const { answer } = delivery;
    const header = (wanted: string) => answer.headers.find(([name]) => name === wanted)?.[1];
    return { status: answer.status, body: String(answer.body), header };
  };
  const login = (from?: string, headers: Record<string, string> = keys) =>
    send('zuora-rest', { path: '/v1/connections', headers, ...(from === undefined ? {} : { from }) });
  return { sandbox, send, login };
}

describe('the Zuora twins: limits on how often', () => {
  it('keeps none, and has no headers of them, unless asked', async () => {
    const { login } = limited({});
    for (let n = 0; n < 150; n += 1) expect((await login()).status).toBe(200);
    expect((await login()).header('RateLimit-Limit')).toBeUndefined();
  });

  it('turns away the 101st login of a minute from one address, with the documented body and headers', async () => {
    const { sandbox, login } = limited();
    const first = await login();
    expect(first.header('RateLimit-Limit')).toBe('100, 2000;w=60, 67500;w=3600, 810000;w=86400');
    expect(first.header('RateLimit-Remaining')).toBe('99');
    expect(first.header('RateLimit-Reset')).toBe('60');
    for (let n = 1; n < 100; n += 1) expect((await login()).status).toBe(200);
    sandbox.clock.advanceMs(23_000);
    const refused = await login();
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.body)).toEqual({
      reasons: [{ code: 70, message: 'API Rate limit exceeded for the minute, retry after 37 seconds' }],
    });
    expect(refused.header('RateLimit-Remaining')).toBe('0');
    expect(refused.header('RateLimit-Reset')).toBe('37');
    expect(refused.header('Set-Cookie')).toBeUndefined();
    expect((await login('192.0.2.2')).status).toBe(200);
    sandbox.clock.advanceMs(37_000);
    expect((await login()).status).toBe(200);
    expect(sandbox.counts('zuora-rest')).toMatchObject({ logins: 103, loginsAccepted: 102, loginsDenied: 0 });
  });

  it('turns away the 2,001st login of a minute of the tenant, whatever its address', async () => {
    const { login } = limited();
    for (let n = 0; n < 2000; n += 1) expect((await login(`10.0.0.${Math.floor(n / 100)}`)).status).toBe(200);
    const refused = await login('10.0.1.1');
    expect(refused.status).toBe(429);
    expect(refused.header('RateLimit-Limit')).toBe('2000, 2000;w=60, 67500;w=3600, 810000;w=86400');
  });

  it('counts refused logins too, and those of SOAP with those of REST', async () => {
    const { send, login } = limited({ rateLimits: 'production', authPerMinutePerAddress: 4 });
    const path = '/apps/services/a/91.0';
    expect((await login(undefined, { ...keys, apisecretaccesskey: 'wrong' })).status).toBe(401);
    expect((await login()).status).toBe(200);
    expect((await send('zuora-soap', { path, body: soapLogin('password') })).status).toBe(200);
    expect((await send('zuora-soap', { path, body: soapLogin('wrong') })).status).toBe(500);
    expect((await login()).status).toBe(429);
    const refused = await send('zuora-soap', { path, body: soapLogin('password') });
    expect([refused.status, refused.header('Retry-After')]).toEqual([429, '60']);
    expect(refused.body).toContain('<fns:FaultCode>REQUEST_EXCEEDED_LIMIT</fns:FaultCode>');
    const old = await send('zuora-soap', { path: '/apps/services/a/50.0', body: soapLogin('password') });
    expect(old.body).toContain('<fns:FaultCode>UNKNOWN_ERROR</fns:FaultCode>');
  });

  it('takes other numbers of logins', async () => {
    const { login } = limited({ rateLimits: 'production', authPerMinute: 1 });
    expect((await login()).status).toBe(200);
    expect((await login('192.0.2.9')).status).toBe(429);
  });

  it('limits calls by the kind of tenant, apart from logins', async () => {
    const { send, login } = limited({ rateLimits: 'api-sandbox' });
    const call = () => send('zuora-rest', { path: '/v1/entities', method: 'GET', headers: keys });
    const first = await call();
    expect(first.header('RateLimit-Limit')).toBe('2500, 2500;w=60, 5000;w=3600, 10000;w=86400');
    for (let n = 1; n < 2500; n += 1) await call();
    expect(JSON.parse((await call()).body).reasons[0].message).toBe(
      'API Rate limit exceeded for the minute, retry after 60 seconds',
    );
    expect((await login()).status).toBe(200);
    const developer = limited({ rateLimits: 'developer-sandbox' });
    const headers = await developer.send('zuora-rest', { path: '/v1/entities', method: 'GET', headers: keys });
    expect(headers.header('RateLimit-Limit')).toBe('12500, 12500;w=60, 25000;w=3600, 50000;w=86400');
    const production = limited();
    const most = await production.send('zuora-rest', { path: '/v1/entities', method: 'GET', headers: keys });
    expect(most.header('RateLimit-Limit')).toBe('50000, 50000;w=60, 2250000;w=3600, 27000000;w=86400');
  });

  it('names the hour and the day when they are full, and counts there only what was let through', async () => {
    const { sandbox, send } = limited({ rateLimits: 'api-sandbox' });
    const call = () => send('zuora-rest', { path: '/v1/entities', method: 'GET', headers: {} });
    const messageAfter = async (calls: number) => {
      for (let n = 0; n < calls; n += 1) await call();
      const { status, body } = await call();
      return status === 429 ? JSON.parse(body).reasons[0].message : status;
    };
    await messageAfter(2499);
    sandbox.clock.advanceMs(60_000);
    expect(await messageAfter(2500)).toBe('API Rate limit exceeded for the hour, retry after 3540 seconds');
    sandbox.clock.advanceMs(3_540_000);
    expect(await messageAfter(2499)).toBe(401);
    sandbox.clock.advanceMs(60_000);
    expect(await messageAfter(2499)).toBe(401);
    sandbox.clock.advanceMs(3_540_000);
    expect(await messageAfter(0)).toBe('API Rate limit exceeded for the day, retry after 79200 seconds');
  });
});

describe('the Zuora REST twin: limits on how many at once', () => {
  it('tells them to calls with a session and not to logins', async () => {
    const { send, login } = limited({});
    const call = await send('zuora-rest', { path: '/v1/entities', method: 'GET', headers: keys });
    const names = ['Type', 'Limit', 'Remaining'].map((name) => `Concurrency-Limit-${name}`);
    expect(names.map(call.header)).toEqual(['Default', '40', '39']);
    expect(names.map((await login()).header)).toEqual([undefined, undefined, undefined]);
    const { send: sendOld } = limited({ hasConcurrencyHeaders: false });
    const old = await sendOld('zuora-rest', { path: '/v1/entities', method: 'GET', headers: keys });
    expect(names.map(old.header)).toEqual([undefined, undefined, undefined]);
  });
});
