import fc from 'fast-check';
import { expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import { type OperationRow, operationOf, type ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { fixture, generated, loadTable } from './soap-generate.support.ts';
import { schemaErrors } from './soap-oracle.support.ts';
import { valuesOf } from './soap-values.support.ts';
import { thingWsdl } from './soap-wsdl.support.ts';

type Echo = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;

/** The same service, answering each request with the request itself. */
function echoing({ name, port, location, namespaces, types, operations }: ServiceTable): Echo {
  const rows = Object.entries<OperationRow>(operations).map(([key, row]): [string, OperationRow] => [
    key,
    { ...row, output: row.input },
  ]);
  return { name, port, location, namespaces, types, operations: Object.fromEntries(rows) };
}

function readBack(table: Echo, operation: string, input: unknown, cut: number): unknown {
  const bytes = Buffer.from(writeEnvelope(table, operation, input));
  const reader = createEnvelopeReader(table, operation);
  reader.write(bytes.subarray(0, cut % bytes.length));
  reader.write(bytes.subarray(cut % bytes.length));
  const answer = reader.close();
  expect(answer).toMatchObject({ kind: 'result', unknown: [], unknownElements: [] });
  return answer.kind === 'result' ? answer.value : undefined;
}

const depot = await loadTable(await generated(fixture));
// Elements that repeat together, lists, open attributes and content: what the fixture lacks.
const yard = await loadTable(
  await generated(
    thingWsdl(
      `<x:complexType><x:sequence><x:element name="size" type="x:NMTOKENS"/>
        <x:choice minOccurs="0" maxOccurs="unbounded"><x:element name="a" type="x:string"/><x:element name="b" type="y:Part"/></x:choice>
        <x:sequence maxOccurs="unbounded"><x:element name="key" type="x:string"/><x:element name="value" type="y:Part" minOccurs="0" maxOccurs="2"/></x:sequence>
        <x:element ref="y:shape" minOccurs="0" maxOccurs="unbounded"/><x:any minOccurs="0" maxOccurs="unbounded"/>
      </x:sequence><x:attribute name="flags"><x:simpleType><x:list itemType="x:short"/></x:simpleType></x:attribute><x:anyAttribute/></x:complexType>`,
      `<x:complexType name="Part"><x:sequence><x:element name="no" type="x:unsignedInt" nillable="true"/></x:sequence></x:complexType>
       <x:element name="shape" type="y:Part"/><x:element name="disc" type="x:string" substitutionGroup="y:shape"/>`,
    ),
  ),
);

test.each([
  ['our own service', service as ServiceTable, 100],
  ['a service with every construct', depot as ServiceTable, 60],
  ['a service of elements that repeat together', yard as ServiceTable, 100],
])('whatever %s can be sent is read back as it was', (_, table, numRuns) => {
  const echo = echoing(table);
  const calls = fc
    .constantFrom(...Object.keys(echo.operations))
    .chain((name) => valuesOf(table)(operationOf(table, name).input[2]).map((sent) => ({ name, ...sent })));
  const property = fc.property(calls, fc.nat(), ({ name, input, output }, cut) => {
    expect(readBack(echo, name, input, cut)).toEqual(output);
  });
  fc.assert(property, { numRuns });
});

test('whatever our own service can be sent fits the WSDL, says libxml2', async () => {
  const calls = Object.keys(service.operations).flatMap((name) => {
    const { input } = operationOf(service, name);
    return fc.sample(valuesOf(service)(input[2]), 15).map((sent) => ({ name, input: sent.input }));
  });
  const echo = echoing(service);
  const envelopes = calls.map(({ name, input }) => writeEnvelope(echo, name, input));
  expect(await schemaErrors(envelopes)).toEqual(envelopes.map(() => []));
});

test('an element named __proto__ is an element like any other', () => {
  const odd: unknown = JSON.parse('{"__proto__":"x"}');
  const input = {
    thing: [{ $type: 'Parcel', '@origin': 'o', serial: 1, size: 's', sent: new Date(0) }],
    route: { via: 1, odd },
  };
  const value = readBack(echoing(depot), 'store-all', input, 0);
  const back = (value as { route: { odd: object } }).route.odd;
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  const usual = { enumerable: true, writable: true, configurable: true };
  expect(Object.getOwnPropertyDescriptor(back, '__proto__')).toEqual({ value: 'x', ...usual });
});
