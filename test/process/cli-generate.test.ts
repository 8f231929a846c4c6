import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createFolder, ensureBuilt, root, run, start } from './built.support.ts';

const latchkey = 'src/cli/main.js';

beforeAll(ensureBuilt, 200_000);
// Generating takes seconds, and other test files run at the same time.
vi.setConfig({ testTimeout: 60_000 });

const ownWsdl = () => readFile(join(root, 'specs/zuora-soap.wsdl'), 'utf8');

describe('latchkey generate --watch', () => {
  it('generates again whenever a spec changes, goes on after a broken one, and ends at Ctrl-C', async () => {
    await using folder = await createFolder();
    const text = await ownWsdl();
    const spec = join(folder.path, 'tenant.wsdl');
    const types = join(folder.path, 'generated/tenant/types.ts');
    await writeFile(spec, text);
    await using program = start(latchkey, ['generate', '--watch', '--wsdl', 'tenant.wsdl'], { cwd: folder.path });

    await program.printed('stdout', '2 files of 1 system: 2 changed');
    await writeFile(spec, text.replace('name="AccountNumber"', 'name="AccountCode"'));
    await program.printed('stdout', 'updated generated/tenant/types.ts');
    expect(await readFile(types, 'utf8')).toContain('AccountCode');

    await writeFile(spec, '<definitions>');
    await program.printed('stderr', 'tenant.wsdl:1:');
    expect(await readFile(types, 'utf8')).toContain('AccountCode');

    await writeFile(spec, text.replace('name="AccountNumber"', 'name="AccountThird"'));
    await expect.poll(() => readFile(types, 'utf8'), { timeout: 30_000 }).toContain('AccountThird');
    program.signal('SIGINT');
    expect((await program.finished).code).toBe(130);
  });

  it('reads its configuration again too', async () => {
    await using folder = await createFolder();
    const config = join(folder.path, 'latchkey.config.json');
    await writeFile(join(folder.path, 'tenant.wsdl'), await ownWsdl());
    await writeFile(config, JSON.stringify({ out: 'first', specs: [{ wsdl: 'tenant.wsdl' }] }));
    await using program = start(latchkey, ['generate', '--watch'], { cwd: folder.path });
    await program.printed('stdout', 'created ');
    await writeFile(config, JSON.stringify({ out: 'second', specs: [{ wsdl: 'tenant.wsdl', system: 'mine' }] }));
    await program.printed('stdout', `created ${join(folder.path, 'second/mine/types.ts')}`);
  });

  it.each([
    ['--json', '{'],
    ['--check', '--watch goes on and on'],
  ])('cannot be combined with %s', async (flag, printed) => {
    const { code, stdout, stderr } = await run(latchkey, ['generate', '--watch', flag]);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(printed);
  });

  it('ends with 2 when there is nothing to watch', async () => {
    await using folder = await createFolder();
    const { code, stderr } = await run(latchkey, ['generate', '--watch', '--specs', folder.path]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('no spec in')]);
  });
});

describe('latchkey generate', () => {
  it('takes specs by name, and tells when a large one begins', async () => {
    await using folder = await createFolder();
    const padding = `<!-- ${'x'.repeat(2 ** 20)} -->`;
    await writeFile(
      join(folder.path, 'large.xml'),
      (await ownWsdl()).replace('<wsdl:types>', `<wsdl:types>${padding}`),
    );
    const args = ['generate', '--wsdl', join(folder.path, 'large.xml'), '--out', join(folder.path, 'out')];
    const { code, stdout, stderr } = await run(latchkey, args);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^large: generating from \S+large\.xml \(1\.\d MB\)\n$/),
    });
    expect(stdout).toContain('2 files of 1 system: 2 changed');
  });

  it('says what is wrong with a configuration, and ends with 2', async () => {
    await using folder = await createFolder();
    const config = join(folder.path, 'c.json');
    await writeFile(config, '{"specs": [{"wsld": "a.wsdl"}]}');
    const { code, stdout } = await run(latchkey, ['generate', '--config', config, '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      code: 'ERR_USAGE',
      message: expect.stringContaining(`${config}: #/specs/0 has no "wsld"; it may have system, openapi, wsdl`),
    });
    expect(code).toBe(2);
  });
});
