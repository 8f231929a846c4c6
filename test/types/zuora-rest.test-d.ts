import { describe, expectTypeOf, it } from 'vitest';
import type { components, paths } from '../../generated/zuora-rest/types.ts';
import { createZuoraRest, type ZuoraRestFacts } from '../../src/systems/zuora-rest.ts';

const baseUrl = 'https://rest.na.zuora.com';
const credentials = { apiAccessKeyId: 'u', apiSecretAccessKey: 'p' };
const zuora = createZuoraRest({ baseUrl, credentials });

describe('createZuoraRest', () => {
  it('requires the base URL and both parts of the credentials', () => {
    createZuoraRest({ baseUrl, credentials, sessionAs: 'authorization', entityIds: '6337' });
    // @ts-expect-error there are many data centres
    createZuoraRest({ credentials });
    // @ts-expect-error the password is missing
    createZuoraRest({ baseUrl, credentials: { apiAccessKeyId: 'u' } });
    // @ts-expect-error not a way to send it
    createZuoraRest({ baseUrl, credentials, sessionAs: 'header' });
  });

  it('does not ask for the key headers, which the client fills', () => {
    zuora.POST('/v1/connections', { body: {} });
    const header = { ...credentials, 'Idempotency-Key': 'k', 'Zuora-Track-Id': 't' };
    zuora.POST('/v1/connections', { body: {}, params: { header } });
    // @ts-expect-error the body is required
    zuora.POST('/v1/connections');
    // @ts-expect-error the body is an object without fields
    zuora.POST('/v1/connections', { body: { user: 'u' } });
  });

  it('types header parameters', () => {
    zuora.GET('/v1/entities', { params: { header: { 'Zuora-Entity-Ids': '6337', 'Zuora-Track-Id': 't' } } });
    // @ts-expect-error an entity id is a text
    zuora.GET('/v1/entities', { params: { header: { 'Zuora-Entity-Ids': 6337 } } });
    // The key is for POST and PATCH only, so that a GET does not have it.
    expectTypeOf<NonNullable<paths['/v1/entities']['get']['parameters']['header']>>().not.toHaveProperty(
      'Idempotency-Key',
    );
  });

  it('refuses unknown paths and wrong methods', () => {
    // @ts-expect-error there is no such path
    zuora.GET('/v1/entity');
    // @ts-expect-error the path has no such method
    zuora.GET('/v1/connections');
  });

  it('types the answer', async () => {
    const { data } = await zuora.POST('/v1/connections', { body: {} });
    expectTypeOf(data).toEqualTypeOf<components['schemas']['CommonResponse'] | undefined>();
    expectTypeOf(data?.success).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(data?.processId).toEqualTypeOf<string | undefined>();
    expectTypeOf(data?.reasons?.[0]?.code).toEqualTypeOf<string | number | undefined>();
  });

  it('types the facts of the session: there are none', async () => {
    const session = await zuora.session.get();
    expectTypeOf(session.facts).toEqualTypeOf<ZuoraRestFacts>();
    expectTypeOf(session.secret).toEqualTypeOf<string>();
  });

  it('takes the paths of the rest of the API', async () => {
    interface More {
      '/v1/accounts/{account-key}': {
        get: {
          parameters: { path: { 'account-key': string } };
          responses: { 200: { content: { 'application/json': { basicInfo: { name: string } } } } };
        };
      };
    }
    const wider = createZuoraRest<paths & More>({ baseUrl, credentials });
    const { data } = await wider.GET('/v1/accounts/{account-key}', { params: { path: { 'account-key': 'A1' } } });
    expectTypeOf(data?.basicInfo.name).toEqualTypeOf<string | undefined>();
    wider.GET('/v1/entities');
    // @ts-expect-error only the wider client has it
    zuora.GET('/v1/accounts/{account-key}', { params: { path: { 'account-key': 'A1' } } });
  });
});
