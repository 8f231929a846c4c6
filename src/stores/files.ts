import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError } from '../errors.ts';

/** A half-written file as old as this is of a process that was killed. */
const LONGEST_WRITE_MS = 3_600_000;

/** Runs file work; what fails becomes a `StoreError` that says what could not be done. */
export async function fileWork<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError || error instanceof TypeError) throw error;
    throw new StoreError(`The file store could not ${what}${whyOf(error)}`, { reason: 'unavailable', cause: error });
  }
}

/** What the system says most often, in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENOTDIR: 'there is a file where a folder should be',
  EEXIST: 'there is a file where a folder should be',
};

function whyOf(error: unknown): string {
  const { code }: { code?: unknown } = Object(error);
  if (typeof code !== 'string') return '';
  const words = REFUSALS[code];
  return words === undefined ? ` (${code})` : `: ${words} (${code})`;
}

/**
 * Makes a folder with mode 0700, and the folders above it; one that is there keeps its mode.
 * @throws StoreError with reason `unsafe` if it is another user's, or others can write to it: they could put in what they like
 */
export async function makeFolder(path: string): Promise<void> {
  // The mask of the process may take bits away, never add them; chmod settles the last folder either way.
  if (await makeFolders(path)) await chmod(path, 0o700);
  if (process.platform === 'win32') return;
  const { mode, uid } = await stat(path);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own) {
    throw new StoreError(`The folder ${path} belongs to another user (uid ${uid})`, { reason: 'unsafe' });
  }
  if ((mode & 0o022) !== 0) {
    throw new StoreError(`Others can write to the folder ${path} (mode ${octal(mode)}); it must be 0700`, {
      reason: 'unsafe',
    });
  }
}

/**
 * Makes a folder and those above it. Not by `recursive`: under a folder that takes none, as /proc, Node 20 tries for ever.
 * @returns whether it was not there
 */
async function makeFolders(path: string): Promise<boolean> {
  const make = async (): Promise<boolean> => {
    try {
      await mkdir(path, { mode: 0o700 });
      return true;
    } catch (error) {
      const isFolder = await stat(path).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (isFolder) return false;
      throw error;
    }
  };
  try {
    return await make();
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    return make();
  }
}

/**
 * The text of a file that only its owner can read; `null` if there is none.
 * @throws StoreError with reason `unsafe` if others can read it
 */
export async function readPrivate(path: string): Promise<string | null> {
  return fileWork(`read ${path}`, async () => {
    const found = await stat(path).catch(ignoring('ENOENT'));
    if (!found) return null;
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw new StoreError(`${path} can be read by others (mode ${octal(found.mode)}); it must be 0600`, {
        reason: 'unsafe',
      });
    }
    return (await readFile(path, 'utf8').catch(ignoring('ENOENT'))) ?? null;
  });
}

/** A new file of mode 0600 in the same folder, on disk when this returns. */
export async function writeBeside(path: string, text: string): Promise<string> {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(temporary).catch(ignoring('ENOENT'));
    throw error;
  }
  return temporary;
}

/**
 * Replaces a file as a whole: readers see the old text or the new one, whatever crashes.
 * @param mayReplace looked at when everything but the rename is done; the file stays as it is if it throws
 */
export async function replaceFile(path: string, text: string, mayReplace?: () => Promise<void>): Promise<void> {
  const temporary = await writeBeside(path, text);
  try {
    await mayReplace?.();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(ignoring('ENOENT'));
    throw error;
  }
}

/** Removes what processes that were killed have left half written. What cannot be removed stays. */
export async function sweepFolder(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  for (const name of names) {
    if (!name.endsWith('.tmp')) continue;
    const file = join(path, name);
    const found = await stat(file).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > LONGEST_WRITE_MS) await unlink(file).catch(() => {});
  }
}

/** A handler that takes one error code as no error. */
export function ignoring(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.some((code) => isErrno(error, code))) return undefined;
    throw error;
  };
}

/** Whether an error is a system error of this code. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8);
}
