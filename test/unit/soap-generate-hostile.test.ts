import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { generate, SpecError } from '../../scripts/generate/index.ts';
import { compilerErrors, generated, loadTable } from './soap-generate.support.ts';
import { thingWsdl, yardWsdl } from './soap-wsdl.support.ts';

const DEEP = 10_000;
const times = (count: number, make: (number: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join('');
const elements = '<x:element name="send" type="x:int"/><x:element name="sent" type="x:int"/>';
const withSchema = (schema: string) => yardWsdl({ schema: elements + schema });
const doctype = (inner: string) => withSchema('').replace('?>', `?><!DOCTYPE definitions [${inner}]>`);

const folder = mkdtempSync(join(tmpdir(), 'latchkey-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const specs: Readonly<Record<string, readonly [text: () => string, message: string]>> = {
  'billion laughs': [
    () =>
      doctype(`<!ENTITY a0 "ha">${times(9, (n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`)}`).replace(
        '<types>',
        '<documentation>&a9;</documentation><types>',
      ),
    'a DOCTYPE is not allowed in a WSDL',
  ],
  'an entity of another file': [
    () =>
      doctype('<!ENTITY x SYSTEM "file:///etc/passwd">').replace(
        '<types>',
        '<documentation>&x;</documentation><types>',
      ),
    'a DOCTYPE is not allowed in a WSDL',
  ],
  'elements inside each other': [
    () => withSchema(`<x:annotation>${'<x>'.repeat(DEEP)}${'</x>'.repeat(DEEP)}</x:annotation>`),
    'elements are nested more than 250 deep',
  ],
  'groups inside each other': [
    () =>
      withSchema(
        times(DEEP, (n) => `<x:group name="g${n}"><x:sequence><x:group ref="y:g${n + 1}"/></x:sequence></x:group>`) +
          `<x:group name="g${DEEP}"><x:sequence/></x:group><x:complexType name="T"><x:group ref="y:g0"/></x:complexType>`,
      ),
    'groups are too deep in each other',
  ],
  'groups that double each other': [
    () =>
      withSchema(
        `${times(
          60,
          (n) => `<x:group name="g${n}"><x:sequence>${`<x:group ref="y:g${n + 1}"/>`.repeat(2)}</x:sequence></x:group>`,
        )}<x:group name="g60"><x:sequence/></x:group><x:complexType name="T"><x:group ref="y:g0"/></x:complexType>`,
      ),
    'the types come to more than 2000000 elements',
  ],
  'groups of attributes that double each other': [
    () =>
      withSchema(
        `${times(
          40,
          (n) =>
            `<x:attributeGroup name="g${n}">${`<x:attributeGroup ref="y:g${n + 1}"/>`.repeat(2)}</x:attributeGroup>`,
        )}<x:attributeGroup name="g40"/><x:complexType name="T"><x:attributeGroup ref="y:g0"/></x:complexType>`,
      ),
    'the types come to more than 1000000 attributes',
  ],
  'a group of attributes that holds itself': [
    () =>
      withSchema(
        '<x:attributeGroup name="g"><x:attributeGroup ref="y:g"/></x:attributeGroup><x:complexType name="T"><x:attributeGroup ref="y:g"/></x:complexType>',
      ),
    'the attribute group holds itself',
  ],
  'types that extend each other': [
    () =>
      withSchema(
        `${times(
          DEEP,
          (n) =>
            `<x:complexType name="t${n}"><x:complexContent><x:extension base="y:t${n + 1}"/></x:complexContent></x:complexType>`,
        )}<x:complexType name="t${DEEP}"/>`,
      ),
    'the type stands on more than 100 others, one on the other',
  ],
  'types that extend each other in a circle': [
    () =>
      withSchema(
        times(
          3,
          (n) =>
            `<x:complexType name="t${n}"><x:complexContent><x:extension base="y:t${(n + 1) % 3}"/></x:complexContent></x:complexType>`,
        ),
      ),
    'the type is its own base',
  ],
  'simple types that stand on each other': [
    () =>
      withSchema(
        times(DEEP, (n) => `<x:simpleType name="s${n}"><x:restriction base="y:s${n + 1}"/></x:simpleType>`) +
          `<x:simpleType name="s${DEEP}"><x:restriction base="x:int"/></x:simpleType>`,
      ),
    'the simple type stands on itself, or on too many others',
  ],
  'elements that stand for each other in a circle': [
    () => withSchema(times(2, (n) => `<x:element name="e${n}" substitutionGroup="y:e${1 - n}"/>`)),
    'the element stands for itself',
  ],
  'elements that stand for each other': [
    () =>
      withSchema(
        `<x:element name="e0" type="x:int"/>${times(DEEP, (n) => `<x:element name="e${n + 1}" substitutionGroup="y:e${n}"/>`)}`,
      ),
    'the element stands for itself, or for too many others',
  ],
  'values that many types repeat': [
    () =>
      withSchema(
        `<x:simpleType name="all"><x:restriction base="x:string">${times(DEEP, (n) => `<x:enumeration value="${n}"/>`)}</x:restriction></x:simpleType>` +
          times(DEEP, (n) => `<x:simpleType name="s${n}"><x:restriction base="y:all"/></x:simpleType>`),
      ),
    'the types come to more than 67108864 characters',
  ],
  'documentation that many types repeat': [
    () =>
      withSchema(
        `<x:group name="g"><x:sequence><x:element name="e" type="x:int"><x:annotation><x:documentation>${'x'.repeat(100_000)}</x:documentation></x:annotation></x:element></x:sequence></x:group>` +
          times(DEEP, (n) => `<x:complexType name="t${n}"><x:group ref="y:g"/></x:complexType>`),
      ),
    'the types come to more than 67108864 characters',
  ],
  'unions of values that many unions repeat': [
    () =>
      withSchema(
        `<x:simpleType name="all"><x:restriction base="x:string">${times(DEEP, (n) => `<x:enumeration value="${n}"/>`)}</x:restriction></x:simpleType>` +
          times(DEEP, (n) => `<x:simpleType name="u${n}"><x:union memberTypes="y:all x:string"/></x:simpleType>`),
      ),
    'the unions list more than 2000000 values',
  ],
  'attributes that many restrictions keep': [
    () =>
      withSchema(
        `<x:complexType name="all">${times(DEEP, (n) => `<x:attribute name="a${n}"/>`)}</x:complexType>` +
          times(
            DEEP,
            (n) =>
              `<x:complexType name="t${n}"><x:complexContent><x:restriction base="y:all"/></x:complexContent></x:complexType>`,
          ),
      ),
    'the types come to more than 1000000 attributes',
  ],
  'a file of 100 MB': [() => withSchema(`<!--${' '.repeat(100 * 1024 * 1024)}-->`), 'is larger than 33554432'],
  'a name that ends a comment': [
    () => withSchema('<x:complexType name="*/ process.exit(7) /*"><x:sequence/></x:complexType>'),
    'is no XML name',
  ],
  'a name of 100 KB': [() => withSchema(`<x:complexType name="${'a b'.repeat(40_000)}"/>`), 'is no XML name'],
};

test.each(Object.entries(specs))('%s: one message, and the old output stays', async (name, [text, message]) => {
  const own = join(folder, name.replaceAll(' ', '-'));
  mkdirSync(join(own, 'out', 'yard'), { recursive: true });
  const header = '/*\n * Generated by latchkey 1.0.0 from yard.wsdl\n */\n';
  writeFileSync(join(own, 'out', 'yard', 'table.ts'), header);
  writeFileSync(join(own, 'yard.wsdl'), text());
  const error: unknown = await generate({ specs: join(own, 'yard.wsdl'), out: join(own, 'out') }).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof SpecError)) throw new Error(`expected a SpecError, found ${String(error)}`);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('\n');
  expect(error.message.length).toBeLessThan(1_500);
  expect(readdirSync(own).sort()).toEqual(['out', 'yard.wsdl']);
  expect(readdirSync(join(own, 'out', 'yard'))).toEqual(['table.ts']);
  expect(readFileSync(join(own, 'out', 'yard', 'table.ts'), 'utf8')).toBe(header);
});

test('a chain of types as long as one likes is no matter, and neither are many unions of one another', async () => {
  const chain = withSchema(
    times(
      DEEP,
      (n) =>
        `<x:complexType name="t${n}"><x:sequence><x:element name="next" type="y:t${n + 1}"/></x:sequence></x:complexType>`,
    ) +
      `<x:complexType name="t${DEEP}"/>` +
      times(60, (n) => `<x:simpleType name="u${n}"><x:union memberTypes="y:u${n + 1} y:u${n + 1}"/></x:simpleType>`) +
      '<x:simpleType name="u60"><x:restriction base="x:string"><x:enumeration value="a"/></x:restriction></x:simpleType>',
  );
  const files = await generated(chain);
  expect(Object.keys((await loadTable(files)).types)).toHaveLength(DEEP + 3);
  expect(files.types).toContain("export type u0 = 'a' | (string & {});");
});

test('a base as wide as one likes may have as many heirs', async () => {
  const wide = withSchema(
    `<x:complexType name="base"><x:sequence>${times(DEEP, (n) => `<x:element name="e${n}" type="x:int"/>`)}</x:sequence></x:complexType>` +
      times(
        DEEP,
        (n) =>
          `<x:complexType name="t${n}"><x:complexContent><x:extension base="y:base"><x:sequence><x:element name="own" type="x:int"/></x:sequence></x:extension></x:complexContent></x:complexType>`,
      ),
  );
  const { types } = await loadTable(await generated(wide));
  expect(Object.keys(types)).toHaveLength(DEEP + 3);
});

test('whatever a WSDL says stays text in the code that is made of it', async () => {
  const nasty = `*/ throw 1; /* \${process.exit(7)} \u2028 &quot;'\\`;
  const wsdl = thingWsdl(
    `<x:complexType><x:annotation><x:documentation>${nasty}</x:documentation></x:annotation><x:sequence>
      <x:element name="__proto__" type="y:constructor" default="${nasty}"/><x:element name="prototype" type="y:Listed"/>
    </x:sequence></x:complexType>`,
    `<x:complexType name="constructor"><x:sequence/></x:complexType>
     <x:simpleType name="Listed"><x:restriction base="x:string"><x:enumeration value="${nasty}"/><x:pattern value="${nasty}"/></x:restriction></x:simpleType>`,
  )
    .replace('soapAction="urn:yard#send"', `soapAction="${nasty}"`)
    .replace('http://127.0.0.1/yard', nasty)
    .replaceAll('"send"', '"__proto__"');
  const files = await generated(wsdl);
  expect(compilerErrors(files)).toEqual([]);
  const table = await loadTable(files);
  expect(Object.keys(table.operations)).toEqual(['login', '__proto__']);
  expect(Object.getPrototypeOf(table.operations)).toBe(Object.prototype);
  expect(Object.getPrototypeOf(table.types)).toBe(Object.prototype);
  expect(table.location).toBe(nasty.replace('&quot;', '"'));
});
