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

describe('no request, however malformed, breaks a twin or logs anyone in', () => {
  it.each(Object.entries(paths))('%s', async (system, known) => {
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
      { numRuns: 2000, seed: 7 },
    );
    expect(twin.liveSessions()).toBe(0);
  });
});
