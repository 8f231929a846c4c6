import { readManifest } from './manifest.ts';

/**
 * The error for a package that is not installed, which names it and how to install it; `undefined` for any other error.
 * @param purpose what needs it, as the beginning of a sentence
 */
export function asMissingPackage(error: unknown, purpose = 'generating'): Error | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (name === undefined) return undefined;
  const range = readManifest().rangeOf(name);
  const wanted = range === undefined ? name : `${name}@${range}`;
  return new Error(`${purpose} needs the package ${name}: npm install --save-dev "${wanted}"`, { cause: error });
}

/**
 * Refuses a package of another major version than the generator works with: what it would fail with tells nobody why.
 * @param found the version that is installed
 * @throws Error that names the package, both versions and how to install the right one
 */
export function refuseOtherMajor(name: string, found: string): void {
  const range = readManifest().rangeOf(name);
  const major = /\d+/.exec(range ?? '')?.[0];
  if (range === undefined || major === undefined || found.startsWith(`${major}.`)) return;
  throw new Error(`generating needs ${name} ${range}, found ${found}: npm install --save-dev "${name}@${range}"`);
}
