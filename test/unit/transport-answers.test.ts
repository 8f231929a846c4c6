import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ServiceUnreachableError } from '../../src/errors.ts';
import { createRedactor } from '../../src/redact.ts';
import { createSender } from '../../src/transport/send.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

describe('the answer to a call', () => {
  it('comes back as the service sent it', async () => {
    await using it = await openAuthorized((_, response) => {
      response.writeHead(
        201,
        'Made',
        [
          ['content-type', 'application/json'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-own', 'yes'],
        ].flat(),
      );
      response.end('{"a":1}');
    });
    const answer = await it.fetch(`${it.url}/x?y=1`);
    expect([answer.status, answer.statusText, answer.url]).toEqual([201, 'Made', `${it.url}/x?y=1`]);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.clone().json()).toEqual({ a: 1 });
    expect(await answer.json()).toEqual({ a: 1 });
  });

  it('comes back the same when its body had to be looked at', async () => {
    await using it = await openAuthorized(
      (_, response) => {
        response.writeHead(403, 'No Way', [
          'content-type',
          'application/json',
          'set-cookie',
          'a=1',
          'set-cookie',
          'b=2',
        ]);
        response.end('{"a":1}');
      },
      { carrier: { suspect: () => true, judge: () => 'accepted' } },
    );
    const answer = await it.fetch(`${it.url}/x?y=1`);
    expect([answer.status, answer.statusText, answer.url]).toEqual([403, 'No Way', `${it.url}/x?y=1`]);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.clone().text()).toBe('{"a":1}');
    expect(await answer.json()).toEqual({ a: 1 });
  });

  it.each([
    ['nothing', 204, '', undefined],
    ['an empty body', 200, '', 'application/json'],
    ['HTML', 200, '<h1>Welcome</h1>', 'text/html'],
    ['an error page', 502, '<h1>Bad gateway</h1>', 'text/html'],
    ['JSON that is none', 200, '{"a":', 'application/json'],
    ['an error inside a 200', 200, '{"success":false}', 'application/json'],
    ['a permission refused', 403, '{}', 'application/json'],
  ])('is the caller’s business when it is %s', async (_, status, body, type) => {
    await using it = await openAuthorized((_request, response) => {
      response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);
    });
    const answer = await it.fetch(`${it.url}/x`);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(it.heard()).toEqual(['login']);
  });

  it('streams: it need not end before the caller sees it', async () => {
    const gate = createGate();
    await using it = await openAuthorized(async (_, response) => {
      response.writeHead(200).write('first');
      await gate.passed;
      response.end('last');
    });
    const answer = await it.fetch(`${it.url}/x`);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('first');
    gate.open();
    expect((await reader?.read())?.value).toBe('last');
  });

  it('that breaks off while the caller reads it fails that reading, and nothing else', async () => {
    await using it = await openAuthorized((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    const answer = await it.fetch(`${it.url}/x`);
    await expect(answer.text()).rejects.toThrow();
    expect(it.heard()).toEqual(['login']);
  });
});

describe('a refusal', () => {
  const refusing = (refuse: (response: import('node:http').ServerResponse) => void) =>
    openAuthorized(
      (request, response) => {
        if (request.headers.authorization === 'Bearer fake-secret-2') return answerJson(response, 200, { ok: true });
        refuse(response);
      },
      { isOpen: true },
    );

  it.each([
    ['without a body', (response: import('node:http').ServerResponse) => void response.writeHead(401).end()],
    [
      'in HTML',
      (response: import('node:http').ServerResponse) =>
        void response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>'),
    ],
    [
      'of two mebibytes',
      (response: import('node:http').ServerResponse) => void response.writeHead(401).end('x'.repeat(2 ** 21)),
    ],
  ])('%s begins the session anew', async (_, refuse) => {
    await using it = await refusing(refuse);
    await it.keeper.get();
    expect(await (await it.fetch(`${it.url}/x`)).json()).toEqual({ ok: true });
    expect(it.sessions()).toEqual(['fake-secret-1', 'fake-secret-2']);
  });

  it('that breaks off says nothing about the session', async () => {
    await using it = await refusing((response) => {
      response.writeHead(401, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    await it.keeper.get();
    const error = await rejection(it.fetch(`${it.url}/x`));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ status: 401 });
    expect(it.heard()).toEqual(['login']);
  });

  it('of a second session is handed on as an error with the number of sends', async () => {
    await using it = await openAuthorized((_, response) => answerJson(response, 401, {}), { isOpen: true });
    await it.keeper.get();
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({ code: 'ERR_SESSION_REFUSED', sends: 2 });
    expect(it.arrived).toHaveLength(2);
  });
});

describe('an abort', () => {
  const reason = new Error('changed my mind');

  it('before the call sends nothing and logs nobody in', async () => {
    await using it = await openAuthorized();
    expect(await rejection(it.fetch(`${it.url}/x`, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(it.arrived).toEqual([]);
    expect(it.service.counts.logins).toBe(0);
  });

  it('while the session is being obtained ends the wait', async () => {
    await using it = await openAuthorized();
    it.service.gate = createGate();
    const controller = new AbortController();
    const call = rejection(it.fetch(`${it.url}/x`, { signal: controller.signal }));
    await settle();
    controller.abort(reason);
    expect(await call).toBe(reason);
    it.service.gate.open();
    await it.keeper[Symbol.asyncDispose]();
    expect(it.arrived).toEqual([]);
  });

  it('while the service thinks ends the call, with the caller’s own reason', async () => {
    const arrived = createGate();
    await using it = await openAuthorized(() => arrived.open());
    const controller = new AbortController();
    const call = rejection(it.fetch(`${it.url}/x`, { signal: controller.signal }));
    await arrived.passed;
    controller.abort(reason);
    expect(await call).toBe(reason);
  });

  it('while a refusal comes in ends the call with that reason too', async () => {
    const begun = createGate();
    await using it = await openAuthorized(
      (_, response) => void response.writeHead(401, { 'content-length': '100' }).write('half', () => begun.open()),
      { isOpen: true },
    );
    const controller = new AbortController();
    const call = rejection(it.fetch(`${it.url}/x`, { signal: controller.signal }));
    await begun.passed;
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(it.heard()).toEqual(['login']);
  });

  it('by the signal of a Request counts, and by that of the init beside it', async () => {
    for (const isBeside of [false, true]) {
      const arrived = createGate();
      await using it = await openAuthorized(() => arrived.open());
      const controller = new AbortController();
      const { signal } = controller;
      const call = rejection(
        isBeside ? it.fetch(new Request(`${it.url}/x`), { signal }) : it.fetch(new Request(`${it.url}/x`, { signal })),
      );
      await arrived.passed;
      controller.abort(reason);
      expect(await call).toBe(reason);
    }
  });

  it('still counts when the garbage collector has run meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const arrived = createGate();
    await using it = await openAuthorized(() => arrived.open());
    it.service.gate = createGate();
    const controller = new AbortController();
    const call = rejection(it.fetch(`${it.url}/x`, { signal: controller.signal }));
    for (let n = 0; n < 5; n += 1) {
      await settle();
      collect();
    }
    it.service.gate.open();
    await arrived.passed;
    for (let n = 0; n < 5; n += 1) {
      await settle();
      collect();
    }
    controller.abort(reason);
    expect(await call).toBe(reason);
  });
});

describe('no answer', () => {
  it('because nobody listens is unreachable, and certainly never arrived', async () => {
    const it = await openAuthorized();
    await it.keeper.get();
    await it[Symbol.asyncDispose]();
    const error = await rejection(it.fetch(`${it.url}/x?ust=s3cret`));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ neverSent: true, status: undefined, retryable: true, system: 'fake' });
    expect(String(error)).toBe(`ServiceUnreachableError: GET ${it.url}/x got no answer (ECONNREFUSED)`);
  });

  it('because the connection broke may have arrived', async () => {
    await using it = await openAuthorized((_, response) => void response.destroy());
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
      neverSent: false,
    });
  });

  it('because the fetch that was given in failed is unreachable too', async () => {
    await using it = await openAuthorized(undefined, { fetch: () => Promise.reject(new TypeError('no network here')) });
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
      neverSent: false,
      cause: { message: 'no network here' },
    });
  });
});

describe('the answer to a request of the package’s own', () => {
  const sender = createSender({ system: 'fake', fetch, redactor: createRedactor(), nowMs: Date.now });
  const ask = (url: string, signal?: AbortSignal) =>
    sender.send({ method: 'POST', url, headers: {}, body: '{}', signal });

  it('is read whole, as JSON where it is', async () => {
    await using server = await openServer((_, response) => answerJson(response, 403, { a: 1 }));
    expect(await ask(server.url)).toMatchObject({
      status: 403,
      mediaType: 'application/json',
      text: '{"a":1}',
      json: { a: 1 },
    });
  });

  it.each([
    ['empty', '', 'application/json'],
    ['broken JSON', '{"a":', 'application/json'],
    ['HTML that looks like JSON', '{"a":1}', 'text/html'],
  ])('has no JSON when it is %s', async (_, body, type) => {
    await using server = await openServer((_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    expect(await ask(server.url)).toMatchObject({ text: body, json: undefined });
  });

  it('is not believed when it breaks off or never ends', async () => {
    await using server = await openServer((request, response) => {
      if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '100' }).write('{"a":', () => response.destroy());
        return;
      }
      const more = (): void => {
        if (response.write('x'.repeat(2 ** 16))) setImmediate(more);
        else response.once('drain', more);
      };
      response.writeHead(200);
      more();
    });
    for (const path of ['/cut', '/endless']) {
      expect(await rejection(ask(server.url + path))).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE', status: 200 });
    }
  });

  it('is not waited for once the signal has fired', async () => {
    const arrived = createGate();
    await using server = await openServer(() => arrived.open());
    const controller = new AbortController();
    const asked = rejection(ask(server.url, controller.signal));
    await arrived.passed;
    const reason = new Error('too late');
    controller.abort(reason);
    expect(await asked).toBe(reason);
  });
});
