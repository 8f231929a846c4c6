import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sendDelivery } from '../../src/sandbox/http-answer.ts';
import { createSandbox, type ListeningSandbox, type Sandbox } from '../../src/sandbox/index.ts';

const open: ListeningSandbox[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
});

async function listening(sandbox: Sandbox = createSandbox({ seed: 'http' })) {
  const server = await sandbox.listen();
  open.push(server);
  const post = (path: string, body?: unknown) =>
    fetch(server.url + path, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const login = () => post('/auth/login', { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' });
  const session = (token: string) =>
    fetch(`${server.url}/auth/session`, { headers: { Authorization: `Bearer ${token}` } });
  const counts = async () => (await (await fetch(`${server.url}/__sandbox/counts`)).json())['pulse-crm'];
  return { sandbox, server, post, login, session, counts };
}

describe('the sandbox over HTTP', () => {
  it('takes a free port on loopback and frees it on close', async () => {
    const { server } = await listening();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    await server.close();
    await expect(fetch(`${server.url}/auth/session`)).rejects.toThrow();
  });

  it('routes by path alone and answers 404 where no system is', async () => {
    const { server, login } = await listening();
    expect((await login()).status).toBe(200);
    expect((await fetch(`${server.url}/nothing/here`)).status).toBe(404);
  });

  it('serves only the systems asked for', async () => {
    const server = await createSandbox().listen({ systems: [] });
    open.push(server);
    expect((await fetch(`${server.url}/auth/session`)).status).toBe(404);
  });

  it('keeps a connection for the next request', async () => {
    const { server } = await listening();
    const answer = await fetch(`${server.url}/auth/session`);
    expect(answer.headers.get('connection')).toBe('keep-alive');
  });

  it('resets the connection, nothing processed, when the answer is dropped before', async () => {
    const { login, post, counts } = await listening();
    expect(await (await post('/__sandbox/pulse-crm/drop-before-answer', { operation: 'login' })).json()).toEqual({
      ok: true,
      times: 1,
    });
    await expect(login()).rejects.toThrow('fetch failed');
    expect(await counts()).toMatchObject({ logins: 1, loginsAccepted: 0, loginsDenied: 0 });
    expect((await login()).status).toBe(200);
  });

  it('processes the login and loses its answer', async () => {
    const { sandbox, login, post, counts } = await listening();
    await post('/__sandbox/pulse-crm/drop-after-login');
    await expect(login()).rejects.toThrow('fetch failed');
    expect(await counts()).toMatchObject({ logins: 1, loginsAccepted: 1 });
    expect(sandbox.twins['pulse-crm'].liveSessions()).toBe(1);
  });

  it('cuts an answer with or without the connection', async () => {
    const { login, post } = await listening();
    await post('/__sandbox/pulse-crm/truncated', {});
    const short = await login();
    await expect(short.json()).rejects.toThrow(SyntaxError);
    await post('/__sandbox/pulse-crm/truncated', { connection: 'cut' });
    const cut = await login();
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow('terminated');
  });

  it('keeps several Set-Cookie headers apart', async () => {
    const { server, sandbox } = await listening();
    const twin = sandbox.twins['pulse-crm'];
    sandbox.scenario('pulse-crm', 'status', { status: 200, headers: { 'Set-Cookie': ['a=1; Path=/', 'b=2'] } });
    const answer = await fetch(`${server.url}/auth/session`);
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    sandbox.scenario('pulse-crm', 'status', { status: 200, headers: { 'Set-Cookie': ['a=1; Path=/', 'b=2'] } });
    const inProcess = await twin.handle(new Request('https://any.test/auth/session'));
    expect(inProcess.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
  });

  it('shows the journal, with secrets masked', async () => {
    const { login, session, server } = await listening();
    const { token } = await (await login()).json();
    await session(token);
    await fetch(`${server.url}/auth/session?to%6ben=${token}&password=abc&plain=1`);
    const text = await (await fetch(`${server.url}/__sandbox/journal`)).text();
    expect(text).not.toContain(token);
    expect(text).not.toContain('secret-000000000001');
    expect(text).not.toContain('abc');
    expect(JSON.parse(text)).toMatchObject([
      { system: 'pulse-crm', operation: 'login', role: 'login', method: 'POST', status: 200, session: 's1' },
      { operation: 'getSession', path: '/auth/session', outcome: 'accepted', session: 's1', delivered: 'whole' },
      { path: '/auth/session?to%6ben=***&password=***&plain=1', status: 401, outcome: 'refused' },
    ]);
    const last = await (await fetch(`${server.url}/__sandbox/journal?system=pulse-crm&limit=1`)).json();
    expect(last).toHaveLength(1);
    expect(last[0].outcome).toBe('refused');
  });

  it('is steered: expiry, clock, reset, and a list of what can be steered', async () => {
    const { login, session, post, counts, server } = await listening();
    const { token } = await (await login()).json();
    expect((await session(token)).status).toBe(200);
    expect(await (await post('/__sandbox/pulse-crm/expire-now')).json()).toEqual({ ok: true, ended: 1 });
    expect((await session(token)).status).toBe(401);

    const before = (await (await fetch(`${server.url}/__sandbox/clock`)).json()).nowMs;
    const after = (await (await post('/__sandbox/clock', { advanceMs: 3_600_000 })).json()).nowMs;
    expect(after - before).toBeGreaterThanOrEqual(3_600_000);

    expect(await counts()).toMatchObject({ requests: 3 });
    await post('/__sandbox/reset');
    expect(await counts()).toMatchObject({ requests: 0, logins: 0, accepted: 0, refused: 0 });
    expect((await (await fetch(`${server.url}/__sandbox`)).json())['pulse-crm']).toContain('expire-now');
  });

  it.each([
    ['/__sandbox/pulse-crm/expire-later', undefined, 404, 'no scenario "expire-later"; it has '],
    ['/__sandbox/pulse-crm/constructor', undefined, 404, 'no scenario "constructor"'],
    ['/__sandbox/no-system/expire-now', undefined, 404, 'nothing to steer'],
    ['/__sandbox/pulse-crm/slow-login', { ms: 'long' }, 400, '"ms" must be a number'],
    ['/__sandbox/pulse-crm/slow-login', { ms: 1, sec: 2 }, 400, 'unknown argument "sec"'],
    ['/__sandbox/pulse-crm/slow-login', [], 400, 'arguments must be an object'],
    ['/__sandbox/pulse-crm/settings', { colour: 'red' }, 400, 'no setting "colour"'],
    ['/__sandbox/pulse-crm/change-password', { username: 'x' }, 400, 'no user "x"'],
    ['/__sandbox/clock', { advanceMs: -1 }, 400, 'zero or more'],
  ])('says what is wrong with POST %s %j', async (path, body, status, message) => {
    const { post } = await listening();
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });

  it('refuses a body it could not hold', async () => {
    const { server } = await listening();
    const answer = await fetch(`${server.url}/auth/login`, { method: 'POST', body: Buffer.alloc(17 * 1024 * 1024) });
    expect(answer.status).toBe(413);
  });

  it('answers a thousand callers at once', async () => {
    const { login, session } = await listening();
    const { token } = await (await login()).json();
    const statuses = await Promise.all(Array.from({ length: 1000 }, async () => (await session(token)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1000);
  });

  it('stops waiting for a slow login when the caller leaves', async () => {
    const { sandbox, server, post } = await listening();
    await post('/__sandbox/pulse-crm/slow-login', { ms: 600_000 });
    const request = httpRequest(`${server.url}/auth/login`, { method: 'POST' });
    const left = new Promise((resolve) => request.on('error', resolve));
    request.end('{}', () => setTimeout(() => request.destroy(), 20));
    await left;
    await vi.waitFor(() => expect(sandbox.counts('pulse-crm').loginsDenied).toBe(1));
  });

  it('stops waiting for a slow login when it is closed', async () => {
    const { sandbox, server, login, post } = await listening();
    await post('/__sandbox/pulse-crm/slow-login', { ms: 600_000 });
    const slow = login().catch((error: Error) => error.message);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await server.close();
    expect(await slow).toBe('fetch failed');
    await vi.waitFor(() => expect(sandbox.counts('pulse-crm').loginsAccepted).toBe(1));
  });

  it('gives a huge answer as it is read, and says how long it is', async () => {
    const { session, post } = await listening();
    expect(await (await post('/__sandbox/pulse-crm/huge')).json()).toEqual({ ok: true, times: 1 });
    const answer = await session('x');
    expect([answer.status, answer.headers.get('content-length')]).toEqual([401, '50000000']);
    const text = await answer.text();
    expect(text).toHaveLength(50_000_000);
    expect(JSON.parse(text)).toEqual({ message: 'Unauthorized' });
  });

  it('ends a huge answer on close', async () => {
    const { server, post } = await listening();
    await post('/__sandbox/pulse-crm/huge', { bytes: 1e12 });
    const answer = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(`${server.url}/auth/session`, resolve).end();
    });
    answer.on('error', () => {});
    const ended = new Promise((resolve) => answer.once('close', resolve));
    await server.close();
    // What has arrived is read first, and then the end is seen.
    answer.resume();
    await ended;
    expect(answer.complete).toBe(false);
  });
});

describe('a huge answer on its way', () => {
  const answer = { status: 200, headers: [], body: '{}', outcome: 'accepted' } as const;

  /** A server that gives a terabyte to whoever asks; `sent` settles when it has given up or is through. */
  async function openEndless() {
    const responses: ServerResponse[] = [];
    let sent: Promise<void> = Promise.reject(new Error('nobody has asked'));
    sent.catch(() => {});
    const server = createServer((message, response) => {
      responses.push(response);
      sent = sendDelivery({ kind: 'padded', answer, toBytes: 1e12 }, message, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const request = httpRequest({ port, host: '127.0.0.1' });
    request.on('error', () => {});
    const [incoming] = (await once(request.end(), 'response')) as [IncomingMessage];
    incoming.on('error', () => {});
    return { request, responses, sent: () => sent, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  it('waits, and is held nowhere, while nobody reads it', async () => {
    const { request, responses, close } = await openEndless();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [response] = responses;
    expect(response?.writableNeedDrain).toBe(true);
    expect(response?.writableLength).toBeLessThan(1_000_000);
    request.destroy();
    await close();
  });

  it('ends when its reader goes away', async () => {
    const { request, sent, close } = await openEndless();
    request.destroy();
    await sent();
    await close();
  });
});
