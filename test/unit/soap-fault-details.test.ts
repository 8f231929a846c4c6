import { expect, test } from 'vitest';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { generated, loadTable } from './soap-generate.support.ts';
import { yardEnvelope, yardWsdl } from './soap-wsdl.support.ts';

type Yard = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;

const int = (name: string) => `<x:element name="${name}" type="x:int"/>`;
const wsdl = yardWsdl({
  schema: `${int('send')}${int('sent')}<x:element name="Wrong" type="y:Wrong"/>
    <x:complexType name="Wrong"><x:sequence>
      <x:element name="why" type="x:string"/>
      <x:choice minOccurs="0" maxOccurs="9">${int('line')}${int('column')}</x:choice>
      <x:element name="cause" type="y:Wrong" minOccurs="0"/>
      <x:any minOccurs="0" maxOccurs="9"/>
    </x:sequence><x:attribute name="code" type="x:int"/><x:anyAttribute/></x:complexType>
    <x:complexType name="WrongKey"><x:complexContent><x:extension base="y:Wrong"><x:sequence>${int('key')}</x:sequence></x:extension></x:complexContent></x:complexType>`,
})
  .replace('<message name="In">', '<message name="Bad"><part name="f" element="y:Wrong"/></message><message name="In">')
  .replace('<output message="y:Out"/>', '<output message="y:Out"/><fault name="f" message="y:Bad"/>')
  .replace(
    '<operation name="send"><input message="y:In"/><output message="y:Out"/>',
    '<operation name="send"><input message="y:In"/><output message="y:Out"/><fault name="f" message="y:Bad"/>',
  );
const table = (await loadTable(await generated(wsdl))) as unknown as Yard;

const detailOf = (detail: string) => {
  const reader = createEnvelopeReader(table, 'send');
  reader.write(
    yardEnvelope(
      `<e:Fault><faultcode>e:Client</faultcode><faultstring>no</faultstring><detail>${detail}</detail></e:Fault>`,
    ),
  );
  const answer = reader.close();
  return answer.kind === 'fault' ? answer.detail : undefined;
};

test('a detail is of the kind that it says, and so is what is inside', () => {
  const inner = '<y:cause xmlns:z="urn:yard" i:type="z:WrongKey"><y:why>b</y:why><y:key>2</y:key></y:cause>';
  expect(detailOf(`<y:Wrong i:type="y:WrongKey"><y:why>a</y:why>${inner}<y:key>1</y:key></y:Wrong>`)).toEqual({
    declared: true,
    namespace: 'urn:yard',
    name: 'Wrong',
    value: { $type: 'WrongKey', why: 'a', cause: { $type: 'WrongKey', why: 'b', key: 2 }, key: 1 },
  });
});

test.each(['y:Stranger', 'zz:WrongKey', ''])(
  'a detail of the kind "%s", which is none, is of the declared one',
  (kind) => {
    expect(detailOf(`<y:Wrong i:type="${kind}"><y:why>a</y:why></y:Wrong>`)?.value).toEqual({
      $type: 'Wrong',
      why: 'a',
    });
  },
);

test('a detail keeps the order of elements that repeat together', () => {
  const xml =
    '<y:Wrong><y:why>a</y:why><y:line>1</y:line><y:line>2</y:line><y:column>3</y:column><y:line>x</y:line></y:Wrong>';
  expect(detailOf(xml)?.value).toEqual({ $type: 'Wrong', why: 'a', $items: [{ line: 1 }, { line: 2 }, { column: 3 }] });
});

test('a detail keeps what the schema leaves open', () => {
  const more = { name: 'more', namespace: 'urn:m', attributes: {}, children: [], text: 'm' };
  expect(
    detailOf('<y:Wrong code="7" at="noon" i:type="y:Wrong"><y:why/><more xmlns="urn:m">m</more></y:Wrong>')?.value,
  ).toEqual({
    $type: 'Wrong',
    '@code': 7,
    $attributes: { at: 'noon' },
    why: '',
    $any: [more],
  });
});
