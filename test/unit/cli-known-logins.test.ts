import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type KnownLogin, readKnownLogins, rememberLogin } from '../../src/cli/settings/known-logins.ts';
import { type LoginFlags, settle } from '../../src/cli/settings/settings.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { folder, login, settled } from './cli-settings.support.ts';

describe('earlier logins', () => {
  it('say which system is meant, where there were logins to one only', async () => {
    expect(await settled({ known: [login()] })).toMatchObject({ user: 'known', system: { name: 'pulse-crm' } });
    await expect(settled({})).rejects.toThrow('say which system is meant');
    await expect(settled({ known: [login(), login({ system: 'zato-sso' })] })).rejects.toThrow(
      'logins were made to pulse-crm, zato-sso',
    );
  });

  it('are named where several fit, and one of them is taken when a flag says which', async () => {
    const known = [
      login({ user: 'a' }),
      login({ user: 'b' }),
      login({ user: 'b', baseUrl: 'https://other.example.com' }),
    ];
    await expect(settled({ system: 'pulse-crm', known })).rejects.toThrow(
      'several logins to pulse-crm fit: say which with --user and --base-url ' +
        '(a at https://known.example.com; b at https://known.example.com; b at https://other.example.com)',
    );
    expect(await settled({ system: 'pulse-crm', known, flags: { user: 'a' } })).toMatchObject({
      user: 'a',
      baseUrl: 'https://known.example.com',
    });
    const flags = { user: 'b', baseUrl: 'https://other.example.com' };
    expect(await settled({ system: 'pulse-crm', known, flags })).toMatchObject(flags);
  });

  it('are told apart by what their sessions are kept apart by: entities, stores', async () => {
    const rest = (extras: KnownLogin['extras']): KnownLogin => login({ system: 'zuora-rest', extras });
    const known = [rest({ entityId: '1' }), rest({ entityName: 'EU' }), rest({})];
    const of = async (flags: LoginFlags) => (await settled({ system: 'zuora-rest', known, flags })).extras;
    await expect(of({})).rejects.toThrow(
      /--entity-id or --entity-name \(.*entityId 1, entityName none.*entityName EU.*entityId none, entityName none/,
    );
    for (const extras of [{ entityId: '1' }, { entityName: 'EU' }]) expect(await of(extras)).toEqual(extras);
    for (const flags of [{ entityId: 'none' }, { entityName: 'none' }, { entityId: 'none', entityName: 'none' }])
      expect(await of(flags)).toEqual({});
    const stores = [login({ store: '/a' }), login({ store: 'redis://me:hunter2@b' })];
    const several = await settled({ system: 'pulse-crm', known: stores }).catch(String);
    expect(several).toMatch(/--store.*\/a.*redis:\/\/b/);
    expect(several).not.toContain('hunter2');
    expect((await settled({ system: 'pulse-crm', known: stores, flags: { store: '/a' } })).store).toBe('/a');
  });

  it('serve another account or application than theirs: the session is the same', async () => {
    const one = login({ extras: { accountId: '1' } });
    const other = { system: 'pulse-crm', flags: { accountId: '3' } };
    expect((await settled({ system: 'pulse-crm', known: [one] })).extras).toEqual({ accountId: '1' });
    expect(await settled({ ...other, known: [one] })).toMatchObject({ user: 'known', extras: { accountId: '3' } });
    await expect(settled({ ...other, known: [one, login({ user: 'you' })] })).rejects.toThrow('say which with --user');
    const zato = login({ system: 'zato-sso', extras: { currentApp: 'CRM' } });
    expect((await settled({ system: 'zato-sso', flags: { currentApp: 'HR' }, known: [zato] })).extras).toEqual({
      currentApp: 'HR',
    });
  });

  it('are remembered once for each session, with the account or application that was named last', async () => {
    const store = createMemoryStore();
    const remember = (extras: KnownLogin['extras'], system: KnownLogin['system'] = 'zato-sso') =>
      rememberLogin(store, login({ system, extras }));
    expect(await remember({ currentApp: 'CRM' })).toBeUndefined();
    expect(await remember({ currentApp: 'XYZ' })).toMatchObject({ extras: { currentApp: 'CRM' } });
    for (const extras of [{}, { entityId: '1' }]) await remember(extras, 'zuora-rest');
    const extras = (await readKnownLogins(store, () => {})).map((known) => known.extras);
    expect(extras).toEqual([{ entityId: '1' }, {}, { currentApp: 'XYZ' }]);
    await rememberLogin(store, login({ system: 'zato-sso', extras: { currentApp: 'HR' } }), 'found');
    expect((await readKnownLogins(store, () => {}))[0]?.extras).toEqual({ currentApp: 'XYZ' });
    await rememberLogin(store, login({ system: 'zato-sso', extras: { currentApp: 'CRM' } }), 'gone');
    expect(await readKnownLogins(store, () => {})).toHaveLength(2);
  });

  it('serve no other entity than theirs', async () => {
    const known = [login({ system: 'zuora-rest', extras: { entityId: '1' } })];
    for (const flags of [{ entityId: '2' }, { entityName: 'EU' }]) {
      await expect(settled({ system: 'zuora-rest', known, flags })).rejects.toThrow('no login to zuora-rest');
    }
    expect((await settled({ system: 'zuora-rest', known, flags: { entityId: '1' } })).user).toBe('known');
  });

  it('are found whether or not there is a slash behind the address', async () => {
    const known = [login({ baseUrl: 'https://known.example.com/api' })];
    const flags = { baseUrl: 'https://KNOWN.example.com:443/api/' };
    expect(await settled({ system: 'pulse-crm', known, flags })).toMatchObject({
      user: 'known',
      baseUrl: 'https://known.example.com/api',
    });
  });

  it('are not asked for where all is said', async () => {
    const known = vi.fn(async () => []);
    const env = { LATCHKEY_CONFIG_DIR: folder };
    await writeFile(join(folder, 'config.json'), '{}');
    const flags = { baseUrl: 'https://crm.example.com', user: 'me' };
    await settle({ system: 'pulse-crm', flags, env, known });
    expect(known).not.toHaveBeenCalled();
  });

  it('give no address to another user, and no user to another address', async () => {
    const flags = { user: 'somebody-else' };
    await expect(settled({ system: 'pulse-crm', flags, known: [login()] })).rejects.toThrow(
      'nothing says where Pulse CRM is',
    );
    const other = { baseUrl: 'https://other.example.com' };
    await expect(settled({ system: 'pulse-crm', flags: other, known: [login()] })).rejects.toThrow(
      'nothing says who logs in',
    );
  });
});
