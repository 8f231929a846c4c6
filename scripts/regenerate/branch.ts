import { realpath } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { reasonOf } from '../generate/spec-error.ts';
import { UsageError } from '../generate/usage-error.ts';
import { git, succeeds } from './git.ts';

/** Hooks of a commit may run tests. */
const LONGEST_COMMIT_MS = 30 * 60_000;

/** A branch that can be made: what it is called, and where. */
export interface BranchPlan {
  readonly root: string;
  readonly name: string;
}

/** The files and folders of a commit. */
export interface BranchFiles {
  /** What will change, and must have no changes yet that are not committed. */
  readonly clean: readonly string[];
  /** What may have such changes: they are part of the commit. */
  readonly edited: readonly string[];
}

/**
 * Looks whether a branch can be made, before anything is done.
 * @throws UsageError for a bad name, for one that is taken, outside of git, where git does not know who commits, and where what will change
 * has changes already
 */
export async function planBranch(
  cwd: string,
  name: string,
  { clean, edited }: BranchFiles,
  signal?: AbortSignal,
): Promise<BranchPlan> {
  const run = (...args: string[]): Promise<string> => git(cwd, args, { signal });
  const refused = (what: string) => (error: unknown) => {
    signal?.throwIfAborted();
    throw new UsageError(what, { cause: error });
  };
  const root = await run('rev-parse', '--show-toplevel').then(
    (stdout) => stdout.replace(/\r?\n$/, ''),
    (error: unknown) => refused(`a branch needs a git repository: ${reasonOf(error)}`)(error),
  );
  await run('check-ref-format', '--branch', name).catch(refused(`${JSON.stringify(name)} is no name for a branch`));
  const taken = await branchInTheWay(root, name, signal);
  if (taken === name) throw new UsageError(`there is a branch ${name} already: take it away, or give another name`);
  if (taken !== undefined) throw new UsageError(`there cannot be a branch ${name} beside the branch ${taken}`);
  for (const who of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    await run('var', who).catch(
      refused('git does not know who commits: git config user.name "…" and git config user.email "…" tell it'),
    );
  }
  await pathsIn(root, edited);
  const dirty = await statusOf(root, await pathsIn(root, clean), signal);
  if (dirty.length === 0) return { root, name };
  const more = dirty.length > 10 ? ` and ${dirty.length - 10} more` : '';
  throw new UsageError(
    `commit or undo first what would be mixed up with the new files: ${dirty.slice(0, 10).join(', ')}${more}`,
  );
}

/** A branch with this name, or one that leaves no room for it: a branch is a file, and cannot be a folder too. */
async function branchInTheWay(
  root: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const steps = name.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));
  for (const step of steps) {
    const isThere = await succeeds(git(root, ['show-ref', '--verify', '--quiet', `refs/heads/${step}`], { signal }));
    if (isThere) return step;
  }
  const below = await git(root, ['for-each-ref', '--count=1', '--format=%(refname:strip=2)', `refs/heads/${name}/`], {
    signal,
  });
  return below.trim() || undefined;
}

/**
 * Makes the branch and one commit on it with nothing but the given files, and stays on it. Nothing is pushed. When the commit fails, the
 * branch is taken away again, and the files stay as they are.
 * @returns the commit; `undefined` where git ignores all of these files, and there is no branch then
 */
export async function commitBranch(
  { root, name }: BranchPlan,
  { clean, edited }: BranchFiles,
  message: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const changed = await statusOf(root, await pathsIn(root, [...clean, ...edited]), signal);
  if (changed.length === 0) return undefined;
  const paths = changed.map(pathspec);
  const back = await wayBack(root, signal);
  await git(root, ['switch', '--quiet', '--create', name], { signal });
  try {
    await git(root, ['add', '--all', '--', ...paths], { signal });
    // Only these: what else is staged stays so.
    const commit = ['commit', '--quiet', '--message', message, '--only', '--', ...paths];
    await git(root, commit, { signal, timeoutMs: LONGEST_COMMIT_MS });
  } catch (error) {
    await git(root, back);
    // Where nothing was ever committed there is no branch to take away.
    await git(root, ['branch', '--quiet', '--delete', '--force', name]).catch(() => {});
    signal?.throwIfAborted();
    const left = 'No branch was made; what was written is left for you to look at';
    throw new Error(`${reasonOf(error)}\n${left}`, { cause: error });
  }
  return (await git(root, ['rev-parse', 'HEAD'])).trim();
}

/** What leads back to where HEAD is now, with files and index left alone. */
async function wayBack(root: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const asked = git(root, ['symbolic-ref', '--quiet', 'HEAD'], { signal });
  return (await succeeds(asked)) ? ['symbolic-ref', 'HEAD', (await asked).trim()] : ['switch', '--quiet', '--detach'];
}

/** Which of these paths have changes that are not committed, as git names them. */
async function statusOf(root: string, paths: readonly string[], signal: AbortSignal | undefined): Promise<string[]> {
  if (paths.length === 0) return [];
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--', ...paths];
  const stdout = await git(root, args, { signal });
  return stdout
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
