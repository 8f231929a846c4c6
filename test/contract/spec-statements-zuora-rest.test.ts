import { gunzipSync } from 'node:zlib';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contract/contracts.ts';
import { checkExchange } from '../../src/contract/exchange.ts';
import { LoginDeniedError } from '../../src/index.ts';
import { createZuoraRest, type ZuoraRestOptions } from '../../src/systems/zuora-rest.ts';
import { NOW_MS, useContractHarness } from './harness.ts';
import { readSamples } from './samples.ts';
import { readSpec } from './spec.ts';

const spec = readSpec('zuora-rest.openapi.yaml');
const connections = '#/paths/~1v1~1connections/post';
const baseUrl = 'https://rest.apisandbox.zuora.com';
const credentials = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };

type Json = Record<string, unknown>;

/** The findings of a login with these headers in place of, or beside, the required ones. */
async function loginFindings(
  headers: Record<string, string | undefined>,
  { answer, body = '{}' }: { answer?: Response; body?: string | null } = {},
): Promise<string[]> {
  const all = { 'content-type': 'application/json', ...credentials, ...headers };
  const given = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const request = new Request(`${baseUrl}/v1/connections`, { method: 'POST', headers: given, body });
  return (await checkExchange(request, answer, contracts['zuora-rest'])).map(({ place }) => place);
}

const harness = useContractHarness();
const zuora = (options: Partial<ZuoraRestOptions> = {}) =>
  createZuoraRest({ baseUrl, credentials, clock: { nowMs: () => NOW_MS }, ...options });
/** Calls outside the spec: the sandbox has accounts, which are large enough to be compressed. */
const accountsUrl = `${baseUrl}/v1/accounts`;
const sentHeader = async (index: number, name: string): Promise<string | null | undefined> =>
  (await harness.exchanges())[index]?.request.headers.get(name);

describe('POST /v1/connections', () => {
  it('is in the spec, as the login', () => {
    expect(spec.at(`${connections}/operationId`)).toBe('createConnection');
    expect(spec.at(`${connections}/x-latchkey-operation`)).toBe('login');
  });

  it('has the documented version', () => {
    expect(spec.at('#/info/version')).toBe('2025-12-17');
  });

  it('begins a session with valid credentials and refuses others', async () => {
    await expect(zuora().session.login()).resolves.toMatchObject({ revision: 1 });
    const wrong = { ...credentials, apiSecretAccessKey: 'not the password' };
    await expect(zuora({ credentials: wrong }).session.login()).rejects.toThrow(LoginDeniedError);
  });

  it('is said to be legacy', () => {
    expect(spec.text('#/info/description')).toMatch(/legacy/);
    expect(spec.text(`${connections}/description`)).toMatch(/legacy/);
  });

  it('is said to have OAuth as the recommended way', () => {
    expect(spec.text('#/info/description')).toMatch(/recommends OAuth instead/);
    expect(spec.text(`${connections}/description`)).toMatch(/recommends OAuth instead/);
  });

  it('authenticates the user and returns a session cookie', async () => {
    const { secret } = await zuora().session.login();
    const [login] = await harness.exchanges();
    expect(login?.response?.headers.getSetCookie()).toEqual([`ZSession=${secret}; Path=/; Secure; HttpOnly`]);
  });

  it('the cookie authorizes subsequent calls, and nothing else does', async () => {
    const { response } = await zuora().GET('/v1/entities');
    expect(response.status).toBe(200);
    expect(await sentHeader(1, 'cookie')).toMatch(/^ZSession=[\w-]{256}$/);
    expect((await fetch(`${baseUrl}/v1/entities`)).status).toBe(401);
    expect(spec.at('#/components/securitySchemes/sessionCookie')).toMatchObject({ in: 'cookie', name: 'ZSession' });
  });

  it('says that the user needs permission for the API service, and a refusal for want of it is a denial', async () => {
    expect(spec.text(`${connections}/description`)).toMatch(/must belong to a user who may use the API service/);
    const reasons = [{ code: '50000010', message: 'No permission.' }];
    harness.server.use(http.post(`${baseUrl}/v1/connections`, () => HttpResponse.json({ success: false, reasons })));
    await expect(zuora().session.login()).rejects.toThrow(LoginDeniedError);
  });

  it('warns against using the account of the API in the user interface', () => {
    expect(spec.text('#/info/description')).toMatch(/should never be used to log in to the Zuora user interface/);
  });

  it('warns of forced password changes, after which API logins fail', () => {
    expect(spec.text('#/info/description')).toMatch(/change its password from time to time.*API logins .* fail/);
  });
});

/** What the page says of each header: whether it is required, and what its description must speak of. */
const headerParameters: Readonly<Record<string, readonly ['required' | 'optional', ...about: RegExp[]]>> = {
  apiAccessKeyId: ['required', /User name of the account/],
  apiSecretAccessKey: ['required', /Password of the account/],
  'Idempotency-Key': ['optional', /POST and PATCH only; not to be sent with any other method/],
  'Accept-Encoding': [
    'optional',
    /compressed answers.*save much bandwidth/,
    /more than 1000 bytes.*`Content-Encoding`/,
  ],
  'Content-Encoding': ['optional', /gzipped file in place of the JSON/],
  'Zuora-Track-Id': ['optional', /identifier for tracing/, /same value back/, /matched with the caller's processes/],
  'Zuora-Entity-Ids': ['optional', /Multi-entity is on and the OAuth token holds for more than one/, /not needed/],
};

describe('header parameters', () => {
  const parameters = spec.at(`${connections}/parameters`) as { $ref: string }[];
  const pointerOf = (name: string): string =>
    parameters.map(({ $ref }) => $ref).find(($ref) => spec.at(`${$ref}/name`) === name) ?? '#/nowhere';

  for (const [name, [presence, ...about]] of Object.entries(headerParameters)) {
    it(`${name}: ${presence}, a string`, async () => {
      expect(spec.at(`${pointerOf(name)}/schema`)).toMatchObject({ type: 'string' });
      expect(spec.at(`${pointerOf(name)}/required`)).toBe(presence === 'required');
      const expected = presence === 'required' ? [`/request/headers/${name.toLowerCase()}`] : [];
      expect(await loginFindings({ [name]: undefined })).toEqual(expected);
      expect(await loginFindings({ [name]: 'gzip' })).toEqual([]);
    });

    it(`${name}: says what it is for`, () => {
      for (const pattern of about) expect(spec.text(`${pointerOf(name)}/description`)).toMatch(pattern);
    });
  }

  it('there are no others but the older entity headers', () => {
    const names = parameters.map(({ $ref }) => spec.at(`${$ref}/name`));
    expect(names.sort()).toEqual([...Object.keys(headerParameters), 'entityId', 'entityName'].sort());
  });

  it('apiAccessKeyId and apiSecretAccessKey are the user name and the password', async () => {
    await zuora().session.login();
    expect(await sentHeader(0, 'apiAccessKeyId')).toBe(credentials.apiAccessKeyId);
    expect(await sentHeader(0, 'apiSecretAccessKey')).toBe(credentials.apiSecretAccessKey);
  });

  it('Idempotency-Key: at most 255 characters', async () => {
    expect(await loginFindings({ 'Idempotency-Key': 'k'.repeat(255) })).toEqual([]);
    expect(await loginFindings({ 'Idempotency-Key': 'k'.repeat(256) })).toEqual(['/request/headers/idempotency-key']);
    const headers = { 'Idempotency-Key': 'k'.repeat(256) };
    await expect(zuora().fetch(accountsUrl, { method: 'POST', headers })).rejects.toMatchObject({
      code: 'ERR_IDEMPOTENCY_KEY',
    });
  });

  it('Idempotency-Key: on POST and PATCH requests', async () => {
    harness.allow('/request/path');
    const client = zuora();
    for (const method of ['POST', 'PATCH']) {
      await client.fetch(accountsUrl, { method, headers: { 'Idempotency-Key': 'key-1' } });
    }
    expect(await sentHeader(1, 'idempotency-key')).toBe('key-1');
    expect(await sentHeader(2, 'idempotency-key')).toBe('key-1');
  });

  it('Idempotency-Key: not on requests of any other type', async () => {
    for (const { method, pointer } of spec.operations()) {
      const names = ((spec.at(`${pointer}/parameters`) ?? []) as { $ref: string }[]).map(({ $ref }) =>
        spec.at(`${$ref}/name`),
      );
      if (method !== 'POST' && method !== 'PATCH') expect(names).not.toContain('Idempotency-Key');
    }
    const client = zuora();
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const call = client.fetch(accountsUrl, { method, headers: { 'Idempotency-Key': 'key-1' } });
      await expect(call).rejects.toMatchObject({ code: 'ERR_IDEMPOTENCY_KEY' });
    }
    expect(await harness.exchanges()).toEqual([]);
  });

  it('Idempotency-Key: a call that is sent again keeps its key, so that the service can tell', async () => {
    harness.allow('/request/path');
    const client = zuora();
    await client.session.login();
    harness.sandbox.scenario('zuora-rest', 'expire-now');
    // msw loses headers where it is fetch that adds the Content-Type.
    const headers = { 'Idempotency-Key': 'key-2', 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"name":"Harbor"}' };
    expect((await client.fetch(accountsUrl, init)).status).toBe(200);
    const sends = (await harness.exchanges()).filter(({ request }) => request.url === accountsUrl);
    expect(sends.map(({ request }) => request.headers.get('idempotency-key'))).toEqual(['key-2', 'key-2']);
    expect(spec.text('#/components/parameters/IdempotencyKey/description')).toMatch(
      /does not carry out the operation a second time/,
    );
  });

  it('Idempotency-Key: none on the login, whose answer must not be an old one', async () => {
    await zuora().session.login();
    expect(await sentHeader(0, 'idempotency-key')).toBeNull();
  });

  it('Accept-Encoding: gzip compresses answers of more than 1000 bytes, which says Content-Encoding', async () => {
    await using listening = await harness.listen('zuora-rest', 0);
    harness.allow('/request/path');
    const client = zuora({ baseUrl: listening.url });
    const headers = { 'Accept-Encoding': 'gzip' };
    const small = await client.GET('/v1/entities', { headers });
    const large = await client.fetch(`${listening.url}/v1/accounts/A00000001`, { headers });
    expect(small.response.headers.get('content-encoding')).toBeNull();
    expect(large.headers.get('content-encoding')).toBe('gzip');
    const text = await large.text();
    expect(text.length).toBeGreaterThan(1000);
    expect(JSON.parse(text)).toMatchObject({ success: true });
    const packed = await (await harness.exchanges()).at(-1)?.response?.arrayBuffer();
    expect(gunzipSync(new Uint8Array(packed ?? new ArrayBuffer(0))).toString()).toBe(text);
  });

  it('Accept-Encoding: without it nothing is compressed', async () => {
    await using listening = await harness.listen('zuora-rest', 0);
    harness.allow('/request/path');
    const headers = { 'Accept-Encoding': 'identity' };
    const large = await zuora({ baseUrl: listening.url }).fetch(`${listening.url}/v1/accounts/A00000001`, { headers });
    expect(large.headers.get('content-encoding')).toBeNull();
    expect((await large.text()).length).toBeGreaterThan(1000);
  });

  it('Content-Encoding: gzip sends a gzipped file in place of the JSON', async () => {
    harness.allow('/request/path');
    const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' };
    const body = JSON.stringify({ name: 'Harbor Foods' });
    const response = await zuora().fetch(accountsUrl, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ success: true });
    const [, call] = await harness.exchanges();
    const sent = new Uint8Array((await call?.request.arrayBuffer()) ?? new ArrayBuffer(0));
    expect(gunzipSync(sent).toString()).toBe(body);
  });

  it('Authorization: a bearer token of the caller, optional, from "Create an OAuth token"', async () => {
    expect(spec.at('#/components/securitySchemes/oauth')).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(spec.text('#/components/securitySchemes/oauth/description')).toMatch(
      /Bearer \{token\}.*"Create an OAuth token"/,
    );
    expect(spec.at(`${connections}/security`)).toEqual([{}, { oauth: [] }]);
    expect(await loginFindings({ Authorization: 'Bearer the-callers-own' })).toEqual([]);
  });

  it('Authorization: passed through to the service as it is', async () => {
    const headers = { ...credentials, Authorization: 'Bearer the-callers-own' };
    await zuora().POST('/v1/connections', { body: {}, headers });
    expect(await sentHeader(0, 'authorization')).toBe('Bearer the-callers-own');
    expect(await sentHeader(0, 'cookie')).toBeNull();
  });

  it('Zuora-Track-Id: at most 64 characters', async () => {
    expect(await loginFindings({ 'Zuora-Track-Id': 't'.repeat(64) })).toEqual([]);
    expect(await loginFindings({ 'Zuora-Track-Id': 't'.repeat(65) })).toEqual(['/request/headers/zuora-track-id']);
    const call = zuora().GET('/v1/entities', { headers: { 'Zuora-Track-Id': 't'.repeat(65) } });
    await expect(call).rejects.toMatchObject({ code: 'ERR_TRACK_ID' });
  });

  it('Zuora-Track-Id: US-ASCII only', async () => {
    expect(await loginFindings({ 'Zuora-Track-Id': 'nightly sync #17 (~/{|}_-.)' })).toEqual([]);
    expect(await loginFindings({ 'Zuora-Track-Id': 'nächtlich' })).toEqual(['/request/headers/zuora-track-id']);
    const call = zuora().GET('/v1/entities', { headers: { 'Zuora-Track-Id': 'nächtlich' } });
    await expect(call).rejects.toMatchObject({ code: 'ERR_TRACK_ID' });
  });

  for (const [name, character] of Object.entries({ colon: ':', semicolon: ';', 'double quote': '"', quote: "'" })) {
    it(`Zuora-Track-Id: no ${name}`, async () => {
      const headers = { 'Zuora-Track-Id': `a${character}b` };
      expect(await loginFindings(headers)).toEqual(['/request/headers/zuora-track-id']);
      await expect(zuora().GET('/v1/entities', { headers })).rejects.toMatchObject({ code: 'ERR_TRACK_ID' });
      const answer = Response.json({ success: true }, { headers });
      expect(await loginFindings({}, { answer })).toEqual(['/response/headers/zuora-track-id']);
    });
  }

  it('Zuora-Track-Id: returned with the same value, and the client tells when it is not', async () => {
    const events: string[] = [];
    const client = zuora({ onEvent: (event) => events.push(event.type === 'warning' ? event.code : event.type) });
    const headers = { 'Zuora-Track-Id': 'nightly-sync-000417' };
    const { response } = await client.GET('/v1/entities', { headers });
    expect(response.headers.get('zuora-track-id')).toBe('nightly-sync-000417');
    expect(events).toEqual(['login']);
    harness.server.use(http.get(`${baseUrl}/v1/entities`, () => HttpResponse.json({ success: true })));
    await client.GET('/v1/entities', { headers });
    expect(events).toEqual(['login', 'track-id-mismatch']);
  });

  it('Zuora-Track-Id: not in an answer to a request that had none', async () => {
    const { response } = await zuora().GET('/v1/entities');
    expect(response.headers.get('zuora-track-id')).toBeNull();
  });

  it('Zuora-Entity-Ids: says which entity a call is for, per client and per call', async () => {
    const client = zuora({ entityIds: '6337' });
    expect((await client.GET('/v1/entities')).data).toMatchObject({ success: true });
    await client.GET('/v1/entities', { headers: { 'Zuora-Entity-Ids': '1' } });
    expect(await sentHeader(1, 'zuora-entity-ids')).toBe('6337');
    expect(await sentHeader(2, 'zuora-entity-ids')).toBe('1');
    const { data } = await client.GET('/v1/entities', { headers: { 'Zuora-Entity-Ids': '99' } });
    expect(data).toMatchObject({ success: false });
  });

  it('Zuora-Entity-Ids: not needed', async () => {
    expect((await zuora().GET('/v1/entities')).data).toMatchObject({ success: true });
    expect(await sentHeader(1, 'zuora-entity-ids')).toBeNull();
  });

  it('Content-Type: required, and application/json', async () => {
    expect(spec.at(`${connections}/requestBody/required`)).toBe(true);
    expect(Object.keys(spec.at(`${connections}/requestBody/content`) as Json)).toEqual(['application/json']);
    expect(await loginFindings({ 'content-type': 'text/plain' })).toEqual(['/request/headers/content-type']);
    expect(await loginFindings({}, { body: null })).toEqual(['/request/body']);
    await zuora().session.login();
    expect(await sentHeader(0, 'content-type')).toBe('application/json');
  });
});

/** What the page says of each field of the answer. */
const responseFields: Readonly<Record<string, readonly [good: unknown, bad: unknown, about: RegExp]>> = {
  processId: ['5D1F8A02C97B43E6', 17, /Id of the process that handled the operation/],
  reasons: [[{ code: '50000010', message: 'no' }], 'no', /Why the call failed/],
  'reasons.code': ['50000010', true, /error code/],
  'reasons.message': ['no', 17, /What went wrong, in detail/],
  success: [true, 'true', /whether the call succeeded/],
};

describe('response 200', () => {
  const answered = (body: unknown): Promise<string[]> => loginFindings({}, { answer: Response.json(body) });
  const bodyWith = (field: string, value: unknown): Json => {
    const [outer = '', inner] = field.split('.');
    return { success: false, [outer]: inner === undefined ? value : [{ [inner]: value }] };
  };
  const pointerOf = (field: string): string =>
    field.startsWith('reasons.')
      ? `#/components/schemas/Reason/properties/${field.slice('reasons.'.length)}`
      : `#/components/schemas/CommonResponse/properties/${field}`;

  it('is application/json with the documented fields', () => {
    const content = spec.at(`${connections}/responses/200/content`) as Json;
    expect(Object.keys(content)).toEqual(['application/json']);
    const properties = spec.at(`${connections}/responses/200/content/application~1json/schema/properties`) as Json;
    expect(Object.keys(properties)).toEqual(['processId', 'reasons', 'success']);
  });

  for (const [field, [good, bad, about]] of Object.entries(responseFields)) {
    it(`${field}: optional, of the documented type`, async () => {
      expect(await answered(bodyWith(field, good))).toEqual([]);
      const place = `/response/body/${field.replace('.', '/0/')}`;
      expect(await answered(bodyWith(field, bad))).toEqual([place]);
    });

    it(`${field}: says what it is`, () => {
      expect(spec.text(`${pointerOf(field)}/description`)).toMatch(about);
    });
  }

  it('no field is required', async () => {
    expect(await answered({})).toEqual([]);
    expect(await answered({ reasons: [{}] })).toEqual([]);
  });

  it('reasons.code: a number too, as services send it', async () => {
    expect(spec.at(`${pointerOf('reasons.code')}/type`)).toEqual(['string', 'integer']);
    expect(await answered(bodyWith('reasons.code', 90000011))).toEqual([]);
  });

  it('success: decides, whatever the status', async () => {
    harness.server.use(http.post(`${baseUrl}/v1/connections`, () => HttpResponse.json({ success: false })));
    await expect(zuora().session.login()).rejects.toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE' });
  });

  it('shows the documented sample', () => {
    const [documented] = readSamples('zuora-rest').filter(({ name }) => name === 'login-documented');
    const value = spec.at(`${connections}/responses/200/content/application~1json/examples/success/value`);
    expect(value).toEqual(documented?.response.body);
  });
});
