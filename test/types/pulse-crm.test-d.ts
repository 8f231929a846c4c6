import { describe, expectTypeOf, it } from 'vitest';
import type { components, paths } from '../../generated/pulse-crm/types.ts';
import { createPulseCrm, type PulseCrmFacts } from '../../src/systems/pulse-crm.ts';

const baseUrl = 'https://pulse.example.test';
const pulse = createPulseCrm({ baseUrl, credentials: { apiKey: 'k', apiSecret: 's' } });

describe('createPulseCrm', () => {
  it('takes either form of credentials, whole', () => {
    createPulseCrm({ baseUrl, credentials: { apiKey: 'k', apiSecret: 's' } });
    createPulseCrm({ baseUrl, credentials: { email: 'e', password: 'p' } });
    createPulseCrm({ baseUrl, identity: 'k', credentials: async () => ({ apiKey: 'k', apiSecret: 's' }) });
    // @ts-expect-error the secret is missing
    createPulseCrm({ baseUrl, credentials: { apiKey: 'k' } });
    // @ts-expect-error half of each form
    createPulseCrm({ baseUrl, credentials: { apiKey: 'k', password: 'p' } });
    // @ts-expect-error the two forms exclude each other
    createPulseCrm({ baseUrl, credentials: { apiKey: 'k', apiSecret: 's', email: 'e', password: 'p' } });
    // @ts-expect-error not the name of the field
    createPulseCrm({ baseUrl, credentials: { email: 'e', secret: 'p' } });
  });

  it('requires the base URL', () => {
    // @ts-expect-error each customer has a base URL of its own
    createPulseCrm({ credentials: { apiKey: 'k', apiSecret: 's' } });
  });

  it('does not ask for what the client fills', () => {
    pulse.GET('/auth/session');
    pulse.GET('/auth/session', { params: { header: { 'X-Account-ID': 'acct' } } });
    // @ts-expect-error an account id is a text
    pulse.GET('/auth/session', { params: { header: { 'X-Account-ID': 7 } } });
  });

  it('refuses unknown paths, wrong methods and incomplete bodies', () => {
    // @ts-expect-error there is no such path
    pulse.GET('/auth/sessions');
    // @ts-expect-error the path has no such method
    pulse.POST('/auth/session');
    // @ts-expect-error a body is required
    pulse.POST('/auth/login');
    // @ts-expect-error the secret is required
    pulse.POST('/auth/login', { body: { apiKey: 'k' } });
  });

  it('types the answer', async () => {
    const { data } = await pulse.GET('/auth/session');
    expectTypeOf(data).toEqualTypeOf<components['schemas']['ApiKeyLoginResponse'] | undefined>();
    if (data === undefined) return;
    expectTypeOf(data.id).toEqualTypeOf<number>();
    expectTypeOf(data.token).toEqualTypeOf<string>();
    expectTypeOf(data.createdAt).toEqualTypeOf<string | undefined>();
    expectTypeOf(data.accounts?.[0]?.accountAdmin).toEqualTypeOf<boolean | undefined>();
    // @ts-expect-error there is no such field
    data.nickname;
  });

  it('types the facts of the session', async () => {
    const session = await pulse.session.get();
    expectTypeOf(session.facts).toEqualTypeOf<PulseCrmFacts>();
    expectTypeOf(session.facts.primaryAccountId).toEqualTypeOf<string | null>();
    expectTypeOf(session.secret).toEqualTypeOf<string>();
    expectTypeOf(session.expiresAtMs).toEqualTypeOf<number | null>();
  });

  it('takes the paths of the rest of the API', async () => {
    interface More {
      '/contacts/{id}': {
        get: {
          parameters: { path: { id: string } };
          responses: { 200: { content: { 'application/json': { name: string } } } };
        };
      };
    }
    const wider = createPulseCrm<paths & More>({ baseUrl, credentials: { apiKey: 'k', apiSecret: 's' } });
    const { data } = await wider.GET('/contacts/{id}', { params: { path: { id: 'c1' } } });
    expectTypeOf(data).toEqualTypeOf<{ name: string } | undefined>();
    wider.GET('/auth/session');
    // @ts-expect-error the id is required
    wider.GET('/contacts/{id}');
    // @ts-expect-error only the wider client has it
    pulse.GET('/contacts/{id}', { params: { path: { id: 'c1' } } });
  });

  it('is disposed of by using, and its fetch is a fetch', () => {
    expectTypeOf(pulse).toExtend<AsyncDisposable>();
    expectTypeOf(pulse.fetch).toEqualTypeOf<typeof fetch>();
  });
});
