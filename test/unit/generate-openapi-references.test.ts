import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { childrenOf, type NodeKind, rootKind } from '../../scripts/generate/openapi/grammar.ts';
import { generateOpenApi } from '../../scripts/generate/openapi/index.ts';
import { encodePointer, pointerTo } from '../../scripts/generate/openapi/json.ts';
import { compilerMessages, createScratch } from './generate-openapi.support.ts';

// The strictest compiler reads what is generated.
vi.setConfig({ testTimeout: 60_000 });

const b = { $ref: '#/components/schemas/B' };
const json = (schema: unknown) => ({ 'application/json': { schema } });
const pair = { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }] };

/** A bit of everything that a schema can hold. */
const components = {
  schemas: {
    A: {
      type: 'object',
      required: ['b'],
      properties: {
        b: {
          oneOf: [b, { type: 'object', properties: { 'x/y~z %': { type: ['string', 'null'], enum: ['q', null] } } }],
        },
        c: {
          allOf: [
            true,
            b,
            {
              type: 'object',
              required: ['k'],
              properties: { k: { const: 1 }, self: { $ref: '#/components/schemas/A/properties/c' } },
            },
          ],
        },
        never: false,
      },
      patternProperties: { '^x': true, '^y': b },
      $defs: {
        D: { type: 'object', properties: { e: { $ref: '#/components/schemas/A/$defs/E' } } },
        E: { not: { type: 'string' } },
      },
    },
    B: {
      type: 'object',
      discriminator: { propertyName: 't' },
      properties: {
        t: { type: 'string' },
        any: true,
        list: { type: 'array', items: { $ref: '#/components/schemas/A' } },
      },
    },
    C: { allOf: [b] },
    Any: true,
    OfAny: { type: 'array', items: { $ref: '#/components/schemas/Any' } },
  },
  responses: { R: { description: 'x', content: json({ type: 'string' }) } },
  parameters: { P: { name: 'p', in: 'header', schema: { type: 'array', items: { type: 'integer' } } } },
  headers: { H: { schema: { type: 'boolean' } }, Other: { $ref: '#/components/headers/H' } },
};
const paths = {
  '/a/{id}': {
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    post: {
      operationId: 'a',
      requestBody: {
        content: json({ properties: { n: { type: 'object', additionalProperties: { type: 'integer' } } } }),
      },
      responses: {
        200: {
          description: 'x',
          headers: { 'X-A': { $ref: '#/components/headers/Other' } },
          content: {
            'application/json; a=b': { schema: { type: 'array', items: { anyOf: [{ type: 'string' }, pair] } } },
          },
        },
      },
    },
  },
};

/** An operation that holds a reference to each place of the kinds that can be referred to. */
function referring(spec: object): object[] {
  const found: object[] = [];
  const visit = (node: unknown, kind: NodeKind, at: string): void => {
    const reference = { $ref: encodePointer(at) };
    const fine = { 200: { description: 'x' } };
    if (kind.name === 'Schema') found.push({ responses: { 200: { description: 'x', content: json(reference) } } });
    if (kind.name === 'Response') found.push({ responses: { 200: reference } });
    if (kind.name === 'Parameter') found.push({ responses: fine, parameters: [reference] });
    if (kind.name === 'RequestBody') found.push({ responses: fine, requestBody: reference });
    for (const [key, child, childKind] of childrenOf(node, kind)) visit(child, childKind, pointerTo(at, key));
  };
  visit(spec, rootKind('3.1'), '#');
  return found.map((operation, index) => ({ post: { operationId: `at${index}`, ...operation } }));
}

it('references to every place of a document make types that compile', async () => {
  const spec = { openapi: '3.1.0', info: { title: 'Desk', version: '1' }, paths, components };
  const items = [
    ...referring(spec),
    // What a grammar does not walk into: schemas that are `true` or `false`.
    ...['A/properties/never', 'A/properties/c/allOf/0', 'A/patternProperties/^x', 'Any'].map((place, index) => ({
      get: {
        operationId: `flag${index}`,
        responses: { 200: { description: 'x', content: json({ $ref: `#/components/schemas/${place}` }) } },
      },
    })),
  ];
  expect(items.length).toBeGreaterThan(40);
  const text = JSON.stringify({
    ...spec,
    paths: { ...paths, ...Object.fromEntries(items.map((item, index) => [`/at/${index}/{id}`, item])) },
  });
  const input = { specFile: 'desk.json', path: 'desk.json', text, command: 'x', toolVersion: '0.0.0' };
  const files = await generateOpenApi(input);
  await using scratch = await createScratch({});
  for (const [file, content] of files) await scratch.write(`out/${file}`, content);
  const program = `
    import type { operations } from './types.ts';
    type Answer<Id extends keyof operations> = operations[Id]['responses'] extends { 200: { content: { 'application/json': infer Body } } } ? Body : never;
    export const never: Answer<'flag0'>[] = [];
    export const unknown: Answer<'flag1'>[] = [1, 'x'];
    // @ts-expect-error there is no such value
    export const some: Answer<'flag0'>[] = [1];
  `;
  const names = [...files.keys()].map((file) => join(scratch.out, file));
  expect(compilerMessages(names, [], new Map([[join(scratch.out, 'program.ts'), program]]))).toEqual([]);
});
