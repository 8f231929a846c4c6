import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Middleware } from 'openapi-fetch';
import { describe, expect, it } from 'vitest';
import type { paths } from '../../generated/pulse-crm/types.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';

const sample = await readFile(join(import.meta.dirname, '../contract/data/pulse-crm/login-realistic.json'), 'utf8');
const user: object = JSON.parse(sample).response.body;

/** A client of its own, whose service hands out a token that says whose it is. */
function clientOf(who: string) {
  const wire = recordFetch(async () => Response.json({ ...user, token: `token-of-${who}` }));
  const credentials = { apiKey: who, apiSecret: `secret-of-${who}` };
  const client = createPulseCrm<paths>({ baseUrl: `https://${who}.example.test`, credentials, fetch: wire.fetch });
  return { client, wire, tokens: () => wire.to('/auth/session').map(({ headers }) => headers.get('authorization')) };
}

describe('clients, of which there may be very many', () => {
  it('share how calls are written, and nothing that is a client’s own', async () => {
    const [ada, grace] = [clientOf('ada'), clientOf('grace')];
    const seen: string[] = [];
    const middleware: Middleware = {
      onRequest: ({ request }) => {
        seen.push(request.url);
        return undefined;
      },
    };
    ada.client.use(middleware);
    await Promise.all([ada.client.GET('/auth/session'), grace.client.GET('/auth/session')]);
    expect(seen).toEqual(['https://ada.example.test/auth/session']);
    expect([ada.tokens(), grace.tokens()]).toEqual([['Bearer token-of-ada'], ['Bearer token-of-grace']]);
    ada.client.eject(middleware);
    await ada.client.GET('/auth/session');
    expect(seen).toHaveLength(1);
  });

  it('let their methods be taken from them, which then are still theirs', async () => {
    const [ada, grace] = [clientOf('ada'), clientOf('grace')];
    const { GET, use } = ada.client;
    const { login } = ada.client.session;
    expect((await login()).secret).toBe('token-of-ada');
    expect((await GET('/auth/session')).data).toMatchObject({ token: 'token-of-ada' });
    expect((await grace.client.GET('/auth/session')).data).toMatchObject({ token: 'token-of-grace' });
    expect(ada.client.GET).toBe(GET);
    expect(ada.client.GET).not.toBe(grace.client.GET);
    use({ onResponse: () => new Response('{"token":"of the middleware"}') });
    expect((await GET('/auth/session')).data).toEqual({ token: 'of the middleware' });
    expect(ada.wire.to('/auth/session')).toHaveLength(2);
  });

  it('let a method be put in place of theirs, as tests of programs do', async () => {
    const [ada, grace] = [clientOf('ada'), clientOf('grace')];
    Object.assign(ada.client, { GET: async () => ({ data: 'a stand-in' }) });
    expect(await ada.client.GET('/auth/session')).toEqual({ data: 'a stand-in' });
    expect((await grace.client.GET('/auth/session')).data).toMatchObject({ token: 'token-of-grace' });
  });
});
