import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { reasonOf } from '../generate/spec-error.ts';
import { runCommand } from './run-command.ts';

/** How git is run. */
export interface GitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Longest time that it may take, in ms. @default two minutes */
  readonly timeoutMs?: number;
}

const LONGEST_MS = 120_000;
const MOST_BYTES = 128 * 1024 * 1024;

/** Git could not do what it was asked. */
class GitError extends Error {
  override readonly name = 'GitError';
  /** What git ended with; `null` if it was ended. */
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs git by a list of arguments. @throws Error with what git said */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const { signal, timeoutMs = LONGEST_MS } = options;
  const { code, stdout, stderr, ended } = await runCommand(['git', ...args], {
    cwd,
    signal,
    timeoutMs,
    mostBytes: MOST_BYTES,
    stderr: 'keep',
    // What it says is read here, in one language.
    env: { LC_ALL: 'C' },
  });
  signal?.throwIfAborted();
  if (code === 0 && ended === undefined) return stdout.toString('utf8');
  throw new GitError(`git ${args[0]}: ${(ended ?? stderr.trim()) || `ended with ${code}`}`, ended ? null : code);
}

/**
 * The text of a file in the latest commit, as a checkout would write it; `undefined` where it is not in there, or there is no git.
 * @throws Error where git cannot tell: what it does not tell is not taken for absent
 */
export async function committedText(path: string, signal?: AbortSignal): Promise<string | undefined> {
  const real = await realpath(path).catch(() => resolve(path));
  const folder = dirname(real);
  if (!(await isInGit(folder, signal))) return undefined;
  const name = `HEAD:./${basename(real)}`;
  const isThere = await succeeds(git(folder, ['rev-parse', '--quiet', '--verify', name], { signal }));
  // Not `show`: that may make a text fit for reading.
  return isThere ? git(folder, ['cat-file', '--filters', name], { signal }) : undefined;
}

/** Whether git keeps all of these files out of its commits. */
export async function areIgnored(cwd: string, paths: readonly string[], signal?: AbortSignal): Promise<boolean> {
  if (paths.length === 0 || !(await isInGit(cwd, signal))) return false;
  const ignored = await git(cwd, ['check-ignore', '--', ...paths], { signal }).catch((error: unknown) => {
    if (error instanceof GitError && error.exitCode === 1) return '';
    throw error;
  });
  // A line each; what would break a line is escaped.
  return ignored.split('\n').length - 1 === paths.length;
}

async function isInGit(folder: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await git(folder, ['rev-parse', '--is-inside-work-tree'], { signal })).trim() === 'true';
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent || (error instanceof GitError && /not a git repository/.test(reasonOf(error)))) return false;
    throw error;
  }
}

/** Whether git says yes: it ends with 1 for no. @throws what it fails with otherwise */
export async function succeeds(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 1) return false;
    throw error;
  }
}
