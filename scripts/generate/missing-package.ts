import { readManifest } from './manifest.ts';

/** The error for a package that is not installed, which names it and how to install it; `undefined` for any other error. */
export function asMissingPackage(error: unknown): Error | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (name === undefined) return undefined;
  const range = readManifest().rangeOf(name);
  const wanted = range === undefined ? name : `${name}@${range}`;
  return new Error(`generating needs the package ${name}: npm install --save-dev "${wanted}"`, { cause: error });
}
