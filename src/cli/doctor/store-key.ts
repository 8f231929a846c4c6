import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { StoreError } from '../../errors.ts';
import { homeFolder } from '../../stores/home-folders.ts';
import { type KeyPlace, openKeyFile } from '../../stores/key-file.ts';
import { openKeychain } from '../../stores/keychain.ts';
import { type Check, failed, ok, reasonOf } from './check.ts';
import { folderProblem } from './store-folder.ts';

const name = 'key';

/** The key that records are sealed with. It is not used, and none is made. */
export async function checkKey(isOfFileStore: boolean, protection: string): Promise<Check> {
  const fine = ok(name, `Records are protected so: ${protection}.`);
  if (!isOfFileStore || process.env.LATCHKEY_KEY) return fine;
  const path = join(homeFolder('XDG_CONFIG_HOME'), 'store.key');
  let place: KeyPlace | null;
  try {
    place = await openKeyFile(path).read();
  } catch (error) {
    return (
      (await unmakeable(path)) ?? failed(name, `The key cannot be used: ${reasonOf(error)}.`, adviceFor(error, path))
    );
  }
  if (place === null) return (await unmakeable(path)) ?? fine;
  if (place.kind === 'file') return fine;
  const whyNot = openKeychain().whyNot();
  if (whyNot !== null) {
    const advice = `Let the keychain be used, or set LATCHKEY_KEY; moving ${path} away makes a new key, at the price of a login.`;
    return failed(name, `${path} says that the key is in the OS keychain, but ${whyNot}.`, advice);
  }
  if (place.host === hostname()) return fine;
  return failed(
    name,
    `${path} says that the key is in the OS keychain of the host ${place.host}.`,
    'Hosts that share a store need LATCHKEY_KEY, the same one on each.',
  );
}

/** A key file that is not there, and that no login can make. */
async function unmakeable(path: string): Promise<Check | undefined> {
  if (existsSync(path)) return undefined;
  const problem = await folderProblem(dirname(path));
  return problem && failed(name, `There is no key, and none can be made: ${problem.text}`, problem.advice);
}

function adviceFor(error: unknown, path: string): string {
  if (error instanceof StoreError && error.reason === 'unsafe') return `chmod 600 ${path}`;
  return `Let your user read ${path}, or move it away: the next login makes a new key.`;
}
