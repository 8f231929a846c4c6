import { describe, expect, it } from 'vitest';
import { type Case, diffTexts, expectBothWays, expectTold, wsdl } from './diff.support.ts';

const element = (name: string, more = 'type="xs:string"') => `<xs:element name="${name}" ${more}/>`;
const asked = (types: string) => wsdl({ request: element('x', 'type="t:A"'), types });
const _complex = (inside: string, more = '') => asked(`<xs:complexType name="A" ${more}>${inside}</xs:complexType>`);
const open = (more: string) => wsdl({ request: `${element('a')}<xs:any minOccurs="0" ${more}/>` });
const WSDL = 'xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"';
const bound = (extension: string) => wsdl().replace('<soap:binding', `${extension}<soap:binding`);
const headed = (more: string) =>
  wsdl({ types: element('Key'), messages: '<message name="h"><part name="k" element="t:Key"/></message>' }).replace(
    '<soap:body',
    `<soap:header message="t:h" part="k" use="literal" ${more}/><soap:body`,
  );
const spoken = (verb: string) =>
  bound('').replace(
    '<soap:binding',
    `<http:binding xmlns:http="http://schemas.xmlsoap.org/wsdl/http/" verb="${verb}"/><soap:binding`,
  );
const spare = (named: string) =>
  wsdl()
    .replace('<message name="findIn">', `<message name="findIn"><part name="z" element="t:${named}"/>`)
    .replace('<soap:body', '<soap:body parts="body"');

/** Where a change could pass without a word: what is left open, what others add, and what is seldom used. */
const cases: readonly Case[] = [
  [
    'a body that is named no longer',
    wsdl(),
    wsdl().replace('<input><soap:body use="literal"/></input>', '<input/>'),
    [
      [
        'breaking-callers',
        'definitions/binding[PetsBinding]/operation[find]/input/body',
        '`body` (http://schemas.xmlsoap.org/wsdl/soap/) of the input of the operation `find` of the binding `PetsBinding` is gone.',
      ],
    ],
  ],
  [
    'an extension that clients must understand',
    bound(''),
    bound(`<w:Addressing xmlns:w="urn:w" ${WSDL} wsdl:required="true"/>`),
    [
      [
        'breaking-callers',
        'definitions/binding[PetsBinding]/Addressing',
        '`Addressing` (urn:w) of the binding `PetsBinding` is new, and clients must understand it.',
      ],
    ],
  ],
  [
    'an extension that clients must understand now',
    bound('<w:Addressing xmlns:w="urn:w"/>'),
    bound(`<w:Addressing xmlns:w="urn:w" ${WSDL} wsdl:required="true"/>`),
    [
      [
        'breaking-callers',
        'definitions/binding[PetsBinding]/Addressing',
        '`Addressing` (urn:w) of the binding `PetsBinding` changed, and clients must understand it.',
      ],
    ],
  ],
  [
    'a body that clients must understand',
    wsdl(),
    wsdl().replace('<soap:body', `<soap:body ${WSDL} wsdl:required="true"`),
    [
      [
        'breaking-callers',
        'definitions/binding[PetsBinding]/operation[find]/input/body',
        '`body` (http://schemas.xmlsoap.org/wsdl/soap/) of the input of the operation `find` of the binding `PetsBinding` changed, and clients must understand it.',
      ],
    ],
  ],
  [
    'a header that must be there',
    headed(''),
    headed(`${WSDL} wsdl:required="true"`),
    [
      [
        'breaking-callers',
        'definitions/binding[PetsBinding]/operation[find]/input/header',
        'The header `k` of the request of the operation `find` must now be there.',
      ],
    ],
  ],
  [
    'another verb of HTTP',
    spoken('GET'),
    spoken('POST'),
    [
      [
        'breaking-callers',
        'definitions/binding[PetsBinding]/binding',
        '`binding` (http://schemas.xmlsoap.org/wsdl/http/) of the binding `PetsBinding` changed.',
      ],
    ],
  ],
  [
    'the documentation of a binding',
    wsdl(),
    bound('<documentation>Hi</documentation>'),
    [['documentation', 'definitions/binding[PetsBinding]', 'The documentation of the binding `PetsBinding` is new.']],
  ],
  [
    'a binding of another name',
    wsdl(),
    wsdl().replaceAll('PetsBinding', 'Bound'),
    [
      [
        'documentation',
        'definitions/service[Pets]/port[Soap]',
        'The binding of the port `Pets/Soap` is now called `Bound`; it was `PetsBinding`.',
      ],
    ],
  ],
  [
    'messages in another order',
    wsdl(),
    wsdl().replace(
      '<input message="t:findIn"/><output message="t:findOut"/>',
      '<output message="t:findOut"/><input message="t:findIn"/>',
    ),
    [
      [
        'breaking-callers',
        'definitions/portType[Pets]/operation[find]',
        'The messages of the operation `find` come in another order: output, input.',
      ],
    ],
  ],
  [
    'an operation that is bound nowhere',
    wsdl(),
    wsdl({ portType: '<operation name="drop"><input message="t:findIn"/></operation>' }),
    [
      [
        'documentation',
        'definitions/portType[Pets]/operation[drop]',
        'The operation `drop`, which no operation uses, is new.',
      ],
    ],
  ],
  [
    'a part that is in no body',
    spare('find'),
    spare('findResponse'),
    [['documentation', 'definitions/message[findIn]/part[z]', 'The part `z`, which no operation uses, changed.']],
  ],
  [
    'the version of a schema',
    wsdl(),
    wsdl({ schema: 'elementFormDefault="qualified" version="2"' }),
    [
      [
        'documentation',
        'definitions/types/schema',
        '`version` of the schema of the definitions is now `2`; it was nothing.',
      ],
    ],
  ],
];

describe('what is easily overlooked in WSDL', () => {
  it.each(cases)('is told: %s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });

  it('is silent about the defaults of a wildcard', async () => {
    const written = open('namespace="##any" processContents="strict" maxOccurs="1"');
    expect((await diffTexts(open(''), written)).changes).toEqual([]);
  });

  it('is silent about the order of operations that share a name', async () => {
    const two = (first: string, second: string) =>
      wsdl({
        portType: [first, second]
          .map((name) => `<operation name="get"><input name="${name}" message="t:findIn"/></operation>`)
          .join(''),
        binding: [first, second]
          .map(
            (name) =>
              `<operation name="get"><soap:operation soapAction="${name}"/><input name="${name}"><soap:body use="literal"/></input></operation>`,
          )
          .join(''),
      });
    expect((await diffTexts(two('a', 'b'), two('b', 'a'))).changes).toEqual([]);
  });

  it('refuses a type that XML Schema does not have', async () => {
    await expect(diffTexts(wsdl({ request: element('a', 'type="xs:strin"') }), wsdl())).rejects.toThrow('"strin"');
  });

  it('refuses groups that stand for more elements than memory holds', async () => {
    const group = (index: number, inside: string) =>
      `<xs:group name="G${index}"><xs:sequence>${inside}</xs:sequence></xs:group>`;
    const groups = Array.from({ length: 40 }, (_, index) =>
      group(index, index === 0 ? element('z') : `<xs:group ref="t:G${index - 1}"/>`.repeat(2)),
    );
    const spec = wsdl({ request: '<xs:group ref="t:G39"/>', types: groups.join('') });
    await expect(diffTexts(spec, spec)).rejects.toThrow('elements');
  });
});
