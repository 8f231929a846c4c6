import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { diffSpecs } from '../../scripts/diff/index.ts';
import { diffTexts, got } from './diff.support.ts';

const pet = {
  type: 'object',
  required: ['name', 'tag'],
  properties: { name: { type: 'string', maxLength: 9 }, tag: { type: 'string' } },
};
const named = got({ $ref: '#/components/schemas/Pet' }, { components: { schemas: { Pet: pet } } });
const inline = got(pet);

const yaml = `openapi: 3.1.0
info: { title: Pets, version: '1' }
paths:
  /pets:
    get:
      responses:
        '200':
          description: Fine
          content:
            application/json:
              schema:
                type: object
                required: [name, tag]
                properties:
                  name: { type: string, maxLength: 9 }
                  tag: { type: string }
`;
const version30 = (schema: object) => got(schema).replace('3.1.0', '3.0.3').replace('"Pets"', '"Pets"');
const openapi31 = (schema: object) => got(schema);

/** The same meaning, written in two ways: nothing may be told. */
const silent: readonly (readonly [name: string, one: string, other: string])[] = [
  ['keys in another order', inline, JSON.stringify(reversed(JSON.parse(inline)))],
  ['YAML against JSON', inline, yaml],
  ['comments, blank lines and quotes', yaml, yaml.replaceAll('\n', '  # a comment\n\n').replaceAll('Fine', '"Fine"')],
  ['required fields in another order', inline, inline.replace('["name","tag"]', '["tag","name"]')],
  [
    'an anchor in place of a repetition',
    yaml.replace('tag: { type: string }', 'tag: { type: string }\n                  top: { type: string }'),
    yaml.replace('tag: { type: string }', 'tag: &text { type: string }\n                  top: *text'),
  ],
  ['a $comment', got({ ...pet, $comment: 'one' }), got({ ...pet, $comment: 'two' })],
  [
    'a field that is spread over allOf',
    inline,
    got({
      allOf: [
        { type: 'object', required: ['name'], properties: { name: pet.properties.name } },
        { type: 'object', required: ['tag'], properties: { tag: pet.properties.tag } },
      ],
    }),
  ],
  ['an only alternative', inline, got({ oneOf: [pet] })],
  ['a type in a list of one', inline, inline.replace('"type":"object"', '"type":["object"]')],
  ['one value as constant and as list', got({ enum: ['a'] }), got({ const: 'a', type: 'string' })],
  [
    'defaults of OpenAPI written out',
    inline,
    got({ ...pet, additionalProperties: true, minProperties: 0 }, { servers: [{ url: '/' }] }),
  ],
  ['a schema of true and an empty one', got({}), got(true)],
  ['media types in another case', inline, inline.replace('application/json', 'Application/JSON')],
];

describe('what means the same', () => {
  it.each(silent)('is silent: %s', async (_, one, other) => {
    expect((await diffTexts(one, other)).changes).toEqual([]);
    expect((await diffTexts(other, one)).changes).toEqual([]);
  });

  it('is silent about a definition that is written where it is used, but for the definition itself', async () => {
    expect((await diffTexts(named, inline)).changes).toEqual([]);
    expect((await diffTexts(inline, named)).changes).toEqual([]);
  });

  it.each([
    ['nullable and a type of null', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      'a mark of exclusion and its number',
      { type: 'integer', minimum: 3, exclusiveMinimum: true },
      { type: 'integer', exclusiveMinimum: 3 },
    ],
    [
      'nullable and an alternative of null',
      { type: 'string', nullable: true },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
    ],
  ])('tells 3.0 from 3.1 by the version alone: %s', async (_, old, next) => {
    const { changes, bump } = await diffTexts(version30(old), openapi31(next));
    expect(changes.map(({ sentence }) => sentence)).toEqual([
      'The document is now written in OpenAPI 3.1.0; it was 3.0.3.',
    ]);
    expect(bump).toBe('patch');
  });

  it('reads Swagger 2.0, with places in what was written', async () => {
    const swagger = (limit: number) => `swagger: '2.0'
info: { title: Pets, version: '1' }
paths:
  /pets:
    get:
      produces: [application/json]
      responses:
        '200':
          description: Fine
          schema: { $ref: '#/definitions/Pet' }
definitions:
  Pet:
    type: object
    required: [name, tag]
    properties:
      name: { type: string, maxLength: ${limit} }
      tag: { type: string }
`;
    const moved = 'The document is now written in OpenAPI 3.1.0; it was 3.0.0.';
    expect((await diffTexts(swagger(9), named)).changes.map(({ sentence }) => sentence)).toEqual([moved]);
    const { changes } = await diffTexts(swagger(9), swagger(8));
    expect(changes).toMatchObject([
      { rule: 'limit-tightened', place: '#/definitions/Pet/properties/name/maxLength', file: 'new.yaml', line: 16 },
    ]);
  });

  it('follows a reference to a file beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-diff-'));
    try {
      await writeFile(join(folder, 'pet.yaml'), stringify(pet));
      const spec = (text: string) => ({ file: 'api.yaml', path: join(folder, 'api.yaml'), text });
      const split = spec(got({ $ref: './pet.yaml' }));
      expect((await diffSpecs({ old: split, new: spec(inline) })).changes).toEqual([]);
      const { changes } = await diffSpecs({ old: spec(inline.replace('"maxLength":9', '"maxLength":8')), new: split });
      expect(changes).toMatchObject([
        { file: 'pet.yaml', place: '#/properties/name/maxLength', line: 8, rule: 'limit-loosened' },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  );
}
