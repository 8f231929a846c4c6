import { describe, expect, it } from 'vitest';
import { type Case, diffTexts, expectBothWays, expectTold, wsdl } from './diff.support.ts';

const service = (location: string, port = 'Soap') =>
  `<service name="Pets"><port name="${port}" binding="t:PetsBinding"><soap:address location="${location}"/></port></service>`;
const drop = {
  messages: '<message name="dropIn"><part name="body" element="t:find"/></message>',
  portType: '<operation name="drop"><input message="t:dropIn"/></operation>',
  binding:
    '<operation name="drop"><soap:operation soapAction=""/><input><soap:body use="literal"/></input></operation>',
};
const headed = (part: string) =>
  wsdl({
    types: '<xs:element name="Key" type="xs:string"/><xs:element name="Options" type="xs:string"/>',
    messages:
      '<message name="head"><part name="key" element="t:Key"/><part name="options" element="t:Options"/></message>',
  }).replace('<input><soap:body use="literal"/></input>', `<input>${part}<soap:body use="literal"/></input>`);
const header = (part: string) => `<soap:header message="t:head" part="${part}" use="literal"/>`;
const faulty = (...names: string[]) =>
  wsdl({
    types: '<xs:element name="Fault" type="xs:string"/>',
    messages: '<message name="fault"><part name="fault" element="t:Fault"/></message>',
    operation: names.map((name) => `<fault name="${name}" message="t:fault"/>`).join(''),
  });
const rpc = (...parts: string[]) =>
  wsdl()
    .replace('style="document"', 'style="rpc"')
    .replaceAll('<soap:body use="literal"/>', '<soap:body use="literal" namespace="urn:pets"/>')
    .replace(
      '<part name="body" element="t:find"/>',
      parts.map((name) => `<part name="${name}" type="xs:string"/>`).join(''),
    )
    .replace('<part name="body" element="t:findResponse"/>', '<part name="out" type="xs:string"/>');
const OPERATION = 'definitions/binding[PetsBinding]/operation[find]';

/** What WSDL 1.1 says an operation is. */
const cases: readonly Case[] = [
  [
    'an operation that is new',
    wsdl(),
    wsdl(drop),
    [['additive', 'definitions/portType[Pets]/operation[drop]', 'The operation `drop` is new.']],
  ],
  [
    'an operation that is gone',
    wsdl(drop),
    wsdl(),
    [['breaking-callers', 'definitions/portType[Pets]/operation[drop]', 'The operation `drop` is gone.']],
  ],
  [
    'another address',
    wsdl({ service: service('https://a.test/') }),
    wsdl({ service: service('https://b.test/') }),
    [
      [
        'breaking-callers',
        'definitions/service[Pets]/port[Soap]/address',
        'The address of the port `Pets/Soap` is now `https://b.test/`; it was `https://a.test/`.',
      ],
    ],
  ],
  [
    'a port with another name',
    wsdl({ service: service('https://a.test/') }),
    wsdl({ service: service('https://a.test/', 'Main') }),
    [['documentation', 'definitions/service[Pets]/port[Main]', 'The port `Pets/Soap` is now called `Pets/Main`.']],
  ],
  [
    'another SOAPAction',
    wsdl(),
    wsdl().replace('urn:find"', 'urn:other"'),
    [['breaking-callers', OPERATION, 'The SOAPAction of the operation `find` is now `urn:other`; it was `urn:find`.']],
  ],
  [
    'another use',
    wsdl(),
    wsdl().replace('<input><soap:body use="literal"/>', '<input><soap:body use="encoded"/>'),
    [
      [
        'breaking-callers',
        OPERATION,
        'The use of the request of the operation `find` is now `encoded`; it was `literal`.',
      ],
    ],
  ],
  [
    'a header that is new and one that is gone',
    headed(header('key')),
    headed(header('options')),
    [
      [
        'breaking-callers',
        `${OPERATION}/input/header`,
        'The request of the operation `find` no longer has the header `Key`.',
      ],
      [
        'additive',
        `${OPERATION}/input/header`,
        'The request of the operation `find` may now have the header `Options`.',
      ],
    ],
  ],
  [
    'a header of another type',
    headed(header('key')),
    headed(header('key')).replace('name="Key" type="xs:string"', 'name="Key" type="xs:int"'),
    [
      [
        'breaking-callers',
        'definitions/types/schema/element[Key]',
        'In requests, `Key` is now `xs:int`; it was `xs:string`.',
      ],
    ],
  ],
  [
    'a fault that is new and one that is gone',
    faulty('Denied'),
    faulty('Locked'),
    [
      [
        'breaking-readers',
        'definitions/portType[Pets]/operation[find]/fault[Denied]',
        'The operation `find` no longer answers with the fault `Denied`.',
      ],
      [
        'additive',
        'definitions/portType[Pets]/operation[find]/fault[Locked]',
        'The operation `find` may now answer with the fault `Locked`.',
      ],
    ],
  ],
  [
    'an answer that is gone: the operation is one-way now',
    wsdl(),
    wsdl().replace('<output message="t:findOut"/>', '').replace('<output><soap:body use="literal"/></output>', ''),
    [
      [
        'breaking-readers',
        'definitions/portType[Pets]/operation[find]/output',
        'The answer of the operation `find` is gone.',
      ],
    ],
  ],
  [
    'another element in the body',
    wsdl({ types: '<xs:element name="search" type="xs:string"/>' }),
    wsdl({ types: '<xs:element name="search" type="xs:string"/>' }).replace('element="t:find"', 'element="t:search"'),
    [
      [
        'breaking-callers',
        'definitions/message[findIn]/part[body]',
        'The request of the operation `find` now holds `search`; it was `find`.',
      ],
    ],
  ],
  [
    'parts in style rpc: new, gone and in another order',
    rpc('a', 'b', 'c'),
    rpc('b', 'a', 'd'),
    [
      [
        'breaking-callers',
        'definitions/message[findIn]/part[c]',
        'The request of the operation `find` no longer holds the part `c`.',
      ],
      [
        'breaking-callers',
        'definitions/message[findIn]/part[d]',
        'The request of the operation `find` must now hold the part `d`, which is new.',
      ],
      [
        'breaking-callers',
        'definitions/message[findIn]',
        'The parts of the request of the operation `find` come in another order: b, a.',
      ],
    ],
  ],
  [
    'style rpc instead of document',
    wsdl(),
    wsdl().replace('style="document"', 'style="rpc"'),
    [['breaking-callers', OPERATION, 'The style of the operation `find` is now `rpc`; it was `document`.']],
  ],
  [
    'a namespace with another name is one change in each direction',
    wsdl(),
    wsdl().replaceAll('urn:pets', 'urn:pets:2'),
    [
      ['breaking-callers', 'definitions/types/schema', 'In requests, the namespace `urn:pets` is now `urn:pets:2`.'],
      ['breaking-readers', 'definitions/types/schema', 'In answers, the namespace `urn:pets` is now `urn:pets:2`.'],
    ],
  ],
  [
    'the name of a message is not on the wire',
    wsdl(),
    wsdl().replaceAll('findIn', 'FindRequest'),
    [
      [
        'documentation',
        'definitions/portType[Pets]/operation[find]/input',
        'The message of the request of the operation `find` is now called `FindRequest`; it was `findIn`.',
      ],
    ],
  ],
];

const type =
  '<xs:complexType name="Pet"><xs:sequence><xs:element name="n" type="xs:string"/><xs:element name="m" type="xs:string"/></xs:sequence></xs:complexType>';
const code = '<xs:simpleType name="Code"><xs:restriction base="xs:string"/></xs:simpleType>';
const pet = wsdl({ answer: '<xs:element name="pet" type="t:Pet"/>', types: type + code });

/** The same meaning, written in two ways: nothing may be told. */
const silent: readonly (readonly [name: string, one: string, other: string])[] = [
  [
    'other prefixes',
    pet,
    pet
      .replaceAll('xs:', 'xsd:')
      .replaceAll('xmlns:xs=', 'xmlns:xsd=')
      .replaceAll('t:', 'tns:')
      .replaceAll('xmlns:t=', 'xmlns:tns='),
  ],
  [
    'XML Schema as default namespace',
    pet,
    pet.replace(/<xs:schema ([\s\S]*)<\/xs:schema>/, (all) =>
      all
        .replaceAll('<xs:', '<')
        .replaceAll('</xs:', '</')
        .replace('<schema ', '<schema xmlns="http://www.w3.org/2001/XMLSchema" '),
    ),
  ],
  ['white space and line ends', pet, pet.replaceAll('><', '>\r\n\t<').replaceAll('" ', '"   ')],
  [
    'comments and an XML declaration',
    pet,
    `<?xml version="1.0" encoding="UTF-8"?><!-- a -->${pet.replaceAll('<xs:element', '<!-- b --><xs:element')}`,
  ],
  ['declarations in another order', wsdl({ types: type + code }), wsdl({ types: code + type })],
  [
    'attributes in another order and quotes',
    pet,
    pet.replaceAll('name="n" type="xs:string"', "type='xs:string' name='n'"),
  ],
  [
    'occurrences of one written out',
    pet,
    pet.replace('name="n"', 'name="n" minOccurs="1" maxOccurs="1" nillable="false"'),
  ],
  [
    'a sequence in a sequence',
    pet,
    pet
      .replaceAll('<xs:sequence><xs:element name="n"', '<xs:sequence><xs:sequence><xs:element name="n"')
      .replace('name="m" type="xs:string"/>', 'name="m" type="xs:string"/></xs:sequence>'),
  ],
  [
    'a group in place of elements',
    wsdl({ answer: '<xs:element name="a" type="xs:int"/>' }),
    wsdl({
      answer: '<xs:group ref="t:G"/>',
      types: '<xs:group name="G"><xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence></xs:group>',
    }),
  ],
  [
    'a type written where it is used',
    pet,
    wsdl({ answer: `<xs:element name="pet">${type.replace(' name="Pet"', '')}</xs:element>`, types: code }),
  ],
  [
    'the same elements by extension',
    wsdl({ answer: '<xs:element name="pet" type="t:Pet"/>', types: type }),
    wsdl({
      answer: '<xs:element name="pet" type="t:Pet"/>',
      types:
        '<xs:complexType name="Pet"><xs:complexContent><xs:extension base="t:Base"><xs:sequence><xs:element name="m" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType><xs:complexType name="Base" abstract="true"><xs:sequence><xs:element name="n" type="xs:string"/></xs:sequence></xs:complexType>',
    }),
  ],
  [
    'listed values in another order',
    wsdl({
      answer:
        '<xs:element name="a"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="x"/><xs:enumeration value="y"/></xs:restriction></xs:simpleType></xs:element>',
    }),
    wsdl({
      answer:
        '<xs:element name="a"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="y"/><xs:enumeration value="x"/></xs:restriction></xs:simpleType></xs:element>',
    }),
  ],
];

describe('what becomes of operations', () => {
  it.each(cases)('%s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });
});

describe('what means the same', () => {
  it.each(silent)('is silent: %s', async (_, one, other) => {
    expect(other).not.toBe(one);
    expect((await diffTexts(one, other, 'wsdl')).changes).toEqual([]);
    expect((await diffTexts(other, one, 'wsdl')).changes).toEqual([]);
  });
});
