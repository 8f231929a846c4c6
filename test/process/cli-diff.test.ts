import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { got, sent, wsdl } from '../unit/diff.support.ts';
import { createFolder, ensureBuilt, latchkey, run } from './built.support.ts';

const text = { type: 'string' };

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

async function compare(old: string, next: string, ...options: string[]) {
  await using folder = await createFolder();
  const files = [join(folder.path, 'old.spec'), join(folder.path, 'new.spec')];
  for (const [index, content] of [old, next].entries()) await writeFile(files[index] ?? '', content);
  return await run(latchkey, ['diff', ...files, ...options]);
}

describe('latchkey diff', () => {
  it('ends with 0 and says so when nothing changed', async () => {
    expect(await compare(got(text), got(text))).toMatchObject({ code: 0, stdout: 'No changes.\n', stderr: '' });
    expect(await compare(wsdl(), wsdl())).toMatchObject({ code: 0, stdout: 'No changes.\n', stderr: '' });
  });

  it('ends with 7 for a breaking change, the table on stdout and the verdict on stderr', async () => {
    const { code, stdout, stderr } = await compare(sent(text), sent({ type: 'integer' }));
    expect(code).toBe(7);
    expect(stdout).toContain(
      'Breaking for callers\n  In requests, the request body of POST /pets is now `integer`; it was `string`.',
    );
    expect(stderr).toBe('1 change: 1 breaking for callers. Suggested version: major.\n');
  });

  it('prints one JSON document', async () => {
    const { code, stdout, stderr } = await compare(wsdl(), wsdl({ request: '' }), '--json');
    expect({ code, stderr }).toEqual({ code: 7, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'ERR_BREAKING_CHANGE',
      message: '1 change: 1 breaking for callers. Suggested version: major.',
      old: expect.stringMatching(/old\.spec$/),
      new: expect.stringMatching(/new\.spec$/),
      bump: 'major',
      counts: { 'breaking-callers': 1, 'breaking-readers': 0, additive: 0, documentation: 0 },
      changes: [{ rule: 'field-removed', kind: 'breaking-callers', side: 'old', line: expect.any(Number) }],
    });
  });

  it('prints Markdown', async () => {
    const { code, stdout } = await compare(got({}), got(text), '--markdown');
    expect(code).toBe(0);
    expect(stdout).toContain('### Additive\n\n| change | place | line |\n|---|---|---|\n');
  });

  it.each([
    ['breaking', got(text), got({}), 7],
    ['breaking', got({}), got(text), 0],
    ['additive', got({}), got(text), 7],
    ['additive', got(text), got({ ...text, title: 'A' }), 0],
    ['documentation', got(text), got({ ...text, title: 'A' }), 7],
    ['documentation', got(text), got(text), 0],
    ['never', got(text), got({ type: 'integer' }), 0],
  ])('with --fail-on %s ends as asked', async (kind, old, next, code) => {
    expect((await compare(old, next, '--fail-on', kind)).code).toBe(code);
  });

  it.each([
    ['broken YAML', got(text), 'openapi: ['],
    ['an unresolvable $ref', got({ $ref: '#/components/schemas/A' }), got(text)],
    ['a DOCTYPE', wsdl(), `<!DOCTYPE a>${wsdl()}`],
    ['an empty file', '', got(text)],
    ['one OpenAPI document and one WSDL', got(text), wsdl()],
    ['a null byte', got(text), '\u0000openapi'],
  ])('ends with 1 for %s, never with a clean report', async (_, old, next) => {
    const plain = await compare(old, next, '--fail-on', 'never');
    expect(plain).toMatchObject({ code: 1, stdout: '' });
    expect(plain.stderr.trim().split('\n')).toHaveLength(1);
    const { code, stdout } = await compare(old, next, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'ERR_SPEC', file: expect.stringMatching(/\.spec$/) });
  });

  it.each([
    ['a file that is not there', ['diff', '/nowhere/a', '/nowhere/b'], 'cannot read /nowhere/a: there is no such file'],
    ['a folder', ['diff', '/', '/nowhere/b'], 'cannot read /: it is a folder'],
    ['one file only', ['diff', 'package.json'], "missing required argument 'new'"],
    ['an unknown kind', ['diff', 'a', 'b', '--fail-on', 'some'], 'Allowed choices'],
  ])('ends with 2 for %s, and says why', async (_, args, word) => {
    expect(await run(latchkey, args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(word) });
  });
});
