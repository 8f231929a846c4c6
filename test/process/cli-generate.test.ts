import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openServer } from '../helpers/local-server.ts';
import { createFolder, ensureBuilt, latchkey, root, run, start } from './built.support.ts';

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
    await program.printed('stdout', 'created second/mine/types.ts');
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

  it('fetches what a WSDL imports from the origins that are allowed, and from no other', async () => {
    await using folder = await createFolder();
    const schema = (inside: string) =>
      `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:far" elementFormDefault="qualified">${inside}</x:schema>`;
    await using other = await openServer((_, response) => void response.end(schema('')));
    await using server = await openServer(({ url }, response) => {
      if (url === '/elsewhere.xsd') response.writeHead(302, { location: `${other.url}/far.xsd` }).end();
      else response.end(schema('<x:complexType name="Far"><x:sequence/></x:complexType>'));
    });
    const importing = (location: string) => async () => {
      const at = `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:import namespace="urn:far" schemaLocation="${location}"/></xsd:schema>`;
      const text = (await ownWsdl()).replace('<wsdl:types>', `<wsdl:types>${at}`);
      await writeFile(join(folder.path, 'a.wsdl'), text);
      return run(latchkey, ['generate', '--wsdl', 'a.wsdl', '--allow-import', server.url, '--json'], {
        cwd: folder.path,
      });
    };
    expect((await importing(`${server.url}/far.xsd`)()).code).toBe(0);
    expect(await readFile(join(folder.path, 'generated/a/types.ts'), 'utf8')).toContain('// with far.xsd sha256 ');

    const elsewhere = await importing(`${other.url}/far.xsd`)();
    const redirected = await importing(`${server.url}/elsewhere.xsd`)();
    for (const { code, stdout } of [elsewhere, redirected]) {
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        code: 'ERR_SPEC',
        message: expect.stringContaining(`${other.url}/far.xsd lies at none of the allowed origins`),
        file: 'a.wsdl',
        line: expect.any(Number),
      });
    }
    expect(other.arrived).toEqual([]);
  });

  it('tells what is odd about a spec on stderr, and as remarks of --json', async () => {
    await using folder = await createFolder();
    const spec = { openapi: '3.1.0', info: { title: 'Odd', version: '1', colour: 'red' }, paths: {} };
    await writeFile(join(folder.path, 'odd.openapi.json'), JSON.stringify(spec));
    const args = ['generate', '--openapi', 'odd.openapi.json'];
    const { stderr } = await run(latchkey, args, { cwd: folder.path });
    expect(stderr).toBe('note: odd.openapi.json:1:56: colour is not expected here (#/info/colour)\n');
    const { stdout } = await run(latchkey, [...args, '--json'], { cwd: folder.path });
    expect(JSON.parse(stdout).remarks).toEqual([stderr.trim().slice('note: '.length)]);
  });

  it('heads each file with how it compiles, and turns linters off in it', async () => {
    await using folder = await createFolder();
    await writeFile(join(folder.path, 'a.wsdl'), await ownWsdl());
    await run(latchkey, ['generate', '--wsdl', 'a.wsdl'], { cwd: folder.path });
    const types = await readFile(join(folder.path, 'generated/a/types.ts'), 'utf8');
    expect(types.split('\n').slice(4, 7)).toEqual([
      ' * Compiles under strict TypeScript with verbatimModuleSyntax and isolatedModules; linters need not read it.',
      ' */',
      '/* eslint-disable */',
    ]);
  });
});
