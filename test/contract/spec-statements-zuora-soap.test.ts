import { describe, expect, it } from 'vitest';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap, type ZuoraEntity } from '../../src/systems/zuora-soap.ts';
import { NOW_MS, useContractHarness } from './harness.ts';
import { below, documentationOf, named, readWsdl } from './wsdl.ts';

const SERVER = 'https://apisandbox.zuora.com/apps/services/a/91.0';
const MINUTE_MS = 60_000;
const wsdl = readWsdl();
const loginOperation = named(named(wsdl, 'portType', 'Soap'), 'operation', 'login');
const loginElement = named(wsdl, 'element', 'login');
const harness = useContractHarness();

const zuora = (options: ZuoraEntity & { username?: string; sessionTimeoutMs?: number } = {}) => {
  const { username = 'username@company.com', ...rest } = options;
  const credentials = { username, password: 'password' };
  // The client's clock is the sandbox's, so that both see the same time pass.
  return createZuoraSoap({ baseUrl: SERVER, credentials, clock: harness.sandbox.clock, ...rest });
};
const envelopes = async (): Promise<string[]> =>
  Promise.all((await harness.exchanges()).map(({ request }) => request.text()));

/** Sends a login as somebody who writes envelopes by hand. */
async function handWrittenLogin(...children: readonly string[]): Promise<string> {
  const values: Readonly<Record<string, string>> = {
    username: 'username@company.com',
    password: 'password',
    entityId: '6337',
    entityName: 'Example Entity',
  };
  const content = children.map((name) => `<z:${name}>${values[name] ?? ''}</z:${name}>`).join('');
  const body = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="http://api.zuora.com/"><e:Body><z:login>${content}</z:login></e:Body></e:Envelope>`;
  const headers = { 'content-type': 'text/xml', soapaction: '""' };
  return (await fetch(SERVER, { method: 'POST', body, headers })).text();
}

describe('login()', () => {
  it('is in the WSDL with its syntax', () => {
    expect(documentationOf(loginOperation)).toMatch(/^login\(username, password, entityId, entityName\)/);
    expect(documentationOf(loginOperation)).toMatch(/logs in to the Zuora server with a user name and a password/);
  });

  it('takes a user name and a password and logs in', async () => {
    await expect(zuora().session.login()).resolves.toMatchObject({ revision: 1 });
    await expect(zuora({ username: 'somebody@else.test' }).session.login()).rejects.toMatchObject({
      name: 'LoginDeniedError',
    });
  });

  it('returns a session, with which subsequent calls authenticate', async () => {
    const client = zuora();
    const { secret } = await client.session.get();
    await expect(client.getUserInfo({})).resolves.toMatchObject({ Username: 'username@company.com' });
    const [, call] = await envelopes();
    expect(call).toContain(`:session>${secret}</`);
    expect(named(wsdl, 'element', 'SessionHeader').children).not.toEqual([]);
    expect(named(named(wsdl, 'element', 'SessionHeader'), 'element', 'session').attributes).toMatchObject({
      type: 'xs:string',
    });
  });

  it('cannot be undone by a call', async () => {
    const operations = named(wsdl, 'portType', 'Soap').children.map(({ attributes }) => attributes.name);
    expect(operations.filter((name) => /log ?out|end/i.test(name ?? ''))).toEqual([]);
    expect(documentationOf(loginOperation)).toMatch(/there is no logout/);
    const client = zuora();
    await client.session.login();
    expect(await client.session.logout()).toEqual({ endedAtService: false, mayLiveUntilMs: NOW_MS + 15 * MINUTE_MS });
    expect(await envelopes()).toHaveLength(1);
  });

  it('gives a session that times out after the configured time', async () => {
    expect(documentationOf(loginOperation)).toMatch(/"Session timeout" in the security policies/);
    harness.sandbox.scenario('zuora-soap', 'settings', { sessionTimeoutMs: 30 * MINUTE_MS });
    const session = await zuora({ sessionTimeoutMs: 30 * MINUTE_MS }).session.login();
    expect(session.expiresAtMs).toBe(NOW_MS + 30 * MINUTE_MS);
    harness.sandbox.clock.advanceMs(30 * MINUTE_MS - 1);
    expect(harness.sandbox.twins['zuora-soap'].liveSessions()).toBe(1);
    harness.sandbox.clock.advanceMs(1);
    expect(harness.sandbox.twins['zuora-soap'].liveSessions()).toBe(0);
  });

  it('gives a session of 15 minutes by default', async () => {
    expect(documentationOf(loginOperation)).toMatch(/15 minutes by default/);
    const session = await zuora().session.login();
    expect(session.expiresAtMs).toBe(NOW_MS + 15 * MINUTE_MS);
    harness.sandbox.clock.advanceMs(15 * MINUTE_MS - 1);
    expect(harness.sandbox.twins['zuora-soap'].liveSessions()).toBe(1);
    harness.sandbox.clock.advanceMs(1);
    expect(harness.sandbox.twins['zuora-soap'].liveSessions()).toBe(0);
  });
});

describe('arguments', () => {
  const sequence = below(loginElement).filter(({ tag }) => tag === 'element');

  it('username, password, entityId, entityName: declared in this order', () => {
    expect(sequence.map(({ attributes }) => attributes.name)).toEqual([
      'username',
      'password',
      'entityId',
      'entityName',
    ]);
  });

  it('username, password: sent in this order, whatever the order in the caller', async () => {
    const credentials = { password: 'password', username: 'username@company.com' };
    await createZuoraSoap({ baseUrl: SERVER, credentials, entityName: 'Example Entity' }).session.login();
    const [sent = ''] = await envelopes();
    const names = [...sent.matchAll(/<\w+:(username|password|entityId|entityName)>/g)].map(([, name]) => name);
    expect(names).toEqual(['username', 'password', 'entityName']);
  });

  it('in any other order: refused with "Unexpected subelement" and the name of one of them', async () => {
    expect(documentationOf(loginElement)).toMatch(/"Unexpected subelement" and the name of the element/);
    harness.allow(
      '/request/libxml2',
      ...['password', 'entityId', 'entityName'].map((name) => `/request/body/login/${name}`),
    );
    const orders = [
      ['password', 'username'],
      ['username', 'entityId', 'password'],
      ['username', 'password', 'entityName', 'entityId'],
      ['entityId', 'username', 'password'],
    ];
    for (const names of orders) {
      const [, stray] = /Unexpected subelement (\w+)</.exec(await handWrittenLogin(...names)) ?? [];
      expect(names).toContain(stray);
    }
    expect(harness.sandbox.counts('zuora-soap')).toMatchObject({ loginsAccepted: 0 });
  });

  it('username: required, the login name of the user', async () => {
    const username = named(loginElement, 'element', 'username');
    expect(username.attributes).toEqual({ name: 'username', type: 'xs:string' });
    expect(documentationOf(username)).toMatch(/Login name of the entity user who is logging in/);
  });

  it('password: required, the password of that user', async () => {
    const password = named(loginElement, 'element', 'password');
    expect(password.attributes).toEqual({ name: 'password', type: 'xs:string' });
    expect(documentationOf(password)).toMatch(/Password of that user/);
  });

  for (const name of ['entityId', 'entityName'] as const) {
    const element = named(loginElement, 'element', name);
    const value = { entityId: '6337', entityName: 'Example Entity' }[name];
    const entity: ZuoraEntity = name === 'entityId' ? { entityId: value } : { entityName: value };

    it(`${name}: optional, chooses the entity to log in to`, async () => {
      expect(element.attributes).toEqual({ name, type: 'xs:string', minOccurs: '0' });
      await zuora(entity).session.login();
      await zuora().session.login();
      const [withEntity, without] = await envelopes();
      expect(withEntity).toContain(`:${name}>${value}</`);
      expect(without).not.toMatch(/entityId|entityName/);
    });

    it(`${name}: of an entity that the user has permission for`, async () => {
      expect(documentationOf(element)).toMatch(/must have access to that entity/);
      const denied = zuora({ ...entity, username: 'single@company.com' }).session.login();
      await expect(denied).rejects.toMatchObject({ name: expect.stringMatching(/^(EntityDenied|LoginDenied)Error$/) });
    });

    it(`${name}: as the REST call GET Entities lists it`, async () => {
      expect(documentationOf(element)).toMatch(/REST GET Entities lists it/);
      const credentials = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
      const rest = createZuoraRest({ baseUrl: 'https://rest.apisandbox.zuora.com', credentials });
      const { data } = await rest.GET('/v1/entities');
      const listed = data && 'entities' in data ? data.entities : [];
      expect(listed?.map(({ id, name: called }) => (name === 'entityId' ? id : called))).toContain(value);
    });

    it(`${name}: for Multi-entity only`, () => {
      expect(documentationOf(element)).toMatch(/^Multi-entity only/);
    });
  }

  it('entityId and entityName: one of them does', async () => {
    await expect(zuora({ entityId: '6337' }).session.login()).resolves.toMatchObject({ revision: 1 });
    await expect(zuora({ entityName: 'Example Entity' }).session.login()).resolves.toMatchObject({ revision: 1 });
  });

  it('entityId and entityName: both are an error, at the client and at the service', async () => {
    const both: unknown = { entityId: '6337', entityName: 'Example Entity' };
    // The types refuse it, as they should.
    expect(() => zuora(both as ZuoraEntity)).toThrow(expect.objectContaining({ code: 'ERR_ENTITY' }));
    expect(await handWrittenLogin('username', 'password', 'entityId', 'entityName')).toMatch(/LoginFault/);
    for (const name of ['entityId', 'entityName']) {
      expect(documentationOf(named(loginElement, 'element', name))).toMatch(/giving both is an error/);
    }
  });

  it('entityId and entityName: with neither, the login is to the entity in which the user was created', async () => {
    await expect(zuora({ username: 'single@company.com' }).session.login()).resolves.toMatchObject({ revision: 1 });
    for (const name of ['entityId', 'entityName']) {
      expect(documentationOf(named(loginElement, 'element', name))).toMatch(
        /with neither, the login is to the entity in which the user was created/,
      );
    }
  });
});

describe('response', () => {
  it('is a LoginResult with Session and ServerUrl', async () => {
    const result = named(named(wsdl, 'element', 'loginResponse'), 'element', 'result');
    expect(result.attributes.type).toBe('zns:LoginResult');
    const members = below(named(wsdl, 'complexType', 'LoginResult')).filter(({ tag }) => tag === 'element');
    expect(members.map(({ attributes }) => attributes)).toEqual([
      { name: 'Session', type: 'xs:string', nillable: 'true' },
      { name: 'ServerUrl', type: 'xs:string', nillable: 'true' },
    ]);
    const { secret, facts } = await zuora().session.login();
    expect(secret).toMatch(/^[\w-]{256}$/);
    expect(facts).toEqual({ serverUrl: SERVER });
  });

  it('ServerUrl: the endpoint for subsequent calls', async () => {
    expect(documentationOf(named(wsdl, 'element', 'ServerUrl'))).toMatch(/endpoint to use for the calls that follow/);
    await zuora().getUserInfo({});
    expect((await harness.exchanges()).map(({ request }) => request.url)).toEqual([SERVER, SERVER]);
  });

  it('Session: goes into the SessionHeader of subsequent calls, spelled in lower case there', () => {
    expect(documentationOf(named(wsdl, 'element', 'Session'))).toMatch(/SessionHeader\/session \(lower case there\)/);
    const header = named(wsdl, 'element', 'SessionHeader');
    expect(below(header).flatMap(({ tag, attributes }) => (tag === 'element' ? [attributes] : []))).toEqual([
      { name: 'session', type: 'xs:string' },
    ]);
    const bound = below(named(wsdl, 'binding', 'SoapBinding')).filter(
      ({ attributes }) => attributes.part === 'SessionHeader',
    );
    const operations = named(wsdl, 'portType', 'Soap').children.filter(({ tag }) => tag === 'operation');
    expect(bound).toHaveLength(operations.length - 1);
  });
});
