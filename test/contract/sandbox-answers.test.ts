import { describe, expect, it } from 'vitest';
import { operations as zatoOperations } from '../../generated/zato-sso/operations.ts';
import { service } from '../../generated/zuora-soap/table.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { useContractHarness } from './harness.ts';

// The harness holds every exchange against its spec: the tests only have to make each kind of answer happen.
const harness = useContractHarness();
const statuses = async (): Promise<(number | undefined)[]> =>
  (await harness.exchanges()).map(({ response }) => response?.status);

describe('what the Zato twin answers fits the spec', () => {
  const zato = (username = 'user1', password = 'SD:n25a9-?Z8e-49bQ  D%') =>
    createZatoSso({ baseUrl: 'http://localhost:17010', currentApp: 'CRM', credentials: { username, password } });
  const superUser = () => zato('superuser1', 'superuser1-Pa55-phrase');
  // The sandbox answers 501 for it.
  const unplayed = ['signUp', 'confirmSignUp'];

  it('to every operation that it plays', async () => {
    const [user, admin] = [zato(), superUser()];
    const { secret: target_ust } = await user.session.get();
    const { data } = await admin.GET('/zato/sso/user/search', { params: { query: { username: 'user1' } } });
    const user_id = data?.result?.[0]?.user_id ?? '';
    expect(user_id).toMatch(/^zusr/);
    await admin.GET('/zato/sso/user/session', { params: { query: { target_ust } } });
    await admin.POST('/zato/sso/user/session', { body: { target_ust } });
    await user.GET('/zato/sso/user/session/list');
    await user.GET('/zato/sso/user');
    await user.PATCH('/zato/sso/user', { body: { first_name: 'Augusta' } });
    await user.PATCH('/zato/sso/user/password', {
      body: { old_password: 'SD:n25a9-?Z8e-49bQ  D%', new_password: 'kT?7-quiet.Harbour 31' },
    });
    await user.PATCH('/zato/sso/user/totp', {
      body: { totp_key: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', totp_label: 'phone' },
    });
    await user.session.renew();
    await user.session.logout();
    await admin.POST('/zato/sso/user/search', { body: { username: 'user1' } });
    await admin.POST('/zato/sso/user/approve', { body: { user_id } });
    await admin.POST('/zato/sso/user/reject', { body: { user_id } });
    await admin.POST('/zato/sso/user/lock', { body: { user_id } });
    await admin.DELETE('/zato/sso/user/lock', { body: { user_id } });
    const asked = new Set(
      (await harness.exchanges()).map(({ request }) => `${request.method} ${new URL(request.url).pathname}`),
    );
    const missed = zatoOperations.filter(({ method, path }) => !asked.has(`${method} ${path}`)).map(({ id }) => id);
    expect(missed.sort()).toEqual(unplayed.sort());
  });

  it('with each of its refusals', async () => {
    const user = zato();
    const { secret: target_ust } = await user.session.get();
    await user.GET('/zato/sso/user/session', { params: { query: { target_ust } } });
    await user.POST('/zato/sso/user/approve', { body: { user_id: 'zusr1' } });
    await user.PATCH('/zato/sso/user', { body: {} });
    await superUser().GET('/zato/sso/user/session', { params: { query: { target_ust: 'zust-unknown' } } });
    for (const name of ['totp-user', 'change-me', 'expired', 'locked', 'unapproved', 'unconfirmed']) {
      await expect(zato(name, `${name}-Pa55-phrase`).session.login()).rejects.toThrow();
    }
    expect(new Set(await statuses())).toEqual(new Set([200, 403]));
  });

  it('with each of its failures', async () => {
    harness.allow('/request/body', '/request/body/username');
    const url = 'http://localhost:17010/zato/sso/user/login';
    const headers = { 'content-type': 'application/json', 'user-agent': 'test' };
    for (const body of ['', '{', '{"current_app":"CRM"}']) await fetch(url, { method: 'POST', headers, body });
    expect(await statuses()).toEqual([400, 500, 400]);
  });
});

describe('what the Zuora REST twin answers fits the spec', () => {
  const zuora = (apiSecretAccessKey = 'password') =>
    createZuoraRest({
      baseUrl: 'https://rest.apisandbox.zuora.com',
      credentials: { apiAccessKeyId: 'username@company.com', apiSecretAccessKey },
    });

  it('to a login, a refused one, one for a forbidden entity, and to entities', async () => {
    await zuora().GET('/v1/entities');
    await expect(zuora('wrong').session.login()).rejects.toThrow();
    await zuora().GET('/v1/entities', { params: { header: { 'Zuora-Entity-Ids': '99' } } });
    expect(await statuses()).toEqual([200, 200, 401, 200, 200]);
  });

  it('to a dead session, a limit reached and a crash', async () => {
    const client = zuora();
    await client.session.login();
    harness.sandbox.scenario('zuora-rest', 'expire-now');
    await client.GET('/v1/entities');
    for (const kind of ['rate', 'concurrency']) {
      harness.sandbox.scenario('zuora-rest', 'rate-limit', { kind });
      await client.GET('/v1/entities');
    }
    harness.sandbox.scenario('zuora-rest', 'crash');
    await client.GET('/v1/entities', { parseAs: 'text' });
    expect(await statuses()).toEqual([200, 401, 200, 200, 429, 429, 500]);
  });
});

describe('what the Pulse twin answers fits the spec', () => {
  for (const errorBody of ['json', 'empty', 'html']) {
    it(`to a login, a refused one, and with errors whose body is ${errorBody}`, async () => {
      harness.sandbox.scenario('pulse-crm', 'settings', { errorBody });
      const baseUrl = 'https://pulse.example.test';
      const pulse = createPulseCrm({
        baseUrl,
        credentials: { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' },
      });
      await pulse.GET('/auth/session');
      await pulse.GET('/auth/session', { params: { header: { 'X-Account-ID': 'acct-9999' } }, parseAs: 'text' });
      harness.sandbox.scenario('pulse-crm', 'expire-now');
      await pulse.GET('/auth/session');
      const refused = createPulseCrm({ baseUrl, credentials: { email: 'ada@pulse.example.test', password: 'wrong' } });
      await expect(refused.session.login()).rejects.toThrow();
      const nobody = { email: 'nobody@pulse.example.test', password: 'pulse-password-2' };
      await createPulseCrm({ baseUrl, credentials: nobody }).session.login();
      expect(await statuses()).toEqual([200, 200, 403, 401, 200, 200, 401, 200]);
    });
  }
});

describe('what the Zuora SOAP twin answers fits the WSDL', () => {
  const zuora = (options: { batchSize?: number } = {}, password = 'password') =>
    createZuoraSoap({
      baseUrl: 'https://apisandbox.zuora.com/apps/services/a/91.0',
      credentials: { username: 'username@company.com', password },
      ...options,
    });

  it('to every operation', async () => {
    const client = zuora({ batchSize: 2 });
    await client.getUserInfo({});
    const names = [];
    for await (const record of client.query({ queryString: 'select Id, Name from Account' })) names.push(record);
    expect(names).toHaveLength(3);
    const { result: created } = await client.create({
      zObjects: [{ $type: 'Account', Name: 'Harbor Foods' }, { $type: 'Account' }],
    });
    const Id = created?.[0]?.Id ?? '';
    expect(created?.map(({ Success }) => Success)).toEqual([true, false]);
    await client.update({
      zObjects: [
        { $type: 'Account', Id, Name: 'Harbor' },
        { $type: 'Account', Id: 'none' },
      ],
    });
    await client.delete({ type: 'Account', ids: [Id, 'none'] });
    const asked = new Set<string>();
    for (const { request } of await harness.exchanges()) {
      asked.add(/Body><\w+:(\w+)/.exec(await request.text())?.[1] ?? '');
    }
    expect([...asked].sort()).toEqual(Object.keys(service.operations).sort());
  });

  it('with an empty result, and with each of its faults', async () => {
    const client = zuora();
    await client.query({ queryString: "select Id from Account where Name = 'nobody'" });
    await expect(client.query({ queryString: 'select' })).rejects.toThrow('MALFORMED_QUERY');
    await expect(client.queryMore({ queryLocator: 'none' })).rejects.toThrow();
    await expect(client.delete({ type: 'Acount', ids: ['1'] })).rejects.toThrow();
    await expect(zuora({}, 'wrong').session.login()).rejects.toThrow();
    harness.sandbox.scenario('zuora-soap', 'expire-now');
    await client.getUserInfo({});
    expect(new Set(await statuses())).toEqual(new Set([200, 500]));
  });
});
