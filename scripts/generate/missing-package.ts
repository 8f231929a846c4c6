import { createRequire } from 'node:module';
import { readManifest } from './manifest.ts';

/**
 * The error for a package that is not installed, which names it and how to install it; `undefined` for any other error.
 * @param purpose what needs it, as the beginning of a sentence
 */
export function asMissingPackage(error: unknown, purpose = 'generating'): Error | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (name === undefined) return undefined;
  const together = purpose === 'regenerating' ? [...GENERATING, ...COMPARING] : GENERATING;
  const names = together.includes(name) ? together.filter((other) => other === name || isMissing(other)) : [name];
  const { rangeOf } = readManifest();
  const wanted = names.map((each) => `"${each}${rangeOf(each) === undefined ? '' : `@${rangeOf(each)}`}"`);
  const what = names.length === 1 ? `the package ${name}` : `the packages ${names.join(', ')}`;
  const way = AT_RUN_TIME.includes(name) ? '' : '--save-dev ';
  return new Error(`${purpose} needs ${what}: npm install ${way}${wanted.join(' ')}`, { cause: error });
}

/** What generating from OpenAPI takes: who lacks one of them is told of the others at once. */
const GENERATING = ['openapi-typescript', '@redocly/openapi-core', 'typescript', 'ajv', 'esbuild', 'yaml'];

/** What comparing OpenAPI takes besides, as regenerating does. */
const COMPARING = ['js-yaml'];

/** What programs need when they run, and not only those who develop them. */
const AT_RUN_TIME = ['ioredis'];

function isMissing(name: string): boolean {
  try {
    import.meta.resolve(name);
    return false;
  } catch (error) {
    return Object(error).code === 'ERR_MODULE_NOT_FOUND';
  }
}

/** The version of a package that is installed; `undefined` where it cannot be told. */
export function installedVersion(name: string): string | undefined {
  try {
    const { version }: { version?: unknown } = createRequire(import.meta.url)(`${name}/package.json`);
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses a package of another major version than the generator works with: what it would fail with tells nobody why.
 * @param found the version that is installed; one that is not, or does not tell, fails elsewhere
 * @throws Error that names the package, both versions and how to install the right one
 */
export function refuseOtherMajor(name: string, found: string | undefined): void {
  const range = readManifest().rangeOf(name);
  const major = /\d+/.exec(range ?? '')?.[0];
  if (range === undefined || major === undefined || found === undefined || found.startsWith(`${major}.`)) return;
  throw new Error(`generating needs ${name} ${range}, found ${found}: npm install --save-dev "${name}@${range}"`);
}
