import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import { storeContract } from '../../src/stores/contract.ts';
import { hasPeers, python, runPeer } from '../helpers/peers.ts';
import { hasRedis, startRedis } from '../helpers/redis-server.ts';
import { compile } from './compile.ts';
import { codeBlocks, type ReadmeBlock } from './readme-blocks.ts';
import { createScratchApp, type Finished, root, type ScratchApp } from './scratch-app.ts';

/** What the examples use besides the package. */
const lent = ['@types/node', 'undici-types', 'unstorage', 'ioredis', 'msw', 'vitest', 'jest', '@jest/globals'];

let app: ScratchApp;
let folder: string;
let blocks: (ReadmeBlock & { readonly document: string })[];
let complaints: string[];
beforeAll(async () => {
  app = await createScratchApp();
  await Promise.all(lent.map((name) => app.lend(name)));
  // What the reader is told to generate, here from our own specs.
  for (const [from, to] of [
    ['zuora-soap', 'tenant'],
    ['zuora-rest', 'billing'],
  ] as const)
    await cp(join(root, 'generated', from), join(app.folder, 'generated', to), { recursive: true });
  folder = await mkdtemp(join(tmpdir(), 'latchkey-docs-'));
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const all = await Promise.all(
    names.map(async (name) => (await codeBlocks(`docs/${name}`)).map((block) => ({ document: name, ...block }))),
  );
  // The others are excerpts: lines that belong into a program of the reader's.
  blocks = all.flat().filter(({ code }) => /^import .* from 'latchkey/m.test(code));
  const sources = Object.fromEntries(blocks.map(({ name, code }) => [name, code]));
  complaints = await compile(app, 'NodeNext', sources, { emit: true, trustLibraries: true });
}, 300_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Runs a program of the reader's beside the examples. */
async function runInApp(name: string, code: string, ...args: string[]): Promise<Finished> {
  await writeFile(join(app.folder, name), code);
  return app.node([name, ...args]);
}

/** Holds the store of the document to the contract over a driver of unstorage, named by the program's first argument. */
const contractOver = (store = 'unstorage-store') => `
  import { after, test } from 'node:test';
  import { storeContract } from 'latchkey/store-contract';
  import { createStorage } from 'unstorage';
  import { createUnstorageStore } from './${store}.js';
  const [name, options] = process.argv.slice(2);
  const { default: driver } = await import('unstorage/drivers/' + name);
  const storages = [];
  after(() => Promise.all(storages.map((storage) => storage.dispose())));
  const open = () => {
    const base = JSON.parse(options).base + storages.length;
    storages.push(createStorage({ driver: driver({ ...JSON.parse(options), base }) }));
    return { store: createUnstorageStore(storages.at(-1)) };
  };
  for (const { name, run } of storeContract) test(name, () => run(open));`;

const passes = ({ stdout }: Finished): string[] => stdout.match(/^(?:ℹ|#) (?:pass|fail|skipped) \d+$/gm) ?? [];
const allPass = ['pass', 'fail', 'skipped'].map((word, index) =>
  expect.stringMatching(new RegExp(`^. ${word} ${index === 0 ? storeContract.length : 0}$`)),
);

describe('the code of docs', () => {
  test('compiles against the package, where it is a program', () => {
    expect(blocks.map(({ document, name }) => `${document} ${name}`)).toContain('sessions.md unstorage-store');
    expect(complaints).toEqual([]);
  });

  test('runs, where a block is marked so', { timeout: 120_000 }, async () => {
    const runnable = blocks.filter(({ runs }) => runs);
    expect(runnable.map(({ document }) => document)).toContain('sessions.md');
    for (const { document, name, line } of runnable) {
      const { code, stdout, stderr } = await app.node([`${name}.js`]);
      expect(code, `${document}:${line}\n${stdout}\n${stderr}`).toBe(0);
    }
  });
});

describe('the recipes of docs/sandbox.md', () => {
  test.each([
    ['vitest', ['node_modules/vitest/vitest.mjs', 'run', 'vitest-recipe.test.js'], /1 passed/],
    ['jest', ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'jest-recipe.test.js'], /1 passed/],
    ['node:test', ['--test', 'node-recipe.test.js'], /^(?:ℹ|#) pass 1$/m],
  ])('pass in %s', { timeout: 120_000 }, async (_, args, said) => {
    const { code, stdout, stderr } = await app.node(args);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout + stderr).toMatch(said);
  });

  const hasPython = hasPeers('No program of another language uses the sandbox', 'python3');
  test.skipIf(!hasPython)('work in a program of another language', { timeout: 60_000 }, async () => {
    const [, program = ''] =
      /^```python\n([\s\S]*?)^```$/m.exec(await readFile(join(root, 'docs/sandbox.md'), 'utf8')) ?? [];
    expect(program).toContain('/__sandbox/pulse-crm/expire-now');
    await using server = await createSandbox().listen();
    expect(await runPeer(python, ['-c', program, server.url])).toEqual({
      code: 0,
      stdout: 'ada@pulse.example.test\n401\n1\n',
      stderr: '',
    });
  });
});

test('the code of docs/contract.md holds the sandbox to its spec', { timeout: 60_000 }, async () => {
  const code = `
    import { holdToSpec } from './contract-in-a-test.js';
    console.log((await holdToSpec()).results.length);`;
  expect(await runInApp('hold.mjs', code)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^10\n$/),
    stderr: '',
  });
});

describe('the store over unstorage of docs/sessions.md', () => {
  test('holds itself to the whole contract, over files', { timeout: 60_000 }, async () => {
    const [example] = blocks.filter(({ runs, code }) => runs && code.includes('storeContract'));
    const finished = await app.node([`${example?.name}.js`]);
    expect(passes(finished), finished.stdout).toEqual(allPass);
  });

  test.each(['memory', 'fs', 'fs-lite'])(
    'keeps the contract over the driver %s',
    { timeout: 60_000 },
    async (driver) => {
      const options = JSON.stringify({ base: join(folder, driver) });
      const finished = await runInApp('contract.mjs', contractOver(), driver, options);
      expect(passes(finished), finished.stdout).toEqual(allPass);
    },
  );

  test.skipIf(!hasRedis)('keeps the contract over the driver redis', { timeout: 60_000 }, async () => {
    await using server = await startRedis();
    const finished = await runInApp(
      'contract.mjs',
      contractOver(),
      'redis',
      JSON.stringify({ url: server.url, base: 'x' }),
    );
    expect(passes(finished), finished.stdout).toEqual(allPass);
  });

  test.skipIf(!hasRedis)(
    'lets a driver that can drop records when their time is over',
    { timeout: 60_000 },
    async () => {
      await using server = await startRedis();
      const code = `
      import { createStorage } from 'unstorage';
      import redis from 'unstorage/drivers/redis';
      import { createUnstorageStore } from './unstorage-store.js';
      const storage = createStorage({ driver: redis({ url: process.argv[2] }) });
      const store = createUnstorageStore(storage);
      await store.write('ends', 'x', { expiresAtMs: Date.now() + 60_000 });
      await store.write('stays', 'x', { expiresAtMs: null });
      await store.write('past', 'x', { expiresAtMs: Date.now() - 60_000 });
      await storage.dispose();`;
      expect(await runInApp('expiry.mjs', code, server.url)).toMatchObject({ code: 0, stderr: '' });
      const ttl = async (key: string) => Number(await server.cli('TTL', key));
      expect(await ttl('ends')).toBeGreaterThan(50);
      expect(await ttl('ends')).toBeLessThanOrEqual(60);
      expect(await ttl('stays')).toBe(-1);
      expect(await ttl('past')).toBeLessThanOrEqual(1);
    },
  );

  test('brings the session to the next process, and takes half a record for none', { timeout: 60_000 }, async () => {
    const code = `
      import { readdir, readFile, writeFile } from 'node:fs/promises';
      import { createPulseCrm } from 'latchkey/pulse-crm';
      import { createSandbox } from 'latchkey/sandbox';
      import { createStorage } from 'unstorage';
      import fs from 'unstorage/drivers/fs';
      import { createUnstorageStore } from './unstorage-store.js';
      const base = process.argv[2];
      const sandbox = createSandbox();
      const server = await sandbox.listen();
      // Another store object each time, as another process has it.
      const call = async () => {
        const store = createUnstorageStore(createStorage({ driver: fs({ base }) }));
        const credentials = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };
        const { response } = await createPulseCrm({ baseUrl: server.url, credentials, store }).GET('/auth/session');
        return [response.status, sandbox.counts('pulse-crm').logins];
      };
      const seen = [await call(), await call()];
      for (const name of await readdir(base)) {
        const record = await readFile(base + '/' + name, 'utf8');
        if (name.startsWith('session-')) await writeFile(base + '/' + name, record.slice(0, record.length / 2));
      }
      seen.push(await call(), await call());
      await server.close();
      console.log(JSON.stringify(seen));`;
    const { stdout, stderr } = await runInApp('next.mjs', code, join(folder, 'next'));
    expect(JSON.parse(stdout || stderr)).toEqual([
      [200, 1],
      [200, 1],
      [200, 2],
      [200, 2],
    ]);
  });

  test.each([
    [
      'does not lock',
      'withLock(key, ({ signal }) => task({ signal, write }), options)',
      'task({ signal: options.signal, write })',
    ],
    ['lets unstorage guess what a record is', '{ record: value }', 'value'],
    [
      'does not wait for its own writes',
      'return alone(key, () => storage',
      'return ((_, use) => { setTimeout(use, 100); return Promise.resolve(); })(key, () => storage',
    ],
  ])('would be seen failing if it %s', { timeout: 60_000 }, async (_, good, bad) => {
    const text = await readFile(join(app.folder, 'unstorage-store.js'), 'utf8');
    expect(text).toContain(good);
    await writeFile(join(app.folder, 'defect.js'), text.replace(good, bad));
    const options = JSON.stringify({ base: join(folder, 'defect-') });
    const finished = await runInApp('defect.mjs', contractOver('defect'), 'fs', options);
    expect(finished.code).toBe(1);
    expect(passes(finished), finished.stdout).not.toEqual(allPass);
  });
});
