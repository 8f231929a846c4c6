import { expect, test } from 'vitest';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { fixture, generated } from './soap-generate.support.ts';
import { thingWsdl, yardWsdl } from './soap-wsdl.support.ts';

const edited = (search: string, by: string) => {
  if (!fixture.includes(search)) throw new Error(`the fixture does not hold ${search}`);
  return fixture.replace(search, () => by);
};
const placeIn = (text: string, needle: string) => {
  const before = text.slice(0, text.indexOf(needle)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
};

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
    /urn:x" is not declared; there is no schema for that namespace/,
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
    'an import of a namespace that has no schema',
    '<xsd:import namespace="urn:depot:things"/>',
    '<xsd:import namespace="urn:other"/>',
    'imports the namespace "urn:other", for which there is no schema, and names no location',
    '<xsd:import',
  ],
  [
    'a schema that is redefined',
    '<xsd:import namespace="urn:depot:things"/>',
    '<xsd:redefine schemaLocation="other.xsd"/>',
    'redefine is not supported',
    '<xsd:redefine',
  ],
  [
    'any element among elements that repeat together',
    '<sequence>\n          <element name="sent"',
    '<sequence maxOccurs="2"><any/>\n          <element name="sent"',
    'any element among elements that repeat together is not supported: their order would be lost',
    '<any/>',
  ],
  [
    'two places for any element',
    '<choice>\n                <element name="street"',
    '<any/><element name="x" type="string"/><any/><choice>\n                <element name="street"',
    'two places for any element in one type are not supported',
    undefined,
  ],
  [
    'a further place for any element in an extension',
    '<sequence><element name="serial"',
    '<sequence><any/><element name="serial"',
    'two places for any element in one type are not supported',
    '<extension base="t:Parcel">',
  ],
  [
    'one name of two types in a choice',
    '<element name="box" type="int"/>',
    '<element name="street" type="int"/>',
    'two elements named "street" in one choice are not supported: they differ, or their order does',
    '<choice>',
  ],
  [
    'mixed content',
    '<complexType name="Date">',
    '<complexType name="Date" mixed="true">',
    'mixed content is not supported: text between elements would be lost',
    '<complexType name="Date"',
  ],
  [
    'a construct of no XML Schema 1.0',
    '<complexType name="Date"><sequence>',
    '<complexType name="Date"><assert test="1"/><sequence>',
    'assert is not supported in a complex type',
    '<assert',
  ],
  [
    'the like at the top of a schema',
    '<complexType name="Date">',
    '<defaultOpenContent><any/></defaultOpenContent><complexType name="Date">',
    'defaultOpenContent is not supported in a schema',
    '<defaultOpenContent',
  ],
  [
    'the like in a content model',
    '<element name="string" type="date"/>',
    '<element name="string" type="date"/><openContent/>',
    'openContent is not supported in the content of a type',
    '<openContent',
  ],
  [
    'a group that holds itself',
    '<element name="sent" type="dateTime"/>',
    '<group ref="t:Dates"/>',
    'the group holds itself, or groups are too deep in each other',
    undefined,
  ],
  [
    'a simple type that stands on itself',
    '<restriction base="long"/>',
    '<restriction base="t:Serial"/>',
    'the simple type stands on itself, or on too many others',
    '<simpleType name="Serial">',
  ],
  [
    'a list of lists',
    '<restriction base="long"/>',
    '<list itemType="NMTOKENS"/>',
    'a list of lists is not possible in XML Schema',
    '<list',
  ],
  [
    'a simple type of a complex one',
    '<restriction base="long"/>',
    '<restriction base="t:Note"/>',
    'a simple type stands on a complex one',
    '<restriction base="t:Note"',
  ],
  [
    'an abstract element in a message',
    '<xsd:element name="store-all">',
    '<xsd:element name="store-all" abstract="true">',
    'the element "store-all" is abstract: it cannot stand in a message',
    '<part name="body" element="c:store-all"',
  ],
  [
    'a name that is none',
    '<complexType name="Date">',
    '<complexType name="*/ process.exit() /*"><sequence/></complexType><complexType name="Date">',
    '"*/ process.exit() /*" is no XML name',
    '<complexType name="*/',
  ],
  [
    'one name twice in a type',
    '<element name="box" type="int"/>',
    '<element name="serial" type="int"/>',
    'two elements named "serial"',
    '<complexType name="Parcel">',
  ],
  [
    'a part with a type in document style',
    '<part name="body" element="c:login"/>',
    '<part name="body" type="t:Note"/>',
    'a part names no element: only what stands in the body of an rpc operation may do without',
    '<part name="body" type',
  ],
  [
    'a part with an element in rpc style',
    'style="document"',
    'style="rpc"',
    'a part of an rpc operation names no type',
    '<part name="body" element="c:login"',
  ],
  [
    'another style',
    'style="document"',
    'style="poem"',
    'the style "poem" is not supported',
    '<operation name="login"><soap',
  ],
  [
    'encoded use',
    '<input><soap:body use="literal"/></input>',
    '<input><soap:body use="encoded"/></input>',
    'body is SOAP encoded: only literal use is supported',
    '<soap:body use="encoded"',
  ],
  [
    'attachments',
    '<input><soap:body use="literal"/></input>',
    '<input><m:multipartRelated xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"/></input>',
    'the input has no soap:body (multipartRelated is not supported)',
    '<input><m:',
  ],
  [
    'a request without an answer',
    '<input message="c:loginIn"/><output message="c:loginOut"/>',
    '<input message="c:loginIn"/>',
    'operation "login" is one without an answer, which is not supported',
    '<operation name="login"><input message',
  ],
  [
    'a question of the service',
    '<input message="c:loginIn"/><output message="c:loginOut"/>',
    '<output message="c:loginOut"/><input message="c:loginIn"/>',
    'operation "login" is one that the service begins, which is not supported',
    '<operation name="login"><output',
  ],
  [
    'a header that does not exist',
    'part="key"',
    'part="lock"',
    'message "Heads" has no part "lock"',
    '<soap:header message="c:Heads" part="lock"',
  ],
  [
    'a message that does not exist',
    '<input message="c:loginIn"/>',
    '<input message="c:loginAway"/>',
    'message "loginAway" of namespace "urn:depot:calls" does not exist',
    '<input message="c:loginAway"',
  ],
  [
    'an operation that the port type lacks',
    '<operation name="login"><input message="c:loginIn"',
    '<operation name="logon"><input message="c:loginIn"',
    'the port type has no operation "login"',
    '<operation name="login"><soap',
  ],
  [
    'no port of SOAP over HTTP',
    'http://schemas.xmlsoap.org/soap/http',
    'http://schemas.xmlsoap.org/soap/smtp',
    'no service has a port with operations that speaks SOAP over HTTP',
    undefined,
  ],
])('%s is named, with its place', async (_, search, by, message, place) => {
  const text = edited(search, by);
  const error = await refusal(text);
  expect(error.message).toMatch(
    typeof message === 'string' ? new RegExp(message.replaceAll(/[()[\].*]/g, '\\$&')) : message,
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

test('no login operation is named', async () => {
  const error = await generated(fixture, { loginOperation: 'logon' }).catch((reason: unknown) => reason);
  expect(String(error)).toContain('no login operation: the port "DepotSoap" has no operation named "logon"');
});

test('a file that breaks off, is empty, or is something else', async () => {
  expect((await refusal(fixture.slice(0, 900))).message).toContain('not well-formed XML: unclosed tag');
  expect((await refusal('')).message).toContain('not well-formed XML: document must contain a root element.');
  expect((await refusal('openapi: 3.1.0')).message).toContain('not well-formed XML');
  expect((await refusal('<schema xmlns="http://www.w3.org/2001/XMLSchema"/>')).message).toContain(
    'not a WSDL 1.1 file',
  );
  expect((await refusal('<description xmlns="http://www.w3.org/ns/wsdl"/>')).message).toContain('not a WSDL 1.1 file');
});

const schema = '<x:element name="send" type="x:int"/><x:element name="sent" type="x:int"/>';
const other = (inner: string) =>
  `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other">${inner}</x:schema>`;
const parts = '<part name="a" element="y:send"/><part name="b" element="o:send" xmlns:o="urn:other"/>';
const header = (part: string) => `<s:header message="y:Heads" part="${part}" use="literal"/>`;
const withOther = (wsdl: string) =>
  wsdl.replace('</types>', `${other('<x:element name="send" type="x:int"/>')}</types>`);
const heads = `<message name="Heads">${parts}</message>`;
const box = (content: string) => `<x:complexType>${content}</x:complexType>`;

test.each<[string, string, string]>([
  [
    'two elements of one name in a body',
    withOther(yardWsdl({ schema, input: parts })),
    'two elements of the input named "send" are not supported',
  ],
  [
    'two headers of one name',
    withOther(
      yardWsdl({ schema, before: '', boundInput: `${header('a')}${header('b')}<s:body use="literal"/>` }),
    ).replace('<message name="In">', `${heads}<message name="In">`),
    'two headers named "send" are not supported',
  ],
  [
    'a fault of two parts',
    withOther(yardWsdl({ schema }))
      .replace('<message name="In">', `${heads}<message name="In">`)
      .replace('<output message="y:Out"/>', '<output message="y:Out"/><fault name="f" message="y:Heads"/>'),
    'the message of a fault has one part, and "Heads" has 2',
  ],
  [
    'two operations of one name in the port type',
    yardWsdl({ schema }).replace(
      '</portType>',
      '<operation name="send"><input message="y:In"/><output message="y:Out"/></operation></portType>',
    ),
    'two operations named "send" are not supported',
  ],
  [
    'two messages of one name',
    yardWsdl({ schema }).replace('<message name="In">', '<message name="Out"/><message name="In">'),
    'message "Out" is declared twice',
  ],
  [
    'a part that the body lists and the message lacks',
    yardWsdl({ schema, boundInput: '<s:body use="literal" parts="c"/>' }),
    'message "In" has no part "c"',
  ],
  [
    "XML Schema's own element in a message",
    yardWsdl({ schema, output: '<part name="body" element="x:schema"/>' }),
    'XML Schema\'s own element "schema" is not supported',
  ],
  [
    'two attributes of one name',
    thingWsdl(box('<x:attribute name="a"/><x:attribute name="a" form="qualified"/>')),
    'two attributes named "a" in one type are not supported',
  ],
  [
    'a facet of no XML Schema 1.0',
    thingWsdl('<x:simpleType><x:restriction base="x:int"><x:assertion test="1"/></x:restriction></x:simpleType>'),
    'assertion is not supported in a simple type',
  ],
  [
    'the like in a type with attributes',
    thingWsdl(
      box('<x:simpleContent><x:restriction base="y:C"><x:assertion test="1"/></x:restriction></x:simpleContent>'),
      '<x:complexType name="C"><x:simpleContent><x:extension base="x:int"/></x:simpleContent></x:complexType>',
    ),
    'assertion is not supported in a complex type',
  ],
  [
    'an attribute of a complex type',
    thingWsdl(box('<x:attribute name="a" type="y:C"/>'), '<x:complexType name="C"/>'),
    'an attribute has a complex type',
  ],
  [
    'elements of a repeated group that stand outside it too',
    thingWsdl(
      box(
        '<x:sequence><x:choice maxOccurs="2"><x:element name="a" type="x:int"/><x:element name="b" type="x:int"/></x:choice><x:element name="b" type="x:int"/></x:sequence>',
      ),
    ),
    'two elements named "b" in one type are not supported',
  ],
  [
    'alternatives in two orders',
    thingWsdl(
      box(
        `<x:choice>${['a b', 'b a'].map((order) => `<x:sequence>${order.replace(/\w/g, (name) => `<x:element name="${name}" type="x:int"/>`)}</x:sequence>`).join('')}</x:choice>`,
      ),
    ),
    'in one choice are not supported: they differ, or their order does',
  ],
])('%s: named, with its place', async (_, text, message) => {
  const error = await refusal(text);
  expect(error.message).toContain(message);
  expect(error.line).toBeGreaterThan(1);
  expect(error.place).toMatch(/^definitions\[Yard\]\//);
});
