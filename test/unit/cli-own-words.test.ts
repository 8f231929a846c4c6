import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../src/cli/outcome.ts';
import { addressWords } from '../../src/cli/own-words.ts';
import { createRedactor } from '../../src/redact.ts';
import { zatoDenial } from '../../src/systems/zato-outcomes.ts';
import { checkBaseUrl } from '../../src/transport/origins.ts';
import { rejection } from '../helpers/waiting.ts';

const denial = (code: string) => outcomeOf(zatoDenial('login', [code], undefined, createRedactor()));

describe('the command speaks of what it has', () => {
  it('where a password must be changed, which it cannot do', () => {
    const { code, message } = denial('E003007');
    expect(code).toBe('ERR_PASSWORD_CHANGE_REQUIRED');
    expect(message).toBe(
      'zato-sso refused the login: the password must be changed (E003007). The command gives no new one: change it at the service, and log in with that',
    );
  });

  it('where a one-time code is wanted', () => {
    const { code, message } = denial('E005008');
    expect(code).toBe('ERR_TOTP_REQUIRED');
    expect(message).toContain('neither LATCHKEY_ZATO_SSO_TOTP_KEY nor LATCHKEY_ZATO_SSO_TOTP_COMMAND nor a profile');
    expect(message).not.toContain('option');
  });

  it('in the words of the error where they fit', () => {
    expect(denial('E005002').message).toBe('Zato refused the login: the user is locked (E005002, auth.locked)');
  });

  it.each([
    ['ftp://crm.example.test', 'the base URL must begin with https:// or http://, not ftp:'],
    ['crm.example.test', 'the base URL must be an absolute URL, such as https://api.example.com'],
    ['https://crm.example.test/?a=b', 'the base URL must have no query and no fragment'],
    ['https://a:b@crm.example.test', 'the base URL must not hold a user name or password: give them as credentials'],
    [
      'http://crm.example.test',
      'http://crm.example.test is plain http, so anybody on the way could read credentials and sessions; use https, or give --allow-insecure',
    ],
  ])('of the address %s', async (address, message) => {
    const thrown = await rejection(Promise.resolve().then(() => checkBaseUrl(address, false, addressWords)));
    expect(outcomeOf(thrown).message).toBe(message);
  });
});
