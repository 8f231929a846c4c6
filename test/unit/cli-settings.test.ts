import { describe, expect, it, vi } from 'vitest';
import type { MissingSetting } from '../../src/cli/settings/missing-setting.ts';
import type { LoginFlags, Settings } from '../../src/cli/settings/settings.ts';
import { type CliSystem, cliSystems, type ExtraName, flagOf, variableOf } from '../../src/cli/settings/systems.ts';
import { systemNames } from '../../src/sandbox/systems.ts';
import { settled } from './cli-settings.support.ts';

describe('settings', () => {
  const names = (system: CliSystem): (ExtraName | 'baseUrl' | 'user' | 'store')[] => [
    'baseUrl',
    'user',
    'store',
    ...system.extras,
  ];
  const valueAt = (level: string, name: string): string =>
    name === 'baseUrl' ? `https://${level}.example.com` : name === 'store' ? `/${level}` : `${level}-${name}`;
  const found = (settings: Settings, name: string): unknown => ({ ...settings, ...settings.extras })[name as 'user'];

  for (const systemName of systemNames) {
    const system = cliSystems[systemName];
    it.each(names(system))(
      `of ${systemName} come from flags, then the environment, the profile, an earlier login: %s`,
      async (name) => {
        // An entity has one name or the other.
        const told = names(system).filter((each) => each !== (name === 'entityName' ? 'entityId' : 'entityName'));
        const all = (level: string): Record<string, string> =>
          Object.fromEntries(told.map((each) => [each, valueAt(level, each)]));
        const { store = '', user = '', baseUrl = '', ...extras } = all('known');
        const variable =
          name === 'store' ? 'LATCHKEY_STORE' : variableOf(systemName, name === 'user' ? system.forms[0].user : name);
        const flags: LoginFlags = { [name]: valueAt('flag', name) };
        const env = { [variable]: valueAt('env', name) };
        const own = valueAt('profile', name);
        const known = [{ system: systemName, user, baseUrl, extras, store, atMs: 0 }];
        // What is not looked at is the earlier login's, or another one would be meant.
        const rest = Object.fromEntries(Object.entries(all('known')).filter(([each]) => each !== name));
        const base = { system: systemName, default: 'work', known };
        const whole = { ...base, profiles: { work: { system: systemName, ...rest, [name]: own } } };
        expect(found(await settled({ ...whole, flags, env }), name)).toBe(valueAt('flag', name));
        expect(found(await settled({ ...whole, env }), name)).toBe(valueAt('env', name));
        expect(found(await settled(whole), name)).toBe(valueAt('profile', name));
        expect(found(await settled({ system: systemName, known }), name)).toBe(valueAt('known', name));
      },
    );
  }

  it('take the profile of --profile before that of LATCHKEY_PROFILE, and that before the default', async () => {
    const profile = (user: string): object => ({ system: 'pulse-crm', baseUrl: 'https://crm.example.com', user });
    const given = { profiles: { a: profile('a'), b: profile('b'), c: profile('c') }, default: 'a' };
    expect((await settled(given)).user).toBe('a');
    const env = { LATCHKEY_PROFILE: 'b' };
    expect((await settled({ ...given, env })).profile).toBe('b');
    expect((await settled({ ...given, env, flags: { profile: 'c' } })).profile).toBe('c');
    await expect(settled({ ...given, flags: { profile: 'd' } })).rejects.toThrow(
      '--profile names no profile: "d"; there are a, b, c',
    );
    await expect(settled({ ...given, env: { LATCHKEY_PROFILE: 'x' } })).rejects.toThrow(
      'LATCHKEY_PROFILE names no profile: "x"',
    );
    await expect(settled({ ...given, system: 'zato-sso', env: { LATCHKEY_PROFILE: 'x' } })).rejects.toThrow(
      'LATCHKEY_PROFILE names no profile: "x"',
    );
  });

  it('let a system that is named go before a profile that is only the default, not before one that is named', async () => {
    const profiles = { work: { system: 'pulse-crm', baseUrl: 'https://crm.example.com', user: 'me' } };
    const env = { LATCHKEY_ZUORA_SOAP_USERNAME: 'z' };
    const other = await settled({ system: 'zuora-soap', profiles, default: 'work', env });
    expect(other).toMatchObject({ profile: undefined, user: 'z', baseUrl: cliSystems['zuora-soap'].exampleUrl });
    await expect(settled({ system: 'zuora-soap', profiles, flags: { profile: 'work' }, env })).rejects.toThrow(
      'the profile work is for pulse-crm, not for zuora-soap',
    );
  });

  it('take timeouts and plain http from the profile alone, or its flag', async () => {
    const crm = { system: 'pulse-crm', baseUrl: 'https://crm.example.com', user: 'me' };
    const profiles = { work: { ...crm, sessionTimeoutMs: 60_000, allowInsecure: true } };
    expect(await settled({ profiles, flags: { profile: 'work' } })).toMatchObject({
      sessionTimeoutMs: 60_000,
      allowInsecure: true,
    });
    const env = { LATCHKEY_PULSE_CRM_BASE_URL: 'https://crm.example.com', LATCHKEY_PULSE_CRM_API_KEY: 'me' };
    expect(await settled({ system: 'pulse-crm', profiles, env })).toMatchObject({
      sessionTimeoutMs: undefined,
      allowInsecure: false,
    });
  });

  it('take one name of an entity: below the place that has one, none counts', async () => {
    const rest = { system: 'zuora-rest', baseUrl: 'https://rest.example.com', user: 'me' };
    const profiles = { work: { ...rest, entityName: 'EU' } };
    const env = { LATCHKEY_ZUORA_REST_ENTITY_NAME: 'US' };
    const of = async (given: object) => (await settled({ profiles, default: 'work', ...given })).extras;
    expect(await of({})).toEqual({ entityName: 'EU' });
    expect(await of({ env, flags: { entityId: '1' } })).toEqual({ entityId: '1' });
    expect(await of({ env: { LATCHKEY_ZUORA_REST_ENTITY_ID: '2' } })).toEqual({ entityId: '2' });
    await expect(of({ flags: { entityId: '1', entityName: 'EU' } })).rejects.toThrow(
      'the command line names an entity by id and by name: one of them',
    );
  });

  it('are refused where a flag says nothing, or what only another system takes', async () => {
    const flags = { baseUrl: 'https://crm.example.com', user: 'me' };
    for (const name of ['user', 'baseUrl', 'accountId', 'store']) {
      await expect(settled({ system: 'pulse-crm', flags: { ...flags, [name]: ' ' } })).rejects.toThrow(
        `${flagOf(name)} is empty`,
      );
    }
    await expect(settled({ system: 'pulse-crm', flags: { ...flags, entityId: '1' } })).rejects.toThrow(
      '--entity-id is not for pulse-crm',
    );
  });

  it('ask for what nothing says, one by one, or name its flag and variable', async () => {
    const ask = vi.fn(async ({ name }: MissingSetting) =>
      name === 'baseUrl' ? 'https://sso.example.com' : `asked-${name}`,
    );
    const settings = await settled({ system: 'zato-sso', ask });
    expect(ask.mock.calls.map(([{ name }]) => name)).toEqual(['baseUrl', 'user', 'currentApp']);
    expect(settings).toMatchObject({
      baseUrl: 'https://sso.example.com',
      user: 'asked-user',
      extras: { currentApp: 'asked-currentApp' },
    });
    await expect(
      settled({ system: 'zato-sso', flags: { user: 'me', baseUrl: 'https://a.example.com' } }),
    ).rejects.toThrow(
      'zato-sso: nothing says the currentApp: give --current-app or LATCHKEY_ZATO_SSO_CURRENT_APP, or a profile',
    );
    await expect(settled({ system: 'pulse-crm' })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_NOT_LOGGED_IN' }),
    );
    await expect(settled({ system: 'pulse' })).rejects.toThrow('"pulse" is no system: there are zuora-rest');
  });
});

describe('a secret', () => {
  const env = { LATCHKEY_PULSE_CRM_API_KEY: 'env-user', LATCHKEY_PULSE_CRM_API_SECRET: 'of-env-user' };
  const profiles = {
    work: {
      system: 'pulse-crm',
      baseUrl: 'https://crm.example.com',
      user: 'profile-user',
      secretCommand: ['pass', 'crm'],
    },
  };
  const base = { system: 'pulse-crm', profiles, default: 'work' };

  it('is that of the user: the place that names another one does not count', async () => {
    expect(await settled({ ...base, env })).toMatchObject({
      user: 'env-user',
      secret: { kind: 'value', value: 'of-env-user' },
    });
    const asProfile = await settled({ ...base, env, flags: { user: 'profile-user' } });
    expect(asProfile).toMatchObject({ user: 'profile-user', secret: { kind: 'command', from: 'the profile work' } });
    expect((await settled({ ...base, env, flags: { user: 'third' } })).secret).toBeUndefined();
  });

  it('that names nobody is for whoever is meant', async () => {
    const { LATCHKEY_PULSE_CRM_API_SECRET } = env;
    const settings = await settled({ ...base, env: { LATCHKEY_PULSE_CRM_API_SECRET } });
    expect(settings).toMatchObject({ user: 'profile-user', secret: { kind: 'value', from: 'the environment' } });
  });

  it('from stdin goes before all others', async () => {
    expect((await settled({ ...base, env, flags: { passwordStdin: true } })).secret).toMatchObject({ kind: 'stdin' });
  });

  it('is that of the form of the user: a password for an email address, an API secret for a key', async () => {
    const both = {
      ...env,
      LATCHKEY_PULSE_CRM_PASSWORD: 'of-email',
      LATCHKEY_PULSE_CRM_BASE_URL: 'https://crm.example.com',
    };
    const byEmail = await settled({ system: 'pulse-crm', env: both, flags: { user: 'me@example.com' } });
    expect(byEmail.secret).toMatchObject({ kind: 'value', value: 'of-email' });
    const { LATCHKEY_PULSE_CRM_API_KEY: _, ...noKey } = both;
    const byKey = await settled({ system: 'pulse-crm', env: noKey, flags: { user: 'key' } });
    expect(byKey.secret).toMatchObject({ value: 'of-env-user' });
    const mail = { LATCHKEY_PULSE_CRM_PASSWORD: 'of-email' };
    // The profile's user has an API key: a password in the environment is for somebody else.
    expect((await settled({ ...base, env: mail })).secret).toMatchObject({ kind: 'command' });
    // And the API secret that stands beside it is not lost for it.
    const { LATCHKEY_PULSE_CRM_API_SECRET } = env;
    const other = { work: { ...profiles.work, user: 'me@example.com' } };
    const secrets = { ...mail, LATCHKEY_PULSE_CRM_API_SECRET };
    expect((await settled({ ...base, profiles: other, env: secrets })).secret).toMatchObject({ value: 'of-email' });
  });

  it('is not taken from an argument: the password of a store is refused there, and taken from the environment', async () => {
    const flags = { baseUrl: 'https://a.example.com', user: 'a' };
    const store = 'redis://default:hunter2@cache.example.com:6379';
    const error = await settled({ system: 'pulse-crm', flags: { ...flags, store } }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('put the address into LATCHKEY_STORE'),
    });
    expect(String(error)).not.toContain('hunter2');
    expect(await settled({ system: 'pulse-crm', flags, env: { LATCHKEY_STORE: store } })).toMatchObject({ store });
    const plain = 'redis://cache.example.com:6379';
    expect(await settled({ system: 'pulse-crm', flags: { ...flags, store: plain } })).toMatchObject({ store: plain });
  });

  it('is read from three kinds of variables, and one that only a shell could run is refused by its name', async () => {
    const of = async (more: Record<string, string>) => (await settled({ ...base, env: more })).secret;
    expect(await of({ LATCHKEY_PULSE_CRM_API_SECRET_FILE: '/run/secret' })).toMatchObject({
      kind: 'file',
      path: '/run/secret',
    });
    expect(await of({ LATCHKEY_PULSE_CRM_API_SECRET_COMMAND: 'pass show crm' })).toMatchObject({
      command: ['pass', 'show', 'crm'],
    });
    expect(await of({ LATCHKEY_PULSE_CRM_API_SECRET_COMMAND: '["sh","-c","a | b"]' })).toMatchObject({
      command: ['sh', '-c', 'a | b'],
    });
    await expect(of({ LATCHKEY_PULSE_CRM_API_SECRET_COMMAND: 'pass show "crm"' })).rejects.toThrow(
      'LATCHKEY_PULSE_CRM_API_SECRET_COMMAND has characters that only a shell would read',
    );
  });

  it('of codes goes by the same rules', async () => {
    const totp = { LATCHKEY_ZATO_SSO_USERNAME: 'a', LATCHKEY_ZATO_SSO_TOTP_COMMAND: 'oathtool x' };
    const zato = { system: 'zato-sso', flags: { baseUrl: 'https://sso.example.com', currentApp: 'CRM' } };
    expect((await settled({ ...zato, env: totp })).totp).toMatchObject({ kind: 'command', gives: 'code' });
    expect((await settled({ ...zato, flags: { ...zato.flags, user: 'b' }, env: totp })).totp).toBeUndefined();
    const key = { ...totp, LATCHKEY_ZATO_SSO_TOTP_KEY: 'JBSW' };
    expect((await settled({ ...zato, env: key })).totp).toMatchObject({ kind: 'value', gives: 'key' });
  });
});
