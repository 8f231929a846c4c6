import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OperationValidators } from '../../generated/pulse-crm/validators.ts';
import { generate } from '../../scripts/generate/index.ts';
import { compilerMessages, createScratch, fixture, replaced, type Scratch } from './generate-openapi.support.ts';

const SESSION_SCHEMA = `Session:
      type: object
      required: [token]
      properties: { token: { type: string, pattern: "^[a-f]+$" } }`;

// One of them runs the TypeScript compiler.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let scratch: Scratch;
let files: Record<string, string>;

beforeAll(async () => {
  scratch = await createScratch({ 'desk.openapi.yaml': fixture });
  await generate(scratch);
  files = await scratch.read();
});

afterAll(() => scratch[Symbol.asyncDispose]());

/** Loads a generated file from one text: an import that were left in it would have nothing to resolve against. */
async function load(file: string, folder = join(scratch.out, 'desk')): Promise<Record<string, unknown>> {
  const entryPoints = [join(folder, file)];
  const { outputFiles } = await build({ entryPoints, bundle: true, packages: 'external', format: 'esm', write: false });
  const text = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64');
  return await import(/* @vite-ignore */ `data:text/javascript;base64,${text}`);
}

async function loadValidators(
  file = 'validators.ts',
  folder?: string,
): Promise<Readonly<Record<string, OperationValidators>>> {
  const { validators } = await load(file, folder);
  return validators as Readonly<Record<string, OperationValidators>>; // what the generated file declares
}

describe('names', () => {
  it('are those of every field and header, wherever the schemas put them together', async () => {
    const { names, shapes } = await load('names.ts');
    const thing = { id: null, state: null, due: null, parent: 'Thing', size: null };
    expect(names).toEqual({
      getHealth: { responses: { 200: { headers: [], content: {} } } },
      closeSession: { responses: { 204: { headers: [], content: {} } } },
      prolongSession: {
        body: { 'application/json': 'Prolong' },
        responses: { 200: { headers: [], content: {} } },
      },
      openSession: {
        body: { 'application/json': 'openSession_body' },
        responses: { 200: { headers: [], content: { 'application/json': 'Session' } } },
      },
      listThings: {
        responses: {
          200: { headers: ['x-left', 'x-total', 'content-type'], content: { 'application/json': 'listThings_200' } },
          '4XX': { headers: [], content: { 'application/json': 'listThings_4XX' } },
          default: { headers: [], content: { '*/*': null, 'text/plain': null } },
        },
      },
      putThing: {
        body: { 'application/json': 'Thing', 'application/x-www-form-urlencoded': 'Count' },
        responses: { 204: { headers: [], content: {} } },
      },
    });
    expect(shapes).toEqual({
      Thing: { fields: thing },
      listThings_200: { items: 'Thing' },
      listThings_4XX: { fields: { reason: null, ...thing } },
      openSession_body: { fields: { user: null, desk: null, note: null } },
      Session: { fields: { token: null } },
      Prolong: { fields: { token: null, desk: null } },
      Count: { fields: { count: null } },
    });
  });

  it('follow parts and references, and say where other names may stand', async () => {
    const parts = `
    Session:
      allOf:
        - $ref: "#/components/schemas/Token"
        - { properties: { extra: { additionalProperties: { $ref: "#/components/schemas/Refusal" } } } }
      if: { required: [kind] }
      then: { properties: { kind: true } }
      properties: { token: { type: string }, free: { type: object }, texts: { items: { type: string } }, rest: { properties: { a: {} }, additionalProperties: true } }`;
    await using other = await createScratch({
      'desk.openapi.yaml': replaced(
        replaced(fixture, SESSION_SCHEMA, parts.trimStart()),
        'Token: { type: string,',
        'Token: { type: object, properties: { rest: { properties: { b: { $ref: "#/components/schemas/Session" } } } },',
      ),
    });
    await generate(other);
    const { shapes } = await load('names.ts', join(other.out, 'desk'));
    expect(shapes).toMatchObject({
      Session: {
        fields: { token: null, free: null, texts: null, kind: null, extra: 'Session_extra', rest: 'Session_rest' },
      },
      Session_extra: { others: 'Refusal' },
      Session_rest: { fields: { a: null, b: 'Session' }, others: null },
    });
  });
});

describe('operation facts', () => {
  it('are what the spec says, by path and then method', async () => {
    const { operations } = await load('operations.ts');
    expect(operations).toEqual([
      { id: 'getHealth', method: 'GET', path: '/health', role: 'call', session: [] },
      {
        id: 'closeSession',
        method: 'DELETE',
        path: '/session',
        role: 'end',
        session: [{ in: 'header', name: 'Authorization', fills: 'secret', scheme: 'bearer' }],
      },
      {
        id: 'prolongSession',
        method: 'PATCH',
        path: '/session',
        role: 'renew',
        session: [
          { in: 'body', name: 'token', fills: 'secret' },
          { in: 'body', name: 'desk', fills: 'app' },
        ],
      },
      {
        id: 'openSession',
        method: 'POST',
        path: '/session',
        role: 'login',
        session: [
          { in: 'header', name: 'X-Key', fills: 'credentials' },
          { in: 'body', name: 'desk', fills: 'app' },
        ],
      },
      {
        id: 'listThings',
        method: 'GET',
        path: '/things',
        role: 'call',
        session: [
          { in: 'cookie', name: 'desk', fills: 'secret' },
          { in: 'query', name: 'desk', fills: 'app' },
        ],
      },
      { id: 'putThing', method: 'PUT', path: '/things/{id}', role: 'call', session: [] },
    ]);
  });
});

describe('generated code', () => {
  it('imports nothing from outside its folder', () => {
    expect(Object.keys(files).map((file) => file.slice('out/desk/'.length))).toEqual(
      expect.arrayContaining(['types.ts', 'operations.ts', 'validators.ts', 'login-validators.ts']),
    );
    for (const [file, text] of Object.entries(files)) {
      const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
      expect({ file, outside: imported.filter((name) => !/^\.\/[\w.-]+\.ts$/.test(name)) }).toEqual({
        file,
        outside: [],
      });
    }
  });

  it('imports types only from beside it, so that it compiles whatever ending a project wants in imports', () => {
    for (const text of Object.values(files)) {
      const lines = text.split('\n').filter((line) => line.includes(" from './"));
      expect(lines.filter((line) => !/^(?:import|export) type /.test(line))).toEqual([]);
    }
  });

  it('checks compiled schemas away from the compiler, and everything else with it', () => {
    const unchecked = Object.keys(files).filter((file) => files[file]?.includes('@ts-nocheck'));
    expect(unchecked).toEqual(['out/desk/login-validators.ts', 'out/desk/validators.ts']);
  });

  it('lets callers leave out what the client fills, and nothing else', () => {
    const program = `
      import type { components, operations, paths } from './types.ts';
      import { operations as facts } from './operations.ts';
      import { validators } from './validators.ts';
      import { validators as loginValidators } from './login-validators.ts';

      type Body<Id extends 'openSession'> = operations[Id]['requestBody']['content']['application/json'];
      type Asked<Id extends keyof operations> = Pick<operations[Id], 'requestBody'>;
      type Answer = operations['listThings']['responses'][200];
      export const fine: unknown[] = [
        facts, validators, loginValidators,
        { user: 'ada' } satisfies Body<'openSession'>,
        { user: 'ada', desk: 'x', note: null } satisfies Body<'openSession'>,
        {} satisfies components['schemas']['Prolong'],
        {} satisfies Asked<'prolongSession'>,
        { query: {} } satisfies operations['listThings']['parameters'],
        {} satisfies operations['listThings']['parameters'],
        {} satisfies operations['openSession']['parameters'],
        { query: { filter: { state: 'here' } } } satisfies operations['listThings']['parameters'],
        {} satisfies components['schemas']['Nothing'],
        { id: 1, state: 'lent', due: null } satisfies components['schemas']['Thing'],
        { id: 1, state: null } satisfies components['schemas']['Thing'],
        { 'X-Total': 1 } satisfies Answer['headers'],
        {} as paths['/things']['get'],
      ];
      export const wrong: unknown[] = [
        // @ts-expect-error a required field that the client does not fill
        {} satisfies Body<'openSession'>,
        // @ts-expect-error the body holds such a field
        {} satisfies Asked<'openSession'>,
        // @ts-expect-error required
        { state: 'lent' } satisfies components['schemas']['Thing'],
        // @ts-expect-error not in the list
        { id: 1, state: 'lost' } satisfies components['schemas']['Thing'],
        // @ts-expect-error of the wrong type; the operation's parameter replaces the path's
        { query: { limit: 'many' } } satisfies operations['listThings']['parameters'],
        // @ts-expect-error a path parameter
        {} satisfies operations['putThing']['parameters'],
        // @ts-expect-error a required header of the answer
        {} satisfies Answer['headers'],
        // @ts-expect-error an object that is always empty
        { more: 1 } satisfies components['schemas']['Nothing'],
        // @ts-expect-error required in the answer
        {} satisfies components['schemas']['Session'],
      ];
    `;
    const names = Object.keys(files).map((file) => join(scratch.out, '..', file));
    expect(compilerMessages(names, [], new Map([[join(scratch.out, 'desk/program.ts'), program]]))).toEqual([]);
  });
});

describe('validators', () => {
  const thing = { id: 1, state: 'here' };

  it.each([
    ['a documented body', { user: 'ada', desk: 'north', note: null }, true],
    ['a text where null is allowed too', { user: 'ada', desk: 'north', note: 'x' }, true],
    ['a number where text or null is allowed', { user: 'ada', desk: 'north', note: 1 }, false],
    ['a body without what the client fills: the wire needs it', { user: 'ada' }, false],
    ['a body without a required field', { desk: 'north' }, false],
    ['a text that is too short', { user: 'a', desk: 'north' }, false],
    ['a number in a JSON body where text is documented', { user: 12, desk: 'north' }, false],
  ])('judge a request body: %s', async (_name, body, isValid) => {
    const { openSession } = await loadValidators();
    expect(openSession?.body?.required).toBe(true);
    expect(openSession?.body?.content['application/json']?.(body)).toBe(isValid);
  });

  it.each([
    ['a list of documented things', [thing, { ...thing, due: null, parent: thing }], true],
    ['a time that is none: formats are remarks', [{ ...thing, due: 'soon' }], true],
    ['an enum value of null', [{ ...thing, state: null }], true],
    ['a word that is not in the enum', [{ ...thing, state: 'lost' }], false],
    ['a mistake inside a recursive schema', [{ ...thing, parent: { ...thing, parent: { id: 'x' } } }], false],
    ['an answer that is no list', thing, false],
    ['a fraction where an integer is documented', [{ ...thing, id: 1.5 }], false],
    ['an unknown field', [{ ...thing, colour: 'red' }], true],
  ])('judge an answer: %s', async (_name, body, isValid) => {
    const { listThings } = await loadValidators();
    expect(listThings?.responses['200']?.content['application/json']?.(body)).toBe(isValid);
  });

  it('judge an answer by alternatives, with and without further fields', async () => {
    const refusal = (await loadValidators()).listThings?.responses['4XX']?.content['application/json'];
    expect([{ reason: 'x' }, { reason: 7 }, thing].map((body) => refusal?.(body))).toEqual([true, true, true]);
    expect([{ reason: null }, { reason: 'x', more: 1 }, {}].map((body) => refusal?.(body))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('say where and what is wrong', async () => {
    const check = (await loadValidators()).listThings?.responses['200']?.content['application/json'];
    expect(check?.([thing, { ...thing, id: 'x' }])).toBe(false);
    expect(check?.errors?.[0]).toMatchObject({ instancePath: '/1/id', keyword: 'type', params: { type: 'integer' } });
  });

  it('turn the text of parameters into the documented type', async () => {
    const query = (await loadValidators()).listThings?.parameters.query;
    const sent = { limit: '5', open: 'true', tag: '7', desk: 'north' };
    expect(query?.(sent)).toBe(true);
    expect(sent).toEqual({ limit: 5, open: true, tag: [7], desk: 'north' });
    const refused = [{ limit: '101' }, { limit: 'many' }, { open: 'yes' }, { tag: ['1', 'x'] }];
    expect(refused.map((each) => query?.({ desk: 'north', ...each }))).toEqual([false, false, false, false]);
    expect(query?.({ limit: '5' })).toBe(false);
    expect((await loadValidators()).putThing?.parameters.path?.({ id: '5' })).toBe(true);
  });

  it('do not hold a schema against a parameter that is spread over several names', async () => {
    const putThing = (await loadValidators()).putThing;
    expect(putThing?.parameters.query?.({ 'mode[fast]': 'true' })).toBe(true);
    expect(putThing?.known.query).toEqual(['mode']);
  });

  it('take header names in lower case, from the path and from the operation', async () => {
    const { listThings, openSession } = await loadValidators();
    expect(openSession?.parameters.header?.({ 'x-key': 'k' })).toBe(true);
    expect(openSession?.parameters.header?.({})).toBe(false);
    expect(listThings?.parameters.header?.({ trace: '12345' })).toBe(false);
    const answer = listThings?.responses['200']?.headers;
    expect(
      [
        { 'x-total': '3', 'content-type': 'application/json' },
        { 'x-total': '3', 'x-left': '9' },
      ].map((headers) => answer?.(headers)),
    ).toEqual([true, true]);
    expect([{}, { 'x-total': 'x' }, { 'x-total': '3', 'x-left': '' }].map((headers) => answer?.(headers))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('take forms as text and JSON as it is', async () => {
    const body = (await loadValidators()).putThing?.body;
    expect(body?.required).toBe(false);
    expect(body?.content['application/x-www-form-urlencoded']?.({ count: '3' })).toBe(true);
    expect(body?.content['application/x-www-form-urlencoded']?.({ count: 'x' })).toBe(false);
    expect(body?.content['application/x-www-form-urlencoded']?.({ count: '3', more: 'x' })).toBe(false);
    expect(body?.content['application/json']?.({ id: '3', state: 'here' })).toBe(false);
  });

  it('accept anything where nothing is documented, and list what is', async () => {
    const { listThings, putThing } = await loadValidators();
    expect(Object.keys(listThings?.responses ?? {}).sort()).toEqual(['200', '4XX', 'default']);
    const free = listThings?.responses.default?.content;
    expect([free?.['*/*']?.(null), free?.['text/plain']?.('x')]).toEqual([true, true]);
    expect(putThing?.responses['204']).toEqual({ content: {} });
    expect(listThings?.known).toEqual({
      header: ['trace'],
      query: ['limit', 'open', 'tag', 'filter', 'desk'],
      path: [],
      cookie: [],
    });
  });

  it('stand apart for the operations of a session', async () => {
    const all = await loadValidators();
    const ofSession = await loadValidators('login-validators.ts');
    expect(Object.keys(all).sort()).toEqual(
      ['closeSession', 'getHealth', 'listThings', 'openSession', 'prolongSession', 'putThing'].sort(),
    );
    expect(Object.keys(ofSession).sort()).toEqual(['closeSession', 'openSession', 'prolongSession']);
    const token = ofSession.openSession?.responses['200']?.content['application/json'];
    expect([token?.({ token: 'abc' }), token?.({ token: 'xyz' }), token?.({})]).toEqual([true, false, false]);
  });
});

it('reads OpenAPI 3.0, where null and open limits are written in another way, from JSON too', async () => {
  const schema = {
    type: 'object',
    required: ['left'],
    properties: {
      left: { type: 'integer', nullable: true, minimum: 0, exclusiveMinimum: true },
      right: { type: 'integer', maximum: 9, exclusiveMaximum: false },
    },
  };
  const content = { 'application/json': { schema } };
  const post = {
    operationId: 'log-in',
    'x-latchkey-operation': 'login',
    requestBody: { content },
    responses: { 200: { description: 'ok' } },
  };
  const document = { openapi: '3.0.3', info: { title: 'Old', version: '1' }, paths: { '/log-in': { post } } };
  await using old = await createScratch({ 'old.openapi.json': JSON.stringify(document) });
  await generate(old);

  const { 'log-in': login } = await loadValidators('validators.ts', join(old.out, 'old'));
  const bodies = [
    { left: null },
    { left: 1 },
    { left: 1, right: 9 },
    { left: 0 },
    {},
    { left: 1, right: 10 },
    { left: 1, right: null },
  ];
  const check = login?.body?.content['application/json'];
  expect(bodies.map((body) => check?.(body))).toEqual([true, true, true, false, false, false, false]);
});
