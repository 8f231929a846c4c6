import { describe, expect, it } from 'vitest';
import { BodyNotReplayableError } from '../../src/errors.ts';
import type { SessionCarrier, Verdict } from '../../src/transport/carrier.ts';
import { PlainCall, plainCalls } from '../../src/transport/plain-call.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import type { FakeFacts } from '../helpers/fake-service.ts';
import { answerJson } from '../helpers/local-server.ts';
import { rejection } from '../helpers/waiting.ts';

const MEBIBYTE = 2 ** 20;

/** A carrier that reads each answer and always says the same, and what it was given to read. */
function judging(verdict: Verdict): { carrier: Partial<SessionCarrier<FakeFacts>>; read: (string | null)[] } {
  const read: (string | null)[] = [];
  const carrier: Partial<SessionCarrier<FakeFacts>> = {
    suspect: () => true,
    judge(_, text) {
      read.push(text);
      return verdict;
    },
  };
  return { carrier, read };
}

describe('an answer whose body is read to judge it', () => {
  it.each([
    ['nothing', 204, '', ''],
    ['text', 200, 'ä text', 'ä text'],
    ['an empty text', 200, '', ''],
    ['all that may be read', 200, 'x'.repeat(MEBIBYTE), 'x'.repeat(MEBIBYTE)],
    ['more than may be read', 200, 'x'.repeat(MEBIBYTE + 1), null],
  ])('is judged by what it says, and handed on whole: %s', async (_, status, body, text) => {
    const { carrier, read } = judging('accepted');
    await using it = await openAuthorized((_request, response) => void response.writeHead(status).end(body), {
      carrier,
    });
    const answer = await it.fetch(`${it.url}/x`);
    expect(read).toEqual([text]);
    expect([answer.status, (await answer.text()) === body]).toEqual([status, true]);
    if (status === 204) expect(answer.body).toBeNull();
  });

  it('says whether it came by a redirect, as every answer does', async () => {
    for (const redirected of [true, false]) {
      const { carrier } = judging('accepted');
      const answered = Object.defineProperty(Response.json({}), 'redirected', { value: redirected });
      await using it = await openAuthorized(undefined, { carrier, fetch: async () => answered });
      expect((await it.fetch(`${it.url}/x`)).redirected).toBe(redirected);
    }
  });

  it('brings news of the session where it is accepted, and only there', async () => {
    for (const verdict of ['accepted', 'distrust'] as const) {
      let isAsked = false;
      const news = (): undefined => {
        isAsked = true;
      };
      await using it = await openAuthorized(undefined, { carrier: { ...judging(verdict).carrier, news } });
      await it.fetch(`${it.url}/x`);
      expect(isAsked).toBe(verdict === 'accepted');
    }
  });
});

describe('an answer with an address', () => {
  it.each([200, 201, 299, 400, 404])('is no redirect with status %d', async (status) => {
    await using it = await openAuthorized((request, response) =>
      answerJson(response, request.url === '/there' ? 418 : status, {}, { location: '/there' }),
    );
    expect((await it.fetch(`${it.url}/x`)).status).toBe(status);
    expect(it.arrived.map(({ url }) => url)).toEqual(['/x']);
  });

  it.each([300, 301, 399])('is one with status %d', async (status) => {
    await using it = await openAuthorized((request, response) =>
      answerJson(response, request.url === '/there' ? 418 : status, {}, { location: '/there' }),
    );
    expect((await it.fetch(`${it.url}/x`)).status).toBe(418);
  });

  it('elsewhere tells its status', async () => {
    await using it = await openAuthorized((_, response) =>
      answerJson(response, 308, {}, { location: 'https://elsewhere.example.test/x' }),
    );
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({ status: 308 });
  });
});

describe('a call in passing trouble', () => {
  it('with a body that can be sent only once is not sent again', async () => {
    await using it = await openAuthorized((_, response) => void response.destroy(), { retry: { retries: 2 } });
    const init = { method: 'PUT', body: new Blob(['once']).stream(), duplex: 'half' };
    expect(await rejection(it.fetch(`${it.url}/x`, init as RequestInit))).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
    });
    expect(it.arrived).toHaveLength(1);
  });

  it('that was answered with a redirect elsewhere is not sent again: the service did answer', async () => {
    await using it = await openAuthorized(
      (_, response) => answerJson(response, 307, {}, { location: 'https://elsewhere.example.test' }),
      { retry: { retries: 2 } },
    );
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({ status: 307 });
    expect(it.arrived).toHaveLength(1);
  });

  it('that failed with bad input is not sent again', async () => {
    let sends = 0;
    const carrier = {
      authorize: () => {
        sends += 1;
        throw Object.assign(new TypeError('bad'), { code: 'ERR_ARGUMENT' });
      },
    };
    await using it = await openAuthorized(undefined, { retry: { retries: 2 }, carrier });
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({ code: 'ERR_ARGUMENT' });
    expect(sends).toBe(1);
  });
});

describe('a request body', () => {
  it.each([
    ['application/json', true],
    ['application/xml', true],
    ['application/x-www-form-urlencoded', true],
    ['text/csv', true],
    ['multipart/form-data; boundary=x', true],
    ['image/svg+xml', true],
    ['application/jsonp', false],
    ['application/xml-dtd', false],
    ['x-text/csv', false],
    ['application/x+json-seq', false],
    ['multipart/mixed; boundary=x', false],
  ])('of type %s is kept to be sent again: %s', async (type, isKept) => {
    await using it = await openAuthorized();
    await it.keeper.get();
    it.service.revokeAll();
    const call = it.fetch(`${it.url}/x`, { method: 'POST', headers: { 'content-type': type }, body: 'abc' });
    if (isKept) expect((await call).status).toBe(200);
    else expect(await rejection(call)).toBeInstanceOf(BodyNotReplayableError);
    expect(it.arrived.map(({ body }) => body.toString())).toEqual(isKept ? ['abc', 'abc'] : ['abc']);
  });
});

describe('a Request with an init beside it', () => {
  it.each<[string, RequestInit, (string | undefined)[]]>([
    ['its method', { method: 'PUT' }, ['PUT', 'old', 'old']],
    ['its headers', { headers: { 'x-own': 'new' } }, ['POST', 'new', 'old']],
    ['its body', { body: 'new' }, ['POST', 'old', 'new']],
    ['nothing', {}, ['POST', 'old', 'old']],
  ])('changes %s alone', async (_, init, expected) => {
    await using it = await openAuthorized();
    const request = new Request(`${it.url}/x`, { method: 'POST', headers: { 'x-own': 'old' }, body: 'old' });
    await it.fetch(request, init);
    const [arrived] = it.arrived;
    expect([arrived?.method, arrived?.headers['x-own'], arrived?.body.toString()]).toEqual(expected);
  });
});

describe('what openapi-fetch takes for a Request', () => {
  const url = 'https://api.example.test/x';
  const make = (init?: RequestInit, isLookedAt = false): unknown => new (plainCalls(() => isLookedAt))(url, init);

  it.each<[string, RequestInit | undefined]>([
    ['nothing said', undefined],
    ['no body', { method: 'GET' }],
    ['a body of nothing', { method: 'GET', body: null }],
    ['text', { method: 'POST', body: '{}' }],
    ['an empty text', { method: 'PUT', body: '' }],
    ['a method of its own', { method: 'headquarters', body: 'x' }],
    ['a method that ends alike', { method: 'FORGET', body: 'x' }],
  ])('is a plain call for %s', (_, init) => {
    const made = make(init);
    expect(made).toBeInstanceOf(PlainCall);
    expect(made).toMatchObject({ url, method: (init?.method ?? 'GET').toUpperCase(), body: init?.body ?? undefined });
  });

  it.each<[string, RequestInit]>([
    ['a form', { method: 'POST', body: new URLSearchParams({ a: '1' }) }],
    ['bytes', { method: 'POST', body: new Uint8Array(2) }],
  ])('is a Request for %s', (_, init) => {
    expect(make(init)).toBeInstanceOf(Request);
  });

  it('is a Request where a middleware looks at it', () => {
    expect(make({ method: 'POST', body: '{}' }, true)).toBeInstanceOf(Request);
  });

  it.each([{ method: 'GET', body: 'x' }, { method: 'head', body: 'x' }, { body: 'x' }])(
    'is refused as a Request would refuse it: %j',
    (init) => {
      expect(() => make(init)).toThrow(/GET\/HEAD/);
    },
  );

  it('knows both kinds for its own, and nothing else', () => {
    const Made = plainCalls(() => false);
    expect([new Request(url), new PlainCall(url, {}), {}, undefined].map((made) => made instanceof Made)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
