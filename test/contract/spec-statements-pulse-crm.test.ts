import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contract/contracts.ts';
import { checkExchange } from '../../src/contract/exchange.ts';
import { LoginDeniedError } from '../../src/index.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { NOW_MS, useContractHarness } from './harness.ts';
import { readSamples } from './samples.ts';
import { readSpec } from './spec.ts';

const spec = readSpec('pulse-crm.openapi.yaml');
const samples = readSamples('pulse-crm');
const [documented] = samples.filter(({ name }) => name === 'login-documented');
const [realistic] = samples.filter(({ name }) => name === 'login-realistic');
const login = '#/paths/~1auth~1login/post';

type Json = Record<string, unknown>;

/** What the page says of each field: type, whether it is required, and what its description must speak of. */
const schemas: Readonly<
  Record<string, Readonly<Record<string, readonly [type: string, presence?: 'required' | 'optional', about?: RegExp]>>>
> = {
  ApiKeyLogin: {
    apiKey: ['string', 'required', /API key/],
    apiSecret: ['string', 'required', /secret/],
  },
  Account: {
    accountName: ['string', 'required', /called|name/i],
    accountId: ['string', 'required', /tells .* from all others|unique/i],
    usersPrimaryAccount: ['boolean', 'optional', /primary/],
    accountAdmin: ['boolean', 'optional', /administ/],
    id: ['string', 'required'],
    uniqueId: ['string'],
    name: ['string', 'required'],
    repcode: ['string'],
    customerServicePhone: ['string', 'optional', /phone .*customer service/],
    customerServiceEmail: ['string', 'optional', /email .*customer service/],
    whitelabelSettings: ['object', 'optional', /white label/i],
    permissions: ['array of string'],
    roles: ['array of string'],
  },
  ApiKeyLoginResponse: {
    id: ['integer', 'required', /id of the user .*API key/],
    email: ['string', 'required', /email .*user/],
    createdBy: ['string'],
    updatedBy: ['string'],
    createdAt: ['date-time string'],
    updatedAt: ['date-time string'],
    primaryAccount: ['Account', 'optional', /primaryAccount.*main/],
    accounts: ['array of Account', 'optional', /accounts .*user belongs/],
    flatRolesList: ['array of string', 'optional', /ids of the roles/],
    flatPermissionsList: ['array of string', 'optional', /ids of the permissions/],
    token: ['string', 'required', /token.*later requests/],
  },
};

/** A value of each type, and one of another. */
const values: Readonly<Record<string, readonly [good: unknown, bad: unknown]>> = {
  string: ['text', 7],
  'date-time string': ['2024-03-18T09:42:11.000Z', 1_710_754_931],
  integer: [7, '7'],
  boolean: [true, 'true'],
  object: [{ colour: 'blue' }, 'blue'],
  'array of string': [
    ['one', 'two'],
    ['one', 2],
  ],
  Account: [{ accountName: 'n', accountId: 'a', id: 'i', name: 'n' }, 'acct'],
  'array of Account': [[{ accountName: 'n', accountId: 'a', id: 'i', name: 'n' }], ['acct']],
};

function request(body: unknown): Request {
  const headers = { 'content-type': 'application/json' };
  return new Request('https://pulse.example.test/auth/login', { method: 'POST', headers, body: JSON.stringify(body) });
}

/** The documented exchange with one change in the object of a schema, and where that object stands in it. */
function exchangeWith(
  schema: string,
  change: (object: Json) => void,
): { place: string; findings: ReturnType<typeof checkExchange> } {
  const sent = structuredClone(documented?.request.body) as Json;
  const answered = structuredClone(documented?.response.body) as Json;
  const [object, place] = (
    {
      ApiKeyLogin: [sent, '/request/body'],
      ApiKeyLoginResponse: [answered, '/response/body'],
      Account: [answered.primaryAccount, '/response/body/primaryAccount'],
    } as Record<string, [Json, string]>
  )[schema] ?? [{}, ''];
  change(object);
  return { place, findings: checkExchange(request(sent), Response.json(answered), contracts['pulse-crm']) };
}

const placesOf = async (schema: string, change: (object: Json) => void): Promise<string[]> =>
  (await exchangeWith(schema, change).findings).map(({ place }) => place);

for (const [schema, fields] of Object.entries(schemas)) {
  describe(schema, () => {
    const pointer = `#/components/schemas/${schema}`;

    it('has its documented name and is an object', () => {
      expect(spec.at(`${pointer}/type`)).toBe('object');
      expect(spec.text(`${pointer}/description`)).not.toBe('');
    });

    it('has all documented fields and no other', () => {
      expect(Object.keys(spec.at(`${pointer}/properties`) as Json)).toEqual(Object.keys(fields));
    });

    it('requires exactly the documented fields', async () => {
      const required = Object.entries(fields).flatMap(([name, [, presence]]) =>
        presence === 'required' ? [name] : [],
      );
      expect(spec.at(`${pointer}/required`)).toEqual(required);
      for (const name of Object.keys(fields)) {
        const { place, findings } = exchangeWith(schema, (object) => delete object[name]);
        const expected = required.includes(name) ? [`${place}/${name}`] : [];
        expect((await findings).map((finding) => finding.place)).toEqual(expected);
      }
    });

    for (const [name, [type, , about]] of Object.entries(fields)) {
      const [good, bad] = values[type] ?? [];
      it(`${name}: ${type}`, async () => {
        const { place } = exchangeWith(schema, () => {});
        expect(await placesOf(schema, (object) => Object.assign(object, { [name]: good }))).toEqual([]);
        const [found] = await placesOf(schema, (object) => Object.assign(object, { [name]: bad }));
        expect(found?.startsWith(`${place}/${name}`)).toBe(true);
        if (type === 'date-time string') expect(spec.at(`${pointer}/properties/${name}/format`)).toBe('date-time');
      });
      if (about === undefined) continue;
      it(`${name}: says what it is`, () => {
        expect(spec.text(`${pointer}/properties/${name}/description`)).toMatch(about);
      });
    }
  });
}

describe('POST /auth/login (apiKey)', () => {
  const harness = useContractHarness();
  const baseUrl = 'https://pulse.example.test';
  const clock = { nowMs: () => NOW_MS };
  const credentials = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };

  it('is in the spec, is the login, and needs no session', () => {
    expect(spec.at(`${login}/operationId`)).toBe('login');
    expect(spec.at(`${login}/x-latchkey-operation`)).toBe('login');
    expect(spec.at(`${login}/security`)).toEqual([]);
  });

  it('gives a session token for an API key and its secret', async () => {
    const pulse = createPulseCrm({ baseUrl, credentials, clock });
    const { secret } = await pulse.session.login();
    expect(secret).toMatch(/^[0-9a-f]{40}$/);
    await expect(
      createPulseCrm({ baseUrl, credentials: { ...credentials, apiSecret: 'wrong' }, clock }).session.login(),
    ).rejects.toThrow(LoginDeniedError);
  });

  it('is said to be the preferred way for API keys and secrets', () => {
    expect(spec.text(`${login}/description`)).toMatch(/API key and its secret this is the way the vendor recommends/);
  });

  it('answers success with 200 and the user', async () => {
    expect(spec.text(`${login}/responses/200/description`)).toMatch(/^Logged in/);
    expect(spec.at(`${login}/responses/200/content/application~1json/schema`)).toBe(
      spec.at('#/components/schemas/ApiKeyLoginResponse'),
    );
    await createPulseCrm({ baseUrl, credentials, clock }).session.login();
    const [exchange] = await harness.exchanges();
    expect(exchange?.response?.status).toBe(200);
  });

  it('the token authenticates later requests, for the primary account', async () => {
    const { data } = await createPulseCrm({ baseUrl, credentials, clock }).GET('/auth/session');
    const [, call] = await harness.exchanges();
    expect(call?.request.headers.get('authorization')).toBe(`Bearer ${data?.token}`);
    expect(call?.request.headers.get('x-account-id')).toBe(data?.primaryAccount?.accountId);
  });

  it('the primary account is one of the accounts, and the only one marked so', async () => {
    const { data } = await createPulseCrm({ baseUrl, credentials, clock }).GET('/auth/session');
    const primary = data?.accounts?.filter(({ usersPrimaryAccount }) => usersPrimaryAccount);
    expect(primary).toEqual([data?.primaryAccount]);
  });

  it('shows both documented samples, and realistic ones beside them', () => {
    const request = `${login}/requestBody/content/application~1json/examples`;
    const answer = `${login}/responses/200/content/application~1json/examples`;
    expect(spec.at(`${request}/documented/value`)).toEqual(documented?.request.body);
    expect(spec.at(`${answer}/documented/value`)).toEqual(documented?.response.body);
    expect(spec.at(`${request}/realistic/value`)).toEqual(realistic?.request.body);
    expect(spec.at(`${answer}/realistic/value`)).toEqual(realistic?.response.body);
  });

  it('names the document that the page was made from', () => {
    expect(spec.text('#/info/description')).toContain('/apikeys/swagger.yaml');
  });
});
