import { describe, expect, test } from 'vitest';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { compilerErrors, generated, loadTable } from './soap-generate.support.ts';
import { thingWsdl, yardEnvelope, yardWsdl } from './soap-wsdl.support.ts';

type Yard = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;

const box = (content: string) => `<x:complexType>${content}</x:complexType>`;
const sequence = (content: string) => box(`<x:sequence>${content}</x:sequence>`);
const element = (name: string, rest = '') => `<x:element name="${name}" type="x:int"${rest}/>`;
const doc = (text: string) => `<x:annotation><x:documentation>${text}</x:documentation></x:annotation>`;
const optional = ' minOccurs="0"';

const tableOf = async (wsdl: string) => (await loadTable(await generated(wsdl))) as unknown as Yard;
const read = (table: Yard, xml: string) => {
  const reader = createEnvelopeReader(table, 'send');
  reader.write(yardEnvelope(xml));
  return reader.close();
};
const written = (table: Yard, value: unknown) => canonical(writeEnvelope(table, 'send', value));

describe('rounds that may be of nothing', () => {
  test.each([
    [
      'a sequence of optional elements',
      `<x:sequence maxOccurs="9">${element('a', optional)}${element('b', optional)}</x:sequence>`,
    ],
    [
      'a choice with an optional element',
      `<x:choice maxOccurs="9">${element('a')}${element('b', optional)}</x:choice>`,
    ],
    [
      'a choice with an optional sequence',
      `<x:choice maxOccurs="9">${element('a')}<x:sequence>${element('b', optional)}</x:sequence></x:choice>`,
    ],
    [
      'a sequence of an optional choice',
      `<x:sequence maxOccurs="9"><x:choice minOccurs="0">${element('a')}${element('b')}</x:choice></x:sequence>`,
    ],
    ['a group of optional elements', '<x:group ref="y:Some" maxOccurs="9"/>'],
  ])('%s: there may be none', async (_, content) => {
    const group = `<x:group name="Some"><x:sequence>${element('a', optional)}${element('b', optional)}</x:sequence></x:group>`;
    const table = await tableOf(thingWsdl(box(content), group));
    expect(read(table, '<y:thing/>')).toMatchObject({ kind: 'result', value: {} });
    expect(written(table, {})).toBe(canonical(yardEnvelope('<y:thing/>')));
    expect(read(table, '<y:thing><y:b>1</y:b></y:thing>')).toMatchObject({ value: { $items: [{ b: 1 }] } });
  });

  test('one of a choice of what must be there is missed', async () => {
    const content = `<x:sequence maxOccurs="9"><x:choice>${element('a')}${element('b')}</x:choice></x:sequence>`;
    const table = await tableOf(thingWsdl(box(content)));
    expect(() => read(table, '<y:thing/>')).toThrow(
      expect.objectContaining({ reason: 'contract', path: 'thing.$items' }),
    );
  });
});

test('what a schema says with 1 is said', async () => {
  const table = await tableOf(
    thingWsdl(
      sequence(`${element('a', ' nillable="1"')}<x:element ref="y:head"/>`),
      '<x:element name="head" type="x:int" abstract="1"/><x:element name="heir" type="x:int" substitutionGroup="y:head"/>',
    ),
  );
  const xml = '<y:thing><y:a i:nil="true"/><y:heir>1</y:heir></y:thing>';
  expect(read(table, xml)).toMatchObject({ value: { a: null, heir: 1 }, unknown: [] });
  expect(written(table, { a: null, heir: 1 })).toBe(canonical(yardEnvelope(xml)));
});

test('attributes that the schema leaves open are none of those that the codec writes', async () => {
  const table = await tableOf(thingWsdl(box('<x:anyAttribute/>')));
  const write = (name: string) => () => writeEnvelope(table, 'send', { $attributes: { [name]: 'true' } });
  for (const name of ['{http://www.w3.org/2001/XMLSchema-instance}nil', 'xmlns', '{http://www.w3.org/2000/xmlns/}y']) {
    expect(write(name)).toThrow(expect.objectContaining({ name: 'TypeError', path: 'send.$attributes' }));
  }
  const lang = { '{http://www.w3.org/XML/1998/namespace}lang': 'de' };
  expect(read(table, '<y:thing xml:lang="de"/>')).toMatchObject({ value: { $attributes: lang } });
  expect(written(table, { $attributes: lang })).toBe(canonical(yardEnvelope('<y:thing xml:lang="de"/>')));
});

test('a base that is abstract, and that only types without a name extend, has no kinds', async () => {
  const files = await generated(
    thingWsdl(
      box(
        `<x:complexContent><x:extension base="y:Base"><x:sequence>${element('b')}</x:sequence></x:extension></x:complexContent>`,
      ),
      `<x:complexType name="Base" abstract="true"><x:sequence>${element('a')}</x:sequence></x:complexType>`,
    ),
  );
  expect(files.types).toContain('export type Base = never;');
  const program =
    "import type { Operations } from './types.ts'; export const input: Operations['send']['input'] = { a: 1, b: 2 };";
  expect(compilerErrors(files, program)).toEqual([]);
  const table = (await loadTable(files)) as unknown as Yard;
  expect(written(table, { b: 2, a: 1 })).toBe(canonical(yardEnvelope('<y:thing><y:a>1</y:a><y:b>2</y:b></y:thing>')));
});

test('what may come no time is left out', async () => {
  const content = `${element('a')}${element('b', ' minOccurs="0" maxOccurs="0"')}<x:sequence minOccurs="0" maxOccurs="0">${element('c')}</x:sequence>`;
  const { types } = await generated(thingWsdl(sequence(content)));
  expect(types).toMatch(/export interface Thing \{\n {2}a: number;\n\}/);
});

test('an element of any type has the name that the schema gives it', async () => {
  const table = await tableOf(thingWsdl(sequence('<x:element name="data"/>')));
  const data = { name: 'data', namespace: 'urn:yard', attributes: {}, children: [], text: 'x' };
  expect(written(table, { data })).toBe(canonical(yardEnvelope('<y:thing><y:data>x</y:data></y:thing>')));
  for (const other of [
    { ...data, name: 'date' },
    { ...data, namespace: '' },
  ]) {
    const message = 'send.data: expected an element named data of namespace "urn:yard"';
    expect(() => writeEnvelope(table, 'send', { data: other })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_WRONG_TYPE', message }),
    );
  }
});

test('the text of a type may be restricted further by a type of its own', async () => {
  const files = await generated(
    thingWsdl(
      box(
        '<x:simpleContent><x:restriction base="y:Coded"><x:simpleType><x:restriction base="x:string"><x:enumeration value="A"/></x:restriction></x:simpleType></x:restriction></x:simpleContent>',
      ),
      '<x:complexType name="Coded"><x:simpleContent><x:extension base="x:string"/></x:simpleContent></x:complexType>',
    ),
  );
  expect(files.types).toContain("$value: 'A' | (string & {});");
});

describe('listed values', () => {
  const values = (...all: string[]) => all.map((value) => `<x:enumeration value="${value}"/>`).join('');
  const listed = (base: string, ...all: string[]) =>
    `<x:simpleType><x:restriction base="${base}">${values(...all)}</x:restriction></x:simpleType>`;
  const typesOf = async (type: string) =>
    (await generated(thingWsdl(sequence(`<x:element name="a">${type}</x:element>`)))).types;

  test.each([
    [
      'an open union',
      `<x:union memberTypes="x:string">${listed('x:string', 'A', 'B')}</x:union>`,
      "a: 'A' | 'B' | (string & {});",
    ],
    [
      'a union of numbers and words',
      `<x:union memberTypes="x:int">${listed('x:string', 'all')}</x:union>`,
      "a: 'all' | (string & {});",
    ],
  ])('of %s are offered', async (_, union, member) => {
    expect(await typesOf(`<x:simpleType>${union}</x:simpleType>`)).toContain(member);
  });

  test.each([
    ['fractions', listed('x:double', '0.5', '1.5'), 'One of `0.5`, `1.5`.'],
    ['a boolean', listed('x:boolean', 'true'), 'One of `true`.'],
  ])('that are %s are documented', async (_, type, text) => {
    expect(await typesOf(type)).toContain(text);
  });

  test('that a request takes wider are documented there, with the limits', async () => {
    const { types } = await generated(
      thingWsdl(
        sequence('<x:element name="a" type="y:Level"/>'),
        `<x:simpleType name="Level"><x:restriction base="x:long">${values('1', '2')}<x:totalDigits value="1"/></x:restriction></x:simpleType>`,
      ),
    );
    expect(types).toContain("export type Level = '1' | '2' | (string & {});");
    expect(types).toMatch(
      /At most 1 digits\.\n +\*\n +\* One of `1`, `2`\.\n +\*\/\n {2}a: string \| number \| bigint;/,
    );
  });

  test('say what the schema says of them', async () => {
    const type = `<x:simpleType><x:restriction base="x:string"><x:enumeration value="A">${doc('The first.')}</x:enumeration>${values('B')}</x:restriction></x:simpleType>`;
    expect(await typesOf(type)).toContain('- `A`: The first.');
  });
});

describe('documentation', () => {
  test('of an element stands with the type inside it, or where it goes', async () => {
    const { types } = await generated(
      yardWsdl({
        schema: `<x:element name="send">${doc('What is sent.')}${sequence(element('a'))}</x:element>
          <x:element name="sent" type="x:int">${doc('How many.')}</x:element>
          <x:element name="Key" type="x:string">${doc('Opens it.')}</x:element>`,
        boundInput: '<s:header message="y:Heads" part="key" use="literal"/><s:body use="literal"/>',
      }).replace(
        '<message name="In">',
        '<message name="Heads"><part name="key" element="y:Key"/></message><message name="In">',
      ),
    );
    expect(types).toContain('/** What is sent. */\nexport interface Send {');
    expect(types).toContain('    /** How many. */\n    output: number;');
    expect(types).toContain('    headers: {\n      /** Opens it. */\n      Key?: string | undefined;\n    };');
  });

  test('of the elements of a repeated choice stands with each', async () => {
    const content = `<x:choice maxOccurs="2"><x:element name="a" type="x:int">${doc('The first.')}</x:element>${element('b')}</x:choice>`;
    const files = await generated(thingWsdl(box(content)));
    expect(files.types).toContain('      /** The first. */\n      a: number; b?: never;');
    expect(compilerErrors(files)).toEqual([]);
  });

  test('keeps what is given for an element or attribute that is referred to', async () => {
    const { types } = await generated(
      thingWsdl(
        box(
          `<x:sequence><x:element ref="y:unit">${doc('The unit.')}</x:element></x:sequence><x:attribute ref="y:rank" default="7"/>`,
        ),
        '<x:element name="unit" type="x:string" fixed="kg"/><x:attribute name="rank" type="x:int"/>',
      ),
    );
    expect(types).toContain('The unit.\n   *\n   * Always `kg`.');
    expect(types).toContain('`7` is meant where it is absent.');
  });

  test('keeps the order of words and the paragraphs of marked up text', async () => {
    const marked = 'Use <b>bold</b> text, <i xmlns="urn:i">not</i> this.<p>One.</p><p>Two <code>a</code>.</p>';
    const { types } = await generated(thingWsdl(`<x:complexType>${doc(marked)}</x:complexType>`));
    expect(types).toContain('/**\n * Use bold text, not this.\n *\n * One.\n *\n * Two a.\n */');
  });

  test('of the text of a type with attributes stands with the text', async () => {
    const price =
      '<x:simpleContent><x:restriction base="y:Money"><x:minInclusive value="0"/></x:restriction></x:simpleContent>';
    const { types } = await generated(
      thingWsdl(
        box(price),
        '<x:complexType name="Money"><x:simpleContent><x:extension base="x:decimal"><x:attribute name="unit"/></x:extension></x:simpleContent></x:complexType>',
      ),
    );
    expect(types).toContain('/** A decimal number, as text. */\n  $value: string;');
    expect(types).toContain('   * A decimal number, as text.\n   *\n   * At least 0.\n   */\n  $value: string;');
  });

  test('says what bounds a whole number', async () => {
    const { types } = await generated(thingWsdl(sequence('<x:element name="a" type="x:positiveInteger"/>')));
    expect(types).toContain('At least 1.');
  });
});

test('a name in any script stays a name, and one that means something to TypeScript gets another', async () => {
  const words =
    'keyof readonly unique infer asserts is abstract declare module namespace global of get set out satisfies accessor using intrinsic constructor toString valueOf hasOwnProperty arguments eval require exports Readonly Array ReadonlyArray Promise Object String Function Symbol'.split(
      ' ',
    );
  const names = [...words, 'नमस्ते', 'a\u0301b', 'A\u2070'];
  const files = await generated(
    thingWsdl(
      box(
        `<x:sequence>${names.map((name) => `<x:element name="${name}" type="y:${name}" minOccurs="0" maxOccurs="2"/>`).join('')}</x:sequence><x:anyAttribute/>`,
      ),
      names
        .map((name) => `<x:complexType name="${name}"><x:sequence>${element('a')}</x:sequence></x:complexType>`)
        .join(''),
    ),
  );
  expect(compilerErrors(files)).toEqual([]);
  const rows = Object.entries((await loadTable(files)).types).map(([key, { name = key }]) => name);
  expect(rows).toEqual(expect.arrayContaining(names));
});
