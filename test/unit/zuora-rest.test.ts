import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { paths as ZuoraPaths } from '../../generated/zuora-rest/types.ts';
import {
  ContractViolationError,
  EntityDeniedError,
  LoginDeniedError,
  RateLimitedError,
  ServiceUnreachableError,
} from '../../src/errors.ts';
import type { LatchkeyEvent } from '../../src/events.ts';
import type { SandboxOptions } from '../../src/sandbox/index.ts';
import { createZuoraRest, type ZuoraRestOptions } from '../../src/systems/zuora-rest.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';
import { createManualClock, rejection } from '../helpers/waiting.ts';

const KEYS = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const MINUTE = 60_000;
const GLOBAL = '1';
const EXAMPLE = '6337';

interface Posting {
  post: {
    parameters: { header?: Record<string, string> };
    requestBody?: { content: { 'application/json': object } };
    responses: { 200: { content: { 'application/json': unknown } } };
  };
}
interface MorePaths extends ZuoraPaths {
  '/v1/accounts': Posting;
  '/v1/action/create': Posting;
}

async function openZuora(options: Partial<ZuoraRestOptions> & { path?: string } = {}, about: SandboxOptions = {}) {
  const { path = '', ...more } = options;
  const clock = createManualClock();
  const live = await openSandbox({ clock, ...about });
  const wire = recordFetch(more.fetch && ((request) => (more.fetch ?? fetch)(request)));
  const events: LatchkeyEvent[] = [];
  const client = createZuoraRest<MorePaths>({
    baseUrl: `${live.url}${path}`,
    credentials: KEYS,
    clock,
    retries: 0,
    onEvent: (event) => events.push(event),
    ...more,
    fetch: wire.fetch,
  });
  const answerWith = (operation: string, status: number, body: unknown, headers: Record<string, unknown> = {}) =>
    live.sandbox.scenario('zuora-rest', 'status', {
      operation,
      status,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { ...JSON_TYPE, ...headers },
    });
  const entities = (headers: Record<string, string> = {}) => client.GET('/v1/entities', { headers });
  const create = () => client.POST('/v1/action/create', { body: { objects: [] } });
  const warnings = () => events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
  const heard = () => events.map(({ type }) => type);
  const journal = () =>
    live.sandbox.journal.entries({ system: 'zuora-rest' }).map((entry) => `${entry.operation} ${entry.status}`);
  const counts = () => live.sandbox.counts('zuora-rest');
  return { ...live, client, clock, wire, events, answerWith, entities, create, warnings, heard, journal, counts };
}

describe('Zuora REST: the login', () => {
  it('sends name and password as headers, and nothing that makes the service replay an old answer', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    const [login, ...others] = zuora.wire.sent;
    expect(others).toEqual([]);
    expect(login).toMatchObject({ method: 'POST', text: '{}', url: { pathname: '/v1/connections', search: '' } });
    expect(Object.fromEntries(login?.headers ?? [])).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      apiaccesskeyid: KEYS.apiAccessKeyId,
      apisecretaccesskey: KEYS.apiSecretAccessKey,
    });
  });

  it.each([
    ['first', ['ZSession=right; Path=/; Secure; HttpOnly', 'JSESSIONID=1; Path=/apps']],
    ['last', ['JSESSIONID=1; Path=/apps', 'ZSession=right; Path=/; Secure; HttpOnly']],
    ['among names that look alike', ['ZSession=right', 'ZSessionId=a', 'zsession=b', 'XZSession=c', 'Z=ZSession=d']],
    ['set twice, and the last counts', ['ZSession=older', 'ZSession=right']],
    ['with an expiry date that has a comma', ['a=b; Expires=Fri, 02 Jan 2026 03:04:05 GMT', 'ZSession=right']],
  ])('finds the cookie by its exact name: %s', async (_, cookies) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 200, { success: true }, { 'Set-Cookie': cookies });
    expect((await zuora.client.session.login()).secret).toBe('right');
  });

  it.each([
    ['none', []],
    ['others only', ['zsession=x', 'ZSession2=x']],
    ['one that is taken away', ['ZSession=; Max-Age=0']],
  ])('names the place when the answer sets %s', async (_, cookies) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 200, { success: true }, { 'Set-Cookie': cookies });
    const error = await rejection(zuora.client.session.login());
    expect(error).toBeInstanceOf(ContractViolationError);
    expect(error).toMatchObject({ place: '/headers/Set-Cookie', found: 'nothing' });
  });

  it('goes below a base URL with a path, as all calls do', async () => {
    await using zuora = await openZuora({ path: '/rest' });
    const { data } = await zuora.entities();
    expect(data?.entities).toHaveLength(2);
    expect(zuora.wire.sent.map(({ url }) => url.pathname)).toEqual(['/rest/v1/connections', '/rest/v1/entities']);
    expect(zuora.journal()).toEqual(['createConnection 200', 'getEntities 200']);
  });

  it.each([
    ['the captured body', undefined],
    ["a gateway's body", { error: 'Unauthorized', status: 401, path: '/v1/connections' }],
    ['no body', ''],
    ['a page', '<html>401</html>'],
  ])('takes a 401 with %s for a denial, and does not send the same again', async (_, body) => {
    await using zuora = await openZuora();
    if (body === undefined) zuora.sandbox.scenario('zuora-rest', 'lock-account', { username: KEYS.apiAccessKeyId });
    else zuora.answerWith('login', 401, body);
    const error = await rejection(zuora.client.session.login());
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(error).toMatchObject({ code: 'ERR_LOGIN_DENIED', isRemembered: true });
    expect(await rejection(zuora.client.session.login())).toMatchObject({ code: 'ERR_LOGIN_QUARANTINED' });
    expect(zuora.wire.sent).toHaveLength(1);
  });

  it.each([90000011, '90000011', 90000010])('takes a 200 without success and code %j for a denial', async (code) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 200, { success: false, processId: 'AB12', reasons: [{ code, message: 'no' }] });
    const error = await rejection(zuora.client.session.login());
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(error).toMatchObject({ reason: String(code), requestIds: { processId: 'AB12' } });
  });

  it.each([
    ['another code', { success: false, reasons: [{ code: 90000060, message: 'internal' }] }],
    ['no reason', { success: false }],
  ])('takes a 200 without success and with %s for no answer, and can log in later', async (_, body) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 200, body);
    expect(await rejection(zuora.client.session.login())).toBeInstanceOf(ServiceUnreachableError);
    await zuora.client.session.login();
  });

  it.each(['crash', 'html-login-page'])('takes a %s for no answer, and can log in later', async (scenario) => {
    await using zuora = await openZuora();
    zuora.sandbox.scenario('zuora-rest', scenario, { operation: 'login' });
    expect(await rejection(zuora.client.session.login())).toBeInstanceOf(ServiceUnreachableError);
    await zuora.client.session.login();
  });

  it.each([
    ['rate', {}],
    ['concurrency', { retryAfterMs: 120_000 }],
  ])('tells of the limit in a 429 of the kind "%s"', async (kind, expected) => {
    await using zuora = await openZuora();
    zuora.sandbox.scenario('zuora-rest', 'rate-limit', { kind, operation: 'login' });
    const error = await rejection(zuora.client.session.login());
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ ...expected, retryable: true });
    expect(error).toHaveProperty(['requestIds', 'Zuora-Request-Id'], expect.stringMatching(/^[\da-f-]{36}$/));
    const sent = zuora.counts().logins;
    expect(await rejection(zuora.client.session.login())).toBeInstanceOf(RateLimitedError);
    expect(zuora.counts().logins).toBe(sent);
    zuora.clock.advanceMs(120_000);
    await zuora.client.session.login();
  });
});

describe('Zuora REST: a call that fails in passing', () => {
  it.each([
    [{}, 502, 1],
    [{ 'Idempotency-Key': 'a-key' }, 200, 2],
  ])('is sent again if its key makes it done once: %j', async (headers, status, sends) => {
    let isDown = true;
    const send = async (request: Parameters<typeof fetch>[0]): Promise<Response> => {
      if (!isDown || !(request instanceof Request) || !request.url.endsWith('/accounts')) return fetch(request);
      isDown = false;
      return new Response('sorry', { status: 502 });
    };
    await using zuora = await openZuora({ retries: 1, random: () => 0, fetch: send });
    const { response } = await zuora.client.POST('/v1/accounts', { body: { name: 'Ada' }, headers });
    expect(response.status).toBe(status);
    expect(zuora.wire.to('/accounts')).toHaveLength(sends);
  });
});

describe('Zuora REST: the session on calls', () => {
  it('is the newest cookie that was answered, and no new login', async () => {
    await using zuora = await openZuora();
    const first = await zuora.client.session.login();
    const secrets = [first.secret];
    for (let n = 0; n < 3; n += 1) {
      await zuora.entities();
      secrets.push((await zuora.client.session.get()).secret);
    }
    expect(new Set(secrets).size).toBe(4);
    const sent = zuora.wire.to('/entities').map(({ headers }) => headers.get('cookie'));
    expect(sent).toEqual(secrets.slice(0, 3).map((secret) => `ZSession=${secret}`));
    const last = await zuora.client.session.get();
    expect(last.id).toBe(first.id);
    expect(last.revision).toBeGreaterThan(first.revision);
    expect(zuora.counts()).toMatchObject({ logins: 1, accepted: 3 });
  });

  it('is taken from a failure that the service calls a success too, but not from an error', async () => {
    await using zuora = await openZuora();
    const { secret } = await zuora.client.session.login();
    zuora.answerWith('getEntities', 500, {}, { 'Set-Cookie': 'ZSession=from-an-error' });
    await zuora.entities();
    expect((await zuora.client.session.get()).secret).toBe(secret);
    zuora.answerWith('getEntities', 200, { success: false }, { 'Set-Cookie': 'ZSession=from-a-200' });
    const { data } = await zuora.entities();
    expect(data).toEqual({ success: false });
    expect((await zuora.client.session.get()).secret).toBe('from-a-200');
  });

  it('stands where it was when an answer sets no cookie', async () => {
    await using zuora = await openZuora();
    const { secret } = await zuora.client.session.login();
    zuora.answerWith('getEntities', 200, { success: true }, { 'Set-Cookie': 'other=1' });
    await zuora.entities();
    expect((await zuora.client.session.get()).secret).toBe(secret);
  });

  it.each([
    ['one', 'theme=dark'],
    ['several', 'theme=dark; ZSessionTheme=1'],
    ['a semicolon at the end of it', 'theme=dark;'],
  ])("stands beside the caller's own cookies: %s", async (_, cookie) => {
    await using zuora = await openZuora();
    const { secret } = await zuora.client.session.login();
    const { response } = await zuora.entities({ Cookie: cookie });
    expect(response.status).toBe(200);
    const sent = zuora.wire.to('/entities')[0]?.headers.get('cookie');
    expect(sent).toBe(`${cookie.replace(/;$/, '')}; ZSession=${secret}`);
  });

  it.each([
    ['cookie', { Cookie: 'a=b; ZSession=my-own' }],
    ['Authorization', { Authorization: 'Bearer my-own' }],
    ['keys', { apiAccessKeyId: 'me', apiSecretAccessKey: 'mine' }],
  ] as [string, Record<string, string>][])(
    "gives way to a caller's own %s, whose 401 tells nothing about it",
    async (_, headers) => {
      await using zuora = await openZuora();
      const { secret } = await zuora.client.session.login();
      const { response } = await zuora.entities(headers);
      expect(response.status).toBe(401);
      const [call, ...others] = zuora.wire.to('/entities');
      expect(others).toEqual([]);
      expect(Object.fromEntries(call?.headers ?? [])).toEqual(
        expect.objectContaining(Object.fromEntries(new Headers(headers))),
      );
      expect([...(call?.headers.values() ?? [])].join()).not.toContain(secret);
      expect((await zuora.client.session.get()).secret).toBe(secret);
      expect(zuora.counts().logins).toBe(1);
    },
  );

  it('travels in Authorization when told so', async () => {
    await using zuora = await openZuora({ sessionAs: 'authorization' });
    const { secret } = await zuora.client.session.login();
    const { data } = await zuora.entities({ Cookie: 'theme=dark' });
    expect(data?.success).toBe(true);
    const [call] = zuora.wire.to('/entities');
    expect(call?.headers.get('authorization')).toBe(`ZSession ${secret}`);
    expect(call?.headers.get('cookie')).toBe('theme=dark');
    zuora.sandbox.scenario('zuora-rest', 'expire-now');
    expect((await zuora.entities()).response.status).toBe(200);
  });

  it('is begun anew once when it has ended, and the call goes again with its body', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-rest', 'expire-now');
    const { data } = await zuora.client.POST('/v1/accounts', { body: { name: 'Ada' } });
    expect(data).toMatchObject({ success: true });
    expect(zuora.wire.to('/accounts').map(({ text }) => text)).toEqual(['{"name":"Ada"}', '{"name":"Ada"}']);
    expect(zuora.heard()).toEqual(['login', 'refusal', 'login', 'replay']);
  });

  it('slides: each use restarts its life, and no login happens while it is used', async () => {
    await using zuora = await openZuora();
    for (let n = 0; n < 9; n += 1) {
      await zuora.entities();
      zuora.clock.advanceMs(14 * MINUTE);
    }
    expect(zuora.counts()).toMatchObject({ logins: 1, accepted: 9, refused: 0 });
  });

  it('ends by the clock when it is idle: a login, without a call that is refused first', async () => {
    await using zuora = await openZuora();
    await zuora.entities();
    zuora.clock.advanceMs(15 * MINUTE);
    await zuora.entities();
    expect(zuora.counts()).toMatchObject({ logins: 2, accepted: 2, refused: 0 });
  });

  it("lives as long as the tenant's timeout is said to be", async () => {
    const settings = { zuora: { sessionTimeoutMs: 60 * MINUTE } };
    await using zuora = await openZuora({ sessionTimeoutMs: 60 * MINUTE }, { settings });
    await zuora.entities();
    zuora.clock.advanceMs(59 * MINUTE);
    await zuora.entities();
    expect(zuora.counts()).toMatchObject({ logins: 1, refused: 0 });
  });

  it.each([
    ['rate', { reasons: [{ code: 70 }] }],
    ['concurrency', { reasons: [{ code: 50000070 }] }],
  ])('is kept at a 429 of the kind "%s", which goes to the caller', async (kind, body) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-rest', 'rate-limit', { kind, operation: 'getEntities' });
    const { response, error } = await zuora.entities();
    expect(response.status).toBe(429);
    expect(error).toMatchObject(body);
    expect((await zuora.entities()).response.status).toBe(200);
    expect(zuora.counts().logins).toBe(1);
  });
});

describe('Zuora REST: INVALID_SESSION in a 200', () => {
  const dead = { Success: false, Errors: [{ Code: 'INVALID_SESSION', Message: 'Invalid session' }] };
  const done = { Success: true, Id: '1' };

  it.each([
    ['a list of rows', [dead, dead]],
    ['rows under results', { success: false, results: [dead] }],
    ['rows in small letters', { result: [{ success: false, errors: [{ code: 'INVALID_SESSION' }] }] }],
    ['a fault', { faultcode: 'fns:INVALID_SESSION', faultstring: 'Invalid session' }],
    ['reasons', { success: false, reasons: [{ code: 90000011, message: 'please sign in' }] }],
  ])('sends the call again where all of it says so: %s', async (_, body) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('unknown', 200, body);
    zuora.answerWith('unknown', 200, [done]);
    const { data } = await zuora.create();
    expect(data).toEqual([done]);
    expect(zuora.heard()).toEqual(['login', 'refusal', 'login', 'replay']);
  });

  it('gives the rows back where some were done, and does not use the session again', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('unknown', 200, [done, dead]);
    const { data } = await zuora.create();
    expect(data).toEqual([done, dead]);
    expect(zuora.wire.to('/create')).toHaveLength(1);
    expect(zuora.heard()).toEqual(['login', 'refusal']);
    await zuora.entities();
    expect(zuora.journal()).toEqual(['createConnection 200', 'unknown 200', 'createConnection 200', 'getEntities 200']);
  });

  it.each([
    ['in the data of a row', [{ Success: true, Id: '1', Name: 'INVALID_SESSION' }]],
    ['in another error', [{ Success: false, Errors: [{ Code: 'INVALID_VALUE', Message: 'not INVALID_SESSION' }] }]],
    ['in a body that is no JSON', 'INVALID_SESSION'],
  ])('is not seen %s', async (_, body) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('unknown', 200, body, typeof body === 'string' ? { 'Content-Type': 'text/plain' } : {});
    const { data } = await zuora.client.POST('/v1/action/create', { body: {}, parseAs: 'text' });
    expect(data).toBe(typeof body === 'string' ? body : JSON.stringify(body));
    expect(zuora.heard()).toEqual(['login']);
  });
});

describe('Zuora REST: headers of calls', () => {
  const post = (zuora: Awaited<ReturnType<typeof openZuora>>, headers: Record<string, string>) =>
    zuora.client.POST('/v1/accounts', { body: { name: 'Ada' }, headers });

  it('takes an Idempotency-Key of 255 characters for POST and PATCH', async () => {
    await using zuora = await openZuora();
    const headers = { 'Idempotency-Key': 'k'.repeat(255) };
    await post(zuora, headers);
    await zuora.client.fetch(`${zuora.url}/v1/accounts`, { method: 'PATCH', headers });
    expect(zuora.wire.to('/accounts').map((sent) => sent.headers.get('idempotency-key')?.length)).toEqual([255, 255]);
    expect(zuora.wire.to('/connections')[0]?.headers.has('idempotency-key')).toBe(false);
  });

  it.each([
    ['POST', 'of 256 characters', 'k'.repeat(256)],
    ['PATCH', 'of 256 characters', 'k'.repeat(256)],
    ['POST', 'that is empty', ''],
    ['GET', 'at all', 'k'],
    ['PUT', 'at all', 'k'],
    ['DELETE', 'at all', 'k'],
  ])('refuses before a login: %s with an Idempotency-Key %s', async (method, _, key) => {
    await using zuora = await openZuora();
    const call = zuora.client.fetch(`${zuora.url}/v1/accounts`, { method, headers: { 'Idempotency-Key': key } });
    expect(await rejection(call)).toMatchObject({ name: 'TypeError', code: 'ERR_IDEMPOTENCY_KEY' });
    expect(zuora.wire.sent).toEqual([]);
  });

  it.each([
    ['too long', 't'.repeat(65)],
    ['empty', ''],
    ['with a colon', 'a:b'],
    ['with a semicolon', 'a;b'],
    ['with a quote', "a'b"],
    ['with a double quote', 'a"b'],
    ['not in ASCII', 'caf\u00e9'],
    ['with a tab', 'a\tb'],
  ])('refuses before a login: a Zuora-Track-Id that is %s', async (_, trackId) => {
    await using zuora = await openZuora();
    const call = zuora.entities({ 'Zuora-Track-Id': trackId });
    expect(await rejection(call)).toMatchObject({ name: 'TypeError', code: 'ERR_TRACK_ID' });
    expect(zuora.wire.sent).toEqual([]);
  });

  it('takes a Zuora-Track-Id of 64 characters, and is content when it comes back', async () => {
    await using zuora = await openZuora();
    const { response } = await zuora.entities({ 'Zuora-Track-Id': '~ !'.repeat(22).slice(0, 63).padEnd(64, 't') });
    expect(response.status).toBe(200);
    expect(zuora.warnings()).toEqual([]);
  });

  it('warns when another Zuora-Track-Id comes back, and gives the answer all the same', async () => {
    await using zuora = await openZuora();
    zuora.answerWith('getEntities', 200, { success: true }, { 'Zuora-Track-Id': 'of-somebody-else' });
    const { data } = await zuora.entities({ 'Zuora-Track-Id': 'mine' });
    expect(data).toEqual({ success: true });
    expect(zuora.warnings()).toEqual(['track-id-mismatch']);
  });

  it('warns when no Zuora-Track-Id comes back', async () => {
    const forgetful: typeof fetch = async (input) => {
      const response = await fetch(input);
      const headers = new Headers(response.headers);
      headers.delete('zuora-track-id');
      return new Response(response.body, { status: response.status, headers });
    };
    await using zuora = await openZuora({ fetch: forgetful });
    await zuora.entities({ 'Zuora-Track-Id': 'mine' });
    await zuora.entities();
    expect(zuora.warnings()).toEqual(['track-id-mismatch']);
  });

  it('compresses a body when asked to, again at the replay, and reads compressed answers', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-rest', 'expire-now');
    const { data } = await post(zuora, { 'Content-Encoding': 'gzip' });
    expect(data).toMatchObject({ success: true, accountId: expect.any(String) });
    const sent = zuora.wire.to('/accounts');
    expect(sent.map(({ bytes }) => gunzipSync(bytes).toString())).toEqual(['{"name":"Ada"}', '{"name":"Ada"}']);

    const answer = await zuora.client.fetch(`${zuora.url}/v1/accounts/A00000001`);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.json()).toMatchObject({ basicInfo: { accountNumber: 'A00000001' } });
  });

  it('leaves a body alone that is compressed already, or shall not be', async () => {
    await using zuora = await openZuora();
    const bytes = new Uint8Array(gzipSync('{"name":"Ada"}'));
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    const answer = await zuora.client.fetch(`${zuora.url}/v1/accounts`, { method: 'POST', headers, body: bytes });
    expect(await answer.json()).toMatchObject({ success: true });
    await post(zuora, {});
    expect(zuora.wire.to('/accounts').map((sent) => sent.bytes.toString('hex'))).toEqual([
      Buffer.from(bytes).toString('hex'),
      Buffer.from('{"name":"Ada"}').toString('hex'),
    ]);
  });
});

describe('Zuora REST: entities', () => {
  const entitiesSent = (zuora: Awaited<ReturnType<typeof openZuora>>, header: string) =>
    zuora.wire.sent.map(({ headers }) => headers.get(header));

  it('go with each call by the option, or with one call by its header', async () => {
    await using zuora = await openZuora({ entityIds: EXAMPLE });
    expect((await zuora.entities()).data?.success).toBe(true);
    await zuora.entities({ 'Zuora-Entity-Ids': GLOBAL });
    await zuora.entities();
    expect(entitiesSent(zuora, 'zuora-entity-ids')).toEqual([null, EXAMPLE, GLOBAL, EXAMPLE]);
  });

  it('are not named unless something is said', async () => {
    await using zuora = await openZuora();
    await zuora.entities();
    for (const name of ['zuora-entity-ids', 'entityid', 'entityname'])
      expect(entitiesSent(zuora, name)).toEqual([null, null]);
  });

  it.each([
    ['entityId', { entityId: EXAMPLE }, EXAMPLE],
    ['entityName', { entityName: 'Example Entity' }, 'Example Entity'],
  ])('of the older kind go with the login too: %s', async (name, option, value) => {
    await using zuora = await openZuora(option);
    expect((await zuora.entities()).data?.success).toBe(true);
    expect(entitiesSent(zuora, name)).toEqual([value, value]);
  });

  it('of the older kind exclude each other', () => {
    const options = { baseUrl: 'https://rest.example.test', credentials: KEYS };
    expect(() => createZuoraRest({ ...options, entityId: EXAMPLE, entityName: 'Example Entity' })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_ENTITY' }),
    );
  });

  it.each([200, 400, 401])('are refused by name at the login (status %d), which is not remembered', async (status) => {
    const settings = { zuora: { entityRefusalStatus: status } };
    await using zuora = await openZuora({ entityId: 'unknown' }, { settings });
    for (let n = 0; n < 2; n += 1) {
      const error = await rejection(zuora.client.session.login());
      expect(error).toBeInstanceOf(EntityDeniedError);
      expect(error).toMatchObject({ reason: '90000020', isRemembered: false });
    }
  });

  it('are refused on a call by an answer that goes to the caller, and the session stays', async () => {
    await using zuora = await openZuora();
    const { data } = await zuora.entities({ 'Zuora-Entity-Ids': 'unknown' });
    expect(data).toMatchObject({ success: false, reasons: [{ code: 90000020 }] });
    await zuora.entities();
    expect(zuora.counts().logins).toBe(1);
  });
});
