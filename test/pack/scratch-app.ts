import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** The parts of package.json that the tests of the package look at. */
interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An app with nothing in it but our tarball, installed from a file as a user would. */
export interface ScratchApp extends AsyncDisposable {
  /** The folder of the app. */
  readonly folder: string;
  /** The folder of the installed package. */
  readonly installed: string;
  readonly tarball: string;
  readonly manifest: Manifest;
  /** Runs Node in the app, with an empty home. */
  node(args: readonly string[]): Promise<Finished>;
  /** Lets the app use a package of this project's node_modules, as if the user had installed it. */
  lend(name: string): Promise<void>;
}

const neverPacked = new Set(['.git', 'node_modules', 'dist', 'coverage']);

/** The variables of npm that started these tests must not steer the npm that they start. */
function plainEnvironment(home?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_V8_COVERAGE$|VITEST)/i.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    ...(home === undefined ? {} : { HOME: home, XDG_STATE_HOME: '' }),
  };
}

/** Runs a program to its end, whatever its exit code. */
export function run(program: string, args: readonly string[], cwd: string, home?: string): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd, env: plainEnvironment(home), maxBuffer: 64 << 20, timeout: 170_000 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr: code === 0 || stderr !== '' ? stderr : String(error) });
    });
  });
}

async function mustRun(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

/** All files of a folder, as paths with slashes, sorted. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/**
 * Builds and packs a copy of the project as it is on disk, and installs the tarball. The copy keeps tests that run at the same
 * time away from each other's `dist`.
 */
export async function createScratchApp(): Promise<ScratchApp> {
  const scratch = await mkdtemp(join(tmpdir(), 'latchkey-pack-'));
  const source = join(scratch, 'source');
  const folder = join(scratch, 'app');
  const home = join(scratch, 'home');
  const remove = () => rm(scratch, { recursive: true, force: true });
  try {
    await cp(root, source, {
      recursive: true,
      filter: (path) => !neverPacked.has(relative(root, path).split(sep)[0] ?? ''),
    });
    await symlink(join(root, 'node_modules'), join(source, 'node_modules'), 'dir');
    await mustRun('npm', ['run', 'build'], source);
    await mustRun('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch], source);
    const packed = (await readdir(scratch)).filter((name) => name.endsWith('.tgz'));
    const tarball = join(scratch, packed[0] ?? 'no tarball was made');

    await mkdir(folder);
    await mkdir(home);
    await writeFile(join(folder, 'package.json'), '{"name":"scratch-app","private":true,"type":"module"}\n');
    await mustRun(
      'npm',
      ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball],
      folder,
    );
    const installed = join(folder, 'node_modules/latchkey');
    // npm wrote this file from ours a moment ago; a part that is missing makes the test that uses it fail.
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
    return {
      folder,
      installed,
      tarball,
      manifest,
      node: (args) => run(process.execPath, args, folder, home),
      lend: async (name) => {
        const place = join(folder, 'node_modules', name);
        await mkdir(join(place, '..'), { recursive: true });
        await symlink(join(root, 'node_modules', name), place, 'dir');
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
