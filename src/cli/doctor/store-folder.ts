import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoring } from '../../stores/files.ts';
import { processes, readOwner } from '../../stores/lock-owner.ts';
import { networkNameOf } from '../../stores/network-folder.ts';
import { type Check, failed, ok, reasonOf, warning } from './check.ts';

/** A lock without a sign of life for as long as this is nobody's any more. */
const SILENT_MS = 30_000;

/** The folder of a file store: who can use it, and where it lies. Nothing is made or changed. */
export async function checkFolder(folder: string): Promise<Check[]> {
  const name = 'store';
  const found = await stat(folder).catch(ignoring('ENOENT', 'ENOTDIR', 'EACCES'));
  if (found === undefined) {
    const problem = await whyNotMade(folder);
    if (problem === undefined) return [ok(name, `${folder} is not there yet: the first login makes it.`)];
    const advice = 'Give your user the right to write there, or choose another --store or XDG_STATE_HOME.';
    return [failed(name, `${folder} cannot be made: ${problem}.`, advice)];
  }
  if (!found.isDirectory())
    return [failed(name, `${folder} is no folder.`, 'Move it away, or choose another --store.')];
  const own = process.getuid?.();
  if (own !== undefined && found.uid !== own) {
    return [
      failed(name, `${folder} belongs to another user (uid ${found.uid}).`, 'Give it back to its user with chown.'),
    ];
  }
  const mode = found.mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
    const text = `Others can write to ${folder} (mode ${mode.toString(8)}), so nothing in it is trusted.`;
    return [failed(name, text, `chmod 700 ${folder}`)];
  }
  const problem = await whyNotUsed(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  if (problem !== undefined)
    return [failed(name, `${folder} cannot be used: ${problem}.`, 'Give your user the right to write there.')];
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

/** Why a folder that is not there cannot be made, in words; `undefined` where nothing speaks against it. */
export async function whyNotMade(folder: string): Promise<string | undefined> {
  const parent = dirname(folder);
  if (parent === folder) return undefined;
  const found = await stat(parent).catch(ignoring('ENOENT', 'ENOTDIR', 'EACCES'));
  if (found === undefined) return whyNotMade(parent);
  return found.isDirectory() ? whyNotUsed(parent, constants.W_OK | constants.X_OK) : `${parent} is no folder`;
}

async function whyNotUsed(folder: string, wanted: number): Promise<string | undefined> {
  return access(folder, wanted).then(() => undefined, reasonOf);
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
