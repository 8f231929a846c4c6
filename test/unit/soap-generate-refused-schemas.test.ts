import { expect, test } from 'vitest';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { generated } from './soap-generate.support.ts';
import { thingWsdl, yardWsdl } from './soap-wsdl.support.ts';

const box = (content: string, attributes = '') => `<x:complexType${attributes}>${content}</x:complexType>`;
const sequence = (content: string) => box(`<x:sequence>${content}</x:sequence>`);
const int = (name: string) => `<x:element name="${name}" type="x:int"/>`;
const repeated = (...names: string[]) => `<x:choice maxOccurs="2">${names.map(int).join('')}</x:choice>`;
const extended = (base: string, content = '') =>
  box(`<x:complexContent><x:extension base="${base}">${content}</x:extension></x:complexContent>`);
const base = (content: string) => `<x:complexType name="Base">${content}</x:complexType>`;
const schema = `${int('send')}${int('sent')}`;

test.each<[string, string, string]>([
  [
    'mixed content, said with 1',
    thingWsdl(box('', ' mixed="1"')),
    'mixed content is not supported: text between elements would be lost',
  ],
  [
    'an abstract element in a message, said with 1',
    yardWsdl({ schema: `<x:element name="send" type="x:int" abstract=" 1 "/>${int('sent')}` }),
    'the element "send" is abstract',
  ],
  ['a count that is none', thingWsdl(sequence('<x:element name="a" maxOccurs="many"/>')), 'maxOccurs is "many"'],
  ['a least count without end', thingWsdl(sequence('<x:element name="a" minOccurs="unbounded"/>')), 'minOccurs is'],
  [
    'a type that depends on the value',
    thingWsdl(sequence('<x:element name="a"><x:alternative type="x:int"/></x:element>')),
    'alternative is not supported in an element',
  ],
  [
    'an element of another namespace than its schema',
    thingWsdl(sequence('<x:element name="a" type="x:int" targetNamespace="urn:b"/>')),
    'targetNamespace of an element is not supported',
  ],
  [
    'such an attribute',
    thingWsdl(box('<x:attribute name="a" targetNamespace="urn:b"/>')),
    'targetNamespace of an attribute is not supported',
  ],
  [
    'attributes of all types',
    yardWsdl({ schema }).replace('elementFormDefault', 'defaultAttributes="y:All" elementFormDefault'),
    'defaultAttributes of a schema are not supported',
  ],
  [
    'an element of two types',
    thingWsdl(sequence(`<x:element name="a" type="x:int">${box('')}</x:element>`)),
    'the element has two types',
  ],
  ['an extension of any type', thingWsdl(extended('x:anyType')), 'an extension of anyType is not supported'],
  [
    'an attribute of any type',
    thingWsdl(box('<x:attribute name="a" type="x:anyType"/>')),
    'an attribute has a complex',
  ],
  [
    'a list of any type',
    thingWsdl('<x:simpleType><x:list itemType="x:anyType"/></x:simpleType>'),
    'a simple type stands on anyType',
  ],
  [
    'an attribute that the base has too',
    thingWsdl(
      extended('y:Base', '<x:attribute name="a" form="qualified"/>'),
      base('<x:attribute name="a" type="x:int"/>'),
    ),
    'two attributes named "a" in one type are not supported',
  ],
  [
    'an element that the base has too',
    thingWsdl(extended('y:Base', `<x:sequence>${int('a')}</x:sequence>`), base(`<x:sequence>${int('a')}</x:sequence>`)),
    'two elements named "a" in one type are not supported',
  ],
  [
    'elements that repeat together in a type and in its base',
    thingWsdl(extended('y:Base', repeated('c', 'd')), base(repeated('a', 'b'))),
    'elements that repeat together in a type and in its base are not supported',
  ],
  ['a name that no document can hold', thingWsdl(sequence(int('x²'))), '"x²" is no XML name'],
  [
    'one element twice in a body',
    yardWsdl({ schema, input: '<part name="a" element="y:send"/><part name="b" element="y:send"/>' }),
    'two elements of the input named "send" are not supported',
  ],
  [
    'two parts of one name',
    yardWsdl({ schema, style: 'rpc', input: '<part name="a" type="x:int"/><part name="a" type="x:int"/>' }),
    'message "In" has two parts named "a"',
  ],
  [
    'a fault that is encoded',
    yardWsdl({ schema }).replaceAll(
      '</output></operation>',
      '</output><fault name="f"><s:fault name="f" use="encoded"/></fault></operation>',
    ),
    'fault is SOAP encoded: only literal use is supported',
  ],
])('%s: named, with its place', async (_, text, message) => {
  const error: unknown = await generated(text).catch((reason: unknown) => reason);
  if (!(error instanceof SpecError)) throw new Error(`expected a SpecError, found ${String(error)}`);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('\n');
  expect(error.line).toBeGreaterThan(1);
  expect(error.place).toMatch(/^definitions\[Yard\]\//);
});
