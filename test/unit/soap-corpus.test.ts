import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { hasPeers, runPeer } from '../helpers/peers.ts';
import { compilerErrors, generated, loadTable } from './soap-generate.support.ts';

// A real tenant's WSDL that may not be copied into the project.
const path = fileURLToPath(new URL('../../../shared/corpus/zuora.a.38.0.wsdl', import.meta.url));
const isThere = existsSync(path);
if (!isThere) process.stderr.write(`Skipped: generating from a tenant's own WSDL: there is no ${path}\n`);
const text = isThere ? readFileSync(path, 'utf8') : '';
const files = isThere ? await generated(text) : { types: '', table: '' };

/** The values of attributes that libxml2 finds, in document order. */
async function found(xpath: string): Promise<string[]> {
  const { code, stdout, stderr } = await runPeer('xmllint', ['--xpath', xpath, path]);
  // xmllint says with 10 that there is nothing.
  if (code !== 0 && code !== 10) throw new Error(`xmllint ${xpath}: ${stderr}`);
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

    test('has all its complex types, named and unnamed, and each of their elements', async () => {
      const named = await found(`//*[local-name()='complexType' and ${XSD}]/@name`);
      expect(named.length).toBeGreaterThan(50);
      expect(types.filter(([, row]) => row.name !== '').map(([key, row]) => row.name ?? key)).toEqual(
        expect.arrayContaining(named),
      );
      expect(types.filter(([, row]) => row.name !== '')).toHaveLength(named.length);
      const unnamed = await found(
        `//*[local-name()='element' and ${XSD}][*[local-name()='complexType' and ${XSD}]][parent::*[local-name()='schema']]/@name`,
      );
      expect(unnamed.length).toBeGreaterThan(20);
      expect(types.filter(([, row]) => row.name === '')).toHaveLength(unnamed.length);
      const members = await found(
        `//*[local-name()='element' and ${XSD}][ancestor::*[local-name()='complexType']]/@name`,
      );
      const written = types.flatMap(([, row]) => (row.elements ?? []).map(([name]) => name));
      expect(written.sort()).toEqual(members.sort());
      expect(members.filter((name) => name.endsWith('__c')).length).toBeGreaterThan(2);
    });

    test('has what is required, repeated and may be nil', async () => {
      const under = `//*[local-name()='element' and ${XSD}][ancestor::*[local-name()='complexType']]`;
      const marked = (mark: string) =>
        types.flatMap(([, row]) => (row.elements ?? []).filter(([, , marks = '']) => marks.includes(mark)));
      expect(marked('?')).toHaveLength((await found(`${under}[@minOccurs='0']/@name`)).length);
      expect(marked('~')).toHaveLength((await found(`${under}[@nillable='true']/@name`)).length);
      expect(marked('*')).toHaveLength(
        (await found(`${under}[@maxOccurs='unbounded' or number(@maxOccurs) > 1]/@name`)).length,
      );
    });

    test('has all its operations, with the headers and faults of each', async () => {
      const names = await found(
        `//*[local-name()='portType' and ${WSDL}]/*[local-name()='operation' and ${WSDL}]/@name`,
      );
      expect(names.length).toBe(10);
      expect(operations.map(([name]) => name).sort()).toEqual(names.sort());
      for (const [name, row] of operations) {
        const bound = `//*[local-name()='binding' and ${WSDL}]/*[local-name()='operation'][@name='${name}']`;
        expect(parts(row, 'headers')).toEqual(
          await found(`${bound}/*[local-name()='input']/*[local-name()='header' and ${SOAP}]/@part`),
        );
        expect(parts(row, 'faults')).toEqual(
          (await found(`//*[local-name()='portType']/*[@name='${name}']/*[local-name()='fault']/@message`)).map(local),
        );
      }
    });

    test('has all its listed values, each in the type of its name', async () => {
      const listing = await found(`//*[local-name()='simpleType' and ${XSD}][.//*[local-name()='enumeration']]/@name`);
      expect(listing.length).toBeGreaterThan(0);
      for (const name of listing) {
        const values = await found(
          `//*[local-name()='simpleType'][@name='${name}']//*[local-name()='enumeration']/@value`,
        );
        expect(values.length).toBeGreaterThan(5);
        const declared = new RegExp(`export type ${name} = (.*);`).exec(files.types)?.[1];
        expect(declared).toBe(`${values.map((value) => `'${value}'`).join(' | ')} | (string & {})`);
      }
    });
  },
);

/** A user's program: no cast, no `any`. */
const programOf = (sources: string) => `
import { createSandbox } from '${sources}/sandbox/index.ts';
import { createZuoraSoap } from '${sources}/systems/zuora-soap.ts';
import { service } from './table.ts';

export async function run() {
  await using server = await createSandbox({ zuoraService: service, settings: { zuora: { accountCount: 0 } } }).listen();
  await using zuora = createZuoraSoap({
    service,
    baseUrl: \`\${server.url}/apps/services/a/38.0\`,
    credentials: { username: 'username@zuora.com', password: 'password' },
  });
  const { result: created = [] } = await zuora.create({
    zObjects: [{ $type: 'Account', Name: 'Tenant & Sons', DattoDomain__c: 'example.test', AllowInvoiceEdit: true }],
  });
  const id: string = created[0]?.Id ?? '';
  const queryString = \`select Id, Name, DattoDomain__c, AllowInvoiceEdit from Account where Id = '\${id}'\`;
  const { result: { records: found = [] } } = await zuora.query({ queryString });
  let domain: string | null | undefined;
  for await (const record of zuora.query({ queryString })) if (record.$type === 'Account') domain = record.DattoDomain__c;
  const { result: deleted = [] } = await zuora.delete({ type: 'Account', ids: [id] });
  const left = (await zuora.query({ queryString })).result.records;
  // @ts-expect-error a field of another tenant
  const refused: unknown = await zuora.create({ zObjects: [{ $type: 'Account', Region__c: 'x' }] }).catch((error: unknown) => error);
  const stranger = refused instanceof TypeError && 'code' in refused ? refused.code : refused;
  // @ts-expect-error this version has no such operation
  void zuora.queryMore;
  return { created, found, domain, deleted, left, stranger };
}
`;

/** What tsc says about a program, as strict as this project is itself. */
function strictErrors(path: string): string[] {
  const config = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, ts.sys.readFile).config,
    ts.sys,
    dirname(config),
  );
  const typeRoots = [join(dirname(config), 'node_modules/@types')];
  const asked = {
    ...options,
    noEmit: true,
    isolatedModules: true,
    skipLibCheck: true,
    typeRoots,
    types: ['node'],
    rootDir: '/',
  };
  return ts
    .getPreEmitDiagnostics(
      ts.createProgram([path], { ...asked, allowImportingTsExtensions: true, rewriteRelativeImportExtensions: false }),
    )
    .map(({ file, messageText }) => `${file?.fileName} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

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

  // It compiles the client and the twin with it, as strictly as the project is.
  test('creates, queries and deletes an account with a custom field, typed all the way', {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-tenant-'));
    try {
      for (const [name, content] of Object.entries({ 'types.ts': files.types, 'table.ts': files.table })) {
        writeFileSync(join(folder, name), content);
      }
      const sources = relative(folder, fileURLToPath(new URL('../../src', import.meta.url)));
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(join(folder, 'program.ts'), programOf(sources));
      expect(strictErrors(join(folder, 'program.ts'))).toEqual([]);
      const { run }: { run(): Promise<unknown> } = await import(/* @vite-ignore */ join(folder, 'program.ts'));
      const account = {
        $type: 'Account',
        Name: 'Tenant & Sons',
        DattoDomain__c: 'example.test',
        AllowInvoiceEdit: true,
      };
      expect(await run()).toEqual({
        created: [{ Success: true, Id: expect.any(String) }],
        found: [{ ...account, Id: expect.any(String) }],
        domain: 'example.test',
        deleted: [{ success: true, id: expect.any(String) }],
        left: [null],
        stranger: 'ERR_UNKNOWN_ELEMENT',
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
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
