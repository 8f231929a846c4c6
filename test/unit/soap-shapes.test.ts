import { expect, test } from 'vitest';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { compilerErrors, generated, loadTable } from './soap-generate.support.ts';
import { thingWsdl, yardEnvelope, yardErrors } from './soap-wsdl.support.ts';

type Yard = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;

interface Shape {
  /** Inside of `<element name="thing">`. */
  readonly type: string;
  /** Beside it, in the same schema. */
  readonly others?: string;
  /** An instance by hand, valid by the schema. */
  readonly xml: string;
  /** What reading it gives, and writing it takes. */
  readonly value: unknown;
  /** A program that passes strict tsc, wrong uses marked. `value` is a `Thing` and `input` takes one. */
  readonly program: string;
}

const complex = (content: string) => `<x:complexType>${content}</x:complexType>`;

const shapes: Readonly<Record<string, Shape>> = {
  'a repeated choice': {
    type: complex(
      '<x:choice minOccurs="0" maxOccurs="unbounded"><x:element name="a" type="x:string"/><x:element name="b" type="x:int"/></x:choice>',
    ),
    xml: '<y:thing><y:b>1</y:b><y:a>x</y:a><y:a>y</y:a><y:b>2</y:b></y:thing>',
    value: { $items: [{ b: 1 }, { a: 'x' }, { a: 'y' }, { b: 2 }] },
    program: `
      for (const item of value.$items ?? []) {
        if (item.a !== undefined) { const text: string = item.a; void text; } else { const number: number = item.b; void number; }
      }
      input({ $items: [{ a: 'x' }, { b: 1 }] });
      // @ts-expect-error one at a time
      input({ $items: [{ a: 'x', b: 1 }] });
      // @ts-expect-error but one there is
      input({ $items: [{}] });`,
  },
  'a repeated sequence': {
    type: complex(
      '<x:sequence><x:element name="head" type="x:string"/><x:sequence maxOccurs="unbounded"><x:element name="key" type="x:string"/><x:element name="value" type="x:int" minOccurs="0" maxOccurs="2"/></x:sequence><x:element name="foot" type="x:string" minOccurs="0"/></x:sequence>',
    ),
    xml: '<y:thing><y:head>h</y:head><y:key>a</y:key><y:value>1</y:value><y:value>2</y:value><y:key>b</y:key><y:key>c</y:key><y:value>3</y:value><y:foot>f</y:foot></y:thing>',
    value: { head: 'h', $items: [{ key: 'a', value: [1, 2] }, { key: 'b' }, { key: 'c', value: [3] }], foot: 'f' },
    program: `
      export const first: number | undefined = value.$items[0]?.value?.[0];
      // @ts-expect-error each round has a key
      input({ head: 'h', $items: [{ value: [1] }] });
      // @ts-expect-error there is a round
      input({ head: 'h' });`,
  },
  'repetition inside repetition': {
    type: complex(
      '<x:sequence maxOccurs="unbounded"><x:element name="a" type="x:string"/><x:choice minOccurs="0" maxOccurs="unbounded"><x:element name="b" type="x:int"/><x:sequence><x:element name="c" type="x:int"/><x:element name="d" type="x:int"/></x:sequence></x:choice></x:sequence>',
    ),
    xml: '<y:thing><y:a>1</y:a><y:c>1</y:c><y:d>2</y:d><y:b>3</y:b><y:b>4</y:b><y:a>2</y:a><y:b>5</y:b><y:c>6</y:c><y:d>7</y:d><y:c>8</y:c><y:d>9</y:d></y:thing>',
    value: { $items: [{ a: '1', c: 1, d: 2 }, { b: 3 }, { b: 4 }, { a: '2', b: 5, c: 6, d: 7 }, { c: 8, d: 9 }] },
    program: 'input({ $items: [{ a: "1", b: 1 }, { c: 1, d: 2 }] });',
  },
  'two runs of elements that repeat': {
    type: complex(
      '<x:sequence><x:choice maxOccurs="unbounded"><x:element name="a" type="x:int"/><x:element name="b" type="x:int"/></x:choice><x:element name="mid" type="x:int"/><x:choice maxOccurs="3"><x:element name="c" type="x:int"/><x:element name="d" type="x:int"/></x:choice></x:sequence>',
    ),
    xml: '<y:thing><y:b>1</y:b><y:a>2</y:a><y:mid>3</y:mid><y:d>4</y:d><y:c>5</y:c></y:thing>',
    value: { $items: [{ b: 1 }, { a: 2 }], mid: 3, $items2: [{ d: 4 }, { c: 5 }] },
    program: 'input({ $items: [{ a: 1 }], mid: 1, $items2: [{ c: 1 }] });',
  },
  'a choice of sequences that share elements': {
    type: complex(
      '<x:choice><x:sequence><x:element name="a" type="x:int"/><x:element name="b" type="x:int"/></x:sequence><x:sequence><x:element name="c" type="x:int"/><x:element name="b" type="x:int"/></x:sequence></x:choice>',
    ),
    xml: '<y:thing><y:c>1</y:c><y:b>2</y:b></y:thing>',
    value: { c: 1, b: 2 },
    program: 'input({ a: 1, b: 2 }); export const b: number | undefined = value.b;',
  },
  'all, in whatever order it comes': {
    type: complex('<x:all><x:element name="a" type="x:int"/><x:element name="b" type="x:int" minOccurs="0"/></x:all>'),
    xml: '<y:thing><y:a>1</y:a><y:b>2</y:b></y:thing>',
    value: { a: 1, b: 2 },
    program: 'input({ b: 2, a: 1 });',
  },
  'a substitution group': {
    type: complex('<x:sequence><x:element ref="y:shape" maxOccurs="unbounded"/></x:sequence>'),
    others: `<x:element name="shape" type="y:Shape" abstract="true"/>
      <x:complexType name="Shape"><x:sequence><x:element name="id" type="x:int"/></x:sequence></x:complexType>
      <x:complexType name="Round"><x:complexContent><x:extension base="y:Shape"><x:sequence><x:element name="radius" type="x:double"/></x:sequence></x:extension></x:complexContent></x:complexType>
      <x:element name="circle" type="y:Round" substitutionGroup="y:shape"/>
      <x:element name="blob" substitutionGroup="y:shape"/>
      <x:element name="disc" type="y:Round" substitutionGroup="y:circle"/>`,
    xml: '<y:thing><y:blob i:type="y:Shape"><y:id>1</y:id></y:blob><y:disc i:type="y:Round"><y:id>2</y:id><y:radius>0.5</y:radius></y:disc><y:circle i:type="y:Round"><y:id>3</y:id><y:radius>1</y:radius></y:circle></y:thing>',
    value: {
      $items: [
        { blob: { $type: 'Shape', id: 1 } },
        { disc: { $type: 'Round', id: 2, radius: 0.5 } },
        { circle: { $type: 'Round', id: 3, radius: 1 } },
      ],
    },
    program: `
      export const radius: number | undefined = value.$items[0]?.circle?.radius;
      // @ts-expect-error the head is abstract
      input({ $items: [{ shape: { $type: 'Shape', id: 1 } }] });`,
  },
  'a substitution group that stands once': {
    type: complex('<x:sequence><x:element ref="y:key"/><x:element name="z" type="x:int"/></x:sequence>'),
    others: '<x:element name="key" type="x:int"/><x:element name="lock" type="x:int" substitutionGroup="y:key"/>',
    xml: '<y:thing><y:lock>1</y:lock><y:z>2</y:z></y:thing>',
    value: { lock: 1, z: 2 },
    program: 'input({ key: 1, z: 2 });',
  },
  'lists and unions': {
    type: complex(
      '<x:sequence><x:element name="sizes" type="y:Sizes"/><x:element name="days" maxOccurs="2"><x:simpleType><x:list itemType="x:date"/></x:simpleType></x:element><x:element name="tokens" type="x:NMTOKENS"/><x:element name="either" type="y:Either"/></x:sequence><x:attribute name="flags" use="required"><x:simpleType><x:list itemType="x:boolean"/></x:simpleType></x:attribute>',
    ),
    others: `<x:simpleType name="Size"><x:restriction base="x:string"><x:enumeration value="S"/><x:enumeration value="L"/></x:restriction></x:simpleType>
      <x:simpleType name="Sizes"><x:list itemType="y:Size"/></x:simpleType>
      <x:simpleType name="Either"><x:union memberTypes="x:int y:Size"/></x:simpleType>`,
    xml: '<y:thing flags="true false"><y:sizes>S L S</y:sizes><y:days>2026-01-01</y:days><y:days>2026-01-02 2026-01-03</y:days><y:tokens>a b</y:tokens><y:either>L</y:either></y:thing>',
    value: {
      '@flags': [true, false],
      sizes: ['S', 'L', 'S'],
      days: [['2026-01-01'], ['2026-01-02', '2026-01-03']],
      tokens: ['a', 'b'],
      either: 'L',
    },
    program: `
      export const flags: boolean[] = value['@flags'];
      export const sizes: Sizes = ['S', 'L', 'XL'];
      export const either: string = value.either;
      input({ '@flags': [], sizes: ['S'], days: [[new Date()], ['2026-01-01']], tokens: [], either: '1' });
      // @ts-expect-error a list is a list
      input({ '@flags': [], sizes: 'S', days: [], tokens: [], either: '1' });`,
  },
  'numbers that are listed': {
    type: '<x:simpleType><x:restriction base="x:int"><x:enumeration value="1"/><x:enumeration value="-2"/></x:restriction></x:simpleType>',
    xml: '<y:thing>-2</y:thing>',
    value: -2,
    program: 'input(1); input(3);\n// @ts-expect-error numbers only\ninput("1");',
  },
  'an element that may be nil': {
    type: '',
    others: '',
    xml: '<y:thing i:nil="true"/>',
    value: null,
    program: 'input(null); input("x"); export const text: string | null = value;',
  },
  'attributes of any name, of XML, and of a group': {
    type: complex(
      '<x:sequence><x:element name="a" type="x:int"/></x:sequence><x:attributeGroup ref="y:Marks"/><x:attribute ref="xml:lang"/>',
    ),
    others: `<x:attributeGroup name="Marks"><x:attribute name="rank" type="x:int" default="7"/><x:attribute name="unit" fixed="kg"/><x:anyAttribute namespace="##any" processContents="skip"/></x:attributeGroup>`,
    xml: '<y:thing rank="1" unit="kg" xml:lang="de" other="o" q:odd="&lt;" xmlns:q="urn:q"><y:a>1</y:a></y:thing>',
    value: { '@rank': 1, '@unit': 'kg', '@lang': 'de', $attributes: { other: 'o', '{urn:q}odd': '<' }, a: 1 },
    program: `
      input({ a: 1, $attributes: { 'x': 'y' } });
      export const odd: string | undefined = value.$attributes?.['{urn:q}odd'];
      // @ts-expect-error text only
      input({ a: 1, $attributes: { x: 1 } });`,
  },
  'a restriction, which keeps the attributes that it does not change': {
    type: complex('<x:sequence><x:element name="one" type="y:Base" maxOccurs="unbounded"/></x:sequence>'),
    others: `<x:complexType name="Base"><x:sequence><x:element name="a" type="x:int" minOccurs="0"/><x:element name="b" type="x:int"/></x:sequence><x:attribute name="p" type="x:int"/><x:attribute name="q" type="x:int"/><x:attribute name="r" type="x:int"/></x:complexType>
      <x:complexType name="Less"><x:complexContent><x:restriction base="y:Base"><x:sequence><x:element name="b" type="x:int"/></x:sequence><x:attribute name="p" type="x:int" use="required"/><x:attribute name="q" use="prohibited"/></x:restriction></x:complexContent></x:complexType>`,
    xml: '<y:thing><y:one i:type="y:Less" p="1" r="3"><y:b>2</y:b></y:one><y:one i:type="y:Base" q="2"><y:a>1</y:a><y:b>2</y:b></y:one></y:thing>',
    value: {
      one: [
        { $type: 'Less', '@p': 1, '@r': 3, b: 2 },
        { $type: 'Base', '@q': 2, a: 1, b: 2 },
      ],
    },
    program: `
      const [one] = value.one;
      if (one?.$type === 'Less') { const p: number = one['@p']; void p; }
      // @ts-expect-error it has no a, and needs p
      input({ one: [{ $type: 'Less', a: 1, b: 2 }] });`,
  },
  'text that is restricted, with attributes': {
    type: complex('<x:sequence><x:element name="price" type="y:Price"/></x:sequence>'),
    others: `<x:complexType name="Money"><x:simpleContent><x:extension base="x:decimal"><x:attribute name="currency" type="x:string" use="required"/></x:extension></x:simpleContent></x:complexType>
      <x:complexType name="Price"><x:simpleContent><x:restriction base="y:Money"><x:minInclusive value="0"/></x:restriction></x:simpleContent></x:complexType>`,
    xml: '<y:thing><y:price i:type="y:Price" currency="EUR">12.30</y:price></y:thing>',
    value: { price: { $type: 'Price', '@currency': 'EUR', $value: '12.30' } },
    program:
      "export const amount: string = value.price.$value; export const currency: string = value.price['@currency'];",
  },
  'a type without a name that extends another': {
    type: complex(
      '<x:complexContent><x:extension base="y:Base"><x:sequence><x:element name="more" type="x:int"/></x:sequence></x:extension></x:complexContent>',
    ),
    others: `<x:complexType name="Base"><x:sequence><x:element name="a" type="x:int"/><x:element name="again" type="y:Base" minOccurs="0"/></x:sequence></x:complexType>`,
    xml: '<y:thing><y:a>1</y:a><y:again><y:a>2</y:a></y:again><y:more>3</y:more></y:thing>',
    value: { a: 1, again: { a: 2 }, more: 3 },
    program: 'input({ a: 1, more: 2 }); export const again: number | undefined = value.again?.a;',
  },
  'names that mean something elsewhere': {
    type: complex(
      '<x:sequence><x:element name="constructor" type="x:string"/><x:element name="toString" type="x:string"/><x:element name="hasOwnProperty" type="y:__proto__"/><x:element name="class" type="y:class"/></x:sequence>',
    ),
    others: `<x:complexType name="__proto__"><x:sequence><x:element name="valueOf" type="x:int"/></x:sequence></x:complexType>
      <x:complexType name="class"><x:sequence><x:element name="default" type="x:int"/></x:sequence></x:complexType>`,
    xml: '<y:thing><y:constructor>a</y:constructor><y:toString>b</y:toString><y:hasOwnProperty><y:valueOf>1</y:valueOf></y:hasOwnProperty><y:class><y:default>2</y:default></y:class></y:thing>',
    value: { constructor: 'a', toString: 'b', hasOwnProperty: { valueOf: 1 }, class: { default: 2 } },
    program: 'export const number: number = value.class.default;',
  },
};

test.each(Object.entries(shapes))('%s', async (name, { type, others, xml, value, program }) => {
  const wsdl =
    name === 'an element that may be nil'
      ? thingWsdl('', '').replace(
          '<x:element name="thing"></x:element>',
          '<x:element name="thing" type="x:string" nillable="true"/>',
        )
      : thingWsdl(type, others);
  const envelope = yardEnvelope(xml);
  expect(await yardErrors(wsdl, envelope), 'the sample is valid').toEqual([]);

  const files = await generated(wsdl);
  const imported = program.includes('Sizes') ? 'import type { Operations, Sizes }' : 'import type { Operations }';
  const around = `${imported} from './types.ts';
    export declare const value: Operations['send']['output'];
    export declare function input(value: Operations['send']['input']): void;
    ${program}`;
  expect(compilerErrors(files, around)).toEqual([]);

  const table = (await loadTable(files)) as unknown as Yard;
  const reader = createEnvelopeReader(table, 'send');
  for (const piece of envelope.match(/[\s\S]{1,7}/g) ?? []) reader.write(piece);
  expect(reader.close()).toMatchObject({ kind: 'result', value, unknown: [], unknownElements: [] });
  const written = writeEnvelope(table, 'send', value);
  expect(canonical(written)).toBe(canonical(envelope));
  expect(await yardErrors(wsdl, written), 'what is written is valid').toEqual([]);
});

const items = await loadTable(await generated(thingWsdl(shapes['a repeated choice']?.type ?? '')));
const pairs = await loadTable(await generated(thingWsdl(shapes['a repeated sequence']?.type ?? '')));

test.each([
  ['a round of a choice with two', items, { $items: [{ a: 'x' }, { a: 'y', b: 1 }] }, '$items[1]', 'ERR_WRONG_TYPE'],
  ['a round with what it cannot have', items, { $items: [{ c: 1 }] }, '$items[0].c', 'ERR_UNKNOWN_ELEMENT'],
  [
    'a round without what it must have',
    pairs,
    { head: '', $items: [{ value: [1] }] },
    '$items[0].key',
    'ERR_MISSING_ELEMENT',
  ],
  ['no round where one must be', pairs, { head: '' }, '$items', 'ERR_MISSING_ELEMENT'],
  ['rounds that are no list', pairs, { head: '', $items: { key: '' } }, '$items', 'ERR_WRONG_TYPE'],
])('%s is refused with its place', (_, table, value, place, code) => {
  const call = () => writeEnvelope(table as unknown as Yard, 'send', value);
  expect(call).toThrow(expect.objectContaining({ name: 'TypeError', code, path: `send.${place}` }));
});

test.each([
  ['a round without what it must have', '<y:head/><y:value>1</y:value>', 'thing.$items[0].key'],
  ['a round with a wrong value', '<y:head/><y:key/><y:key/><y:value>x</y:value>', 'thing.value[1]'],
  ['no round where one must be', '<y:head/>', 'thing.$items'],
])('%s in an answer is named', (_, xml, path) => {
  const reader = createEnvelopeReader(pairs as unknown as Yard, 'send');
  const read = () => reader.write(yardEnvelope(`<y:thing>${xml}</y:thing>`));
  expect(read).toThrow(expect.objectContaining({ reason: 'contract', path }));
});

test.each([
  ['an item with a space', ['a b'], '[0]'],
  ['an item of nothing', ['a', ''], '[1]'],
  ['an item with a carriage return', ['a\r'], '[0]'],
  ['text instead of a list', 'a b', ''],
])('%s is refused in a list', async (_, tokens, place) => {
  const type = '<x:sequence><x:element name="tokens" type="x:NMTOKENS"/></x:sequence>';
  const table = (await loadTable(await generated(thingWsdl(complex(type))))) as unknown as Yard;
  const call = () => writeEnvelope(table, 'send', { tokens });
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_WRONG_TYPE', path: `send.tokens${place}` }));
});

test('the documentation says what types cannot', async () => {
  const { types } = await generated(
    thingWsdl(
      complex(
        `<x:sequence><x:element name="code" default="none"><x:annotation><x:documentation>The code.</x:documentation></x:annotation>
          <x:simpleType><x:restriction base="x:string"><x:pattern value="[a-z]{2}*/"/><x:maxLength value="2"/></x:restriction></x:simpleType></x:element>
          <x:element name="lasts" type="x:duration"/></x:sequence><x:attribute name="unit" type="x:string" fixed="kg"/>`,
      ),
      '<x:simpleType name="Either"><x:union memberTypes="x:int x:date"/></x:simpleType>',
    ),
  );
  expect(types).toContain(
    'The code.\n   *\n   * `none` is meant where it is empty.\n   *\n   * Matches `[a-z]{2}*\\/`. At most 2 long.',
  );
  expect(types).toContain('A duration in ISO 8601');
  expect(types).toContain('/** Always `kg`. */');
  expect(types).toContain('/** Text of one of these: int, date. */\nexport type Either = string;');
});
