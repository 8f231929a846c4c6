import { spawn } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { generateOpenApi } from '../../scripts/generate/openapi/index.ts';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { createScratch, lineOf, loadGenerated, projectFolder } from './generate-openapi.support.ts';

interface Outcome {
  readonly files: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
}

async function generated(text: string): Promise<Outcome> {
  const remarks: string[] = [];
  const files = await generateOpenApi({
    specFile: 'desk.yaml',
    path: join('specs', 'desk.yaml'),
    text,
    command: 'latchkey generate',
    toolVersion: '0.0.0',
    onRemark: (remark) => remarks.push(remark),
  });
  return { files, remarks };
}

function squeezed(text: string | undefined): string {
  return (text ?? '').replaceAll(/\s+/g, ' ');
}

describe('OpenAPI 3.2', () => {
  const text = `openapi: 3.2.0
$self: https://desk.example/openapi
info: { title: Desk, version: '1' }
tags: [{ name: things, summary: Things, kind: nav }]
servers: [{ url: https://desk.example, name: live }]
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - { name: page, in: query, schema: { type: integer } }
        - { name: whole, in: querystring, content: { application/x-www-form-urlencoded: { schema: { type: object } } } }
      responses:
        '200': { summary: Things, content: { application/json: { $ref: '#/components/mediaTypes/Things' } } }
        '206': { content: { application/jsonl: { itemSchema: { $ref: '#/components/schemas/Thing' } } } }
    query:
      operationId: findThings
      responses: { '200': { description: Found } }
    additionalOperations:
      COPY:
        operationId: copyThing
        responses: { '201': { description: Copied } }
components:
  mediaTypes:
    Things: { schema: { type: array, items: { $ref: '#/components/schemas/Thing' } } }
  securitySchemes:
    device:
      type: oauth2
      oauth2MetadataUrl: https://desk.example/meta
      flows: { deviceAuthorization: { deviceAuthorizationUrl: https://desk.example/d, tokenUrl: https://desk.example/t, scopes: {} } }
  schemas:
    Thing: { type: object, required: [id], properties: { id: { type: integer } } }
`;

  it('is generated from, and what the types cannot say is told with its place', async () => {
    const { files, remarks } = await generated(text);

    expect(squeezed(files.get('types.ts'))).toContain('"application/json": components["schemas"]["Thing"][];');
    expect(squeezed(files.get('types.ts'))).toContain('query?: { page?: number; }');
    const { operations } = await loadGenerated(files, 'operations.ts');
    expect((operations as { method: string; id: string }[]).map(({ method, id }) => `${method} ${id}`)).toEqual([
      'COPY copyThing',
      'GET listThings',
      'QUERY findThings',
    ]);
    expect(remarks).toEqual([
      'desk.yaml:20:7: OpenAPI 3.2: a typed client has no COPY; the operation is left out of the types (#/paths/~1things/additionalOperations/COPY)',
      'desk.yaml:12:11: OpenAPI 3.2: a whole query string cannot be typed; the parameter is left out (#/paths/~1things/get/parameters/1)',
      'desk.yaml:15:29: OpenAPI 3.2: the items of a stream cannot be typed; the content is unknown (#/paths/~1things/get/responses/206/content/application~1jsonl)',
      'desk.yaml:16:5: OpenAPI 3.2: a typed client has no QUERY; the operation is left out of the types (#/paths/~1things/query)',
    ]);
  });

  it('has names that 3.1 has not', async () => {
    const { remarks } = await generated(
      text.replace('3.2.0', '3.1.1').replace('- { name: whole, in: querystring', '- { name: whole, in: query'),
    );
    expect(remarks).toEqual(
      expect.arrayContaining([
        'desk.yaml:2:1: $self is not expected here (#/$self)',
        'desk.yaml:19:5: additionalOperations is not expected here (#/paths/~1things/additionalOperations)',
      ]),
    );
  });

  it.each(['3.3.0', '4.0.0', '3', '2.0'])('is the newest edition that is known: %s is refused', async (version) => {
    await expect(generated(text.replace('3.2.0', `'${version}'`))).rejects.toThrow(
      `not an OpenAPI 3.0, 3.1 or 3.2 document, nor Swagger 2.0: it says ${version}`,
    );
  });
});

describe('Swagger 2.0', () => {
  const text = `swagger: '2.0'
info: { title: Old desk, version: '1' }
host: desk.example
basePath: /v1
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  key: { type: apiKey, in: header, name: X-Key }
security: [{ key: [] }]
parameters:
  Thing: { in: body, name: thing, required: true, schema: { $ref: '#/definitions/Thing' } }
  Key: { in: header, name: x-key, required: true, type: string }
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - { in: query, name: tags, type: array, items: { type: string }, collectionFormat: multi }
        - { in: query, name: ids, type: array, items: { type: integer }, collectionFormat: tsv }
        - { in: header, name: X-Trace, type: string, required: true }
        - { $ref: '#/parameters/Key' }
      responses:
        '200': { description: Things, schema: { type: array, items: { $ref: '#/definitions/Thing' } } }
    post:
      operationId: addThing
      parameters: [{ $ref: '#/parameters/Thing' }]
      responses: { '201': { description: Added } }
  /files:
    post:
      operationId: addFile
      consumes: [multipart/form-data]
      parameters:
        - { in: formData, name: file, type: file, required: true }
        - { in: formData, name: note, type: string }
      responses: { '200': { description: Stored, schema: { $ref: '#/definitions/Thing' } } }
definitions:
  Thing:
    type: object
    required: [id]
    properties:
      id: { type: integer, x-nullable: true }
      kind: { type: string, enum: [book, tool] }
`;

  it('is converted with its bodies, forms, lists and nullable fields', async () => {
    const { files } = await generated(text);
    const types = squeezed(files.get('types.ts'));
    expect(types).toContain('query?: { tags?: string[]; ids?: number[]; };');
    // The key that the client sends is not asked of callers; the other header is.
    expect(types).toContain('header: { "X-Trace": string; "x-key"?: components["parameters"]["Key"]; };');
    expect(types).toContain('requestBody: { content: { "application/json": components["schemas"]["Thing"]; }; };');
    expect(types).toMatch(/"multipart\/form-data": \{ (?:\/\*.*?\*\/ )?file: string; note\?: string; \}/);
    expect(types).toContain('id: number | null;');
    const { validators } = await loadGenerated(files, 'validators.ts');
    const { addThing } = validators as Record<
      string,
      { body: { required: boolean; content: Record<string, (body: unknown) => boolean> } }
    >;
    expect(addThing?.body.required).toBe(true);
    const check = addThing?.body.content['application/json'];
    expect([{ id: 1 }, { id: null, kind: 'tool' }, {}, { id: 1, kind: 'car' }].map((body) => check?.(body))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('may have its edition without quotes, which YAML takes for a number', async () => {
    const { files } = await generated(text.replace("swagger: '2.0'", 'swagger: 2.0'));
    expect(files.get('types.ts')).toContain('"/things": {');
  });

  it('tells what OpenAPI 3 cannot say', async () => {
    const { remarks } = await generated(text);
    expect(remarks).toEqual([
      'desk.yaml:19:11: Swagger 2.0 converted: collectionFormat:tsv is no longer supported (#/paths/~1things/get/parameters/1)',
    ]);
  });

  it('has its faults told by their place in what was written', async () => {
    const faulty = text.replace('type: integer, x-nullable', 'type: whole, x-nullable');
    const error = await generated(faulty).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SpecError);
    expect(error).toMatchObject({
      file: 'desk.yaml',
      line: lineOf(faulty, 'whole'),
      place: '#/definitions/Thing/properties/id/type',
    });
  });

  it.each([
    [
      'a reference to nothing',
      "schema: { $ref: '#/definitions/Thing' } }\n  Key",
      "schema: { $ref: '#/definitions/Nope' } }\n  Key",
      /Nope/,
    ],
    [
      'a body and a form at once',
      'consumes: [multipart/form-data]',
      'consumes: [multipart/form-data]',
      /a body or a form, not both/,
    ],
  ])('is refused with %s', async (name, search, by, says) => {
    const text2 =
      name === 'a body and a form at once'
        ? text.replace(
            'parameters:\n        - { in: formData, name: file',
            "parameters:\n        - { $ref: '#/parameters/Thing' }\n        - { in: formData, name: file",
          )
        : text.replace(search, by);
    expect(text2).not.toBe(text);
    const error = await generated(text2).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SpecError);
    expect((error as SpecError).message).toMatch(says);
  });
});

it('says which package to install when a Swagger document comes without its converter', async () => {
  await using scratch = await createScratch({});
  const folder = join(scratch.specs, 'package');
  const manifest = {
    name: 'latchkey',
    version: '0.0.0',
    type: 'module',
    peerDependencies: { swagger2openapi: '^7.8.9' },
  };
  await scratch.write('specs/package/package.json', JSON.stringify(manifest));
  await cp(join(projectFolder, 'scripts/generate'), join(folder, 'generate'), { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  for (const name of ['@redocly', 'ajv', 'esbuild', 'openapi-typescript', 'saxes', 'typescript', 'yaml']) {
    await symlink(join(projectFolder, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await scratch.write(
    'specs/package/run.ts',
    `import { generateOpenApi } from './generate/openapi/index.ts';
     import { asMissingPackage } from './generate/missing-package.ts';
     const text = "swagger: '2.0'\\ninfo: { title: Old, version: '1' }\\npaths: {}\\n";
     const input = { specFile: 'desk.yaml', path: 'desk.yaml', text, command: '', toolVersion: '' };
     await generateOpenApi(input).catch((error) => console.error(asMissingPackage(error)?.message ?? error));`,
  );
  const args = ['--import', import.meta.resolve('tsx'), join(folder, 'run.ts')];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  expect(await text(child.stderr)).toBe(
    'generating needs the package swagger2openapi: npm install --save-dev "swagger2openapi@^7.8.9"\n',
  );
});

describe("a vendor's document that knows nothing of sessions", () => {
  const text = `openapi: 3.0.3
info: { title: Desk, version: 1 }
paths:
  /things/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
    get:
      parameters:
        - { name: Authorization, in: header, required: true, schema: { type: string } }
        - { name: X-KEY, in: header, required: true, schema: { type: string } }
        - { name: desk, in: cookie, required: true, schema: { type: string } }
        - { name: shelf, in: cookie, required: true, schema: { type: string } }
        - { name: page, in: query, required: true, schema: { type: integer } }
      responses: { '200': { description: Thing } }
  /things/{name}:
    delete: { operationId: dropThing, responses: { '204': {} } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    desk: { type: apiKey, in: cookie, name: desk }
`;

  it('needs no login operation and no operation ids', async () => {
    const { files } = await generated(text);
    const { operations } = await loadGenerated(files, 'operations.ts');
    expect(operations).toEqual([
      { id: 'GET /things/{id}', method: 'GET', path: '/things/{id}', role: 'call', session: [] },
      { id: 'dropThing', method: 'DELETE', path: '/things/{name}', role: 'call', session: [] },
    ]);
    const { validators } = await loadGenerated(files, 'validators.ts');
    expect(Object.keys(validators as object)).toEqual(['GET /things/{id}', 'dropThing']);
    expect(Object.keys((await loadGenerated(files, 'login-validators.ts')).validators as object)).toEqual([]);
  });

  it('demands of callers what is theirs, and not what the client sends', async () => {
    const { files } = await generated(text);
    const types = squeezed(files.get('types.ts'));
    expect(types).toContain(
      'parameters: { query: { page: number; }; header?: { "X-KEY"?: string; }; path: { id: string; }; cookie: { desk?: string; shelf: string; }; };',
    );
    expect(types).not.toContain('Authorization');
  });

  it('has its oddities told, none of which stops the work', async () => {
    const { remarks } = await generated(text);
    expect(remarks).toEqual([
      'desk.yaml:2:22: expected string, found integer (#/info/version)',
      'desk.yaml:16:52: the field description of Response is missing (#/paths/~1things~1{name}/delete/responses/204)',
      'desk.yaml:15:3: differs from /things/{id} in names of parameters only (#/paths/~1things~1{name})',
      'desk.yaml:16:5: {name} of the path is not described (#/paths/~1things~1{name}/delete)',
    ]);
  });
});
