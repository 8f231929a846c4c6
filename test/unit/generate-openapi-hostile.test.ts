import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { generate, SpecError } from '../../scripts/generate/index.ts';
import { createScratch, replaced, type Scratch } from './generate-openapi.support.ts';

// One of them writes 100 MB.
vi.setConfig({ testTimeout: 60_000 });

const start = "openapi: 3.1.0\ninfo: { title: Desk, version: '1' }\n";
const operation = `paths:
  /things: { get: { operationId: listThings, responses: { '200': { description: Things } } } }
`;
const good = start + operation;
const deep = 10_000;

/** Ten thousand schemas, each the property of the one before. */
function deepJson(): string {
  const schema = `${'{"type":"object","properties":{"a":'.repeat(deep)}{}${'}}'.repeat(deep)}`;
  return `{"openapi":"3.1.0","info":{"title":"Desk","version":"1"},"paths":{},"components":{"schemas":{"A":${schema}}}}`;
}

const laughs = Array.from({ length: 9 }, (_, level) => {
  const part = level === 0 ? 'ha' : `*l${level - 1}`;
  return `  x-l${level}: &l${level} [${Array.from({ length: 10 }, () => part).join(', ')}]\n`;
}).join('');

const refused: Record<string, { text: string; says: RegExp }> = {
  'a billion laughs': {
    text: `${good}x-laughs:\n${laughs}`,
    says: /repeated parts \(YAML anchors\) come to \d+ values/,
  },
  'a billion laughs in schemas': {
    text: `${good}components:\n  schemas:\n${Array.from({ length: 9 }, (_, level) => {
      const part = level === 0 ? '{ type: string }' : `*s${level - 1}`;
      const list = Array.from({ length: 10 }, () => part).join(', ');
      return `    S${level}: &s${level} { anyOf: [${list}] }\n`;
    }).join('')}`,
    says: /repeated parts \(YAML anchors\) come to \d+ values/,
  },
  'an anchor that holds itself': { text: `${good}x-ring: &ring [*ring]\n`, says: /a part holds itself/ },
  'ten thousand levels of flow': {
    text: `${good}x-deep: ${'['.repeat(deep)}${']'.repeat(deep)}\n`,
    says: /nesting exceeded/,
  },
  'ten thousand levels of blocks': {
    text: `${good}x-deep:\n${Array.from({ length: 2_000 }, (_, level) => `${' '.repeat(level + 1)}a:\n`).join('')}`,
    says: /nesting exceeded/,
  },
  'ten thousand levels of JSON': { text: deepJson(), says: /nested more than 200 levels deep/ },
  'ten thousand levels of broken JSON': { text: deepJson().slice(0, -3), says: /nested|not well-formed/ },
  'references in a ring of many': {
    text: `${good}components:\n  schemas:\n${Array.from(
      { length: deep },
      (_, index) => `    S${index}: { $ref: '#/components/schemas/S${(index + 1) % deep}' }\n`,
    ).join('')}`,
    says: /leads to nothing but references, 100 of them/,
  },
  'a reference out of the folder': {
    text: `${good}components: { schemas: { A: { $ref: '../../../../../../etc/passwd.yaml' } } }\n`,
    says: /it leaves the folder of the spec/,
  },
  'bytes in base64': { text: `${good}x-bytes: !!binary AAAA\n`, says: /holds what JSON cannot: Uint8Array|Buffer/ },
  'a number that is none': { text: `${good}x-none: .nan\n`, says: /holds what JSON cannot: NaN/ },
  'a name given twice in JSON': {
    text: `{"openapi":"3.1.0","info":{"title":"Desk","version":"1"},\n"paths":{},"pa\\u0074hs":{}}`,
    says: /desk\.openapi\.yaml:2:12: not well-formed JSON: the name paths is given twice/,
  },
  'a tag that names a function': {
    text: `${good}x-run: !!js/function 'function () { throw 1 }'\n`,
    says: /unknown tag/,
  },
};

async function attempt(scratch: Scratch): Promise<unknown> {
  return await generate({ specs: scratch.specs, out: scratch.out }).catch((thrown: unknown) => thrown);
}

describe('a hostile spec', () => {
  it.each(Object.entries(refused))('gives one message and leaves the old output: %s', async (_name, { text, says }) => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': good });
    await generate(scratch);
    const before = await scratch.read();
    await scratch.write('specs/desk.openapi.yaml', text);

    const error = await attempt(scratch);

    expect(error).toBeInstanceOf(SpecError);
    expect((error as SpecError).message).toMatch(says);
    expect((error as SpecError).message).not.toContain('\n');
    expect((error as SpecError).message.length).toBeLessThan(500);
    expect(await scratch.read()).toEqual(before);
  });

  it.each(['yaml', 'json'])('is refused for its size before it is parsed: 100 MB of %s', async (kind) => {
    const unit = kind === 'yaml' ? 'x-filler: "filler"\n' : '"x-filler": "filler",';
    const body = Buffer.from(unit.repeat(Math.ceil(100_000_000 / unit.length)));
    await using scratch = await createScratch({ [`desk.openapi.${kind}`]: body });
    const error = await attempt(scratch);
    expect(error).toBeInstanceOf(SpecError);
    expect((error as SpecError).message).toMatch(/too large: \d+ MiB of text, at most 64 are read/);
    expect(await scratch.read()).toEqual({});
  });

  it('may lead to one part in more ways than can be counted', async () => {
    const levels = 60;
    const parts = Array.from({ length: levels }, (_, index) => {
      const next = `{ $ref: '#/components/schemas/S${index + 1}' }`;
      return `    S${index}: { allOf: [${next}, ${next}], oneOf: [${next}, ${next}] }\n`;
    });
    const first = "{ $ref: '#/components/schemas/S0' }";
    const marked = '{ type: object, properties: { token: { type: string, x-latchkey-session: secret } } }';
    const spec = `${start}paths:
  /things:
    post:
      operationId: open
      x-latchkey-operation: login
      parameters: [{ name: q, in: query, schema: ${first} }]
      requestBody: { content: { application/json: { schema: ${first} } } }
      responses: { '200': { description: Things } }
components:\n  schemas:\n${parts.join('')}    S${levels}: ${marked}\n`;
    await using scratch = await createScratch({ 'desk.openapi.yaml': spec });
    expect(await attempt(scratch)).toMatchObject({ ok: true });
    expect((await scratch.read())['out/desk/operations.ts']).toContain(
      "{ in: 'body', name: 'token', fills: 'secret' }",
    );
  });

  it('may hold lists of lists of its own kind, and names that combine in many ways are told to be too many', async () => {
    const use = good.replace(
      'description: Things',
      "description: Things, content: { application/json: { schema: { $ref: '#/components/schemas/Any' } } }",
    );
    const any = "oneOf: [{ type: string }, { type: array, items: { $ref: '#/components/schemas/Any' } }]";
    await using fine = await createScratch({
      'desk.openapi.yaml': `${use}components: { schemas: { Any: { ${any} } } }\n`,
    });
    expect(await attempt(fine)).toMatchObject({ ok: true });
    const rings = [2, 3, 5, 7, 11, 13, 17].map((length) =>
      Array.from({ length }, (_, at) => {
        const next = `{ $ref: '#/components/schemas/R${length}_${(at + 1) % length}' }`;
        return `    R${length}_${at}: { type: array, properties: { p${length}_${at}: {} }, items: ${next} }\n`;
      }).join(''),
    );
    const starts = [2, 3, 5, 7, 11, 13, 17].map((length) => `{ $ref: '#/components/schemas/R${length}_0' }`);
    const spec = `${use}components:\n  schemas:\n    Any: { anyOf: [${starts.join(', ')}] }\n${rings.join('')}`;
    await using scratch = await createScratch({ 'desk.openapi.yaml': spec });
    const error = await attempt(scratch);
    expect(error).toBeInstanceOf(SpecError);
    expect((error as SpecError).message).toMatch(/parts of schemas combine in more than 10000 ways/);
  });

  it('cannot make a message of many lines, or one that a terminal obeys', async () => {
    const name = `/a\\n\\u001b[2J\\u202e${'x'.repeat(10_000)}`;
    await using scratch = await createScratch({
      'desk.openapi.json': `{"openapi":"3.1.0","info":{"title":"","version":""},"paths":{"${name}":5}}`.replaceAll(
        '\\\\',
        '\\',
      ),
    });
    const error = await attempt(scratch);
    expect(error).toBeInstanceOf(SpecError);
    const { message, place } = error as SpecError;
    expect(message).toMatch(/^[^\p{Cc}\u202e]{1,2000}$/u);
    expect(message).toContain('expected PathItem (object), found integer (#/paths/~1a [2J');
    expect(place).toContain('x'.repeat(10_000));
  });

  it('may refer from schema to schema ten thousand times', async () => {
    const schemas = Array.from(
      { length: deep },
      (_, index) =>
        `    S${index}: { type: object, properties: { next: { $ref: '#/components/schemas/S${Math.min(index + 1, deep - 1)}' }, text: { type: string, maxLength: ${index} } } }\n`,
    );
    const use = good.replace(
      'description: Things',
      "description: Things, content: { application/json: { schema: { $ref: '#/components/schemas/S0' } } }",
    );
    await using scratch = await createScratch({
      'desk.openapi.yaml': `${use}components:\n  schemas:\n${schemas.join('')}`,
    });
    await generate(scratch);
    const files = await scratch.read();
    expect(files['out/desk/types.ts']).toContain(`S${deep - 1}: {`);
    expect(files['out/desk/names.ts']).toContain(`S${deep - 2}: { fields: { next: 'S${deep - 1}', text: null } }`);
  });
});

const traps = [
  '__proto__',
  'constructor',
  'toString',
  '*/ globalThis.trapped = 1; /*',
  '"); globalThis.trapped = 1; ("',
  "'); globalThis.trapped = 1; ('",
  '`$' + '{globalThis.trapped = 1}`',
  '\\"); globalThis.trapped = 1; //',
  'a\nglobalThis.trapped = 1;//',
  'a\u2028globalThis.trapped = 1;//',
  '</script><script>globalThis.trapped = 1</script>',
];

/** A spec in which everything that has a name is called by a trap, and all that is text says it. */
function trapped(trap: string, index: number): string {
  const schema = {
    type: 'object',
    title: trap,
    description: trap,
    required: [trap],
    properties: JSON.parse(
      `{${JSON.stringify(trap)}:{"type":"string","description":${JSON.stringify(trap)}}}`,
    ) as object,
    patternProperties: { [trap.replaceAll(/[^\w ]/g, '.')]: { enum: [trap], default: trap, examples: [trap] } },
    additionalProperties: { const: trap },
  };
  const text = (value: unknown): string => JSON.stringify(value);
  const named = (value: unknown): string => `{${text(trap)}:${text(value)}}`;
  const content = `{${text(trap)}:{"schema":${text(schema)}},"application/json":{"schema":{"$ref":"#/components/schemas/${
    /^\w+$/.test(trap) ? trap : 'Plain'
  }"}}}`;
  const answer = `{"description":${text(trap)},"headers":${named({ schema: { type: 'string' } })},"content":${content}}`;
  return `{"openapi":"3.1.0","info":{"title":${text(trap)},"version":${text(trap)}},"tags":[{"name":${text(trap)}}],
"paths":{"/a":{"post":{"operationId":${text(trap)},"summary":${text(trap)},"description":${text(trap)},"tags":[${text(trap)}],
"parameters":[${['query', 'header', 'cookie']
    .map((place) => text({ name: trap, in: place, description: trap, schema: { type: 'string', enum: [trap] } }))
    .join(',')}],
"requestBody":{"description":${text(trap)},"content":${content}},"responses":{"200":${answer},"default":${answer}}}},
${text(`/${trap}/${index}`)}:{"get":{"responses":{"200":{"description":"x"}}}}},
"components":{"schemas":{"Plain":${text(schema)},${text(trap)}:${text(schema)}},
"securitySchemes":${named({ type: 'apiKey', in: 'header', name: trap })}}}`;
}

describe('names and texts that look like code', () => {
  it.each(traps.map((trap, index) => [JSON.stringify(trap), trap, index] as const))(
    'stay names and texts: %s',
    async (_shown, trap, index) => {
      await using scratch = await createScratch({ 'desk.openapi.json': trapped(trap, index) });
      const outcome = await attempt(scratch);
      expect(outcome).toMatchObject({ ok: true });
      expect(await readdir(join(scratch.out, '..'))).toEqual(expect.arrayContaining(['out', 'specs']));
      expect(await readdir(scratch.out)).toEqual(['desk']);

      for (const [file, text] of Object.entries(await scratch.read())) {
        const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext) as ts.SourceFile & {
          readonly parseDiagnostics: readonly unknown[];
        };
        expect({ file, faults: source.parseDiagnostics }).toEqual({ file, faults: [] });
        const { outputFiles } = await build({
          entryPoints: [join(scratch.out, '..', file)],
          bundle: true,
          format: 'esm',
          write: false,
          logLevel: 'silent',
        });
        const loaded: Record<string, unknown> = await import(
          /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')}`
        );
        if (!file.endsWith('/validators.ts')) continue;
        const validators = loaded.validators as Record<
          string,
          { responses: Record<string, { content: Record<string, (data: unknown) => boolean> }> }
        >;
        expect(Object.keys(validators)).toContain(trap);
        const check = Object.entries(validators).find(([id]) => id === trap)?.[1].responses['200']?.content;
        expect(check?.['application/json']?.('no object')).toBe(false);
      }
      expect(globalThis).not.toHaveProperty('trapped');
      expect(Object.prototype).not.toHaveProperty('type');
    },
  );

  it('never runs a regular expression of the spec', async () => {
    const text = replaced(
      good,
      'description: Things',
      "description: Things, content: { application/json: { schema: { type: string, pattern: '^(a+)+$', default: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' } } }",
    );
    await using scratch = await createScratch({ 'desk.openapi.yaml': text });
    expect(await attempt(scratch)).toMatchObject({ ok: true });
  });
});
