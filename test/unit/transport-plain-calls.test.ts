import { describe, expect, it } from 'vitest';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { answerJson, type LocalServer, openServer } from '../helpers/local-server.ts';

/** A service with one path of each kind; what it is asked is what it answers. */
interface EchoPaths {
  '/things/{name}': Record<
    'get' | 'delete' | 'put' | 'post' | 'patch',
    {
      parameters: { path: { name: string }; query?: Record<string, unknown>; header?: Record<string, unknown> };
      requestBody?: { content: { 'application/json': unknown } };
      responses: { 200: { content: { 'application/json': unknown } } };
    }
  >;
}

type EchoClient = ReturnType<typeof createPulseCrm<EchoPaths>>;
type Call = (client: EchoClient, url: string) => Promise<unknown>;

const credentials = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };

const openEcho = (): Promise<LocalServer> =>
  openServer((request, response) => {
    if (request.url.endsWith('/auth/login')) {
      answerJson(response, 200, { id: 1, email: 'ada@example.test', token: 'echo-token' });
    } else answerJson(response, request.url.includes('missing') ? 404 : 200, { got: request.body.toString('base64') });
  });

const openClient = (url: string): EchoClient => createPulseCrm<EchoPaths>({ baseUrl: url, credentials });

/** What arrived but for the boundary of multipart bodies, which is random; and what came of the call. */
async function observe(call: Call, isLookedAt: boolean): Promise<unknown> {
  await using server = await openEcho();
  await using client = openClient(server.url);
  await client.session.get();
  server.arrived.length = 0;
  if (isLookedAt) client.use({ onRequest: ({ request }) => request });
  const outcome = await call(client, server.url).then(
    (answer) => JSON.parse(JSON.stringify(answer)),
    (error: unknown) => `${error instanceof Error ? error.name : typeof error}`,
  );
  const withoutBoundary = (text: string): string => text.replace(/-{2,}form\w*-\w+(?:-\w+)*/gi, 'BOUNDARY');
  const withoutPort = (text: string): string => text.replaceAll(new URL(server.url).host, 'HOST');
  const arrived = server.arrived.map(({ method, url, headers, body }) => [
    method,
    url,
    headers,
    body.toString('latin1'),
  ]);
  const answered: unknown = typeof outcome === 'object' ? { data: typeof outcome.data, error: outcome.error } : outcome;
  return JSON.parse(withoutPort(withoutBoundary(JSON.stringify({ arrived, answered }))));
}

const path = { name: 'a thing/ä' };
const form = (): FormData => {
  const made = new FormData();
  made.set('field', 'value');
  return made;
};

const calls: ReadonlyArray<readonly [string, Call]> = [
  ['a GET', (client) => client.GET('/things/{name}', { params: { path } })],
  [
    'a query',
    (client) => client.GET('/things/{name}', { params: { path, query: { a: 1, b: ['x y', 'z'], c: { d: true } } } }),
  ],
  [
    'headers of the caller',
    (client) =>
      client.GET('/things/{name}', {
        params: { path, header: { 'X-Own': 'yes', 'X-None': undefined } },
        headers: { 'x-more': '1', 'x-null': null },
      }),
  ],
  ['a JSON body', (client) => client.POST('/things/{name}', { params: { path }, body: { a: 'ä', b: [1, null] } })],
  ['a PATCH', (client) => client.PATCH('/things/{name}', { params: { path }, body: {} })],
  ['a DELETE with a body', (client) => client.DELETE('/things/{name}', { params: { path }, body: { a: 1 } })],
  ['a POST without a body', (client) => client.POST('/things/{name}', { params: { path } })],
  [
    'a body of its own making',
    (client) =>
      client.PUT('/things/{name}', {
        params: { path },
        body: 'x',
        bodySerializer: () => '<x/>',
        headers: { 'Content-Type': 'text/xml' },
      }),
  ],
  [
    'text without a type',
    (client) =>
      client.PUT('/things/{name}', {
        params: { path },
        body: 'x',
        bodySerializer: () => 'text',
        headers: { 'Content-Type': null },
      }),
  ],
  [
    'a form',
    (client) =>
      client.POST('/things/{name}', {
        params: { path },
        body: {},
        bodySerializer: () => new URLSearchParams({ a: 'b c' }),
      }),
  ],
  [
    'a form with parts',
    (client) => client.POST('/things/{name}', { params: { path }, body: {}, bodySerializer: form }),
  ],
  [
    'bytes',
    (client) =>
      client.POST('/things/{name}', { params: { path }, body: {}, bodySerializer: () => new Uint8Array([1, 2, 255]) }),
  ],
  ['a method in small letters', (client) => client.request('get', '/things/{name}', { params: { path } })],
  ['an error answer', (client) => client.GET('/things/{name}', { params: { path: { name: 'missing' } } })],
  ['a text answer', (client) => client.GET('/things/{name}', { params: { path }, parseAs: 'text' })],
  [
    'a base URL of its own',
    (client, url) => client.GET('/things/{name}', { params: { path }, baseUrl: `${url}/below` }),
  ],
  [
    'a foreign base URL',
    (client) => client.GET('/things/{name}', { params: { path }, baseUrl: 'https://example.test' }),
  ],
  ['a base URL that is none', (client) => client.GET('/things/{name}', { params: { path }, baseUrl: 'nowhere' })],
  ['a GET with a body', (client) => client.GET('/things/{name}', { params: { path }, body: { a: 1 } } as never)],
  [
    'a header that is none',
    (client) => client.GET('/things/{name}', { params: { path }, headers: { 'x-bad': 'a\nb' } }),
  ],
  ['an abort before', (client) => client.GET('/things/{name}', { params: { path }, signal: AbortSignal.abort() })],
  [
    'options for the fetch',
    (client) =>
      client.GET('/things/{name}', {
        params: { path },
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        keepalive: true,
      }),
  ],
  [
    'an authorization of its own',
    (client) => client.GET('/things/{name}', { params: { path }, headers: { authorization: 'Bearer own' } }),
  ],
];

describe('a typed call that nobody looks at', () => {
  it.each(calls)('arrives and ends like one that a middleware looks at: %s', async (_, call) => {
    const [plain, lookedAt] = [await observe(call, false), await observe(call, true)];
    expect(plain).toEqual(lookedAt);
  });

  it('is looked at by the middleware and the fetch of that call alone', async () => {
    await using server = await openEcho();
    await using client = openClient(server.url);
    const seen: string[] = [];
    await client.GET('/things/{name}', {
      params: { path },
      middleware: [{ onRequest: ({ request }) => void seen.push(request instanceof Request ? 'Request' : 'other') }],
    });
    await client.GET('/things/{name}', {
      params: { path },
      fetch: async (request) => {
        seen.push(request instanceof Request ? 'Request' : 'other');
        return Response.json({});
      },
    });
    expect(seen).toEqual(['Request', 'Request']);
  });

  it('is looked at from the moment a middleware is added', async () => {
    await using server = await openEcho();
    await using client = openClient(server.url);
    await client.GET('/things/{name}', { params: { path } });
    const seen: unknown[] = [];
    client.use({ onRequest: ({ request }) => void seen.push(request instanceof Request) });
    await client.GET('/things/{name}', { params: { path } });
    expect(seen).toEqual([true]);
  });

  it('keeps its body for the call that follows a refusal', async () => {
    let tokens = 0;
    await using server = await openServer((request, response) => {
      if (request.url.endsWith('/auth/login')) {
        tokens += 1;
        return answerJson(response, 200, { id: 1, email: 'ada@example.test', token: `echo-token-${tokens}` });
      }
      const isRefused = request.headers.authorization === 'Bearer echo-token-1';
      return answerJson(response, isRefused ? 401 : 200, { got: request.body.toString() });
    });
    await using client = openClient(server.url);
    await client.session.get();
    const { data } = await client.POST('/things/{name}', { params: { path }, body: { a: 1 } });
    expect(data).toEqual({ got: '{"a":1}' });
    expect(server.arrived.map(({ body }) => body.toString()).slice(1)).toEqual([
      '{"a":1}',
      expect.stringContaining('apiKey'),
      '{"a":1}',
    ]);
  });
});
