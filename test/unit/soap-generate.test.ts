import { describe, expect, test } from 'vitest';
import { compilerErrors, fixture, generated, loadTable } from './soap-generate.support.ts';
import { wsdlText } from './soap-oracle.support.ts';

describe('types', () => {
  test('keep what the schema says, so that tsc knows right from wrong', async () => {
    const program = `
      import { service, type Service } from './table.ts';
      import type { AnyElement, Crate, Note, Operations, Parcel, Size, StoreAll, Thing } from './types.ts';
      const table: Service<Operations> = service;
      export const action: string = table.operations['store-all'].action;

      declare const thing: Thing;
      export const origin: string = thing['@origin'];
      if (thing.$type === 'Crate') { const seal: string = thing.seal; const any: AnyElement[] | undefined = thing.$any; void [seal, any]; }
      // @ts-expect-error a seal is only on a crate
      void thing.seal;
      // @ts-expect-error an abstract type is no kind of its own
      export const none = thing.$type === 'Thing';
      export const kinds: Record<Thing['$type'], 1> = { Parcel: 1, Crate: 1 };
      declare const crate: Crate;
      export const parcel: Parcel = crate;

      // Optional, nillable, lists, recursion.
      export const inside: (Parcel | null)[] | undefined = crate.inside;
      // @ts-expect-error a list may hold nil
      export const whole: Parcel[] | undefined = crate.inside;
      export const serial: string = crate.serial;
      // @ts-expect-error a box is optional
      export const box: number = crate.box;
      export const note: Note = { $value: 'x', '@lang': 'en' };

      // Listed values stay open, and are still offered.
      export const sizes: Size[] = ['small', "it's large", 'a new one'];

      const base = { $type: 'Parcel', '@origin': 'o', serial: 12n, size: 'small', sent: new Date() } as const;
      export const input: StoreAll = { thing: [base, { ...base, $type: 'Crate', serial: '1', seal: '' }], route: { via: 1 } };
      // @ts-expect-error a Crate has a seal
      export const unsealed: StoreAll = { thing: [{ ...base, $type: 'Crate' }], route: { via: 1 } };
      // @ts-expect-error the route is required
      export const lost: StoreAll = { thing: [] };
      // @ts-expect-error no such element
      export const more: StoreAll = { thing: [], route: { via: 1 }, extra: 1 };
      // @ts-expect-error days are read as text
      export const sent: Date = crate.sent;
      // What was read can be written.
      export const again: StoreAll['thing'] = [crate, parcel];

      export const headers: Operations['store-all']['headers'] = { Key: 'k' };
      // @ts-expect-error the other header belongs to the answer
      export const wrong: Operations['store-all']['headers'] = { Left: 1 };
      export const left: number | undefined = ({} as Operations['store-all']['outputHeaders']).Left;
      export const empty: Operations['login']['output'] = {};
    `;
    expect(compilerErrors(await generated(fixture), program)).toEqual([]);
  });

  test('carry the documentation of the WSDL', async () => {
    const { types } = await generated(fixture);
    expect(types).toContain("  /** Stores things. */\n  'store-all': {");
    expect(types).toContain('/** How large a parcel is. Ends a comment: *\\/ or not. */\nexport type Size =');
    expect(types).toContain('  /** One of `street`, `box`. */\n  street?: string;');
  });

  test('of our own WSDL bind headers and faults to their operations, and keep all 29 codes open', async () => {
    const program = `
      import type { ErrorCode, Login, Operations, zObject } from './types.ts';
      export const login: Login = { username: 'u', password: 'p' };
      // @ts-expect-error the password is required
      export const bad: Login = { username: 'u' };
      export const query: Operations['query']['headers'] = { SessionHeader: { session: 's' }, QueryOptions: { batchSize: 1 } };
      // @ts-expect-error the element is lower case here
      export const upper: Operations['query']['headers'] = { SessionHeader: { Session: 's' } };
      // @ts-expect-error login has no header
      export const none: Operations['login']['headers'] = { SessionHeader: { session: 's' } };
      export const create: Operations['create']['headers'] = { CallOptions: { useSingleTransaction: true } };
      // @ts-expect-error CallOptions belong to create
      export const update: Operations['update']['headers'] = { CallOptions: {} };
      export const faults: Record<keyof Operations['login']['faults'], 1> = { LoginFault: 1, UnexpectedErrorFault: 1 };
      export const more: Record<keyof Operations['query']['faults'], 1> =
        { MalformedQueryFault: 1, InvalidQueryLocatorFault: 1, UnexpectedErrorFault: 1 };
      export const code: ErrorCode = 'A_CODE_OF_NEXT_YEAR';
      declare const record: zObject;
      export const balance = record.$type === 'Account' ? record.Balance : undefined;
      // @ts-expect-error a decimal is text
      export const sum: number = balance;
      // @ts-expect-error no such kind
      export const other = record.$type === 'Order';
    `;
    const files = await generated(wsdlText);
    expect(compilerErrors(files, program)).toEqual([]);
    const codes = [...wsdlText.matchAll(/<xs:enumeration value="(\w+)"/g)].map(([, code]) => `'${code}'`);
    expect(codes).toHaveLength(29);
    expect(files.types).toContain(`export type ErrorCode = ${codes.join(' | ')} | (string & {});`);
  });
});

describe('files', () => {
  test('are the same bytes each time, and say what they were made of', async () => {
    const first = await generated(fixture);
    expect(await generated(fixture)).toEqual(first);
    expect(first.table).toMatch(/^\/\*\n \* Generated by latchkey 1\.2\.3 from depot\.wsdl\n \* sha256 [0-9a-f]{64}\n/);
    expect(first.table).toContain('`npm run generate`');
  });

  test('depend on nothing but each other', async () => {
    const { types, table } = await generated(wsdlText);
    expect(types).not.toMatch(/^import|\bimport\(/m);
    expect([...table.matchAll(/^import.*/gm)].map(String)).toEqual(["import type { Operations } from './types.ts';"]);
  });
});

test('the login operation may have another name', async () => {
  const { table } = await generated(fixture, { loginOperation: 'store-all' });
  expect(Object.keys((await loadTable({ types: '', table })).operations)).toEqual(['login', 'store-all']);
});
