/**
 * Bundles the command's entry into one file. Node starts a CommonJS file that holds all it needs in half the time that it takes for the same modules
 * one by one: `latchkey auth token` is run by scripts in loops. What is not asked for in loops stays a module of its own and is imported when its
 * verb is.
 *
 *     node dist/scripts/bundle-cli.js
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const dist = join(import.meta.dirname, '..');
const entry = join(dist, 'src/cli/main.js');
const outfile = join(dist, 'cli/main.cjs');

/** Verbs that start once in a while, and have much to load. */
const APART = /^\.\/(?:init|doctor|call|completion|sandbox|contract|generate|regenerate|diff)\.js$/;

const verbsApart: Plugin = {
  name: 'verbs-apart',
  setup({ onResolve }) {
    onResolve({ filter: APART }, ({ path, importer }) => {
      if (importer !== join(dist, 'src/cli/verbs.js')) return undefined;
      return { path: relative(dirname(outfile), join(dirname(importer), path)), external: true };
    });
  },
};

/** What only some calls of these verbs need. Packages that each start needs are in the file: finding them on disk costs more than reading them. */
const APART_PACKAGES = ['@clack/prompts', '@napi-rs/keyring', 'ioredis', 'jsonc-parser', 'saxes'];

/** Commander can start verbs that are programs of their own; there are none here, and loading what it takes costs each start. */
const noSubprograms: Plugin = {
  name: 'no-subprograms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'none', namespace: 'none' } : undefined,
    );
    onLoad({ filter: /^none$/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const { metafile } = await build({
  metafile: true,
  entryPoints: [entry],
  outfile,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  external: APART_PACKAGES,
  plugins: [verbsApart, noSubprograms],
  define: { 'import.meta.url': 'entryUrl' },
  banner: { js: "const entryUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});

/** The licences of the packages in the file ask to be handed on with it. */
const names = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
const packages = [...new Set(names.filter((name) => name !== undefined))].sort();
const licences = packages.map(async (name) => {
  const folder = join(dist, '../node_modules', name);
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version}\n\n${(await readFile(join(folder, 'LICENSE'), 'utf8')).trim()}\n`;
});
await writeFile(join(dirname(outfile), 'LICENSES.txt'), (await Promise.all(licences)).join(`\n${'-'.repeat(80)}\n\n`));
