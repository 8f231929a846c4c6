import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../src/cli/call/answer.ts';
import { findRest } from '../../src/cli/call/operations.ts';
import { type RestInput, writeRequest } from '../../src/cli/call/request.ts';
import type { OperationFacts } from '../../src/transport/operations.ts';

const operations: readonly OperationFacts[] = [
  {
    id: 'getAccount',
    method: 'GET',
    path: '/v1/accounts/{key}/notes/{note}',
    role: 'call',
    session: [{ in: 'header', name: 'Authorization', fills: 'secret' }],
  },
  {
    id: 'noteAccount',
    method: 'POST',
    path: '/v1/accounts/{key}/notes',
    role: 'call',
    session: [
      { in: 'body', name: 'ust', fills: 'secret' },
      { in: 'body', name: 'current_app', fills: 'app' },
    ],
  },
];

function written(asked: string, input: Partial<RestInput> = {}, baseUrl = 'https://api.example.com/rest/') {
  const operation = findRest(operations, asked) ?? expect.fail(`there is no ${asked}`);
  return writeRequest(operation, baseUrl, { params: [], headers: [], data: undefined, ...input });
}

describe('a call of REST', () => {
  it('has its parameters where the path names them, escaped, and the rest in the query', () => {
    const params = [
      ['note', 'a/b?c'],
      ['key', 'A 1'],
      ['page', '2'],
      ['page', '3&4'],
    ] as const;
    expect(written('getAccount', { params })).toMatchObject({
      method: 'GET',
      url: 'https://api.example.com/rest/v1/accounts/A%201/notes/a%2Fb%3Fc?page=2&page=3%264',
      body: null,
    });
  });

  it('can be named by its path, with or without values, and with a query', () => {
    expect(written('get /v1/accounts/A1/notes/7?page=2').url).toBe(
      'https://api.example.com/rest/v1/accounts/A1/notes/7?page=2',
    );
    const params = [['key', 'A1']] as const;
    expect(written('POST /v1/accounts/{key}/notes', { params }).url).toBe(
      'https://api.example.com/rest/v1/accounts/A1/notes',
    );
    for (const none of ['GET /v1/accounts', 'PUT /v1/accounts/A1/notes', 'getaccount', 'GET', '']) {
      expect(findRest(operations, none), none).toBeUndefined();
    }
  });

  it('is refused without the parameters of its path, all of which are named', () => {
    expect(() => written('getAccount')).toThrow('needs --param key=… and --param note=…');
    expect(() => written('getAccount', { params: [['key', '']] })).toThrow('--param key=…');
  });

  it.each(['.', '..'])('is refused with "%s" in its path, which would lead elsewhere', (dots) => {
    const params = [
      ['key', dots],
      ['note', '1'],
    ] as const;
    expect(() => written('getAccount', { params })).toThrow('cannot stand between slashes');
    expect(() => written(`POST /v1/accounts/${dots}/notes`)).toThrow('cannot stand between slashes');
    expect(() => written(`POST /v1/accounts/${dots.replaceAll('.', '%2e')}/notes`)).toThrow('between slashes');
  });

  it('has fields of the spec in its body, and else the body as it was written', () => {
    const params = [
      ['key', 'A1'],
      ['current_app', 'CRM'],
    ] as const;
    const data = '{"id": 12345678901234567890}';
    expect(written('noteAccount', { params, data: '{"text": "x"}' }).body).toBe('{"text":"x","current_app":"CRM"}');
    expect(written('noteAccount', { params }).body).toBe('{"current_app":"CRM"}');
    const [key] = params;
    expect(written('noteAccount', { params: [key], data }).body).toBe(data);
    expect(() => written('noteAccount', { params, data: '[]' })).toThrow('--data must be a JSON object');
    expect(() => written('noteAccount', { params: [...params, ['ust', 'x']] })).toThrow('put there by latchkey');
  });

  it('may have a body of another media type', () => {
    const headers = [['content-type', 'text/csv']] as const;
    const request = written('noteAccount', { params: [['key', 'A1']], headers, data: 'a,b' });
    expect(request.body).toBe('a,b');
    expect(request.headers.get('content-type')).toBe('text/csv');
  });

  it.each(['Authorization', 'Cookie', 'apiSecretAccessKey'])('takes no %s, and quotes none', (name) => {
    const headers = [[name, 'hush-hush']] as const;
    const params = [['key', 'A1']] as const;
    expect(() => written('noteAccount', { params, headers })).toThrow(new RegExp(`^--header ${name}: [^:]*latchkey`));
  });
});

describe('an answer', () => {
  const headers = { 'content-type': 'application/json', 'Set-Cookie': 'a=b', 'X-Auth-Token': 'c', 'X-Echo': 'k"1' };
  const answerTo = (body: string, status = 200) => readAnswer(new Response(body, { status, headers }), ['k"1', '']);

  it('is laid out without touching a value', async () => {
    const body = '{"n":12345678901234567890,"e":1E400,"t":"a{[,:\\"\\\\","l":[],"o":{},"d":[1,{"x":[null]}]}';
    const { text } = await answerTo(body);
    expect(text).toBe(`{
  "n": 12345678901234567890,
  "e": 1E400,
  "t": "a{[,:\\"\\\\",
  "l": [],
  "o": {},
  "d": [
    1,
    {
      "x": [
        null
      ]
    }
  ]
}`);
  });

  it('is laid out as JSON.stringify would, whatever it is', async () => {
    for (const value of [null, 'a', 1, [], {}, [[]], [{}], { a: [1, 'b\n'] }, [[], {}, [1]], { '': { ' ': false } }]) {
      expect((await answerTo(JSON.stringify(value))).text).toBe(JSON.stringify(value, null, 2));
    }
  });

  it('has no session, in whichever form, and no header that may hold one', async () => {
    const { text, data, headers: shown } = await answerTo('{"token":"k\\"1","url":"/?t=k%221"}');
    expect(data).toEqual({ token: '[redacted]', url: '/?t=[redacted]' });
    expect(text).not.toMatch(/k.{1,2}1/);
    expect(shown).toEqual({ 'content-type': 'application/json', 'x-echo': '[redacted]' });
  });

  it('is a failure by its status or by what it says', async () => {
    const verdicts = [
      await answerTo('{}'),
      await answerTo('{}', 400),
      await answerTo('{"success":false}'),
      await answerTo('{"status":"error"}'),
      await answerTo('{"success":true,"status":"ok"}'),
      await answerTo('no JSON', 302),
    ].map(({ isFailure }) => isFailure);
    expect(verdicts).toEqual([false, true, true, true, false, false]);
  });

  it('is null where it is empty, and a text where it is no JSON', async () => {
    expect(await answerTo('')).toMatchObject({ data: null, text: '' });
    expect(await answerTo('<p>\n')).toMatchObject({ data: '<p>\n', text: '<p>' });
  });
});
