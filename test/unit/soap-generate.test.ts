import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { compilerErrors, fixture, generated, loadTable } from './soap-generate.support.ts';
import { wsdlText } from './soap-oracle.support.ts';

const edited = (search: string, by: string) => {
  if (!fixture.includes(search)) throw new Error(`the fixture does not hold ${search}`);
  return fixture.replace(search, () => by);
};
const placeIn = (text: string, needle: string) => {
  const before = text.slice(0, text.indexOf(needle)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
};

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

describe('refusals', () => {
  const refusal = async (text: string): Promise<SpecError> => {
    const error: unknown = await generated(text).catch((reason: unknown) => reason);
    if (!(error instanceof SpecError)) throw new Error(`expected a SpecError, found ${String(error)}`);
    expect(error.message).not.toContain('\n');
    expect(error.message).toMatch(/^depot\.wsdl/);
    return error;
  };

  test.each<[string, string, string, string | RegExp, string | undefined]>([
    [
      'a type that is not declared',
      'type="t:Note" ',
      'type="t:Letter" ',
      'type "Letter" of namespace "urn:depot:things" is not declared',
      '<element name="note"',
    ],
    [
      'a type of a namespace that is not there',
      'type="t:Note" ',
      'type="x:Note" xmlns:x="urn:x" ',
      /urn:x" is not declared; this file has no schema for that namespace/,
      '<element name="note"',
    ],
    [
      'a prefix that is not declared',
      'type="t:Note" ',
      'type="u:Note" ',
      'the prefix "u" is not declared',
      '<element name="note"',
    ],
    [
      'a built-in type that does not exist',
      'type="xsd:double"',
      'type="xsd:quadruple"',
      'XML Schema has no type "quadruple"',
      '<xsd:element name="via"',
    ],
    [
      'an element that is not declared',
      'element="c:storeResponse"',
      'element="c:stored"',
      'element "stored" of namespace "urn:depot:calls" is not declared',
      '<part name="body" element="c:stored"',
    ],
    ['a group that is not declared', 'ref="t:Dates"', 'ref="t:Days"', 'group "Days"', '<group ref'],
    [
      'a type declared twice',
      '<complexType name="Note">',
      '<complexType name="Date"/><complexType name="Note">',
      'type "Date" of namespace "urn:depot:things" is declared twice',
      '<complexType name="Date"><sequence>',
    ],
    [
      'a base that is itself',
      '<extension base="t:Thing">',
      '<extension base="t:Crate">',
      'the type is its own base',
      undefined,
    ],
    [
      'an import of another schema',
      '<xsd:import namespace="urn:depot:things"/>',
      '<xsd:import namespace="urn:other" schemaLocation="other.xsd"/>',
      'imports the namespace "urn:other", for which this file has no schema (it is said to be at other.xsd, which is not read)',
      '<xsd:import',
    ],
    [
      'an included schema',
      '<xsd:import namespace="urn:depot:things"/>',
      '<xsd:include schemaLocation="other.xsd"/>',
      'include of another schema is not supported',
      '<xsd:include',
    ],
    [
      'an imported WSDL',
      '<types>',
      '<import namespace="urn:x" location="http://127.0.0.1:1/x.wsdl"/><types>',
      'another WSDL is imported',
      '<import namespace',
    ],
    [
      'a repeated group of several elements',
      '<sequence>\n          <element name="sent"',
      '<sequence maxOccurs="2">\n          <element name="sent"',
      'a repeated sequence of several elements',
      '<sequence maxOccurs="2">',
    ],
    [
      'one name twice in a type',
      '<element name="box" type="int"/>',
      '<element name="serial" type="int"/>',
      'two elements named "serial"',
      '<complexType name="Parcel">',
    ],
    [
      'substitution groups',
      '<element name="box" ',
      '<element name="box" substitutionGroup="t:x" ',
      'substitution groups are not supported',
      '<element name="box"',
    ],
    [
      'a part with a type',
      '<part name="body" element="c:login"/>',
      '<part name="body" type="t:Note"/>',
      'a part names no element: only document/literal',
      '<part name="body" type',
    ],
    ['rpc style', 'style="document"', 'style="rpc"', 'only document/literal operations are supported', undefined],
    [
      'encoded use',
      '<input><soap:body use="literal"/></input>',
      '<input><soap:body use="encoded"/></input>',
      'only document/literal operations are supported',
      undefined,
    ],
    [
      'a header that does not exist',
      'part="key"',
      'part="lock"',
      'operation "store-all" uses message "Heads", part "lock", which does not exist',
      undefined,
    ],
    [
      'no login operation',
      '<operation name="login"><input message="c:loginIn"',
      '<operation name="logon"><input message="c:loginIn"',
      'no login operation: the port "DepotSoap" has no operation named "login"',
      undefined,
    ],
    [
      'no port of SOAP 1.1',
      'http://schemas.xmlsoap.org/soap/http',
      'http://schemas.xmlsoap.org/soap/smtp',
      'no service has a SOAP 1.1 port with operations',
      undefined,
    ],
  ])('%s is named, with its place', async (_, search, by, message, place) => {
    const text = edited(search, by);
    const error = await refusal(text);
    expect(error.message).toMatch(
      typeof message === 'string' ? new RegExp(message.replaceAll(/[()[\].]/g, '\\$&')) : message,
    );
    expect(error.place).toMatch(/^definitions/);
    if (place !== undefined) expect({ line: error.line, column: error.column }).toEqual(placeIn(text, place));
  });

  test.each<[string, string, string, string]>([
    ['a tag that is not closed', '</portType>', '', 'not well-formed XML: unexpected close tag.'],
    ['an entity', 'Stores things.', 'Stores &things;.', 'not well-formed XML: undefined entity.'],
    ['an unbound prefix', '<soap:address ', '<soup:address ', 'not well-formed XML: unbound namespace prefix: "soup".'],
    [
      'a DOCTYPE',
      '<!-- A made-up',
      '<!DOCTYPE definitions [<!ENTITY a "b">]><!-- A made-up',
      'a DOCTYPE is not allowed in a WSDL',
    ],
  ])('%s is named, with line and column', async (_, search, by, message) => {
    const error = await refusal(edited(search, by));
    expect(error.message).toMatch(/^depot\.wsdl:\d+:\d+: /);
    expect(error.message).toContain(message);
  });

  test('a file that breaks off, is empty, or is something else', async () => {
    expect((await refusal(fixture.slice(0, 900))).message).toContain('not well-formed XML: unclosed tag');
    expect((await refusal('')).message).toContain('not well-formed XML: document must contain a root element.');
    expect((await refusal('openapi: 3.1.0')).message).toContain('not well-formed XML');
    expect((await refusal('<schema xmlns="http://www.w3.org/2001/XMLSchema"/>')).message).toContain(
      'not a WSDL 1.1 file',
    );
    expect((await refusal('<description xmlns="http://www.w3.org/ns/wsdl"/>')).message).toContain(
      'not a WSDL 1.1 file',
    );
  });
});

// A real tenant's WSDL that may not be copied into the project: where it is not at hand, our own and the fixture stand in for it.
const tenant = new URL('../../../shared/corpus/zuora.a.38.0.wsdl', import.meta.url);

test.skipIf(!existsSync(tenant))(
  "a tenant's own WSDL gives code that passes strict tsc (skipped where there is none at hand)",
  async () => {
    const text = readFileSync(tenant, 'utf8');
    const files = await generated(text);
    const objects = [...text.matchAll(/<extension base="ons:zObject">/g)].length;
    const kinds = /export type zObject =\n((?: {2}\| \w+\n?)+);/.exec(files.types)?.[1]?.match(/\|/g)?.length;
    expect(objects).toBeGreaterThan(20);
    expect(kinds).toBe(objects + 1);
    const program = `
    import type { Operations, SubscribeRequest } from './types.ts';
    // The place says the type here, so that $type may be left out.
    export const request: SubscribeRequest = { Account: { Name: 'n', BillCycleDay: 1 }, SubscriptionData: null };
    export const operations: Record<keyof Operations, 1> = { login: 1, subscribe: 1, create: 1, generate: 1, update: 1, delete: 1,
      execute: 1, query: 1, getUserInfo: 1, amend: 1 };
  `;
    expect(compilerErrors(files, program)).toEqual([]);
    expect(Object.keys((await loadTable(files)).operations)).toHaveLength(10);
  },
);
