import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/redact.ts';
import { refuseUnbelievable } from '../../src/transport/believe.ts';
import { type AnswerValidators, checkAnswer } from '../../src/transport/contract-check.ts';
import { checkBaseUrl } from '../../src/transport/origins.ts';
import { type Answer, createSender, retryAfterOf } from '../../src/transport/send.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import { rejection } from '../helpers/waiting.ts';

const nowMs = Date.parse('2026-01-02T03:04:05Z');

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
  return 'nothing was thrown';
};

/** A sender whose fetch answers, or fails, as told. */
const senderOver = (send: () => Promise<Response>) =>
  createSender({ system: 'fake', fetch: send, redactor: createRedactor(), nowMs: () => nowMs });
const request = { method: 'POST', url: 'https://api.example.test/login?key=s3cret', headers: {}, body: '{}' };
const failureOf = (send: () => Promise<Response>): Promise<unknown> => rejection(senderOver(send).send(request));

describe('what is said of a base URL', () => {
  it.each([
    ['nowhere', 'baseUrl must be an absolute URL, such as https://api.example.com'],
    ['ftp://api.example.test', 'baseUrl must begin with https:// or http://, not ftp:'],
    ['https://user@api.example.test', 'baseUrl must not hold a user name or password: give them as credentials'],
    ['https://:word@api.example.test', 'baseUrl must not hold a user name or password: give them as credentials'],
    ['https://api.example.test/?a', 'baseUrl must have no query and no fragment'],
    [
      'http://api.example.test/rest',
      'http://api.example.test is plain http, so anybody on the way could read credentials and sessions; use https, or set allowInsecure',
    ],
  ])('%s', (baseUrl, message) => {
    expect(messageOf(() => checkBaseUrl(baseUrl, false))).toBe(message);
  });

  it.each(['http://a.b.localhost', 'http://127.255.10.1'])('nothing, where it is this machine: %s', (baseUrl) => {
    expect(checkBaseUrl(baseUrl, false)).toBe(baseUrl);
  });
});

describe('what is said of a request that got no answer', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('it was never sent: %s', async (code) => {
    const error = await failureOf(() =>
      Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })),
    );
    expect(error).toMatchObject({
      message: `POST https://api.example.test/login got no answer (${code})`,
      system: 'fake',
      neverSent: true,
    });
  });

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'EPIPE'])(
    'it may have arrived: %s',
    async (code) => {
      const error = await failureOf(() => Promise.reject(Object.assign(new Error('x'), { code })));
      expect(error).toMatchObject({ message: expect.stringContaining(`(${code})`), neverSent: false });
    },
  );

  it.each([
    ['an error without a code', new TypeError('no network here')],
    ['a code that is no text', Object.assign(new Error('x'), { code: 7 })],
    ['a cause that is nothing', new Error('x', { cause: null })],
    ['no error at all', null],
    ['a text', 'offline'],
  ])('no code is named where there is none: %s', async (_, thrown) => {
    expect(await failureOf(() => Promise.reject(thrown))).toMatchObject({
      message: 'POST https://api.example.test/login got no answer',
      neverSent: false,
    });
  });

  it('a port that fetch refuses is named as the reason', async () => {
    const error = await failureOf(() => fetch('http://127.0.0.1:1/'));
    expect(error).toMatchObject({
      message: 'POST https://api.example.test/login got no answer (fetch refuses this port, as browsers do)',
    });
  });

  it('the code is found below wrappers, but not for ever', async () => {
    const wrapped = (depth: number): unknown =>
      depth === 0 ? { code: 'ECONNREFUSED' } : new Error('wrapped', { cause: wrapped(depth - 1) });
    expect(await failureOf(() => Promise.reject(wrapped(4)))).toMatchObject({ neverSent: true });
    expect(await failureOf(() => Promise.reject(wrapped(5)))).toMatchObject({ neverSent: false });
    const circle: { cause?: unknown } = {};
    circle.cause = circle;
    expect(await failureOf(() => Promise.reject(circle))).toMatchObject({ neverSent: false });
  });

  it('the caller’s own fetch may fail as it likes: calls say the same', async () => {
    await using it = await openAuthorized(undefined, { fetch: () => Promise.reject(new Error('offline')) });
    expect(await rejection(it.fetch(`${it.url}/x?y=s3cret`))).toMatchObject({
      message: `GET ${it.url}/x got no answer`,
    });
  });
});

describe('what is said of an answer that cannot be used', () => {
  const answering =
    (...[body, init]: ConstructorParameters<typeof Response>) =>
    async (): Promise<Response> =>
      new Response(body, init);
  const breaking = (): ReadableStream =>
    new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) });
  const login = 'POST https://api.example.test/login';

  it.each([
    [
      'a redirect elsewhere',
      answering(null, { status: 307, headers: { location: 'https://elsewhere.example.test/login?key=s3cret' } }),
      `fake: ${login} was answered with a redirect to https://elsewhere.example.test, which is not followed`,
    ],
    [
      'a redirect within the origin',
      answering(null, { status: 300, headers: { location: '/login2' } }),
      `fake: ${login} was answered with a redirect to https://api.example.test, which is not followed`,
    ],
    [
      'a redirect without an address',
      answering(null, { status: 399 }),
      `fake: ${login} was answered with a redirect to nowhere, which is not followed`,
    ],
    [
      'a redirect to what is no address',
      answering(null, { status: 302, headers: { location: 'http://[' } }),
      `fake: ${login} was answered with a redirect to nowhere, which is not followed`,
    ],
    ['a body that breaks off', answering(breaking()), `fake: the answer to ${login} broke off`],
    [
      'a body without end',
      answering(new Uint8Array(2 ** 20 + 1)),
      `fake: the answer to ${login} is larger than 1048576 bytes`,
    ],
  ])('%s', async (_, send, message) => {
    expect(await failureOf(send)).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE', message });
  });

  it('nothing, where it is as large as it may be, or empty', async () => {
    const largest = await senderOver(answering('x'.repeat(2 ** 20))).send(request);
    expect(largest.text).toHaveLength(2 ** 20);
    const empty = await senderOver(answering(null, { status: 204 })).send(request);
    expect(empty).toMatchObject({ status: 204, mediaType: '', text: '', json: undefined });
  });

  it('a call’s answer that breaks off while it is judged is told apart from a refusal', async () => {
    await using it = await openAuthorized(
      (_, response) =>
        void response.writeHead(401, { 'content-length': '100' }).write('half', () => response.destroy()),
      { isOpen: true },
    );
    expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({
      message: 'fake: an answer broke off',
      status: 401,
    });
    expect(it.heard()).toEqual(['login']);
  });
});

describe('what is said of an answer that tells nothing about credentials', () => {
  const answer = (status: number, mediaType: string, headers: Record<string, string> = {}): Answer => ({
    status,
    mediaType,
    headers: new Headers(headers),
    text: '',
    json: undefined,
  });
  const said = (given: Answer): string =>
    messageOf(() =>
      refuseUnbelievable(
        senderOver(() => Promise.reject(new Error('not called'))),
        'GET /x',
        given,
      ),
    );

  it.each([
    [answer(500, 'application/json'), 'fake: GET /x failed with status 500'],
    [answer(502, 'text/html', { 'retry-after': '1' }), 'fake: GET /x failed with status 502'],
    [answer(503, 'text/html'), 'fake: GET /x failed with status 503'],
    [answer(299, 'text/html'), 'fake: GET /x was answered with text/html instead of JSON'],
    [answer(200, ''), 'fake: GET /x was answered with no media type instead of JSON'],
    [answer(429, '', { 'retry-after': '7' }), 'fake limits how often it is called; it asks to wait 7000 ms'],
    [answer(503, '', { 'retry-after': '0' }), 'fake limits how often it is called; it asks to wait 0 ms'],
    [answer(429, ''), 'fake limits how often it is called'],
    [answer(300, 'text/html'), 'nothing was thrown'],
    [answer(499, ''), 'nothing was thrown'],
  ])('%j', (given, message) => {
    expect(said(given)).toBe(message);
  });

  it.each([
    [{ 'retry-after': '12' }, 12_000],
    [{ 'ratelimit-reset': ' 30 ' }, 30_000],
    [{ 'retry-after': ' ', 'ratelimit-reset': '30' }, 30_000],
    [{ 'retry-after': '12', 'ratelimit-reset': '30' }, 12_000],
    [{ 'retry-after': 'in 12' }, undefined],
    [{ 'retry-after': '12 apples' }, undefined],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT' }, 60_000],
    [{ 'retry-after': 'Friday, 02-Jan-26 03:05:05 GMT' }, 60_000],
    [{ 'retry-after': 'Fri, 99 Jan 2026 03:05:05 GMT' }, undefined],
    [{ 'ratelimit-reset': '' }, undefined],
    [{}, undefined],
  ])('how long to wait: %j', (headers, afterMs) => {
    // Headers trim what they are given; other fetches' need not.
    const untrimmed = Object.assign(new Headers(), {
      get: (name: string) => new Map(Object.entries(headers)).get(name) ?? null,
    });
    expect(retryAfterOf(untrimmed, nowMs)).toBe(afterMs);
  });
});

describe('what is said of an answer that does not fit its spec', () => {
  type Validate = AnswerValidators['responses'][string]['content'][string];
  type Violation = NonNullable<Validate['errors']>[number];
  const failing = (...errors: readonly Partial<Violation>[]): Validate =>
    Object.assign(() => false, { errors: errors as readonly Violation[] });
  const described = (content: Record<string, Validate>): AnswerValidators => ({ responses: { '200': { content } } });
  const said = (validators: AnswerValidators | undefined, given: object = {}): string =>
    messageOf(() =>
      checkAnswer(
        'fake',
        'GET /x',
        validators,
        { status: 200, mediaType: 'application/json', json: { a: [1] }, text: '', ...given },
        { redactor: createRedactor() },
      ),
    );
  const root = 'fake: the answer to GET /x (200) does not fit the spec at its root: expected ';

  it('that nothing is described at all, or not this status', () => {
    expect(said(undefined)).toBe(`${root}a documented status, found status 200`);
    expect(said({ responses: { '201': { content: {} }, '4XX': { content: {} } } })).toBe(
      `${root}a documented status, found status 200`,
    );
  });

  it('which media types there are', () => {
    const content = { 'application/json': failing(), 'text/plain': failing() };
    expect(said(described(content), { mediaType: 'text/html' })).toBe(
      `${root}application/json or text/plain, found text/html`,
    );
    expect(said(described(content), { mediaType: '' })).toBe(
      `${root}application/json or text/plain, found no media type`,
    );
    expect(said(described({ '*/*': () => true }), { mediaType: 'text/html' })).toBe('nothing was thrown');
    expect(said(described({}), { mediaType: 'text/html' })).toBe('nothing was thrown');
  });

  it('that it is no JSON', () => {
    expect(said(described({ 'application/json': failing() }), { json: undefined })).toBe(
      `${root}JSON, found text that does not parse as JSON`,
    );
  });

  it.each([
    [
      { instancePath: '/a/0', keyword: 'type', message: 'must be string' },
      '/a/0: expected must be string, found number',
    ],
    [
      { instancePath: '/a', keyword: 'required', params: { missingProperty: 'b' } },
      '/a/b: expected a value, found nothing',
    ],
    [{ instancePath: '/a', keyword: 'required', params: {} }, '/a: expected what the spec says, found array'],
    [
      { instancePath: '/a', keyword: 'dependentRequired', params: { missingProperty: 'b' }, message: 'must have b' },
      '/a: expected must have b, found array',
    ],
    [{ instancePath: '/z/y/x', keyword: 'type' }, '/z/y/x: expected what the spec says, found undefined'],
    [{ instancePath: '/a/0/b', keyword: 'type' }, '/a/0/b: expected what the spec says, found undefined'],
  ])('where, what was expected and which type was found: %j', (error, message) => {
    expect(said(described({ 'application/json': failing(error) }))).toBe(
      `fake: the answer to GET /x (200) does not fit the spec at ${message}`,
    );
  });

  it('where the names hold what pointers escape', () => {
    const json = { 'a/b': { 'c~d': null } };
    expect(said(described({ 'application/json': failing({ instancePath: '/a~1b/c~0d' }) }), { json })).toContain(
      'at /a~1b/c~0d: expected what the spec says, found null',
    );
  });

  it('that it is wrong even where the validator does not say how', () => {
    expect(said(described({ 'application/json': failing() }))).toBe(`${root}what the spec says, found object`);
    expect(said(described({ 'application/json': Object.assign(() => false, { errors: null }) }))).toBe(
      `${root}what the spec says, found object`,
    );
  });
});

describe('what is said of a call', () => {
  it('to another origin', async () => {
    await using it = await openAuthorized();
    expect(await rejection(it.fetch('https://elsewhere.example.test/x?y=s3cret'))).toMatchObject({
      message: `fake: the session is only for ${it.url}, not for https://elsewhere.example.test`,
    });
  });

  it('whose session fits into no header, without the session', async () => {
    const carrier = {
      authorize: () => {
        throw new TypeError('Headers.append: "s3cret\n" is an invalid header value.');
      },
    };
    await using it = await openAuthorized(undefined, { carrier });
    const error = await rejection(it.fetch(`${it.url}/x`));
    expect(error).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
      message: 'fake: the session that the service handed out fits into no header',
      cause: { name: 'TypeError' },
    });
    expect(it.arrived).toEqual([]);
  });

  it('whose input is bad, as the carrier told it', async () => {
    const bad = Object.assign(new TypeError('no such account'), { code: 'ERR_ARGUMENT' });
    const strange = Object.assign(new Error('not a TypeError'), { code: 'ERR_OTHER' });
    for (const [thrown, code] of [
      [bad, 'ERR_ARGUMENT'],
      [strange, 'ERR_SERVICE_UNREACHABLE'],
    ] as const) {
      const authorize = () => {
        throw thrown;
      };
      await using it = await openAuthorized(undefined, { carrier: { authorize } });
      expect(await rejection(it.fetch(`${it.url}/x`))).toMatchObject({ code });
    }
  });

  it('that is redirected in circles', async () => {
    await using it = await openAuthorized((_, response) => void response.writeHead(302, { location: '/b' }).end());
    expect(await rejection(it.fetch(`${it.url}/a?y=s3cret`))).toMatchObject({
      message: `fake: GET ${it.url}/a redirects more than 5 times`,
      status: 302,
    });
  });
});
