import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';

/** The fixture's text: a made-up lending desk whose expectations stand in the tests. */
export const fixture = await readFile(new URL('./generate-openapi.fixture.yaml', import.meta.url), 'utf8');

/** The project's folder. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A scratch folder with specs in it. */
export interface Scratch extends AsyncDisposable {
  readonly specs: string;
  readonly out: string;
  write(file: string, content: string | Uint8Array): Promise<void>;
  /** Path below the scratch folder to content, for all files of a folder. */
  read(folder?: string): Promise<Record<string, string>>;
}

/** Makes a scratch folder with the given specs, file name to text. */
export async function createScratch(specs: Readonly<Record<string, string | Uint8Array>>): Promise<Scratch> {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-generate-'));
  const scratch: Scratch = {
    specs: join(root, 'specs'),
    out: join(root, 'out'),
    async write(file, content) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), content);
    },
    async read(folder = 'out') {
      const found: Record<string, string> = {};
      const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true }).catch(() => []);
      for (const entry of entries.filter((each) => each.isFile())) {
        const path = join(entry.parentPath, entry.name);
        found[path.slice(root.length + 1)] = await readFile(path, 'utf8');
      }
      return found;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  for (const [file, content] of Object.entries(specs)) await scratch.write(`specs/${file}`, content);
  return scratch;
}

/** Messages of the strictest compiler for files, and for texts that take the place of files. */
export function compilerMessages(
  names: readonly string[],
  types: readonly string[],
  texts: ReadonlyMap<string, string> = new Map(),
): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noPropertyAccessFromIndexSignature: true,
    noImplicitReturns: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    isolatedModules: true,
    // Generated files need no such setting; a test's own program says where it is from.
    allowImportingTsExtensions: texts.size > 0,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    lib: [
      'lib.es2023.d.ts',
      'lib.es2024.string.d.ts',
      'lib.dom.d.ts',
      'lib.dom.iterable.d.ts',
      'lib.esnext.disposable.d.ts',
    ],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [...types],
    typeRoots: [join(projectFolder, 'node_modules/@types')],
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const packages = new Map(names.map((name) => [join(dirname(name), 'package.json'), '{"type":"module"}']));
  const given = new Map([...packages, ...texts]);
  host.readFile = (name) => given.get(name) ?? readFile(name);
  host.fileExists = (name) => given.has(name) || ts.sys.fileExists(name);
  host.getSourceFile = (name, language) => {
    const text = host.readFile(name);
    return text === undefined ? undefined : ts.createSourceFile(name, text, language);
  };
  const program = ts.createProgram([...names, ...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/** Loads one of the generated files, with those that it imports. */
export async function loadGenerated(
  files: ReadonlyMap<string, string>,
  file: string,
): Promise<Record<string, unknown>> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from './${file}';`, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [
      {
        name: 'generated',
        setup(bundler) {
          bundler.onResolve({ filter: /^\.\// }, ({ path, importer }) =>
            importer === '<stdin>' || files.has(importer) ? { path: path.slice(2), namespace: 'generated' } : undefined,
          );
          bundler.onLoad({ filter: /.*/, namespace: 'generated' }, ({ path }) => ({
            contents: files.get(path) ?? '',
            loader: 'ts',
            resolveDir: projectFolder,
          }));
        },
      },
    ],
  });
  const text = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64');
  return await import(/* @vite-ignore */ `data:text/javascript;base64,${text}`);
}

/** Number of the first line that holds a text, from 1. */
export function lineOf(text: string, needle: string): number {
  const index = text.split('\n').findIndex((line) => line.includes(needle));
  if (index < 0) throw new Error(`the text has no line with ${needle}`);
  return index + 1;
}

/** Replaces a text that must be there. */
export function replaced(text: string, search: string, by: string): string {
  if (!text.includes(search)) throw new Error(`the text does not hold ${search}`);
  return text.replace(search, () => by);
}
