import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, type Resolution } from './compile.ts';
import { recordLoading } from './loading.ts';
import { type ReadmeBlock, readmeBlocks } from './readme-blocks.ts';
import { createScratchApp, filesOf, root, run, type ScratchApp } from './scratch-app.ts';

/** Subpaths that are of no use without a package that the user installs; all others work with the tarball alone. */
const neededPeers: Record<string, string> = { './sandbox/msw': 'msw' };
const restSystems = ['zuora-rest', 'zato-sso', 'pulse-crm'];
const xmlCode = /(^|\/)(sax|saxes|xmlchars|soap)\/|soap-|zuora-soap/;

let app: ScratchApp;
beforeAll(async () => {
  app = await createScratchApp();
}, 300_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
});

const specifierOf = (subpath: string): string => join('latchkey', subpath);
const modulesOf = (manifest: ScratchApp['manifest']): string[] =>
  Object.keys(manifest.exports).filter((subpath) => !subpath.endsWith('.json'));

describe('the files of the package', () => {
  test('are the build of src, generated, the generator and what belongs to it, the specs, the docs, and four papers', async () => {
    const scripts = ['diff', 'generate', 'overlays', 'regenerate'].map((name) => `scripts/${name}`);
    const built = (await Promise.all(['src', 'generated', ...scripts].map(sourcesOf))).flat();
    const specs = (await filesOf(join(root, 'specs'))).map((name) => `specs/${name}`);
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    const docs = (await filesOf(join(root, 'docs'))).map((name) => `docs/${name}`);
    // The command is one file; of its modules there are those that it loads when a verb is asked for, and nobody imports their types.
    const command = ['dist/cli/LICENSES.txt', 'dist/cli/main.cjs', ...(await modulesOfCommand(app.installed))];
    const library = built.filter((name) => !name.startsWith('src/cli/'));
    const expected = library
      .flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`])
      .concat(command, specs, docs, papers);
    expect(await filesOf(app.installed)).toEqual(expected.sort());
  });

  test('are all of a kind that belongs in a package', async () => {
    const kinds = [
      /^dist\/(src|generated|scripts\/(diff|generate|overlays|regenerate))\/([a-z0-9-]+\/)*[a-z0-9.-]+\.(js|d\.ts)$/,
      /^dist\/cli\/(main\.cjs|LICENSES\.txt)$/,
      /^specs\/[a-z-]+\.(openapi\.yaml|wsdl|json)$/,
      /^docs\/[a-z-]+\.(md|svg|txt)$/,
      /^docs\/schemas\/[a-z.-]+\.schema\.json$/,
      /^(CHANGELOG\.md|LICENSE|README\.md|package\.json)$/,
    ];
    const strangers = [/\.(test|test-d|support|fixture)\./, /(^|\/)(test|bench|demo)\//, /\.map$/, /tsbuildinfo/];
    const files = await filesOf(app.installed);
    expect(files.filter((name) => !kinds.some((kind) => kind.test(name)))).toEqual([]);
    expect(files.filter((name) => strangers.some((kind) => kind.test(name)))).toEqual([]);
  });

  test('satisfy publint', async () => {
    const tarball = new Uint8Array(await readFile(app.tarball)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('have types that resolve as the code does (attw, ESM only)', { timeout: 120_000 }, async () => {
    const command = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const args = [command, app.tarball, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii'];
    const { code, stdout, stderr } = await run(process.execPath, args, app.folder);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toContain('latchkey/pulse-crm');
  });
});

describe('the installed package', () => {
  test('brings its dependencies and nothing else', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], app.folder);
    const names = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((path) => path.split('/node_modules/').at(-1));
    const ours = ['@clack/prompts', 'commander', 'jsonc-parser', 'openapi-fetch', 'saxes'];
    const theirs = [
      '@clack/core',
      'fast-string-truncated-width',
      'fast-string-width',
      'fast-wrap-ansi',
      'openapi-typescript-helpers',
      'sisteransi',
      'xmlchars',
    ];
    expect(Object.keys(app.manifest.dependencies).sort()).toEqual(ours);
    expect(names.sort()).toEqual(['latchkey', ...ours, ...theirs].sort());
  });

  test('has each dependency and each optional peer defended in docs/dependencies.md', async () => {
    const rows = (await readFile(join(root, 'docs/dependencies.md'), 'utf8')).match(/^\| `.*$/gm) ?? [];
    const { dependencies, peerDependencies = {}, peerDependenciesMeta = {} } = app.manifest;
    for (const name of [...Object.keys(dependencies), ...Object.keys(peerDependencies)]) {
      expect(rows.filter((row) => row.split('|')[1]?.includes(`\`${name}\``)).length, name).toBe(1);
    }
    expect(Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
  });

  test('has a command that prints its version', async () => {
    const { code, stdout, stderr } = await run(
      join(app.folder, 'node_modules/.bin/latchkey'),
      ['--version'],
      app.folder,
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${app.manifest.version}\n`, stderr: '' });
  });

  test('imports at each subpath, and touches neither disk nor environment', { timeout: 120_000 }, async () => {
    const subpaths = modulesOf(app.manifest).filter((subpath) => neededPeers[subpath] === undefined);
    expect(subpaths).toContain('./pulse-crm');
    for (const subpath of subpaths) {
      const { uses, modules } = await recordLoading(app, specifierOf(subpath));
      expect(modules.length, subpath).toBeGreaterThan(0);
      expect(uses, subpath).toEqual([]);
    }
    expect(await filesOf(join(app.folder, '../home'))).toEqual([]);
  });

  test('would be seen reading a file or a variable at import', async () => {
    const reads = `
      import { homedir } from 'node:os';
      import { existsSync } from 'node:fs';
      import { readFile } from 'node:fs/promises';
      const name = process.env.LATCHKEY_KEY;
      existsSync(homedir());
      await readFile('/nowhere').catch(() => name);`;
    await writeFile(join(app.folder, 'reads.mjs'), reads);
    const { uses } = await recordLoading(app, './reads.mjs');
    expect(uses).toEqual([
      'environment: LATCHKEY_KEY',
      'environment: os.homedir',
      expect.stringMatching(/^disk: existsSync /),
      'disk: readFile /nowhere',
    ]);
  });

  test.each(restSystems)('loads no XML code for %s, and of the validators only those of its logins', async (system) => {
    const { modules } = await recordLoading(app, `latchkey/${system}`);
    expect(modules).toContain(`latchkey/dist/src/systems/${system}.js`);
    expect(modules).toContain(`latchkey/dist/generated/${system}/login-validators.js`);
    expect(modules.filter((path) => xmlCode.test(path))).toEqual([]);
    expect([...new Set(modules.map((path) => path.split('/')[0]))]).toEqual(['latchkey', 'openapi-fetch']);
    expect(modules.filter((path) => /\/validators\.js$/.test(path))).toEqual([]);
  });

  test('would be seen loading XML code', async () => {
    const soap = await recordLoading(app, 'latchkey/zuora-soap');
    const found = soap.modules.filter((path) => xmlCode.test(path));
    expect(found).toContain('latchkey/dist/src/systems/zuora-soap.js');
    // The parser itself is loaded while the first answer is awaited.
    expect(found.filter((path) => path.startsWith('saxes/'))).toEqual([]);
    // saxes is CommonJS and requires xmlchars: modules behind a require are seen too.
    const parser = await recordLoading(app, 'saxes');
    expect(parser.modules.filter((path) => xmlCode.test(path)).join()).toMatch(/saxes\/.*xmlchars\//);
  });
});

describe('a strict TypeScript app', () => {
  beforeAll(() => Promise.all(['@types/node', 'undici-types'].map((name) => app.lend(name))));

  test.each<Resolution>(['NodeNext', 'Bundler'])(
    'compiles against each subpath under %s',
    async (resolution) => {
      const subpaths = modulesOf(app.manifest).filter((subpath) => neededPeers[subpath] === undefined);
      const imports = subpaths.map((subpath, index) => `import * as m${index} from '${specifierOf(subpath)}';`);
      const uses = subpaths.map((_, index) => `m${index}`).join(', ');
      const everything = [...imports, `export const modules: readonly object[] = [${uses}];`].join('\n');
      // A type that got lost on the way would be `any`, take every path, and so leave these errors unused.
      const typed = [
        "import { createPulseCrm } from 'latchkey/pulse-crm';",
        "import { createZatoSso } from 'latchkey/zato-sso';",
        "import { createZuoraRest } from 'latchkey/zuora-rest';",
        "const baseUrl = 'https://api.example.com';",
        "const pulse = createPulseCrm({ baseUrl, credentials: { apiKey: 'a', apiSecret: 'b' } });",
        "const zato = createZatoSso({ baseUrl, currentApp: 'CRM', credentials: { username: 'a', password: 'b' } });",
        "const zuora = createZuoraRest({ baseUrl, credentials: { apiAccessKeyId: 'a', apiSecretAccessKey: 'b' } });",
        "pulse.GET('/auth/session');",
        ...['pulse', 'zato', 'zuora'].map((client) => `// @ts-expect-error no such path\n${client}.GET('/nowhere');`),
      ].join('\n');
      // One mistake of our own shows that the compiler looked at all.
      const wrong = "import { createPulseCrm } from 'latchkey/pulse-crm';\nexport const n: number = createPulseCrm;";
      expect(await compile(app, resolution, { everything, typed, wrong })).toEqual([
        expect.stringMatching(/^wrong\.ts\(2,14\): error TS2322:/),
      ]);
    },
    120_000,
  );
});

describe('subpaths that need a package of the user', () => {
  test.each(Object.entries(neededPeers))(
    '%s imports and compiles with %s, and names it when it is missing',
    async (subpath, peer) => {
      const specifier = specifierOf(subpath);
      expect(app.manifest.peerDependencies).toHaveProperty(peer);
      await writeFile(join(app.folder, 'peer.mjs'), `await import('${specifier}');\n`);
      const without = await app.node(['peer.mjs']);
      expect(without.code).not.toBe(0);
      expect(without.stderr).toContain(`'${peer}'`);
      await app.lend(peer);
      const { code, stderr } = await app.node(['peer.mjs']);
      expect(code, stderr).toBe(0);
      const use = `import * as used from '${specifier}';\nexport const names: object = used;`;
      expect(await compile(app, 'NodeNext', { use }, { trustLibraries: true })).toEqual([]);
    },
    120_000,
  );
});

describe('the code of README.md', () => {
  let blocks: ReadmeBlock[];
  let complaints: string[];
  beforeAll(async () => {
    blocks = await readmeBlocks();
    const sources = Object.fromEntries(blocks.map(({ name, code }) => [name, code]));
    complaints = await compile(app, 'NodeNext', sources, { emit: true });
  }, 120_000);

  test('compiles, block by block, against the package', () => {
    expect(blocks.length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  test('is the text of the file that a block names', async () => {
    for (const { file, code, line } of blocks) {
      if (file !== undefined) expect(code, `README.md:${line}`).toBe(await readFile(join(root, file), 'utf8'));
    }
  });

  test('runs, where a block is marked so', { timeout: 120_000 }, async () => {
    const runnable = blocks.filter(({ runs }) => runs);
    expect(runnable.length).toBeGreaterThan(0);
    for (const { name, line } of runnable) {
      const { code, stdout, stderr } = await app.node([`${name}.js`]);
      expect(code, `README.md:${line}\n${stdout}\n${stderr}`).toBe(0);
    }
  });
});

/** Modules of the command that stand apart from its file, with all that they import: followed in what is installed, so each of them is there. */
async function modulesOfCommand(installed: string): Promise<string[]> {
  const found = new Set<string>();
  const follow = async (file: string, pattern: RegExp): Promise<void> => {
    const code = await readFile(join(installed, file), 'utf8');
    const ways = [...code.matchAll(pattern)].map(([, way = '']) => join(dirname(file), way));
    for (const next of ways.filter((way) => way.startsWith('dist/src/cli/') && !found.has(way))) {
      found.add(next);
      await follow(next, /(?:from |import\()['"](\.[^'"]+)['"]/g);
    }
  };
  await follow('dist/cli/main.cjs', /import\("(\.[^"]+)"\)/g);
  return [...found];
}

async function sourcesOf(folder: string): Promise<string[]> {
  const names = await filesOf(join(root, folder));
  // Declarations of packages without types are for our compiler only.
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return sources.map((name) => `${folder}/${name.slice(0, -'.ts'.length)}`);
}
