import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Writes a file in one step: whoever reads it sees the old text or the new one. Its folder is made. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const folder = dirname(resolve(path));
  await mkdir(folder, { recursive: true });
  const staged = `${resolve(path)}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(staged, text, { flag: 'wx' });
    await rename(staged, path);
  } finally {
    await rm(staged, { force: true });
  }
}

/** The text of a file that may not be there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
