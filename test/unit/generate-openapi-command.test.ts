import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { generate } from '../../scripts/generate/index.ts';
import { createScratch, fixture, projectFolder, replaced } from './generate-openapi.support.ts';

// Each run starts a process that loads two compilers.
vi.setConfig({ testTimeout: 60_000 });

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const ownScript = [join(projectFolder, 'src/cli/main.ts'), 'generate'];

async function run(args: readonly string[], { cwd = projectFolder, script = ownScript } = {}): Promise<Outcome> {
  const loader = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', loader, ...script, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

it('makes the same bytes each time, from whichever folder it is run, and says from what', async () => {
  await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
  await generate(scratch);
  const first = await scratch.read();

  const { code } = await run(['--specs', '../specs', '--out', '../again'], { cwd: scratch.specs });

  const again = await scratch.read('again');
  expect(code).toBe(0);
  expect(Object.keys(first).length).toBeGreaterThan(0);
  expect(again).toEqual(
    Object.fromEntries(Object.entries(first).map(([file, content]) => [file.replace('out/', 'again/'), content])),
  );
  const manifest = JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8')) as { version: string };
  const sha256 = createHash('sha256').update(fixture).digest('hex');
  for (const content of Object.values(first)) {
    const header = content.slice(0, content.indexOf('*/'));
    for (const fact of [`latchkey ${manifest.version}`, 'desk.openapi.yaml', sha256, 'npm run generate']) {
      expect(header).toContain(fact);
    }
    for (const trace of [homedir(), projectFolder, scratch.specs, 'node_modules']) expect(content).not.toContain(trace);
    expect(header).not.toMatch(/\b20\d\d-\d\d-\d\d|\d:\d\d/);
  }
});

it('reports drift on stderr, names each stale file and its spec, and exits with 3', async () => {
  await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
  await generate(scratch);
  await scratch.write('specs/desk.openapi.yaml', replaced(fixture, 'description: Up', 'description: up'));

  const { code, stdout, stderr } = await run(['--specs', scratch.specs, '--out', scratch.out, '--check']);

  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  for (const file of Object.keys(await scratch.read())) {
    expect(stderr).toContain(
      `${join(scratch.out, '..', file)}: differs from what ${join(scratch.specs, 'desk.openapi.yaml')} gives`,
    );
  }
});

it('reports a bad spec in one line on stderr and exits with 1', async () => {
  await using scratch = await createScratch({ 'desk.openapi.yaml': `${fixture}broken: [` });
  const folders = ['--specs', scratch.specs, '--out', scratch.out];

  const { code, stdout, stderr } = await run(folders);

  const line = fixture.split('\n').length; // the one after the fixture's last
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  // The bracket is missed where the text ends.
  expect(stderr).toContain(`desk.openapi.yaml:${line + 1}:1: not well-formed YAML`);
  const json = await run([...folders, '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, code: 'ERR_SPEC', message: stderr.trimEnd() });
});

it('exits with 2 for what it cannot be asked, and tells how to ask', async () => {
  await using scratch = await createScratch({ 'notes.txt': '' });
  const unknown = await run(['--chekc']);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toMatch(/--chekc[\s\S]+--help/);
  expect(await run(['--specs', scratch.specs])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no spec in'),
  });
  expect(await run(['--specs', join(scratch.specs, 'absent')])).toMatchObject({ code: 2 });
  expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--check') });
});

it('says which package to install, in the right version, when one is missing', async () => {
  await using scratch = await createScratch({ 'desk.openapi.yaml': fixture });
  const manifest = {
    name: 'latchkey',
    version: '0.0.0',
    type: 'module',
    peerDependencies: { typescript: '^5.1.2', '@redocly/openapi-core': '^1.2.3' },
  };
  const install = async (name: string, version: string): Promise<void> => {
    await scratch.write(`specs/node_modules/${name}/package.json`, JSON.stringify({ name, version }));
    await scratch.write(`specs/node_modules/${name}/index.js`, '');
  };
  await scratch.write('specs/package.json', JSON.stringify(manifest));
  for (const part of ['generate', 'overlays']) {
    await cp(join(projectFolder, 'scripts', part), join(scratch.specs, part), { recursive: true });
  }
  await scratch.write(
    'specs/run.ts',
    `import { generate } from './generate/index.ts';
     await generate({ specs: process.argv[2], out: process.argv[3] }).catch(({ message }) => console.error(message));`,
  );

  const complaint = async (): Promise<string> =>
    (await run([scratch.specs, scratch.out], { script: [join(scratch.specs, 'run.ts')] })).stderr;

  expect(await complaint()).toBe(
    'generating needs the packages openapi-typescript, @redocly/openapi-core, typescript, ajv, esbuild, yaml: npm install --save-dev ' +
      '"openapi-typescript" "@redocly/openapi-core@^1.2.3" "typescript@^5.1.2" "ajv" "esbuild" "yaml"\n',
  );
  for (const name of ['openapi-typescript', 'ajv', 'esbuild', 'yaml']) await install(name, '1.0.0');
  await install('typescript', '7.0.2');
  expect(await complaint()).toBe(
    'generating needs typescript ^5.1.2, found 7.0.2: npm install --save-dev "typescript@^5.1.2"\n',
  );
  await install('typescript', '5.9.3');
  expect(await complaint()).toBe(
    'generating needs the package @redocly/openapi-core: npm install --save-dev "@redocly/openapi-core@^1.2.3"\n',
  );
  await install('@redocly/openapi-core', '2.0.1');
  expect(await complaint()).toBe(
    'generating needs @redocly/openapi-core ^1.2.3, found 2.0.1: npm install --save-dev "@redocly/openapi-core@^1.2.3"\n',
  );
});
