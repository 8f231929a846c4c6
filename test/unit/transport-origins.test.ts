import { describe, expect, it } from 'vitest';
import { ServiceUnreachableError } from '../../src/errors.ts';
import { createRedactor } from '../../src/redact.ts';
import { createSender } from '../../src/transport/send.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { rejection } from '../helpers/waiting.ts';

describe('a call to another origin', () => {
  it.each([
    ['another host', (url: string) => url.replace('127.0.0.1', 'localhost')],
    ['another port', (url: string) => url.replace(/:(\d+)$/, (_, port: string) => `:${Number(port) + 1}`)],
    ['another scheme', (url: string) => url.replace('http:', 'https:')],
    ['a name that begins alike', (url: string) => url.replace('127.0.0.1', '127.0.0.1.example.test')],
  ])('is refused before anything is sent: %s', async (_, elsewhere) => {
    await using it = await openAuthorized();
    for (const input of [
      `${elsewhere(it.url)}/x`,
      new URL(`${elsewhere(it.url)}/x`),
      new Request(`${elsewhere(it.url)}/x`),
    ]) {
      const error = await rejection(it.fetch(input));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ code: 'ERR_FOREIGN_ORIGIN' });
    }
    expect(it.arrived).toEqual([]);
    expect(it.service.counts.logins).toBe(0);
  });
});

describe('a redirect within the origin', () => {
  it.each(['GET', 'HEAD'])('is followed with the session: %s', async (method) => {
    await using it = await openAuthorized((request, response) => {
      if (request.url === '/end?x=1') return answerJson(response, 200, { ok: true });
      response.writeHead(302, { location: '/end?x=1' }).end('moved');
    });
    const answer = await it.fetch(`${it.url}/start`, { method });
    expect(answer.status).toBe(200);
    expect(it.arrived.map(({ method: sent, url }) => [sent, url])).toEqual([
      [method, '/start'],
      [method, '/end?x=1'],
    ]);
    expect(it.sessions()).toEqual(['fake-secret-1', 'fake-secret-1']);
  });

  it('is followed five times and no more', async () => {
    await using it = await openAuthorized((request, response) => {
      const n = Number(request.url.slice(1));
      if (n >= 5) return answerJson(response, 200, { n });
      response.writeHead(302, { location: `/${n + 1}` }).end();
    });
    expect(await (await it.fetch(`${it.url}/0`)).json()).toEqual({ n: 5 });
    const error = await rejection(it.fetch(`${it.url}/-1`));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ status: 302, message: expect.stringContaining('more than 5 times') });
  });

  it('is followed to where the session has ended, and the call begins anew', async () => {
    let isRevoked = false;
    await using it = await openAuthorized((request, response) => {
      if (request.url === '/end') return answerJson(response, 200, { ok: true });
      if (!isRevoked) it.service.revokeAll();
      isRevoked = true;
      response.writeHead(307, { location: '/end' }).end();
    });
    await it.keeper.get();
    expect((await it.fetch(`${it.url}/start`)).status).toBe(200);
    expect(it.arrived.map(({ url }) => url)).toEqual(['/start', '/end', '/start', '/end']);
    expect(it.sessions()).toEqual(['fake-secret-1', 'fake-secret-1', 'fake-secret-2', 'fake-secret-2']);
  });

  it.each([301, 302, 303, 307, 308])('is handed to whoever sent a body, and not followed: %d', async (status) => {
    await using it = await openAuthorized((_, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const answer = await it.fetch(`${it.url}/start`, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('location')]).toEqual([status, '/elsewhere']);
    expect(it.arrived).toHaveLength(1);
  });

  it.each([
    ['a 304', 304, { etag: 'x' }],
    ['a 300 without address', 300, {}],
    ['an address that is none', 302, { location: 'http://[' }],
  ])('is not seen in %s', async (_, status, headers) => {
    await using it = await openAuthorized((_request, response) => {
      response.writeHead(status, headers as Record<string, string>).end();
    });
    expect((await it.fetch(`${it.url}/x`)).status).toBe(status);
    expect(it.arrived).toHaveLength(1);
  });
});

describe('a redirect to another origin', () => {
  it.each(['GET', 'HEAD', 'POST', 'DELETE'])(
    'is an error that names both, and nothing goes there: %s',
    async (method) => {
      await using elsewhere = await openServer((_, response) => answerJson(response, 200, {}));
      await using it = await openAuthorized((_, response) => {
        response.writeHead(307, { location: `${elsewhere.url}/steal?x=s3cret` }).end();
      });
      const error = await rejection(it.fetch(`${it.url}/x?ust=s3cret`, { method }));
      expect(error).toBeInstanceOf(ServiceUnreachableError);
      expect(String(error)).toContain(elsewhere.url);
      expect(String(error)).toContain(it.url);
      expect(String(error)).not.toContain('s3cret');
      expect(elsewhere.arrived).toEqual([]);
    },
  );

  it('is an error after redirects within the origin too, and for calls without a session', async () => {
    await using elsewhere = await openServer((_, response) => answerJson(response, 200, {}));
    await using it = await openAuthorized((request, response) => {
      response.writeHead(302, { location: request.url === '/start' ? '/open' : elsewhere.url }).end();
    });
    expect(await rejection(it.fetch(`${it.url}/start`))).toBeInstanceOf(ServiceUnreachableError);
    expect(await rejection(it.fetch(`${it.url}/open`))).toBeInstanceOf(ServiceUnreachableError);
    expect(await rejection(it.fetch(`${it.url}/x`, { headers: { authorization: 'Bearer own' } }))).toBeInstanceOf(
      ServiceUnreachableError,
    );
    expect(elsewhere.arrived).toEqual([]);
  });

  it.each(['data:text/plain,x', 'javascript:alert(1)', 'file:///etc/passwd', '//example.test/x'])(
    'is an error whatever the address: %s',
    async (location) => {
      await using it = await openAuthorized((_, response) => {
        response.writeHead(302, { location }).end();
      });
      expect(await rejection(it.fetch(`${it.url}/x`))).toBeInstanceOf(ServiceUnreachableError);
    },
  );
});

describe('a request of the package’s own, such as a login', () => {
  it.each([301, 302, 303, 307, 308])('follows no redirect at all, not even within the origin: %d', async (status) => {
    await using server = await openServer((_, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const sender = createSender({ system: 'fake', fetch, redactor: createRedactor(), nowMs: Date.now });
    const request = { method: 'POST', url: `${server.url}/login`, headers: {}, body: '{"password":"s3cret"}' };
    const error = await rejection(sender.send(request));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ status, neverSent: false, message: expect.stringContaining(server.url) });
    expect(server.arrived.map(({ url }) => url)).toEqual(['/login']);
  });
});
