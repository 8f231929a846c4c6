import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate, SpecError, UsageError } from '../../scripts/generate/index.ts';
import { createScratch, fixture, lineOf, replaced } from './generate-openapi.support.ts';

const changed = (search: string, by: string) => replaced(fixture, search, by);
const at = (text: string, needle: string) => ({ text, line: lineOf(text, needle) });

const badSpecs: Record<string, { text: string | Uint8Array; line?: number; says: RegExp }> = {
  'a bracket that is never closed': {
    ...at(changed('state: { enum: [here, lent, null] }', 'state: { enum: [here, lent'), 'due:'),
    says: /not well-formed YAML/,
  },
  'JSON without its comma': {
    text: '{"openapi": "3.1.0"\n  "info": {}}',
    line: 2,
    says: /not well-formed JSON, nor YAML: /,
  },
  'a key given twice': {
    ...at(`${fixture}info: { title: Again, version: '2' }\n`, "version: '2'"),
    says: /not well-formed YAML: duplicated mapping key/,
  },
  'a reference to nothing': {
    ...at(changed('parent: { $ref: ', "parent: { $ref: '#/components/schemas/Nope' } #"), 'schemas/Nope'),
    says: /unresolved \$ref #\/components\/schemas\/Nope \(#\/components\/schemas\/Thing\/properties\/parent\)$/,
  },
  'a reference to the network': {
    ...at(changed('parent: { $ref: ', "parent: { $ref: 'http://127.0.0.1:9/x.yaml' } #"), '127.0.0.1'),
    says: /unresolved \$ref http:\/\/127\.0\.0\.1:9\/x\.yaml: it leads to the network/,
  },
  'references in a ring': {
    ...at(changed('parent: { $ref: ', "parent: { $ref: '#/components/schemas/Thing/properties/parent' } #"), 'parent:'),
    says: /\$ref .* leads back to itself \(#\/components\/schemas\/Thing\/properties\/parent\)$/,
  },
  'a text that is no document': {
    text: 'hello',
    line: 1,
    says: /not an OpenAPI 3\.0, 3\.1 or 3\.2 document, nor Swagger 2\.0/,
  },
  'an empty file': { text: '', line: 1, says: /not an OpenAPI 3\.0, 3\.1 or 3\.2 document, nor Swagger 2\.0/ },
  'a Swagger document of an older edition': {
    text: "swagger: '1.2'\ninfo: {}\npaths: {}\n",
    line: 1,
    says: /nor Swagger 2\.0: it says Swagger 1\.2/,
  },
  'bytes that are not UTF-8': { text: Uint8Array.of(0x6f, 0xff, 0x70), says: /not UTF-8/ },
  'a path that is no object': {
    ...at(`${changed('paths:\n', 'paths:\n  /odd: 5\n')}`, '/odd'),
    says: /expected PathItem \(object\), found integer \(#\/paths\/~1odd\)$/,
  },
  'no login operation': {
    ...at(changed('x-latchkey-operation: login', 'x-latchkey-operation: verify'), 'paths:'),
    says: /no login operation/,
  },
  'two login operations': {
    ...at(changed('x-latchkey-operation: renew', 'x-latchkey-operation: login'), 'patch:'),
    says: /second login operation, after POST \/session \(#\/paths\/~1session\/patch\)$/,
  },
  'a role that does not exist': {
    ...at(changed('x-latchkey-operation: renew', 'x-latchkey-operation: refresh'), 'x-latchkey-operation: refresh'),
    says: /x-latchkey-operation must be one of login, renew, verify, end/,
  },
  'an id used twice': {
    text: changed('operationId: getHealth', 'operationId: putThing'),
    line: lineOf(fixture, 'operationId: getHealth'),
    says: /operationId putThing is already that of PUT \/things\/\{id\} \(#\/paths\/~1health\/get\/operationId\)$/,
  },
  'an unknown word for what the client fills': {
    ...at(
      changed('name: desk, x-latchkey-session: secret', 'name: desk, x-latchkey-session: cookie'),
      'session: cookie',
    ),
    says: /x-latchkey-session must be one of secret, app, account, credentials/,
  },
  'a mark in an answer': {
    ...at(
      changed('token: { type: string, pattern', 'token: { x-latchkey-session: secret, type: string, pattern'),
      'a-f',
    ),
    says: /x-latchkey-session has no effect here/,
  },
  'a marked header that OpenAPI ignores': {
    ...at(changed('name: X-Key', 'name: authorization'), 'name: authorization'),
    says: /OpenAPI ignores this header parameter; describe it as a security scheme/,
  },
  'a marked path parameter': {
    ...at(changed('in: path, required: true', 'in: path, required: true, x-latchkey-session: app'), 'in: path'),
    says: /the client can fill header, query, cookie and body, not path/,
  },
  'a security scheme that does not exist': {
    ...at(changed('security: [{ deskToken: [] }]', 'security: [{ deskTokens: [] }]'), 'deskTokens'),
    says: /no security scheme is called deskTokens/,
  },
  'a pattern that is none': {
    ...at(changed('pattern: "^[a-f]+$"', 'pattern: "^[a-f+$"'), 'Session:'),
    says: /schema cannot be compiled: .*regular expression/i,
  },
};

describe('a spec that cannot be generated from', () => {
  it.each(Object.entries(badSpecs))(
    'is refused with one line that says where: %s',
    async (_name, { text, line, says }) => {
      await using scratch = await createScratch({ 'desk.openapi.yaml': text });
      const file = join(scratch.specs, 'desk.openapi.yaml');

      const error = await generate({ specs: scratch.specs, out: scratch.out }).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(SpecError);
      const { message, ...place } = error as SpecError; // just seen to be one
      expect(message).toMatch(says);
      expect(message).not.toContain('\n');
      expect(message.startsWith(line === undefined ? `${file}: ` : `${file}:${line}:`)).toBe(true);
      expect(place).toMatchObject(line === undefined ? { file } : { file, line });
      expect(await scratch.read()).toEqual({});
    },
  );

  it('leaves everything generated before as it was, also for the specs that are good', async () => {
    await using scratch = await createScratch({ 'a-good.openapi.yaml': fixture, 'desk.openapi.yaml': fixture });
    await generate(scratch);
    const before = await scratch.read();
    await scratch.write('specs/a-good.openapi.yaml', changed('Lending desk', 'Other desk'));
    await scratch.write('specs/desk.openapi.yaml', changed('x-latchkey-operation: login', 'summary: none'));

    await expect(generate(scratch)).rejects.toThrow(SpecError);

    expect(await scratch.read()).toEqual(before);
  });
});

describe('checking', () => {
  it('is content with what was just generated', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
    await generate(scratch);
    const before = await scratch.read();

    const result = await generate({ ...scratch, check: true });

    expect(result.ok).toBe(true);
    expect(result.files.map(({ file }) => `out/${file}`).sort()).toEqual(Object.keys(before).sort());
    expect(await scratch.read()).toEqual(before);
  });

  it('names each stale file, its spec and the reason, and writes nothing', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture, 'gone.openapi.yaml': fixture });
    await generate(scratch);
    const generated = await scratch.read();
    await scratch.write('out/desk/types.ts', `${generated['out/desk/types.ts']} `);
    await scratch.write('out/desk/stray.ts', '');
    await scratch.write('out/notes/mine.ts', '// written by hand\n');
    await rm(join(scratch.out, 'desk/operations.ts'));
    await rm(join(scratch.specs, 'gone.openapi.yaml'));
    const before = await scratch.read();

    const result = await generate({ ...scratch, check: true });

    const spec = join(scratch.specs, 'desk.openapi.yaml');
    const stale = result.files.filter(({ state }) => state !== 'same');
    expect(result.ok).toBe(false);
    expect(stale.filter(({ system }) => system === 'desk')).toEqual([
      { file: 'desk/operations.ts', system: 'desk', spec, state: 'missing' },
      { file: 'desk/types.ts', system: 'desk', spec, state: 'different' },
      { file: 'desk/stray.ts', system: 'desk', spec, state: 'extra' },
    ]);
    const leftovers = Object.keys(generated).filter((file) => file.startsWith('out/gone/'));
    expect(stale.filter(({ system }) => system === 'gone')).toEqual(
      leftovers.map((file) => ({ file: file.slice('out/'.length), system: 'gone', spec: null, state: 'extra' })),
    );
    expect(stale.some(({ system }) => system === 'notes')).toBe(false);
    expect(await scratch.read()).toEqual(before);
  });

  it('notices one changed character of a spec in every file made from it, and in no other', async () => {
    await using scratch = await createScratch({ 'a.openapi.yaml': fixture, 'b.openapi.yaml': fixture });
    await generate(scratch);
    await scratch.write('specs/b.openapi.yaml', changed('description: Up', 'description: up'));

    const { files } = await generate({ ...scratch, check: true });

    expect(new Set(files.filter(({ system }) => system === 'a').map(({ state }) => state))).toEqual(new Set(['same']));
    expect(new Set(files.filter(({ system }) => system === 'b').map(({ state }) => state))).toEqual(
      new Set(['different']),
    );
  });
});

describe('generating again', () => {
  it('removes what a spec no longer gives and leaves folders of others alone', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
    await generate(scratch);
    const generated = await scratch.read();
    await scratch.write('out/desk/old.ts', generated['out/desk/types.ts'] ?? '');
    await scratch.write('out/gone/types.ts', generated['out/desk/types.ts'] ?? '');
    await scratch.write('out/notes/mine.ts', '// written by hand\n');

    await generate(scratch);

    expect(await scratch.read()).toEqual({ ...generated, 'out/notes/mine.ts': '// written by hand\n' });
  });

  it('never removes a file that it did not write', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
    await scratch.write('out/desk/mine.ts', '// written by hand\n');

    await expect(generate(scratch)).rejects.toThrow(/mine\.ts was not written by the generator/);

    expect(await scratch.read()).toEqual({ 'out/desk/mine.ts': '// written by hand\n' });
  });

  it('looks at one system only when asked to', async () => {
    await using scratch = await createScratch({ 'a.openapi.yaml': fixture, 'b.openapi.yaml': 'broken: [' });

    const { files } = await generate({ ...scratch, only: 'a' });

    expect(new Set(files.map(({ system }) => system))).toEqual(new Set(['a']));
    expect(Object.keys(await scratch.read()).every((file) => file.startsWith('out/a/'))).toBe(true);
    await expect(generate({ ...scratch, only: 'c' })).rejects.toThrow(UsageError);
  });
});
