import { describe, it } from 'vitest';
import { type Case, expectBothWays, expectTold, wsdl } from './diff.support.ts';

const element = (name: string, more = 'type="xs:string"') => `<xs:element name="${name}" ${more}/>`;
const asked = (types: string) => wsdl({ request: element('x', 'type="t:A"'), types });
const complex = (inside: string, more = '') => asked(`<xs:complexType name="A" ${more}>${inside}</xs:complexType>`);
const restricted = (inside: string, base = 'xs:long') =>
  asked(`<xs:simpleType name="A"><xs:restriction base="${base}">${inside}</xs:restriction></xs:simpleType>`);
const open = (more: string) => wsdl({ request: `${element('a')}<xs:any minOccurs="0" ${more}/>` });
const WSDL = 'xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"';
const array = (type: string) =>
  complex(
    `<xs:complexContent><xs:restriction base="e:Array"><xs:attribute ref="e:arrayType" wsdl:arrayType="${type}"/></xs:restriction></xs:complexContent>`,
    `xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" ${WSDL}`,
  );
const noted = (inside: string) =>
  wsdl({ request: `<xs:element name="x"><xs:annotation>${inside}</xs:annotation></xs:element>` });
const defaulted = (value: string) =>
  asked(
    `<xs:attribute name="g" type="xs:string" default="${value}"/><xs:complexType name="A"><xs:attribute ref="t:g"/></xs:complexType>`,
  );
const derived = (value: string) =>
  asked(
    `<xs:simpleType name="B"><xs:restriction base="xs:long"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType><xs:simpleType name="A"><xs:restriction base="t:B"><xs:maxExclusive value="${value}"/></xs:restriction></xs:simpleType>`,
  );

/** Where a change could pass without a word: what is left open, what others add, and what is seldom used. */
const cases: readonly Case[] = [
  [
    'a wildcard for fewer namespaces',
    open('namespace="##any"'),
    open('namespace="##other"'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/element[find]/complexType/sequence/any',
        'In requests, other elements in `find` may now be of these namespaces: any but `urn:pets`, none; it was: any.',
      ],
    ],
  ],
  [
    'a wildcard for other namespaces',
    open('namespace="urn:a urn:b"'),
    open('namespace="urn:b urn:c"'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/element[find]/complexType/sequence/any',
        'In requests, other elements in `find` may now be of these namespaces: `urn:b`, `urn:c`; it was: `urn:a`, `urn:b`.',
      ],
    ],
  ],
  [
    'a wildcard that is checked more strictly',
    open('processContents="lax"'),
    open(''),
    [
      [
        'breaking-callers',
        'definitions/types/schema/element[find]/complexType/sequence/any',
        'In requests, other elements in `find` are now checked as `strict`; it was `lax`.',
      ],
    ],
  ],
  [
    'a wildcard that may repeat',
    open(''),
    open('maxOccurs="9"'),
    [
      [
        'additive',
        'definitions/types/schema/element[find]/complexType/sequence/any',
        'In requests, other elements in `find` may now come more than once.',
      ],
    ],
  ],
  [
    'a wildcard for something that must be there',
    wsdl({ request: '' }),
    wsdl({ request: '<xs:any/>' }),
    [
      [
        'breaking-callers',
        'definitions/types/schema/element[find]/complexType/sequence/any',
        'Requests must now hold other elements in `find`, which is new.',
      ],
    ],
  ],
  [
    'a wildcard for attributes',
    complex('<xs:anyAttribute/>'),
    complex('<xs:anyAttribute namespace="##local" processContents="skip"/>'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/complexType[A]/anyAttribute',
        'In requests, other attributes in `A` may now be of these namespaces: none; it was: any.',
      ],
      [
        'additive',
        'definitions/types/schema/complexType[A]/anyAttribute',
        'In requests, other attributes in `A` are now checked as `skip`; it was `strict`.',
      ],
    ],
  ],
  [
    'an array of something else',
    array('xs:int[]'),
    array('xs:string[]'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/complexType[A]/complexContent/restriction/attribute',
        'In requests, `{http://schemas.xmlsoap.org/wsdl/}arrayType` of the attribute `arrayType` of the complexType `A` is now `string[]`; it was `int[]`.',
      ],
      [
        'breaking-readers',
        'definitions/types/schema/complexType[A]/complexContent/restriction/attribute',
        'In answers, `{http://schemas.xmlsoap.org/wsdl/}arrayType` of the attribute `arrayType` of the complexType `A` is now `string[]`; it was `int[]`.',
      ],
    ],
  ],
  [
    'types that may not stand for another',
    complex(''),
    complex('', 'block="extension"'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/complexType[A]',
        'In requests, `block` of the complexType `A` is now `extension`; it was nothing.',
      ],
      [
        'breaking-readers',
        'definitions/types/schema/complexType[A]',
        'In answers, `block` of the complexType `A` is now `extension`; it was nothing.',
      ],
    ],
  ],
  [
    'a rule of XML Schema 1.1',
    complex(''),
    complex('<xs:assert test="a"/>'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/complexType[A]/assert',
        'In requests, `xs:assert` of the complexType `A` changed.',
      ],
      [
        'breaking-readers',
        'definitions/types/schema/complexType[A]/assert',
        'In answers, `xs:assert` of the complexType `A` changed.',
      ],
    ],
  ],
  [
    'a facet of XML Schema 1.1',
    restricted(''),
    restricted('<xs:assertion test="a"/>'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/simpleType[A]/restriction/assertion',
        'In requests, `A` has other rules: `xs:assertion` changed.',
      ],
    ],
  ],
  [
    'the last digit of a long limit',
    restricted('<xs:maxInclusive value="9223372036854775807"/>'),
    restricted('<xs:maxInclusive value="9223372036854775806"/>'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/simpleType[A]/restriction/maxInclusive[9223372036854775806]',
        'In requests, the largest value of `A` is now 9223372036854775806; it was 9223372036854775807.',
      ],
    ],
  ],
  [
    'a limit besides that of the base',
    derived('8'),
    derived('7'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/simpleType[A]/restriction/maxExclusive[7]',
        'In requests, the largest value of `A` is now below 7; it was below 8.',
      ],
    ],
  ],
  [
    'the default of an attribute that is declared elsewhere',
    defaulted('a'),
    defaulted('b'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/complexType[A]/attribute',
        'Left out of requests, `A.@g` now means `b`; it was `a`.',
      ],
    ],
  ],
  [
    'the documentation of a listed value',
    restricted('<xs:enumeration value="1"/>'),
    restricted(
      '<xs:enumeration value="1"><xs:annotation><xs:documentation>One</xs:documentation></xs:annotation></xs:enumeration>',
    ),
    [
      [
        'documentation',
        'definitions/types/schema/simpleType[A]/restriction/enumeration[1]',
        'The documentation of the enumeration `1` of the simpleType `A` is new.',
      ],
    ],
  ],
  [
    'notes for programs',
    noted('<xs:appinfo>a</xs:appinfo>'),
    noted('<xs:appinfo>b</xs:appinfo>'),
    [
      [
        'documentation',
        'definitions/types/schema/element[find]/complexType/sequence/element[x]/annotation/appinfo',
        'The notes for programs in the annotation of the element `x` of the element `find` changed.',
      ],
    ],
  ],
];

describe('what is easily overlooked in XML Schema', () => {
  it.each(cases)('is told: %s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });
});
