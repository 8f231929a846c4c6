import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { hasPeers } from '../helpers/peers.ts';
import { compilerErrors, generated, loadTable } from './soap-generate.support.ts';

// A real tenant's WSDL that may not be copied into the project.
const path = fileURLToPath(new URL('../../../shared/corpus/zuora.a.38.0.wsdl', import.meta.url));
const isThere = existsSync(path);
if (!isThere) process.stderr.write(`Skipped: generating from a tenant's own WSDL: there is no ${path}\n`);
const text = isThere ? readFileSync(path, 'utf8') : '';
const files = isThere ? await generated(text) : { types: '', table: '' };

/** What libxml2 finds: one line per name. */
function found(xpath: string): string[] {
  const { status, stdout, stderr } = spawnSync('xmllint', ['--xpath', xpath, path], { encoding: 'utf8' });
  // xmllint says with 10 that there is nothing.
  if (status !== 0 && status !== 10) throw new Error(`xmllint ${xpath}: ${stderr}`);
  return [...stdout.matchAll(/="([^"]*)"/g)].map(([, value = '']) => value);
}
const XSD = "namespace-uri()='http://www.w3.org/2001/XMLSchema'";
const WSDL = "namespace-uri()='http://schemas.xmlsoap.org/wsdl/'";
const SOAP = "namespace-uri()='http://schemas.xmlsoap.org/wsdl/soap/'";
const local = (name: string) => name.slice(name.indexOf(':') + 1);

describe.skipIf(!isThere || !hasPeers("a tenant's WSDL counted independently", 'xmllint'))(
  "a tenant's own WSDL, counted by libxml2",
  async () => {
    const table = isThere ? ((await loadTable(files)) as ServiceTable) : undefined;
    const types = Object.entries(table?.types ?? {});
    const operations = Object.entries<{ input: unknown } & Record<string, unknown>>(table?.operations ?? {});
    const parts = (row: Record<string, unknown>, key: string) => ((row[key] ?? []) as [string][]).map(([name]) => name);

    test('has all its complex types, named and unnamed, and each of their elements', () => {
      const named = found(`//*[local-name()='complexType' and ${XSD}]/@name`);
      expect(named.length).toBeGreaterThan(50);
      expect(types.filter(([, row]) => row.name !== '').map(([key, row]) => row.name ?? key)).toEqual(
        expect.arrayContaining(named),
      );
      expect(types.filter(([, row]) => row.name !== '')).toHaveLength(named.length);
      const unnamed = found(
        `//*[local-name()='element' and ${XSD}][*[local-name()='complexType' and ${XSD}]][parent::*[local-name()='schema']]/@name`,
      );
      expect(unnamed.length).toBeGreaterThan(20);
      expect(types.filter(([, row]) => row.name === '')).toHaveLength(unnamed.length);
      const members = found(`//*[local-name()='element' and ${XSD}][ancestor::*[local-name()='complexType']]/@name`);
      const written = types.flatMap(([, row]) => (row.elements ?? []).map(([name]) => name));
      expect(written.sort()).toEqual(members.sort());
      expect(members.filter((name) => name.endsWith('__c')).length).toBeGreaterThan(2);
    });

    test('has what is required, repeated and may be nil', () => {
      const under = `//*[local-name()='element' and ${XSD}][ancestor::*[local-name()='complexType']]`;
      const marked = (mark: string) =>
        types.flatMap(([, row]) => (row.elements ?? []).filter(([, , marks = '']) => marks.includes(mark)));
      expect(marked('?')).toHaveLength(found(`${under}[@minOccurs='0']/@name`).length);
      expect(marked('~')).toHaveLength(found(`${under}[@nillable='true']/@name`).length);
      expect(marked('*')).toHaveLength(
        found(`${under}[@maxOccurs='unbounded' or number(@maxOccurs) > 1]/@name`).length,
      );
    });

    test('has all its operations, with the headers and faults of each', () => {
      const names = found(`//*[local-name()='portType' and ${WSDL}]/*[local-name()='operation' and ${WSDL}]/@name`);
      expect(names.length).toBe(10);
      expect(operations.map(([name]) => name).sort()).toEqual(names.sort());
      for (const [name, row] of operations) {
        const bound = `//*[local-name()='binding' and ${WSDL}]/*[local-name()='operation'][@name='${name}']`;
        expect(parts(row, 'headers')).toEqual(
          found(`${bound}/*[local-name()='input']/*[local-name()='header' and ${SOAP}]/@part`),
        );
        expect(parts(row, 'faults')).toEqual(
          found(`//*[local-name()='portType']/*[@name='${name}']/*[local-name()='fault']/@message`).map(local),
        );
      }
    });

    test('has all its listed values, each in the type of its name', () => {
      const listing = found(`//*[local-name()='simpleType' and ${XSD}][.//*[local-name()='enumeration']]/@name`);
      expect(listing.length).toBeGreaterThan(0);
      for (const name of listing) {
        const values = found(`//*[local-name()='simpleType'][@name='${name}']//*[local-name()='enumeration']/@value`);
        expect(values.length).toBeGreaterThan(5);
        const declared = new RegExp(`export type ${name} = (.*);`).exec(files.types)?.[1];
        expect(declared).toBe(`${values.map((value) => `'${value}'`).join(' | ')} | (string & {})`);
      }
    });
  },
);

describe.skipIf(!isThere)("a client made from a tenant's own WSDL", () => {
  test('is typed to its custom fields, under the strictest tsc', () => {
    const program = `
      import type { AccountInput, Operations, SubscribeRequest, zObject } from './types.ts';
      export const account: AccountInput = { $type: 'Account', Name: 'n', DattoDomain__c: 'd', BillCycleDay: 1 };
      export const create: Operations['create']['input'] = { zObjects: [account] };
      declare const record: zObject;
      export const domain = record.$type === 'Account' ? record.DattoDomain__c : undefined;
      export const text: string | null | undefined = domain;
      // @ts-expect-error no such field
      export const wrong: AccountInput = { $type: 'Account', DattoDomain: 'd' };
      // @ts-expect-error nothing but text
      export const number: AccountInput = { $type: 'Account', DattoDomain__c: 1 };
      // The place says the type here, so that $type may be left out.
      export const request: SubscribeRequest = { Account: { Name: 'n', BillCycleDay: 1 }, SubscriptionData: null };
      // @ts-expect-error this version pages by no header
      export const paged: Operations['query']['headers'] = { QueryOptions: { batchSize: 1 } };
    `;
    expect(compilerErrors(files, program)).toEqual([]);
  });

  test('creates, queries and deletes an account with a custom field', async () => {
    interface Result {
      readonly Id?: string | null;
      readonly Success?: boolean;
    }
    interface Loose {
      create: { input: { zObjects: object[] }; output: { result: Result[] }; headers: object };
      query: { input: { queryString: string }; output: { result: { records?: (object | null)[] } }; headers: object };
      delete: { input: { type: string; ids: string[] }; output: { result: { success?: boolean }[] }; headers: object };
    }
    // What the file on disk would have typed by itself.
    const service = (await loadTable(files)) as unknown as ServiceTable<Loose>;
    const sandbox = createSandbox({ zuoraService: service, settings: { zuora: { accountCount: 0 } } });
    await using server = await sandbox.listen();
    await using zuora = createZuoraSoap({
      service,
      baseUrl: `${server.url}/apps/services/a/38.0`,
      credentials: { username: 'username@zuora.com', password: 'password' },
    });
    const account = { $type: 'Account', Name: 'Tenant & Sons', DattoDomain__c: 'example.test', AllowInvoiceEdit: true };
    const created = await zuora.create({ zObjects: [account] });
    const id = created.result[0]?.Id ?? '';
    expect(created.result).toEqual([{ Success: true, Id: id }]);
    const asked = {
      queryString: `select Id, Name, DattoDomain__c, AllowInvoiceEdit from Account where DattoDomain__c = 'example.test'`,
    };
    expect((await zuora.query(asked)).result.records).toEqual([{ ...account, Id: id }]);
    expect(await zuora.delete({ type: 'Account', ids: [id] })).toEqual({ result: [{ id, success: true }] });
    expect((await zuora.query(asked)).result.records).toEqual([null]);
    // Fields of other tenants are refused here, and out of place the twin refuses them too.
    await expect(zuora.create({ zObjects: [{ $type: 'Account', Region__c: 'x' }] })).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_ELEMENT',
    });
  });

  test('refuses options that the WSDL does not declare', async () => {
    const service = (await loadTable(files)) as ServiceTable;
    const credentials = { username: 'u', password: 'p' };
    expect(() => createZuoraSoap({ service, credentials, batchSize: 5 })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_UNDECLARED' }),
    );
    expect(() => createZuoraSoap({ service, credentials, entityId: '1' })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_UNDECLARED' }),
    );
  });
});
