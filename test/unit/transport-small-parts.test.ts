import { describe, expect, it } from 'vitest';
import { ContractViolationError, RateLimitedError, ServiceUnreachableError } from '../../src/errors.ts';
import { createRedactor } from '../../src/redact.ts';
import { refuseUnbelievable, skewOf } from '../../src/transport/believe.ts';
import { bufferUpTo, isJson, mediaTypeOf, textOf } from '../../src/transport/bodies.ts';
import { type AnswerValidators, checkAnswer } from '../../src/transport/contract-check.ts';
import { cookieOf, withCookie } from '../../src/transport/cookies.ts';
import { type OperationFacts, operationFinder } from '../../src/transport/operations.ts';
import { checkBaseUrl, describeCall } from '../../src/transport/origins.ts';
import { type Answer, createSender } from '../../src/transport/send.ts';

type Validate = AnswerValidators['responses'][string]['content'][string];

const thrown = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('a base URL', () => {
  it.each([
    ['https://api.example.test', 'https://api.example.test'],
    ['https://api.example.test/', 'https://api.example.test'],
    ['https://api.example.test/rest///', 'https://api.example.test/rest'],
    ['HTTPS://API.example.test:443/Rest', 'https://api.example.test/Rest'],
    ['http://127.0.0.1:17010', 'http://127.0.0.1:17010'],
    ['http://127.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://localhost:3000/base', 'http://localhost:3000/base'],
    ['http://pulse.localhost', 'http://pulse.localhost'],
  ])('%s is taken', (given, expected) => {
    expect(checkBaseUrl(given, false)).toBe(expected);
  });

  it.each([
    ['api.example.test', 'ERR_BASE_URL'],
    ['/rest', 'ERR_BASE_URL'],
    ['', 'ERR_BASE_URL'],
    [undefined, 'ERR_BASE_URL'],
    [new URL('https://api.example.test'), 'ERR_BASE_URL'],
    ['ftp://api.example.test', 'ERR_BASE_URL'],
    ['file:///etc/passwd', 'ERR_BASE_URL'],
    ['https://api.example.test/?tenant=1', 'ERR_BASE_URL'],
    ['https://api.example.test/#top', 'ERR_BASE_URL'],
    ['https://user:s3cret@api.example.test', 'ERR_BASE_URL'],
    ['http://api.example.test', 'ERR_INSECURE_URL'],
    ['http://127.0.0.1.example.test', 'ERR_INSECURE_URL'],
    ['http://localhost.example.test', 'ERR_INSECURE_URL'],
    ['http://notlocalhost', 'ERR_INSECURE_URL'],
    ['http://0.0.0.0', 'ERR_INSECURE_URL'],
    ['http://10.0.0.1', 'ERR_INSECURE_URL'],
    ['http://[::ffff:127.0.0.1]', 'ERR_INSECURE_URL'],
  ])('%s is refused', (given, code) => {
    const error = thrown(() => checkBaseUrl(given, false));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('s3cret');
  });

  it('may be plain http to another machine when that is allowed in so many words', () => {
    expect(checkBaseUrl('http://10.0.0.1/x', true)).toBe('http://10.0.0.1/x');
  });

  it('is shown without its query', () => {
    expect(describeCall('GET', 'https://x.test/a/b?ust=s3cret#c')).toBe('GET https://x.test/a/b');
  });
});

describe('cookies', () => {
  const answered = (...lines: string[]): Headers => {
    const headers = new Headers();
    for (const line of lines) headers.append('set-cookie', line);
    return headers;
  };

  it.each([
    [['ZSession=abc; Path=/; Secure; HttpOnly'], 'abc'],
    [['JSESSIONID=x; Path=/apps', 'ZSession=abc; Path=/', 'other=y'], 'abc'],
    [['ZSession=old', 'ZSession=new'], 'new'],
    [['ZSession=a=b==; Path=/'], 'a=b=='],
    [[' ZSession = abc '], 'abc'],
    [['other=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT', 'ZSession=abc'], 'abc'],
    [['zsession=lower'], undefined],
    [['XZSession=other', 'ZSessionX=other'], undefined],
    [['ZSession=; Max-Age=0'], undefined],
    [['ZSession=abc', 'ZSession=; Max-Age=0'], undefined],
    [['ZSession'], undefined],
    [['=abc'], undefined],
    [[], undefined],
  ])('of %j hold %s', (lines, expected) => {
    expect(cookieOf(answered(...lines), 'ZSession')).toBe(expected);
  });

  it('that the caller set stay in front', () => {
    expect(withCookie(null, 'ZSession', 'abc')).toBe('ZSession=abc');
    expect(withCookie('', 'ZSession', 'abc')).toBe('ZSession=abc');
    expect(withCookie('a=1; b=2', 'ZSession', 'abc')).toBe('a=1; b=2; ZSession=abc');
    expect(withCookie(' a=1; ', 'ZSession', 'abc')).toBe('a=1; ZSession=abc');
  });
});

describe('bodies', () => {
  const chunked = (...parts: string[]): ReadableStream<Uint8Array<ArrayBuffer>> =>
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(new Uint8Array(Buffer.from(part)));
        controller.close();
      },
    });
  const read = async (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

  it('up to the limit are held whole', async () => {
    const body = await bufferUpTo(chunked('abc', '', 'de'), 5);
    expect(body.kind === 'bytes' && textOf(body.bytes)).toBe('abcde');
    expect(await bufferUpTo(null, 5)).toEqual({ kind: 'none' });
    const empty = await bufferUpTo(chunked(), 5);
    expect(empty.kind === 'bytes' && empty.bytes.byteLength).toBe(0);
  });

  it('past the limit stay streams that have lost nothing', async () => {
    const body = await bufferUpTo(chunked('abc', 'de', 'f', 'ghi'), 5);
    expect(body.kind === 'stream' && (await read(body.stream))).toBe('abcdefghi');
  });

  it('that break off say so, held or not', async () => {
    const breaking = (after: number): ReadableStream<Uint8Array<ArrayBuffer>> => {
      let sent = 0;
      return new ReadableStream({
        pull(controller) {
          if (sent++ >= after) controller.error(new Error('broke off'));
          else controller.enqueue(new Uint8Array(4));
        },
      });
    };
    await expect(bufferUpTo(breaking(1), 100)).rejects.toThrow('broke off');
    const body = await bufferUpTo(breaking(3), 5);
    await expect(body.kind === 'stream' && read(body.stream)).rejects.toThrow('broke off');
  });

  it('that nobody reads on are given up at their source', async () => {
    let reason: unknown;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(4)),
      cancel: (why) => {
        reason = why;
      },
    });
    const body = await bufferUpTo(source, 5);
    if (body.kind === 'stream') await body.stream.cancel('enough');
    expect(reason).toBe('enough');
  });

  it('are JSON by their media type', () => {
    const typeOf = (type: string): string => mediaTypeOf(new Headers({ 'content-type': type }));
    expect(typeOf('Application/JSON; charset=utf-8')).toBe('application/json');
    expect(typeOf(' text/html ')).toBe('text/html');
    expect(mediaTypeOf(new Headers())).toBe('');
    expect(['application/json', 'application/problem+json'].every(isJson)).toBe(true);
    expect(['text/json', 'application/jsonp', 'text/html', ''].some(isJson)).toBe(false);
  });

  it('that are no UTF-8 are read all the same', () => {
    expect(textOf(new Uint8Array([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
  });
});

describe('operations', () => {
  const facts = (id: string, method: string, path: string): OperationFacts => ({
    id,
    method,
    path,
    role: 'call',
    session: [],
  });
  const find = operationFinder([
    facts('one', 'GET', '/v1/accounts/{key}'),
    facts('mine', 'GET', '/v1/accounts/mine'),
    facts('create', 'POST', '/v1/accounts'),
    facts('file', 'GET', '/v1/{kind}/files/{name}.{type}'),
  ]);

  it.each([
    ['GET', '/v1/accounts/A1', 'one'],
    ['GET', '/v1/accounts/mine', 'mine'],
    ['GET', '/v1/accounts/A%2F1', 'one'],
    ['POST', '/v1/accounts', 'create'],
    ['GET', '/v1/bills/files/a.pdf', 'file'],
    ['GET', '/v1/accounts/A1/more', undefined],
    ['GET', '/v1/accounts/', undefined],
    ['DELETE', '/v1/accounts/A1', undefined],
    ['GET', '/v1/bills/files/apdf', undefined],
    ['GET', '/V1/accounts/A1', undefined],
  ])('are found by method and path: %s %s', (method, path, id) => {
    expect(find(method, path)?.id).toBe(id);
  });
});

describe('answers worth believing', () => {
  const nowMs = Date.parse('2026-01-02T03:04:05Z');
  const sender = createSender({ system: 'test', fetch, redactor: createRedactor(), nowMs: () => nowMs });
  const answer = (status: number, mediaType: string, headers: Record<string, string> = {}): Answer => ({
    status,
    mediaType,
    headers: new Headers(headers),
    text: '',
    json: undefined,
  });
  const judged = (given: Answer): unknown => {
    try {
      refuseUnbelievable(sender, 'GET /x', given, { cid: 'c1' });
    } catch (error) {
      return error;
    }
    return 'believed';
  };

  it.each([
    [200, 'application/json', {}, 'believed'],
    [201, 'application/problem+json', {}, 'believed'],
    [400, 'text/html', {}, 'believed'],
    [401, '', {}, 'believed'],
    [404, 'text/plain', {}, 'believed'],
  ])('include %d %s', (status, type, headers, expected) => {
    expect(judged(answer(status, type, headers))).toBe(expected);
  });

  it.each([
    [200, 'text/html'],
    [204, ''],
    [500, 'application/json'],
    [502, 'text/html'],
    [503, 'application/json'],
  ])('do not include %d %s', (status, type) => {
    const error = judged(answer(status, type));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(error).toMatchObject({ status, neverSent: false });
  });

  it.each([
    [429, {}, undefined],
    [429, { 'retry-after': '120' }, 120_000],
    [429, { 'retry-after': '0' }, 0],
    [429, { 'retry-after': ' 7 ' }, 7000],
    [503, { 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT' }, 60_000],
    [429, { 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT' }, 0],
    [429, { 'retry-after': 'soon' }, undefined],
    [429, { 'retry-after': '' }, undefined],
  ])('about limits say how long to wait: %d %j', (status, headers, retryAfterMs) => {
    const error = judged(answer(status, 'text/html', headers));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs, requestIds: { cid: 'c1' } });
  });

  it('tell how far the two clocks are apart, in whole seconds', () => {
    const at = (date: string): number => skewOf(new Headers({ date }), nowMs);
    expect(at('Fri, 02 Jan 2026 03:04:05 GMT')).toBe(0);
    expect(at('Fri, 02 Jan 2026 04:04:05 GMT')).toBe(3_600_000);
    expect(at('Fri, 02 Jan 2026 03:03:05 GMT')).toBe(-60_000);
    expect(skewOf(new Headers({ date: 'Fri, 02 Jan 2026 03:04:05 GMT' }), nowMs + 999)).toBe(0);
    expect(at('yesterday')).toBe(0);
    expect(skewOf(new Headers(), nowMs)).toBe(0);
  });
});

describe('an answer held against its spec', () => {
  const failing = (instancePath: string, keyword = 'type', params: Record<string, unknown> = {}): Validate =>
    Object.assign(() => false, { errors: [{ instancePath, keyword, params, message: 'must be string' }] });
  const passing: Validate = () => true;
  const json = (validate: Validate) => ({ content: { 'application/json': validate } });
  const about = { redactor: createRedactor(), requestIds: { cid: 'c1' } };
  const check = (responses: Record<string, { content: Record<string, Validate> }>, answer: object): unknown => {
    const given = { status: 200, mediaType: 'application/json', json: {}, text: '{}', ...answer };
    try {
      checkAnswer('test', 'GET /x', { responses }, given, about);
    } catch (error) {
      return error;
    }
    return 'fits';
  };

  it('fits by exact status, by class of status, or by default', () => {
    expect(check({ '200': json(passing) }, {})).toBe('fits');
    expect(check({ '2XX': json(passing) }, { status: 201 })).toBe('fits');
    expect(check({ default: json(passing) }, { status: 418 })).toBe('fits');
    expect(check({ '200': json(passing), '2XX': json(failing('/a')) }, {})).toBe('fits');
    expect(check({ '204': { content: {} } }, { status: 204, mediaType: '', json: undefined })).toBe('fits');
  });

  it('violates it by a status or a media type that is not described', () => {
    expect(check({ '200': json(passing) }, { status: 302 })).toMatchObject({
      expected: 'a documented status',
      found: 'status 302',
    });
    expect(check({ '200': json(passing) }, { mediaType: 'text/html' })).toMatchObject({
      expected: 'application/json',
      found: 'text/html',
    });
    expect(check({ '200': json(passing) }, { mediaType: '' })).toMatchObject({ found: 'no media type' });
  });

  it('violates it by text that is no JSON', () => {
    expect(check({ '200': json(passing) }, { json: undefined })).toBeInstanceOf(ContractViolationError);
  });

  it('names the place and the type that was found, never the value', () => {
    const body = { a: [{ 'b/c': 's3cret' }], n: null };
    const error = check({ '200': json(failing('/a/0/b~1c')) }, { json: body });
    expect(error).toMatchObject({
      place: '/a/0/b~1c',
      expected: 'must be string',
      found: 'string',
      requestIds: { cid: 'c1' },
    });
    expect(String(error)).not.toContain('s3cret');
    expect(check({ '200': json(failing('/a')) }, { json: body })).toMatchObject({ found: 'array' });
    expect(check({ '200': json(failing('/n')) }, { json: body })).toMatchObject({ found: 'null' });
    expect(check({ '200': json(failing('')) }, { json: body })).toMatchObject({ place: '', found: 'object' });
    const missing = failing('/a/0', 'required', { missingProperty: 'token' });
    expect(check({ '200': json(missing) }, { json: body })).toMatchObject({ place: '/a/0/token', found: 'nothing' });
  });

  it('of text is held against the text: documented HTML is no violation', () => {
    const text: Validate = (data) => typeof data === 'string';
    const answer = { status: 404, mediaType: 'text/html', json: undefined, text: '<h1>Not found</h1>' };
    expect(check({ '4XX': { content: { 'text/html': text } } }, answer)).toBe('fits');
  });
});
