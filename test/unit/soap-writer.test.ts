import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import type { AccountInput, Operations } from '../../generated/zuora-soap/types.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { schemaErrors } from './soap-oracle.support.ts';

const body = (xml: string) => /<soapenv:Body>(.*)<\/soapenv:Body>/s.exec(xml)?.[1];
const create = (fields: Partial<AccountInput>) =>
  body(writeEnvelope(service, 'create', { zObjects: [{ $type: 'Account', ...fields }] }));
const account = (inner: string) =>
  `<zns:create><zns:zObjects xsi:type="ons:Account">${inner}</zns:zObjects></zns:create>`;

/** The same, with input that the types would refuse. */
const writeLoosely = (operation: keyof Operations, input: unknown, headers?: unknown) =>
  writeEnvelope(service, operation, input as never, headers as never);

const errorOf = (step: () => unknown): unknown => {
  try {
    step();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('order', () => {
  const login = { username: 'u', password: 'p', entityId: '1', entityName: 'n' };
  const keys = ['username', 'password', 'entityId', 'entityName'] as const;

  test('login arguments are sent in the order of the schema, whatever the order of the keys', async () => {
    const shuffled = [
      { password: 'p', username: 'u' },
      { entityName: 'n', password: 'p', username: 'u' },
      { entityId: '1', username: 'u', password: 'p' },
      Object.fromEntries([...keys].reverse().map((key) => [key, login[key]])),
    ];
    const envelopes = shuffled.map((input) => writeLoosely('login', input));
    expect(envelopes.map((xml) => [...(body(xml) ?? '').matchAll(/<zns:(\w+)>/g)].map(([, name]) => name))).toEqual([
      ['login', 'username', 'password'],
      ['login', 'username', 'password', 'entityName'],
      ['login', 'username', 'password', 'entityId'],
      ['login', 'username', 'password', 'entityId', 'entityName'],
    ]);
    expect(await schemaErrors(envelopes)).toEqual([[], [], [], []]);
  });

  test('libxml2 refuses what another order gives, so it can tell', async () => {
    const wrong = writeEnvelope(service, 'login', { username: 'u', password: 'p' }).replace(
      '<zns:username>u</zns:username><zns:password>p</zns:password>',
      '<zns:password>p</zns:password><zns:username>u</zns:username>',
    );
    const [errors] = await schemaErrors([wrong]);
    expect(errors?.[0]).toMatch(/password': This element is not expected\. Expected is \( .*username \)/);
  });

  test('members of a record are sorted too, those of the base type first', () => {
    expect(create({ Name: 'n', AccountNumber: 'a', Id: '1', fieldsToNull: ['Notes'] })).toBe(
      account(
        '<ons:fieldsToNull>Notes</ons:fieldsToNull><ons:Id>1</ons:Id><ons:AccountNumber>a</ons:AccountNumber><ons:Name>n</ons:Name>',
      ),
    );
  });

  test('every operation writes what the schema allows, header blocks included', async () => {
    const SessionHeader = { session: 's' };
    const at = new Date('2026-11-22T01:02:03.004Z');
    const records: Operations['create']['input'] = {
      zObjects: [
        { UpdatedDate: at, Balance: -1.5, BillCycleDay: 31, AutoPay: false, Name: null, $type: 'Account' },
        { $type: 'Subscription', Version: 2, TermStartDate: at, AutoRenew: true, fieldsToNull: [] },
        { $type: 'Usage', Quantity: 12n, StartDateTime: '2026-01-01T00:00:00+01:00', UOM: 'h' },
        { $type: 'Invoice', Body: 'QUJD', DueDate: '2026-02-28', Amount: '000.10' },
        { $type: 'zObject', Id: '1' },
        { $type: 'Contact' },
      ],
    };
    const envelopes = [
      writeEnvelope(service, 'login', { password: 'p', username: 'u' }),
      writeEnvelope(
        service,
        'query',
        { queryString: 'select Id from Account' },
        { QueryOptions: { caseSensitive: true, batchSize: 100 }, SessionHeader },
      ),
      writeEnvelope(service, 'queryMore', { queryLocator: 'l-2000' }, { SessionHeader, QueryOptions: {} }),
      writeEnvelope(service, 'getUserInfo', {}, { SessionHeader }),
      writeEnvelope(service, 'create', records, { SessionHeader, CallOptions: { useSingleTransaction: null } }),
      writeEnvelope(service, 'update', records, { SessionHeader }),
      writeEnvelope(service, 'delete', { ids: ['1', '2'], type: 'Account' }, { SessionHeader }),
    ];
    expect(await schemaErrors(envelopes)).toEqual(envelopes.map(() => []));
  });
});

describe('values', () => {
  test('a Date and its ISO text give the same', () => {
    const at = new Date('2026-11-22T01:02:03.004Z');
    expect(create({ CreatedDate: at })).toBe(create({ CreatedDate: '2026-11-22T01:02:03.004Z' }));
    const day = (value: Date | string) =>
      body(writeEnvelope(service, 'create', { zObjects: [{ $type: 'Invoice', DueDate: value }] }));
    expect(day(at)).toContain('<ons:DueDate>2026-11-22</ons:DueDate>');
    expect(day('2026-11-22')).toBe(day(at));
    expect(day('2026-11-22+13:00')).toContain('>2026-11-22+13:00<');
  });

  test.each([
    ['text', '1234567890123456.78', '1234567890123456.78'],
    ['a number', 0.1, '0.1'],
    ['a bigint', 12345678901234567890n, '12345678901234567890'],
  ])('a decimal is taken as %s and keeps all its digits', (_, value, written) => {
    expect(create({ Balance: value })).toBe(account(`<ons:Balance>${written}</ons:Balance>`));
  });

  test('null is nil, undefined is left out, an empty list writes nothing', () => {
    expect(create({ Name: null, Notes: undefined, fieldsToNull: [] })).toBe(account('<ons:Name xsi:nil="true"/>'));
    expect(create({ fieldsToNull: [null, 'a'] })).toBe(
      account('<ons:fieldsToNull xsi:nil="true"/><ons:fieldsToNull>a</ons:fieldsToNull>'),
    );
  });

  test('children of a derived type stand in the namespace of the schema that declares them', () => {
    const xml = writeEnvelope(service, 'create', { zObjects: [{ $type: 'Account', Name: 'n', Id: '1' }] });
    expect(canonical(xml)).toBe(
      [
        '<{http://schemas.xmlsoap.org/soap/envelope/}Envelope>',
        '  <{http://schemas.xmlsoap.org/soap/envelope/}Body>',
        '    <{http://api.zuora.com/}create>',
        '      <{http://api.zuora.com/}zObjects {http://www.w3.org/2001/XMLSchema-instance}type={http://object.api.zuora.com/}Account>',
        '        <{http://object.api.zuora.com/}Id>',
        '          "1"',
        '        <{http://object.api.zuora.com/}Name>',
        '          "n"',
      ].join('\n'),
    );
  });

  test('text survives, whatever characters XML can hold', () => {
    const text = ` <a> & "b" 'c' ]]> \t\n\r 🗝 \u0085\u2028 `;
    const xml = writeEnvelope(service, 'query', { queryString: text });
    expect(canonical(xml)).toContain(JSON.stringify(text));
  });
});

describe('refusals', () => {
  const SECRET = 'pa$$-9f2c';
  test.each<[string, keyof Operations, unknown, unknown, string, string]>([
    [
      'an unknown argument',
      'login',
      { username: 'u', password: 'p', entity: '1' },
      undefined,
      'ERR_UNKNOWN_ELEMENT',
      'login.entity',
    ],
    [
      'an unknown argument without a value',
      'login',
      { username: 'u', password: 'p', entity: undefined },
      undefined,
      'ERR_UNKNOWN_ELEMENT',
      'login.entity',
    ],
    [
      'a name of Object.prototype',
      'login',
      { username: 'u', password: 'p', constructor: 'x' },
      undefined,
      'ERR_UNKNOWN_ELEMENT',
      'login.constructor',
    ],
    [
      '__proto__ as a key',
      'login',
      JSON.parse('{"username":"u","password":"p","__proto__":"x"}'),
      undefined,
      'ERR_UNKNOWN_ELEMENT',
      'login.__proto__',
    ],
    ['a missing argument', 'login', { username: 'u' }, undefined, 'ERR_MISSING_ELEMENT', 'login.password'],
    [
      'an undefined argument',
      'login',
      { username: 'u', password: undefined },
      undefined,
      'ERR_MISSING_ELEMENT',
      'login.password',
    ],
    [
      'null where nil is not allowed',
      'login',
      { username: 'u', password: null },
      undefined,
      'ERR_WRONG_TYPE',
      'login.password',
    ],
    ['no object at all', 'login', undefined, undefined, 'ERR_WRONG_TYPE', 'login'],
    [
      'a control character',
      'login',
      { username: 'u', password: `${SECRET}\u0001` },
      undefined,
      'ERR_FORBIDDEN_CHARACTER',
      'login.password',
    ],
    [
      'an unknown kind',
      'create',
      { zObjects: [{}, { $type: 'Order' }] },
      undefined,
      'ERR_WRONG_TYPE',
      'create.zObjects[1].$type',
    ],
    [
      'a type that is no kind of the declared one',
      'create',
      { zObjects: [{ $type: 'LoginResult' }] },
      undefined,
      'ERR_WRONG_TYPE',
      'create.zObjects[0].$type',
    ],
    [
      'a member of another kind',
      'create',
      { zObjects: [{ $type: 'Contact', Balance: '1' }] },
      undefined,
      'ERR_UNKNOWN_ELEMENT',
      'create.zObjects[0].Balance',
    ],
    [
      'a header of another operation',
      'getUserInfo',
      {},
      { QueryOptions: {} },
      'ERR_UNKNOWN_ELEMENT',
      'getUserInfo.headers.QueryOptions',
    ],
    [
      'the session header in upper case',
      'query',
      { queryString: 'q' },
      { SessionHeader: { Session: SECRET } },
      'ERR_UNKNOWN_ELEMENT',
      'query.headers.SessionHeader.Session',
    ],
  ])('%s is a TypeError that names the place and shows no value', (_, operation, input, headers, code, path) => {
    const error = errorOf(() => writeLoosely(operation, input, headers));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code, path, message: expect.stringContaining(`${path}: `) });
    expect(inspect(error, { depth: null })).not.toContain(SECRET);
  });

  test('an operation that the service does not have is a TypeError', () => {
    for (const name of ['logout', 'constructor', '__proto__']) {
      const error = errorOf(() => writeLoosely(name as never, {}));
      expect(error).toMatchObject({ code: 'ERR_UNKNOWN_OPERATION', name: 'TypeError' });
    }
  });
});
