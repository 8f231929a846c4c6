import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '../..');
const buildInfo = join(root, 'dist/.tsbuildinfo');
const lock = join(root, 'node_modules/.latchkey-build.lock');
/** A lock older than this is of a run that was killed. */
const longestBuildMs = 180_000;

/** Builds `dist` unless it is newer than every source. Several test files may ask at once: one of them builds. */
export async function ensureBuilt(): Promise<void> {
  while (!(await isBuilt())) {
    if (await takeLock()) {
      try {
        if (!(await isBuilt())) await build();
      } finally {
        await rmdir(lock);
      }
    } else await sleep(200);
  }
}

async function build(): Promise<void> {
  const startedAt = new Date();
  try {
    await promisify(execFile)('npm', ['run', '-s', 'build:files'], { cwd: root });
  } catch (error) {
    await rm(buildInfo, { force: true });
    throw error;
  }
  await utimes(buildInfo, startedAt, startedAt);
}

async function isBuilt(): Promise<boolean> {
  const builtAtMs = Math.min(await changedAtMs(buildInfo), await changedAtMs(join(root, 'dist', latchkey)));
  const folders = ['src', 'scripts', 'generated'].map(async (name) => {
    const entries = await readdir(join(root, name), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  });
  const sources = ['tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name));
  const times = await Promise.all([...sources, ...(await Promise.all(folders)).flat()].map(changedAtMs));
  return builtAtMs > Math.max(...times);
}

async function changedAtMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

async function takeLock(): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    if (Date.now() - (await changedAtMs(lock)) > longestBuildMs) await rmdir(lock).catch(() => {});
    return false;
  }
}

/** A folder of the test's own, for everything a program may leave behind. */
export async function createFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-process-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface Finished {
  readonly code: number | null;
  readonly endedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A built program under way, leader of a process group of its own, as a shell would start it. */
export interface Started extends AsyncDisposable {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** Closes our end of its stdout. */
  closeStdout(): void;
  /** Resolves with what it has printed once that holds the text. */
  printed(stream: 'stdout' | 'stderr', text: string): Promise<string>;
  /** Sends a signal to the program alone. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal to it and all its children, as a terminal does at Ctrl-C. */
  signalGroup(name: NodeJS.Signals): void;
  /** Pids of the group that are still running. */
  running(): Promise<number[]>;
  /** Pids of the group that run a command line with this word: a child that is only forked yet still has its parent's. */
  runningWith(word: string): Promise<number[]>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it reads from stdin; there is nothing to read unless given. `null` leaves it waiting. */
  readonly input?: string | null;
}

/** The command, as a file of `dist`. */
export const latchkey = 'cli/main.cjs';

/** Starts a file of `dist`, or an absolute path. */
export function start(
  file: string,
  args: readonly string[],
  { env = {}, cwd = root, input = '' }: StartOptions = {},
): Started {
  const path = file.startsWith('/') ? file : join(root, 'dist', file);
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    env: { ...plainEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // It need not read what it is given.
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${path} could not be started`);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece;
      child.emit('printed');
    });
  }
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code, endedBy) => resolve({ code, endedBy, ...text }));
  });
  const signalGroup = (name: NodeJS.Signals): void => {
    process.kill(-pid, name);
  };
  const group = async (): Promise<{ readonly member: number; readonly words: readonly string[] }[]> => {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,pgid=,stat=,args=']);
    return stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, leader, state]) => Number(leader) === pid && !state?.startsWith('Z'))
      .map(([member, , , ...words]) => ({ member: Number(member), words }));
  };
  const running = async (): Promise<number[]> => (await group()).map(({ member }) => member);
  const runningWith = async (word: string): Promise<number[]> =>
    (await group()).filter(({ words }) => words.includes(word)).map(({ member }) => member);
  return {
    pid,
    finished,
    closeStdout: () => child.stdout.destroy(),
    printed: (stream, wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text[stream].includes(wanted)) resolve(text[stream]);
        };
        look();
        child.on('printed', look);
        child.once('close', () => reject(new Error(`ended without ${wanted}: ${text.stdout}${text.stderr}`)));
      }),
    signal: (name) => {
      process.kill(pid, name);
    },
    signalGroup,
    running,
    runningWith,
    async [Symbol.asyncDispose]() {
      if ((await running()).length > 0) signalGroup('SIGKILL');
      await finished;
    },
  };
}

/** Runs a file of `dist` to its end. */
export async function run(file: string, args: readonly string[], options?: StartOptions): Promise<Finished> {
  await using program = start(file, args, options);
  return await program.finished;
}

/** What started these tests must not steer what they start. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const isOurs = /^(npm_|VITEST|NODE_OPTIONS$|NODE_V8_COVERAGE$|NODE_ENV$|FORCE_COLOR$|LATCHKEY_)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs.test(name)));
}
