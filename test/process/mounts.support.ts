import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system of the test's own, in memory, taken away when the test's block ends. */
export interface Mount extends Disposable {
  readonly directory: string;
  /** Changes what it was mounted with, such as `ro`. */
  remount(options: string): void;
}

/** @throws Error if the system refuses it */
export function mountScratch(options: string): Mount {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-mount-'));
  const mount = (words: readonly string[]): void => {
    const { status, stderr, error } = spawnSync('mount', [...words, directory], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${error?.message ?? stderr}`);
  };
  const unmount = (): void => {
    process.off('exit', unmount);
    spawnSync('umount', ['--lazy', directory]);
    rmdirSync(directory);
  };
  try {
    mount(['-t', 'tmpfs', '-o', `mode=0700,${options}`, 'tmpfs']);
  } catch (error) {
    rmdirSync(directory);
    throw error;
  }
  // Whoever ends the tests in the middle leaves none behind.
  process.once('exit', unmount);
  return {
    directory,
    remount: (changes) => mount(['-o', `remount,${changes}`]),
    [Symbol.dispose]: unmount,
  };
}

/** Whether file systems can be mounted here; says so once if not. */
export const hasMounts = canMount();

function canMount(): boolean {
  try {
    mountScratch('size=64k')[Symbol.dispose]();
    return true;
  } catch (error) {
    process.stderr.write(`Skipped: all that needs a full or read-only file system. Run as root: ${String(error)}\n`);
    return false;
  }
}
