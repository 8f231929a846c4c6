import { describe, expect, it } from 'vitest';
import { LoginBudgetError, LoginQuarantinedError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import type { ClientOptions, SessionHandle } from '../../src/systems/client-options.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { rejection } from '../helpers/waiting.ts';
import { fault, serve } from './outcomes.support.ts';

type Common = Omit<ClientOptions<never>, 'credentials'>;
/** Opens a client with something about it changed. */
type Open = (common: Common, changed: Readonly<Record<string, string>>) => { readonly session: SessionHandle<unknown> };

const open: Readonly<Record<string, Open>> = {
  'pulse-crm': (common, { baseUrl = 'https://crm.example.test', apiKey = 'key-1', ...more }) =>
    createPulseCrm({ baseUrl, credentials: { apiKey, apiSecret: 's3cret-value' }, ...more, ...common }),
  'zuora-rest': (common, { baseUrl = 'https://rest.zuora.com', apiAccessKeyId = 'ada', ...more }) =>
    createZuoraRest({
      baseUrl,
      credentials: { apiAccessKeyId, apiSecretAccessKey: 's3cret-value' },
      ...more,
      ...common,
    }),
  'zuora-soap': (common, { baseUrl = 'https://www.zuora.com/apps/services/a/91.0', username = 'ada', entityId }) =>
    createZuoraSoap({
      baseUrl,
      credentials: { username, password: 's3cret-value' },
      serverUrl: 'ignore',
      ...(entityId === undefined ? {} : { entityId }),
      ...common,
    }),
  'zato-sso': (common, { baseUrl = 'https://sso.example.test', username = 'ada', currentApp = 'CRM' }) =>
    createZatoSso({ baseUrl, currentApp, credentials: { username, password: 's3cret-value' }, ...common }),
};

function clientOf(system: string, common: Common, changed: Readonly<Record<string, string>> = {}) {
  const opened = open[system]?.(common, changed);
  if (!opened) throw new Error(`there is no system ${system}`);
  return opened.session;
}

describe('credentials that are given as a value', () => {
  it('are those of the moment when the client was made', async () => {
    const bodies: string[] = [];
    const served = serve('zato-sso');
    const fetch: typeof served.fetch = async (input, init) => {
      bodies.push(String(init?.body));
      return served.fetch(input, init);
    };
    const credentials = { username: 'ada', password: 's3cret-of-ada' };
    const client = createZatoSso({ baseUrl: 'https://sso.example.test', currentApp: 'CRM', credentials, fetch });
    credentials.username = 'grace';
    credentials.password = 's3cret-of-grace';
    await client.session.login();
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ username: 'ada', password: 's3cret-of-ada' });
  });
});

describe('what a login binds', () => {
  // A login to Zato is good for all applications; Pulse and Zuora's current Entity-Ids name theirs with each call.
  it.each([
    ['pulse-crm', { accountId: 'acct-0002' }],
    ['zuora-rest', { entityIds: '6337' }],
    ['zato-sso', { currentApp: 'Shop' }],
  ])('%s: is one session, also with %j', async (system, changed) => {
    const { fetch, sent } = serve(system);
    const store = createMemoryStore();
    const first = await clientOf(system, { fetch, store }).get();
    expect((await clientOf(system, { fetch, store }, changed).get()).secret).toBe(first.secret);
    expect(sent).toEqual(['login']);
  });

  // A SOAP session is bound to the entity of its login, and so is one that was begun with the older entity headers.
  it.each([
    ['pulse-crm', { baseUrl: 'https://other.example.test' }],
    ['pulse-crm', { apiKey: 'key-2' }],
    ['zuora-rest', { baseUrl: 'https://rest.eu.zuora.com' }],
    ['zuora-rest', { apiAccessKeyId: 'eve' }],
    ['zuora-rest', { entityId: '6337' }],
    ['zuora-rest', { entityName: 'Example' }],
    ['zuora-soap', { baseUrl: 'https://apisandbox.zuora.com/apps/services/a/91.0' }],
    ['zuora-soap', { username: 'eve' }],
    ['zuora-soap', { entityId: '6337' }],
    ['zato-sso', { baseUrl: 'https://sso.other.example.test' }],
    ['zato-sso', { username: 'eve' }],
  ])('%s: is another session with %j', async (system, changed) => {
    const { fetch, sent } = serve(system);
    const store = createMemoryStore();
    const first = await clientOf(system, { fetch, store }).get();
    expect((await clientOf(system, { fetch, store }, changed).get()).secret).not.toBe(first.secret);
    expect(sent).toEqual(['login', 'login']);
  });

  it.each(Object.keys(open))('%s: is found under names that tell neither who nor with what', async (system) => {
    const keys = new Set<string>();
    const inner = createMemoryStore();
    const noted = <Rest extends unknown[], T>(work: (key: string, ...rest: Rest) => T) => {
      return (key: string, ...rest: Rest): T => {
        keys.add(key);
        return work(key, ...rest);
      };
    };
    const withLock: SessionStore['withLock'] = (key, task, options) => {
      keys.add(key);
      return inner.withLock(key, task, options);
    };
    const store = { ...inner, read: noted(inner.read), write: noted(inner.write), withLock };
    await clientOf(system, { fetch: serve(system).fetch, store }).get();
    expect([...keys].map((key) => key.replace(/-[0-9a-f]{40}$/, '')).sort()).toEqual(['account-v1', 'session-v1']);
  });
});

describe('what a lockout of Zuora counts', () => {
  const denied = {
    'zuora-rest': { status: 401 },
    'zuora-soap': fault('INVALID_VALUE', 'x', { type: 'LoginFault' }),
  } as const;
  const soapAt = (host: string): string => `https://${host}/apps/services/a/91.0`;
  // The hosts of one data centre, as Zuora lists them.
  const tenants = [
    ['https://rest.zuora.com', soapAt('www.zuora.com')],
    ['https://api.zuora.com/rest', soapAt('api.zuora.com')],
    ['https://rest.zuora.com', soapAt('api.zuora.com')],
    ['https://rest.na.zuora.com', soapAt('na.zuora.com')],
    ['https://rest.sandbox.na.zuora.com', soapAt('sandbox.na.zuora.com')],
    ['https://rest.apisandbox.zuora.com', soapAt('apisandbox.zuora.com')],
    ['https://apisandbox-api.zuora.com/rest', soapAt('apisandbox.zuora.com')],
    ['https://rest.test.zuora.com', soapAt('test.zuora.com')],
  ] as const;

  it.each(tenants)('is counted together for REST at %s and SOAP at %s', async (rest, soap) => {
    const store = createMemoryStore();
    const refusing = serve('zuora-rest', { login: [denied['zuora-rest']] });
    await rejection(clientOf('zuora-rest', { fetch: refusing.fetch, store }, { baseUrl: rest }).login());
    const other = serve('zuora-soap');
    const session = clientOf('zuora-soap', { fetch: other.fetch, store }, { baseUrl: soap });
    expect(await rejection(session.login())).toBeInstanceOf(LoginQuarantinedError);
    expect(other.sent).toEqual([]);
  });

  it('is counted together the other way round, and so is the login budget', async () => {
    const store = createMemoryStore();
    const refusing = serve('zuora-soap', { login: [denied['zuora-soap']] });
    await rejection(clientOf('zuora-soap', { fetch: refusing.fetch, store }).login());
    const common = { fetch: serve('zuora-rest').fetch, store, loginBudgetMax: 2 };
    expect(await rejection(clientOf('zuora-rest', common).login())).toBeInstanceOf(LoginQuarantinedError);
    const fresh = createMemoryStore();
    await clientOf('zuora-soap', { fetch: serve('zuora-soap').fetch, store: fresh }).login();
    const rest = clientOf('zuora-rest', { ...common, store: fresh });
    await rest.login();
    expect(await rejection(rest.login())).toBeInstanceOf(LoginBudgetError);
  });

  it.each([
    ['another data centre', { baseUrl: soapAt('na.zuora.com') }],
    ['the sandbox', { baseUrl: soapAt('apisandbox.zuora.com') }],
    ['another user', { username: 'eve' }],
  ])('is not counted for %s', async (_, changed) => {
    const store = createMemoryStore();
    const refusing = serve('zuora-rest', { login: [denied['zuora-rest']] });
    await rejection(clientOf('zuora-rest', { fetch: refusing.fetch, store }).login());
    const other = serve('zuora-soap');
    await clientOf('zuora-soap', { fetch: other.fetch, store }, changed).login();
    expect(other.sent).toEqual(['login']);
  });
});
