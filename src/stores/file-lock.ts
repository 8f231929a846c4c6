import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';
import { fileWork, ignoring, isErrno } from './files.ts';
import { processes, readOwner } from './lock-owner.ts';
import { type Found, waitForTurn } from './lock-wait.ts';
import type { LockOptions } from './store.ts';

/** How long a lock stands without a sign of life from its holder, and how often the holder gives one. */
const LEASE_MS = 15_000;
const BEAT_MS = LEASE_MS / 5;

const MOST_SILENT_HOLDERS = 100;

/** A lock that is held. */
export interface HeldLock {
  /** Fires when the lock was lost. */
  readonly signal: AbortSignal;
  /** @throws StoreError with reason `lease-lost` if the lock is somebody else's by now */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** Locks between processes, by folder. */
export interface FileLocks {
  /**
   * Takes a lock, waiting for its holder. A holder that has ended, on this machine, is followed at once; one that gives no sign of life
   * for the lease, wherever it is, is followed then, and finds its lock lost if it wakes up.
   * @throws StoreError with reason `busy`, or `unavailable` if the folder cannot be used
   */
  take(folder: string, options: LockOptions): Promise<HeldLock>;
}

/** What a lock's folder says: who comes last, and whether that one has gone. */
interface Turn {
  /** 0 if there never was a holder. */
  readonly number: number;
  readonly isOver: boolean;
}

/** How long a holder has been seen to give no sign of life. */
interface Silence {
  readonly number: number;
  readonly beatAtMs: number;
  readonly lookedAtMs: number;
  readonly lastedMs: number;
}

/**
 * Makes the locks of one store. A lock is a folder of turns: the holder's is the file with the highest number, `7`, which becomes `7.done`
 * when the lock is given back. Whoever finds the last turn over, or its holder dead, makes the next file, which the file system lets only
 * one do. As the last turn is never removed, nobody takes a turn that is past without seeing it: no lock file is ever taken away, which is
 * where others lose their exclusion.
 * @param list looks into a folder; what it shows may be old, as on a network file system
 */
export function createFileLocks(list: (folder: string) => Promise<readonly string[]> = namesIn): FileLocks {
  const silences = new Map<string, Silence>();
  /** Holders whose lease has ended, with their last sign of life on the lock where that was seen. */
  const silentHolders = new Map<string, number>();

  /** Counted while this process was awake, by its own clock: neither a clock that is set nor a process that slept ends anybody's lease. */
  const silenceOf = (folder: string, number: number, beatAtMs: number): number => {
    const lookedAtMs = performance.now();
    const before = silences.get(folder);
    const isSame = before?.number === number && before.beatAtMs === beatAtMs;
    const lastedMs = isSame ? before.lastedMs + Math.min(lookedAtMs - before.lookedAtMs, 1000) : 0;
    silences.set(folder, { number, beatAtMs, lookedAtMs, lastedMs });
    return lastedMs;
  };

  /** Whether the last holder is still to be waited for. */
  const judge = async (folder: string, { number }: Turn): Promise<'alive' | 'silent' | 'gone'> => {
    const path = join(folder, String(number));
    // In this order: on a network file system, opening a file is what brings its times up to date.
    const text = await readFile(path, 'utf8').catch(ignoring('ENOENT'));
    const found = await stat(path).catch(ignoring('ENOENT'));
    // Given back just now: the next look sees it.
    if (text === undefined || found === undefined) return 'alive';
    const owner = readOwner(text);
    if (owner && (await processes.hasEnded(owner))) return 'gone';
    // All locks of a holder fall silent together: the lease is waited for once, not once a lock.
    const lastSignMs = silentHolders.get(text);
    // One that woke up gives signs again, on this lock or another: by a clock that was set back too, they differ from the last by more than a beat.
    if (lastSignMs !== undefined && Math.abs(found.mtimeMs - lastSignMs) <= BEAT_MS) return 'gone';
    const silentMs = silenceOf(folder, number, found.mtimeMs);
    if (silentMs >= LEASE_MS) {
      if (silentHolders.size >= MOST_SILENT_HOLDERS) silentHolders.clear();
      if (owner) silentHolders.set(text, found.mtimeMs);
      return 'gone';
    }
    // One that lives does not miss two signs. The clocks of two machines may differ; both only make the wait for the lease's end worth while.
    return silentMs >= 2 * BEAT_MS || Date.now() - found.mtimeMs > LEASE_MS ? 'silent' : 'alive';
  };

  return {
    async take(folder, options) {
      const look = async (): Promise<Found<number>> => {
        const last = lastOf(await list(folder));
        const holder = last.isOver ? 'gone' : await judge(folder, last);
        if (holder !== 'gone') return holder;
        const taken = await claim(folder, last.number + 1);
        return taken === undefined ? 'alive' : { taken };
      };
      const number = await waitForTurn(folder, options, () => fileWork(`take the lock ${folder}`, look));
      silences.delete(folder);
      return hold(folder, number);
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(ignoring('ENOENT'))) ?? [];
}

function lastOf(names: readonly string[]): Turn {
  let number = 0;
  for (const name of names) if (/^\d+(\.done)?$/.test(name)) number = Math.max(number, Number.parseInt(name, 10));
  return { number, isOver: number === 0 || names.includes(`${number}.done`) };
}

/** Makes the file of a turn; `undefined` if somebody else was faster. */
async function claim(folder: string, number: number): Promise<number | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, String(number));
  // Made beside and linked, so that it names its holder from the first moment: nobody who is killed leaves a lock that tells of no one.
  const made = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(made, JSON.stringify(await processes.own()), { flag: 'wx', mode: 0o600 });
  // Somebody was faster; or so many were that the file beside it was taken for one that a dead process had left.
  const isMade = await link(made, path)
    .then(() => true, ignoring('EEXIST', 'ENOENT'))
    .finally(() => unlink(made).catch(() => {}));
  if (!isMade) return undefined;
  const last = lastOf(await namesIn(folder));
  if (last.number !== number || last.isOver) {
    // The turn was another's, and is past: what was read before was old.
    await unlink(path).catch(ignoring('ENOENT'));
    return undefined;
  }
  // The turn before this one stays, so that a list that was read while it changed still shows one of them.
  for (const name of await readdir(folder)) {
    if (Number.parseInt(name, 10) < number - 1) await unlink(join(folder, name)).catch(() => {});
  }
  return number;
}

function hold(folder: string, number: number): HeldLock {
  const path = join(folder, String(number));
  const lost = new AbortController();
  const isOurs = async (): Promise<boolean> => {
    const last = lastOf(await namesIn(folder));
    return last.number === number && !last.isOver;
  };
  const lose = (): StoreError => {
    const error = new StoreError(`The lock ${folder} was lost to somebody else`, { reason: 'lease-lost' });
    if (!lost.signal.aborted) lost.abort(error);
    return error;
  };
  const giveSign = async (): Promise<void> => {
    const now = new Date();
    await utimes(path, now, now);
    if (!(await isOurs())) lose();
  };
  const beat = setInterval(() => {
    giveSign().catch((error: unknown) => {
      // Any other sign of life that cannot be given now is given later, or the lease ends.
      if (isErrno(error, 'ENOENT')) lose();
    });
  }, BEAT_MS);
  beat.unref();
  return {
    signal: lost.signal,
    check: () =>
      fileWork(`look at the lock ${folder}`, async () => {
        if (lost.signal.aborted || !(await isOurs())) throw lose();
      }),
    async release() {
      clearInterval(beat);
      // Where the lock was lost this is a turn that is past, and nobody minds.
      await fileWork(`give back the lock ${folder}`, () => rename(path, `${path}.done`).catch(ignoring('ENOENT')));
    },
  };
}
