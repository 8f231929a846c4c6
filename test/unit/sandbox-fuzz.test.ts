import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSandbox, type SystemName } from '../../src/sandbox/index.ts';
import { logIn, ways } from './sandbox-ways.support.ts';

/** Nested so deeply that what follows it by calling itself runs out of stack. */
const deep = '['.repeat(100_000) + ']'.repeat(100_000);
/** Stands for it until a request is sent, so that a counterexample can be read. */
const deepMark = '@deep@';
const odd = fc.constantFrom<unknown>(
  { toString: 1 },
  { valueOf: 1 },
  1e300,
  -1e12,
  '',
  null,
  true,
  [[[]]],
  'x'.repeat(5_000),
);

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
  'user_id',
  'is_totp_enabled',
  'is_locked',
  'password_expiry',
  'old_password',
  'new_password',
  'target_ust',
  'current_ust',
  'totp_key',
  'totp_label',
  'cur_page',
  'page_size',
  'paginate',
  'name_op',
  'queryString',
  'name',
];
const json = fc.json({ maxDepth: 3 });
const fields = fc
  .dictionary(fc.constantFrom(...words), fc.oneof(fc.jsonValue({ maxDepth: 2 }), odd))
  .map((value) => JSON.stringify(value));
const deepField = fc.constantFrom(...words).map((name) => `{"${name}":${deepMark},"current_app":"CRM"}`);
const deepXml = fc.constantFrom(1_000, 20_000).map((depth) => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`);
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
const body = fc.oneof(
  ...[fc.string({ unit: 'binary' }), json, fields, xml].map((arbitrary) => ({ weight: 12, arbitrary })),
  ...[deepField, deepXml, fc.constant(deepMark)].map((arbitrary) => ({ weight: 1, arbitrary })),
);
const header = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });

const paths: Record<SystemName, readonly string[]> = {
  'zuora-rest': [
    '/v1/connections',
    '/v1/entities',
    '/v1/accounts',
    '/v1/accounts/%E0%A4%A',
    '/v1/action/query',
    '/rest/v1/x',
    '/v1',
  ],
  'zuora-soap': ['/apps/services/a/91.0', '/apps/services/a/', '/apps/services/a/x?wsdl'],
  'zato-sso': [
    'user/login',
    'user/logout',
    'user/session',
    'user/session/list',
    'user',
    'user/search',
    'user/lock',
    'user/password',
    'user/totp',
    'user/approve',
    '',
  ].map((name) => `/zato/sso/${name}`),
  'pulse-crm': ['/auth/login', '/auth/session', '/apikeys', '/auth'],
};

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Queries, and what is almost one. */
const zoql = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        'select',
        'Id',
        ',',
        'from',
        'Account',
        'where',
        '=',
        "'x'",
        "'",
        '\\',
        'and',
        'or',
        ' '.repeat(3_000),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(' ')),
  fc.constantFrom("select Id from Account where Id = 'x' and Name != null", `select ${' '.repeat(9_900)}`),
  fc.string({ unit: 'binary', maxLength: 300 }),
);
const inXml = (text: string) =>
  text.replace(/[&<>]|[^\t\n\x20-\ud7ff]/g, (one) => (one === '&' ? '&amp;' : one === '<' ? '&lt;' : ' '));

/** What only those can ask for who are logged in. */
interface Known {
  readonly query: string;
  readonly call: readonly [method: string, name: string];
  readonly fields: string;
}
const known: fc.Arbitrary<Known> = fc.record({
  query: zoql,
  call: fc.constantFrom<Known['call']>(
    ['PATCH', 'user'],
    ['PATCH', 'user/password'],
    ['PATCH', 'user/totp'],
    ['PATCH', 'user/session'],
    ['POST', 'user/session'],
    ['GET', 'user/session/list'],
    ['GET', 'user/search'],
    ['GET', 'user'],
    ['POST', 'user/lock'],
    ['DELETE', 'user'],
  ),
  fields: fc
    .dictionary(fc.constantFrom(...words), fc.oneof(odd, fc.jsonValue({ maxDepth: 1 })), { minKeys: 1, maxKeys: 3 })
    .map((value) => JSON.stringify(value)),
});

/** The same request, of somebody who is logged in. */
const withSession: Record<SystemName, (bare: Plain, session: string, more: Known) => Plain> = {
  'zuora-rest': (bare, session, { query }) => ({
    ...bare,
    ...(bare.path.endsWith('query') ? { method: 'POST', body: JSON.stringify({ queryString: query }) } : {}),
    headers: { ...bare.headers, cookie: `ZSession=${session}` },
  }),
  'zuora-soap': (bare, session, { query }) => ({
    ...bare,
    method: 'POST',
    path: '/apps/services/a/91.0',
    body:
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://api.zuora.com/"><e:Header><SessionHeader>' +
      `<session>${session}</session></SessionHeader></e:Header><e:Body>` +
      (bare.body.startsWith('<a>')
        ? `<query>${bare.body}</query>`
        : `<query><queryString>${inXml(query)}</queryString></query>`) +
      '</e:Body></e:Envelope>',
  }),
  'zato-sso': (bare, session, { call: [method, name], fields }) => ({
    ...bare,
    method,
    path: `/zato/sso/${name}`,
    body: bare.body.includes(deepMark) ? bare.body : fields,
    query: `${bare.query}&${new URLSearchParams({ ust: session, current_ust: session, current_app: 'CRM' })}`,
  }),
  'pulse-crm': (bare, session) => ({ ...bare, headers: { ...bare.headers, authorization: `Bearer ${session}` } }),
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

/** What each system says where something inside it broke that nobody thought of. */
const unexpected = /Internal error|Internal Server Error|Unexpected error\.|something unexpected went wrong/;

/** For one request. A guard against hangs, not a measurement. */
const LONGEST_MS = 2_000;

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

  it.each(ways)(
    '$system, to strangers and to callers with a live session',
    async (way) => {
      const { system } = way;
      const sandbox = createSandbox({ seed: 'fuzz', journalSize: 1 });
      const twin = sandbox.twins[system];
      const request = fc.record({
        path: fc.constantFrom(...paths[system]),
        query: fc.oneof(fc.constant(''), fc.webQueryParameters()),
        method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'),
        name: fc.constantFrom(
          'authorization',
          'cookie',
          'apiaccesskeyid',
          'x-account-id',
          'content-encoding',
          'entityid',
          'idempotency-key',
        ),
        value: fc.oneof(header, fc.constantFrom('gzip', 'Bearer x', 'ZSession=', `ZSession ${'A'.repeat(256)}`)),
        body,
        isKnown: fc.boolean(),
        known,
      });
      let session = '';
      let served = 0;
      await fc.assert(
        fc.asyncProperty(request, async ({ path, query, method, name, value, body, isKnown, known }) => {
          served += 1;
          // Whoever is logged in may lock, change or delete users, also the one that the next session is for.
          if (served % 50 === 1 || (isKnown && twin.liveSessions() === 0)) {
            sandbox.reset();
            session = await logIn(sandbox, way);
          }
          const bare: Plain = {
            method,
            path: path.split('?')[0] ?? '',
            query: path.split('?')[1] ?? query,
            headers: { [name]: value, 'user-agent': 'fuzz' },
            body,
          };
          const { body: text, ...rest } = isKnown ? withSession[system](bare, session, known) : bare;
          const sent = {
            ...rest,
            origin: 'http://fuzz.test',
            body: Buffer.from(text.replaceAll(deepMark, deep)),
            remoteAddress: '127.0.0.1',
          };
          const startMs = performance.now();
          const delivery = await twin.serve(sent);
          expect(performance.now() - startMs).toBeLessThan(LONGEST_MS);
          expect(delivery.kind).toBe('whole');
          if (delivery.kind !== 'dropped') expect(String(delivery.answer.body)).not.toMatch(unexpected);
          expect(twin.liveSessions()).toBeLessThanOrEqual(1);
          const [entry] = sandbox.journal.entries();
          expect(entry).toMatchObject({ system });
          if (isKnown) expect(JSON.stringify(entry)).not.toContain(session);
        }),
        { numRuns: RUNS, seed: 7 },
      );
    },
    180_000,
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
