import { describe, expect, it } from 'vitest';
import { cliSystems } from '../../src/cli/settings/systems.ts';
import { type Given, login, settled } from './cli-settings.support.ts';

describe('production', () => {
  const crm = { system: 'pulse-crm', baseUrl: 'https://crm.example.com/', user: 'me' };
  const live = { ...crm, production: true };
  const of = async (given: Given): Promise<string | undefined> => (await settled(given)).productionProfile;

  it('is marked by the profile that is used, and by no other system or address', async () => {
    expect(await of({ profiles: { live }, flags: { profile: 'live' } })).toBe('live');
    expect(await of({ profiles: { live: crm }, flags: { profile: 'live' } })).toBeUndefined();
    const other = { ...crm, baseUrl: 'https://test.example.com' };
    expect(await of({ profiles: { live, other }, flags: { profile: 'other' } })).toBeUndefined();
    const soap = { ...live, system: 'zuora-soap' };
    expect(await of({ profiles: { soap, crm }, flags: { profile: 'crm' } })).toBeUndefined();
  });

  it('is marked for whoever comes to the same address, however it is named', async () => {
    const flags = { user: 'you', baseUrl: 'https://CRM.example.com:443/api' };
    expect(await of({ system: 'pulse-crm', profiles: { live }, flags })).toBe('live');
    expect(await of({ profiles: { live, mine: crm }, flags: { profile: 'mine' } })).toBe('live');
    const env = { LATCHKEY_PULSE_CRM_BASE_URL: 'https://crm.example.com', LATCHKEY_PULSE_CRM_API_KEY: 'me' };
    expect(await of({ system: 'pulse-crm', profiles: { live }, env })).toBe('live');
  });

  it('stays with the login that was made with the profile, whatever address it had', async () => {
    const { baseUrl: _, ...nowhere } = live;
    const known = [login({ user: 'you', profile: 'live' })];
    expect(await of({ system: 'pulse-crm', profiles: { live: nowhere }, known })).toBe('live');
    const flags = { user: 'me', baseUrl: 'https://known.example.com' };
    expect(await of({ system: 'pulse-crm', profiles: { live: nowhere }, flags })).toBe('live');
    expect(await of({ system: 'pulse-crm', profiles: { live: nowhere }, flags: { ...flags, user: 'you' } })).toBe(
      undefined,
    );
  });

  it("is marked at the WSDL's address by a profile that names it, and the other way round", async () => {
    const books = { system: 'zuora-soap', user: 'me', production: true };
    const address = cliSystems['zuora-soap'].exampleUrl;
    const flags = { user: 'you' };
    expect(await of({ system: 'zuora-soap', profiles: { books: { ...books, baseUrl: address } }, flags })).toBe(
      'books',
    );
    expect(await of({ system: 'zuora-soap', profiles: { books }, flags: { ...flags, baseUrl: address } })).toBe(
      'books',
    );
    const elsewhere = { ...flags, baseUrl: 'https://test.example.com' };
    expect(await of({ system: 'zuora-soap', profiles: { books }, flags: elsewhere })).toBeUndefined();
  });
});
