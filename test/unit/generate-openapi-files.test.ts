import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateOpenApi } from '../../scripts/generate/openapi/index.ts';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { createScratch, lineOf, type Scratch } from './generate-openapi.support.ts';

const main = `openapi: 3.1.0
info: { title: Desk, version: '1' }
paths:
  /things:
    $ref: ./paths/things.yaml
  /things/{id}:
    get:
      operationId: getThing
      parameters:
        - $ref: 'shared.json#/parameters/Id'
      responses:
        '200': { $ref: 'shared.json#/responses/Thing' }
components:
  schemas:
    Thing: { $ref: models/thing.yaml }
    Own: { type: object, properties: { thing: { $ref: '#/components/schemas/Thing' } } }
`;
const things = `get:
  operationId: listThings
  parameters:
    - { name: kind, in: query, schema: { $ref: '../models/thing.yaml#/$defs/Kind' } }
  responses:
    '200':
      description: Things
      content:
        application/json:
          schema: { type: array, items: { $ref: '../models/thing.yaml' } }
post:
  operationId: addThing
  requestBody:
    required: true
    content:
      application/json: { schema: { $ref: '../main.yaml#/components/schemas/Own' } }
  responses:
    '201': { description: Added }
`;
const shared = JSON.stringify(
  {
    parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 3 } } },
    responses: {
      Thing: { description: 'One', content: { 'application/json': { schema: { $ref: 'models/thing.yaml' } } } },
    },
  },
  null,
  2,
);
const thing = `type: object
required: [id]
properties:
  id: { type: integer }
  kind: { $ref: '#/$defs/Kind' }
  owner: { $ref: owner.yaml#/Owner }
$defs:
  Kind: { type: string, enum: [book, tool] }
`;
const owner = `Owner:
  type: object
  properties:
    name: { type: string }
    things: { type: array, items: { $ref: thing.yaml } }
`;

const files = {
  'main.yaml': main,
  'paths/things.yaml': things,
  'shared.json': shared,
  'models/thing.yaml': thing,
  'models/owner.yaml': owner,
};

async function generated(scratch: Scratch, text: string): Promise<Record<string, string>> {
  const made = await generateOpenApi({
    specFile: 'specs/main.yaml',
    path: join(scratch.specs, 'main.yaml'),
    text,
    command: 'latchkey generate',
    toolVersion: '0.0.0',
  });
  return Object.fromEntries(made);
}

async function failure(parts: Readonly<Record<string, string>>): Promise<SpecError> {
  await using scratch = await createScratch(parts);
  const error = await generated(scratch, parts['main.yaml'] ?? '').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SpecError);
  return error as SpecError; // just seen to be one
}

/** The text of one schema's type. */
function typeOf(types: string | undefined, name: string): string {
  const start = types?.indexOf(` ${name}: `) ?? -1;
  if (types === undefined || start < 0) throw new Error(`there is no type ${name}`);
  return types.slice(start, types.indexOf('\n        };', start)).replaceAll(/\s+/g, ' ').trim();
}

describe('a spec of several files', () => {
  it('is generated from as if it were one, whatever refers to what, in JSON and YAML', async () => {
    await using scratch = await createScratch(files);

    const { 'types.ts': types, 'operations.ts': operations, 'names.ts': names } = await generated(scratch, main);

    expect([...(operations ?? '').matchAll(/id: '(\w+)'/g)].map(([, id]) => id)).toEqual([
      'listThings',
      'addThing',
      'getThing',
    ]);
    expect(typeOf(types, 'Thing')).toBe(
      'Thing: { id: number; kind?: components["schemas"]["Kind"]; owner?: components["schemas"]["Owner"];',
    );
    expect(typeOf(types, 'Owner')).toBe('Owner: { name?: string; things?: components["schemas"]["Thing"][];');
    expect(types).toContain('Kind: "book" | "tool";');
    expect(types).toMatch(/parameters: \{\s+Id: string;/);
    expect(types).not.toContain('Thing_2');
    expect(names).toContain("Thing: { fields: { id: null, kind: null, owner: 'Owner' } }");
  });

  it('gives two schemas of the same name names of their own', async () => {
    await using scratch = await createScratch({
      ...files,
      'models/owner.yaml': owner.replace('things:', 'kind: { $ref: other.yaml#/Kind }\n    things:'),
      'models/other.yaml': 'Kind: { type: boolean }\n',
    });

    const { 'types.ts': types } = await generated(scratch, main);

    const kinds = [...(types ?? '').matchAll(/^ +(Kind\w*): (.+);$/gm)].map(([, name, type]) => [name, type]);
    expect(kinds.map(([name]) => name).sort()).toEqual(['Kind', 'Kind_2']);
    expect(kinds.map(([, type]) => type).sort()).toEqual(['"book" | "tool"', 'boolean']);
  });

  it('names the file where the fault is', async () => {
    const faulty = thing.replace('type: integer', 'type: whole');
    const error = await failure({ ...files, 'models/thing.yaml': faulty });
    expect(error).toMatchObject({
      file: 'specs/models/thing.yaml',
      line: lineOf(faulty, 'whole'),
      place: '#/properties/id/type',
    });

    const twice = things.replace('operationId: addThing', 'operationId: getThing');
    const doubled = await failure({ ...files, 'paths/things.yaml': twice });
    expect(doubled.message).toContain('operationId getThing is already that of');
    expect([doubled.file, doubled.line]).toEqual(
      doubled.file === 'specs/main.yaml'
        ? ['specs/main.yaml', lineOf(main, 'operationId: getThing')]
        : ['specs/paths/things.yaml', lineOf(twice, 'operationId: getThing')],
    );

    const broken = await failure({ ...files, 'models/owner.yaml': `${owner}broken: [\n` });
    expect(broken).toMatchObject({ file: 'specs/models/owner.yaml' });
    expect(broken.message).toContain('not well-formed YAML');
  });

  it.each([
    ['that is not there', 'models/absent.yaml', /there is no such file/],
    ['whose place is not there', 'models/owner.yaml#/Nobody', /unresolved \$ref models\/owner\.yaml#\/Nobody/],
    ['above the folder', '../outside.yaml', /it leaves the folder of the spec/],
    ['above the folder, written with %2e', '%2e%2e/outside.yaml', /it leaves the folder of the spec/],
    ['anywhere on the machine', '/etc/hostname.yaml', /it leaves the folder of the spec/],
    ['on the network', 'https://127.0.0.1:9/x.yaml', /it leads to the network/],
    ['on the network, without a scheme', '//127.0.0.1:9/x.yaml', /it leads to the network/],
    ['with a file URL', 'file:///etc/hostname.yaml', /name the file by its path from this one/],
    ['of another kind', 'notes.txt', /neither a \.yaml nor a \.json file/],
    ['of a folder', 'models.yaml', /it is not a file/],
    ['of an anchor', 'models/owner.yaml#Owner', /names of anchors cannot be followed/],
  ])('refuses a reference to a file %s', async (_name, reference, says) => {
    const text = main.replace('$ref: models/thing.yaml', `$ref: '${reference}'`);
    const error = await failure({
      ...files,
      'main.yaml': text,
      'notes.txt': 'x',
      'models.yaml/x': '',
      '../outside.yaml': 'type: string\n',
    });
    expect(error.message).toMatch(says);
    expect(error).toMatchObject({ file: 'specs/main.yaml', line: lineOf(text, 'Thing: {') });
    expect(error.message).not.toContain('\n');
  });

  it('refuses a link that leads out of the folder', async () => {
    await using scratch = await createScratch({ ...files, '../outside/owner.yaml': owner });
    await symlink(join(scratch.specs, '../outside'), join(scratch.specs, 'models/linked'));
    const text = main.replace('$ref: models/thing.yaml', '$ref: models/linked/owner.yaml#/Owner');
    await expect(generated(scratch, text)).rejects.toThrow(/it leaves the folder of the spec/);
  });

  it('refuses references that only lead to each other', async () => {
    const error = await failure({
      ...files,
      'models/owner.yaml': 'Owner: { $ref: back.yaml#/Back }\n',
      'models/back.yaml': 'Back: { $ref: owner.yaml#/Owner }\n',
    });
    expect(error.message).toMatch(/leads back to itself/);
  });

  it('refuses a path that holds itself', async () => {
    const callback = `${things}  callbacks: { again: { '{$url}': { $ref: things.yaml } } }\n`;
    const error = await failure({ ...files, 'paths/things.yaml': callback });
    expect(error.message).toMatch(/a part holds itself/);
  });
});
