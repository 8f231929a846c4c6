import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSandbox,
  defaultPulseUsers,
  defaultZatoUsers,
  type JournalEntry,
  type Sandbox,
  type SystemName,
  systemNames,
} from '../../src/sandbox/index.ts';
import { totpCode } from '../../src/sandbox/totp.ts';

const NOW_MS = Date.UTC(2026, 9, 2, 12, 0, 0);
const still = { clock: { nowMs: () => NOW_MS }, seed: 'journal' };
const origin = 'https://any.test';

const send = (sandbox: Sandbox, path: string, init: RequestInit = {}) =>
  sandbox.handle(new Request(origin + path, init));
const post = (sandbox: Sandbox, path: string, body: unknown, headers: Record<string, string> = {}) =>
  send(sandbox, path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
const pulseLogin = (sandbox: Sandbox) =>
  post(sandbox, '/auth/login', { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' });
const zatoLogin = (sandbox: Sandbox, username: string, more: object = {}) =>
  post(
    sandbox,
    '/zato/sso/user/login',
    { username, password: `${username}-Pa55-phrase`, current_app: 'CRM', ...more },
    { 'User-Agent': 'test' },
  );
const envelope = (payload: string, header = '') =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://api.zuora.com/">${header}<s:Body>${payload}</s:Body></s:Envelope>`;
const soap = (sandbox: Sandbox, payload: string, header?: string) =>
  post(sandbox, '/apps/services/a/91.0', envelope(payload, header));
const soapLogin = (sandbox: Sandbox, password = 'password') =>
  soap(sandbox, `<login><username>username@company.com</username><password>${password}</password></login>`);

const newest = (sandbox: Sandbox): JournalEntry => {
  const [entry] = sandbox.journal.entries({ limit: 1 });
  if (entry === undefined) throw new Error('the journal is empty');
  return entry;
};
const headersOf = (message: JournalEntry['request']) => Object.fromEntries(message?.headers ?? []);

describe('what the journal shows of an exchange', () => {
  it('is both bodies and all headers, the secrets masked by their names: JSON', async () => {
    const sandbox = createSandbox(still);
    const { token } = await (await pulseLogin(sandbox)).json();
    await send(sandbox, '/auth/session', { headers: { Authorization: `Bearer ${token}`, 'X-Other': 'plain' } });
    const [login, call] = sandbox.journal.entries();
    expect(login?.request?.body).toBe('{"apiKey":"***","apiSecret":"***"}');
    expect(JSON.parse(login?.answer?.body ?? '')).toMatchObject({ id: 1001, token: '***' });
    expect(headersOf(login?.answer)).toMatchObject({ 'Content-Type': 'application/json; charset=utf-8' });
    expect(headersOf(call?.request)).toEqual({ authorization: 'Bearer ***', 'x-other': 'plain' });
    expect(call?.request).toMatchObject({ body: '', bytes: 0, isCut: false });
    expect(call?.answer?.bytes).toBe(Buffer.byteLength(call?.answer?.body ?? '') - '***'.length + token.length);
  });

  it('is both bodies and all headers, the secrets masked by their names: key headers and cookies', async () => {
    const sandbox = createSandbox(still);
    const keys = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
    const answer = await send(sandbox, '/v1/connections', { method: 'POST', headers: keys });
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(headersOf(newest(sandbox).request)).toMatchObject({ apiaccesskeyid: '***', apisecretaccesskey: '***' });
    expect(newest(sandbox).answer?.headers).toContainEqual(['Set-Cookie', 'ZSession=***; Path=/; Secure; HttpOnly']);
    const Cookie = `other=1; ${cookie.split(';')[0]}`;
    await send(sandbox, '/v1/entities', { headers: { Cookie, 'Idempotency-Key': 'k1' } });
    expect(headersOf(newest(sandbox).request)).toMatchObject({
      cookie: 'other=***; ZSession=***',
      'idempotency-key': 'k1',
    });
  });

  it('is both bodies and all headers, the secrets masked by their names: XML', async () => {
    const sandbox = createSandbox(still);
    const text = await (await soapLogin(sandbox)).text();
    const [, session = ''] = /Session>([^<]+)</.exec(text) ?? [];
    const { request, answer } = newest(sandbox);
    expect(request?.body).toContain('<username>username@company.com</username><password>***</password></login>');
    expect(answer?.body).toBe(text.replace(session, '***'));
    await soap(
      sandbox,
      '<getUserInfo/>',
      `<s:Header><SessionHeader><session>${session}</session></SessionHeader></s:Header>`,
    );
    expect(newest(sandbox)).toMatchObject({ operation: 'getUserInfo', outcome: 'accepted' });
    expect(newest(sandbox).request?.body).toContain('<SessionHeader><session>***</session></SessionHeader>');
    await soapLogin(sandbox, '<![CDATA[wrong <one>]]>');
    expect(newest(sandbox).request?.body).toContain('<password>***</password>');
  });

  it('is both bodies and all headers, the secrets masked by their names: one-time codes and forms', async () => {
    const sandbox = createSandbox(still);
    await zatoLogin(sandbox, 'totp-user', { totp_code: 123456, new_password: null });
    expect(JSON.parse(newest(sandbox).request?.body ?? '')).toEqual({
      username: 'totp-user',
      password: '***',
      current_app: 'CRM',
      totp_code: '***',
      new_password: null,
    });
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await post(sandbox, '/auth/login', 'plain=1&to%6ben=abc&password=x+y', form);
    expect(newest(sandbox).request?.body).toBe('plain=1&to%6ben=***&password=***');
  });

  it('is unzipped', async () => {
    const sandbox = createSandbox(still);
    sandbox.scenario('zuora-rest', 'accounts', { count: 3 });
    const headers = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
    const zipped = gzipSync(JSON.stringify({ name: 'Zipped', password: 'hidden' }));
    await send(sandbox, '/v1/accounts', {
      method: 'POST',
      headers: { ...headers, 'Content-Encoding': 'gzip' },
      body: zipped,
    });
    expect(newest(sandbox).request).toMatchObject({
      body: '{"name":"Zipped","password":"***"}',
      bytes: zipped.length,
    });
    await send(sandbox, '/v1/accounts/A00000001', { headers: { ...headers, 'Accept-Encoding': 'gzip' } });
    const { answer } = newest(sandbox);
    expect(headersOf(answer)['Content-Encoding']).toBe('gzip');
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ basicInfo: { accountNumber: 'A00000001' } });
    expect(answer?.bytes).toBeLessThan(answer?.body.length ?? 0);
  });

  it('is what left when the answer was cut, and what was made when it was lost', async () => {
    const sandbox = createSandbox(still);
    const whole = await (await send(sandbox, '/auth/session')).text();
    sandbox.scenario('pulse-crm', 'truncated');
    await send(sandbox, '/auth/session');
    expect(newest(sandbox).answer?.body).toBe(whole.slice(0, Math.floor(whole.length / 2)));
    sandbox.scenario('pulse-crm', 'truncated', { connection: 'cut' });
    await send(sandbox, '/auth/session');
    expect(newest(sandbox).answer?.body).toBe(whole.slice(0, Math.floor(whole.length / 2)));
    sandbox.scenario('pulse-crm', 'drop-after-answer');
    await expect(send(sandbox, '/auth/session')).rejects.toThrow();
    expect(newest(sandbox)).toMatchObject({ delivered: 'dropped', answer: { body: whole } });
    sandbox.scenario('pulse-crm', 'drop-before-answer');
    await expect(send(sandbox, '/auth/session')).rejects.toThrow();
    expect(newest(sandbox)).toMatchObject({ delivered: 'dropped', status: 0, request: { bytes: 0 } });
    expect(newest(sandbox)).not.toHaveProperty('answer');
  });

  it('is given over HTTP too', async () => {
    const sandbox = createSandbox(still);
    await pulseLogin(sandbox);
    const [entry] = await (await send(sandbox, '/__sandbox/journal')).json();
    expect(entry.request.body).toBe('{"apiKey":"***","apiSecret":"***"}');
    expect(entry).toEqual(JSON.parse(JSON.stringify(newest(sandbox))));
  });
});

describe('what the journal knows by its value', () => {
  const secret = 'secret-000000000001';
  it.each([
    ['in a field of another name', { note: `is ${secret}` }, '{"note":"is ***"}'],
    ['in the name of a field', { [secret]: 1 }, '{"***":1}'],
    ['within a text', `<a b="${secret}">x${secret}y</a>`, '<a b="***">x***y</a>'],
    ['written for a URL', `a=${encodeURIComponent('SD:n25a9-?Z8e-49bQ  D%')}`, 'a=***'],
    ['written for a form', `a=${new URLSearchParams({ b: 'SD:n25a9-?Z8e-49bQ  D%' })}`, 'a=b=***'],
    ['written so that it cannot be taken out', `{"a":"\\u0073ecret-000000000001"}`, '***'],
    ['written in XML so that it cannot be taken out', '<a>&#x73;ecret-&#48;00000000001</a>', '***'],
    ['of another system', { x: 'totp-user-Pa55-phrase' }, '{"x":"***"}'],
    ['a seed of one-time codes', { x: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }, '{"x":"***"}'],
    ['a one-time code of this moment', { x: totpCode('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', NOW_MS) }, '{"x":"***"}'],
    ['a one-time code a step on', { x: totpCode('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', NOW_MS + 30_000) }, '{"x":"***"}'],
    ['a password that is a common word', { x: 'password', password_set: 1 }, '{"x":"***","password_set":1}'],
  ])('is masked %s', async (_where, body, shown) => {
    const sandbox = createSandbox(still);
    await post(sandbox, '/auth/login', body);
    expect(newest(sandbox).request?.body).toBe(shown);
  });

  it('is masked in paths, methods and headers', async () => {
    const sandbox = createSandbox(still);
    await send(sandbox, `/auth/${secret}?a=${secret}&b=1`, { method: secret, headers: { 'x-note': `a ${secret}` } });
    const entry = newest(sandbox);
    expect(entry).toMatchObject({ path: '/auth/***?a=***&b=1', method: '***' });
    expect(entry.request?.headers).toEqual([['x-note', 'a ***']]);
  });

  it('leaves paths and names alone that are spelt like a password', async () => {
    const sandbox = createSandbox(still);
    await post(sandbox, '/zato/sso/user/password', { password: 'x' });
    expect(newest(sandbox)).toMatchObject({ path: '/zato/sso/user/password', request: { body: '{"password":"***"}' } });
  });

  it.each([
    ['zato-sso', 'password'],
    ['zuora-soap', 'password'],
    ['pulse-crm', 'apiSecret'],
  ] as const)('is masked in what came before %s had it as a secret, and after that', async (system, name) => {
    const sandbox = createSandbox(still);
    await post(sandbox, '/auth/login', { note: 'a new phrase 77' });
    expect(newest(sandbox).request?.body).toBe('{"note":"a new phrase 77"}');
    const change = (value: string) => {
      const rest = system === 'pulse-crm' ? { username: 'ada@pulse.example.test' } : {};
      sandbox.scenario(system, 'change-password', { ...rest, [name]: value });
    };
    change('a new phrase 77');
    expect(newest(sandbox).request?.body).toBe('{"note":"***"}');
    change('another phrase 78');
    expect(newest(sandbox).request?.body).toBe('{"note":"***"}');
  });

  it('is masked when a caller set it', async () => {
    const sandbox = createSandbox(still);
    const first = await (await zatoLogin(sandbox, 'change-me', { new_password: 'chosen by a user' })).json();
    await post(sandbox, '/auth/login', { note: 'chosen by a user' });
    expect(newest(sandbox).request?.body).toBe('{"note":"***"}');
    const totp = { ust: first.ust, current_app: 'CRM', totp_key: 'KRSXG5BAKRSXG5BA', totp_label: 'x' };
    await send(sandbox, '/zato/sso/user/totp', { method: 'PATCH', body: JSON.stringify(totp) });
    expect(newest(sandbox)).toMatchObject({ operation: 'setTotpKey', outcome: 'accepted' });
    await post(sandbox, '/auth/login', { note: `KRSXG5BAKRSXG5BA ${totpCode('KRSXG5BAKRSXG5BA', NOW_MS)}` });
    expect(newest(sandbox).request?.body).toBe('{"note":"*** ***"}');
  });

  it('is masked where a body or a path is cut off in its middle', async () => {
    const sandbox = createSandbox(still);
    const blanks = ' '.repeat(16 * 1024 - 10);
    await post(sandbox, '/auth/login', `${blanks}${'SD:n25a9-?Z8e-49bQ  D%'}${' '.repeat(99)}`);
    expect(newest(sandbox).request).toEqual({
      headers: [['content-type', 'text/plain;charset=UTF-8']],
      body: `${blanks}***`,
      bytes: 16 * 1024 - 10 + 22 + 99,
      isCut: true,
    });
    const { token } = await (await pulseLogin(sandbox)).json();
    await post(sandbox, '/auth/login', `${blanks}${token}`);
    expect(newest(sandbox).request?.body).toBe(`${blanks}***`);
    await send(sandbox, `/auth/${'a/'.repeat(1017)}${secret}`);
    expect(newest(sandbox).path).toBe(`/auth/${'a/'.repeat(1017)}***…`);
  });
});

describe('a password in XML', () => {
  const users = [{ username: 'x', password: 'alpha-SECRETTAIL-omega', entities: [{ id: '1', name: 'Global' }] }];
  const login = (sandbox: Sandbox, password: string, more = '') =>
    soap(sandbox, `<z:login xmlns:z="http://api.zuora.com/"><z:username>x${more}</z:username>${password}</z:login>`);

  it.each([
    '<z:password>alpha-<!-- -->SECRETTAIL-omega</z:password>',
    '<z:password><!-- <x> -->alpha-SECRETTAIL-omega</z:password>',
    '<z:password>alpha-<?p i?>SECRETTAIL-omega</z:password>',
    '<z:password>alpha-<z:b/>SECRETTAIL-omega</z:password>',
    '<z:password>alpha-<z:b>x</z:b>SECRETTAIL-omega</z:password>',
    '<z:password>alpha-<z:b c=">"/>SECRETTAIL-omega</z:password>',
    '<z:password a="&gt;" b=\'>\'>alpha-SECRETTAIL-omega</z:password>',
    '<z:password><![CDATA[alpha-]]>SECRETTAIL-<![CDATA[omega]]></z:password>',
    '<z:password>alpha-<!-- </z:password> -->SECRETTAIL-omega</z:password>',
    '<z:password>alpha-<?p </z:password>?>SECRETTAIL-omega</z:password>',
    '<z:password>alpha-SECRET<!-- -->TAIL-omega</z:password  >',
    '<z:password>alpha-&#83;ECRET<!-- -->TAIL-omega</z:password>',
  ])('is masked up to the end of its element, whatever stands in it: %s', async (password) => {
    const sandbox = createSandbox({ ...still, users: { zuora: users } });
    expect((await login(sandbox, password)).status).toBe(200);
    const shown = newest(sandbox).request?.body ?? '';
    expect(shown).not.toMatch(/SECRET|TAIL|alpha|omega/);
    expect(shown).toContain('***');
    expect(shown).toContain('<z:username>x</z:username>');
  });

  it.each([
    'alpha-<!-- -->SECRETTAIL-omega',
    'alpha-<?p i?>SECRETTAIL-omega',
    'alpha-<z:b/>SECRETTAIL-omega',
    '<![CDATA[alpha-]]>SECRETTAIL-omega',
    'alpha-&#83;ECRET<!-- -->TAIL-omega',
  ])('is found under another name, cut in pieces: %s', async (pieces) => {
    const sandbox = createSandbox({ ...still, users: { zuora: users } });
    await login(sandbox, '<z:password>x</z:password>', pieces);
    expect(newest(sandbox).request?.body).toBe('***');
  });

  it('may be missing, or not end, and the rest is shown as it is', async () => {
    const sandbox = createSandbox({ ...still, users: { zuora: users } });
    await login(sandbox, '<z:password></z:password><z:password/>');
    expect(newest(sandbox).request?.body).toContain('<z:password></z:password><z:password/></z:login>');
    await post(sandbox, '/apps/services/a/91.0', '<a>left</a><password>alpha<b>beta');
    expect(newest(sandbox).request?.body).toBe('<a>left</a><password>***');
  });

  it('does not make neighbours one word: ids of records side by side are shown', async () => {
    const sandbox = createSandbox(still);
    const id = '2c92c0f9'.repeat(4);
    await post(sandbox, '/apps/services/a/91.0', `<a>${id}</a><a>${id}</a>`);
    expect(newest(sandbox).request?.body).toBe(`<a>${id}</a><a>${id}</a>`);
  });
});

describe('a long run of letters', () => {
  it.each(['!', ''])('costs no square of its length, with %j after it', async (end) => {
    const sandbox = createSandbox(still);
    for (let n = 0; n < 10; n += 1)
      await post(sandbox, '/auth/login', `${'ab.~'.repeat(4 * 1024 - 1)}abc${end} ${' '.repeat(9)}`);
    for (let n = 0; n < 10; n += 1) await post(sandbox, '/auth/login', `${'ab.~'.repeat(4 * 1024 - 1)}abc${end}x`);
    const startMs = performance.now();
    for (const { request } of sandbox.journal.entries()) expect(request?.body.length).toBeGreaterThan(2);
    // A guard against hangs, not a measurement.
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});

describe('what the journal holds', () => {
  const texts = (sandbox: Sandbox) => sandbox.journal.entries().flatMap(({ request }) => request?.body ?? []);

  it('is bounded in bytes: the oldest requests lose headers and bodies, and stay', async () => {
    const sandbox = createSandbox({ ...still, journalBytes: 50_000 });
    for (let n = 0; n < 100; n += 1) await post(sandbox, '/auth/login', `${String(n)}${' '.repeat(5_000)}`);
    const entries = sandbox.journal.entries();
    expect(entries).toHaveLength(100);
    expect(entries.map(({ request }) => request !== undefined)).toEqual(
      Array.from({ length: 100 }, (_, n) => n >= 100 - texts(sandbox).length),
    );
    expect(texts(sandbox).join('').length).toBeLessThanOrEqual(50_000);
    expect(texts(sandbox).length).toBeGreaterThanOrEqual(8);
    expect(entries[0]).not.toHaveProperty('answer');
  });

  it('is bounded in entries, and lets go of the bytes of those that leave', async () => {
    const sandbox = createSandbox({ ...still, journalSize: 5, journalBytes: 20_000 });
    for (let n = 0; n < 50; n += 1) await post(sandbox, '/auth/login', `${String(n)}${' '.repeat(1_000)}`);
    expect(texts(sandbox).map((text) => text.trim())).toEqual(['45', '46', '47', '48', '49']);
  });

  it('is no more than the beginning of a long body, and of long headers', async () => {
    const sandbox = createSandbox({ ...still, journalBytes: 70_000 });
    const long = 'a long header '.repeat(1_500);
    await send(sandbox, '/auth/login', { method: 'POST', body: ' '.repeat(1_000_000), headers: { first: 'x', long } });
    expect(newest(sandbox).request).toMatchObject({ bytes: 1_000_000, isCut: true });
    expect(newest(sandbox).request?.body).toHaveLength(16 * 1024);
    expect(headersOf(newest(sandbox).request)).toEqual({ first: 'x', 'content-type': expect.any(String) });
  });

  it('is nothing of headers and bodies where no byte is allowed', async () => {
    const sandbox = createSandbox({ ...still, journalBytes: 0 });
    await pulseLogin(sandbox);
    expect(Object.keys(newest(sandbox))).toEqual(
      'time system operation role method path status outcome session delivered'.split(' '),
    );
    expect(() => createSandbox({ journalBytes: -1 })).toThrow(RangeError);
    expect(() => createSandbox({ journalBytes: 1.5 })).toThrow('journalBytes is a whole number');
  });

  it('looks into no zipped body further than its own limit', async () => {
    const sandbox = createSandbox(still);
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    await send(sandbox, '/v1/accounts', { method: 'POST', headers: { 'Content-Encoding': 'gzip' }, body: bomb });
    expect(newest(sandbox).request).toMatchObject({ body: '', bytes: bomb.length, isCut: true });
  });
});

// Never a word that the journal itself uses.
const password = fc.string({ unit: 'grapheme-composite', minLength: 3, maxLength: 24 }).map((text) => `Zq7${text}`);
const spellings: ReadonlyArray<(secret: string) => string> = [
  (secret) => secret,
  (secret) => `x${secret}y`,
  (secret) => JSON.stringify({ a: secret, password: secret, [secret]: [secret] }),
  (secret) => JSON.stringify(JSON.stringify({ ust: secret })),
  (secret) => `a=${encodeURIComponent(secret)}&${new URLSearchParams({ token: secret, [secret]: '1' })}`,
  (secret) => `<a b="${xml(secret)}"><session>${xml(secret)}</session><c>${xml(secret)}</c></a>`,
  (secret) => JSON.stringify(secret).replace(/[a-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
  (secret) => [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  (secret) => `${'a'.repeat(16 * 1024 - Math.ceil(secret.length / 2))}${secret}`,
  (secret) => `${' '.repeat(16 * 1024 - secret.length)}${secret}`,
];
const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const paths: Record<SystemName, readonly string[]> = {
  'zuora-rest': ['/v1/connections', '/v1/accounts', '/v1/entities'],
  'zuora-soap': ['/apps/services/a/91.0'],
  'zato-sso': ['/zato/sso/user/login', '/zato/sso/user', '/zato/sso/user/session/list', '/zato/sso/x'],
  'pulse-crm': ['/auth/login', '/auth/session'],
};
const headerNames = ['authorization', 'cookie', 'apisecretaccesskey', 'x-other', 'zuora-track-id', 'content-type'];

describe('no exchange, whatever it is, puts a secret into the journal', () => {
  it('by itself or in any usual spelling', async () => {
    const exchange = fc.record({
      system: fc.constantFrom(...systemNames),
      path: fc.nat(3),
      method: fc.constantFrom('GET', 'POST', 'PATCH'),
      header: fc.constantFrom(...headerNames),
      places: fc.subarray(['path', 'query', 'header', 'body', 'name'] as const),
      spelling: fc.constantFrom(...spellings),
      which: fc.nat(),
      isZipped: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(password, password, fc.array(exchange, { maxLength: 6 }), async (one, other, exchanges) => {
        const { sandbox, secrets } = await loggedIn(one, other);
        for (const { system, path, method, header, places, spelling, which, isZipped } of exchanges) {
          const written = spelling(secrets[which % secrets.length] ?? '');
          const put = (place: (typeof places)[number]) => (places.includes(place) ? written : '');
          const body = Buffer.from(put('body'));
          await sandbox.twins[system].serve({
            method,
            origin,
            path: (paths[system][path % paths[system].length] ?? '') + put('path'),
            query: put('query'),
            headers: {
              'user-agent': 'property',
              [put('name') || 'x-name']: '1',
              [header]: put('header'),
              ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
            },
            body: isZipped ? gzipSync(body) : body,
            remoteAddress: '127.0.0.1',
          });
        }
        const shown = JSON.stringify(sandbox.journal.entries());
        const values = JSON.stringify(valuesOf(JSON.parse(shown)));
        for (const secret of secrets) {
          const isShown = shown.includes(secret) || values.includes(secret) || values.includes(inJson(secret));
          expect(isShown ? `${secret} in ${shown}` : 'masked').toBe('masked');
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** All texts of a JSON value, its keys too. */
function valuesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...valuesOf(inner)]);
}

/** A sandbox where everybody has logged in, and every secret that it holds or issued. */
async function loggedIn(one: string, other: string): Promise<{ sandbox: Sandbox; secrets: string[] }> {
  const key = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const zato = { ...defaultZatoUsers[0], username: 'u', password: other, totpKey: key, isTotpEnabled: true };
  const sandbox = createSandbox({
    ...still,
    users: {
      zuora: [{ username: 'u', password: one, entities: [{ id: '1', name: 'Global' }] }],
      // The first of them has every field.
      'zato-sso': [zato as (typeof defaultZatoUsers)[number]],
      'pulse-crm': defaultPulseUsers.slice(0, 1),
    },
  });
  const code = totpCode(key, NOW_MS) ?? '';
  const issued: string[] = [];
  const issue = async (answer: Promise<Response>, pattern: RegExp) => {
    const { headers, ...rest } = await answer.then(async (got) => ({ headers: got.headers, text: await got.text() }));
    const [, found] = pattern.exec(`${headers.getSetCookie().join()} ${rest.text}`) ?? [];
    if (found === undefined) throw new Error(`nobody could log in: ${rest.text}`);
    issued.push(found);
  };
  const keys = Buffer.from(one).toString('latin1');
  const isHeader = /^[\x21-\x7e\x80-\xff]+$/.test(keys);
  if (isHeader) {
    const headers = { apiAccessKeyId: 'u', apiSecretAccessKey: keys };
    const tried = await send(sandbox, '/v1/connections', { method: 'POST', headers });
    if (tried.status === 200) await issue(Promise.resolve(tried), /ZSession=([^;]+)/);
  }
  await issue(soapLoginAs(sandbox, one), /Session>([^<]+)</);
  const login = { username: 'u', password: other, totp_code: code, current_app: 'CRM' };
  await issue(post(sandbox, '/zato/sso/user/login', login, { 'User-Agent': 'x' }), /"ust":"([^"]+)"/);
  await issue(pulseLogin(sandbox), /"token":"([^"]+)"/);
  sandbox.scenario('pulse-crm', 'settings', { token: 'jwt' });
  await issue(pulseLogin(sandbox), /"token":"([^"]+)"/);
  return { sandbox, secrets: [one, other, key, code, 'secret-000000000001', 'pulse-password-1', ...issued] };
}

function soapLoginAs(sandbox: Sandbox, secret: string): Promise<Response> {
  return soap(sandbox, `<login><username>u</username><password>${xml(secret)}</password></login>`);
}
