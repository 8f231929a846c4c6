import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build, type Plugin } from 'esbuild';
import { reasonOf } from '../spec-error.ts';
import { checkModes, checkName, checkOptions, hasOnlyUnicodePatterns, tracksEvaluated } from './check-options.ts';
import type { OpenApiDocument } from './document.ts';
import type { CheckMode, SchemaPool } from './schema-pool.ts';

/**
 * Compiles the pool's schemas to JavaScript that imports nothing and declares a variable for each name, called by `checkName`.
 * @throws SpecError on a schema that cannot be compiled, with its place.
 */
export async function compileSchemas(document: OpenApiDocument, pool: SchemaPool): Promise<string> {
  const unicodeRegExp = checkModes.every((mode) => hasOnlyUnicodePatterns(pool.definitions(mode)));
  const modules = new Map(checkModes.map((mode) => [`${mode}-checks`, compile(document, pool, mode, unicodeRegExp)]));
  const entry = [...modules.keys()].map((name) => `export * from '${name}';`).join('\n');
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, loader: 'js' },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [sources(modules)],
  });
  const code = outputFiles[0]?.text ?? '';
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  if (imports.length > 0)
    throw new Error(`latchkey: compiled validators import ${imports.map(({ path }) => path).join(', ')}`);
  return code.replace(/export \{[^}]*\};\s*$/, '');
}

function compile(document: OpenApiDocument, pool: SchemaPool, mode: CheckMode, unicodeRegExp: boolean): string {
  const ajv = new Ajv2020({ ...checkOptions(mode, unicodeRegExp), code: { source: true, esm: true } });
  if (!tracksEvaluated(pool.definitions(mode))) ajv.opts.unevaluated = false;
  ajv.addSchema({ $id: mode, $defs: pool.definitions(mode) });
  const ids = pool.names(mode).map((name) => [name, `${mode}#/$defs/${name}`] as const);
  for (const [name, id] of ids) {
    try {
      ajv.getSchema(id);
    } catch (error) {
      throw document.fault(`schema cannot be compiled: ${reasonOf(error)}`, pool.placeOf(name), error);
    }
  }
  return standalone.default(ajv, Object.fromEntries(ids.map(([name, id]) => [checkName(name), id])));
}

/**
 * Serves the compiled modules from memory and what they require from this package's own dependencies, under names that say nothing
 * of the machine: the bundler prints them.
 */
function sources(modules: ReadonlyMap<string, string>): Plugin {
  const fileOf = new Map<string, string>();
  return {
    name: 'latchkey-sources',
    setup(bundler) {
      bundler.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        if (modules.has(path)) return { path, namespace: 'checks' };
        fileOf.set(path, createRequire(fileOf.get(importer) ?? import.meta.url).resolve(path));
        return { path, namespace: 'runtime' };
      });
      bundler.onLoad({ filter: /.*/, namespace: 'checks' }, ({ path }) => ({ contents: modules.get(path) ?? '' }));
      bundler.onLoad({ filter: /.*/, namespace: 'runtime' }, async ({ path }) => {
        const text = await readFile(fileOf.get(path) ?? path, 'utf8');
        // Text for Ajv's own code generator, of no use here, that reads like an import.
        return { contents: text.replace(/^\w+\.code = 'require\(.*$/m, '') };
      });
    },
  };
}
