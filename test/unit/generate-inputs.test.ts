import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GenerateStep, generate, UsageError } from '../../scripts/generate/index.ts';
import { type InputOptions, settleInputs } from '../../scripts/generate/inputs.ts';
import { rejection } from '../helpers/waiting.ts';
import { createScratch, fixture, replaced } from './generate-openapi.support.ts';

const wsdl = 'not looked at';

/** What a configuration comes to: systems and kinds, or the complaint. */
async function settled(config: unknown): Promise<unknown> {
  await using scratch = await createScratch({});
  await scratch.write('latchkey.config.json', typeof config === 'string' ? config : JSON.stringify(config));
  const file = join(scratch.specs, '../latchkey.config.json');
  return settleInputs({ config: file }).then(
    ({ found, out, command }) => ({
      specs: found.files.map(({ kind, system, path }) => [kind, system, path.replace(join(scratch.specs, '..'), '')]),
      isComplete: found.isComplete,
      out: out.replace(join(scratch.specs, '..'), ''),
      command,
    }),
    (error: unknown) => (error instanceof UsageError ? error.message.replace(file, 'FILE') : error),
  );
}

describe('what WSDLs may import', () => {
  const config = {
    specs: [{ wsdl: 'a.wsdl', importRoot: 'xsd', allowImports: ['https://a.test/'] }, { openapi: 'b.yaml' }],
  };

  it('is said for each in the configuration, or for all beside it', async () => {
    await using scratch = await createScratch({});
    await scratch.write('c.json', JSON.stringify(config));
    const folder = join(scratch.specs, '..');
    const file = join(folder, 'c.json');
    const files = async (options: InputOptions) => (await settleInputs({ config: file, ...options })).found.files;
    expect(await files({})).toMatchObject([
      { importRoot: join(folder, 'xsd'), allowImports: ['https://a.test'] },
      { kind: 'openapi', importRoot: undefined, allowImports: undefined },
    ]);
    expect(await files({ importRoot: '/all', allowImport: ['https://b.test:8443'] })).toMatchObject([
      { importRoot: '/all', allowImports: ['https://b.test:8443'] },
      { kind: 'openapi', importRoot: undefined, allowImports: undefined },
    ]);
  });

  it('is not said where there is no WSDL, or in other forms', async () => {
    expect(await rejection(settleInputs({ openapi: ['b.yaml'], importRoot: 'x' }))).toMatchObject({
      message: '--import-root is for WSDLs, and none is generated from',
    });
    expect(await rejection(settleInputs({ wsdl: ['a.wsdl'], allowImport: ['a.test'] }))).toMatchObject({
      message: '--allow-import: "a.test" is no origin, such as https://schemas.example.com',
    });
  });
});

describe('specs that are named one by one', () => {
  it('make systems named like their files, whatever the endings', async () => {
    const { found } = await settleInputs({
      openapi: ['a/billing.yaml', 'crm.openapi.json', 'service'],
      wsdl: ['tenant.wsdl', 'zuora.a.38.0.wsdl', 'other.xml'],
    });
    expect(found.files.map(({ kind, system }) => `${kind} ${system}`)).toEqual([
      'openapi billing',
      'openapi crm',
      'openapi service',
      'wsdl tenant',
      'wsdl zuora.a.38.0',
      'wsdl other',
    ]);
    expect(found.isComplete).toBe(false);
  });

  it('leave the files of other systems alone', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture, 'shop.openapi.yaml': fixture });
    await generate({ specs: scratch.specs, out: scratch.out });
    const before = Object.keys(await scratch.read());
    const result = await generate({ openapi: [join(scratch.specs, 'desk.openapi.yaml')], out: scratch.out });
    expect(new Set(result.files.map(({ system }) => system))).toEqual(new Set(['desk']));
    expect(Object.keys(await scratch.read())).toEqual(before);
  });

  it.each([
    [['a/x.yaml', 'b/x.yaml'], 'both make the system x'],
    [['a/x.yaml', 'b/X.json'], 'both make the system X'],
    [['...yaml'], 'which names no folder'],
    [['-x.yaml'], 'which names no folder'],
    [['__proto__.yaml'], 'which names no folder'],
  ])('are refused where their systems would be confused or lie elsewhere: %j', async (openapi, complaint) => {
    const error = await rejection(settleInputs({ openapi }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringContaining(complaint) });
  });

  it('are not mixed with a folder of specs, or with a configuration', async () => {
    for (const mixed of [{ specs: 'x' }, { config: 'x' }]) {
      expect(await rejection(settleInputs({ ...mixed, wsdl: ['a.wsdl'] }))).toMatchObject({
        message: expect.stringContaining('not by both'),
      });
    }
    expect(await rejection(settleInputs({ specs: 'x', config: 'y' }))).toBeInstanceOf(UsageError);
  });

  it('that cannot be read are named', async () => {
    await using scratch = await createScratch({});
    await mkdir(join(scratch.specs, 'folder.yaml'), { recursive: true });
    for (const path of [join(scratch.specs, 'absent.yaml'), join(scratch.specs, 'folder.yaml')]) {
      const error = await rejection(generate({ openapi: [path], out: scratch.out }));
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({ message: `cannot read ${path}` });
    }
  });
});

describe('a configuration', () => {
  it('says what to generate, with paths from its own folder, and what it leaves open has defaults', async () => {
    expect(
      await settled({
        out: 'src/clients',
        command: 'pnpm generate',
        specs: [
          { wsdl: 'vendor/tenant.wsdl', loginOperation: 'logon' },
          { system: 'crm', openapi: '/elsewhere/api.json' },
        ],
      }),
    ).toEqual({
      specs: [
        ['wsdl', 'tenant', '/vendor/tenant.wsdl'],
        ['openapi', 'crm', '/elsewhere/api.json'],
      ],
      isComplete: true,
      out: '/src/clients',
      command: 'pnpm generate',
    });
    expect(await settled({ specs: [{ openapi: 'a.yaml' }] })).toMatchObject({
      out: 'generated',
      command: 'npm run generate',
    });
  });

  it('gives way to what is said beside it', async () => {
    await using scratch = await createScratch({});
    await scratch.write('c.json', JSON.stringify({ out: 'there', command: 'x', specs: [{ openapi: 'a.yaml' }] }));
    const config = join(scratch.specs, '../c.json');
    expect(await settleInputs({ config, out: 'here', command: 'y' })).toMatchObject({ out: 'here', command: 'y' });
    expect(await rejection(settleInputs({ config, only: 'b' }))).toMatchObject({
      message: 'no spec makes the system b; there are a',
    });
  });

  it.each<[unknown, string]>([
    ['{', 'FILE is not JSON'],
    [[], 'FILE: # must be an object'],
    ['null', 'FILE: # must be an object'],
    [{ spec: [] }, 'FILE: # has no "spec"; it may have $schema, specs, out, command'],
    [{ specs: [] }, 'FILE: #/specs must be a list that is not empty'],
    [{ specs: {} }, 'FILE: #/specs must be a list that is not empty'],
    [{ specs: ['a.yaml'] }, 'FILE: #/specs/0 must be an object'],
    [{ specs: [{}] }, 'FILE: #/specs/0 needs openapi or wsdl, and not both'],
    [{ specs: [{ openapi: 'a', wsdl: 'b' }] }, 'FILE: #/specs/0 needs openapi or wsdl, and not both'],
    [{ specs: [{ openapi: 7 }] }, 'FILE: #/specs/0/openapi must be a text that is not empty'],
    [{ specs: [{ wsdl: ' ' }] }, 'FILE: #/specs/0/wsdl must be a text that is not empty'],
    [{ specs: [{ openapi: 'a', loginOperation: 'x' }] }, 'FILE: #/specs/0/loginOperation is for a WSDL'],
    [{ specs: [{ openapi: 'a', importRoot: 'x' }] }, 'FILE: #/specs/0/importRoot is for a WSDL; an OpenAPI document'],
    [{ specs: [{ wsdl: 'a', allowImports: [] }] }, 'FILE: #/specs/0/allowImports must be a list that is not empty'],
    [
      { specs: [{ wsdl: 'a', allowImports: ['https://a.test', 'https://b.test/path'] }] },
      'FILE: #/specs/0/allowImports/1: "https://b.test/path" is no origin',
    ],
    [{ specs: [{ wsdl: 'a', allowImports: ['file:///etc'] }] }, 'is no origin, such as https://schemas.example.com'],
    [{ specs: [{ wsdl: 'a', name: 'x' }] }, 'FILE: #/specs/0 has no "name"'],
    [{ specs: [{ wsdl: 'a.wsdl', system: '../up' }] }, 'which names no folder'],
    [{ out: '' }, 'FILE: #/out must be a text that is not empty'],
  ])('that is wrong says where: %j', async (config, complaint) => {
    expect(await settled(config)).toContain(complaint);
  });

  it('that is not there is named', async () => {
    expect(await rejection(settleInputs({ config: 'absent.json' }))).toMatchObject({
      message: expect.stringContaining('absent.json cannot be read'),
    });
  });
});

describe('the work', () => {
  it('is told before each spec, with its size', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
    const steps: GenerateStep[] = [];
    await generate({ specs: scratch.specs, out: scratch.out, onProgress: (step) => steps.push(step) });
    expect(steps).toEqual([
      { system: 'desk', spec: join(scratch.specs, 'desk.openapi.yaml'), bytes: Buffer.byteLength(fixture) },
    ]);
  });

  it('that is stopped leaves the old files as they were', async () => {
    await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
    await generate({ specs: scratch.specs, out: scratch.out });
    const before = await scratch.read();
    await scratch.write('specs/desk.openapi.yaml', replaced(fixture, 'description: Up', 'description: up'));
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress = (): void => stop.abort(reason);
    expect(await rejection(generate({ specs: scratch.specs, out: scratch.out, onProgress, signal: stop.signal }))).toBe(
      reason,
    );
    expect(await scratch.read()).toEqual(before);
  });
});

it('a command that would end the comment of a header does not', async () => {
  await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
  await generate({ specs: scratch.specs, out: scratch.out, command: 'a */ throw 1 /* \n b' });
  const files = await scratch.read();
  const names = Object.entries(files).find(([name]) => name.endsWith('names.ts'))?.[1] ?? '';
  expect(names.split('\n')[3]).toBe(' * Do not edit: change the spec and run `a * / throw 1 /* b`.');
});

it('a folder of specs still needs no configuration', async () => {
  await using scratch = await createScratch({ 'a.wsdl': wsdl, 'b.openapi.json': '{}', 'notes.txt': '' });
  const { found } = await settleInputs({ specs: scratch.specs });
  expect(found.files.map(({ system }) => system)).toEqual(['a', 'b']);
  expect(found.isComplete).toBe(true);
});
