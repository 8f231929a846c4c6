import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run, type ScratchApp } from './scratch-app.ts';

export type Resolution = 'NodeNext' | 'Bundler';

export interface CompileOptions {
  /** Leaves the compiled files in the app's folder. */
  readonly emit?: boolean;
  /** Does not look into the declarations of packages: for other people's, which may need libraries of their own. */
  readonly trustLibraries?: boolean;
}

/** Compiles files of a user's app with all checks on, and gives the compiler's complaints. */
export async function compile(
  app: ScratchApp,
  resolution: Resolution,
  sources: Readonly<Record<string, string>>,
  { emit = false, trustLibraries = false }: CompileOptions = {},
): Promise<string[]> {
  await Promise.all(Object.entries(sources).map(([name, text]) => writeFile(join(app.folder, `${name}.ts`), text)));
  const compilerOptions = {
    target: 'ES2023',
    lib: ['ES2023'],
    types: ['node'],
    module: resolution === 'Bundler' ? 'ESNext' : resolution,
    moduleResolution: resolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: trustLibraries,
    noEmit: !emit,
  };
  const config = join(app.folder, 'tsconfig.json');
  await writeFile(config, JSON.stringify({ compilerOptions, files: Object.keys(sources).map((name) => `${name}.ts`) }));
  const command = join(root, 'node_modules/typescript/bin/tsc');
  const { code, stdout, stderr } = await run(
    process.execPath,
    [command, '-p', config, '--pretty', 'false'],
    app.folder,
  );
  const complaints = stdout.split('\n').filter((line) => line !== '');
  return code === 0 || complaints.length > 0 ? complaints : [`tsc ended with ${code}: ${stderr}`];
}
