import { describe, expect, test } from 'vitest';
import { readPlansOf } from '../../src/transport/soap-read-plans.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import { ground, mill, read, THINGS, unreadable } from './soap-mill.support.ts';

const result = (inner: string) => {
  const answer = read('grind', ground(inner));
  if (answer.kind !== 'result') throw new Error('a fault');
  return answer;
};
const value = (inner: string) => result(inner).value;
const refused = (inner: string) => unreadable('grind', ground(inner));

describe('xsi:type', () => {
  test.each([
    ['the declared type', 'i:type="t:Grain"', 'Grain'],
    ['a kind of it', 'i:type="t:Wheat"', 'Wheat'],
    ['a kind, with white space', 'i:type=" \n t:Wheat\t"', 'Wheat'],
    ['a kind, by a prefix of its own', `xmlns:q="${THINGS}" i:type="q:Wheat"`, 'Wheat'],
    ['a kind, by the default namespace', `xmlns="${THINGS}" i:type="Wheat"`, 'Wheat'],
    ['a kind in no namespace', 'i:type="Dust"', 'Dust'],
  ])('names %s', (_, attributes, type) => {
    const { value, unknown } = result(`<m:grain ${attributes}/>`);
    expect(value).toEqual({ count: 1, grain: [{ $type: type }] });
    expect(unknown).toEqual([]);
  });

  test.each([
    ['a type that is none', 'i:type="t:Rye"'],
    ['a kind in another namespace', 'i:type="m:Wheat"'],
    ['a kind in no namespace, by an unbound prefix', 'i:type="zz:Dust"'],
    ['a kind in no namespace, by the default one', `xmlns="${THINGS}" i:type="Dust"`],
    ['a type without a name', 'i:type="t:"'],
    ['a type that may not stand there', 'i:type="m:Route"'],
    ['nothing', 'i:type=""'],
  ])('is unknown when it names %s', (_, attributes) => {
    const { value, unknown } = result(`<m:grain ${attributes}><t:kind>k</t:kind></m:grain>`);
    expect(value).toEqual({ count: 1, grain: [{ $type: 'Grain', kind: 'k' }] });
    expect(unknown).toEqual(['grindResponse.grain.@xsi:type']);
  });

  test('is only that of XML Schema’s namespace', () => {
    const { value, unknown } = result('<m:grain type="t:Wheat" t:type="t:Wheat"/>');
    expect(value).toEqual({ count: 1, grain: [{ $type: 'Grain' }] });
    expect(unknown).toEqual([]);
  });

  test('means the same wherever it comes, however many types are made up between', () => {
    const service = mill();
    const reader = createEnvelopeReader(service, 'grind');
    const made = Array.from({ length: 3_000 }, (_, number) => `<m:grain i:type="t:Type${number}"/>`).join('');
    reader.write(ground(`<m:grain i:type="t:Wheat"/>${made}<m:grain i:type="t:Wheat"/><m:grain i:type="Dust"/>`));
    const { value } = reader.close() as { value: { grain: { $type: string }[] } };
    const types = value.grain.map(({ $type }) => $type);
    expect(types).toEqual(['Wheat', ...Array(3_000).fill('Grain'), 'Wheat', 'Dust']);
    // Names that a service makes up are not kept without end.
    expect(readPlansOf(service).typePlan('Grain').kinds.size).toBe(1_000);
  });
});

describe('attributes and text', () => {
  test('are read as their types, by name and namespace', () => {
    expect(value('<m:label serial=" 7 " t:lang="de" lang="en" t:serial="8" colour="red"> 12 </m:label>')).toEqual({
      count: 1,
      label: { '@serial': 7, '@lang': 'de', $value: 12 },
    });
  });

  test.each([
    ['an attribute of another type', '<m:label serial="seven">1</m:label>', '.@serial', 'xs:int', 'other text'],
    ['a missing attribute', '<m:label t:serial="7">1</m:label>', '.@serial', 'xs:int', 'nothing'],
    ['text of another type', '<m:label serial="7">one</m:label>', '', 'xs:int', 'other text'],
  ])('%s is refused with its place', (_, inner, place, expected, found) => {
    const path = `grindResponse.label${place}`;
    expect(refused(inner)).toMatchObject({ reason: 'contract', path, expected, found });
  });

  test.each([
    ['an attribute', { namespace: 1, attributes: [['serial', 'xs:duration']], text: 'xs:int' }],
    ['text', { namespace: 1, text: 'xs:duration' }],
  ] as const)('%s of a type that the codec does not know is told when it is met', (_, label) => {
    const table = mill();
    const reader = createEnvelopeReader({ ...table, types: { ...table.types, Label: label } }, 'grind');
    const message = 'the codec cannot read the type "xs:duration"';
    expect(() => reader.write(ground('<m:label/>'))).toThrow(expect.objectContaining({ name: 'TypeError', message }));
  });

  test.each([
    ['spaces between elements are nothing', '\n  <m:note>n</m:note>\t\r\n', []],
    ['text between elements is unknown', 'here<m:note>n</m:note>there', ['grindResponse.#text']],
    ['text as character data too', '<![CDATA[here]]><m:note>n</m:note>', ['grindResponse.#text']],
  ])('%s', (_, inner, unknown) => {
    expect(result(inner)).toMatchObject({ value: { count: 1, note: 'n' }, unknown });
  });

  test('comments are no part of a text', () => {
    expect(value('<m:note>a<!-- b -->c</m:note>')).toEqual({ count: 1, note: 'ac' });
  });
});

describe('elements that the WSDL does not have', () => {
  test.each([
    ['inside a text', '<m:note>a<t:b>c</t:b>d</m:note>', { note: 'ad' }, 'note.b'],
    ['inside a number', '<m:route><m:via>v<m:Left e:mustUnderstand="1"/></m:via></m:route>', {}, 'route.via.Left'],
    ['with the name of another member', '<m:route><m:via/><m:note>n</m:note></m:route>', {}, 'route.note'],
    ['with the right name in another namespace', '<t:note>n</t:note>', {}, 'note'],
    ['named like what stands for any element', '<any/>', {}, 'any'],
  ])('%s are kept apart', (_, inner, members, place) => {
    const { value, unknown, unknownElements } = result(inner);
    expect(value).toMatchObject(members);
    expect(unknown).toEqual([`grindResponse.${place}`]);
    expect(unknownElements).toMatchObject([{ path: `grindResponse.${place}` }]);
  });

  test('are kept whole once, with their attributes, and their descendants only inside them', () => {
    const { unknown, unknownElements } = result('<t:a i:nil="true" t:p="1">x<t:b q="2">y</t:b><t:c/>z</t:a>');
    const empty = { namespace: THINGS, attributes: {}, children: [], text: '' };
    expect(unknown).toEqual(['grindResponse.a']);
    expect(unknownElements).toEqual([
      {
        path: 'grindResponse.a',
        element: {
          ...empty,
          name: 'a',
          attributes: { '{http://www.w3.org/2001/XMLSchema-instance}nil': 'true', [`{${THINGS}}p`]: '1' },
          children: [
            { ...empty, name: 'b', attributes: { q: '2' }, text: 'y' },
            { ...empty, name: 'c' },
          ],
          text: 'xz',
        },
      },
    ]);
  });

  test.each([
    [9_999, 10_000],
    [10_000, 10_000],
    [20_000, 10_000],
  ])('are kept up to ten thousand: of one with %d inside, %d', (count, kept) => {
    const { unknownElements } = result(
      `<t:wide>${'<t:x><t:y/></t:x>'.repeat(count / 2)}${count % 2 ? '<t:x/>' : ''}</t:wide>`,
    );
    type Counted = { children: readonly Counted[] };
    const size = ({ children }: Counted): number => children.reduce((sum, child) => sum + size(child), 1);
    expect(unknownElements.map(({ element }) => size(element))).toEqual([kept]);
  });

  test('are read as they come where any element may stand', () => {
    const { value, unknown } = result(
      '<m:loose><t:id>1</t:id><t:a>x<t:b/></t:a><c xmlns="urn:c">y</c></m:loose><m:extra k="v">e<t:d/></m:extra>',
    );
    const bare = { attributes: {}, children: [], text: '' };
    expect(value).toEqual({
      count: 1,
      loose: {
        id: '1',
        $any: [
          { ...bare, name: 'a', namespace: THINGS, children: [{ ...bare, name: 'b', namespace: THINGS }], text: 'x' },
          { ...bare, name: 'c', namespace: 'urn:c', text: 'y' },
        ],
      },
      extra: expect.objectContaining({ name: 'extra', attributes: { k: 'v' }, text: 'e' }),
    });
    expect(unknown).toEqual([]);
  });

  test('may be many where any may stand: they are not counted among the unknown', () => {
    const { value } = result(`<m:loose>${'<x/>'.repeat(10_001)}</m:loose>`);
    expect((value as { loose: { $any: unknown[] } }).loose.$any).toHaveLength(10_001);
  });
});

test('an element that comes twice where once is all is refused, and twice in a list is not', () => {
  const error = { path: 'grindResponse.note', expected: 'one element of this name', found: 'two' };
  expect(refused('<m:note/><m:note/>')).toMatchObject(error);
  expect(value('<m:grain><t:sieves>1</t:sieves><t:kind>k</t:kind><t:sieves>2</t:sieves></m:grain>')).toEqual({
    count: 1,
    grain: [{ $type: 'Grain', sieves: [1, 2], kind: 'k' }],
  });
});
