import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSandbox, type SystemName } from '../../src/sandbox/index.ts';

const words = [
  'username',
  'password',
  'current_app',
  'CRM',
  'ust',
  'apiKey',
  'apiSecret',
  'email',
  '__proto__',
  'constructor',
  'totp_code',
  'remote_addr',
  'login',
  'query',
  'Envelope',
];
const json = fc.json({ maxDepth: 3 });
const fields = fc
  .dictionary(fc.constantFrom(...words), fc.jsonValue({ maxDepth: 2 }))
  .map((value) => JSON.stringify(value));
const xml = fc
  .array(
    fc.constantFrom(
      '<a>',
      '</a>',
      '<![CDATA[',
      '&x;',
      '<!--',
      '<?p?>',
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">',
      '<s:Body>',
      '<login xmlns="http://api.zuora.com/">',
      '</login>',
      '</s:Body>',
      '</s:Envelope>',
      'x',
    ),
  )
  .map((parts) => parts.join(''));
const body = fc.oneof(fc.string({ unit: 'binary' }), json, fields, xml);
const header = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });

const paths: Record<SystemName, readonly string[]> = {
  'zuora-rest': ['/v1/connections', '/v1/entities', '/v1/accounts', '/v1/accounts/%E0%A4%A', '/rest/v1/x', '/v1'],
  'zuora-soap': ['/apps/services/a/91.0', '/apps/services/a/', '/apps/services/a/x?wsdl'],
  'zato-sso': [
    'user/login',
    'user/logout',
    'user/session',
    'user/session/list',
    'user',
    'user/search',
    'user/lock',
    '',
  ].map((name) => `/zato/sso/${name}`),
  'pulse-crm': ['/auth/login', '/auth/session', '/apikeys', '/auth'],
};

/** Logins that are right but for the secret, by system; the secret is any JSON value, or its text. */
const almost: Record<SystemName, (secret: fc.Arbitrary<unknown>) => fc.Arbitrary<Almost>> = {
  'zuora-rest': (secret) =>
    secret.map((value) => ({
      path: '/v1/connections',
      headers: { apiaccesskeyid: 'username@company.com', apisecretaccesskey: textOf(value) },
      body: '{}',
    })),
  'zuora-soap': (secret) =>
    fc.tuple(secret, fc.constantFrom('', '<z:entityId>1</z:entityId>')).map(([value, more]) => ({
      path: '/apps/services/a/91.0',
      headers: { 'content-type': 'text/xml', soapaction: '""' },
      body:
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="http://api.zuora.com/"><e:Body><z:login>' +
        `<z:username>username@company.com</z:username><z:password>${textOf(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</z:password>${more}</z:login></e:Body></e:Envelope>`,
    })),
  'zato-sso': (secret) =>
    fc.tuple(secret, fc.boolean()).map(([password, isInQuery]) => {
      const form = { username: 'user1', password, current_app: 'CRM' };
      const query = new URLSearchParams({ ...form, password: textOf(password) });
      return {
        path: `/zato/sso/user/login${isInQuery ? `?${query}` : ''}`,
        headers: {},
        body: isInQuery ? '' : JSON.stringify(form),
      };
    }),
  'pulse-crm': (secret) =>
    fc.tuple(secret, fc.boolean()).map(([value, isKey]) => ({
      path: '/auth/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        isKey
          ? { apiKey: 'apiKey-000000000001', apiSecret: value }
          : { email: 'ada@pulse.example.test', password: value },
      ),
    })),
};

interface Almost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The secrets that would be right. */
const right = new Set(['password', 'SD:n25a9-?Z8e-49bQ  D%', 'secret-000000000001', 'pulse-password-1']);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : String(JSON.stringify(value)));
/** A right one with something about it changed, or anything. */
const nearly = fc
  .tuple(fc.constantFrom(...right), fc.integer({ min: 0, max: 30 }), fc.string({ maxLength: 3 }))
  .map(([secret, at, put]) => secret.slice(0, at) + put + secret.slice(at + 1));
const secrets = fc
  .oneof(
    nearly,
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(...right).map((secret) => [secret]),
  )
  .filter((value) => !right.has(textOf(value).trim()));

/** Where nothing else waits for the machine, as in CI, many more. */
const RUNS = process.env.CI === 'true' ? 20_000 : 2_000;

describe('no request, however malformed, breaks a twin or logs anyone in', () => {
  it.each(Object.entries(almost))(
    '%s: not one that is right but for its secret',
    async (system, logins) => {
      const sandbox = createSandbox({ seed: 'fuzz', journalSize: 0, settings: { zuora: { lockoutMs: 20 * 60_000 } } });
      const [twin] = Object.values(sandbox.twins).filter((candidate) => candidate.system === system);
      if (twin === undefined) throw new Error(`no twin for ${system}`);
      await fc.assert(
        fc.asyncProperty(logins(secrets), async ({ path, headers, body }) => {
          const [bare = '', query = ''] = path.split(/\?(.*)/s);
          const delivery = await twin.serve({
            method: 'POST',
            origin: 'http://fuzz.test',
            path: bare,
            query,
            headers: { ...headers, 'user-agent': 'fuzz' },
            body: Buffer.from(body),
            remoteAddress: '127.0.0.1',
          });
          expect(delivery.kind).toBe('whole');
          expect(twin.liveSessions()).toBe(0);
          // Nobody is locked out: what refuses is the secret.
          sandbox.reset();
        }),
        { numRuns: RUNS / 10, seed: 11 },
      );
    },
    60_000,
  );

  it.each(Object.entries(paths))(
    '%s',
    async (system, known) => {
      const sandbox = createSandbox({ seed: 'fuzz', journalSize: 0 });
      const request = fc.record({
        path: fc.constantFrom(...known),
        query: fc.oneof(fc.constant(''), fc.webQueryParameters()),
        method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'),
        name: fc.constantFrom(
          'authorization',
          'cookie',
          'apiaccesskeyid',
          'x-account-id',
          'content-encoding',
          'entityid',
        ),
        value: fc.oneof(header, fc.constantFrom('gzip', 'Bearer x', 'ZSession=', `ZSession ${'A'.repeat(256)}`)),
        body,
      });
      const [twin] = Object.values(sandbox.twins).filter((candidate) => candidate.system === system);
      if (twin === undefined) throw new Error(`no twin for ${system}`);
      await fc.assert(
        fc.asyncProperty(request, async ({ path, query, method, name, value, body }) => {
          const delivery = await twin.serve({
            method,
            origin: 'http://fuzz.test',
            path: path.split('?')[0] ?? '',
            query: path.split('?')[1] ?? query,
            headers: { [name]: value, 'user-agent': 'fuzz' },
            body: Buffer.from(body),
            remoteAddress: '127.0.0.1',
          });
          expect(delivery.kind).toBe('whole');
        }),
        { numRuns: RUNS, seed: 7 },
      );
      expect(twin.liveSessions()).toBe(0);
    },
    120_000,
  );
});

describe('whatever arrives at its port', () => {
  it('breaks nothing: the next request is answered', async () => {
    const sandbox = createSandbox({ seed: 'fuzz', journalSize: 0 });
    await using server = await sandbox.listen();
    const lines = fc.array(
      fc.constantFrom(
        'GET /auth/session HTTP/1.1\r\n',
        'POST /auth/login HTTP/1.1\r\n',
        'Host: x\r\n',
        'Content-Length: 5\r\n',
        'Content-Length: -1\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Content-Encoding: gzip\r\n',
        '\r\n',
        'ffffffff\r\n',
        '0\r\n\r\n',
        '{"apiKey":',
        '\u0000',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      ),
      { maxLength: 8 },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      lines.map((parts) => Buffer.from(parts.join(''))),
    );
    const send = (data: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => {
          socket.end(data);
        });
        socket.on('error', () => {}).on('close', () => resolve());
        socket.resume().setTimeout(2000, () => socket.destroy());
      });
    await fc.assert(
      fc.asyncProperty(bytes, async (data) => {
        await send(data);
      }),
      { numRuns: RUNS / 10, seed: 5 },
    );
    expect(sandbox.twins['pulse-crm'].liveSessions()).toBe(0);
    expect((await fetch(`${server.url}/auth/session`)).status).toBe(401);
  }, 120_000);
});
