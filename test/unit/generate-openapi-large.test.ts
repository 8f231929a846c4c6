import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import type { OperationValidators } from '../../generated/pulse-crm/validators.ts';
import { generateOpenApi } from '../../scripts/generate/openapi/index.ts';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { fixture, loadGenerated, projectFolder, replaced } from './generate-openapi.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const marker = 'when they are first used';

/** The fixture with so many more schemas that all of them are in use. */
function swollen(schemas: number): string {
  const parts = Array.from({ length: schemas }, (_, index) => `{ $ref: "#/components/schemas/Filler${index}" }`);
  const fillers = Array.from(
    { length: schemas },
    (_, index) =>
      `    Filler${index}: { type: object, properties: { ${Array.from(
        { length: 10 },
        (__, field) => `f${field}: { type: string, maxLength: ${index + field} }`,
      ).join(', ')} } }\n`,
  );
  const used = replaced(
    fixture,
    'responses:\n        "200": { description: Up }',
    `responses:\n        "200": { description: Up, content: { application/json: { schema: { anyOf: [${parts.join(', ')}] } } } }`,
  );
  return used + fillers.join('');
}

async function generated(spec: string): Promise<ReadonlyMap<string, string>> {
  const input = { specFile: 'desk.yaml', path: 'specs/desk.yaml', text: spec, command: 'x', toolVersion: '0.0.0' };
  return await generateOpenApi(input);
}

async function validatorsOf(
  files: ReadonlyMap<string, string>,
): Promise<Readonly<Record<string, OperationValidators>>> {
  return (await loadGenerated(files, 'validators.ts')).validators as Readonly<Record<string, OperationValidators>>; // as declared
}

it('has the schemas of a large document compiled where they are used, with the same judgement', async () => {
  const small = await generated(fixture);
  const large = await generated(swollen(200));
  expect(small.get('validators.ts')).not.toContain(marker);
  expect(large.get('validators.ts')).toContain(marker);
  // What a login needs stays as it is: it must not ask for a compiler in a user's program.
  expect(large.get('login-validators.ts')?.split('*/')[1]).toBe(small.get('login-validators.ts')?.split('*/')[1]);

  const [before, after] = [await validatorsOf(small), await validatorsOf(large)];
  expect(Object.keys(after)).toEqual(Object.keys(before));
  const thing = { id: 1, state: 'here' };
  const values = [thing, { ...thing, due: null, parent: thing }, { ...thing, state: 'lost' }, { id: 'x' }, null, 'x'];
  for (const value of values) {
    const judge = (validators: Readonly<Record<string, OperationValidators>>) => {
      const check = validators.putThing?.body?.content['application/json'];
      const isValid = check?.(value);
      // Where the schema stands differs: a schema compiled on its own is a root.
      return [isValid, check?.errors?.map(({ schemaPath: _differs, ...rest }) => rest)];
    };
    expect(judge(after)).toEqual(judge(before));
  }
  const sent = { limit: '5', open: 'true', tag: '7', desk: 'north' };
  expect(after.listThings?.parameters.query?.(sent)).toBe(true);
  expect(sent).toEqual({ limit: 5, open: true, tag: [7], desk: 'north' });
  const form = after.putThing?.body?.content['application/x-www-form-urlencoded'];
  expect([{ count: '3' }, { count: '3', more: 'x' }].map((value) => form?.(value))).toEqual([true, false]);
  const health = after.getHealth?.responses['200']?.content['application/json'];
  expect([199, 200].map((length) => health?.({ f0: 'x'.repeat(length) }))).toEqual([true, false]);
});

it('turns text into the documented type through references too', async () => {
  const plain = replaced(swollen(200), 'unevaluatedProperties: false', 'minProperties: 1');
  const count = 'properties: { count: { $ref: "#/components/schemas/Whole" } }';
  const spec = `${replaced(plain, 'properties: { count: { type: integer } }', count)}    Whole: { type: integer, maximum: 9 }\n`;
  const files = await generated(spec);
  expect(files.get('validators.ts')).toContain('"isValid":"Whole_text"');
  const form = (await validatorsOf(files)).putThing?.body?.content['application/x-www-form-urlencoded'];
  const sent = { count: '3' };
  expect(form?.(sent)).toBe(true);
  expect(sent).toEqual({ count: 3 });
  expect([{ count: '10' }, { count: 'x' }].map((value) => form?.(value))).toEqual([false, false]);
  expect(form?.errors).toMatchObject([{ instancePath: '/count', keyword: 'type', params: { type: 'integer' } }]);
});

it('judges by schemas that refer to each other deeper than a stack is', async () => {
  const deep = 3_000;
  const schemas = Array.from({ length: deep }, (_, index) => {
    const next = `{ $ref: "#/components/schemas/Step${Math.min(index + 1, deep - 1)}" }`;
    return `    Step${index}: { type: object, properties: { next: ${next}, at: { const: ${index} } } }\n`;
  });
  const spec = `${fixture.replace('"200": { description: Up }', '"200": { description: Up, content: { application/json: { schema: { $ref: "#/components/schemas/Step0" } } } }')}${schemas.join('')}`;
  const { getHealth } = await validatorsOf(await generated(spec));
  const check = getHealth?.responses['200']?.content['application/json'];
  expect(check?.({ at: 0, next: { at: 1, next: { at: 2 } } })).toBe(true);
  expect(check?.({ at: 0, next: { at: 1, next: { at: 3 } } })).toBe(false);
  expect(check?.errors).toMatchObject([
    { instancePath: '/next/next/at', keyword: 'const', params: { allowedValue: 2 } },
  ]);
});

it('refuses a regular expression that is none in a large document too, with its place', async () => {
  const spec = replaced(swollen(200), 'pattern: "^[a-f]+$"', 'pattern: "^[a-f+$"')
    .replace('x-latchkey-operation: login', 'x-latchkey-operation: verify')
    .replace('x-latchkey-operation: renew', 'x-latchkey-operation: login');
  const error = await generated(spec).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SpecError);
  expect((error as SpecError).message).toMatch(/schema cannot be compiled: .*regular expression.*schemas\/Session/i);
});

it('loads no code for OpenAPI to generate from a WSDL', async () => {
  const script = `
    import { createRequire } from 'node:module';
    import { generate } from '${join(projectFolder, 'scripts/generate/index.ts')}';
    const { files } = await generate({ specs: '${join(projectFolder, 'specs/zuora-soap.wsdl')}', out: '${join(projectFolder, 'generated')}', check: true });
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    // esbuild is that of tsx, which runs this.
    const heavy = loaded.filter((path) => /node_modules.(?:typescript|ajv|@redocly|swagger2openapi|yaml)./.test(path));
    process.stdout.write(JSON.stringify({ files: files.length, heavy }));
  `;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect({ complaints, heavy: JSON.parse(said).heavy }).toEqual({ complaints: '', heavy: [] });
  expect(JSON.parse(said).files).toBeGreaterThan(1);
});
