import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'generated', 'scripts'];
const LIMIT_MS = 120_000;

/** The path of a built module, named as it is in the sources: `scripts/bench/calls-server.ts`. */
export function builtPath(source: string): string {
  return join(ROOT, 'dist', source.replace(/\.ts$/, '.js'));
}

/** Builds `dist` unless everything in it is there and as new as its source. @throws Error with what was printed */
export async function ensureBuilt(onBuild: () => void): Promise<void> {
  if (SOURCES.flatMap(sourceFiles).every(isFresh)) return;
  onBuild();
  await new Promise<void>((resolve, reject) => {
    const options = { cwd: ROOT, timeout: LIMIT_MS, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile('npm', ['run', '-s', 'build:files'], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`The build failed:\n${stdout}${stderr}`.trimEnd(), { cause: error.code }));
      else resolve();
    });
  });
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

function isFresh(source: string): boolean {
  const built = statSync(builtPath(source), { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs >= statSync(join(ROOT, source)).mtimeMs;
}
