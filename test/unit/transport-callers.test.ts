import createClient from 'openapi-fetch';
import { describe, expect, it } from 'vitest';
import type { paths } from '../../generated/pulse-crm/types.ts';
import { ServiceUnreachableError } from '../../src/errors.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { rejection } from '../helpers/waiting.ts';

const credentials = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };

describe('a call that brings an authorization of its own', () => {
  it('is sent as it is, and its refusal says nothing about the session', async () => {
    await using it = await openAuthorized((request, response) => {
      answerJson(response, request.headers.authorization === 'Bearer own' ? 401 : 200, {});
    });
    await it.keeper.get();
    const answer = await it.fetch(`${it.url}/x`, { headers: { Authorization: 'Bearer own' } });
    expect(answer.status).toBe(401);
    expect((await it.fetch(`${it.url}/x`)).status).toBe(200);
    expect(it.sessions()).toEqual(['own', 'fake-secret-1']);
    expect(it.heard()).toEqual(['login']);
  });

  it('needs no session at all', async () => {
    await using it = await openAuthorized();
    await it.fetch(`${it.url}/x`, { headers: { Authorization: 'Bearer own' } });
    expect(it.service.counts.logins).toBe(0);
  });
});

describe('an operation that takes no session', () => {
  it('is sent without one, its refusal is handed on, and nobody logs in', async () => {
    await using it = await openAuthorized((_, response) => answerJson(response, 401, {}));
    expect((await it.fetch(`${it.url}/open`)).status).toBe(401);
    expect((await it.fetch(`${it.url}/login`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await it.fetch(`${it.url}/sign-up`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(it.sessions()).toEqual(['none', 'none', 'none']);
    expect(it.service.counts.logins).toBe(0);
  });

  it('is told from one that takes a session, and from one that nobody described', async () => {
    await using it = await openAuthorized();
    for (const path of ['closed', 'undescribed']) await it.fetch(`${it.url}/${path}`);
    expect(it.sessions()).toEqual(['fake-secret-1', 'fake-secret-1']);
  });

  it('of Zato, such as a sign-up, gets the application and no token', async () => {
    await using server = await openServer((_, response) => answerJson(response, 200, { status: 'ok', cid: 'c' }));
    await using zato = createZatoSso({
      baseUrl: server.url,
      currentApp: 'CRM',
      credentials: { username: 'user1', password: 'user1-password' },
    });
    const body = { username: 'new', password: 'new-password', email: 'new@example.test', app_list: ['CRM'] };
    await zato.POST('/zato/sso/user/signup', { body });
    expect(server.arrived.map(({ url }) => url)).toEqual(['/zato/sso/user/signup']);
    expect(JSON.parse(server.arrived[0]?.body.toString() ?? '')).toEqual({ current_app: 'CRM', ...body });
  });

  it('is known below a base URL with a path, and only there', async () => {
    await using it = await openAuthorized(undefined, { basePath: '/rest' });
    await it.fetch(`${it.url}/rest/open`);
    await it.fetch(`${it.url}/open`);
    expect(it.sessions()).toEqual(['none', 'fake-secret-1']);
  });
});

describe('what the caller gives', () => {
  it.each([
    ['a text and an init', (url: string) => [url, { method: 'POST', headers: { 'x-own': '1' }, body: 'text' }]],
    ['a URL and an init', (url: string) => [new URL(url), { method: 'POST', headers: [['x-own', '1']], body: 'text' }]],
    [
      'a Request',
      (url: string) => [new Request(url, { method: 'POST', headers: new Headers({ 'x-own': '1' }), body: 'text' })],
    ],
    [
      'a Request, and an init that changes it',
      (url: string) => [
        new Request(url, { method: 'POST', headers: { 'x-own': 'old' }, body: 'old' }),
        { headers: { 'x-own': '1' }, body: 'text' },
      ],
    ],
  ] as ReadonlyArray<readonly [string, (url: string) => [RequestInfo | URL, RequestInit?]]>)(
    'arrives the same: %s',
    async (_, input) => {
      await using it = await openAuthorized();
      expect((await it.fetch(...input(`${it.url}/x?y=1`))).status).toBe(200);
      const [arrived] = it.arrived;
      expect([arrived?.method, arrived?.url, arrived?.headers['x-own'], arrived?.body.toString()]).toEqual([
        'POST',
        '/x?y=1',
        '1',
        'text',
      ]);
      expect(it.sessions()).toEqual(['fake-secret-1']);
    },
  );

  it('is not changed by the call', async () => {
    await using it = await openAuthorized();
    const headers = new Headers({ 'x-own': '1' });
    const init = Object.freeze({ method: 'POST', headers, body: 'text' });
    await it.fetch(`${it.url}/x`, init);
    expect([...headers]).toEqual([['x-own', '1']]);
    const request = new Request(`${it.url}/x`, { headers: { 'x-own': '1' } });
    await it.fetch(request);
    expect([...request.headers]).toEqual([['x-own', '1']]);
  });

  it('for undici alone, such as a dispatcher, reaches the fetch, from an init and from openapi-fetch', async () => {
    const seen: unknown[] = [];
    const dispatcher = { name: 'not a real one' };
    await using it = await openAuthorized(undefined, {
      async fetch(_, init) {
        seen.push(init && 'dispatcher' in init ? init.dispatcher : undefined);
        return Response.json({ ok: true });
      },
    });
    await it.fetch(`${it.url}/x`, { dispatcher } as RequestInit);
    const client = createClient<paths>({ baseUrl: it.url, fetch: it.fetch, requestInitExt: { dispatcher } });
    await client.GET('/auth/session');
    await it.fetch(`${it.url}/x`);
    expect(seen).toEqual([dispatcher, dispatcher, undefined]);
  });

  it('tells the fetch what else was asked for, such as how to cache and what the answer must hash to', async () => {
    await using it = await openAuthorized((_, response) => void response.end('text'));
    const integrity = 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
    expect(await rejection(it.fetch(`${it.url}/x`, { integrity }))).toBeInstanceOf(ServiceUnreachableError);
    expect(await rejection(it.fetch(new Request(`${it.url}/x`, { integrity })))).toBeInstanceOf(
      ServiceUnreachableError,
    );
    await it.fetch(`${it.url}/x`, { cache: 'no-store' });
    expect(it.arrived.at(-1)?.headers['cache-control']).toBe('no-cache');
  });

  it('may be called many times at once, each with its own body', async () => {
    await using it = await openAuthorized((request, response) =>
      answerJson(response, 200, { got: request.body.toString() }),
    );
    await it.keeper.get();
    it.service.revokeAll();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) =>
        (await it.fetch(`${it.url}/x`, { method: 'POST', body: `call ${n}` })).json(),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => ({ got: `call ${n}` })));
    expect(it.service.counts.logins).toBe(2);
  });
});

describe('a typed client', () => {
  it('lends its fetch to another generated client of the same service', async () => {
    await using live = await openSandbox();
    await using own = createPulseCrm({ baseUrl: live.url, credentials });
    const other = createClient<paths>({ baseUrl: live.url, fetch: own.fetch });
    const { data } = await other.GET('/auth/session');
    expect(data?.email).toBe('ada@pulse.example.test');
    live.sandbox.scenario('pulse-crm', 'expire-now');
    expect((await other.GET('/auth/session')).data?.id).toBe(1001);
    expect(live.sandbox.counts('pulse-crm')).toMatchObject({ logins: 2, refused: 1 });
  });

  it('runs openapi-fetch’s middlewares once a call, however often it is sent', async () => {
    await using live = await openSandbox();
    await using client = createPulseCrm({ baseUrl: live.url, credentials });
    await client.session.get();
    live.sandbox.scenario('pulse-crm', 'expire-now');
    const seen: string[] = [];
    client.use({
      onRequest({ request }) {
        seen.push(`request ${request.headers.get('authorization')}`);
        request.headers.set('X-Account-ID', 'acct-0002');
        return request;
      },
      onResponse({ response }) {
        seen.push(`response ${response.status}`);
        const headers = new Headers(response.headers);
        headers.set('x-seen', 'yes');
        return new Response(response.body, { status: response.status, headers });
      },
    });
    const { data, response } = await client.GET('/auth/session');
    expect(data?.id).toBe(1001);
    expect(response.headers.get('x-seen')).toBe('yes');
    expect(seen).toEqual(['request null', 'response 200']);
  });

  it('runs a middleware that sends the request itself, and one that answers it', async () => {
    await using live = await openSandbox();
    await using client = createPulseCrm({ baseUrl: live.url, credentials });
    client.use({ onRequest: () => Response.json({ id: 7 }) });
    expect((await client.GET('/auth/session')).data).toEqual({ id: 7 });
    expect(live.sandbox.counts('pulse-crm').logins).toBe(0);
  });

  it('shows nothing of its session when it is printed', async () => {
    await using live = await openSandbox();
    await using client = createPulseCrm({ baseUrl: live.url, credentials });
    const { secret } = await client.session.get();
    const { inspect } = await import('node:util');
    const printed = inspect([client, await client.session.get(), await client.session.status()], {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      getters: false,
    });
    expect(printed + JSON.stringify([client, await client.session.get()])).not.toContain(secret);
    expect(printed).not.toContain(credentials.apiSecret);
  });
});
