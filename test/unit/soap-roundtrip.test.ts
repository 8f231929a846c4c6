import fc from 'fast-check';
import { expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import {
  type AnyElement,
  attributesOf,
  type ElementFacts,
  elementsOf,
  isKindOf,
  type OperationRow,
  operationOf,
  type ServiceTable,
  typeOf,
  WILDCARD,
} from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { fixture, generated, loadTable } from './soap-generate.support.ts';
import { schemaErrors } from './soap-oracle.support.ts';

/** What goes in, and what must come back. */
interface Sent {
  readonly input: unknown;
  readonly output: unknown;
}
const same = (value: unknown): Sent => ({ input: value, output: value });
const ABSENT = Symbol('absent');

/** Any text that XML can hold. */
const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((value) => value.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, ''));
const whole = (min: number, max: number) => fc.integer({ min, max }).map(same);
const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const asText = (value: bigint | number): Sent => ({ input: value, output: String(value) });
const digits = fc.oneof(
  fc.bigInt().map(asText),
  fc.maxSafeInteger().map(asText),
  fc.bigInt().map((value) => same(String(value))),
);

const scalars: Readonly<Record<string, fc.Arbitrary<Sent>>> = {
  'xs:string': text.map(same),
  'xs:boolean': fc.boolean().map(same),
  'xs:int': whole(-(2 ** 31), 2 ** 31 - 1),
  'xs:long': digits,
  'xs:decimal': fc.oneof(
    digits,
    fc.tuple(fc.bigInt(), fc.nat()).map(([a, b]) => same(`${a}.${b}`)),
  ),
  'xs:double': fc.double().map((value) => same(Object.is(value, -0) ? 0 : value)),
  'xs:date': date.map((value) => ({ input: value, output: value.toISOString().slice(0, 10) })),
  'xs:dateTime': fc.oneof(
    date.map((value) => ({ input: value, output: value.toISOString() })),
    date.map((value) => same(value.toISOString())),
  ),
  'xs:base64Binary': fc.base64String().map(same),
};

/** An element, perhaps with others inside; at most two deep. */
const anyElement = (depth = 0): fc.Arbitrary<AnyElement> =>
  fc.record({
    name: fc.constantFrom('a', 'B-2', 'größe'),
    namespace: fc.constantFrom('urn:any', 'urn:other?a&b'),
    attributes: fc.dictionary(fc.constantFrom('x', 'y', '{urn:any}x', '{urn:other}y'), text, { noNullPrototype: true }),
    children: depth < 2 ? fc.array(anyElement(depth + 1), { maxLength: 2 }) : fc.constant([]),
    text,
  });

/** Values of a type, in shuffled order of keys, straight from the table. */
function values(table: ServiceTable, type: string, depth = 0): fc.Arbitrary<Sent> {
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  if (typeOf(table, type).tagged !== true) return objects(table, type, depth);
  const kinds = Object.keys(table.types).filter((key) => typeOf(table, key).tagged && isKindOf(table, key, type));
  return fc.oneof(
    ...kinds.map((kind) =>
      objects(table, kind, depth).map(({ input, output }) => ({
        input: { ...(input as object), $type: kind },
        output: { ...(output as object), $type: kind },
      })),
    ),
  );
}

function objects(table: ServiceTable, type: string, depth: number): fc.Arbitrary<Sent> {
  const textType = typeOf(table, type).text;
  const members: [string, fc.Arbitrary<unknown>][] = [
    ...attributesOf(table, type).map((facts): [string, fc.Arbitrary<unknown>] => [
      `@${facts.name}`,
      member(table, facts, depth),
    ]),
    ...elementsOf(table, type).map((facts): [string, fc.Arbitrary<unknown>] => [
      facts.name,
      member(table, facts, depth),
    ]),
    ...(textType === undefined ? [] : [['$value', values(table, textType, depth)] as [string, fc.Arbitrary<unknown>]]),
  ];
  const records = fc.record(Object.fromEntries(members)) as fc.Arbitrary<Record<string, Sent | typeof ABSENT>>;
  return fc.tuple(records, fc.infiniteStream(fc.nat())).map(([record, order]) => {
    const entries = Object.entries(record)
      .filter((entry): entry is [string, Sent] => entry[1] !== ABSENT)
      .map((entry) => ({ entry, rank: order.next().value as number }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ entry }) => entry);
    return {
      input: Object.fromEntries(entries.map(([key, { input }]) => [key, input])),
      output: Object.fromEntries(
        entries.filter(([, { output }]) => output !== undefined).map(([key, { output }]) => [key, output]),
      ),
    };
  });
}

function member(table: ServiceTable, facts: ElementFacts, depth: number): fc.Arbitrary<unknown> {
  if (facts === WILDCARD) return fc.array(anyElement(), { minLength: 1, maxLength: 2 }).map(same);
  if (depth > 1 && facts.isOptional) return fc.constant(ABSENT);
  const one = fc.constant(null).chain(() => values(table, facts.type, depth + 1));
  const item = facts.isNillable
    ? fc.oneof({ arbitrary: one, weight: 5 }, { arbitrary: fc.constant(same(null)), weight: 1 })
    : one;
  const many = fc.array(item, { maxLength: 2, minLength: facts.isOptional ? 0 : 1 }).map((items) => ({
    input: items.map(({ input }) => input),
    output: items.length === 0 ? undefined : items.map(({ output }) => output),
  }));
  const value: fc.Arbitrary<unknown> = facts.isArray ? many : item;
  const nothing = fc.constantFrom(ABSENT, { input: undefined, output: undefined });
  return facts.isOptional ? fc.oneof({ arbitrary: value, weight: 3 }, { arbitrary: nothing, weight: 1 }) : value;
}

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

test.each([
  ['our own service', service as ServiceTable, 100],
  ['a service with every construct', depot as ServiceTable, 60],
])('whatever %s can be sent is read back as it was', (_, table, numRuns) => {
  const echo = echoing(table);
  const calls = fc
    .constantFrom(...Object.keys(echo.operations))
    .chain((name) => values(table, operationOf(table, name).input[2]).map((sent) => ({ name, ...sent })));
  const property = fc.property(calls, fc.nat(), ({ name, input, output }, cut) => {
    expect(readBack(echo, name, input, cut)).toEqual(output);
  });
  fc.assert(property, { numRuns });
});

test('whatever our own service can be sent fits the WSDL, says libxml2', async () => {
  const calls = Object.keys(service.operations).flatMap((name) => {
    const { input } = operationOf(service, name);
    return fc.sample(values(service, input[2]), 15).map((sent) => ({ name, input: sent.input }));
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
