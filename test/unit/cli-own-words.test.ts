import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../src/cli/outcome.ts';
import { addressWords } from '../../src/cli/own-words.ts';
import { LoginQuarantinedError } from '../../src/errors.ts';
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

  it('where credentials are in quarantine', () => {
    const sinceMs = Date.parse('2026-01-02T03:04:05.678Z');
    const details = {
      system: 'zato-sso',
      reason: 'E003007',
      liftedBy: 'a newPassword',
      sinceMs,
      untilMs: sinceMs + 3_660_000,
    };
    const { message } = outcomeOf(new LoginQuarantinedError('x', details));
    expect(message).toMatch(
      /^zato-sso refused these credentials \(E003007\) at 2026-01-02 03:04:05 UTC; they are not sent again until 2026-01-02 04:05:05 UTC \(\d/,
    );
    expect(message).toMatch(
      /What lets a login in: a new password, set at the service; or latchkey auth logout zato-sso --clear-quarantine$/,
    );
  });

  it('where refused credentials will not be sent again', () => {
    expect(denial('E005001').message).toMatch(
      /E005001.* not sent again for a while: latchkey auth status tells until when$/,
    );
    expect(denial('E005003').message).not.toContain('again');
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
