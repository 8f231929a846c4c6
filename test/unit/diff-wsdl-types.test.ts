import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffSpecs } from '../../scripts/diff/index.ts';
import { type Case, expectBothWays, expectTold, FIND, FOUND, wsdl } from './diff.support.ts';

const element = (name: string, more = 'type="xs:string"') => `<xs:element name="${name}" ${more}/>`;
const simple = (name: string, inside: string) => `<xs:simpleType name="${name}">${inside}</xs:simpleType>`;
const complex = (inside: string, more = '') => `<xs:complexType name="A" ${more}>${inside}</xs:complexType>`;
const two = `${element('a')}${element('b')}`;
const asked = (types: string, more = '') => wsdl({ request: element('x', 'type="t:A"'), types: types + more });
const told = (types: string, more = '') => wsdl({ answer: element('x', 'type="t:A"'), types: types + more });
const A = 'definitions/types/schema/complexType[A]';

/** What XML Schema 1.0 says of types, beyond the usual. */
const cases: readonly Case[] = [
  [
    'any number is right as a text, for those who send it',
    wsdl({ request: element('a', 'type="xs:int"') }),
    wsdl({ request: element('a') }),
    [['additive', `${FIND}/element[a]`, 'In requests, `find.a` is now `xs:string`; it was `xs:int`.']],
  ],
  [
    'an unsigned int has room in a long, a long none in an unsigned int',
    wsdl({ answer: element('a', 'type="xs:unsignedInt"') }),
    wsdl({ answer: element('a', 'type="xs:long"') }),
    [
      [
        'breaking-readers',
        `${FOUND}/element[a]`,
        'In answers, `findResponse.a` is now `xs:long`; it was `xs:unsignedInt`.',
      ],
    ],
  ],
  [
    'a boolean is no number',
    wsdl({ request: element('a', 'type="xs:boolean"') }),
    wsdl({ request: element('a', 'type="xs:int"') }),
    [['breaking-callers', `${FIND}/element[a]`, 'In requests, `find.a` is now `xs:int`; it was `xs:boolean`.']],
  ],
  [
    'a union with one more member',
    told(simple('A', '<xs:union memberTypes="xs:int xs:date"/>')),
    told(simple('A', '<xs:union memberTypes="xs:date xs:boolean xs:int"/>')),
    [['breaking-readers', 'definitions/types/schema/simpleType[A]', 'In answers, `A` may now be `xs:boolean`.']],
  ],
  [
    'a list of something else',
    asked(simple('A', '<xs:list itemType="xs:long"/>')),
    asked(simple('A', '<xs:list itemType="xs:short"/>')),
    [
      [
        'breaking-callers',
        'definitions/types/schema/simpleType[A]',
        'In requests, `A[]` is now `xs:short`; it was `xs:long`.',
      ],
    ],
  ],
  [
    'an order where there was none',
    asked(complex(`<xs:all>${two}</xs:all>`)),
    asked(complex(`<xs:sequence>${two}</xs:sequence>`)),
    [['breaking-callers', `${A}/sequence`, 'In requests, the elements of `A` must now come in a certain order.']],
  ],
  [
    'text between elements',
    told(complex(`<xs:sequence>${two}</xs:sequence>`)),
    told(complex(`<xs:sequence>${two}</xs:sequence>`, 'mixed="true"')),
    [['breaking-readers', A, 'In answers, text may now stand between the elements of `A`.']],
  ],
  [
    'a type that can no longer be used itself',
    asked(complex(`<xs:sequence>${two}</xs:sequence>`)),
    asked(complex(`<xs:sequence>${two}</xs:sequence>`, 'abstract="true"')),
    [['breaking-callers', A, 'In requests, `A` can only be a type that extends it.']],
  ],
  [
    'one more element in a substitution group',
    told(
      complex('<xs:sequence><xs:element ref="t:pet"/></xs:sequence>'),
      `${element('pet')}${element('cat', 'substitutionGroup="t:pet"')}`,
    ),
    told(
      complex('<xs:sequence><xs:element ref="t:pet"/></xs:sequence>'),
      `${element('pet')}${element('cat', 'substitutionGroup="t:pet"')}${element('dog', 'substitutionGroup="t:pet"')}`,
    ),
    [['additive', 'definitions/types/schema/element[dog]', 'In answers, `A.pet` may now be the element `dog`.']],
  ],
  [
    'elements that moved into a base are still there',
    told(complex(`<xs:sequence>${two}</xs:sequence>`)),
    told(
      complex(
        `<xs:complexContent><xs:extension base="t:B"><xs:sequence>${element('b')}</xs:sequence></xs:extension></xs:complexContent>`,
      ),
      `<xs:complexType name="B" abstract="true"><xs:sequence>${element('a')}</xs:sequence></xs:complexType>`,
    ),
    [],
  ],
  [
    'an attribute that must be there in answers no longer',
    told(
      complex('<xs:attributeGroup ref="t:G"/>'),
      '<xs:attributeGroup name="G"><xs:attribute name="x" type="xs:int" use="required"/></xs:attributeGroup>',
    ),
    told(complex('<xs:attribute name="x" type="xs:int"/>')),
    [['breaking-readers', `${A}/attribute[x]`, 'Answers may now leave out `A.@x`.']],
  ],
  [
    'largest values, with and without the value itself',
    asked(simple('A', '<xs:restriction base="xs:int"><xs:maxInclusive value="10"/></xs:restriction>')),
    asked(simple('A', '<xs:restriction base="xs:int"><xs:maxExclusive value="10"/></xs:restriction>')),
    [
      [
        'breaking-callers',
        'definitions/types/schema/simpleType[A]/restriction/maxExclusive[10]',
        'In requests, the largest value of `A` is now below 10; it was 10.',
      ],
    ],
  ],
  [
    'a simple value where there was an object',
    told(complex(`<xs:sequence>${two}</xs:sequence>`)),
    told(simple('A', '<xs:restriction base="xs:string"/>')),
    [
      [
        'breaking-readers',
        `${FOUND}/element[x]`,
        'In answers, `findResponse.x` is now a simple type; it was a complex type.',
      ],
    ],
  ],
];

describe('what becomes of types', () => {
  it.each(cases)('%s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });

  it('follows imports, and names the file that a change is in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-diff-'));
    try {
      const schema = (type: string) =>
        `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:pets" elementFormDefault="qualified">\n<xs:complexType name="A"><xs:sequence><xs:element name="n" type="${type}"/></xs:sequence></xs:complexType></xs:schema>`;
      await writeFile(join(folder, 'one.xsd'), schema('xs:int'));
      await writeFile(join(folder, 'two.xsd'), schema('xs:long'));
      const spec = (name: string) => ({
        file: 'pets.wsdl',
        path: join(folder, 'pets.wsdl'),
        text: wsdl({ answer: element('x', 'type="t:A"'), types: '' }).replace(
          '<xs:element name="find">',
          `<xs:include schemaLocation="${name}.xsd"/><xs:element name="find">`,
        ),
      });
      const { changes } = await diffSpecs({ old: spec('one'), new: spec('two') });
      expect(changes).toMatchObject([
        {
          kind: 'breaking-readers',
          file: 'two.xsd',
          line: 2,
          place: 'schema/complexType[A]/sequence/element[n]',
          sentence: 'In answers, `A.n` is now `xs:long`; it was `xs:int`.',
        },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
