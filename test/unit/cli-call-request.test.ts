import { describe, expect, it } from 'vitest';
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
    id: 'findAccounts',
    method: 'GET',
    path: '/v1/accounts/find',
    role: 'call',
    session: [{ in: 'query', name: 'ust', fills: 'secret' }],
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

interface Input extends Partial<Omit<RestInput, 'data'>> {
  readonly data?: string;
}

function written(asked: string, { data, ...input }: Input = {}, baseUrl = 'https://api.example.com/rest/') {
  const operation = findRest(operations, asked) ?? expect.fail(`there is no ${asked}`);
  const content = data === undefined ? undefined : { text: data, from: '--data', isInline: true };
  return writeRequest(operation, baseUrl, { params: [], headers: [], ...input, data: content });
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

  it('takes no session in the query or the body, wherever those come from, and quotes none', () => {
    const params = [['key', 'A1']] as const;
    const data = '{"ust": "hush-hush"}';
    expect(() => written('noteAccount', { params, data })).toThrow(/^ust in --data: [^:]*latchkey, and is no value/);
    expect(() => written('GET /v1/accounts/find?ust=hush-hush')).toThrow(/^ust in the query: [^:]*latchkey/);
    expect(() => written('findAccounts', { params: [['ust', 'hush-hush']] })).toThrow(/^--param ust: [^:]*latchkey/);
    expect(written('noteAccount', { params, data: '{"text": {"ust": 1}}' }).body).toBe('{"text": {"ust": 1}}');
  });

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'Expect', 'upgrade'])(
    'takes no %s: it is of the connection',
    (name) => {
      const params = [['key', 'A1']] as const;
      expect(() => written('noteAccount', { params, headers: [[name, '5']] })).toThrow(`--header ${name}: it belongs`);
    },
  );
});
