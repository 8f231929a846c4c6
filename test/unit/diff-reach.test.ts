import { describe, expect, it } from 'vitest';
import { renderMarkdown, renderTable } from '../../scripts/diff/index.ts';
import { api, diffTexts, wsdl } from './diff.support.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const holds = (properties: object) => ({ type: 'object', properties });
const answers = (schema: object) => ({
  get: { responses: { '200': { description: '', content: { 'application/json': { schema } } } } },
});

/** `Pet` is reached by way of a list, of an owner, and of itself; nothing of `/other` reaches it. */
const pets = (type: string, more: object = {}) =>
  api(
    {
      '/pets': answers({ type: 'array', items: ref('Pet') }),
      '/owners': answers(ref('Owner')),
      '/other': answers(holds({ a: { type: 'string' } })),
      ...more,
    },
    {
      servers: [{ url: `https://${type}.test` }],
      components: {
        schemas: {
          Pet: holds({ name: { type }, parent: ref('Pet') }),
          Owner: holds({ pet: ref('Pet'), boss: ref('Owner') }),
        },
      },
    },
  );

const service = (type: string) =>
  wsdl({
    answer: '<xs:element name="pet" type="t:Pet"/>',
    types: `<xs:complexType name="Pet" block="${type === 'xs:int' ? '' : 'extension'}"><xs:sequence><xs:element name="n" type="${type}"/><xs:element name="p" type="t:Pet"/></xs:sequence></xs:complexType>`,
    messages: '<message name="dropIn"><part name="body" element="t:findResponse"/></message>',
    portType: '<operation name="drop"><input message="t:dropIn"/></operation>',
    binding:
      '<operation name="drop"><soap:operation soapAction=""/><input><soap:body use="literal"/></input></operation>',
  });

describe('a change of a definition', () => {
  it('names all operations that it reaches, and no others', async () => {
    const { changes } = await diffTexts(pets('string'), pets('integer'));
    expect(changes.map(({ rule, operations }) => [rule, operations])).toEqual([
      ['address-removed', undefined],
      ['type-changed', ['GET /owners', 'GET /pets']],
      ['address-added', undefined],
    ]);
  });

  it('names the operations of a WSDL, in each direction those that go that way', async () => {
    const { changes } = await diffTexts(service('xs:int'), service('xs:string'));
    const told = changes.map(({ kind, rule, operations }) => [kind, rule, operations]);
    expect(told).toEqual([
      ['breaking-callers', 'constraint-changed', ['drop', 'find']],
      ['breaking-readers', 'constraint-changed', ['drop', 'find']],
      ['breaking-readers', 'type-widened', ['find']],
      ['additive', 'type-widened', ['drop']],
    ]);
  });

  it('is shown with the operations where the sentence does not name the only one', async () => {
    const diff = await diffTexts(pets('string'), pets('integer'));
    expect(renderTable(diff)).toContain('(type-changed)\n    in GET /owners, GET /pets\n');
    expect(renderMarkdown(diff)).toContain(
      '`Pet.name` is now `integer`; it was `string`. In GET /owners, GET /pets. |',
    );
    const own = renderTable(
      await diffTexts(api({ '/a': answers({ type: 'string' }) }), api({ '/a': answers({ type: 'integer' }) })),
    );
    expect(own).not.toContain('    in ');
  });

  it('is shown with their number where they are many', async () => {
    const more = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`/p${index}`, answers(ref('Pet'))]));
    const diff = await diffTexts(pets('string', more), pets('integer', more));
    expect(renderTable(diff)).toContain('    in 11 operations\n');
    expect(diff.changes.find(({ rule }) => rule === 'type-changed')?.operations).toHaveLength(11);
  });
});
