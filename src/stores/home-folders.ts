import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { badArgument } from '../errors.ts';

/** Where each of the XDG folders is when its variable does not say so. */
const FALLBACKS = { XDG_STATE_HOME: '.local/state', XDG_CONFIG_HOME: '.config' } as const;

export type XdgVariable = keyof typeof FALLBACKS;

/**
 * The package's folder in one of the XDG base folders. A relative path in the variable counts as not set, as the XDG rules say.
 * @throws TypeError with code `ERR_HOME` where the variable does not say it, and the user has no home folder
 */
export function homeFolder(
  variable: XdgVariable,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const set = env[variable];
  return join(set?.startsWith('/') ? set : join(home(variable), FALLBACKS[variable]), 'latchkey');
}

/** Keys and sessions never go into whatever folder a program happens to be run in. */
function home(variable: XdgVariable): string {
  let folder: string;
  try {
    folder = homedir();
  } catch {
    throw badArgument('ERR_HOME', `This user has no home folder: set HOME or ${variable} to an absolute path`);
  }
  if (isAbsolute(folder)) return folder;
  throw badArgument('ERR_HOME', `HOME is no absolute path ("${folder}"): set it, or ${variable}`);
}
