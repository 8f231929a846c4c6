import { describe, expect, it } from 'vitest';
import {
  createSandbox,
  defaultPulseUsers,
  defaultZatoUsers,
  defaultZuoraUsers,
  type SandboxOptions,
} from '../../src/sandbox/index.ts';
import { create, isGood, logIn, pulse, send, type Way, ways, zato } from './sandbox-ways.support.ts';

describe.each(ways)('a reset of $system', (way) => {
  it('leaves nothing good that was issued before it, whoever logs in after it', async () => {
    const sandbox = create();
    const old = [await logIn(sandbox, way), await logIn(sandbox, way)];
    sandbox.reset();
    const fresh = [await logIn(sandbox, way), await logIn(sandbox, way)];
    expect(new Set([...old, ...fresh]).size).toBe(4);
    for (const session of old) expect(await isGood(sandbox, way, session)).toBe(false);
    for (const session of fresh) expect(await isGood(sandbox, way, session)).toBe(true);
  });

  it('is repeatable: the same run with the same seed gives the same values', async () => {
    const run = async (): Promise<string[]> => {
      const sandbox = create();
      const before = await logIn(sandbox, way);
      sandbox.reset();
      return [before, await logIn(sandbox, way)];
    };
    expect(await run()).toEqual(await run());
  });

  it('drops a slow login that began before it, and counts it nowhere', async () => {
    const sandbox = create();
    sandbox.scenario(way.system, 'slow-login', { ms: 30 });
    const slow = way.login(sandbox);
    await new Promise((resolve) => setTimeout(resolve, 5));
    sandbox.reset();
    await expect(slow).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sandbox.counts(way.system)).toMatchObject({ requests: 0, logins: 0, loginsAccepted: 0 });
    expect(sandbox.twins[way.system].liveSessions()).toBe(0);
  });
});

describe('what a sandbox was made with', () => {
  it('is copied: users and lists that change later change nothing, before a reset or after it', async () => {
    const user = structuredClone(defaultPulseUsers[0]);
    if (user === undefined) throw new Error('there is no user');
    const users = [user];
    const apps = ['CRM'];
    const sandbox = create({ users: { 'pulse-crm': users }, settings: { 'zato-sso': { apps } } });
    user.apiSecret = 'another-secret';
    users.length = 0;
    apps.length = 0;
    for (const way of [pulse, zato]) await logIn(sandbox, way);
    sandbox.reset();
    for (const way of [pulse, zato]) await logIn(sandbox, way);
    const given = ['ERP'];
    sandbox.scenario('zato-sso', 'settings', { apps: given });
    given[0] = 'CRM';
    expect(await (await zato.login(sandbox)).text()).toContain('E004001');
  });

  const [zuoraUser, zatoUser, pulseUser] = [defaultZuoraUsers[0], defaultZatoUsers[0], defaultPulseUsers[0]];
  const without = (user: object | undefined, name: string) =>
    Object.fromEntries(Object.entries(user ?? {}).filter(([key]) => key !== name));
  it.each<[string, unknown, string]>([
    ['zuora', [without(zuoraUser, 'entities')], 'users.zuora[0].entities'],
    ['zuora', [zuoraUser, { ...zuoraUser, entities: [{ id: 1, name: 'x' }] }], 'users.zuora[1].entities[0].id'],
    ['zuora', [{ ...zuoraUser, password: undefined }], 'users.zuora[0].password'],
    ['zuora', [{ ...zuoraUser, isUsedInUi: 'no' }], 'users.zuora[0].isUsedInUi'],
    ['zuora', zuoraUser, 'users.zuora'],
    ['zuora', [null], 'users.zuora[0]'],
    ['zato-sso', [without(zatoUser, 'password')], 'users.zato-sso[0].password'],
    ['zato-sso', [{ ...zatoUser, passwordExpiresInDays: Number.POSITIVE_INFINITY }], 'passwordExpiresInDays'],
    ['zato-sso', [{ ...zatoUser, passwordExpiresInDays: 36_501 }], 'passwordExpiresInDays'],
    ['zato-sso', [{ ...zatoUser, totpKey: 7 }], 'users.zato-sso[0].totpKey'],
    ['zato-sso', [{ ...zatoUser, isLocked: 0 }], 'users.zato-sso[0].isLocked'],
    ['zato-sso', [{ ...zatoUser, approvalStatus: 'perhaps' }], 'users.zato-sso[0].approvalStatus'],
    ['pulse-crm', [without(pulseUser, 'accounts')], 'users.pulse-crm[0].accounts'],
    ['pulse-crm', [{ ...pulseUser, id: '1' }], 'users.pulse-crm[0].id'],
    ['pulse-crm', [{ ...pulseUser, accounts: [{ accountId: 'a' }] }], 'users.pulse-crm[0].accounts[0].accountName'],
  ])('is looked at: a user of %s that nobody could be, %#', (service, given, place) => {
    const options: SandboxOptions = { users: { [service]: given } as never };
    expect(() => createSandbox(options)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'BAD_USER', message: expect.stringContaining(place) }),
    );
  });

  it('may lack what a user need not have', () => {
    const bare = { ...without(zuoraUser, 'isUsedInUi'), entities: [] };
    const lonely = { ...pulseUser, accounts: [] };
    expect(() => createSandbox({ users: { zuora: [bare], 'pulse-crm': [lonely] } as never })).not.toThrow();
  });
});

describe('a path that a service does not own', () => {
  it.each<[Way['system'], string, RequestInit]>([
    ['zato-sso', '/whatever/user/login', { method: 'POST', body: '{}' }],
    ['zato-sso', '/zato/s_o/user/login', { method: 'POST', body: '{}' }],
    [
      'zuora-rest',
      '/connections',
      { method: 'POST', headers: { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' } },
    ],
    ['zuora-soap', '/services/a/91.0', { method: 'POST', body: '<x/>' }],
    ['pulse-crm', '/v1/connections', { method: 'POST' }],
  ])('is answered with 404 by the handler of %s too: %s', async (system, path, init) => {
    const sandbox = create();
    const answer = await sandbox.twins[system].handle(new Request(`https://any.test${path}`, init));
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('owns this path');
    expect(sandbox.twins[system].liveSessions()).toBe(0);
    expect(sandbox.journal.entries()).toEqual([]);
  });

  it('logs nobody in, though its end is that of a login', async () => {
    const sandbox = create();
    const right = { username: 'superuser1', password: 'superuser1-Pa55-phrase', current_app: 'CRM' };
    const request = new Request('http://localhost:17010/whatever/user/login', {
      method: 'POST',
      headers: { 'User-Agent': 'test' },
      body: JSON.stringify(right),
    });
    expect((await sandbox.twins['zato-sso'].handle(request)).status).toBe(404);
    expect((await send(sandbox, '/connections', { method: 'POST' })).status).toBe(404);
  });
});
