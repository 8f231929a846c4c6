import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { OperationValidators } from '../../generated/pulse-crm/validators.ts';
import { generateOpenApi } from '../../scripts/generate/openapi/index.ts';
import { compilerMessages, createScratch, loadGenerated } from './generate-openapi.support.ts';

// The strictest compiler reads what is generated.
vi.setConfig({ testTimeout: 60_000 });

interface Outcome {
  readonly files: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
}

async function generated(spec: object, openapi = '3.1.0'): Promise<Outcome> {
  const remarks: string[] = [];
  const files = await generateOpenApi({
    specFile: 'desk.json',
    path: 'specs/desk.json',
    text: JSON.stringify({ openapi, info: { title: 'Desk', version: '1' }, ...spec }),
    command: 'latchkey generate',
    toolVersion: '0.0.0',
    onRemark: (remark) => remarks.push(remark.replace(/^desk\.json:\d+:\d+: /, '')),
  });
  return { files, remarks };
}

/** What the strictest compiler has against the generated files and a program that uses the types. */
async function complaints({ files }: Outcome, program: string): Promise<string[]> {
  await using scratch = await createScratch({});
  const names = [...files.keys()].map((file) => join(scratch.out, file));
  for (const [file, text] of files) await scratch.write(`out/${file}`, text);
  const imports = "import type { components, operations, paths, webhooks } from './types.ts';\n";
  const used = 'export type Used = [components, operations, paths, webhooks];\n';
  return compilerMessages(names, [], new Map([[join(scratch.out, 'program.ts'), imports + used + program]]));
}

const ref = (pointer: string): object => ({ $ref: `#/components/${pointer}` });
const answering = (schema: unknown): object => ({
  responses: { 200: { description: 'Fine', content: { 'application/json': { schema } } } },
});
const answerOf = (id: string): string => `operations['${id}']['responses'][200]['content']['application/json']`;

describe('types of an OpenAPI document', () => {
  it('follow references to whatever place of the document', async () => {
    const item = { type: 'object', properties: { size: { type: 'integer' }, kind: { enum: ['a', 'b'] } } };
    const first = answering({ type: 'array', items: item });
    const inFirst = '#/paths/~1first/get/responses/200';
    const outcome = await generated({
      paths: {
        '/first': {
          get: {
            operationId: 'first',
            parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }],
            ...first,
          },
        },
        '/second': {
          get: {
            operationId: 'second',
            parameters: [{ $ref: '#/paths/~1first/get/parameters/0' }],
            responses: { 200: { $ref: inFirst } },
          },
        },
        '/third': {
          get: { operationId: 'third', ...answering({ $ref: `${inFirst}/content/application~1json/schema/items` }) },
        },
        '/fourth': { get: { operationId: 'fourth', ...answering(ref('schemas/Whole/allOf/1/properties/deep')) } },
      },
      components: {
        schemas: {
          Whole: {
            allOf: [
              ref('schemas/Part'),
              { properties: { deep: { type: 'array', items: ref('schemas/Whole/allOf/1') } } },
            ],
          },
          Part: {
            type: 'object',
            properties: { one: { $ref: '#/components/schemas/Whole/allOf/1/properties/deep/items' } },
          },
        },
      },
    });
    const program = `
      export const second: ${answerOf('second')} = [{ size: 1, kind: 'a' }];
      export const third: ${answerOf('third')} = { size: 1, kind: 'b' };
      export const fourth: ${answerOf('fourth')} = [{ deep: [{}] }];
      export const asked: operations['second']['parameters'] = { query: { page: 1 } };
      // @ts-expect-error not in the list
      export const wrong: ${answerOf('third')} = { kind: 'c' };
      // @ts-expect-error a number
      export const alsoWrong: operations['second']['parameters'] = { query: { page: 'x' } };
    `;
    expect(await complaints(outcome, program)).toEqual([]);
  });

  it('give a component that is another name of one the same content', async () => {
    const outcome = await generated({
      paths: {
        '/a': {
          post: {
            operationId: 'a',
            parameters: [ref('parameters/Alias')],
            requestBody: ref('requestBodies/Alias'),
            responses: { 200: ref('responses/Alias') },
          },
        },
      },
      webhooks: {
        done: ref('pathItems/Done'),
        again: { post: { operationId: 'a', ...answering({ type: 'boolean' }) } },
      },
      components: {
        parameters: {
          Alias: ref('parameters/Page'),
          Page: { name: 'page', in: 'query', required: true, schema: { type: 'integer' } },
        },
        requestBodies: {
          Alias: ref('requestBodies/Text'),
          Text: { required: true, content: { 'application/json': { schema: { type: 'string' } } } },
        },
        responses: {
          Alias: ref('responses/Number'),
          Number: { description: 'x', content: { 'application/json': { schema: { type: 'number' } } } },
        },
        pathItems: { Done: { post: { operationId: 'done', ...answering({ type: 'string' }) } } },
      },
    });
    const program = `
      export const asked: operations['a']['parameters'] = { query: { page: 1 } };
      export const sent: operations['a']['requestBody'] = { content: { 'application/json': 'x' } };
      export const answer: ${answerOf('a')} = 1;
      export const done: webhooks['done']['post']['responses'][200]['content']['application/json'] = 'x';
      export const again: webhooks['again']['post']['responses'][200]['content']['application/json'] = true;
      // @ts-expect-error a number
      export const wrong: ${answerOf('a')} = 'x';
    `;
    expect(await complaints(outcome, program)).toEqual([]);
  });

  it('hold what stands beside a reference, where the edition lets it count', async () => {
    const paths = {
      '/a': {
        get: {
          operationId: 'a',
          ...answering({ ...ref('schemas/A'), required: ['x'], properties: { y: { type: 'string' } } }),
        },
      },
    };
    const components = { schemas: { A: { type: 'object', properties: { x: { type: 'integer' } } } } };
    const program = `
      export const fine: ${answerOf('a')} = { x: 1, y: 'y' };
      // @ts-expect-error required beside the reference
      export const wrong: ${answerOf('a')} = { y: 'y' };
    `;
    expect(await complaints(await generated({ paths, components }), program)).toEqual([]);
    const before = await generated({ paths, components }, '3.0.3');
    expect(await complaints(before, `export const fine: ${answerOf('a')} = {};`)).toEqual([]);
  });

  it('tell alternatives apart by the values that a mapping has, also by names alone', async () => {
    const kind = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };
    const outcome = await generated({
      paths: { '/a': { get: { operationId: 'a', ...answering(ref('schemas/Pet')) } } },
      components: {
        schemas: {
          Pet: {
            oneOf: [ref('schemas/Dog'), ref('schemas/Cat')],
            discriminator: {
              propertyName: 'kind',
              mapping: { dog: 'Dog', cat: '#/components/schemas/Cat', cow: '#/components/schemas/Cow' },
            },
          },
          Dog: kind,
          Cat: kind,
        },
      },
    });
    const program = `
      export const kinds: ${answerOf('a')}['kind'][] = ['dog', 'cat'];
      // @ts-expect-error the schema's name is not what the wire carries
      export const wrong: ${answerOf('a')}['kind'] = 'Dog';
    `;
    expect(await complaints(outcome, program)).toEqual([]);
    expect(outcome.remarks).toEqual([
      'unresolved $ref #/components/schemas/Cow (#/components/schemas/Pet/discriminator/mapping/cow)',
    ]);
  });

  it('know paths that stand beside a reference to further ones', async () => {
    const outcome = await generated({
      paths: {
        '/a': {
          ...ref('pathItems/A'),
          post: { operationId: 'added', ...answering({}) },
          get: { operationId: 'own', ...answering({ type: 'boolean' }) },
        },
      },
      components: {
        pathItems: {
          A: { get: { operationId: 'far', ...answering({}) }, put: { operationId: 'put', ...answering({}) } },
        },
      },
    });
    const { operations } = await loadGenerated(outcome.files, 'operations.ts');
    expect((operations as { id: string }[]).map(({ id }) => id)).toEqual(['own', 'added', 'put']);
    expect(await complaints(outcome, `export const answer: ${answerOf('own')} = true;`)).toEqual([]);
    expect(outcome.remarks).toEqual([
      'get is there where the $ref leads, too; what is beside the $ref counts (#/paths/~1a/get)',
    ]);
  });

  it('are not led astray by data that looks like a part of the document', async () => {
    const nowhere = { $ref: '#/nowhere' };
    const example = {
      in: 'query',
      parameters: [nowhere],
      headers: { a: nowhere },
      description: 'x',
      content: { a: nowhere },
    };
    const schema = { type: 'object', example, properties: { $defs: { type: 'string' }, own: { $ref: '#/x-own' } } };
    const spec = {
      'x-own': { type: 'array', items: { $ref: '#/x-item' } },
      'x-item': { type: 'integer' },
      paths: {
        'x-note': 'text',
        'x-more': { get: { operationId: 'none' } },
        '/a': {
          get: {
            operationId: 'a',
            responses: { 'x-note': 'text', 'x-more': {}, ...Object(answering(schema)).responses },
          },
        },
      },
    };
    for (const edition of ['3.1.0', '3.2.0']) {
      const outcome = await generated(spec, edition);
      expect(await complaints(outcome, `export const fine: ${answerOf('a')} = { $defs: 'x', own: [1] };`)).toEqual([]);
      const types = outcome.files.get('types.ts');
      expect(types).not.toContain('x-note');
      expect(types).not.toContain('x-more');
      expect(outcome.remarks).toEqual([]);
    }
  });

  it('compile whatever operations are called and however often a header is described', async () => {
    const parameters = [
      { name: 'X-A', in: 'header', required: true, schema: { type: 'integer' } },
      { name: 'x-a', in: 'header', schema: { type: 'string' } },
    ];
    const outcome = await generated({
      paths: { '/a': { get: { operationId: "x': anything", parameters, ...answering({ type: 'string' }) } } },
    });
    expect(await complaints(outcome, `export const asked: operations["x': anything"]['parameters'] = {};`)).toEqual([]);
    expect(outcome.remarks).toEqual([expect.stringContaining('the later description counts')]);
  });
});

it('what a call has besides, and the client does not do, is told', async () => {
  const list = { type: 'array', items: { type: 'string' } };
  const filter = { type: 'object', properties: { a: { type: 'string' } } };
  const { remarks } = await generated({
    paths: {
      '/a': {
        servers: [{ url: 'https://a.example' }],
        get: {
          operationId: 'a',
          servers: [{ url: 'https://b.example' }],
          callbacks: { done: { '{$url}': { post: answering({}) } } },
          parameters: [
            { name: 'fine', in: 'query', schema: list },
            { name: 'joined', in: 'query', explode: false, schema: list },
            { name: 'piped', in: 'query', style: 'pipeDelimited', schema: list },
            { name: 'deep', in: 'query', style: 'deepObject', schema: filter },
            { name: 'flat', in: 'query', schema: filter },
          ],
          ...answering({
            required: ['id', 'at'],
            properties: { id: { readOnly: true }, at: { readOnly: true }, by: {} },
          }),
        },
      },
      'b/{c}': { get: { operationId: 'b', parameters: [{ name: 'c', in: 'path', required: true }], ...answering({}) } },
    },
  });
  const left = 'servers of its own are left out: a client calls the one base URL that it is made with';
  const written = 'calls need a querySerializer that writes it so';
  expect(remarks).toEqual([
    `${left} (#/paths/~1a/servers)`,
    'a path begins with a slash (#/paths/b~1{c})',
    '2 required fields are readOnly, such as id; where requests hold them, too, they are asked of callers (#)',
    `${left} (#/paths/~1a/get/servers)`,
    'callbacks are left out: they are calls of the service, not of its client (#/paths/~1a/get/callbacks)',
    `joined has style form, explode false: ${written} (#/paths/~1a/get/parameters/1)`,
    `piped has style pipeDelimited, explode false: ${written} (#/paths/~1a/get/parameters/2)`,
    `flat has style form, explode true: ${written} (#/paths/~1a/get/parameters/4)`,
  ]);
});

describe('validators of an OpenAPI document', () => {
  const judge = async (schema: object, type: string, values: readonly unknown[], edition?: string) => {
    const responses = { 200: { description: 'Fine', content: { [type]: { schema } } } };
    const { files } = await generated({ paths: { '/a': { get: { operationId: 'a', responses } } } }, edition);
    const { validators } = await loadGenerated(files, 'validators.ts');
    const { a } = validators as Readonly<Record<string, OperationValidators>>; // as declared
    return values.map((value) => a?.responses['200']?.content[type]?.(value));
  };
  const json = 'application/json';

  it('know multiples of cents from what is none', async () => {
    const cents = { type: 'number', multipleOf: 0.01 };
    expect(await judge(cents, json, [0.07, 0.29, 19.99, 4.35, 123_456_789.01])).toEqual(Array(5).fill(true));
    expect(await judge(cents, json, [0.005, 1.001, 123.456])).toEqual([false, false, false]);
  });

  it('judge elements one by one where OpenAPI 3.0 lists their schemas', async () => {
    const pair = { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] };
    expect(
      await judge(
        pair,
        json,
        [
          ['x', 1],
          [1, 'x'],
        ],
        '3.0.3',
      ),
    ).toEqual([true, false]);
  });

  it('take a plain text for the number that it says', async () => {
    expect(await judge({ type: 'integer' }, 'text/plain', ['5', 'x'])).toEqual([true, false]);
    expect(await judge({ type: 'integer' }, 'text/json', ['5', 5])).toEqual([false, true]);
  });

  it('stand beside the names that only some values have', async () => {
    const schema = {
      properties: { card: {} },
      dependentSchemas: { card: { properties: { billing: { prefixItems: [{ properties: { street: {} } }] } } } },
    };
    const { files } = await generated({ paths: { '/a': { get: { operationId: 'a', ...answering(schema) } } } });
    const { shapes } = await loadGenerated(files, 'names.ts');
    expect(shapes).toEqual({
      a_200: { fields: { card: null, billing: 'a_200_billing' } },
      a_200_billing: { items: 'a_200_billing_item' },
      a_200_billing_item: { fields: { street: null } },
    });
  });

  it('are refused where one status is described twice', async () => {
    const responses = { '4xx': { description: 'a' }, '4XX': { description: 'b' } };
    const paths = { '/a': { get: { operationId: 'a', responses } } };
    await expect(generated({ paths })).rejects.toThrow(/the status 4XX is described twice/);
  });
});
