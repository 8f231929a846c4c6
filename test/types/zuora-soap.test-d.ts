import { describe, expectTypeOf, it } from 'vitest';
import type { GetUserInfoResponse, QueryResponse } from '../../generated/zuora-soap/types.ts';
import { createZuoraSoap, type ZuoraSoapFacts } from '../../src/systems/zuora-soap.ts';

const credentials = { username: 'u', password: 'p' };
const zuora = createZuoraSoap({ credentials });

describe('createZuoraSoap', () => {
  it('takes an entity by id or by name, never both', () => {
    createZuoraSoap({ credentials });
    createZuoraSoap({ credentials, entityId: '6337' });
    createZuoraSoap({ credentials, entityName: 'Global' });
    // @ts-expect-error the two exclude each other
    createZuoraSoap({ credentials, entityId: '6337', entityName: 'Global' });
    // @ts-expect-error an entity id is a text
    createZuoraSoap({ credentials, entityId: 6337 });
  });

  it('requires both parts of the credentials', () => {
    // @ts-expect-error the password is missing
    createZuoraSoap({ credentials: { username: 'u' } });
  });

  it('has a method for each operation but the login', () => {
    expectTypeOf(zuora).toHaveProperty('query');
    expectTypeOf(zuora).toHaveProperty('queryMore');
    expectTypeOf(zuora).toHaveProperty('getUserInfo');
    expectTypeOf(zuora).toHaveProperty('create');
    expectTypeOf(zuora).toHaveProperty('update');
    expectTypeOf(zuora).toHaveProperty('delete');
    expectTypeOf(zuora).not.toHaveProperty('login');
    expectTypeOf(zuora).not.toHaveProperty('logout');
  });

  it('types input, with what is required', () => {
    zuora.query({ queryString: 'select Id from Account' });
    // @ts-expect-error the query is required
    zuora.query({});
    // @ts-expect-error not the name of the argument
    zuora.query({ query: 'select Id from Account' });
    zuora.create({ zObjects: [{ $type: 'Account', Name: 'Harbor Foods', BillCycleDay: 1 }] });
    // @ts-expect-error a day of the month is a number
    zuora.create({ zObjects: [{ $type: 'Account', BillCycleDay: 'first' }] });
    // @ts-expect-error there is no such object
    zuora.create({ zObjects: [{ $type: 'Acount', Name: 'Harbor Foods' }] });
    zuora.delete({ type: 'Account', ids: ['1'] });
    // @ts-expect-error the type of the objects is required
    zuora.delete({ ids: ['1'] });
  });

  it('fills the session header, and takes the others that the operation has', () => {
    zuora.query({ queryString: 'q' }, { headers: { QueryOptions: { batchSize: 200 } } });
    // @ts-expect-error the session is the client's own
    zuora.query({ queryString: 'q' }, { headers: { SessionHeader: { session: 's' } } });
    // @ts-expect-error the operation has no such header
    zuora.getUserInfo({}, { headers: { QueryOptions: { batchSize: 200 } } });
  });

  it('types answers', async () => {
    expectTypeOf(await zuora.getUserInfo({})).toEqualTypeOf<GetUserInfoResponse>();
    const page = await zuora.query({ queryString: 'q' });
    expectTypeOf(page).toEqualTypeOf<QueryResponse>();
    expectTypeOf(page.result.done).toEqualTypeOf<boolean>();
    expectTypeOf(page.result.queryLocator).toEqualTypeOf<string | null>();
    const { result } = await zuora.create({ zObjects: [] });
    expectTypeOf(result?.[0]?.Success).toEqualTypeOf<boolean | undefined>();
  });

  it('gives the records of a query one by one, without the nil of an empty one', async () => {
    for await (const record of zuora.query({ queryString: 'q' })) {
      expectTypeOf(record.Id).toEqualTypeOf<string | null | undefined>();
      expectTypeOf(record).not.toBeNullable();
      if (record.$type === 'Account') expectTypeOf(record.Name).toEqualTypeOf<string | null | undefined>();
    }
  });

  it('types the facts of the session', async () => {
    const session = await zuora.session.get();
    expectTypeOf(session.facts).toEqualTypeOf<ZuoraSoapFacts>();
    expectTypeOf(session.facts.serverUrl).toEqualTypeOf<string>();
  });
});
