import type { Stats } from 'node:fs';
import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoring, isErrno } from '../../stores/files.ts';
import { processes, readOwner } from '../../stores/lock-owner.ts';
import { networkNameOf } from '../../stores/network-folder.ts';
import { type Check, failed, ok, reasonOf, warning } from './check.ts';

/** A lock without a sign of life for as long as this is nobody's any more. */
const SILENT_MS = 30_000;

/** What keeps a folder from being used, and what to do. */
export interface FolderProblem {
  readonly text: string;
  readonly advice: string;
}

/** Less than this is not enough for a record with its locks. */
const LEAST_ROOM_BYTES = 64 * 1024;

/** What keeps a folder from being used for secrets, or from being made where it is not there. Nothing is made or changed. */
export async function folderProblem(folder: string): Promise<FolderProblem | undefined> {
  return (await writeProblem(folder)) ?? (await trustProblem(folder));
}

/** Whose folder it is, and who else can write to it: the store refuses what others could have put there. */
async function trustProblem(folder: string): Promise<FolderProblem | undefined> {
  const found = await stat(folder).catch(ignoring('ENOENT', 'ENOTDIR'));
  if (found === undefined || process.platform === 'win32') return undefined;
  if (found.uid !== process.getuid?.()) {
    const text = `${folder} belongs to another user (uid ${found.uid}).`;
    return { text, advice: 'Give it back to its user with chown.' };
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o022) === 0) return undefined;
  const text = `Others can write to ${folder} (mode ${mode.toString(8)}), so nothing in it is trusted.`;
  return { text, advice: `chmod 700 ${folder}` };
}

async function writeProblem(folder: string): Promise<FolderProblem | undefined> {
  const found = await lookedAt(folder);
  if (found instanceof Error) return { text: `${folder} cannot be looked at: ${found.message}.`, advice: OWN_IT };
  if (found === undefined) {
    // Whoever owns the folders above it need not be its user: what can be made in them counts.
    const above = await writeProblem(await nearest(folder));
    return above && { ...above, text: `${folder} cannot be made: ${above.text}` };
  }
  if (!found.isDirectory()) return { text: `${folder} is no folder.`, advice: 'Move it away, or choose another one.' };
  const problem = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (isErrno(problem, 'EROFS')) {
    const advice =
      'Choose a folder elsewhere (XDG_STATE_HOME, XDG_CONFIG_HOME, --store), or --store memory or redis://….';
    return { text: `${folder} is on a file system that is read-only.`, advice };
  }
  if (problem !== undefined) return { text: `${folder} cannot be used: ${reasonOf(problem)}.`, advice: OWN_IT };
  const { bavail, bsize, blocks } = await statfs(folder);
  if (blocks === 0 || bavail * bsize >= LEAST_ROOM_BYTES) return undefined;
  const text = `The disk of ${folder} is full (${Math.floor((bavail * bsize) / 1024)} KiB are left).`;
  return { text, advice: 'Make room there, or choose a folder on another disk.' };
}

const OWN_IT = 'Give your user the right to write there, or choose another folder.';

/** The first folder above it that is there, whatever it is. */
async function nearest(folder: string): Promise<string> {
  const above = dirname(folder);
  return above === folder || (await lookedAt(above)) !== undefined ? above : nearest(above);
}

async function lookedAt(path: string): Promise<Stats | Error | undefined> {
  return stat(path).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    return error instanceof Error ? error : new Error(String(error));
  });
}

/** The folder of a file store: who can use it, and where it lies. Nothing is made or changed. */
export async function checkFolder(folder: string): Promise<Check[]> {
  const name = 'store';
  const problem = await folderProblem(folder);
  if (problem !== undefined) return [failed(name, problem.text, problem.advice)];
  const found = await stat(folder).catch(ignoring('ENOENT', 'ENOTDIR'));
  if (found === undefined) return [ok(name, `${folder} is not there yet: the first login makes it.`)];
  const mode = found.mode & 0o777;
  const loose = await looseRecords(folder);
  const checks: Check[] = [];
  if (loose.length > 0) {
    const text = `Others can read ${loose.join(', ')}, so these records are not used.`;
    checks.push(failed(name, text, `chmod 600 ${loose.map((file) => join(folder, file)).join(' ')}`));
  } else if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const text = `Others can look into ${folder} (mode ${mode.toString(8)}); the records themselves are 0600 and encrypted.`;
    checks.push(warning(name, text, `chmod 700 ${folder}`));
  } else checks.push(ok(name, `${folder} is there, private and can be written to.`));
  const network = process.platform === 'linux' ? networkNameOf(await statfs(folder)) : undefined;
  if (network !== undefined) {
    const text = `${folder} is on a network file system (${network}), where locks may not hold between hosts.`;
    checks.push(
      warning('store-location', text, 'Use a store in Redis (--store redis://…) where several hosts share sessions.'),
    );
  } else checks.push(ok('store-location', `${folder} is on a file system of this machine.`));
  return checks;
}

/** Records that others can read: the store refuses them. */
async function looseRecords(folder: string): Promise<string[]> {
  if (process.platform === 'win32') return [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.record'));
  const modes = await Promise.all(
    names.map(async (name) => ((await stat(join(folder, name)).catch(ignoring('ENOENT')))?.mode ?? 0) & 0o077),
  );
  return names.filter((_, index) => modes[index] !== 0);
}

/** The locks of a file store: which are held now, by whom, and which by nobody who lives. */
export async function checkLocks(folder: string): Promise<Check> {
  const locks = join(folder, 'locks');
  const names = (await readdir(locks).catch(ignoring('ENOENT', 'ENOTDIR'))) ?? [];
  const held = (await Promise.all(names.map((name) => holderOf(join(locks, name))))).filter(
    (each) => each !== undefined,
  );
  const dead = held.filter(({ isDead }) => isDead);
  const live = held.filter(({ isDead }) => !isDead);
  const by = live.length === 0 ? '' : `, held by ${live.map(({ who }) => who).join(', ')}`;
  if (dead.length > 0) {
    const text = `${dead.length} of ${names.length} locks were left by who has ended (${dead.map(({ who }) => who).join(', ')})${by}.`;
    return warning('locks', text, 'Nothing: the next one who needs the lock takes it over.');
  }
  if (live.length > 0) return ok('locks', `${live.length} of ${names.length} locks are held now${by}.`);
  return ok('locks', names.length === 0 ? 'There are no locks.' : `None of ${names.length} locks is held.`);
}

interface Holder {
  readonly who: string;
  readonly isDead: boolean;
}

/** Who holds a lock: the last turn in its folder, unless that is done. */
async function holderOf(folder: string): Promise<Holder | undefined> {
  const names = (await readdir(folder).catch(ignoring('ENOENT', 'ENOTDIR'))) ?? [];
  const turn = Math.max(
    0,
    ...names.filter((name) => /^\d+(\.done)?$/.test(name)).map((name) => Number.parseInt(name, 10)),
  );
  if (turn === 0 || names.includes(`${turn}.done`)) return undefined;
  const path = join(folder, String(turn));
  const text = await readFile(path, 'utf8').catch(ignoring('ENOENT'));
  const found = await stat(path).catch(ignoring('ENOENT'));
  if (text === undefined || found === undefined) return undefined;
  const owner = readOwner(text);
  if (owner === null) return { who: 'nobody that its file names', isDead: true };
  const isHere = owner.place === (await processes.own()).place;
  const isDead = isHere ? await processes.hasEnded(owner) : Date.now() - found.mtimeMs > SILENT_MS;
  return { who: `process ${owner.pid}${isHere ? '' : ' of another host or container'}`, isDead };
}
