import { expectTypeOf, test } from 'vitest';
import type {
  Account,
  AccountInput,
  Create,
  Operations,
  QueryResult,
  Subscription,
  zObject,
  zObjectInput,
} from '../../generated/zuora-soap/types.ts';
import type { ZuoraSoapClient } from '../../src/systems/zuora-soap.ts';

declare const client: ZuoraSoapClient;
declare const result: QueryResult;

test('records narrow by their $type to one kind of object', () => {
  const [record] = result.records ?? [];
  if (record?.$type === 'Account') {
    expectTypeOf(record).toEqualTypeOf<Account>();
    expectTypeOf(record.Balance).toEqualTypeOf<string | null | undefined>();
    // @ts-expect-error an account has no account
    void record.AccountId;
  } else if (record?.$type === 'Subscription') {
    expectTypeOf(record).toEqualTypeOf<Subscription>();
  }
  expectTypeOf(record).toEqualTypeOf<zObject | null | undefined>();
});

test('a switch over $type is complete, and knows each kind', () => {
  const nameOf = (record: zObject): string => {
    switch (record.$type) {
      case 'Account':
        return record.Name ?? '';
      case 'Contact':
        return record.LastName ?? '';
      case 'Invoice':
      case 'Subscription':
      case 'Usage':
      case 'zObject':
        return record.Id ?? '';
      default:
        expectTypeOf(record).toBeNever();
        return '';
    }
  };
  expectTypeOf(nameOf).returns.toBeString();
});

test('while iterating, too', async () => {
  for await (const record of client.query({ queryString: '' })) {
    expectTypeOf(record).toEqualTypeOf<zObject>();
    if (record.$type === 'Account') expectTypeOf(record).toEqualTypeOf<Account>();
  }
});

test('what is sent must name a kind, and have only what the kind has', () => {
  expectTypeOf<{ $type: 'Account'; Name: string }>().toMatchTypeOf<AccountInput>();
  expectTypeOf<Create['zObjects']>().toEqualTypeOf<readonly zObjectInput[] | undefined>();
  const create = (input: Operations['create']['input']) => input;
  create({ zObjects: [{ $type: 'Account', Name: 'n', Balance: 12n, CreatedDate: new Date() }] });
  // @ts-expect-error no kind is named
  create({ zObjects: [{ Name: 'n' }] });
  // @ts-expect-error there is no such kind
  create({ zObjects: [{ $type: 'Order' }] });
  // @ts-expect-error a contact has no Name
  create({ zObjects: [{ $type: 'Contact', Name: 'n' }] });
});

test('required, optional and nil are three things', () => {
  expectTypeOf<QueryResult>().toHaveProperty('queryLocator').toEqualTypeOf<string | null>();
  expectTypeOf<Account['BillCycleDay']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Account['Name']>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<QueryResult['done']>().toEqualTypeOf<boolean>();
});
