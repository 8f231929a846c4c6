import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { reasonOf } from '../generate/spec-error.ts';
import { UsageError } from '../generate/usage-error.ts';
import { runCommand } from './run-command.ts';

const LIMITS = { timeoutMs: 120_000, mostBytes: 128 * 1024 * 1024, stderr: 'keep' } as const;

/** Runs git by a list of arguments. @throws Error with what git said */
async function git(cwd: string, args: readonly string[], signal?: AbortSignal): Promise<Buffer> {
  const { code, stdout, stderr, ended } = await runCommand(['git', ...args], { cwd, signal, ...LIMITS });
  signal?.throwIfAborted();
  if (code === 0 && ended === undefined) return stdout;
  throw new Error(`git ${args[0]}: ${(ended ?? stderr.trim()) || `ended with ${code}`}`);
}

/** The text of a file in the latest commit, as a checkout would write it; `undefined` where there is none, or no git. */
export async function committedText(path: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    // Not `show`: that may make a text fit for reading.
    const args = ['cat-file', '--filters', `HEAD:./${basename(path)}`];
    return (await git(dirname(resolve(path)), args, signal)).toString('utf8');
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** A branch that can be made: what it is called, and where. */
export interface BranchPlan {
  readonly root: string;
  readonly name: string;
}

/**
 * Looks whether a branch can be made, before anything is done.
 * @param touched Files and folders that will change, and must have no changes yet that are not committed.
 * @throws UsageError for a bad name, for one that is taken, outside of git, or where what will change has changes already
 */
export async function planBranch(
  cwd: string,
  name: string,
  touched: readonly string[],
  signal?: AbortSignal,
): Promise<BranchPlan> {
  const root = await git(cwd, ['rev-parse', '--show-toplevel'], signal).then(
    (stdout) => stdout.toString('utf8').trim(),
    (error: unknown) => {
      throw new UsageError(`a branch needs a git repository: ${reasonOf(error)}`, { cause: error });
    },
  );
  await git(cwd, ['check-ref-format', '--branch', name], signal).catch((error: unknown) => {
    throw new UsageError(`${JSON.stringify(name)} is no name for a branch`, { cause: error });
  });
  const isTaken = await git(cwd, ['show-ref', '--verify', '--quiet', `refs/heads/${name}`], signal).then(
    () => true,
    () => false,
  );
  if (isTaken) throw new UsageError(`there is a branch ${name} already`);
  const dirty = await statusOf(root, await pathsIn(root, touched), signal);
  if (dirty.length > 0) {
    throw new UsageError(
      `commit or undo first what would be mixed up with the new files: ${dirty.slice(0, 10).join(', ')}`,
    );
  }
  return { root, name };
}

/**
 * Makes the branch and one commit on it with nothing but the given files, and stays on it. Nothing is pushed. When the commit fails, the
 * branch is taken away again, and the files stay as they are.
 * @returns the commit
 */
export async function commitBranch(
  { root, name }: BranchPlan,
  files: readonly string[],
  message: string,
  signal?: AbortSignal,
): Promise<string> {
  const changed = await statusOf(root, await pathsIn(root, files), signal);
  if (changed.length === 0) throw new Error('there is nothing to commit: git ignores what was written');
  const paths = changed.map(pathspec);
  const back = await wayBack(root, signal);
  await git(root, ['switch', '--quiet', '--create', name], signal);
  try {
    await git(root, ['add', '--all', '--', ...paths], signal);
    // Only these: what else is staged stays so.
    await git(root, ['commit', '--quiet', '--message', message, '--only', '--', ...paths], signal);
  } catch (error) {
    await git(root, back);
    await git(root, ['branch', '--quiet', '--delete', '--force', name]);
    throw error;
  }
  return (await git(root, ['rev-parse', 'HEAD'])).toString('utf8').trim();
}

/** What leads back to where HEAD is now, with files and index left alone. */
async function wayBack(root: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const head = await git(root, ['symbolic-ref', '--quiet', 'HEAD'], signal).catch(() => undefined);
  return head === undefined
    ? ['switch', '--quiet', '--detach']
    : ['symbolic-ref', 'HEAD', head.toString('utf8').trim()];
}

/** Which of these paths have changes that are not committed, as git names them. */
async function statusOf(root: string, paths: readonly string[], signal: AbortSignal | undefined): Promise<string[]> {
  if (paths.length === 0) return [];
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--', ...paths];
  const stdout = await git(root, args, signal);
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
}

/** A path from the root of the repository, taken as it is: a file may be called `*`. */
function pathspec(path: string): string {
  return `:(top,literal)${path}`;
}

async function pathsIn(root: string, paths: readonly string[]): Promise<string[]> {
  const top = await realpath(root);
  return Promise.all(
    paths.map(async (path) => {
      const inside = relative(top, await realDestination(resolve(path)))
        .split(sep)
        .join('/');
      if (inside === '..' || inside.startsWith('../')) {
        throw new UsageError(`${path} lies outside of the git repository ${root}`);
      }
      return pathspec(inside);
    }),
  );
}

/** The real path of what may not be there yet. */
async function realDestination(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return realpath(path).catch(async () => resolve(await realDestination(parent), basename(path)));
}

/** Digest of a text, as the lock has it. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
