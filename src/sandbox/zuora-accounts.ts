import type { TwinContext } from './twin.ts';

/** One account of the tenant, as both APIs show it. Text values; SOAP field names. */
export interface ZuoraAccount {
  readonly Id: string;
  readonly AccountNumber: string;
  readonly fields: Map<string, string>;
}

/** The accounts of the tenant. Records that nobody created look the same in every run. */
export interface ZuoraAccounts {
  list(): readonly ZuoraAccount[];
  /** By id or by account number. */
  find(key: string): ZuoraAccount | undefined;
  create(fields: ReadonlyMap<string, string>): ZuoraAccount;
  remove(id: string): boolean;
  /** Starts again with so many generated accounts. */
  resize(count: number): number;
}

export function createZuoraAccounts({ clock, random }: TwinContext, count: number): ZuoraAccounts {
  let byId = new Map<string, ZuoraAccount>();
  let numbered = 0;

  const add = (id: string, createdAtMs: number, fields: ReadonlyMap<string, string>): ZuoraAccount => {
    numbered += 1;
    const number = fields.get('AccountNumber') ?? `A${String(numbered).padStart(8, '0')}`;
    const time = new Date(createdAtMs).toISOString();
    const defaults = { Balance: '0', Batch: 'Batch1', BillCycleDay: '1', Currency: 'USD', Status: 'Active' };
    const account: ZuoraAccount = {
      Id: id,
      AccountNumber: number,
      fields: new Map([
        ...Object.entries(defaults),
        ...fields,
        ['Id', id],
        ['AccountNumber', number],
        ['CreatedDate', time],
        ['UpdatedDate', time],
      ]),
    };
    byId.set(id, account);
    return account;
  };
  const resize = (wanted: number): number => {
    byId = new Map();
    numbered = 0;
    const longAgoMs = Date.UTC(2024, 0, 15, 9, 30);
    for (let n = 1; n <= wanted; n += 1) {
      add(`2c92c0f9${n.toString(16).padStart(24, '0')}`, longAgoMs, new Map([['Name', `Example Account ${n}`]]));
    }
    return wanted;
  };
  resize(count);

  return {
    list: () => [...byId.values()],
    find: (key) => byId.get(key) ?? [...byId.values()].find((account) => account.AccountNumber === key),
    create: (fields) => add(`2c92c0f9${random.hex(12)}`, clock.nowMs(), fields),
    remove: (id) => byId.delete(id),
    resize,
  };
}
