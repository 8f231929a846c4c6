import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import type { MissingSetting } from '../../src/cli/settings/missing-setting.ts';
import { cliSystems } from '../../src/cli/settings/systems.ts';
import { login, settled } from './cli-settings.support.ts';

const production = cliSystems['zuora-soap'].exampleUrl;
const soap = (more: Parameters<typeof login>[0] = {}) =>
  login({ system: 'zuora-soap', baseUrl: 'https://sandbox.example.com/soap', user: 'me', ...more });
const flags = { user: 'me' };

describe('the address in the spec', () => {
  it('is that of the WSDL', () => {
    expect(production).toBe(service.location);
  });

  it('is taken where nobody was ever logged in elsewhere, or it is the one of an earlier login', async () => {
    expect((await settled({ system: 'zuora-soap', flags })).baseUrl).toBe(production);
    const known = [soap({ baseUrl: production })];
    expect((await settled({ system: 'zuora-soap', flags, known })).baseUrl).toBe(production);
    expect((await settled({ system: 'zuora-soap', flags: { user: 'you' }, known })).baseUrl).toBe(production);
  });

  it('gives way to the address of an earlier login of the same user', async () => {
    expect((await settled({ system: 'zuora-soap', flags, known: [soap()] })).baseUrl).toBe(soap().baseUrl);
    const known = [soap(), soap({ extras: { entityId: '6337' } })];
    await expect(settled({ system: 'zuora-soap', flags, known })).rejects.toThrow('several logins to zuora-soap fit');
    const both = [soap(), soap({ baseUrl: production })];
    await expect(settled({ system: 'zuora-soap', flags, known: both })).rejects.toThrow(
      `say which with --base-url (me at ${soap().baseUrl}; me at ${production})`,
    );
  });

  it('is not guessed for somebody else where there were logins elsewhere', async () => {
    const other = { system: 'zuora-soap', flags: { user: 'you' }, known: [soap()] };
    await expect(settled(other)).rejects.toThrow(
      `nothing says where Zuora SOAP is: give --base-url (such as ${production}) or LATCHKEY_ZUORA_SOAP_BASE_URL, ` +
        `or a profile; logins were made by me at ${soap().baseUrl}`,
    );
    const ask = vi.fn(async () => production);
    expect((await settled({ ...other, ask })).baseUrl).toBe(production);
    expect(ask).toHaveBeenCalledOnce();
  });

  it('is what a profile means that names a user and no address', async () => {
    const profiles = { books: { system: 'zuora-soap', user: 'me' }, slow: { system: 'zuora-soap', entityId: '1' } };
    const books = await settled({ profiles, flags: { profile: 'books' }, known: [soap()] });
    expect(books.baseUrl).toBe(production);
    const known = [soap({ extras: { entityId: '1' } })];
    expect((await settled({ profiles, flags: { profile: 'slow' }, known })).baseUrl).toBe(soap().baseUrl);
  });
});

describe('whoever sits at a terminal', () => {
  const ask = async ({ name }: MissingSetting): Promise<string> =>
    name === 'baseUrl' ? 'https://asked.example.com' : `asked-${name}`;
  /** Takes the choice of this label, and notes what there was. */
  const choosing = (wanted: string) => {
    const shown: string[][] = [];
    const choose = async <T extends string>(_: string, choices: readonly { value: T; label: string }[]): Promise<T> => {
      shown.push(choices.map(({ label }) => label));
      const found = choices.find(({ label }) => label === wanted);
      if (found === undefined) throw new Error(`there is no ${wanted}`);
      return found.value;
    };
    return { choose, shown };
  };

  it('chooses the system where none is named, those of earlier logins first', async () => {
    const { choose, shown } = choosing('Zato SSO (zato-sso)');
    const known = [login({ system: 'zato-sso', extras: { currentApp: 'CRM' } }), login()];
    expect(await settled({ known, ask, choose })).toMatchObject({ system: { name: 'zato-sso' }, user: 'known' });
    const systems = [
      'Zato SSO (zato-sso)',
      'Pulse CRM (pulse-crm)',
      'Zuora REST (zuora-rest)',
      'Zuora SOAP (zuora-soap)',
    ];
    expect(shown).toEqual([systems]);
    expect(await settled({ ask, choose })).toMatchObject({ system: { name: 'zato-sso' }, user: 'asked-user' });
    expect(await settled({ known: [login()], ask, choose })).toMatchObject({ system: { name: 'pulse-crm' } });
  });

  it('chooses one of several earlier logins, or another one, which is asked for', async () => {
    const known = [login({ user: 'a' }), login({ user: 'b' })];
    const given = { system: 'pulse-crm', known, ask };
    const one = choosing('b at https://known.example.com');
    expect((await settled({ ...given, choose: one.choose })).user).toBe('b');
    expect(one.shown).toEqual([['a at https://known.example.com', 'b at https://known.example.com', 'another one']]);
    const other = choosing('another one');
    expect(await settled({ ...given, choose: other.choose })).toMatchObject({
      user: 'asked-user',
      baseUrl: 'https://asked.example.com',
    });
    const there = { baseUrl: 'https://known.example.com' };
    expect(await settled({ ...given, flags: there, choose: other.choose })).toMatchObject({
      user: 'asked-user',
      ...there,
    });
  });

  it('is shown no password of a store', async () => {
    const { choose, shown } = choosing('known at https://known.example.com, store redis://a:6379');
    const known = [login({ store: 'redis://me:hunter2@a:6379' }), login()];
    expect(await settled({ system: 'pulse-crm', known, ask, choose })).toMatchObject({ store: known[0]?.store });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });
});

describe('what is missing', () => {
  it('is told to whoever logs in by flag and variables, to others by how one logs in', async () => {
    const given = { system: 'pulse-crm' };
    await expect(settled({ ...given, purpose: 'login' })).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message:
          'pulse-crm: nothing says where Pulse CRM is: give --base-url (such as https://crm.example.com) or ' +
          'LATCHKEY_PULSE_CRM_BASE_URL, or a profile',
      }),
    );
    await expect(settled({ ...given, flags: { baseUrl: 'https://a.example.com' } })).rejects.toThrow(
      'who logs in: give --user or LATCHKEY_PULSE_CRM_API_KEY or LATCHKEY_PULSE_CRM_EMAIL, or a profile',
    );
    await expect(settled(given)).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_LOGGED_IN',
        message: expect.stringMatching(/^no login to pulse-crm is remembered here: log in with latchkey auth login/),
      }),
    );
  });

  it('is told to whoever asks for the status, where nobody ever logged in', async () => {
    const nobody = {
      code: 'ERR_NOT_LOGGED_IN',
      message: expect.stringMatching(/^no login is remembered here: log in/),
    };
    await expect(settled({ purpose: 'status' })).rejects.toThrow(expect.objectContaining(nobody));
    const known = [login(), login({ system: 'zato-sso' })];
    await expect(settled({ purpose: 'status', known })).rejects.toThrow(
      'logins were made to pulse-crm, zato-sso, as latchkey auth list shows',
    );
  });

  it('is not put down to no login where there were some that are not meant', async () => {
    const known = [login({ system: 'zuora-rest', user: 'me' })];
    const other = settled({ system: 'zuora-rest', flags: { entityName: 'nowhere' }, known });
    await expect(other).rejects.toThrow(
      /^no login to zuora-rest that is remembered here fits: .*; logins were made by me at https:\/\/known/,
    );
  });
});

describe('the path of a store', () => {
  it('counts from where it was said, by a flag or a variable', async () => {
    const who = { user: 'me', baseUrl: 'https://a.example.com' };
    const given = { system: 'pulse-crm', flags: who };
    expect((await settled({ ...given, flags: { ...who, store: './x' } })).store).toBe(resolve('x'));
    expect((await settled({ ...given, env: { LATCHKEY_STORE: '..' } })).store).toBe(resolve('..'));
    for (const store of ['file', 'memory', 'redis://a:1/0'])
      expect((await settled({ ...given, flags: { ...who, store } })).store).toBe(store);
  });
});
