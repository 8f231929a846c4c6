import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { reasonOf } from '../generate/spec-error.ts';
import { readSpec } from '../generate/spec-files.ts';
import { UsageError } from '../generate/usage-error.ts';

/** Longer than any process takes to write a file. */
const STALE_MS = 3_600_000;

/** Writes a file in one step: whoever reads it sees the old text or the new one. Its folder is made; its mode stays, and so does a link to it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path));
  await mkdir(dirname(target), { recursive: true });
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => 0o666,
  );
  const staged = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(staged, text, { flag: 'wx', mode });
    await rename(staged, target);
  } finally {
    await rm(staged, { force: true });
  }
  await clearStaged(target);
}

/** Takes away what a process left that was killed; only what is old, as another one may be at work. */
async function clearStaged(target: string): Promise<void> {
  const left = (await readdir(dirname(target))).filter(
    (name) =>
      name.startsWith(`${basename(target)}.`) && /^\.[\da-f]{12}\.tmp$/.test(name.slice(basename(target).length)),
  );
  for (const name of left) {
    const path = join(dirname(target), name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}

/**
 * The text of a file that may not be there.
 * @param name How messages call it.
 * @throws UsageError when it cannot be read, SpecError when it is not UTF-8: written again, it would not be what it was
 */
export async function readIfThere(path: string, name: string = path): Promise<string | undefined> {
  try {
    return await readSpec(path, name);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { cause } = error;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new UsageError(`${name} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
