import { describe, it } from 'vitest';
import { type Case, expectBothWays, expectTold, FIND, FOUND, wsdl } from './diff.support.ts';

const element = (name: string, more = 'type="xs:string"') => `<xs:element name="${name}" ${more}/>`;
const simple = (name: string, inside: string, base = 'xs:string') =>
  `<xs:simpleType name="${name}"><xs:restriction base="${base}">${inside}</xs:restriction></xs:simpleType>`;
const values = (...list: string[]) => list.map((value) => `<xs:enumeration value="${value}"/>`).join('');
const complex = (name: string, inside: string, more = '') =>
  `<xs:complexType name="${name}" ${more}>${inside}</xs:complexType>`;
const sequence = (...items: string[]) => `<xs:sequence>${items.join('')}</xs:sequence>`;
const extension = (name: string, base: string, inside = '') =>
  complex(name, `<xs:complexContent><xs:extension base="${base}">${inside}</xs:extension></xs:complexContent>`);
const asked = (request: string, types = '') => wsdl({ request, types });
const told = (answer: string, types = '') => wsdl({ answer, types });
const SCHEMA = 'definitions/types/schema';
const kindOf = (name: string, value: string) => `${SCHEMA}/simpleType[${name}]/restriction/enumeration[${value}]`;

/** What XML Schema 1.0 says an element may hold. */
const cases: readonly Case[] = [
  [
    'an element of a request that is new and may be left out',
    asked(element('a')),
    asked(element('a') + element('b', 'type="xs:string" minOccurs="0"')),
    [['additive', `${FIND}/element[b]`, 'Requests may now hold `find.b`.']],
  ],
  [
    'an element of a request that is new and must be there',
    asked(element('a')),
    asked(element('a') + element('b')),
    [['breaking-callers', `${FIND}/element[b]`, 'Requests must now hold `find.b`, which is new.']],
  ],
  [
    'an element of a request that is gone, even one that could be left out',
    asked(element('a') + element('b', 'type="xs:string" minOccurs="0"')),
    asked(element('a')),
    [['breaking-callers', `${FIND}/element[b]`, 'Requests can no longer hold `find.b`.']],
  ],
  [
    'an element of an answer that is gone',
    told(element('a') + element('b')),
    told(element('a')),
    [['breaking-readers', `${FOUND}/element[b]`, 'Answers no longer hold `findResponse.b`.']],
  ],
  [
    'elements of a request in another order',
    asked(element('a') + element('b') + element('c')),
    asked(element('b') + element('a') + element('c')),
    [['breaking-callers', FIND, 'In requests, the elements of `find` come in another order: `b`, `a`, `c`.']],
  ],
  [
    'a new element between others does not change their order',
    told(element('a') + element('c')),
    told(element('a') + element('b', 'type="xs:string" minOccurs="0"') + element('c')),
    [['additive', `${FOUND}/element[b]`, 'Answers may now hold `findResponse.b`.']],
  ],
  [
    'an element that must now be there',
    asked(element('a', 'type="xs:string" minOccurs="0"')),
    asked(element('a')),
    [['breaking-callers', `${FIND}/element[a]`, 'Requests must now hold `find.a`, which could be left out.']],
  ],
  [
    'an element of an answer that may now be left out',
    told(element('a')),
    told(element('a', 'type="xs:string" minOccurs="0"')),
    [['breaking-readers', `${FOUND}/element[a]`, 'Answers may now leave out `findResponse.a`.']],
  ],
  [
    'an element of an answer that may now repeat',
    told(element('a')),
    told(element('a', 'type="xs:string" maxOccurs="unbounded"')),
    [['breaking-readers', `${FOUND}/element[a]`, 'In answers, `findResponse.a` may now come more than once.']],
  ],
  [
    'an element of a request that may no longer repeat',
    asked(element('a', 'type="xs:string" maxOccurs="5"')),
    asked(element('a')),
    [['breaking-callers', `${FIND}/element[a]`, 'In requests, `find.a` may no longer come more than once.']],
  ],
  [
    'fewer occurrences of an element that still repeats',
    asked(element('a', 'type="xs:string" maxOccurs="unbounded"')),
    asked(element('a', 'type="xs:string" maxOccurs="50"')),
    [
      [
        'breaking-callers',
        `${FIND}/element[a]`,
        'In requests, the most occurrences of `find.a` is now 50; it was unlimited.',
      ],
    ],
  ],
  [
    'an element of an answer that may now be nil',
    told(element('a')),
    told(element('a', 'type="xs:string" nillable="true"')),
    [['breaking-readers', `${FOUND}/element[a]`, 'In answers, `findResponse.a` may now be null.']],
  ],
  [
    'an element of a request that may no longer be nil',
    asked(element('a', 'type="xs:string" nillable="true"')),
    asked(element('a', 'type="xs:string" nillable="false"')),
    [['breaking-callers', `${FIND}/element[a]`, 'In requests, `find.a` may no longer be null.']],
  ],
  [
    'an int instead of a long is narrower',
    asked(element('a', 'type="xs:long"')),
    asked(element('a', 'type="xs:int"')),
    [['breaking-callers', `${FIND}/element[a]`, 'In requests, `find.a` is now `xs:int`; it was `xs:long`.']],
  ],
  [
    'a long instead of an int is wider',
    asked(element('a', 'type="xs:int"')),
    asked(element('a', 'type="xs:long"')),
    [['additive', `${FIND}/element[a]`, 'In requests, `find.a` is now `xs:long`; it was `xs:int`.']],
  ],
  [
    'a date is no dateTime',
    told(element('a', 'type="xs:date"')),
    told(element('a', 'type="xs:dateTime"')),
    [
      [
        'breaking-readers',
        `${FOUND}/element[a]`,
        'In answers, `findResponse.a` is now `xs:dateTime`; it was `xs:date`.',
      ],
    ],
  ],
  [
    'listed values of a request',
    asked(element('a', 'type="t:Kind"'), simple('Kind', values('cat', 'dog'))),
    asked(element('a', 'type="t:Kind"'), simple('Kind', values('dog', 'owl'))),
    [
      ['breaking-callers', kindOf('Kind', 'cat'), 'In requests, `Kind` may no longer be `cat`.'],
      ['additive', kindOf('Kind', 'owl'), 'In requests, `Kind` may now be `owl`.'],
    ],
  ],
  [
    'listed values of an answer: readers leave lists open',
    told(element('a', 'type="t:Kind"'), simple('Kind', values('cat', 'dog'))),
    told(element('a', 'type="t:Kind"'), simple('Kind', values('dog', 'cat', 'owl'))),
    [['additive', kindOf('Kind', 'owl'), 'In answers, `Kind` may now be `owl`.']],
  ],
  [
    'facets that are tighter and looser',
    asked(element('a', 'type="t:Code"'), simple('Code', '<xs:maxLength value="10"/><xs:pattern value="A.*"/>')),
    asked(element('a', 'type="t:Code"'), simple('Code', '<xs:maxLength value="5"/><xs:minLength value="0"/>')),
    [
      [
        'breaking-callers',
        `${SCHEMA}/simpleType[Code]/restriction/maxLength[5]`,
        'In requests, the longest length of `Code` is now 5; it was 10.',
      ],
      ['additive', `${SCHEMA}/simpleType[Code]`, 'In requests, `Code` need no longer match `A.*`.'],
    ],
  ],
  [
    'an attribute that is new and needed, and one that is gone',
    asked(element('a', 'type="t:A"'), complex('A', '<xs:attribute name="x" type="xs:string"/>')),
    asked(element('a', 'type="t:A"'), complex('A', '<xs:attribute name="y" type="xs:string" use="required"/>')),
    [
      ['breaking-callers', `${SCHEMA}/complexType[A]/attribute[x]`, 'Requests can no longer hold `A.@x`.'],
      ['breaking-callers', `${SCHEMA}/complexType[A]/attribute[y]`, 'Requests must now hold `A.@y`, which is new.'],
    ],
  ],
  [
    'text that gets an attribute',
    told(element('a', 'type="t:A"'), simple('A', '')),
    told(
      element('a', 'type="t:A"'),
      complex(
        'A',
        '<xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="x" type="xs:string"/></xs:extension></xs:simpleContent>',
      ),
    ),
    [
      [
        'additive',
        `${SCHEMA}/complexType[A]/simpleContent/extension/attribute[x]`,
        'Answers may now hold `findResponse.a.@x`.',
      ],
    ],
  ],
  [
    'an alternative of a choice that is gone breaks callers, a new one readers',
    asked(`<xs:choice>${element('a')}${element('b')}${element('c')}</xs:choice>`),
    asked(`<xs:choice>${element('a')}${element('b')}</xs:choice>`),
    [
      [
        'breaking-callers',
        'definitions/types/schema/element[find]/complexType/sequence/choice/element[c]',
        'In requests, `find` may no longer hold `find.c`.',
      ],
    ],
  ],
  [
    'a sequence that became a choice',
    told(element('a') + element('b')),
    told(`<xs:choice>${element('a')}${element('b')}</xs:choice>`),
    [['breaking-readers', `${FOUND}/choice`, 'In answers, `a`, `b` in `findResponse` are now part of a choice.']],
  ],
  [
    'a wildcard that is gone',
    asked(`${element('a')}<xs:any minOccurs="0" processContents="lax"/>`),
    asked(element('a')),
    [['breaking-callers', `${FIND}/any`, 'In requests, `find` can no longer hold elements that are not named.']],
  ],
  [
    'one more type that extends another',
    told(element('a', 'type="t:Pet"'), complex('Pet', sequence(element('n'))) + extension('Cat', 't:Pet')),
    told(
      element('a', 'type="t:Pet"'),
      complex('Pet', sequence(element('n'))) + extension('Cat', 't:Pet') + extension('Dog', 't:Pet'),
    ),
    [['additive', `${SCHEMA}/complexType[Dog]`, 'In answers, `Pet` may now be the type `Dog`.']],
  ],
  [
    'a type that extends another and is gone',
    asked(element('a', 'type="t:Pet"'), complex('Pet', sequence(element('n'))) + extension('Cat', 't:Pet')),
    asked(element('a', 'type="t:Pet"'), complex('Pet', sequence(element('n')))),
    [['breaking-callers', `${SCHEMA}/complexType[Cat]`, 'In requests, `Pet` may no longer be the type `Cat`.']],
  ],
  [
    'what a type inherits is told once, by its base',
    told(
      element('a', 'type="t:Cat"'),
      complex('Pet', sequence(element('n'))) + extension('Cat', 't:Pet', sequence(element('m'))),
    ),
    told(
      element('a', 'type="t:Cat"'),
      complex('Pet', sequence(element('n', 'type="xs:string" minOccurs="0"'))) +
        extension('Cat', 't:Pet', sequence(element('m'))),
    ),
    [['breaking-readers', `${SCHEMA}/complexType[Pet]/sequence/element[n]`, 'Answers may now leave out `Pet.n`.']],
  ],
  [
    'a type that holds itself, sent and got',
    wsdl({
      request: element('a', 'type="t:Node"'),
      answer: element('a', 'type="t:Node"'),
      types: complex('Node', sequence(element('v'), element('next', 'type="t:Node" minOccurs="0"'))),
    }),
    wsdl({
      request: element('a', 'type="t:Node"'),
      answer: element('a', 'type="t:Node"'),
      types: complex('Node', sequence(element('next', 'type="t:Node" minOccurs="0"'))),
    }),
    [
      ['breaking-callers', `${SCHEMA}/complexType[Node]/sequence/element[v]`, 'Requests can no longer hold `Node.v`.'],
      ['breaking-readers', `${SCHEMA}/complexType[Node]/sequence/element[v]`, 'Answers no longer hold `Node.v`.'],
    ],
  ],
  [
    'a type with another name is the same on the wire',
    told(element('a', 'type="t:A"'), complex('A', sequence(element('n')))),
    told(element('a', 'type="t:B"'), complex('B', sequence(element('n')))),
    [['documentation', `${SCHEMA}/complexType[B]`, 'The type `A` is now called `B`.']],
  ],
  [
    'a value that is always the same, and one for what is left out',
    asked(element('a', 'type="xs:string" fixed="x"') + element('b', 'type="xs:string" default="1"')),
    asked(element('a', 'type="xs:string" fixed="y"') + element('b', 'type="xs:string" default="2"')),
    [
      ['breaking-callers', `${FIND}/element[a]`, 'In requests, `find.a` is now always `y`; it was `x`.'],
      ['breaking-callers', `${FIND}/element[b]`, 'Empty in requests, `find.b` now means `2`; it was `1`.'],
    ],
  ],
  [
    'elements that are now in a namespace',
    wsdl({ schema: 'elementFormDefault="unqualified"' }),
    wsdl({ schema: 'elementFormDefault="qualified"' }),
    [
      [
        'breaking-callers',
        `${FIND}/element[id]`,
        'In requests, the namespace of `find.id` is now `urn:pets`; it was none.',
      ],
      [
        'breaking-readers',
        `${FOUND}/element[id]`,
        'In answers, the namespace of `findResponse.id` is now `urn:pets`; it was none.',
      ],
    ],
  ],
  [
    'documentation',
    told(
      '<xs:element name="a" type="xs:string"><xs:annotation><xs:documentation>Old</xs:documentation></xs:annotation></xs:element>',
    ),
    told(
      '<xs:element name="a" type="xs:string"><xs:annotation><xs:documentation>New</xs:documentation></xs:annotation></xs:element>',
    ),
    [['documentation', `${FOUND}/element[a]`, 'The documentation of `findResponse.a` changed.']],
  ],
  [
    'a declaration that nothing uses',
    wsdl({ types: simple('Unused', values('a')) }),
    wsdl({ types: simple('Unused', values('a', 'b')) }),
    [['documentation', `${SCHEMA}/simpleType[Unused]`, 'The simpleType `Unused`, which no operation uses, changed.']],
  ],
];

describe('what becomes of elements and types', () => {
  it.each(cases)('%s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });
});
