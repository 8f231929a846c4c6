import type { SessionStore } from '../../stores/store.ts';
import { openStore } from '../settings/store-choice.ts';
import { type Check, failed, ok, reasonOf } from './check.ts';
import { explained } from './faults.ts';
import { checkFolder, checkLocks } from './store-folder.ts';
import { checkKey } from './store-key.ts';

/** The store that is used where no login says another one. */
export async function checkOwnStore(chosen?: string): Promise<Check[]> {
  try {
    const choice = chosen ?? (process.env.LATCHKEY_STORE || 'file');
    await using opened = await openStore(choice);
    return await checkStore(choice, opened.store);
  } catch (error) {
    const isKey = Object(error).code === 'ERR_KEY';
    return [failed(isKey ? 'key' : 'store', `${reasonOf(error)}.`, adviceFor(error))];
  }
}

/** What to do where a store cannot even be opened. */
export function adviceFor(error: unknown): string {
  if (Object(error).code === 'ERR_KEY')
    return 'Set LATCHKEY_KEY to 32 bytes, the same wherever the store is used: openssl rand -base64 32';
  if (/npm install/.test(reasonOf(error))) return 'Install it, or choose another store.';
  return 'Say it with a flag, a variable or a profile.';
}

/** A store, and the key that its records are sealed with. */
export async function checkStore(choice: string, store: SessionStore): Promise<Check[]> {
  const { kind, location = null, protection = '' } = store.describe?.() ?? { kind: 'store' };
  if (kind === 'redis') return [await checkRedis(choice, store), await checkKey(false, protection)];
  if (kind !== 'file' || location === null) return [ok('store', `Sessions are kept in ${kind}: ${protection}.`)];
  return [...(await checkFolder(location)), await checkLocks(location), await checkKey(true, protection)];
}

/** Whether a Redis does what it is asked: reads what is not there. */
async function checkRedis(choice: string, store: SessionStore): Promise<Check> {
  const { protocol, host } = new URL(choice);
  const where = `Redis at ${protocol}//${host}`;
  try {
    await store.read('cli/doctor');
    return ok('store', `${where} answers.`);
  } catch (error) {
    const [what, advice] = explained(error);
    return failed('store', `${where} cannot be used: ${what}.`, advice);
  }
}
