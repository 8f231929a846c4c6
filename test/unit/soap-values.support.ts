import fc from 'fast-check';
import {
  type AnyElement,
  attributesOf,
  type ElementFacts,
  elementsOf,
  isKindOf,
  type ServiceTable,
  takesAnyAttributes,
  typeOf,
  WILDCARD,
} from '../../src/transport/soap-table.ts';

/** What goes in, and what must come back. */
export interface Sent {
  readonly input: unknown;
  readonly output: unknown;
}
const same = (value: unknown): Sent => ({ input: value, output: value });
const ABSENT = Symbol('absent');

/** Any text that XML can hold. */
const anyText = fc
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

/** Texts of a list's items, which stand apart by spaces. */
const word = anyText.map((value) => value.replaceAll(/[ \t\r\n]/g, '')).filter((value) => value !== '');

const scalarsOf = (text: fc.Arbitrary<string>): Readonly<Record<string, fc.Arbitrary<Sent>>> => ({
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
  'xs:short': whole(-(2 ** 15), 2 ** 15 - 1),
  'xs:byte': whole(-128, 127),
  'xs:unsignedInt': whole(0, 2 ** 32 - 1),
  'xs:unsignedShort': whole(0, 2 ** 16 - 1),
  'xs:unsignedByte': whole(0, 255),
});

/** An element, perhaps with others inside; at most two deep. */
const anyElement = (depth = 0): fc.Arbitrary<AnyElement> =>
  fc.record({
    name: fc.constantFrom('a', 'B-2', 'größe'),
    namespace: fc.constantFrom('urn:any', 'urn:other?a&b'),
    attributes: fc.dictionary(fc.constantFrom('x', 'y', '{urn:any}x', '{urn:other}y'), anyText, {
      noNullPrototype: true,
    }),
    children: depth < 2 ? fc.array(anyElement(depth + 1), { maxLength: 2 }) : fc.constant([]),
    text: anyText,
  });

export interface ValueOptions {
  /** @default any text that XML can hold */
  readonly text?: fc.Arbitrary<string>;
  /** Deepest optional members. @default 1 */
  readonly depth?: number;
}

/** Values of the types of a table, in shuffled order of keys, straight from the table. */
export function valuesOf(table: ServiceTable, options: ValueOptions = {}): (type: string) => fc.Arbitrary<Sent> {
  const { text = anyText, depth: deepest = 1 } = options;
  const scalars = scalarsOf(text);
  const items = scalarsOf(word);
  return (type) => values(type, 0);

  function values(type: string, depth: number): fc.Arbitrary<Sent> {
    if (type.endsWith('[]')) {
      const item = items[type.slice(0, -2)] ?? fc.constant(same(''));
      return fc.array(item, { maxLength: 3 }).map(listOf);
    }
    if (type === 'xs:anyType') return anyElement().map(same);
    const scalar = scalars[type];
    if (scalar !== undefined) return scalar;
    if (typeOf(table, type).tagged !== true) return objects(type, depth);
    const kinds = Object.keys(table.types).filter((key) => typeOf(table, key).tagged && isKindOf(table, key, type));
    return fc.oneof(
      ...kinds.map((kind) =>
        objects(kind, depth).map(({ input, output }) => ({
          input: { ...(input as object), $type: kind },
          output: { ...(output as object), $type: kind },
        })),
      ),
    );
  }

  function objects(type: string, depth: number): fc.Arbitrary<Sent> {
    const textType = typeOf(table, type).text;
    const attributes = attributesOf(table, type);
    const members: [string, fc.Arbitrary<unknown>][] = [
      ...attributes.map((facts): [string, fc.Arbitrary<unknown>] => [`@${facts.name}`, member(facts, depth)]),
      ...elementsOf(table, type).map((facts): [string, fc.Arbitrary<unknown>] => [facts.name, member(facts, depth)]),
      ...(textType === undefined ? [] : [['$value', values(textType, depth)] as [string, fc.Arbitrary<unknown>]]),
      ...(takesAnyAttributes(table, type) ? [['$attributes', openAttributes] as [string, fc.Arbitrary<unknown>]] : []),
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

  function member(facts: ElementFacts, depth: number): fc.Arbitrary<unknown> {
    if (facts === WILDCARD) return fc.array(anyElement(), { minLength: 1, maxLength: 2 }).map(same);
    if (depth > deepest && facts.isOptional) return fc.constant(ABSENT);
    if (facts.rounds !== undefined) return rounds(facts, depth);
    const named = { name: facts.name, namespace: facts.uri };
    const one =
      facts.type === 'xs:anyType'
        ? anyElement().map((element) => same({ ...element, ...named }))
        : fc.constant(null).chain(() => values(facts.type, depth + 1));
    const item = facts.isNillable
      ? fc.oneof({ arbitrary: one, weight: 5 }, { arbitrary: fc.constant(same(null)), weight: 1 })
      : one;
    const many = fc.array(item, { maxLength: 2, minLength: facts.isOptional ? 0 : 1 }).map((found) => {
      const list = listOf(found);
      return found.length === 0 ? { ...list, output: undefined } : list;
    });
    const value: fc.Arbitrary<unknown> = facts.isArray ? many : item;
    const nothing = fc.constantFrom(ABSENT, { input: undefined, output: undefined });
    return facts.isOptional ? fc.oneof({ arbitrary: value, weight: 3 }, { arbitrary: nothing, weight: 1 }) : value;
  }

  /** Rounds as a reader finds them: of a choice one element each, of others all that the order lets belong together. */
  function rounds(facts: ElementFacts, depth: number): fc.Arbitrary<unknown> {
    const inner = elementsOf(table, facts.type);
    const one =
      facts.rounds === 'choice'
        ? fc
            .constantFrom(...inner)
            .chain((chosen) => member({ ...chosen, isOptional: false }, depth).map((sent) => keyed(chosen.name, sent)))
        : objects(facts.type, depth).filter(({ output }) => startsAnew(inner, output as object));
    return fc.array(one as fc.Arbitrary<Sent>, { minLength: 1, maxLength: 3 }).map(listOf);
  }
}

const openAttributes = fc
  .dictionary(fc.constantFrom('open', '{urn:open}a', '{urn:open}b'), anyText, { minKeys: 1, noNullPrototype: true })
  .map(same);

function listOf(found: readonly Sent[]): Sent {
  return { input: found.map(({ input }) => input), output: found.map(({ output }) => output) };
}

function keyed(name: string, sent: unknown): Sent {
  const { input, output } = sent as Sent;
  return { input: { [name]: input }, output: { [name]: output } };
}

/** A round that has the first of its elements cannot be taken for the end of the one before. */
function startsAnew([first]: readonly ElementFacts[], round: object): boolean {
  return first !== undefined && Object.hasOwn(round, first.name) && !first.isArray;
}
