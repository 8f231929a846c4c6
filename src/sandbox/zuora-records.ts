import type { Account } from '../../generated/zuora-soap/types.ts';
import type { TwinContext } from './twin.ts';

/** One business object of the tenant, as both APIs show it. Values are text, under their SOAP names. */
export interface ZuoraRecord {
  readonly id: string;
  readonly type: string;
  readonly values: Map<string, string>;
}

/** The business objects of the tenant. Those that nobody created look the same in every run. */
export interface ZuoraRecords {
  list(type: string): ZuoraRecord[];
  find(type: string, id: string): ZuoraRecord | undefined;
  /** An account by id or by account number, as REST looks it up. */
  findAccount(key: string): ZuoraRecord | undefined;
  create(type: string, values: ReadonlyMap<string, string>): ZuoraRecord;
  remove(type: string, id: string): boolean;
  touch(record: ZuoraRecord): void;
  /** Throws the accounts away and makes so many new ones. */
  resizeAccounts(count: number): number;
}

const longAgo = '2024-01-15T09:30:00.000Z';

function sampleAccount(n: number): Account {
  return {
    $type: 'Account',
    Id: `2c92c0f9${n.toString(16).padStart(24, '0')}`,
    AccountNumber: accountNumber(n),
    AutoPay: false,
    Balance: '0',
    Batch: 'Batch1',
    BillCycleDay: 1,
    CreatedDate: longAgo,
    Currency: 'USD',
    Name: `Example Account ${n}`,
    Status: 'Active',
    UpdatedDate: longAgo,
  };
}

function accountNumber(n: number): string {
  return `A${String(n).padStart(8, '0')}`;
}

export function createZuoraRecords(
  { clock, random }: Pick<TwinContext, 'clock' | 'random'>,
  accountCount: number,
): ZuoraRecords {
  const byType = new Map<string, Map<string, ZuoraRecord>>();
  let accountsEver = 0;

  const ofType = (type: string) => {
    const known = byType.get(type) ?? new Map<string, ZuoraRecord>();
    byType.set(type, known);
    return known;
  };
  const now = () => new Date(clock.nowMs()).toISOString();
  const resizeAccounts = (count: number): number => {
    byType.delete('Account');
    for (let n = 1; n <= count; n += 1) {
      const { $type: type, ...fields } = sampleAccount(n);
      const values = new Map(Object.entries(fields).map(([name, value]) => [name, String(value)]));
      const id = values.get('Id') ?? '';
      ofType(type).set(id, { id, type, values });
    }
    accountsEver = count;
    return count;
  };
  resizeAccounts(accountCount);

  return {
    list: (type) => [...ofType(type).values()],
    find: (type, id) => ofType(type).get(id),
    findAccount(key) {
      const accounts = ofType('Account');
      return accounts.get(key) ?? [...accounts.values()].find(({ values }) => values.get('AccountNumber') === key);
    },
    create(type, given) {
      const id = `2c92c0f9${random.hex(12)}`;
      const values = new Map([['CreatedDate', now()], ['UpdatedDate', now()], ...given, ['Id', id]]);
      if (type === 'Account') {
        accountsEver += 1;
        if (!values.has('AccountNumber')) values.set('AccountNumber', accountNumber(accountsEver));
      }
      const record: ZuoraRecord = { id, type, values };
      ofType(type).set(id, record);
      return record;
    },
    remove: (type, id) => ofType(type).delete(id),
    touch: ({ values }) => void values.set('UpdatedDate', now()),
    resizeAccounts,
  };
}
