import { describe, expectTypeOf, it } from 'vitest';
import type { components, paths } from '../../generated/zato-sso/types.ts';
import { createZatoSso, type ZatoSsoFacts, type ZatoStatusCode } from '../../src/systems/zato-sso.ts';

const where = { baseUrl: 'http://localhost:17010', currentApp: 'CRM' };
const credentials = { username: 'u', password: 'p' };
const zato = createZatoSso({ ...where, credentials });

describe('createZatoSso', () => {
  it('requires the application, the user name and the password', () => {
    createZatoSso({ ...where, credentials });
    createZatoSso({ ...where, credentials: { ...credentials, newPassword: 'n' } });
    // @ts-expect-error every call names its application
    createZatoSso({ baseUrl: where.baseUrl, credentials });
    // @ts-expect-error the password is missing
    createZatoSso({ ...where, credentials: { username: 'u' } });
  });

  it('takes one-time codes as a value, a function or a seed', () => {
    createZatoSso({ ...where, credentials, totp: '042917' });
    createZatoSso({ ...where, credentials, totp: ({ atMs }) => String(atMs) });
    createZatoSso({ ...where, credentials, totp: { seed: 'JBSWY3DPEHPK3PXP' }, sendTotp: 'always' });
    // @ts-expect-error a number loses its leading zeros
    createZatoSso({ ...where, credentials, totp: 42_917 });
    // @ts-expect-error not a way to send it
    createZatoSso({ ...where, credentials, sendTotp: 'never' });
  });

  it('does not ask for the token and the application, in query and in body', () => {
    zato.GET('/zato/sso/user');
    zato.GET('/zato/sso/user', { params: { query: { user_id: 'zusr1' } } });
    zato.PATCH('/zato/sso/user', { body: { first_name: 'Ada' } });
    zato.PATCH('/zato/sso/user/session', { body: {} });
    zato.POST('/zato/sso/user/logout', { body: {} });
  });

  it('asks for what only the caller knows', () => {
    zato.POST('/zato/sso/user/session', { body: { target_ust: 'gAAAAA' } });
    // @ts-expect-error the session in question is missing
    zato.POST('/zato/sso/user/session', { body: {} });
    zato.GET('/zato/sso/user/session', { params: { query: { target_ust: 'gAAAAA' } } });
    // @ts-expect-error the session in question is missing
    zato.GET('/zato/sso/user/session');
  });

  it('refuses unknown paths, methods and values', () => {
    // @ts-expect-error there is no such path
    zato.GET('/zato/sso/users');
    // @ts-expect-error the path has no such method
    zato.DELETE('/zato/sso/user/session');
    // @ts-expect-error a name is a text
    zato.PATCH('/zato/sso/user', { body: { first_name: 7 } });
  });

  it('types the answer', async () => {
    const { data, error } = await zato.PATCH('/zato/sso/user/session', { body: {} });
    expectTypeOf(data).toEqualTypeOf<components['schemas']['RenewAnswer'] | undefined>();
    expectTypeOf(data?.status).toEqualTypeOf<'ok' | 'warning' | 'error' | undefined>();
    expectTypeOf(data?.expiration_time).toEqualTypeOf<string | undefined>();
    expectTypeOf(error).not.toBeAny();
  });

  it('knows the documented status codes', () => {
    expectTypeOf<'E005001'>().toExtend<ZatoStatusCode>();
    expectTypeOf<'E999999'>().not.toExtend<ZatoStatusCode>();
  });

  it('types the facts of the session: there are none', async () => {
    const session = await zato.session.get();
    expectTypeOf(session.facts).toEqualTypeOf<ZatoSsoFacts>();
    expectTypeOf<keyof typeof session.facts>().toEqualTypeOf<string>();
  });

  it('takes the paths of the rest of the API', async () => {
    interface More {
      '/zato/sso/user/linked': {
        get: { parameters: object; responses: { 200: { content: { 'application/json': { result: string[] } } } } };
      };
    }
    const wider = createZatoSso<paths & More>({ ...where, credentials });
    const { data } = await wider.GET('/zato/sso/user/linked');
    expectTypeOf(data).toEqualTypeOf<{ result: string[] } | undefined>();
    wider.GET('/zato/sso/user');
    // @ts-expect-error only the wider client has it
    zato.GET('/zato/sso/user/linked');
  });
});
